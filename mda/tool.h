/* `mda NAME ...` runs the program mda-NAME, as git does. */
#ifndef MDA_TOOL_H
#define MDA_TOOL_H

/*
 * Replaces this process by mda-ARGV[0] from the directory of this program. Returns only if that
 * fails: prints why, and returns the exit status.
 */
int tool_exec(char **argv);

/* Prints the names of the installed tools on one line. */
void tool_list(void);

#endif
