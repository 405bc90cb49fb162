/* `mda NAME ...` runs the program mda-NAME, as git does. */
#ifndef MDA_TOOL_H
#define MDA_TOOL_H

/*
 * Replaces the process by mda-ARGV[0], which is looked for where this program lies. Returns only on
 * failure, with the exit status, after having said which tools there are.
 */
int tool_exec(char **argv);

/* Prints the names of the tools that are there, in a line. */
void tool_list(void);

#endif
