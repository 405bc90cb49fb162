/*
 * The log: one line for each event, in the form key=value. A value always stays one value on one
 * line: values with blanks are quoted, and bytes that could end a line, control a terminal or
 * change the direction of text are escaped.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"
#include "base/err.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/*
 * Sets where lines go: "syslog", "stderr", "none", or the path of a file to append to. -1 on error.
 */
int log_open(const char *target, struct err *err);
/* From now on lines go to syslog. The first one says WHY: a delivery does not wait for its log. */
void log_to_syslog(const struct err *why);
void log_close(void);
/* The descriptor of the file to which lines go; -1 if they go elsewhere. */
int log_descriptor(void);

/* A line that is being made; start with { 0 }. */
struct log_line {
	struct buf text;
};

void log_put(struct log_line *line, const char *key, struct str value);
void log_put_number(struct log_line *line, const char *key, unsigned long long value);
/*
 * Writes the line and frees it. -1 when it could not be written; a delivery does not fail because
 * of that. Like log_say() it does not change errno.
 */
int log_emit(struct log_line *line, enum log_level level);

/* A line with an event and a text: `event=NAME text="..."`. */
void log_say(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Appends VALUE with the log's escapes, in quotes if it needs them. Also used for terminals. */
void log_escape(struct buf *to, struct str value);

#endif
