#include "filters/attachments.h"

#include "base/filetype.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/mime.h"
#include "base/mime_field.h"
#include "base/mime_measure.h"
#include "base/str_list.h"
#include "base/wild.h"
#include "filters/attachment_doubt.h"
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
	unsigned long long until; /* of io_cpu_milliseconds() */
};

static unsigned time_allowed = LIMIT_ATTACHMENT_CPU;

void attachments_allow(unsigned milliseconds)
{
	time_allowed = milliseconds;
}

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

static struct part read_part(const struct mime_part *mime, struct arena *mem)
{
	struct part p = {.mime = mime, .name = none};
	read_names(mime, &p, mem);
	if (attachment_field(mime, "Content-Type"))
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
	const char *why = attachment_doubt(mime, in->mem);
	if (!why && in->names.count)
		why = p.doubt;
	return why && refuse_doubt(in, p.name, why);
}

/* ---- the message ---- */

/* Returns what kept it from looking at all parts; NULL if nothing did, or if one is refused. */
static const char *inspect_parts(struct inspection *in, const struct mime_part *root)
{
	size_t count = 0;
	for (const struct mime_part *p = root; p; p = mime_next(p, root)) {
		if (count && io_cpu_milliseconds() >= in->until)
			return "looking at all parts takes too long";
		in->mem = arena_new();
		bool refused = inspect(in, p);
		arena_free(in->mem);
		if (refused)
			return NULL;
		if (count++ == LIMIT_MIME_PARTS)
			return "too many parts";
	}
	return NULL;
}

static void inspect_message(struct inspection *in, const struct message *msg)
{
	struct arena *structure = arena_new();
	const struct mime_part *root = mime_parts(message_bytes(msg), structure);
	const char *missing = root ? NULL : mime_unavailable(), *unseen = NULL;
	if (root)
		unseen = inspect_parts(in, root);
	else if (missing)
		verdict_note(in->v, "attachments: %s", missing);
	else
		(void)refuse_doubt(in, none, "the parts cannot be read");
	arena_free(structure);
	const char *why = mime_measure(message_bytes(msg)).why;
	why = unseen ? unseen : why;
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
	struct inspection in = {.v = v, .until = io_cpu_milliseconds() + time_allowed};
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

void attachments_doubt(const struct str_list *patterns, const char *why, struct verdict *v)
{
	struct inspection in = {.v = v};
	if (patterns->count)
		(void)refuse_doubt(&in, none, why);
}
