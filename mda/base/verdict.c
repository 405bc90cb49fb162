#include "mda/base/verdict.h"

#include <stdarg.h>
#include <stdio.h>

void verdict_init(struct verdict *v, struct arena *mem, size_t field_count)
{
	*v = (struct verdict){.mem = mem, .field_count = field_count};
	v->removed = arena_alloc(mem, field_count * sizeof *v->removed);
}

struct action *verdict_add(
	struct verdict *v, enum action_kind kind, struct str argument, struct reason reason)
{
	for (size_t i = 0; i < v->action_count; i++)
		if (v->actions[i].kind == kind && str_eq(v->actions[i].argument, argument))
			return &v->actions[i];
	struct action *a = ARENA_PUSH(v->mem, v->actions, v->action_count);
	*a = (struct action){.kind = kind, .argument = argument, .reason = reason};
	return a;
}

void verdict_remove_field(struct verdict *v, size_t field)
{
	if (field < v->field_count)
		v->removed[field] = true;
}

static struct str one_line(struct str s, struct arena *mem)
{
	struct str copy = arena_str(mem, s);
	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '\n' || copy.p[i] == '\r' || copy.p[i] == '\0')
			((char *)copy.p)[i] = ' ';
	return copy;
}

void verdict_add_field(struct verdict *v, struct str name, struct str value)
{
	struct str line = one_line(value, v->mem);
	struct str *field = ARENA_PUSH(v->mem, v->added, v->added_count);
	*field = arena_fmt(v->mem, STR_FMT ": " STR_FMT "\n", STR_ARGS(name), STR_ARGS(line));
}

void verdict_report(struct verdict *v, struct str path, struct str text)
{
	struct report *r = ARENA_PUSH(v->mem, v->reports, v->report_count);
	*r = (struct report){.path = path, .text = text};
}

void verdict_note(struct verdict *v, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	struct str *note = ARENA_PUSH(v->mem, v->notes, v->note_count);
	*note = arena_str(v->mem, str_of(text));
}

struct reason reason_line(struct str file, unsigned line, struct str text)
{
	return (struct reason){.file = file, .line = line, .text = text};
}

struct reason reason_text(const char *text)
{
	return (struct reason){.text = str_of(text)};
}

struct str reason_where(const struct reason *r, struct arena *mem)
{
	if (r->file.n == 0)
		return r->text;
	if (r->line == 0)
		return r->file;
	return arena_fmt(mem, STR_FMT ":%u", STR_ARGS(r->file), r->line);
}
