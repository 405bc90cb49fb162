/*
 * The log: one line an event, key=value. Whatever a value holds, it stays one value of one line:
 * blanks are quoted, and bytes that could end a line, drive a terminal or turn the direction of
 * writing are escaped.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"
#include "base/err.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/*
 * Where lines go from now on: "syslog", "stderr", "none" or the path of a file that is appended to.
 */
int log_open(const char *target, struct err *err);
/*
 * Lines go to syslog from now on, because of WHY, which is the first of them: no delivery waits for
 * its log.
 */
void log_to_syslog(const struct err *why);
void log_close(void);

/* A line under construction; start with { 0 }. */
struct log_line {
	struct buf text;
};

void log_put(struct log_line *line, const char *key, struct str value);
void log_put_number(struct log_line *line, const char *key, unsigned long long value);
/*
 * Writes the line and frees it. Returns -1 when it could not be written: a delivery does not fail
 * for its log. Like log_say() it leaves errno as it was.
 */
int log_emit(struct log_line *line, enum log_level level);

/* A line with an event and a text: `event=NAME text="..."`. */
void log_say(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Appends VALUE with the escapes of the log, and quotes when it needs them. Also used for
 * terminals.
 */
void log_escape(struct buf *to, struct str value);

#endif
