#include "filters/attachments.h"

#include "mda/base/filetype.h"
#include "mda/base/mime.h"
#include "mda/base/wild.h"

enum { ZIP_NAMES_MOST = 1000, NOTES_MOST = 10, NAME_TOLD = 80 };

bool attachments_pattern_valid(struct str pattern)
{
	for (size_t i = 0; i < pattern.n; i++)
		if ((unsigned char)pattern.p[i] < ' ')
			return false;
	return pattern.n > 0 && pattern.p[0] != '/' && pattern.p[pattern.n - 1] != '/';
}

/* One message under inspection. */
struct inspection {
	const struct str_list *patterns;
	struct verdict *v;
	struct arena *mem; /* for what is decoded */
	size_t notes;
};

/* ---- a part ---- */

struct part {
	const struct mime_part *mime;
	struct str declared; /* "image/png"; empty when it says nothing */
	struct str name;     /* as it is called; may be empty */
	struct str content;  /* decoded */
};

static struct str field_of(const struct mime_part *part, const char *name, struct arena *mem)
{
	for (size_t i = 0; i < part->field_count; i++)
		if (str_ieq(part->fields[i].name, str_of(name)))
			return header_text(&part->fields[i], mem);
	return (struct str){"", 0};
}

static struct str name_of(const struct mime_part *part, struct arena *mem)
{
	struct str disposition = field_of(part, "Content-Disposition", mem), name = {"", 0};
	if (mime_parameter(disposition, STR_LIT("filename"), mem, &name) && name.n)
		return name;
	mime_parameter(field_of(part, "Content-Type", mem), STR_LIT("name"), mem, &name);
	return name;
}

static struct part read_part(const struct mime_part *mime, struct arena *mem)
{
	struct part p = {.mime = mime, .name = name_of(mime, mem)};
	if (field_of(mime, "Content-Type", mem).n)
		p.declared = arena_fmt(
			mem, STR_FMT "/" STR_FMT, STR_ARGS(mime->type), STR_ARGS(mime->subtype));
	p.content = mime_content(mime, mem);
	return p;
}

/* The text that people write has no name and no NUL: libmagic need not be loaded for it. */
static bool is_plain_text(const struct part *p)
{
	return str_ieq(p->mime->type, STR_LIT("text")) && p->name.n == 0 &&
	       str_find(p->content, '\0') == p->content.n;
}

/* ---- against the patterns ---- */

static bool is_type_pattern(struct str pattern)
{
	return str_find(pattern, '/') < pattern.n;
}

static bool matches(struct inspection *in, struct str text, bool types)
{
	struct str lower = arena_lower(in->mem, text);
	for (size_t i = 0; i < in->patterns->count; i++) {
		struct str pattern = in->patterns->items[i];
		if (is_type_pattern(pattern) == types &&
			wild_match(arena_lower(in->mem, pattern), lower))
			return true;
	}
	return false;
}

/* Windows opens "a.exe. " as a.exe. */
static bool matches_name(struct inspection *in, struct str name)
{
	struct str bare = name;
	while (bare.n && (bare.p[bare.n - 1] == '.' || ascii_isblank(bare.p[bare.n - 1])))
		bare.n--;
	return matches(in, name, false) || matches(in, bare, false);
}

static void refuse(struct inspection *in, struct str name, struct str what)
{
	struct verdict *v = in->v;
	if (v->listing == LISTED_BLOCK)
		return;
	v->spam = SPAM_YES;
	v->spam_by = "attachment";
	v->spam_reason =
		(struct reason){.text = arena_fmt(v->mem, "attachment: \"" STR_FMT "\"" STR_FMT,
					STR_ARGS(str_slice(name, 0, NAME_TOLD)), STR_ARGS(what))};
}

/* Readers differ in which of several names they take, so each of them counts. */
static bool is_called_so(struct inspection *in, const struct mime_part *part)
{
	static const char *const places[][2] = {
		{"Content-Disposition", "filename"}, {"Content-Type", "name"}};
	for (size_t i = 0; i < part->field_count * 2; i++) {
		const struct header *field = &part->fields[i / 2];
		const char *const *place = places[i % 2];
		struct str name;
		if (!str_ieq(field->name, str_of(place[0])) ||
			!mime_parameter(
				header_text(field, in->mem), str_of(place[1]), in->mem, &name) ||
			!matches_name(in, name))
			continue;
		refuse(in, name, (struct str){"", 0});
		return true;
	}
	return false;
}

static bool is_refused(struct inspection *in, const struct part *p, struct str type)
{
	struct str_list inside = {0};
	if (is_called_so(in, p->mime))
		return true;
	if (type.n && matches(in, type, true)) {
		refuse(in, p->name, arena_fmt(in->mem, " is " STR_FMT, STR_ARGS(type)));
		return true;
	}
	filetype_zip_names(p->content, ZIP_NAMES_MOST, in->mem, &inside);
	for (size_t i = 0; i < inside.count; i++) {
		struct str file = inside.items[i];
		if (!matches_name(in, str_slice(file, str_rfind(file, '/') + 1, file.n)) &&
			!matches_name(in, file))
			continue;
		refuse(in, p->name,
			arena_fmt(in->mem, " holds " STR_FMT,
				STR_ARGS(str_slice(file, 0, NAME_TOLD))));
		return true;
	}
	return false;
}

static void note_disagreement(struct inspection *in, const struct part *p, struct str type)
{
	if (!filetype_disagrees(type, p->declared, p->name) || in->notes++ >= NOTES_MOST)
		return;
	verdict_note(in->v, "the attachment \"" STR_FMT "\", declared as " STR_FMT ", is " STR_FMT,
		STR_ARGS(str_slice(p->name, 0, NAME_TOLD)), STR_ARGS(p->declared), STR_ARGS(type));
}

/* True when the message is refused for it. */
static bool inspect(struct inspection *in, const struct mime_part *mime)
{
	const char *why = NULL;
	struct part p = read_part(mime, in->mem);
	if (is_plain_text(&p))
		return false;
	struct str type = filetype_of(p.content, in->mem, &why);
	if (why && in->notes++ == 0)
		verdict_note(in->v, "attachments: %s", why);
	note_disagreement(in, &p, type);
	return is_refused(in, &p, type);
}

/* A message/rfc822 has its message for a child. */
static bool is_leaf(const struct mime_part *part)
{
	return !part->child && !str_ieq(part->type, STR_LIT("multipart"));
}

void attachments_judge(
	const struct str_list *patterns, const struct message *msg, struct verdict *v)
{
	struct inspection in = {.patterns = patterns, .v = v};
	if (patterns->count == 0 || !message_find(msg, STR_LIT("Content-Type")))
		return;
	struct arena *structure = arena_new();
	const struct mime_part *root = mime_parts(message_bytes(msg), structure);
	if (!root)
		verdict_note(v, "attachments: %s",
			mime_unavailable() ? mime_unavailable() : "the parts cannot be read");
	bool refused = false;
	for (const struct mime_part *p = root; p && !refused; p = mime_next(p, root)) {
		if (!is_leaf(p))
			continue;
		in.mem = arena_new();
		refused = inspect(&in, p);
		arena_free(in.mem);
	}
	arena_free(structure);
}
