/*
 * What the module mda_mime.so exports under the name `mda_mime`. It is plain C and uses nothing of
 * the program, so the two can be built apart. New functions go to the end; a change of what stands
 * here is a new version.
 */
#ifndef BASE_MIME_MODULE_H
#define BASE_MIME_MODULE_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

enum { MIME_MODULE_VERSION = 2 };

/* More parts are no message that a person wrote: they are not seen. The root is one more. */
enum { MIME_MAX_PARTS = LIMIT_MIME_PARTS };

struct mime_bytes {
	char *p;  /* from malloc(), the caller frees it */
	size_t n; /* NULs may be among them */
};

/* A field of a part's header; the value as it was written. */
struct mime_module_field {
	const char *name, *value;
};

/* A body part. A multipart has children; a message/rfc822 has one, the message in it. */
struct mime_module_part {
	struct mime_module_part *parent, *child, *next;
	const char *type, *subtype, *charset; /* charset: NULL when it is not said */
	struct mime_module_field *fields;
	size_t field_count;
	const char *prologue, *epilogue; /* of a multipart; NULL: none */
	char *header;                    /* of a message/rfc822: that of its message */
	void *object;
};

struct mime_module {
	unsigned version;
	/*
	 * The text of an encoded word to the bytes that it stands for; ENCODING is 'b' or 'q' (RFC
	 * 2047 section 4). False when it cannot be decoded or memory runs out.
	 */
	bool (*decode_word)(char encoding, const char *text, size_t n, struct mime_bytes *out);
	/*
	 * Bytes in a charset to UTF-8. False for an unknown charset and for bytes that are not in
	 * it.
	 */
	bool (*to_utf8)(const char *charset, const char *bytes, size_t n, struct mime_bytes *out);
	/* The same, but a byte that is not in the charset becomes U+FFFD. */
	bool (*to_utf8_lossy)(
		const char *charset, const char *bytes, size_t n, struct mime_bytes *out);
	/*
	 * The parts of a message whose bytes stay where they are until forget(). NULL when it
	 * cannot be read.
	 */
	struct mime_module_part *(*parse)(const char *message, size_t n);
	void (*forget)(struct mime_module_part *root);
	/* A part's content without its transfer encoding. False when memory runs out. */
	bool (*content)(const struct mime_module_part *part, struct mime_bytes *out);
	/*
	 * A parameter of a field like Content-Type (RFC 2045, RFC 2231), in UTF-8 from malloc();
	 * NULL: it has none.
	 */
	char *(*parameter)(const char *value, const char *name);
	/*
	 * The message's body with ENTITY, a header and a body, in the part's place. Not for the
	 * root.
	 */
	bool (*replace)(const struct mime_module_part *part, const char *entity, size_t n,
		struct mime_bytes *body);
};

/* The loaded module, for the files of mime.h; NULL when it cannot be loaded. */
const struct mime_module *mime_functions(void);

#endif
