/* The module that mime.c loads: the only file that uses GMime and GLib. */
#include "base/mime_module.h"

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

/* An underscore means a blank there (RFC 2047 section 4.2). */
static void restore_blanks(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] == '_')
			text[i] = ' ';
}

/* GMime drops bytes if the padding is missing, which some mailers leave out. */
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
	/* Decoding makes the text shorter, but GMime demands the room that its formula gives. */
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

/* Makes room for at least a few more characters. NULL when there is no memory. */
static char *make_room(struct mime_bytes *out, size_t *size)
{
	if (*size - out->n < 64) {
		*size = *size * 2 + 256;
		char *grown = realloc(out->p, *size);
		if (!grown)
			return NULL;
		out->p = grown;
	}
	return out->p + out->n;
}

/* Writes U+FFFD for a byte that the charset does not have. */
static void put_unknown(char **in, size_t *left, struct mime_bytes *out)
{
	memcpy(out->p + out->n, "\xef\xbf\xbd", 3);
	out->n += 3;
	(*in)++;
	(*left)--;
}

/*
 * Converts everything; *OUT grows as needed. False when the charset does not have a byte, unless
 * LOSSY is set.
 */
static bool convert(iconv_t cd, char *in, size_t left, bool lossy, struct mime_bytes *out)
{
	size_t size = 0;
	bool flushing = false;
	for (;;) {
		char *to = make_room(out, &size);
		if (!to)
			return false;
		size_t room = size - out->n;
		size_t r = g_mime_iconv(cd, flushing ? NULL : &in, &left, &to, &room);
		out->n = (size_t)(to - out->p);
		bool failed = r == (size_t)-1 && errno != E2BIG;
		if (failed && lossy && left > 0 && make_room(out, &size))
			put_unknown(&in, &left, out);
		else if (failed)
			return false;
		if (r != (size_t)-1 && flushing)
			return true;
		flushing = flushing || r != (size_t)-1;
	}
}

static bool recode(
	const char *charset, const char *bytes, size_t n, bool lossy, struct mime_bytes *out)
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
		done = convert(cd, in, n, lossy, out);
	}
	g_mime_iconv_close(cd);
	free(in);
	if (!done)
		free(out->p);
	return done;
}

static bool to_utf8(const char *charset, const char *bytes, size_t n, struct mime_bytes *out)
{
	return recode(charset, bytes, n, false, out);
}

static bool to_utf8_lossy(const char *charset, const char *bytes, size_t n, struct mime_bytes *out)
{
	return recode(charset, bytes, n, true, out);
}

/* ---- structure ---- */

struct walk {
	size_t parts;
};

/* The root, with everything that must live as long as the parts. */
struct tree {
	struct mime_module_part root;
	GMimeMessage *message;
	GByteArray *bytes;
};

static void add_fields(struct mime_module_part *part, GMimeHeaderList *list)
{
	int n = g_mime_header_list_get_count(list);
	part->fields =
		g_renew(struct mime_module_field, part->fields, part->field_count + (size_t)n);
	for (int i = 0; i < n; i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *value = g_mime_header_get_raw_value(h);
		part->fields[part->field_count++] =
			(struct mime_module_field){g_mime_header_get_name(h), value ? value : ""};
	}
}

static void read_object(struct walk *w, struct mime_module_part *part, GMimeObject *object);

static struct mime_module_part *new_part(struct walk *w, struct mime_module_part *parent)
{
	struct mime_module_part *child = g_new0(struct mime_module_part, 1);
	child->parent = parent;
	w->parts++;
	return child;
}

static void read_multipart(struct walk *w, struct mime_module_part *part, GMimeMultipart *m)
{
	int n = g_mime_multipart_get_count(m);
	struct mime_module_part *last = NULL;
	part->prologue = g_mime_multipart_get_prologue(m);
	part->epilogue = g_mime_multipart_get_epilogue(m);
	for (int i = 0; i < n && w->parts < MIME_MAX_PARTS; i++) {
		struct mime_module_part *child = new_part(w, part);
		if (last)
			last->next = child;
		else
			part->child = child;
		last = child;
		read_object(w, child, g_mime_multipart_get_part(m, i));
	}
}

static void read_message(struct walk *w, struct mime_module_part *part, GMimeMessage *message)
{
	GMimeObject *inner = g_mime_message_get_mime_part(message);
	add_fields(part, g_mime_object_get_header_list(GMIME_OBJECT(message)));
	if (inner)
		read_object(w, part, inner);
}

static void read_object(struct walk *w, struct mime_module_part *part, GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	/* replace() takes a part out of the message, but the part may still be read. */
	part->object = g_object_ref(object);
	part->type = g_mime_content_type_get_media_type(type);
	part->subtype = g_mime_content_type_get_media_subtype(type);
	part->charset = g_mime_content_type_get_parameter(type, "charset");
	add_fields(part, g_mime_object_get_header_list(object));
	if (GMIME_IS_MULTIPART(object))
		read_multipart(w, part, GMIME_MULTIPART(object));
	if (!GMIME_IS_MESSAGE_PART(object) || w->parts >= MIME_MAX_PARTS)
		return;
	GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
	if (!message)
		return;
	part->header = g_mime_object_get_headers(GMIME_OBJECT(message), NULL);
	part->child = new_part(w, part);
	read_message(w, part->child, message);
}

/* The caller owns the bytes: GLib must not free them. */
static GMimeMessage *parse_bytes(GByteArray *bytes)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

static void forget_bytes(GByteArray *bytes)
{
	gsize n;
	(void)g_byte_array_steal(bytes, &n); /* they are not ours to free */
	g_byte_array_unref(bytes);
}

static struct mime_module_part *parse(const char *message, size_t n)
{
	struct walk w = {0};
	start();
	struct tree *tree = g_new0(struct tree, 1);
	tree->bytes = g_byte_array_new_take((guint8 *)(uintptr_t)message, n);
	tree->message = parse_bytes(tree->bytes);
	if (tree->message)
		read_message(&w, &tree->root, tree->message);
	if (tree->root.object)
		return &tree->root;
	if (tree->message)
		g_object_unref(tree->message);
	forget_bytes(tree->bytes);
	g_free(tree->root.fields);
	g_free(tree);
	return NULL;
}

static void forget_part(struct mime_module_part *part)
{
	for (struct mime_module_part *p = part->child; p;) {
		struct mime_module_part *next = p->next;
		forget_part(p);
		g_free(p);
		p = next;
	}
	g_free(part->fields);
	g_free(part->header);
	if (part->object)
		g_object_unref(part->object);
}

static void forget(struct mime_module_part *root)
{
	struct tree *tree = (struct tree *)(void *)root;
	forget_part(root);
	g_object_unref(tree->message);
	forget_bytes(tree->bytes);
	g_free(tree);
}

/* ---- contents ---- */

/* Moves the bytes of the stream to memory from malloc(). */
static bool take_bytes(GMimeStream *stream, struct mime_bytes *out)
{
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	out->n = bytes->len;
	out->p = malloc(out->n + 1);
	if (out->p && out->n)
		memcpy(out->p, bytes->data, out->n);
	g_object_unref(stream);
	return out->p != NULL;
}

/* Of a part that cannot be written to its end, what was written counts. */
static bool content(const struct mime_module_part *part, struct mime_bytes *out)
{
	GMimeStream *stream = g_mime_stream_mem_new();
	GMimeObject *object = part->object;
	if (GMIME_IS_PART(object)) {
		GMimeDataWrapper *data = g_mime_part_get_content(GMIME_PART(object));
		if (data)
			(void)g_mime_data_wrapper_write_to_stream(data, stream);
	} else if (object) {
		(void)g_mime_object_write_content_to_stream(object, NULL, stream);
	}
	return take_bytes(stream, out);
}

static char *parameter(const char *value, const char *name)
{
	char *found = NULL;
	start();
	/* Parameters look the same in both kinds of field. */
	GMimeContentDisposition *d = g_mime_content_disposition_parse(NULL, value);
	const char *text = d ? g_mime_content_disposition_get_parameter(d, name) : NULL;
	if (text)
		found = strdup(text);
	if (d)
		g_object_unref(d);
	return found;
}

/* ---- changes ---- */

static GMimeObject *parse_entity(const char *entity, size_t n)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(entity, n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_persist_stream(parser, FALSE);
	GMimeObject *object = g_mime_parser_construct_part(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return object;
}

static bool put_in_place(const struct mime_module_part *part, GMimeObject *fresh)
{
	GMimeObject *parent = part->parent->object;
	if (GMIME_IS_MULTIPART(parent)) {
		int at = g_mime_multipart_index_of(GMIME_MULTIPART(parent), part->object);
		if (at < 0)
			return false;
		GMimeObject *old = g_mime_multipart_replace(GMIME_MULTIPART(parent), at, fresh);
		g_object_unref(old);
		return true;
	}
	GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(parent));
	g_mime_message_set_mime_part(message, fresh);
	return true;
}

static bool replace(
	const struct mime_module_part *part, const char *entity, size_t n, struct mime_bytes *body)
{
	const struct mime_module_part *root = part;
	GMimeObject *fresh = parse_entity(entity, n);
	bool done = fresh && put_in_place(part, fresh);
	while (root->parent)
		root = root->parent;
	GMimeStream *stream = g_mime_stream_mem_new();
	if (done)
		(void)g_mime_object_write_content_to_stream(root->object, NULL, stream);
	if (fresh)
		g_object_unref(fresh);
	return take_bytes(stream, body) && done;
}

const struct mime_module mda_mime = {
	.version = MIME_MODULE_VERSION,
	.decode_word = decode_word,
	.to_utf8 = to_utf8,
	.to_utf8_lossy = to_utf8_lossy,
	.parse = parse,
	.forget = forget,
	.content = content,
	.parameter = parameter,
	.replace = replace,
};
