#include "base/frame.h"

#include <endian.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

enum {
	HEAD = 4 + 4 + 8, /* bytes of a frame's head */
	ITEM = 4 + 8,     /* bytes of an item's head: tag and length */
	NESTED_MOST = 8,
};

static const char magic[] = "MDAF";

/* How FRAME_BYTES are stored: here, or as a place in the message or in this frame. */
enum place { HERE = 'h', IN_MESSAGE = 'm', IN_FRAME = 'f' };

/* ---- numbers ---- */

static void put_number(struct buf *to, uint64_t number, size_t size)
{
	char *p = buf_grow(to, size);
	for (size_t i = 0; i < size; i++)
		p[i] = (char)(number >> (8 * i));
	to->n += size;
}

static uint64_t get_number(struct str bytes)
{
	uint64_t number = 0;
	if (bytes.n == sizeof number) {
		memcpy(&number, bytes.p, sizeof number);
		return le64toh(number);
	}
	for (size_t i = bytes.n; i-- > 0;)
		number = number << 8 | (unsigned char)bytes.p[i];
	return number;
}

static uint64_t load(const void *member, size_t size)
{
	uint64_t number = 0;
	switch (size) {
	case sizeof(bool):
		return *(const unsigned char *)member;
	case sizeof(uint32_t):
		return *(const uint32_t *)member;
	default:
		memcpy(&number, member, sizeof number);
		return number;
	}
}

static void store(void *member, size_t size, uint64_t number)
{
	uint32_t word = (uint32_t)number;
	if (size == sizeof(bool))
		*(unsigned char *)member = (unsigned char)number;
	else if (size == sizeof word)
		memcpy(member, &word, sizeof word);
	else
		memcpy(member, &number, sizeof number);
}

/* ---- writing ---- */

/* Bytes that are already in the frame. */
struct kept {
	struct str bytes;
	size_t at;
};

struct writer {
	struct buf *to;
	size_t start; /* the place where the frame starts */
	struct str message;
	struct kept *kept;
	size_t kept_count;
	struct arena *mem;
};

/* Begins an item whose length is filled in when it ends. */
static size_t begin_item(struct writer *w, unsigned tag)
{
	const uint32_t little = htole32(tag);
	char *p = buf_grow(w->to, ITEM);
	memcpy(p, &little, sizeof little);
	memset(p + sizeof little, 0, ITEM - sizeof little);
	w->to->n += ITEM;
	return w->to->n;
}

static void end_item(struct writer *w, size_t begin)
{
	const uint64_t little = htole64(w->to->n - begin);
	memcpy(w->to->p + begin - sizeof little, &little, sizeof little);
}

static bool is_part(struct str part, struct str whole)
{
	uintptr_t p = (uintptr_t)part.p, q = (uintptr_t)whole.p;
	return part.n && p >= q && p - q <= whole.n && part.n <= whole.n - (p - q);
}

static void put_place(struct writer *w, enum place place, size_t at, size_t n)
{
	buf_byte(w->to, (char)place);
	put_number(w->to, at, 8);
	put_number(w->to, n, 8);
}

static void put_bytes(struct writer *w, struct str bytes)
{
	if (is_part(bytes, w->message)) {
		put_place(w, IN_MESSAGE, (size_t)(bytes.p - w->message.p), bytes.n);
		return;
	}
	for (size_t i = 0; i < w->kept_count; i++) {
		const struct kept *k = &w->kept[i];
		if (!is_part(bytes, k->bytes))
			continue;
		put_place(w, IN_FRAME, k->at + (size_t)(bytes.p - k->bytes.p), bytes.n);
		return;
	}
	buf_byte(w->to, HERE);
	if (bytes.n)
		*(struct kept *)ARENA_PUSH(w->mem, w->kept, w->kept_count) =
			(struct kept){bytes, w->to->n - w->start};
	buf_add(w->to, bytes);
}

static void put_struct(struct writer *w, const struct frame_type *type, const char *value);

static void put_list(struct writer *w, const struct frame_row *row, const char *value)
{
	const char *items;
	size_t count;
	memcpy(&items, value + row->offset, sizeof items);
	memcpy(&count, value + row->count, sizeof count);
	for (size_t i = 0; i < count; i++) {
		size_t item = begin_item(w, 0);
		put_struct(w, row->type, items + i * row->size);
		end_item(w, item);
	}
}

static void put_text(struct writer *w, struct str text)
{
	buf_add(w->to, text);
	buf_byte(w->to, '\0');
}

static void put_value(struct writer *w, const struct frame_row *row, const char *value)
{
	const char *member = value + row->offset;
	const char *word;
	struct str text;
	switch (row->kind) {
	case FRAME_NUMBER:
		put_number(w->to, load(member, row->size), 8);
		break;
	case FRAME_REAL:
		put_number(w->to, load(member, sizeof(double)), 8);
		break;
	case FRAME_WORD:
		memcpy(&word, member, sizeof word);
		put_text(w, str_of(word));
		break;
	case FRAME_TEXT:
		memcpy(&text, member, sizeof text);
		put_text(w, text);
		break;
	case FRAME_BYTES:
		memcpy(&text, member, sizeof text);
		put_bytes(w, text);
		break;
	case FRAME_LIST:
		put_list(w, row, value);
		break;
	case FRAME_STRUCT:
		put_struct(w, row->type, member);
		break;
	}
}

/* A value that is zero, NULL or empty is not written: the reader starts with that. */
static bool is_nothing(const struct frame_row *row, const char *value)
{
	static const char zero[sizeof(struct str)];
	size_t count = 0;
	if (row->kind == FRAME_STRUCT)
		return false;
	if (row->kind == FRAME_LIST)
		memcpy(&count, value + row->count, sizeof count);
	return row->kind == FRAME_LIST ? count == 0
				       : memcmp(value + row->offset, zero, row->size) == 0;
}

static void put_struct(struct writer *w, const struct frame_type *type, const char *value)
{
	for (size_t i = 0; i < type->count; i++) {
		const struct frame_row *row = &type->rows[i];
		if (is_nothing(row, value))
			continue;
		size_t item = begin_item(w, row->tag);
		put_value(w, row, value);
		if (row->kind == FRAME_STRUCT && w->to->n == item)
			w->to->n = item - ITEM; /* nothing of it is written */
		else
			end_item(w, item);
	}
}

void frame_write(struct buf *to, unsigned version, const struct frame_type *type, const void *value,
	struct str message)
{
	struct writer w = {.to = to, .start = to->n, .message = message, .mem = arena_new()};
	buf_text(to, magic);
	put_number(to, version, 4);
	put_number(to, 0, 8);
	put_struct(&w, type, value);
	end_item(&w, w.start + HEAD);
	arena_free(w.mem);
}

/* ---- reading ---- */

struct reader {
	struct str frame, message;
	unsigned depth;
	struct arena *mem;
	struct err *err;
};

static int bad(const struct reader *r, const struct frame_row *row, const char *why)
{
	return err_temp(r->err, "%s: %s", row->name, why);
}

/* Takes one item off *REST. */
static bool take_item(struct str *rest, unsigned *tag, struct str *bytes)
{
	if (rest->n < ITEM)
		return false;
	uint64_t n = get_number(str_slice(*rest, 4, ITEM));
	*tag = (unsigned)get_number(str_slice(*rest, 0, 4));
	if (n > rest->n - ITEM)
		return false;
	*bytes = str_slice(*rest, ITEM, ITEM + (size_t)n);
	*rest = str_slice(*rest, ITEM + (size_t)n, rest->n);
	return true;
}

static int get_text(
	struct reader *r, const struct frame_row *row, struct str bytes, struct str *text)
{
	if (bytes.n == 0 || bytes.p[bytes.n - 1] != '\0')
		return bad(r, row, "it does not end");
	*text = str_slice(bytes, 0, bytes.n - 1);
	if (text->n > row->most)
		return bad(r, row, "it is too long");
	const char *why = row->check && text->n ? row->check(*text) : NULL;
	return why ? bad(r, row, why) : 0;
}

static int get_word(
	struct reader *r, const struct frame_row *row, struct str bytes, const char **word)
{
	struct str text = STR_EMPTY;
	if (get_text(r, row, bytes, &text) < 0)
		return -1;
	if (str_find(text, '\0') < text.n)
		return bad(r, row, "it holds a NUL");
	*word = text.p;
	return 0;
}

/* The part of BYTES at PLACE. It must end before END. */
static bool get_part(struct str place, struct str bytes, size_t end, struct str *part)
{
	uint64_t at = get_number(str_slice(place, 0, 8)), n = get_number(str_slice(place, 8, 16));
	if (place.n != 16 || n > end || at > end - n)
		return false;
	*part = str_slice(bytes, (size_t)at, (size_t)(at + n));
	return true;
}

/* Bytes of the frame can be referred to only after they have been read. */
static int get_bytes(
	struct reader *r, const struct frame_row *row, struct str bytes, struct str *value)
{
	struct str rest = str_slice(bytes, 1, bytes.n);
	bool there = bytes.n > 0;
	if (there && bytes.p[0] == IN_MESSAGE)
		there = get_part(rest, r->message, r->message.n, value);
	else if (there && bytes.p[0] == IN_FRAME)
		there = get_part(rest, r->frame, (size_t)(bytes.p - r->frame.p), value);
	else if (there && bytes.p[0] == HERE)
		*value = rest;
	else
		there = false;
	if (!there)
		return bad(r, row, "it is not there");
	if (value->n > row->most)
		return bad(r, row, "it is too long");
	const char *why = row->check && value->n ? row->check(*value) : NULL;
	return why ? bad(r, row, why) : 0;
}

static int get_struct(
	struct reader *r, const struct frame_type *type, struct str bytes, char *value);

static int get_list(struct reader *r, const struct frame_row *row, struct str bytes, char *value)
{
	struct str item;
	unsigned tag;
	size_t count = 0;
	void *items = NULL;
	while (bytes.n) {
		if (!take_item(&bytes, &tag, &item) || tag != 0)
			return bad(r, row, "its items do not fit");
		if (count == row->most)
			return bad(r, row, "there are too many");
		if (get_struct(r, row->type, item, arena_push(r->mem, &items, &count, row->size)) <
			0)
			return -1;
	}
	memcpy(value + row->offset, &items, sizeof items);
	memcpy(value + row->count, &count, sizeof count);
	return 0;
}

static int get_numeral(
	struct reader *r, const struct frame_row *row, struct str bytes, char *member)
{
	if (bytes.n != 8)
		return bad(r, row, "it is not a number");
	uint64_t number = get_number(bytes);
	if (row->kind == FRAME_NUMBER && number > row->most)
		return bad(r, row, "it is too large");
	store(member, row->size, number);
	return 0;
}

static int get_value(struct reader *r, const struct frame_row *row, struct str bytes, char *value)
{
	char *member = value + row->offset;
	switch (row->kind) {
	case FRAME_NUMBER:
	case FRAME_REAL:
		return get_numeral(r, row, bytes, member);
	case FRAME_WORD:
		return get_word(r, row, bytes, (const char **)(void *)member);
	case FRAME_TEXT:
		return get_text(r, row, bytes, (struct str *)(void *)member);
	case FRAME_BYTES:
		return get_bytes(r, row, bytes, (struct str *)(void *)member);
	case FRAME_LIST:
		return get_list(r, row, bytes, value);
	case FRAME_STRUCT:
		return get_struct(r, row->type, bytes, member);
	}
	return bad(r, row, "its kind is unknown");
}

/*
 * The row of TAG, searched from *AT: rows are in order, each at most once. NULL: unknown in this
 * version.
 */
static const struct frame_row *row_of(const struct frame_type *type, unsigned tag, size_t *at)
{
	for (size_t i = *at; i < type->count; i++) {
		if (type->rows[i].tag != tag)
			continue;
		*at = i + 1;
		return &type->rows[i];
	}
	return NULL;
}

static int get_struct(
	struct reader *r, const struct frame_type *type, struct str bytes, char *value)
{
	struct str item;
	unsigned tag;
	size_t at = 0;
	int result = 0;
	if (++r->depth > NESTED_MOST)
		return err_temp(r->err, "the frame is nested too deeply");
	while (bytes.n && result == 0) {
		if (!take_item(&bytes, &tag, &item))
			return err_temp(r->err, "an item of the frame does not end");
		const struct frame_row *row = row_of(type, tag, &at);
		result = row ? get_value(r, row, item, value) : 0;
	}
	r->depth--;
	return result;
}

int frame_read(struct str frame, unsigned version, const struct frame_type *type, void *value,
	struct str message, struct arena *mem, struct err *err)
{
	struct reader r = {.frame = frame, .message = message, .mem = mem, .err = err};
	if (frame.n < HEAD || memcmp(frame.p, magic, 4) != 0)
		return err_temp(err, "it is not a frame");
	if (get_number(str_slice(frame, 4, 8)) != version)
		return err_temp(err, "the frame has version %" PRIu64 ", not %u",
			get_number(str_slice(frame, 4, 8)), version);
	if (get_number(str_slice(frame, 8, HEAD)) != frame.n - HEAD)
		return err_temp(err, "the frame is incomplete");
	return get_struct(&r, type, str_slice(frame, HEAD, frame.n), value);
}

/* ---- checks ---- */

const char *frame_one_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\0')
			return "it is not one line";
	return NULL;
}
