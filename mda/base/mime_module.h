/*
 * What the module mda_mime.so exports under the name `mda_mime`. It is plain C and uses nothing of the program, so the
 * two can be built apart. New functions go to the end; a change of what stands here is a new version.
 */
#ifndef MDA_BASE_MIME_MODULE_H
#define MDA_BASE_MIME_MODULE_H

#include <stdbool.h>
#include <stddef.h>

enum { MIME_MODULE_VERSION = 1 };

struct mime_bytes {
	char *p;  /* from malloc(), the caller frees it */
	size_t n; /* NULs may be among them */
};

struct mime_module {
	unsigned version;
	/*
	 * The text of an encoded word to the bytes that it stands for; ENCODING is 'b' or 'q' (RFC 2047 section 4).
	 * False when it cannot be decoded or memory runs out.
	 */
	bool (*decode_word)(char encoding, const char *text, size_t n, struct mime_bytes *out);
	/* Bytes in a charset to UTF-8. False for an unknown charset and for bytes that are not in it. */
	bool (*to_utf8)(const char *charset, const char *bytes, size_t n, struct mime_bytes *out);
};

#endif
