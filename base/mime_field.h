/*
 * Fields with parameters, such as Content-Type (RFC 2045, RFC 2231), in one pass. Mail programs
 * differ in what they make of fields that are not as they should be, so what is doubtful is said,
 * and every reading of a name can be asked for.
 */
#ifndef BASE_MIME_FIELD_H
#define BASE_MIME_FIELD_H

#include "base/arena.h"

/* One parameter as it was written, without comments: "name*1*=value". */
struct mime_written {
	struct str name;  /* without what follows a "*" */
	struct str value; /* without its quotation marks */
	struct str raw;   /* with comments, to the semicolon */
	bool quoted;
	bool extended; /* percent-encoded */
	int section;   /* MIME_WHOLE, or its number */
	size_t order;  /* among those of the field */
};

enum { MIME_WHOLE = -1, MIME_BAD_SECTION = -2 };

struct mime_writing {
	/* of the field: what is before the first semicolon, without comments and blanks */
	struct str value;
	struct mime_written *items;
	size_t count;
	const char *doubt; /* what is wrong with it; NULL: nothing */
};

/* TEXT is unfolded. More than LIMIT_MIME_PARAMETERS of them are a doubt, and are not read. */
struct mime_writing mime_field_read(struct str text, struct arena *mem);

/*
 * Of the parameter NAME what a reader of RFC 2231 takes, in UTF-8: the encoded one, else its pieces
 * together, else the plain one with its encoded words decoded. False: there is none of that name.
 */
bool mime_field_parameter(
	const struct mime_writing *w, struct str name, struct arena *mem, struct str *value);

/*
 * Adds each value that some reader may take for that of parameter NAME: of several parameters of
 * that name each, the pieces together, what is before a blank. What is doubtful about it, or NULL.
 */
const char *mime_field_readings(const struct mime_writing *w, struct str name, struct arena *mem,
	struct str_list *readings);

#endif
