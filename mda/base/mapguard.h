/*
 * A file that is mapped into memory and was cut short, or lies on a failing disk, kills whoever reads it. Within
 * mapguard_run() that is an error like any other.
 */
#ifndef MDA_BASE_MAPGUARD_H
#define MDA_BASE_MAPGUARD_H

/* What mapguard_run() returns when the map could not be read; WORK returns anything else. */
enum { MAPGUARD_FAULT = -1000 };

/*
 * Runs WORK and returns what it returns. SIGBUS is caught, which is what a map gives that has no file behind it,
 * and SIGSEGV and SIGFPE, where damaged bytes lead. Calls do not nest. What WORK allocated before a fault is lost.
 */
int mapguard_run(int (*work)(void *context), void *context);

/* Leaves WORK as if the map could not be read. Returns only when no WORK is running. */
void mapguard_leave(void);

#endif
