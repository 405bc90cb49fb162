#include "mda/conf/conf_apart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4, MOST_ROOM = 64 * 1024 };

/* A section: eight bytes, as a page of memory costs more than to read a title again. */
struct note {
	uint32_t start;
	uint32_t scope : 4;    /* enum conf_scope */
	uint32_t is_plain : 1; /* the title is what is written, and KEY is that of it */
	uint32_t key : 27;
};

enum { LENGTH_MAX = (1 << 19) - 1 };

static uint32_t fold(char c)
{
	return (unsigned char)c | ('a' ^ 'A');
}

/*
 * The length of a title, and eight bits of some of its bytes: titles that differ only in case have
 * the same key, and few others have.
 */
static uint32_t key_of(struct str title)
{
	size_t n = title.n;
	const char *p = title.p;
	uint32_t bits =
		n ? fold(p[0]) + 3 * fold(p[n / 8]) + 5 * fold(p[n / 4]) + 7 * fold(p[n / 3]) : 0;
	return ((uint32_t)n & LENGTH_MAX) << 8 | (bits & 0xff);
}

/* Sections of one text. */
struct conf_apart_block {
	struct conf_apart_block *next;
	const struct conf_text *text;
	size_t count, room;
	struct note sections[];
};

static struct conf_apart_block *add_block(
	struct conf_aparts *all, const struct conf_text *text, struct arena *mem)
{
	/* There may be thousands of files with one section each. */
	bool goes_on = all->last && all->last->text == text;
	size_t room = goes_on ? all->last->room * 2 : FIRST_ROOM;
	room = room > MOST_ROOM ? MOST_ROOM : room;
	struct conf_apart_block *block =
		arena_alloc(mem, sizeof *block + room * sizeof *block->sections);
	block->text = text;
	block->room = room;
	if (all->last)
		all->last->next = block;
	else
		all->first = block;
	all->last = block;
	return block;
}

void conf_apart_add(struct conf_aparts *all, const struct conf_text *text,
	const struct conf_token *title, enum conf_scope scope, struct arena *mem)
{
	struct conf_apart_block *block = all->last;
	if (!block || block->count == block->room || block->text != text)
		block = add_block(all, text, mem);
	block->sections[block->count++] = (struct note){.start = (uint32_t)title->at,
		.scope = (uint32_t)scope & 0xf,
		.is_plain = title->form == CONF_PLAIN && title->raw.n <= LENGTH_MAX,
		.key = key_of(title->raw)};
}

/* ---- walks ---- */

struct conf_apart_walk conf_apart_all(const struct conf_aparts *all, struct arena *mem)
{
	return (struct conf_apart_walk){.block = all->first, .mem = mem, .of_everybody = true};
}

struct conf_apart_walk conf_apart_of(
	const struct conf_aparts *all, struct str recipient, struct arena *mem)
{
	struct str domain = str_slice(recipient, str_rfind(recipient, '@') + 1, recipient.n);
	return (struct conf_apart_walk){.block = all->first,
		.mem = mem,
		.address_key = key_of(recipient),
		.domain_key = key_of(domain)};
}

static bool is_wanted(const struct conf_apart_walk *walk, const struct note *section)
{
	uint32_t key = section->scope == SCOPE_DOMAIN ? walk->domain_key : walk->address_key;
	return section->key == key || walk->of_everybody || !section->is_plain;
}

/* The title in its text, where it may have quotes. */
static void find_title(struct conf_apart *a, size_t length)
{
	const char *p = a->text->p + a->start;
	a->at = a->start + (*p == '"' || *p == '\'');
	a->title = (struct str){a->text->p + a->at, length};
}

/* Reads a title with escapes or variables. It has been read before, so this cannot fail. */
static void read_title(struct conf_apart *a, struct arena *mem)
{
	struct err err;
	struct conf_lexer l = {a->text, a->start, a->text->n, &err};
	struct conf_token title;
	if (conf_lex_next(&l, &title) < 0 || conf_lex_word(&l, &title, mem, &a->title) < 0)
		abort();
	a->at = (size_t)(title.raw.p - a->text->p);
}

bool conf_apart_next(struct conf_apart_walk *walk, struct conf_apart *a)
{
	for (; walk->block; walk->block = walk->block->next, walk->next = 0)
		while (walk->next < walk->block->count) {
			const struct note *section = &walk->block->sections[walk->next++];
			if (!is_wanted(walk, section))
				continue;
			*a = (struct conf_apart){.text = walk->block->text,
				.start = section->start,
				.scope = (enum conf_scope)section->scope};
			if (section->is_plain)
				find_title(a, section->key >> 8);
			else
				read_title(a, walk->mem);
			return true;
		}
	return false;
}

/* ---- what exists twice ---- */

int conf_apart_fail_twice(const struct conf_apart *a, struct err *err)
{
	char message[200];
	snprintf(message, sizeof message, "there is already a section \"" STR_FMT "\" above",
		STR_ARGS(str_slice(a->title, 0, 100))); /* it fits */
	return conf_text_fail(a->text, a->at, message, err);
}

/* A section, and how many are read before it. */
struct numbered_section {
	struct conf_apart apart;
	size_t number;
};

/* Sections with the same title get together, the one that is read first before the others. */
static int compare_titled(const void *a, const void *b)
{
	const struct numbered_section *first = a, *second = b;
	const struct conf_apart *x = &first->apart, *y = &second->apart;
	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	if (x->title.n != y->title.n)
		return x->title.n < y->title.n ? -1 : 1;
	int r = memcmp(x->title.p, y->title.p, x->title.n);
	return r ? r : (first->number > second->number) - (first->number < second->number);
}

int conf_apart_check_twice(const struct conf_aparts *all, struct arena *mem, struct err *err)
{
	struct numbered_section *sorted = NULL;
	size_t count = 0;
	struct conf_apart a;
	for (struct conf_apart_walk walk = conf_apart_all(all, mem); conf_apart_next(&walk, &a);) {
		struct numbered_section *n = ARENA_PUSH(mem, sorted, count);
		*n = (struct numbered_section){a, count};
	}
	if (count)
		qsort(sorted, count, sizeof *sorted, compare_titled);
	for (size_t i = 1; i < count; i++) {
		const struct conf_apart *x = &sorted[i].apart, *before = &sorted[i - 1].apart;
		if (x->scope == before->scope && str_eq(x->title, before->title))
			return conf_apart_fail_twice(x, err);
	}
	return 0;
}
