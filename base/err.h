/* What went wrong, told to the caller as data. Only the pipeline and main() print or log it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/str.h"

/* How the MTA shall take it; mda/exits.c turns each into an exit status. */
enum fault {
	FAULT_TEMP,    /* a retry may heal it, or it is our or the admin's fault */
	FAULT_NO_USER, /* there is no such mailbox */
	FAULT_REFUSED, /* by rule or policy */
};

struct err {
	enum fault fault;
	/* enhanced status code such as "4.2.2" (RFC 3463), or NULL for the fault's usual one */
	const char *dsn;
	/*
	 * What failed may work at the next attempt: there was no memory, no descriptor, the disk
	 * gave an error.
	 */
	bool passing;
	char text[1024]; /* one line, printable, without a final dot */
};

/*
 * Fill E (which may be NULL) and return -1, so that a failing function can `return err_temp(...)`.
 */
int err_temp(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_no_user(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_refused(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * A temporary one, of a system call that failed with CODE: ": " and what that means come behind the
 * text.
 */
int err_system(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* May what failed with the errno CODE work at the next attempt? */
bool err_is_passing(int code);
/* A fault with a status code of its own. DSN must outlive E. */
int err_coded(struct err *e, enum fault fault, const char *dsn, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * A place in a text that a person wrote, and what is wrong there. Lines and columns count from 1; 0
 * is unknown.
 */
struct diag {
	struct str file;
	unsigned line, column;
	struct str text;
};

#endif
