#include "mda/tools/import/import_fields.h"

#include "base/date.h"
#include "base/message.h"
#include "base/str_list.h"
#include "base/verdict.h"

#include <stdlib.h>
#include <string.h>

struct fields {
	struct import_fields *f;
	struct arena *mem;
};

static const struct {
	char letter;
	unsigned flag;
} status_letters[] = {{'R', FLAG_SEEN}, {'A', FLAG_REPLIED}, {'F', FLAG_FLAGGED}, {'T', FLAG_DRAFT},
	{'D', FLAG_TRASHED}};

/* Status: R read, O old. X-Status: A answered, F flagged, T draft, D deleted. */
static void take_status(struct fields *c, struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		c->f->old = c->f->old || value.p[i] == 'O' || value.p[i] == 'R';
		for (size_t k = 0; k < sizeof status_letters / sizeof *status_letters; k++)
			if (value.p[i] == status_letters[k].letter)
				c->f->flags |= status_letters[k].flag;
	}
}

static void take_keywords(struct fields *c, struct str value)
{
	struct str w;
	while (str_word(&value, &w))
		if (!str_list_has(&c->f->keywords, w))
			str_list_add(&c->f->keywords, arena_str(c->mem, w), c->mem);
}

/* The first message of a file that UW-IMAP or Pine has written is a note to itself. */
static void take_internal(struct fields *c, struct str value)
{
	(void)value;
	c->f->is_internal = true;
}

/*
 * Thunderbird's flags, in hexadecimal. What it has removed from a folder stays in the file until
 * the folder is compacted.
 */
static void take_mozilla(struct fields *c, struct str value)
{
	static const struct {
		unsigned long bit;
		unsigned flag;
	} bits[] = {
		{0x1, FLAG_SEEN}, {0x2, FLAG_REPLIED}, {0x4, FLAG_FLAGGED}, {0x1000, FLAG_PASSED}};
	unsigned long n = strtoul(arena_cstr(c->mem, value), NULL, 16);
	c->f->is_removed = c->f->is_removed || (n & 0x8);
	c->f->old = c->f->old || (n & 0x1);
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		c->f->flags |= n & bits[i].bit ? bits[i].flag : 0;
}

/* Fields that have no meaning outside of an mbox file. */
static const struct {
	const char *name;
	void (*take)(struct fields *c, struct str value);
} mbox_fields[] = {{"Status", take_status}, {"X-Status", take_status},
	{"X-Keywords", take_keywords}, {"X-IMAP", take_internal}, {"X-IMAPbase", NULL},
	{"X-UID", NULL}, {"Content-Length", NULL}, {"X-Mozilla-Status", take_mozilla},
	{"X-Mozilla-Status2", NULL}, {"X-Mozilla-Keys", take_keywords}};

static bool take_mbox_field(struct fields *c, const struct header *h)
{
	for (size_t i = 0; i < sizeof mbox_fields / sizeof *mbox_fields; i++) {
		if (!str_ieq(h->name, str_of(mbox_fields[i].name)))
			continue;
		if (mbox_fields[i].take)
			mbox_fields[i].take(c, message_header_text(h, c->mem));
		return true;
	}
	return false;
}

static void take_mail_field(struct fields *c, const struct header *h)
{
	struct date date;
	if (str_ieq(h->name, STR_LIT("Message-ID")) && c->f->message_id.n == 0)
		c->f->message_id = message_header_text(h, c->mem);
	if (!str_ieq(h->name, STR_LIT("Date")) || c->f->has_date ||
		!date_guess(message_header_text(h, c->mem), &date))
		return;
	c->f->has_date = true;
	c->f->date = date.seconds;
}

void import_fields_read(struct buf *bytes, bool mbox, struct arena *mem, struct import_fields *f)
{
	struct fields c = {.f = f, .mem = mem};
	struct message *m = message_borrow(buf_str(bytes), NULL);
	size_t to = 0, at = 0;
	*f = (struct import_fields){.message_id = STR_EMPTY};
	/* A header that cannot be read has no flags; the message is kept as it is. */
	for (size_t i = 0; m && i < message_header_count(m); i++) {
		const struct header *h = message_header(m, i);
		size_t begin = (size_t)(h->whole.p - bytes->p), end = begin + h->whole.n;
		bool drop = mbox && take_mbox_field(&c, h);
		take_mail_field(&c, h);
		if (!drop)
			continue;
		memmove(bytes->p + to, bytes->p + at, begin - at);
		to += begin - at;
		at = end;
	}
	memmove(bytes->p + to, bytes->p + at, bytes->n - at);
	bytes->n = to + bytes->n - at;
	message_free(m);
}
