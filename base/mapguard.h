/*
 * Reading a mapped file that was cut short, or is on a failing disk, kills the process. In
 * mapguard_run() it is an error like any other.
 */
#ifndef BASE_MAPGUARD_H
#define BASE_MAPGUARD_H

/* mapguard_run() returns this when the map could not be read. WORK must return other values. */
enum { MAPGUARD_FAULT = -1000 };

/*
 * Runs WORK and returns its result. It catches SIGBUS, which comes if the map is larger than its
 * file, SIGSEGV and SIGFPE, which damaged bytes may cause, and endless loops: a WORK that uses
 * LIMIT_DATABASE_STEP seconds of CPU time without mapguard_progress(), which is more than a step
 * needs on any machine. Calls do not nest. Memory that WORK allocated before a fault is lost.
 */
int mapguard_run(int (*work)(void *context), void *context);

/* WORK calls this after each step: its time starts again. */
void mapguard_progress(void);
/* For tests: sets the seconds for this process. 0: LIMIT_DATABASE_STEP. */
void mapguard_patience(unsigned seconds);

/* Ends WORK as if the map could not be read. Returns only when no WORK is running. */
void mapguard_leave(void);

#endif
