#include "base/err.h"

#include "base/beneath.h"
#include "base/printable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static int fill(
	struct err *e, enum fault fault, const char *dsn, const char *fmt, va_list args)
{
	struct err filled = {.fault = fault, .dsn = dsn};
	if (!e)
		return -1;
	/* Not written to E directly, because the caller's arguments may quote E's own text. */
	vsnprintf(filled.text, sizeof filled.text, fmt, args); /* a longer text is cut */
	/* It may quote what came from outside. */
	printable_overwrite(filled.text, strlen(filled.text), '?');
	*e = filled;
	return -1;
}

int err_temp(struct err *e, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int r = fill(e, FAULT_TEMP, NULL, fmt, args);
	va_end(args);
	return r;
}

bool err_is_passing(int code)
{
	static const int codes[] = {EIO, EMFILE, ENFILE, ENOMEM, ESTALE, EINTR, EAGAIN, ETIMEDOUT,
		ENOBUFS, EDEADLK, ENOLCK, ECONNRESET};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i] == code)
			return true;
	return false;
}

int err_system(struct err *e, int code, const char *fmt, ...)
{
	char text[sizeof e->text];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	err_temp(e, "%s: %s", text, beneath_why(code));
	if (e)
		e->passing = err_is_passing(code);
	return -1;
}

int err_no_user(struct err *e, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int r = fill(e, FAULT_NO_USER, NULL, fmt, args);
	va_end(args);
	return r;
}

int err_refused(struct err *e, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int r = fill(e, FAULT_REFUSED, NULL, fmt, args);
	va_end(args);
	return r;
}

int err_coded(struct err *e, enum fault fault, const char *dsn, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int r = fill(e, fault, dsn, fmt, args);
	va_end(args);
	return r;
}
