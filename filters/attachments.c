#include "filters/attachments.h"

#include "base/filetype.h"
#include "base/limits.h"
#include "base/mime.h"
#include "base/mime_field.h"
#include "base/mime_measure.h"
#include "base/str_list.h"
#include "base/wild.h"
#include "filters/attachment_text.h"

enum { NOTES_MOST = 10, NAME_TOLD = 80 };

bool attachments_pattern_valid(struct str pattern)
{
	for (size_t i = 0; i < pattern.n; i++)
		if ((unsigned char)pattern.p[i] < ' ')
			return false;
	return pattern.n > 0 && pattern.p[0] != '/' && pattern.p[pattern.n - 1] != '/';
}

/* A message that is being inspected. */
struct inspection {
	struct str_list names, types; /* the patterns, in lower case */
	struct verdict *v;
	struct arena *mem; /* for decoded contents */
	size_t notes;
};

static const struct str none = STR_EMPTY;

/* ---- a part ---- */

struct part {
	const struct mime_part *mime;
	struct str declared;    /* "image/png"; empty when the part does not say */
	struct str name;        /* its name; may be empty */
	struct str content;     /* decoded; only for a part without children */
	struct str_list called; /* all names that readers may show */
	const char *doubt;      /* what is doubtful about the names */
};

static bool is_leaf(const struct mime_part *part)
{
	return !part->child && !str_ieq(part->type, STR_LIT("multipart"));
}

/* The fields and parameters that may have a name; most readers show the first. */
static const char *const places[][2] = {
	{"Content-Disposition", "filename"},
	{"Content-Type", "name"},
	{"Content-Disposition", "name"},
};

static void read_names_at(
	const struct mime_part *mime, const char *const *place, struct part *p, struct arena *mem)
{
	for (size_t i = 0; i < mime->field_count; i++) {
		if (!str_ieq(mime->fields[i].name, str_of(place[0])))
			continue;
		const struct mime_field f =
			mime_field_read(message_header_text(&mime->fields[i], mem), mem);
		const char *doubt = mime_field_readings(&f, str_of(place[1]), mem, &p->called);
		if (!p->doubt)
			p->doubt = f.doubt ? f.doubt : doubt;
		if (p->name.n == 0)
			(void)mime_field_parameter(&f, str_of(place[1]), mem, &p->name);
	}
}

static void read_names(const struct mime_part *mime, struct part *p, struct arena *mem)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		read_names_at(mime, places[i], p, mem);
	for (size_t i = 0; i < p->called.count; i++)
		if (str_find(p->called.items[i], '\0') < p->called.items[i].n)
			p->doubt = "a NUL in a name";
}

static const struct header *find_field(const struct mime_part *part, const char *name)
{
	for (size_t i = 0; i < part->field_count; i++)
		if (str_ieq(part->fields[i].name, str_of(name)))
			return &part->fields[i];
	return NULL;
}

static struct part read_part(const struct mime_part *mime, struct arena *mem)
{
	struct part p = {.mime = mime, .name = none};
	read_names(mime, &p, mem);
	if (find_field(mime, "Content-Type"))
		p.declared = arena_fmt(
			mem, STR_FMT "/" STR_FMT, STR_ARGS(mime->type), STR_ARGS(mime->subtype));
	return p;
}

/* Text that people write has no name and no NUL, so libmagic is not loaded for it. */
static bool is_plain_text(const struct part *p)
{
	return str_ieq(p->mime->type, STR_LIT("text")) && p->called.count == 0 &&
	       str_find(p->content, '\0') == p->content.n;
}

/* ---- refusing ---- */

static void refuse(struct inspection *in, struct str name, struct str what)
{
	struct verdict *v = in->v;
	if (v->lists.listing == LISTED_BLOCK)
		return;
	v->spam.state = SPAM_YES;
	v->spam.by = "attachment";
	v->spam.reason =
		(struct reason){.text = arena_fmt(v->mem, "attachment: \"" STR_FMT "\"" STR_FMT,
					STR_ARGS(str_slice(name, 0, NAME_TOLD)), STR_ARGS(what))};
}

/*
 * What cannot be inspected completely is treated as the worst that it may be. Always true, for the
 * caller to return.
 */
static bool refuse_doubt(struct inspection *in, struct str name, const char *why)
{
	refuse(in, name, arena_fmt(in->v->mem, ": %s", why));
	return true;
}

/* ---- what cannot be inspected ---- */

/* Are there two fields with this name that differ? Some readers take one, some the other. */
static bool has_another(const struct mime_part *part, const char *name, struct arena *mem)
{
	const struct header *first = find_field(part, name);
	struct str value = first ? message_header_text(first, mem) : none;
	for (size_t i = 0; i < part->field_count; i++)
		if (str_ieq(part->fields[i].name, str_of(name)) &&
			!str_eq(value, message_header_text(&part->fields[i], mem)))
			return true;
	return false;
}

static struct str value_of(const struct mime_part *part, const char *name, struct arena *mem)
{
	const struct header *h = find_field(part, name);
	return h ? message_header_text(h, mem) : none;
}

static bool is_among(struct str word, const char *words)
{
	struct str rest = str_of(words), one;
	while (str_word(&rest, &one))
		if (str_ieq(word, one))
			return true;
	return false;
}

static bool is_message(const struct mime_part *part)
{
	static const char *const subtypes[] = {
		"rfc822", "global", "news", "partial", "external-body"};
	for (size_t i = 0; i < sizeof subtypes / sizeof *subtypes; i++)
		if (str_ieq(part->subtype, str_of(subtypes[i])))
			return str_ieq(part->type, STR_LIT("message"));
	return false;
}

/*
 * GMime decodes the encodings that it knows. The misspelt words for no encoding are harmless. But
 * for any other word, some readers know more, or guess.
 */
static const char *doubt_encoding(const struct mime_part *part, struct arena *mem)
{
	static const char plain[] = "binary utf-8 none",
			  coded[] = "base64 quoted-printable uuencode x-uuencode x-uue";
	struct str said = value_of(part, "Content-Transfer-Encoding", mem);
	/* such as "7bit" or "8 bit" */
	if (said.n == 0 || ascii_isdigit(said.p[0]) || is_among(said, plain))
		return NULL;
	if (!is_among(said, coded))
		return "an unknown transfer encoding";
	return is_message(part) ? "an encoded message" : NULL;
}

/* Compares our own reading of the field with GMime's, by which the message was cut into parts. */
static const char *doubt_type(const struct mime_part *part, struct arena *mem)
{
	struct str said = mime_field_type(value_of(part, "Content-Type", mem));
	struct str type = str_trim(str_slice(said, 0, str_find(said, '/')));
	bool agrees = str_find(said, '/') == said.n || str_ieq(type, part->type);
	return agrees ? NULL : "a type that can be read in two ways";
}

static bool is_blank(struct str s)
{
	return str_trim(s).n == 0;
}

/* Some readers see more parts after the last boundary. */
static bool goes_on(const struct mime_part *part, struct str boundary)
{
	struct str rest = part->epilogue, line;
	while (boundary.n && str_line(&rest, &line))
		if (str_istarts(line, STR_LIT("--")) &&
			str_eq(str_slice(line, 2, 2 + boundary.n), boundary))
			return true;
	return false;
}

static const char *doubt_multipart(const struct mime_part *part, struct arena *mem)
{
	const struct mime_field f = mime_field_read(value_of(part, "Content-Type", mem), mem);
	struct str boundary = none;
	(void)mime_field_parameter(&f, STR_LIT("boundary"), mem, &boundary);
	for (size_t i = 0; i < f.count; i++)
		if (str_ieq(f.items[i].name, STR_LIT("boundary")) &&
			!str_eq(f.items[i].value, boundary))
			return "two boundaries";
	if (!part->child && !(is_blank(part->prologue) && is_blank(part->epilogue)))
		return "a boundary that is missing";
	return goes_on(part, boundary) ? "parts after the last boundary" : NULL;
}

static const char *doubt_message(const struct mime_part *part)
{
	if (str_ieq(part->subtype, STR_LIT("partial")))
		return "a piece of a message";
	if (str_ieq(part->subtype, STR_LIT("external-body")))
		return "a part that is elsewhere";
	return part->child || part->is_cut ? NULL : "a message that cannot be read";
}

/* What is doubtful about the structure of one part; NULL: nothing. */
static const char *doubt_part(const struct mime_part *part, struct arena *mem)
{
	static const struct {
		const char *field, *why;
	} single[] = {
		{"Content-Type", "two Content-Type fields that differ"},
		{"Content-Disposition", "two Content-Disposition fields that differ"},
		{"Content-Transfer-Encoding", "two Content-Transfer-Encoding fields that differ"},
	};
	const char *why = part->is_cut ? "parts that are nested too deeply" : NULL;
	for (size_t i = 0; i < sizeof single / sizeof *single && !why; i++)
		why = has_another(part, single[i].field, mem) ? single[i].why : NULL;
	why = why ? why : doubt_encoding(part, mem);
	why = why ? why : doubt_type(part, mem);
	if (!why && str_ieq(part->type, STR_LIT("multipart")))
		why = doubt_multipart(part, mem);
	if (!why && is_message(part))
		why = doubt_message(part);
	return why;
}

/* ---- comparing with the patterns ---- */

static bool matches(struct inspection *in, const struct str_list *patterns, struct str text)
{
	struct str lower = arena_lower(in->mem, text);
	for (size_t i = 0; i < patterns->count; i++)
		if (wild_match(patterns->items[i], lower))
			return true;
	return false;
}

/* Windows opens "a.exe. " as a.exe. Of a path, the last component counts. */
static bool matches_name(struct inspection *in, struct str name)
{
	struct str bare = name;
	if (in->names.count == 0)
		return false;
	while (bare.n && (bare.p[bare.n - 1] == '.' || ascii_isblank(bare.p[bare.n - 1])))
		bare.n--;
	struct str last = bare;
	last = str_slice(last, str_find(last, '/') < last.n ? str_rfind(last, '/') + 1 : 0, last.n);
	last = str_slice(
		last, str_find(last, '\\') < last.n ? str_rfind(last, '\\') + 1 : 0, last.n);
	return matches(in, &in->names, name) ||
	       (bare.n < name.n && matches(in, &in->names, bare)) ||
	       (last.n < bare.n && matches(in, &in->names, last));
}

/* Readers differ in which of several names they show, so each of them counts. */
static bool is_called_so(struct inspection *in, const struct part *p)
{
	for (size_t i = 0; i < p->called.count; i++) {
		if (!matches_name(in, p->called.items[i]))
			continue;
		refuse(in, p->called.items[i], none);
		return true;
	}
	return false;
}

static bool holds_one(struct inspection *in, const struct part *p)
{
	struct str_list inside = {0};
	if (in->names.count == 0)
		return false;
	const char *why =
		filetype_zip_all_names(p->content, LIMIT_ATTACHMENT_NAMES, in->mem, &inside);
	for (size_t i = 0; i < inside.count; i++) {
		if (!matches_name(in, inside.items[i]))
			continue;
		refuse(in, p->name,
			arena_fmt(in->mem, " holds " STR_FMT,
				STR_ARGS(str_slice(inside.items[i], 0, NAME_TOLD))));
		return true;
	}
	return why && refuse_doubt(in, p->name, why);
}

static void note_disagreement(struct inspection *in, const struct part *p, struct str type)
{
	if (!filetype_disagrees(type, p->declared, p->name) || in->notes++ >= NOTES_MOST)
		return;
	verdict_note(in->v, "the attachment \"" STR_FMT "\", declared as " STR_FMT ", is " STR_FMT,
		STR_ARGS(str_slice(p->name, 0, NAME_TOLD)), STR_ARGS(p->declared), STR_ARGS(type));
}

/* A container that only Outlook reads. */
static void note_tnef(struct inspection *in, const struct part *p)
{
	if (str_eq(str_slice(p->content, 0, 4), STR_LIT("\x78\x9f\x3e\x22")) &&
		in->notes++ < NOTES_MOST)
		verdict_note(in->v,
			"the attachment \"" STR_FMT
			"\" is TNEF (winmail.dat), which is not looked into",
			STR_ARGS(str_slice(p->name, 0, NAME_TOLD)));
}

static bool inspect_content(struct inspection *in, struct part *p)
{
	const char *why = NULL;
	struct str name;
	p->content = mime_content(p->mime, in->mem);
	if (str_ieq(p->mime->type, STR_LIT("text")) &&
		(why = attachment_text_kind(p->content, &name)))
		return refuse_doubt(in, name, why);
	if (is_plain_text(p))
		return false;
	struct str type = filetype_of(p->content, in->mem, &why);
	if (why && in->notes++ == 0)
		verdict_note(in->v, "attachments: %s", why);
	note_disagreement(in, p, type);
	note_tnef(in, p);
	if (is_called_so(in, p))
		return true;
	if (type.n && matches(in, &in->types, type)) {
		refuse(in, p->name, arena_fmt(in->mem, " is " STR_FMT, STR_ARGS(type)));
		return true;
	}
	return holds_one(in, p);
}

/*
 * True when the message is refused because of this part. A certain reason is preferred to a doubt.
 */
static bool inspect(struct inspection *in, const struct mime_part *mime)
{
	struct part p = read_part(mime, in->mem);
	if (is_leaf(mime) ? inspect_content(in, &p) : is_called_so(in, &p))
		return true;
	const char *why = doubt_part(mime, in->mem);
	if (!why && in->names.count)
		why = p.doubt;
	return why && refuse_doubt(in, p.name, why);
}

/* ---- the message ---- */

static void inspect_parts(struct inspection *in, const struct mime_part *root)
{
	bool refused = false;
	size_t count = 0;
	for (const struct mime_part *p = root; p && !refused; p = mime_next(p, root)) {
		in->mem = arena_new();
		refused = inspect(in, p);
		arena_free(in->mem);
		if (!refused && count++ == LIMIT_MIME_PARTS)
			refused = refuse_doubt(in, none, "too many parts");
	}
}

static void inspect_message(struct inspection *in, const struct message *msg)
{
	struct arena *structure = arena_new();
	const struct mime_part *root = mime_parts(message_bytes(msg), structure);
	const char *why = root ? NULL : mime_unavailable();
	if (root)
		inspect_parts(in, root);
	else if (why)
		verdict_note(in->v, "attachments: %s", why);
	else
		(void)refuse_doubt(in, none, "the parts cannot be read");
	arena_free(structure);
	why = mime_measure(message_bytes(msg)).why;
	if (root && why && in->v->spam.state != SPAM_YES)
		(void)refuse_doubt(in, none, why);
}

/* Without any of these fields, the message is a single text. */
static bool has_parts(const struct message *msg)
{
	static const char *const fields[] = {
		"Content-Type", "Content-Disposition", "Content-Transfer-Encoding"};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (message_find(msg, str_of(fields[i])))
			return true;
	return false;
}

static void sort_patterns(struct inspection *in, const struct str_list *patterns)
{
	struct verdict *v = in->v;
	for (size_t i = 0; i < patterns->count; i++) {
		struct str pattern = arena_lower(v->mem, patterns->items[i]);
		struct str_list *list =
			str_find(pattern, '/') < pattern.n ? &in->types : &in->names;
		str_list_add(list, pattern, v->mem);
	}
}

void attachments_judge(
	const struct str_list *patterns, const struct message *msg, struct verdict *v)
{
	struct inspection in = {.v = v};
	struct str name;
	const char *why;
	if (patterns->count == 0)
		return;
	sort_patterns(&in, patterns);
	if (has_parts(msg))
		inspect_message(&in, msg);
	else if ((why = attachment_text_kind(message_body(msg), &name)))
		(void)refuse_doubt(&in, name, why);
}
