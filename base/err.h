/* An error that is returned to the caller as data. Only the pipeline and main() print or log it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/str.h"

/* How the MTA treats the error; mda/exits.c turns it into an exit status. */
enum fault {
	FAULT_TEMP,    /* a retry may succeed, or it is our own or the admin's fault */
	FAULT_NO_USER, /* there is no such mailbox */
	FAULT_REFUSED, /* by a rule or policy */
};

struct err {
	enum fault fault;
	/*
	 * an enhanced status code such as "4.2.2" (RFC 3463), or NULL for the usual one of the
	 * fault
	 */
	const char *dsn;
	/*
	 * The next attempt may succeed: there was no memory or no descriptor, or the disk reported
	 * an error.
	 */
	bool passing;
	char text[1024]; /* one line, printable, without a final dot */
};

/*
 * These fill E (which may be NULL) and return -1, so that a function can end with `return
 * err_temp(...)`.
 */
int err_temp(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_no_user(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_refused(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * For a system call that failed with CODE: a temporary fault; ": " and the meaning of CODE are
 * appended to the text.
 */
int err_system(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* May something that failed with the errno CODE succeed at the next attempt? */
bool err_is_passing(int code);
/* A fault with its own status code DSN, which must live as long as E. */
int err_coded(struct err *e, enum fault fault, const char *dsn, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * A place in a text that a person wrote, and what is wrong there. Lines and columns count from 1;
 * 0: unknown.
 */
struct diag {
	struct str file;
	unsigned line, column;
	struct str text;
};

#endif
