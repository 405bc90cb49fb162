#include "base/verdict.h"

#include "base/printable.h"
#include "base/str_list.h"

#include <stdarg.h>

void verdict_init(struct verdict *v, struct arena *mem, size_t field_count)
{
	*v = (struct verdict){.mem = mem, .header.field_count = field_count, .notes.mem = mem};
	v->header.removed = arena_alloc(mem, field_count * sizeof *v->header.removed);
}

struct action *verdict_add(
	struct verdict *v, enum action_kind kind, struct str argument, struct reason reason)
{
	for (size_t i = 0; i < v->action_count; i++)
		if (kind != ACTION_PIPE && v->actions[i].kind == kind &&
			str_eq(v->actions[i].argument, argument))
			return &v->actions[i];
	struct action *a = ARENA_PUSH(v->mem, v->actions, v->action_count);
	*a = (struct action){.kind = kind, .argument = argument, .reason = reason};
	return a;
}

const struct action *verdict_find(const struct verdict *v, enum action_kind kind)
{
	for (size_t i = 0; i < v->action_count; i++)
		if (v->actions[i].kind == kind)
			return &v->actions[i];
	return NULL;
}

static unsigned flag_of(struct str name)
{
	static const struct flag {
		const char *name;
		unsigned bit;
	} flags[] = {
		{"\\Answered", FLAG_REPLIED},
		{"\\Deleted", FLAG_TRASHED},
		{"\\Draft", FLAG_DRAFT},
		{"\\Flagged", FLAG_FLAGGED},
		{"\\Seen", FLAG_SEEN},
	};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (str_ieq(name, str_of(flags[i].name)))
			return flags[i].bit;
	return 0;
}

/*
 * Longer than any client's. The process that carries the verdict out accepts no more
 * (mda/judgement.c).
 */
enum { KEYWORD_MOST = 500, KEYWORDS_MOST = 500 };

static void add_keyword(struct action *a, struct str name, struct notes *notes)
{
	if (name.n > KEYWORD_MOST || a->keywords.count == KEYWORDS_MOST) {
		notes_add(notes, "a flag is left out: %s",
			name.n > KEYWORD_MOST ? "it is too long" : "there are too many");
		return;
	}
	for (size_t i = 0; i < a->keywords.count; i++)
		if (str_ieq(a->keywords.items[i], name))
			return;
	str_list_add(&a->keywords, name, notes->mem);
}

/* $Forwarded is a Maildir flag, and also a keyword for readers that do not know the flag. */
void verdict_add_flags(struct action *a, const struct str_list *names, struct notes *notes)
{
	for (size_t i = 0; i < names->count; i++) {
		struct str name = names->items[i];
		unsigned flag = flag_of(name);
		a->flags |= str_ieq(name, STR_LIT("$Forwarded")) ? FLAG_PASSED : flag;
		if (!flag && name.n && name.p[0] != '\\')
			add_keyword(a, name, notes);
	}
}

void verdict_remove_field(struct verdict *v, size_t field)
{
	if (field < v->header.field_count)
		v->header.removed[field] = true;
}

void verdict_add_field(struct verdict *v, struct str name, struct str value)
{
	struct str line = printable_line(value, ' ', v->mem);
	struct str *field = ARENA_PUSH(v->mem, v->header.added, v->header.added_count);
	*field = arena_fmt(v->mem, STR_FMT ": " STR_FMT "\n", STR_ARGS(name), STR_ARGS(line));
}

void verdict_report(struct verdict *v, struct str path, struct str text)
{
	struct report *r = ARENA_PUSH(v->mem, v->rules.reports, v->rules.report_count);
	*r = (struct report){.path = path, .text = text};
}

void verdict_note(struct verdict *v, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	notes_add_args(&v->notes, fmt, args);
	va_end(args);
}

void verdict_trouble(struct verdict *v, const char *what, const struct err *err)
{
	verdict_note(v, "%s: %s", what, err->text);
	if (err->passing && !v->passing.text[0])
		v->passing = *err;
}

enum { FINDINGS_MOST = 300, FINDING_TEXT = 300 };

/* What a rule compares may be a whole body. */
static struct str cut(struct str text, struct arena *mem)
{
	if (text.n == 0)
		return STR_EMPTY;
	if (text.n <= FINDING_TEXT)
		return arena_str(mem, text);
	return ARENA_JOIN(mem, str_slice(text, 0, FINDING_TEXT), STR_LIT("..."));
}

void verdict_found(struct verdict *v, enum findings_wanted level, struct finding finding)
{
	if (v->found.wanted < level || v->found.count == FINDINGS_MOST)
		return;
	struct finding *f = ARENA_PUSH(v->mem, v->found.items, v->found.count);
	*f = finding;
	f->value = cut(finding.value, v->mem);
	f->at.text = cut(finding.at.text, v->mem);
	f->why = cut(finding.why, v->mem);
}

struct reason verdict_reason_line(struct str file, unsigned line, struct str text)
{
	return (struct reason){.file = file, .line = line, .text = text};
}

struct reason verdict_reason_text(const char *text)
{
	return (struct reason){.text = str_of(text)};
}

struct str verdict_reason_where(const struct reason *r, struct arena *mem)
{
	if (r->file.n == 0)
		return r->text;
	if (r->line == 0)
		return r->file;
	return arena_fmt(mem, STR_FMT ":%u", STR_ARGS(r->file), r->line);
}
