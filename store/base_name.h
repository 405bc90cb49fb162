/* The names of message files. A UID belongs to the base name; the flags after it change. */
#ifndef STORE_BASE_NAME_H
#define STORE_BASE_NAME_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes a new name: <secs>.M<usecs>P<pid>Q<n>.<host>,S=<size>,W=<size with CRLF>. The sizes are
 * those of PIECES as written. In MEM.
 */
const char *base_name_new(const struct str *pieces, size_t count, struct arena *mem);

/*
 * The same for a message that arrived at another time (seconds since 1970, not negative), so that
 * names sort by it. No other new name is the same.
 */
const char *base_name_dated(struct str bytes, int64_t arrived, struct arena *mem);

/*
 * A new name for the message that has the name BASE, in another folder: the same time of arrival
 * and the same sizes. In MEM.
 */
const char *base_name_moved(struct str base, struct arena *mem);

/* The base name of a file name: without the flags that follow the colon. */
struct str base_name_of(struct str file_name);

/*
 * The size of the message as it was written, from ",S=123" in the name. False when the name has
 * none.
 */
bool base_name_size(struct str name, int64_t *size);

/*
 * Writes FLAGS (see verdict.h and keywords.h) as the letters that follow ":2," in cur/, and a NUL.
 */
enum { BASE_NAME_FLAGS = 33 };
void base_name_flags(unsigned flags, char letters[BASE_NAME_FLAGS]);
/* The reverse: the flags and keywords in FILE_NAME; unknown letters are skipped. */
unsigned base_name_read_flags(struct str file_name);

#endif
