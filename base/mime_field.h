/*
 * Fields with parameters, such as Content-Type (RFC 2045, RFC 2231), in one pass. Mail programs
 * read malformed fields differently, so what is doubtful is reported, and every possible reading of
 * a name can be asked for.
 */
#ifndef BASE_MIME_FIELD_H
#define BASE_MIME_FIELD_H

#include "base/arena.h"

/* One parameter as it was written, such as "name*1*=value", without comments. */
struct mime_parameter {
	struct str name;  /* without "*" and what follows */
	struct str value; /* without its quotation marks */
	struct str raw;   /* with comments, up to the semicolon */
	bool quoted;
	bool extended; /* percent-encoded */
	int section;   /* MIME_WHOLE, or the number of the section */
	size_t order;  /* its place among the field's parameters */
};

enum { MIME_WHOLE = -1, MIME_BAD_SECTION = -2 };

struct mime_field {
	/*
	 * the value of the field: what comes before the first semicolon, without comments and
	 * blanks
	 */
	struct str value;
	struct mime_parameter *items;
	size_t count;
	const char *doubt; /* what is wrong with it; NULL: nothing */
};

/*
 * Reads TEXT, which is unfolded. More than LIMIT_MIME_PARAMETERS parameters are a doubt and are not
 * read.
 */
struct mime_field mime_field_read(struct str text, struct arena *mem);

/*
 * The value of parameter NAME as a reader of RFC 2231 takes it, in UTF-8 and in MEM: the encoded
 * one, else its pieces joined, else the plain one with its encoded words decoded. False: there is
 * no such parameter.
 */
bool mime_field_parameter(
	const struct mime_field *f, struct str name, struct arena *mem, struct str *value);

/*
 * Adds every value that some reader may take for parameter NAME: each of several parameters with
 * that name, the pieces joined, the part before a blank. Returns what is doubtful about it, or
 * NULL.
 */
const char *mime_field_readings(
	const struct mime_field *f, struct str name, struct arena *mem, struct str_list *readings);

#endif
