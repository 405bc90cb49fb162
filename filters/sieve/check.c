#include "filters/sieve/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

__attribute__((format(printf, 2, 0))) static struct str format(
	struct arena *mem, const char *fmt, va_list args)
{
	char text[1024];
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	return arena_str(mem, str_of(text));
}

void check_error(struct check *c, struct sv_place place, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	errors_add(&c->errors, place, format(c->mem, fmt, args));
	va_end(args);
}

bool check_room(struct check *c, struct sv_place place)
{
	enum { MB = 1 << 20 };
	struct check_included *all = c->included;
	size_t most = c->limits->memory;
	bool fits = most == 0 || arena_bytes(c->mem) - all->held <= most;
	if (fits && all->steps <= LIMIT_SCRIPT_STEPS)
		return true;
	if (!all->told && !fits)
		check_error(c, place, "the script takes more than %zu MB of memory", most / MB);
	else if (!all->told)
		check_error(c, place, "reading the script takes more than %d steps",
			LIMIT_SCRIPT_STEPS);
	all->told = true;
	return false;
}

void check_warn(struct check *c, struct sv_place place, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	errors_warn(&c->errors, place, format(c->mem, fmt, args));
	va_end(args);
}

/* ---- extensions ---- */

static void activate(struct check *c, const struct sv_ext *ext)
{
	struct str rest = str_of(ext->implies), word;
	size_t i = ext_number(c->host, ext);
	if (c->active[i])
		return;
	c->active[i] = true;
	c->in.memo->count = 0;
	while (str_word(&rest, &word))
		(void)check_require(c, word); /* known: our own table names it */
}

/* From now on it counts as required, so that errors that only follow from this are not reported. */
void check_missing(
	struct check *c, struct sv_place place, const struct sv_ext *ext, struct str what)
{
	/* It may be named in the broken `require`. */
	if (!c->require_broken)
		check_error(c, place, STR_FMT " needs require \"%s\"", STR_ARGS(what), ext->name);
	activate(c, ext);
}

void check_told(struct check *c, const struct sv_ext *ext)
{
	activate(c, ext);
}

bool check_require(struct check *c, struct str name)
{
	const struct sv_ext *ext = ext_find(c->host, name);
	if (ext)
		activate(c, ext);
	return ext != NULL;
}

void check_allow(struct check *c, struct str name)
{
	bool *before = arena_alloc(c->mem, c->script->ext_count * sizeof *before);
	memcpy(before, c->active, c->script->ext_count * sizeof *before);
	(void)check_require(c, name); /* an unknown one makes the test false when it runs */
	for (size_t i = 0; i < c->script->ext_count; i++)
		c->by_ihave[i] |= c->active[i] && !before[i];
}

void check_uses(struct check *c, struct sv_node *node, const struct sv_ext *ext)
{
	size_t i = ext ? ext_number(c->host, ext) : c->script->ext_count;
	if (i < c->script->ext_count && c->by_ihave[i])
		*(const struct sv_ext **)ARENA_PUSH(c->mem, node->allowed, node->allowed_count) =
			ext;
}

bool check_active(const struct check *c, const struct sv_ext *ext)
{
	return script_requires(c->script, ext);
}

void *check_state(struct check *c, const struct sv_ext *ext)
{
	return script_state(c->script, ext, c->mem);
}

/* ---- what is given ---- */

const struct sv_tagged *check_tag(const struct sv_node *node, const char *name)
{
	for (size_t i = 0; i < node->tag_count; i++)
		if (str_ieq(str_of(node->tags[i].tag->name), str_of(name)))
			return &node->tags[i];
	return NULL;
}

bool check_constant(const struct sv_given *g)
{
	for (size_t i = 0; g && i < g->count; i++)
		if (g->strings[i].piece_count)
			return false;
	return g != NULL;
}
