/* A slice of bytes: what mail data is made of. It has a length, may hold NUL, is not owned. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
	const char *p;
	size_t n;
};

struct str_list {
	struct str *items;
	size_t count;
};

/* For printf("%.*s", STR_ARGS(s)); only for text that has been made printable before. */
#define STR_FMT          "%.*s"
#define STR_ARGS(s)      STR_PRECISION(s), (s).p
#define STR_PRECISION(s) ((s).n < INT_MAX ? (int)(s).n : INT_MAX)
#define STR_LIT(text)    ((struct str){text, sizeof(text) - 1})
#define STR_EMPTY        ((struct str){"", 0})

/* The slice over a C string; a null pointer gives the empty slice. */
struct str str_of(const char *text);

/* Bytes from FROM up to TO, both clamped to the slice. */
struct str str_slice(struct str s, size_t from, size_t to);

bool str_eq(struct str a, struct str b);
/* As memcmp(); of two that start alike the shorter one is first. */
int str_compare(struct str a, struct str b);
/* Equal when ASCII letters are compared without case. */
bool str_ieq(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_iends(struct str s, struct str suffix);

/* Position of the byte, or s.n when it is not there. */
size_t str_find(struct str s, char byte);
size_t str_rfind(struct str s, char byte);
/* Position of NEEDLE without ASCII case, or s.n. */
size_t str_ifind(struct str s, struct str needle);

/* Without blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);

/* Takes the next line off *REST, without its LF (and CR). False when *REST is used up. */
bool str_line(struct str *rest, struct str *line);
/* Takes the next word (between blanks) off *REST. False when there is none. */
bool str_word(struct str *rest, struct str *word);

/* ASCII only, whatever the locale. */
char ascii_lower(char c);
bool ascii_isalnum(char c);
bool ascii_isdigit(char c);
bool ascii_isblank(char c);

/* The decimal number that is the whole of S; false when it is not one or is over MAX. */
bool str_number(struct str s, unsigned long long max, unsigned long long *value);

#endif
