/*
 * Whether to answer: a table, each row with the section of the RFC that says so; and what an answer
 * consists of.
 */
#include "filters/sieve/notify.h"
#include "filters/sieve/vacation.h"
#include "mda/asks.h"
#include "mda/conf/aliases.h"
#include "mda/conf/user.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/mdn.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TO  "To: ann@a.test\n"
#define ID  "Message-ID: <1@b.test>\n"
#define YES NULL

static char home[64];

struct row {
	const char *name, *sender, *header;
	const char *why; /* part of why not; YES: it is answered */
	enum spam_state spam;
	enum listing listing;
	const char *addresses; /* :addresses */
};

static const struct row rows[] = {
	{"RFC 5230 4.5: written to him", "bob@b.test", TO, .why = YES},
	{"RFC 5230 4.5: in Cc", "bob@b.test", "Cc: x@y.test, Ann <ANN@A.test>\n", .why = YES},
	{"RFC 5230 4.5: in Bcc", "bob@b.test", "Bcc: ann@a.test\n", .why = YES},
	{"RFC 5230 4.5: in Resent-To", "bob@b.test", "To: x@y.test\nResent-To: ann@a.test\n",
		.why = YES},
	{"RFC 5230 4.5: in Resent-Cc", "bob@b.test", "Resent-Cc: ann@a.test\n", .why = YES},
	{"RFC 5230 4.5: in Resent-Bcc", "bob@b.test", "Resent-Bcc: ann@a.test\n", .why = YES},
	{"RFC 5230 4.5: in a second To", "bob@b.test", "To: x@y.test\nTo: ann@a.test\n",
		.why = YES},
	{"RFC 5230 4.5: with his detail", "bob@b.test", "To: ann+lists@a.test\n", .why = YES},
	{"RFC 5230 4.5: to an alias of his", "bob@b.test", "To: info@a.test\n", .why = YES},
	{"RFC 5230 4.5: to one of :addresses", "bob@b.test", "To: old@elsewhere.test\n", .why = YES,
		.addresses = "Old <OLD@elsewhere.test>"},
	{"RFC 5230 4.5: to somebody else", "bob@b.test", "To: x@a.test\n",
		.why = "no address of the recipient's"},
	{"RFC 5230 4.5: to nobody", "bob@b.test", "", .why = "no address of the recipient's"},
	{"RFC 5230 4.5: in the From alone", "bob@b.test", "From: ann@a.test\n",
		.why = "no address of the recipient's"},
	{"RFC 5230 4.5: in X-Original-To alone", "bob@b.test", "X-Original-To: ann@a.test\n",
		.why = "no address of the recipient's"},
	{"RFC 5230 4.5: in a group", "bob@b.test", "To: us: ann@a.test, x@y.test;\n", .why = YES},

	{"RFC 3834 2: the null sender", "", TO, .why = "the sender is null"},
	{"RFC 3834 2: MAILER-DAEMON", "MAILER-DAEMON@b.test", TO, .why = "no person"},
	{"RFC 5230 4.6: LISTSERV", "listserv@b.test", TO, .why = "no person"},
	{"RFC 5230 4.6: majordomo", "Majordomo@b.test", TO, .why = "no person"},
	{"RFC 3834 2: owner-", "owner-list@b.test", TO, .why = "no person"},
	{"RFC 3834 2: -request", "list-request@b.test", TO, .why = "no person"},
	{"-owner", "list-owner@b.test", TO, .why = "no person"},
	{"-bounces", "list-bounces@b.test", TO, .why = "no person"},
	{"bounces with a detail", "bounces+123-ann=a.test@b.test", TO, .why = "no person"},
	{"noreply", "noreply@b.test", TO, .why = "no person"},
	{"no-reply", "No-Reply@b.test", TO, .why = "no person"},
	{"donotreply", "donotreply@b.test", TO, .why = "no person"},
	{"a name that only holds such a word", "bob.noreply.smith@b.test", TO, .why = YES},
	{"SRS addresses lead back to a person", "SRS0=abcd=tt=b.test=bob@c.test", TO, .why = YES},
	{"... who may be a robot", "SRS0=abcd=tt=b.test=noreply@c.test", TO, .why = "no person"},
	{"... or the recipient", "SRS0=abcd=tt=a.test=ann@c.test", TO, .why = "is the recipient"},
	{"BATV addresses are a person's", "prvs=1234abcdef=bob@b.test", TO, .why = YES},
	{"... of another kind", "btv1==043==bob@b.test", TO, .why = YES},
	{"... who may be a robot, too", "prvs=1234abcdef=noreply@b.test", TO, .why = "no person"},
	{"no address", "bob", TO, .why = "no address"},
	{"what a program takes for an option", "-oQ/tmp@b.test", TO, .why = "no address"},
	{"RFC 5230 4.6: himself", "ann@a.test", TO, .why = "is the recipient"},
	{"RFC 5230 4.6: himself, with a detail", "ann+x@a.test", TO, .why = "is the recipient"},
	{"RFC 5230 4.6: himself, by an alias", "info@a.test", TO, .why = "is the recipient"},
	{"RFC 5230 4.6: himself, by :addresses", "old@elsewhere.test", TO,
		.why = "is the recipient", .addresses = "old@elsewhere.test"},

	{"RFC 3834 2: Auto-Submitted: auto-replied", "bob@b.test",
		TO "Auto-Submitted: auto-replied\n", .why = "Auto-Submitted"},
	{"RFC 3834 2: Auto-Submitted: auto-generated", "bob@b.test",
		TO "Auto-Submitted: auto-generated; a=b\n", .why = "Auto-Submitted"},
	{"RFC 3834 5: Auto-Submitted: no", "bob@b.test", TO "Auto-Submitted: No\n", .why = YES},
	{"RFC 3834 5: Auto-Submitted: no, with a comment", "bob@b.test",
		TO "Auto-Submitted: no (really)\n", .why = YES},
	{"RFC 3834 2: one no, one not", "bob@b.test",
		TO "Auto-Submitted: no\nAuto-Submitted: auto-replied\n", .why = "Auto-Submitted"},
	{"an empty Auto-Submitted", "bob@b.test", TO "Auto-Submitted:\n", .why = "Auto-Submitted"},
	{"RFC 5230 4.6: List-Id", "bob@b.test", TO "List-Id: <l.b.test>\n", .why = "mailing list"},
	{"RFC 5230 4.6: List-Unsubscribe", "bob@b.test", TO "List-Unsubscribe: <mailto:x@y>\n",
		.why = "mailing list"},
	{"RFC 5230 4.6: List-Post", "bob@b.test", TO "List-Post: NO\n", .why = "mailing list"},
	{"RFC 3834 2: Precedence: bulk", "bob@b.test", TO "Precedence: bulk\n",
		.why = "Precedence"},
	{"RFC 3834 2: Precedence: list", "bob@b.test", TO "Precedence: list\n",
		.why = "Precedence"},
	{"RFC 3834 2: Precedence: junk", "bob@b.test", TO "Precedence: Junk\n",
		.why = "Precedence"},
	{"Precedence: first-class", "bob@b.test", TO "Precedence: first-class\n", .why = YES},
	{"X-Auto-Response-Suppress: OOF", "bob@b.test", TO "X-Auto-Response-Suppress: DR, OOF\n",
		.why = "wants no answer"},
	{"X-Auto-Response-Suppress: All", "bob@b.test", TO "X-Auto-Response-Suppress: All\n",
		.why = "wants no answer"},
	{"X-Auto-Response-Suppress: DR", "bob@b.test", TO "X-Auto-Response-Suppress: DR\n",
		.why = YES},
	{"spam", "bob@b.test", TO, .why = "spam", .spam = SPAM_YES},
	{"a blocked sender", "bob@b.test", TO, .why = "blocked", .spam = SPAM_YES,
		.listing = LISTED_BLOCK},
	{"an allowed sender", "bob@b.test", TO, .why = YES, .spam = SPAM_SKIPPED,
		.listing = LISTED_ALLOW},
};

/* ---- a delivery to ann@a.test ---- */

struct stage_set {
	struct arena *mem;
	struct conf_file *file;
	struct user user;
	struct envelope env;
	struct delivery d;
	struct verdict verdict;
	struct notes notes;
	struct outmails all;
	struct store_id id;
	struct err err;
};

static void set_up(struct stage_set *s, const char *sender, struct str message)
{
	char path[96];
	*s = (struct stage_set){.mem = arena_new()};
	snprintf(path, sizeof path, "%s/mda.conf", home);
	s->file = conf_load(path, s->mem, &s->err);
	assert_non_null(s->file);
	const struct conf *conf = conf_for(s->file, STR_LIT("ann@a.test"), s->mem, &s->err);
	s->user.names =
		(struct template_values){.user = STR_LIT("ann@a.test"), .home = str_of(home)};
	s->env = (struct envelope){.sender = str_of(sender),
		.recipient = STR_LIT("ann@a.test"),
		.original_recipient = STR_LIT("ann@a.test"),
		.mailbox = STR_LIT("ann@a.test")};
	struct message *msg = message_borrow(message, &s->err);
	assert_non_null(msg);
	s->d = (struct delivery){.conf = conf,
		.aliases = aliases_open(conf->aliases, conf->recipient_delimiter, s->mem, &s->err),
		.user = &s->user,
		.env = &s->env,
		.told = s->env,
		.msg = msg,
		.mem = s->mem};
	verdict_init(&s->verdict, s->mem, message_header_count(msg));
	s->d.verdict = &s->verdict;
	s->notes.mem = s->mem;
}

static void take_down(struct stage_set *s)
{
	message_free((struct message *)s->d.msg);
	arena_free(s->mem);
}

static void add(struct stage_set *s, const char *name, struct str text, const void *data)
{
	struct verdict *v = &s->verdict;
	*(struct answer *)ARENA_PUSH(v->mem, v->rules.answers, v->rules.answer_count) =
		(struct answer){.name = name, .text = text, .data = data};
}

static const struct outmails *prepare(struct stage_set *s)
{
	s->all =
		answers_prepare(&(struct answers_world){&s->d, &s->id, asks_remembered, &s->notes});
	return &s->all;
}

static const struct outmail *only(struct stage_set *s)
{
	const struct outmails *all = prepare(s);
	if (all->declined.count)
		fail_msg(STR_FMT, STR_ARGS(all->declined.items[0]));
	assert_int_equal(all->count, 1);
	return &all->items[0];
}

static void check_decision(struct stage_set *s, const char *why)
{
	const struct outmails *all = prepare(s);
	assert_int_equal(all->count, why ? 0 : 1);
	assert_int_equal(all->declined.count, why ? 1 : 0);
	if (why && str_ifind(all->declined.items[0], str_of(why)) == all->declined.items[0].n)
		fail_msg(STR_FMT, STR_ARGS(all->declined.items[0]));
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct stage_set s;
	struct str address = str_of(row->addresses);
	const struct sv_vacation vacation = {.seconds = 3600,
		.addresses = {&address, row->addresses != NULL},
		.handle = STR_LIT("h")};
	struct arena *mem = arena_new();
	set_up(&s, row->sender, arena_fmt(mem, "From: bob@b.test\n%s\nx\n", row->header));
	s.verdict.spam.state = row->spam;
	s.verdict.lists.listing = row->listing;
	add(&s, "vacation", STR_LIT("away"), &vacation);
	check_decision(&s, row->why);
	take_down(&s);
	arena_free(mem);
}

/* ---- what it is made of ---- */

static const struct made_row {
	const char *name, *header;
	struct sv_vacation vacation;
	struct str reason;
	const char *has, *lacks; /* lines */
} made_rows[] = {
	{"made: to the envelope sender", TO "Reply-To: evil@c.test\n", {0}, STR_LIT("away"),
		"To: <bob@b.test>\n", "evil"},
	{"made: from whom it was written to", "To: Info <info@a.test>\n", {0}, STR_LIT("away"),
		"From: <info@a.test>\n", NULL},
	{"made: :from", TO, {.from = STR_LIT("Ann A. <ann+away@a.test>")}, STR_LIT("away"),
		"From: \"Ann A.\"\n <ann+away@a.test>\n", NULL},
	{"made: :from that is somebody else", TO, {.from = STR_LIT("boss@a.test")}, STR_LIT("away"),
		"From: <ann@a.test>\n", "boss"},
	{"made: the usual subject", TO "Subject: Hello\n", {0}, STR_LIT("away"),
		"Subject: Auto: Hello\n", NULL},
	{"made: of an encoded subject", TO "Subject: =?utf-8?q?H=C3=A9?=\n", {0}, STR_LIT("away"),
		"Subject: =?UTF-8?B?QXV0bzogSMOp?=\n", NULL},
	{"made: of no subject", TO, {0}, STR_LIT("away"), "Subject: Automated reply\n", NULL},
	{"made: of a subject that smuggles", TO "Subject: =?utf-8?q?a=0ABcc:_evil@c.test?=\n", {0},
		STR_LIT("away"), "Subject: Auto: a Bcc: evil@c.test\n", "\nBcc:"},
	{"made: :subject", TO,
		{.subject = STR_LIT("Gr\xc3\xbc\xc3\x9f"
				    "e")},
		STR_LIT("away"), "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\n", NULL},
	{"made: :subject that smuggles", TO, {.subject = STR_LIT("a\r\nBcc: evil@c.test")},
		STR_LIT("away"), "Subject: a  Bcc: evil@c.test\n", "\nBcc:"},
	{"made: In-Reply-To", TO ID, {0}, STR_LIT("away"),
		"In-Reply-To: <1@b.test>\nReferences: <1@b.test>\n", NULL},
	{"made: References", TO ID "References: <0@b.test>\n", {0}, STR_LIT("away"),
		"References: <0@b.test>\n <1@b.test>\n", NULL},
	{"made: References of In-Reply-To", TO ID "In-Reply-To: <0@b.test>\n", {0}, STR_LIT("away"),
		"References: <0@b.test>\n <1@b.test>\n", NULL},
	{"made: no ids", TO, {0}, STR_LIT("away"), "Subject:", "In-Reply-To"},
	{"made: RFC 3834 5", TO, {0}, STR_LIT("away"), "Auto-Submitted: auto-replied", NULL},
	{"made: the text", TO, {0}, STR_LIT("I am\naway"), "\n\nI am\naway\n", NULL},
	{"made: a text in UTF-8", TO, {0}, STR_LIT("\xc3\xbc"), "\n\n=C3=BC\n", NULL},
	{"made: a text that starts like a header", TO, {0}, STR_LIT("Bcc: evil@c.test\n"),
		"\n\nBcc: evil@c.test\n", NULL},
	{"made: :mime", TO, {.mime = true},
		STR_LIT("Content-Type: text/html\nBcc: evil@c.test\n\n<b>\n"),
		"Content-Type: text/html\n\n<b>\n", "evil"},
};

static struct str named = STR_LIT("boss@c.test");

/* With keys of mda.conf, with what the rules changed, from senders that were rewritten. */
static const struct site_row {
	const char *name, *keys; /* one an assignment, NUL between and two at the end */
	const char *sender, *original, *header;
	struct sv_vacation vacation;
	struct str reason;
	const char *first, *last; /* fields that rules have added */
	const char *why;
	const char *has, *lacks, *from, *key;
} site_rows[] = {
	{"site: the original recipient, without an alias", "vacation_original_recipient=yes\0",
		"bob@b.test", "sales@a.test", "To: sales@a.test\n", {0}, STR_LIT("away"),
		.has = "From: <sales@a.test>\n"},
	{"site: ... is nobody's by default", "", "bob@b.test", "sales@a.test", "To: sales@a.test\n",
		{0}, STR_LIT("away"), .why = "vacation_original_recipient"},
	{"site: ... must be in To all the same", "vacation_original_recipient=yes\0", "bob@b.test",
		"sales@a.test", "To: x@a.test\n", {0}, STR_LIT("away"),
		.why = "no address of the recipient's"},
	{"site: any recipient", "vacation_check_recipient=no\0", "bob@b.test", "ann@a.test",
		"To: list@l.test\n", {0}, STR_LIT("away"), .has = "From: <ann@a.test>\n"},
	{"site: the recipient's envelope", "vacation_sender=recipient\0", "bob@b.test",
		"ann@a.test", "To: info@a.test\n", {0}, STR_LIT("away"),
		.has = "From: <info@a.test>\n", .from = "info@a.test"},
	{"site: ... by :from", "vacation_sender=recipient\0", "bob@b.test", "ann@a.test", TO,
		{.from = STR_LIT("Ann A. <ann+away@a.test>")}, STR_LIT("away"),
		.from = "ann+away@a.test"},
	{"site: ... of nobody in To", "vacation_sender=recipient\0vacation_check_recipient=no\0",
		"bob@b.test", "ann@a.test", "", {0}, STR_LIT("away"), .from = "ann@a.test"},
	{"site: ... of one that the script names", "vacation_sender=recipient\0", "bob@b.test",
		"ann@a.test", "To: boss@c.test\n", {.addresses = {&named, 1}}, STR_LIT("away"),
		.has = "From: <boss@c.test>\n", .from = "ann@a.test"},
	{"site: ... of the original recipient",
		"vacation_sender=recipient\0vacation_original_recipient=yes\0", "bob@b.test",
		"sales@a.test", "To: sales@a.test\n", {0}, STR_LIT("away"), .from = "sales@a.test"},
	{"site: a subject of its own", "vacation_subject=Abwesend\0", "bob@b.test", "ann@a.test",
		TO, {0}, STR_LIT("away"), .has = "Subject: Abwesend\n"},
	{"site: a form of its own", "vacation_subject_of=Abwesend (war: %s)\0", "bob@b.test",
		"ann@a.test", TO "Subject: Hello\n", {0}, STR_LIT("away"),
		.has = "Subject: Abwesend (war: Hello)\n"},
	{"site: ... without the message's", "vacation_subject_of=Abwesend\0", "bob@b.test",
		"ann@a.test", TO "Subject: 100%s\n", {0}, STR_LIT("away"),
		.has = "Subject: Abwesend\n"},
	{"changed: the subject", "", "bob@b.test", "ann@a.test", TO "Subject: Hello\n", {0},
		STR_LIT("away"), .first = "Subject: Changed\n", .has = "Subject: Auto: Changed\n"},
	{"changed: a list", "", "bob@b.test", "ann@a.test", TO, {0}, STR_LIT("away"),
		.last = "List-Id: <l>\n", .why = "mailing list"},
	{"changed: the recipient", "", "bob@b.test", "ann@a.test", "To: x@y.test\n", {0},
		STR_LIT("away"), .last = "Cc: info@a.test\n", .has = "From: <info@a.test>\n"},
	{"rewritten: SRS", "", "SRS0=uetG=43=remote.test=Carl@fwd.test", "ann@a.test", TO, {0},
		STR_LIT("away"), .has = "To: <Carl@remote.test>\n", .key = "carl@remote.test"},
	{"rewritten: SRS twice", "", "SRS1=kPq1=fwd.test==uetG=43=remote.test=carl=x@other.test",
		"ann@a.test", TO, {0}, STR_LIT("away"), .has = "To: <carl=x@remote.test>\n",
		.key = "carl=x@remote.test"},
	{"rewritten: SRS with a plus", "", "srs0+uetG=43=remote.test=carl@fwd.test", "ann@a.test",
		TO, {0}, STR_LIT("away"), .key = "carl@remote.test"},
	{"rewritten: BATV", "", "prvs=0123456789=carl@remote.test", "ann@a.test", TO, {0},
		STR_LIT("away"), .has = "To: <carl@remote.test>\n", .key = "carl@remote.test"},
	{"rewritten: BATV of another kind", "", "btv1==043==carl@remote.test", "ann@a.test", TO,
		{0}, STR_LIT("away"), .key = "carl@remote.test"},
	{"rewritten: BATV within SRS", "", "SRS0=uetG=43=remote.test=prvs=0123456789=carl@fwd.test",
		"ann@a.test", TO, {0}, STR_LIT("away"), .key = "carl@remote.test"},
	{"rewritten: half of SRS is a name", "", "SRS0=abc@fwd.test", "ann@a.test", TO, {0},
		STR_LIT("away"), .key = "srs0=abc@fwd.test"},
	{"rewritten: what is inside is no address", "", "SRS0=a=b=c d=e,f@fwd.test", "ann@a.test",
		TO, {0}, STR_LIT("away"), .key = "srs0=a=b=c d=e,f@fwd.test", .lacks = "To: <e"},
	{"encoded: :subject", "", "bob@b.test", "ann@a.test", TO,
		{.subject = STR_LIT("=?utf-8?q?caf=C3=A9?= closed")}, STR_LIT("away"),
		.has = "Subject: =?UTF-8?B?Y2Fmw6kgY2xvc2Vk?=\n"},
	{":mime without a header", "", "bob@b.test", "ann@a.test", TO, {.mime = true},
		STR_LIT("I am away.\nBye\n"),
		.has = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
		       "7bit\n\nI am away.\nBye\n"},
	{":mime that is HTML alone", "", "bob@b.test", "ann@a.test", TO, {.mime = true},
		STR_LIT("<html><p>I am away.</p>\n\n<p>Bye</p></html>"),
		.has = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: "
		       "7bit\n\n<html><p>I am away.</p>\n\n<p>Bye"},
	{":mime with a text that looks like a field", "", "bob@b.test", "ann@a.test", TO,
		{.mime = true}, STR_LIT("Note: I am away.\n\nBye\n"),
		.has = "\n\nNote: I am away.\n\nBye\n"},
	{":mime without a blank line", "", "bob@b.test", "ann@a.test", TO, {.mime = true},
		STR_LIT("Content-Type: text/html\n<p>away</p>\n"),
		.has = "Content-Type: text/html\n\n<p>away</p>\n"},
	{":mime with letters that nobody encoded", "", "bob@b.test", "ann@a.test", TO,
		{.mime = true}, STR_LIT("Content-Type: text/plain; charset=utf-8\n\n\xc3\xbc\n"),
		.has = "charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=BC\n"},
	{":mime with letters that are sent as they are", "", "bob@b.test", "ann@a.test", TO,
		{.mime = true},
		STR_LIT("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
			"8bit\n\n\xc3\xbc\n"),
		.has = "Content-Transfer-Encoding: 8bit\n\n\xc3\xbc\n"},
	{":mime with a NUL in an encoded body", "", "bob@b.test", "ann@a.test", TO, {.mime = true},
		STR_LIT("Content-Transfer-Encoding: 7bit\n\nI am\0 away\n"),
		.has = "7bit\n\nI am away\n"},
};

static void test_site(void **state)
{
	const struct site_row *row = *state;
	struct stage_set s;
	struct str first = str_of(row->first), last = str_of(row->last);
	struct arena *mem = arena_new();
	struct str message = arena_fmt(mem, "%s\nx\n", row->header);
	set_up(&s, row->sender, message);
	bool removed[10] = {false, row->first != NULL}; /* the second field */
	const struct changes changes = {.removed = removed,
		.first = {&first, row->first != NULL},
		.last = {&last, row->last != NULL}};
	for (const char *key = row->keys; *key; key += strlen(key) + 1)
		assert_int_equal(conf_override(s.file, key, &s.err), 0);
	s.d.conf = conf_for(s.file, STR_LIT("ann@a.test"), s.mem, &s.err);
	s.env.original_recipient = str_of(row->original);
	s.d.told = s.env;
	add(&s, "vacation", row->reason, &row->vacation);
	if (row->first || row->last)
		s.verdict.rules.answers[0].changes = &changes;
	check_decision(&s, row->why);
	if (!row->why) {
		const struct outmail *out = only(&s);
		if ((row->has && str_ifind(out->text, str_of(row->has)) == out->text.n) ||
			(row->lacks && str_ifind(out->text, str_of(row->lacks)) < out->text.n))
			fail_msg(STR_FMT, STR_ARGS(out->text));
		assert_true(str_eq(out->sender, str_of(row->from)));
		assert_true(str_eq(out->recipients.items[0], str_of(row->sender)));
		if (row->key)
			assert_string_equal(arena_cstr(mem, out->key), row->key);
	}
	take_down(&s);
	arena_free(mem);
}

static void test_made(void **state)
{
	const struct made_row *row = *state;
	struct stage_set s;
	struct arena *mem = arena_new();
	set_up(&s, "bob@b.test", arena_fmt(mem, "%s\nx\n", row->header));
	add(&s, "vacation", row->reason, &row->vacation);
	const struct outmail *out = only(&s);
	struct str has = str_of(row->has), lacks = str_of(row->lacks);
	if (str_ifind(out->text, has) == out->text.n ||
		(lacks.n && str_ifind(out->text, lacks) < out->text.n))
		fail_msg(STR_FMT, STR_ARGS(out->text));
	assert_int_equal(out->sender.n, 0);
	assert_int_equal(out->recipients.count, 1);
	assert_true(str_eq(out->recipients.items[0], STR_LIT("bob@b.test")));
	/* The retry makes the same message id. */
	const struct outmail *again = only(&s);
	struct str id = STR_LIT("Message-ID: <");
	size_t at = str_ifind(out->text, id);
	assert_true(str_eq(str_slice(out->text, at, at + 60),
		str_slice(
			again->text, str_ifind(again->text, id), str_ifind(again->text, id) + 60)));
	take_down(&s);
	arena_free(mem);
}

/* ---- notify ---- */

static const struct notify_row {
	const char *name, *sender, *header, *uri;
	struct str message;
	char importance;
	const char *why, *has;
} notify_rows[] = {
	{"notify: RFC 5436 2.7: one is told", "bob@b.test", "Subject: Hello\n",
		"mailto:phone@c.test", {0}, '2', YES, "To: <phone@c.test>\nSubject: Hello\n"},
	{"notify: RFC 5436 2.6: :message", "bob@b.test", "Subject: Hello\n",
		"mailto:phone@c.test?subject=u", STR_LIT("N\xc3\xa9w"), '2', YES,
		"Subject: =?UTF-8?B?TsOpdw==?=\n"},
	{"notify: RFC 5436 2.7: the URI's subject", "bob@b.test", "Subject: Hello\n",
		"mailto:phone@c.test?subject=From%20URI", {0}, '2', YES, "Subject: From URI\n"},
	{"notify: RFC 5436 2.7: the URI's body", "bob@b.test", "Subject: Hello\n",
		"mailto:phone@c.test?body=One%0ATwo", {0}, '2', YES, "\n\nOne\nTwo\n"},
	{"notify: RFC 5436 2.7.1: Auto-Submitted", "bob@b.test", "", "mailto:phone@c.test", {0},
		'2', YES, "Auto-Submitted: auto-notified; owner-email=\"ann@a.test\"\n"},
	{"notify: important", "bob@b.test", "", "mailto:phone@c.test", {0}, '1', YES,
		"Importance: high\n"},
	{"notify: unimportant", "bob@b.test", "", "mailto:phone@c.test", {0}, '3', YES,
		"Importance: low\n"},
	{"notify: several", "bob@b.test", "", "mailto:phone@c.test,tv@c.test", {0}, '2', YES,
		"To: <phone@c.test>,\n <tv@c.test>\n"},
	{"notify: RFC 5436 2.7: the null sender may tell", "", "", "mailto:phone@c.test", {0}, '2',
		YES, "To: <phone@c.test>\n"},
	{"notify: RFC 5436 2.7: no program does", "bob@b.test", "Auto-Submitted: auto-notified\n",
		"mailto:phone@c.test", {0}, '2', "Auto-Submitted", NULL},
	{"notify: not oneself", "bob@b.test", "", "mailto:ann@a.test", {0}, '2', "come back", NULL},
	{"notify: nor an alias of one's own", "bob@b.test", "", "mailto:x@c.test,info@a.test", {0},
		'2', "come back", NULL},
	{"notify: not what a program takes for an option", "bob@b.test", "", "mailto:-oQ@c.test",
		{0}, '2', "no program can", NULL},
	{"notify: RFC 5436 2.7: cc", "bob@b.test", "", "mailto:phone@c.test?cc=tv@c.test", {0}, '2',
		YES, "To: <phone@c.test>\nCc: <tv@c.test>\n"},
	{"notify: RFC 5436 2.7: display names", "bob@b.test", "",
		"mailto:Ann%20%3Cphone@c.test%3E?to=Bob%20%3Ctv@c.test%3E&cc=%22C.%20D.%22%20%"
		"3Cfax@c.test%3E",
		{0}, '2', YES,
		"To: Ann\n <phone@c.test>,\n Bob\n <tv@c.test>\nCc: \"C. D.\"\n <fax@c.test>\n"},
	{"notify: a subject that smuggles", "bob@b.test",
		"Subject: =?utf-8?q?a=0ABcc:_evil@c.test?=\n", "mailto:phone@c.test", {0}, '2', YES,
		"Subject: a Bcc: evil@c.test\n"},
};

static const struct sv_notify_method mailto = {"mailto", NULL};

static void test_notify(void **state)
{
	const struct notify_row *row = *state;
	struct stage_set s;
	const struct sv_notification n = {
		.method = &mailto, .message = row->message, .importance = row->importance};
	struct arena *mem = arena_new();
	set_up(&s, row->sender, arena_fmt(mem, "From: bob@b.test\n%s\nx\n", row->header));
	add(&s, "notify", str_of(row->uri), &n);
	check_decision(&s, row->why);
	if (!row->why) {
		const struct outmail *out = only(&s);
		if (str_ifind(out->text, str_of(row->has)) == out->text.n)
			fail_msg(STR_FMT, STR_ARGS(out->text));
		/* A null sender stays null. */
		assert_int_equal(out->sender.n == 0, row->sender[0] == '\0');
	}
	take_down(&s);
	arena_free(mem);
}

/* ---- a refusal by message ---- */

static const struct mdn_row {
	const char *name, *sender, *header;
	enum spam_state spam;
	const char *why;
} mdn_rows[] = {
	{"reject: a person is told", "bob@b.test", "", SPAM_NO, YES},
	{"reject: not the null sender", "", "", SPAM_NO, "null"},
	{"reject: not a list", "bob@b.test", "List-Id: <l>\n", SPAM_NO, "mailing list"},
	{"reject: not bulk mail", "bob@b.test", "Precedence: bulk\n", SPAM_NO, "bulk"},
	{"reject: another precedence is told", "bob@b.test", "Precedence: special-delivery\n",
		SPAM_NO, YES},
	{"reject: not a list, by another field", "bob@b.test", "List-Help: <mailto:l@l.test>\n",
		SPAM_NO, "mailing list"},
	{"reject: not a program", "bob@b.test", "Auto-Submitted: auto-generated\n", SPAM_NO,
		"program"},
	{"reject: not spam", "bob@b.test", "", SPAM_YES, "spam"},
};

static void test_mdn(void **state)
{
	const struct mdn_row *row = *state;
	struct stage_set s;
	struct arena *mem = arena_new();
	set_up(&s, row->sender, arena_fmt(mem, ID "Subject: a=b\n%s\nSECRET\n", row->header));
	s.verdict.spam.state = row->spam;
	const char *why = mdn_why_not(&s.d);
	assert_int_equal(why == NULL, row->why == NULL);
	if (row->why && why && !strstr(why, row->why))
		fail_msg("%s", why);
	struct str text = mdn_compose(&s.d, &s.id, STR_LIT("Nein, \xc3\xa4h.\nBcc: x"));
	static const char *const wanted[] = {"report-type=disposition-notification",
		"\nFinal-Recipient: rfc822; ann@a.test\n",
		"\nDisposition: automatic-action/MDN-sent-automatically; deleted\n",
		"Nein, =C3=A4h.\nBcc: x\n", "\nOriginal-Message-ID: <1@b.test>\n",
		"Subject: a=3Db\n", "\nAuto-Submitted: auto-replied"};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (str_ifind(text, str_of(wanted[i])) == text.n)
			fail_msg("%s is not in " STR_FMT, wanted[i], STR_ARGS(text));
	assert_int_equal(str_ifind(text, STR_LIT("SECRET")), text.n);
	take_down(&s);
	arena_free(mem);
}

static void write_file(const char *name, const char *text)
{
	char path[96];
	snprintf(path, sizeof path, "%s/%s", home, name);
	FILE *f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_made, made_rows),
		TABLE(test_site, site_rows),
		TABLE(test_notify, notify_rows),
		TABLE(test_mdn, mdn_rows),
	};
	char conf[256], path[96];
	strcpy(home, "/tmp/test_answers.XXXXXX");
	if (!mkdtemp(home))
		return 1;
	snprintf(conf, sizeof conf,
		"users = virtual\nvirtual_user = \"\"\naliases = \"%s/aliases\"\nlog = none\n",
		home);
	write_file("mda.conf", conf);
	write_file("aliases", "info@a.test ann@a.test\n");
	int failed = table_run("answers", tables, sizeof tables / sizeof *tables);
	static const char *const files[] = {"mda.conf", "aliases"};
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", home, files[i]);
		unlink(path);
	}
	return rmdir(home) == 0 ? failed : 1;
}
