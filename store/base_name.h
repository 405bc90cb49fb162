/*
 * The names of message files. The base name is what a UID belongs to; the flags behind it come and
 * go.
 */
#ifndef STORE_BASE_NAME_H
#define STORE_BASE_NAME_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A new one: <secs>.M<usecs>P<pid>Q<n>.<host>,S=<size>,W=<size with CRLF>, sizes being those of
 * PIECES as written. In MEM.
 */
const char *base_name_new(const struct str *pieces, size_t count, struct arena *mem);

/* The base name of a file name: without the flags behind the colon. */
struct str base_name_of(struct str file_name);

/* The size of the message as it was written, from ",S=123" in the name. False: it does not say. */
bool base_name_size(struct str name, int64_t *size);

/*
 * FLAGS (of verdict.h, and of keywords.h) as the letters that stand behind ":2," in cur/, and a
 * NUL.
 */
enum { BASE_NAME_FLAGS = 33 };
void base_name_flags(unsigned flags, char letters[BASE_NAME_FLAGS]);

#endif
