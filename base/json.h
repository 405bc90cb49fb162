/* Writing JSON (RFC 8259). Commas come by themselves. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

#include <stdbool.h>

/*
 * Start with { .to = BUF }. The bytes are appended to BUF, which may be emptied between two calls.
 * One object or array after the other may be written, each ended by json_end_line().
 */
struct json {
	struct buf *to;
	bool comma; /* one is due before the next name or value */
};

/* ---- values ---- */

void json_begin_object(struct json *json);
void json_end_object(struct json *json);
void json_begin_array(struct json *json);
void json_end_array(struct json *json);

/*
 * TEXT in quotes. Bytes that are not UTF-8, which file names may have, become \udc80 to \udcff, so
 * that a reader can restore them (as Python's "surrogateescape" does).
 */
void json_quote(struct json *json, struct str text);

/* A value, or several with commas between, that are JSON already. */
void json_raw(struct json *json, struct str values);

/* ---- members of an object ---- */

/* The name of a member. A value must follow. */
void json_key(struct json *json, const char *key);
void json_text(struct json *json, const char *key, struct str value);
void json_texts(struct json *json, const char *key, const struct str *values, size_t count);
void json_number(struct json *json, const char *key, unsigned long long value);
void json_bool(struct json *json, const char *key, bool value);
/* Begins an array that is a member. */
void json_named_array(struct json *json, const char *key);

/* ---- lines ---- */

/* The next element of an array begins on a new line, unless it is the first. */
void json_next_line(struct json *json);
/* Ends the line after a whole object or array. */
void json_end_line(struct json *json);

#endif
