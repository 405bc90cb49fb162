#include "filters/sieve/value.h"

#include "base/mime.h"

static void add_field(
	struct value_fields *all, const struct header *h, size_t number, struct arena *mem)
{
	struct value_field *f = arena_alloc(mem, sizeof *f);
	*f = (struct value_field){.name = h->name, .header = *h, .number = number};
	*(struct value_field **)ARENA_PUSH(mem, all->items, all->count) = f;
}

struct value_field *value_new(struct str whole, size_t number, struct arena *mem)
{
	struct value_field *f = arena_alloc(mem, sizeof *f);
	size_t colon = str_find(whole, ':');
	f->name = str_slice(whole, 0, colon);
	f->header = (struct header){
		.whole = whole, .name = f->name, .value = str_slice(whole, colon + 1, whole.n - 1)};
	f->number = number;
	return f;
}

void value_header(struct value_fields *all, const struct sv_input *input, struct arena *mem)
{
	size_t n = message_header_count(input->msg);
	const struct str path = STR_LIT("Return-Path");
	bool has_path = false;
	for (size_t i = 0; i < input->trace.count; i++) {
		struct value_field *f = value_new(input->trace.items[i], VALUE_TRACE, mem);
		*(struct value_field **)ARENA_PUSH(mem, all->items, all->count) = f;
		has_path |= str_ieq(f->name, path);
	}
	for (size_t i = 0; i < n; i++) {
		const struct header *h = message_header(input->msg, i);
		bool hidden =
			(input->hidden && input->hidden[i]) || (has_path && str_ieq(h->name, path));
		if (!hidden)
			add_field(all, h, i, mem);
	}
}

void value_find(const struct value_fields *all, struct str name, struct value_fields *found,
	struct arena *mem)
{
	if (name.n == 0)
		return; /* lines that are not fields have an empty name */
	for (size_t i = 0; i < all->count; i++) {
		struct value_field *f = all->items[i];
		if (!f->gone && str_ieq(f->name, name))
			*(struct value_field **)ARENA_PUSH(mem, found->items, found->count) = f;
	}
}

static struct str unfold(const struct value_field *f, size_t limit, struct arena *mem)
{
	struct header h = f->header;
	h.value = str_slice(h.value, 0, limit);
	return message_header_text(&h, mem);
}

struct sv_value *value_text(struct value_field *f, size_t limit, struct arena *mem)
{
	if (!f->decoded)
		f->text = (struct sv_value){.text = mime_decode(unfold(f, limit, mem), mem)};
	f->decoded = true;
	return &f->text;
}

const struct address_list *value_addresses(struct value_field *f, size_t limit, struct arena *mem)
{
	if (!f->addresses) {
		struct address_list *list = arena_alloc(mem, sizeof *list);
		*list = address_parse_list(unfold(f, limit, mem), mem);
		f->addresses = list;
	}
	return f->addresses;
}
