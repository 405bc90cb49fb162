/* The module behind mime.c: the only file that knows GMime and GLib. */
#include "mda/base/mime_module.h"

#include <gmime/gmime.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern const struct mime_module mda_mime;

static void start(void)
{
	static bool started;
	if (!started)
		g_mime_init();
	started = true;
}

static bool is_base64(char c)
{
	return g_ascii_isalnum(c) || c == '+' || c == '/' || c == '=';
}

/* An underscore is a blank there (RFC 2047 section 4.2). */
static void restore_blanks(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] == '_')
			text[i] = ' ';
}

/* GMime drops bytes whose padding is missing, which some mailers leave out. */
static size_t pad(char *text, size_t n)
{
	while (n % 4)
		text[n++] = '=';
	return n;
}

static bool is_decodable(char encoding, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (encoding == 'b' && !is_base64(text[i]))
			return false;
		if (encoding == 'q' && text[i] == '=' &&
			(n - i < 3 || !g_ascii_isxdigit(text[i + 1]) ||
				!g_ascii_isxdigit(text[i + 2])))
			return false;
	}
	return encoding == 'q' || (encoding == 'b' && n % 4 != 1);
}

static bool decode_word(char encoding, const char *text, size_t n, struct mime_bytes *out)
{
	GMimeEncoding state;
	start();
	char *in = malloc(n + 4);
	/* Decoding shrinks, but GMime asks for the room that its formula says. */
	out->p = malloc(n + 64);
	if (!in || !out->p || !is_decodable(encoding, text, n)) {
		free(in);
		free(out->p);
		return false;
	}
	memcpy(in, text, n);
	if (encoding == 'q')
		restore_blanks(in, n);
	else
		n = pad(in, n);
	g_mime_encoding_init_decode(&state, encoding == 'b'
						    ? GMIME_CONTENT_ENCODING_BASE64
						    : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	out->n = g_mime_encoding_flush(&state, in, n, out->p);
	free(in);
	return true;
}

/* Converts all; *OUT grows as needed. False when a byte has no place in the charset. */
static bool convert(iconv_t cd, char *in, size_t left, struct mime_bytes *out)
{
	size_t size = 0;
	bool flushing = false;
	for (;;) {
		char *to;
		size_t room = size - out->n;
		if (room < 64) {
			size = size * 2 + 256;
			char *grown = realloc(out->p, size);
			if (!grown)
				return false;
			out->p = grown;
			room = size - out->n;
		}
		to = out->p + out->n;
		size_t r = g_mime_iconv(cd, flushing ? NULL : &in, &left, &to, &room);
		out->n = (size_t)(to - out->p);
		if (r == (size_t)-1 && errno != E2BIG)
			return false;
		if (r != (size_t)-1 && flushing)
			return true;
		flushing = flushing || r != (size_t)-1;
	}
}

static bool to_utf8(const char *charset, const char *bytes, size_t n, struct mime_bytes *out)
{
	start();
	*out = (struct mime_bytes){0};
	iconv_t cd = g_mime_iconv_open("UTF-8", charset);
	if ((intptr_t)cd == -1)
		return false;
	char *in = malloc(n + 1);
	bool done = in != NULL;
	if (done) {
		memcpy(in, bytes, n);
		done = convert(cd, in, n, out);
	}
	g_mime_iconv_close(cd);
	free(in);
	if (!done)
		free(out->p);
	return done;
}

const struct mime_module mda_mime = {
	.version = MIME_MODULE_VERSION,
	.decode_word = decode_word,
	.to_utf8 = to_utf8,
};
