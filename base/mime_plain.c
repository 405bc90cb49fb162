#include "base/mime_plain.h"

#include "base/mime_field.h"
#include "base/mime_measure.h"
#include "base/transfer.h"

#include <string.h>

/* GMime may read what is larger or nested more deeply. */
enum { PARTS_MOST = 200, DEPTH_MOST = 10, FIELDS_MOST = 1000, FIELD_MOST = 65536 };

struct plain_reader {
	struct mime_tree *tree;
	size_t parts;
	struct arena *mem;
};

static struct mime_part *read_entity(struct plain_reader *r, struct str entity, unsigned depth);

/* ---- header fields ---- */

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_isalnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0;
}

/* Takes a field with its folds off *REST. False: it is malformed. */
static bool take_field(struct str *rest, struct header *field)
{
	size_t end = 0, line;
	do {
		line = str_find(str_slice(*rest, end, rest->n), '\n');
		if (end && str_trim(str_slice(*rest, end, end + line)).n == 0)
			return false; /* blanks that look like the end of the header */
		end += line + 1;
	} while (end < rest->n && (rest->p[end] == ' ' || rest->p[end] == '\t'));
	if (end > rest->n || end > FIELD_MOST)
		return false;
	struct str whole = str_slice(*rest, 0, end - 1);
	size_t colon = str_find(whole, ':');
	*field = (struct header){
		.name = str_slice(whole, 0, colon), .value = str_slice(whole, colon + 1, whole.n)};
	*rest = str_slice(*rest, end, rest->n);
	return colon < whole.n && is_name(field->name);
}

/* Splits ENTITY at the blank line. False: there is none, or the header is malformed. */
static bool read_header(
	const struct plain_reader *r, struct str entity, struct mime_part *p, struct str *body)
{
	struct header field, *fields = NULL;
	while (entity.n && entity.p[0] != '\n') {
		if (!take_field(&entity, &field) || p->field_count == FIELDS_MOST)
			return false;
		*(struct header *)ARENA_PUSH(r->mem, fields, p->field_count) = field;
	}
	p->fields = fields;
	*body = str_slice(entity, 1, entity.n);
	return entity.n > 0;
}

static bool is_about_content(const struct header *field)
{
	return str_istarts(field->name, STR_LIT("Content-"));
}

/* A message's fields come first, then those of its content. */
static void sort_fields(const struct plain_reader *r, struct mime_part *root)
{
	struct header *sorted = arena_alloc(r->mem, (root->field_count + 1) * sizeof *sorted);
	size_t n = 0;
	for (int content = 0; content < 2; content++)
		for (size_t i = 0; i < root->field_count; i++)
			if (is_about_content(&root->fields[i]) == content)
				sorted[n++] = root->fields[i];
	root->fields = sorted;
}

/* False: there are several. *VALUE is unfolded; empty: there is none. */
static bool find_only(const struct plain_reader *r, const struct mime_part *p, struct str name,
	bool *there, struct str *value)
{
	size_t count = 0;
	*value = STR_EMPTY;
	for (size_t i = 0; i < p->field_count; i++) {
		if (!str_ieq(p->fields[i].name, name))
			continue;
		*value = message_header_text(&p->fields[i], r->mem);
		count++;
	}
	*there = count > 0;
	return count <= 1;
}

/* ---- Content-Type and Content-Transfer-Encoding ---- */

/* A token of RFC 2045. */
static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("()<>@,;:\\\"/[]?=", s.p[i]))
			return false;
	return s.n > 0;
}

/*
 * Comments, escapes and RFC 2231 are for GMime, and so is a field with another number of parameters
 * than it has semicolons.
 */
static bool is_simple(struct str value, size_t parameters)
{
	bool quoted = false;
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];
		if (c < ' ' || c >= 0x7f || strchr("()\\*%'", c))
			return false;
		quoted ^= c == '"';
		parameters -= c == ';' && !quoted && i + 1 < value.n;
	}
	return parameters == 0 && str_ifind(value, STR_LIT("=?")) == value.n;
}

static bool is_sound(const struct mime_field *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct mime_parameter *a = &f->items[i];
		if (!is_token(a->name) || (a->quoted ? a->value.n == 0 : !is_token(a->value)) ||
			a->extended || a->section != MIME_WHOLE)
			return false;
		for (size_t j = 0; j < i; j++)
			if (str_ieq(f->items[j].name, a->name))
				return false;
	}
	return !f->doubt;
}

static struct str value_of(const struct mime_field *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (str_ieq(f->items[i].name, str_of(name)))
			return f->items[i].value;
	return STR_EMPTY;
}

struct plain_type {
	struct str charset, boundary;
};

static bool read_type(const struct plain_reader *r, struct mime_part *p, struct plain_type *type)
{
	struct str text;
	bool there;
	p->type = STR_LIT("text");
	p->subtype = STR_LIT("plain");
	*type = (struct plain_type){STR_EMPTY, STR_EMPTY};
	if (!find_only(r, p, STR_LIT("Content-Type"), &there, &text) || !there)
		return !there;
	struct mime_field f = mime_field_read(text, r->mem);
	size_t slash = str_find(f.value, '/');
	p->type = arena_lower(r->mem, str_slice(f.value, 0, slash));
	p->subtype = arena_lower(r->mem, str_slice(f.value, slash + 1, f.value.n));
	*type = (struct plain_type){value_of(&f, "charset"), value_of(&f, "boundary")};
	return is_simple(text, f.count) && is_sound(&f) && is_token(p->type) &&
	       is_token(p->subtype) && !str_eq(p->type, STR_LIT("message")) &&
	       !str_eq(p->subtype, STR_LIT("digest"));
}

static bool read_encoding(
	const struct plain_reader *r, const struct mime_part *p, enum mime_encoding *encoding)
{
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} known[] = {{"7bit", MIME_AS_IT_IS}, {"8bit", MIME_AS_IT_IS}, {"binary", MIME_AS_IT_IS},
		{"base64", MIME_BASE64}, {"quoted-printable", MIME_QUOTED_PRINTABLE}};
	struct str word;
	bool there;
	*encoding = MIME_AS_IT_IS;
	if (!find_only(r, p, STR_LIT("Content-Transfer-Encoding"), &there, &word) || !there)
		return !there;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_ieq(word, str_of(known[i].name))) {
			*encoding = known[i].encoding;
			return true;
		}
	return false;
}

/* ---- multiparts ---- */

/* What a multipart is made of: the text before its next boundary line. */
struct plain_piece {
	struct str text; /* without the line end, which belongs to the boundary */
	bool last;       /* the boundary closes the multipart */
};

/* The first line of BODY that starts with "--" and the boundary; BODY.n if there is none. */
static size_t find_boundary(struct str body, struct str boundary)
{
	for (size_t at = 0; at < body.n;) {
		struct str line = str_slice(body, at, body.n);
		if (str_starts(line, STR_LIT("--")) &&
			str_starts(str_slice(line, 2, line.n), boundary))
			return at;
		at += str_find(line, '\n') + 1;
	}
	return body.n;
}

/* Takes a piece and the boundary line after it off *REST. False: the line has something more. */
static bool take_piece(struct str *rest, struct str boundary, struct plain_piece *piece)
{
	size_t at = find_boundary(*rest, boundary);
	if (at == rest->n)
		return false;
	piece->text = str_slice(*rest, 0, at ? at - 1 : 0);
	struct str after = str_slice(*rest, at + 2 + boundary.n, rest->n);
	size_t end = str_find(after, '\n');
	struct str more = str_slice(after, 0, end);
	piece->last = str_eq(more, STR_LIT("--"));
	*rest = str_slice(after, end + 1, after.n);
	return more.n == 0 || piece->last;
}

static bool read_multipart(struct plain_reader *r, struct mime_part *p, struct str body,
	struct str boundary, unsigned depth)
{
	struct plain_piece piece;
	struct mime_part *child, *last = NULL;
	if (boundary.n == 0 || boundary.p[boundary.n - 1] == ' ' || depth == DEPTH_MOST ||
		!take_piece(&body, boundary, &piece) || piece.last)
		return false;
	for (p->prologue = piece.text; !piece.last; last = child) {
		if (!take_piece(&body, boundary, &piece) ||
			!(child = read_entity(r, piece.text, depth + 1)))
			return false;
		child->parent = p;
		*(last ? &last->next : &p->child) = child;
	}
	p->epilogue = body;
	return find_boundary(body, boundary) == body.n;
}

/* ---- the whole ---- */

/* NULL: it is not plain. */
static struct mime_part *read_entity(struct plain_reader *r, struct str entity, unsigned depth)
{
	struct mime_part *p = arena_alloc(r->mem, sizeof *p);
	struct mime_plain *plain = arena_alloc(r->mem, sizeof *plain);
	struct plain_type type;
	*p = (struct mime_part){.number = r->parts++,
		.prologue = STR_EMPTY,
		.epilogue = STR_EMPTY,
		.header = STR_EMPTY,
		.plain = plain,
		.tree = r->tree};
	if (r->parts > PARTS_MOST || !read_header(r, entity, p, &plain->content) ||
		!read_type(r, p, &type) || !read_encoding(r, p, &plain->encoding))
		return NULL;
	plain->charset = type.charset;
	if (!str_eq(p->type, STR_LIT("multipart")))
		return p;
	if (plain->encoding != MIME_AS_IT_IS)
		return NULL;
	return read_multipart(r, p, plain->content, type.boundary, depth) ? p : NULL;
}

struct mime_part *mime_plain_parts(struct str message, struct mime_tree *tree, struct arena *mem)
{
	struct plain_reader r = {.tree = tree, .mem = mem};
	struct mime_measure measure = mime_measure(message);
	if (measure.length < message.n || measure.why || message.n == 0 ||
		memchr(message.p, '\r', message.n) || memchr(message.p, '\0', message.n))
		return NULL;
	struct mime_part *root = read_entity(&r, message, 0);
	if (!root || root->field_count == 0)
		return NULL;
	sort_fields(&r, root);
	return root;
}

bool mime_plain_content(const struct mime_plain *plain, struct arena *mem, struct str *content)
{
	*content = plain->content;
	switch (plain->encoding) {
	case MIME_BASE64:
		return transfer_base64(plain->content, mem, content);
	case MIME_QUOTED_PRINTABLE:
		return transfer_quoted_printable(plain->content, mem, content);
	case MIME_AS_IT_IS:
		break;
	}
	return true;
}
