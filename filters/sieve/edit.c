#include "filters/sieve/edit.h"

#include "base/encoded_word.h"
#include "base/mime.h"
#include "base/str_list.h"

#include <string.h>

/* ---- fields ---- */

static void put_in_front(struct sv_run *run, struct value_field *field)
{
	struct value_fields *all = &run->header;
	*(struct value_field **)ARENA_PUSH(run->mem, all->items, all->count) = field;
	memmove(&all->items[1], &all->items[0], (all->count - 1) * sizeof *all->items);
	all->items[0] = field;
}

static void put_after(struct sv_run *run, struct value_field *field)
{
	*(struct value_field **)ARENA_PUSH(run->mem, run->header.items, run->header.count) = field;
}

void edit_add(struct sv_run *run, struct str name, struct str value, bool last)
{
	/* Text that is already encoded is not encoded again. */
	struct str text = encoded_word_exact(mime_decode(value, run->mem), name.n, run->mem);
	struct value_field *f =
		value_new(ARENA_JOIN(run->mem, name, STR_LIT(": "), text, STR_LIT("\n")),
			VALUE_ADDED, run->mem);
	if (last)
		put_after(run, f);
	else
		put_in_front(run, f);
	run->changes = NULL;
	run->changed = true;
}

void edit_add_raw(struct sv_run *run, struct str field)
{
	put_after(
		run, value_new(ARENA_JOIN(run->mem, field, STR_LIT("\n")), VALUE_ADDED, run->mem));
	run->changes = NULL;
	run->changed = true;
}

void edit_remove(struct sv_run *run, struct value_field *field)
{
	if (field->number == VALUE_TRACE)
		return;
	field->gone = true;
	run->changes = NULL;
	run->changed = true;
}

void edit_body(struct sv_run *run, struct str body)
{
	struct str *kept = arena_alloc(run->mem, sizeof *kept);
	*kept = body;
	run->body = kept;
	run->parts_known = run->raw_known = false;
	run->changes = NULL;
	run->changed = true;
}

/* ---- the message as it is now ---- */

struct str edit_header(const struct sv_run *run, struct arena *mem)
{
	struct buf all = {0};
	for (size_t i = 0; i < run->header.count; i++)
		if (!run->header.items[i]->gone && run->header.items[i]->number != VALUE_TRACE)
			buf_add(&all, run->header.items[i]->header.whole);
	struct str header = arena_str(mem, buf_str(&all));
	buf_free(&all);
	return header;
}

struct str edit_current_body(const struct sv_run *run)
{
	return run->body ? *run->body : message_body(run->input->msg);
}

struct str edit_message(const struct sv_run *run)
{
	struct buf all = {0};
	if (!run->changed)
		return message_bytes(run->input->msg);
	buf_add(&all, edit_header(run, run->mem));
	buf_byte(&all, '\n');
	buf_add(&all, edit_current_body(run));
	struct str message = arena_str(run->mem, buf_str(&all));
	buf_free(&all);
	return message;
}

/* ---- changes ---- */

static void push(struct sv_run *run, struct str_list *list, struct str text)
{
	str_list_add(list, text, run->mem);
}

const struct changes *edit_changes(struct sv_run *run)
{
	if (!run->changed || run->changes)
		return run->changes;
	struct changes *c = arena_alloc(run->mem, sizeof *c);
	bool *removed = arena_alloc(run->mem, message_header_count(run->input->msg) + 1);
	bool is_after = false;
	for (size_t i = 0; i < run->header.count; i++) {
		const struct value_field *f = run->header.items[i];
		if (f->number == VALUE_TRACE)
			continue;
		if (f->number != VALUE_ADDED) {
			removed[f->number] = f->gone;
			is_after = true;
		} else if (!f->gone) {
			push(run, is_after ? &c->last : &c->first, f->header.whole);
		}
	}
	c->removed = removed;
	c->body = run->body;
	run->changes = c;
	return c;
}

void edit_start(struct sv_run *run)
{
	const struct changes *c = run->input->changes;
	struct value_fields original = {0};
	value_header(c ? &original : &run->header, run->input, run->mem);
	if (!c)
		return;
	for (size_t i = 0; i < c->first.count; i++)
		put_after(run, value_new(c->first.items[i], VALUE_ADDED, run->mem));
	for (size_t i = 0; i < original.count; i++) {
		size_t number = original.items[i]->number;
		original.items[i]->gone = number != VALUE_TRACE && c->removed && c->removed[number];
		put_after(run, original.items[i]);
	}
	for (size_t i = 0; i < c->last.count; i++)
		put_after(run, value_new(c->last.items[i], VALUE_ADDED, run->mem));
	run->body = c->body;
	run->changed = true;
}
