#include "mda/exits.h"

#include "base/printable.h"

#include <stdio.h>

static const struct {
	int status;
	const char *dsn; /* RFC 3463 */
} faults[] = {
	[FAULT_TEMP] = {EXIT_TRY_AGAIN, "4.3.0"},
	[FAULT_NO_USER] = {EXIT_NO_USER, "5.1.1"},
	[FAULT_REFUSED] = {EXIT_REFUSED, "5.7.1"},
};

int exits_line(const struct err *err, struct buf *to)
{
	buf_fmt(to, "%s ", err->dsn ? err->dsn : faults[err->fault].dsn);
	printable_add(to, str_of(err->text));
	return faults[err->fault].status;
}

int exits_tell(const struct err *err)
{
	struct buf line = {0};
	int status = exits_line(err, &line);
	/* If this fails, nobody can be told; the exit status says the main thing. */
	(void)fprintf(stderr, "%s\n", buf_cstr(&line));
	buf_free(&line);
	return status;
}
