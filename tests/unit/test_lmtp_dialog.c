/*
 * What an LMTP client sends, and what it is answered: a row is a conversation. Each row is run with
 * the bytes in one piece, byte by byte and in other cuts, with a host that answers at once and with
 * one that answers later and in another order: all must give the same replies and the same mail.
 */
#include "mda/lmtp/dialog.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>

/* ---- the host ---- */

enum { RECIPIENTS_MOST = 3, SIZE_MOST = 200 };

struct host {
	struct dialog *dialog;
	bool is_later; /* it answers when it is asked again */
	bool is_full;  /* it keeps no bytes */
	bool asked, handed, secure;
	size_t count;
	struct dialog_mail mail;
	struct buf body, got;
};

/* The local part says what becomes of it. */
static const struct {
	const char *local;
	unsigned code;
	const char *dsn;
} at_rcpt[] = {{"no@", 550, "5.1.1"}, {"full@", 452, "4.2.2"}, {"over@", 552, "5.2.2"}},
  at_end[] = {{"later@", 451, "4.3.0"}, {"refused@", 554, "5.7.1"}, {"gone@", 550, "5.1.1"}};

static void answer_recipient(struct host *h)
{
	struct reply r;
	struct str address = h->mail.recipients[h->mail.count - 1].address;
	h->asked = false;
	reply_set(&r, 250, "2.1.5", "accepted");
	for (size_t i = 0; i < sizeof at_rcpt / sizeof *at_rcpt; i++)
		if (str_starts(address, str_of(at_rcpt[i].local)))
			reply_set(&r, at_rcpt[i].code, at_rcpt[i].dsn, "no");
	dialog_recipient_is(h->dialog, &r);
}

static void answer_delivery(struct host *h, size_t i)
{
	struct reply r;
	reply_set(&r, 250, "2.0.0", "delivered");
	for (size_t k = 0; k < sizeof at_end / sizeof *at_end; k++)
		if (str_starts(h->mail.recipients[i].address, str_of(at_end[k].local)))
			reply_set(&r, at_end[k].code, at_end[k].dsn, "no");
	dialog_delivered(h->dialog, i, &r);
}

static void recipient(void *context, const struct dialog_mail *mail)
{
	struct host *h = context;
	h->mail = *mail;
	h->asked = true;
	if (!h->is_later)
		answer_recipient(h);
}

static int body(void *context, struct str bytes, struct reply *why)
{
	struct host *h = context;
	if (h->is_full) {
		reply_set(why, 452, "4.3.1", "no room");
		return -1;
	}
	buf_add(&h->body, bytes);
	return 0;
}

/* "sender>recipient(original)notify,...:body;" */
static void record(struct host *h)
{
	buf_add(&h->got, h->mail.sender);
	if (h->mail.parameters.is_utf8)
		buf_text(&h->got, "[utf8]");
	if (h->mail.parameters.envelope_id.n) {
		buf_byte(&h->got, '[');
		buf_add(&h->got, h->mail.parameters.envelope_id);
		buf_byte(&h->got, ']');
	}
	for (size_t i = 0; i < h->mail.count; i++) {
		const struct dialog_recipient *r = &h->mail.recipients[i];
		buf_byte(&h->got, i ? ',' : '>');
		buf_add(&h->got, r->address);
		if (r->parameters.original.n) {
			buf_byte(&h->got, '(');
			buf_add(&h->got, r->parameters.original);
			buf_byte(&h->got, ')');
		}
		if (r->parameters.notify)
			buf_fmt(&h->got, "%u", r->parameters.notify);
	}
	buf_byte(&h->got, ':');
	buf_add(&h->got, buf_str(&h->body));
	buf_byte(&h->got, ';');
}

static void deliver(void *context, const struct dialog_mail *mail)
{
	struct host *h = context;
	h->mail = *mail;
	h->count = mail->count;
	record(h);
	h->handed = true;
	/* After the last answer the mail is forgotten. */
	for (size_t i = 0; !h->is_later && i < h->count; i++)
		answer_delivery(h, i);
	h->handed = h->is_later;
}

static void forget(void *context)
{
	buf_clear(&((struct host *)context)->body);
}

static void secure(void *context)
{
	struct host *h = context;
	h->secure = true;
	if (!h->is_later)
		dialog_secured(h->dialog);
}

static void present(void *context, unsigned command, const struct attributes *a)
{
	struct host *h = context;
	buf_fmt(&h->got, "%s " STR_FMT " " STR_FMT " " STR_FMT ";",
		command == ATTRIBUTE_OF_XCLIENT ? "XCLIENT" : "XFORWARD", STR_ARGS(a->address),
		STR_ARGS(a->login), STR_ARGS(a->queue_id));
}

static const struct dialog_host functions = {recipient, body, deliver, forget, secure, present};

/* The answers that were put off. */
static void answer_all(struct host *h)
{
	if (h->asked)
		answer_recipient(h);
	if (h->secure)
		dialog_secured(h->dialog);
	h->secure = false;
	if (!h->handed)
		return;
	h->handed = false;
	for (size_t i = h->count; i-- > 0;)
		answer_delivery(h, i);
}

/* ---- running ---- */

static const struct dialog_conf usual = {"here.example", SIZE_MOST, RECIPIENTS_MOST};
static const struct dialog_conf plain = {"here.example", 0, RECIPIENTS_MOST};

enum flags { NO_LIMITS = 1, FULL = 2, TRUSTED = 4, SECURE = 8 };

static const char starttls[] = "STARTTLS\r\n";

static void feed(struct host *h, struct str input, size_t cut)
{
	while (input.n) {
		struct str piece = str_slice(input, 0, cut ? cut : input.n);
		size_t n = dialog_input(h->dialog, piece);
		input = str_slice(input, n, input.n);
		if (!dialog_waits(h->dialog))
			assert_int_equal(n, piece.n);
		answer_all(h);
	}
}

static void run(struct host *h, unsigned flags, struct str input, size_t cut, bool is_later)
{
	*h = (struct host){.is_later = is_later, .is_full = flags & FULL};
	h->dialog = dialog_new(flags & NO_LIMITS ? &plain : &usual, &functions, h);
	const struct dialog_rights rights = {flags & TRUSTED, !(flags & NO_LIMITS), flags & SECURE};
	dialog_allow(h->dialog, &rights);
	while (input.n) {
		/* What follows STARTTLS is said when TLS has begun. */
		size_t end = str_ifind(input, str_of(starttls)) + sizeof starttls - 1;
		feed(h, str_slice(input, 0, end), cut);
		input = str_slice(input, end, input.n);
	}
	answer_all(h);
}

static void end(struct host *h)
{
	dialog_free(h->dialog);
	buf_free(&h->body);
	buf_free(&h->got);
}

/* The code of each reply, and its enhanced code; the first one, the greeting, is left out. */
static void summarize(struct str replies, struct buf *to)
{
	struct str line;
	bool is_first = true;
	while (str_line(&replies, &line)) {
		struct str code = str_slice(line, 0, 3), rest = str_slice(line, 4, line.n), dsn;
		assert_true(line.n >= 4 && (line.p[3] == ' ' || line.p[3] == '-'));
		if (line.p[3] == '-')
			continue;
		if (is_first) {
			assert_true(str_eq(code, STR_LIT("220")));
			is_first = false;
			continue;
		}
		if (to->n)
			buf_text(to, ", ");
		buf_add(to, code);
		if (!str_word(&rest, &dsn) || dsn.n < 5 || dsn.p[1] != '.' || dsn.p[3] != '.')
			continue;
		buf_byte(to, ' ');
		buf_add(to, dsn);
	}
}

/* ---- the rows ---- */

#define LHLO    "LHLO client.example\r\n"
#define MAIL    "MAIL FROM:<a@x.example>\r\n"
#define RCPT    "RCPT TO:<b@y.example>\r\n"
#define BEGUN   LHLO MAIL RCPT
#define TO_DATA BEGUN "DATA\r\n"
/* What these are answered. */
#define IS_LHLO  "250"
#define IS_MAIL  IS_LHLO ", 250 2.1.0"
#define IS_BEGUN IS_MAIL ", 250 2.1.5"
#define IS_DATA  IS_BEGUN ", 354"
#define FROM_TO  "a@x.example>b@y.example:"
#define X100                                                                                       \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxx"
#define X500 X100 X100 X100 X100 X100
#define X998                                                                                       \
	X500 X100 X100 X100 X100 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
				 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X4096 X500 X500 X500 X500 X500 X500 X500 X500 X100

static const struct row {
	const char *name, *input, *replies, *got;
	unsigned flags;
	size_t size; /* of an input with a NUL */
} rows[] = {
#include "tests/unit/test_lmtp_rows.h"
};

static void check(const struct row *row, size_t cut, bool is_later)
{
	struct host h;
	struct buf said = {0};
	struct str input = row->size ? (struct str){row->input, row->size} : str_of(row->input);
	run(&h, row->flags, input, cut, is_later);
	summarize(buf_str(dialog_output(h.dialog)), &said);
	if (strcmp(buf_cstr(&said), row->replies) != 0 ||
		strcmp(buf_cstr(&h.got), row->got ? row->got : "") != 0)
		print_error("cut %zu, %s:\n  %s\n  %s\n", cut, is_later ? "later" : "at once",
			buf_cstr(&said), buf_cstr(&h.got));
	assert_string_equal(buf_cstr(&said), row->replies);
	assert_string_equal(buf_cstr(&h.got), row->got ? row->got : "");
	buf_free(&said);
	end(&h);
}

static void test_row(void **state)
{
	static const size_t cuts[] = {0, 1, 2, 3, 7, 64};
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
		for (int later = 0; later <= 1; later++)
			check(*state, cuts[i], later);
}

int main(void)
{
	static const struct table tables[] = {TABLE(test_row, rows)};
	return table_run("lmtp_dialog", tables, sizeof tables / sizeof *tables);
}
