/*
 * A slice of bytes, the form of all mail data: it has a length, may contain NUL, and is not owned.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

struct str_list {
	struct str *items;
	size_t count;
};

/* For printf("%.*s", STR_ARGS(s)); only for text that is known to be printable. */
#define STR_FMT          "%.*s"
#define STR_ARGS(s)      STR_PRECISION(s), (s).p
#define STR_PRECISION(s) ((s).n < INT_MAX ? (int)(s).n : INT_MAX)
#define STR_LIT(text)    ((struct str){text, sizeof(text) - 1})
#define STR_EMPTY        ((struct str){"", 0})

/* A C string as a slice; a null pointer gives the empty slice. */
static inline struct str str_of(const char *text)
{
	return (struct str){text ? text : "", text ? strlen(text) : 0};
}

/* The bytes from FROM up to TO; both are limited to the slice. */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	/* An empty slice may have a null pointer. */
	return (struct str){from ? s.p + from : s.p, to - from};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Like memcmp(); of two slices that start alike, the shorter one is first. */
int str_compare(struct str a, struct str b);
/* Compares ASCII letters without case. */
bool str_ieq(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_iends(struct str s, struct str suffix);

/* The position of the byte, or s.n when it is not there. */
size_t str_find(struct str s, char byte);
size_t str_rfind(struct str s, char byte);
/*
 * The length of the quoted string at the start of S, with its quotation marks; 0 if it has no end.
 * A backslash quotes the byte after it.
 */
size_t str_quoted(struct str s);
/* The position of NEEDLE, compared without ASCII case, or s.n. */
size_t str_ifind(struct str s, struct str needle);

/* Are all bytes ASCII, NUL among them? */
bool str_is_ascii(struct str s);
/* Is there a control character that is not a tab? */
bool str_has_control(struct str s);

/* S without blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);

/* Takes the next line, without its LF and CR, off *REST. False when *REST is empty. */
bool str_line(struct str *rest, struct str *line);
/* Takes the next word (between blanks) off *REST. False when there is none. */
bool str_word(struct str *rest, struct str *word);

/* ASCII only, whatever the locale. */
static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool ascii_isdigit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_isalnum(char c)
{
	char l = ascii_lower(c);
	return ascii_isdigit(c) || (l >= 'a' && l <= 'z');
}

static inline bool ascii_isblank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A byte that could end a line or control a terminal: 0 to 0x1f, and 0x7f. */
static inline bool ascii_iscntrl(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* The value of a hexadecimal digit; -1: it is none. */
static inline int ascii_hex(char c)
{
	char l = ascii_lower(c);
	if (ascii_isdigit(c))
		return c - '0';
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Reads S, all of it, as a decimal number. False when it is not one or is above MAX. */
bool str_number(struct str s, unsigned long long max, unsigned long long *value);

#endif
