/*
 * A file that is mapped into memory and was cut short, or lies on a failing disk, kills whoever
 * reads it. Within mapguard_run() that is an error like any other.
 */
#ifndef BASE_MAPGUARD_H
#define BASE_MAPGUARD_H

/* What mapguard_run() returns when the map could not be read; WORK returns anything else. */
enum { MAPGUARD_FAULT = -1000 };

/*
 * Runs WORK and returns what it returns. SIGBUS is caught, which is what a map gives that has no
 * file behind it, and SIGSEGV and SIGFPE, where damaged bytes lead; and WORK that goes round in
 * them without an end: it has used LIMIT_DATABASE_STEP seconds of CPU time without
 * mapguard_progress(), more than any step needs on any machine. Calls do not nest. What WORK
 * allocated before a fault is lost.
 */
int mapguard_run(int (*work)(void *context), void *context);

/* WORK has finished a step: its time starts again. */
void mapguard_progress(void);
/* The seconds for this process from now on, for tests; 0: LIMIT_DATABASE_STEP. */
void mapguard_patience(unsigned seconds);

/* Leaves WORK as if the map could not be read. Returns only when no WORK is running. */
void mapguard_leave(void);

#endif
