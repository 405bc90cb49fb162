/* Folders that act: which entry a message makes, and that a forger gets none. */
#include "mda/acts/acts_sender.h"
#include "tests/unit/table.h"

#include <string.h>

enum { ALLOW = 1, DOMAIN = 2 };

#define OURS "Authentication-Results: mx.a.test; "
#define IN   "Received: from x by mx.a.test\n"
#define H    STR_LIT

static const struct row {
	const char *name;
	int folder; /* ALLOW, DOMAIN */
	struct str header;
	const char *entry; /* NULL: none */
	const char *why;   /* a part of it; NULL: nothing is said */
} rows[] = {
	/* who is blocked */
	{"block: the author", 0, H(OURS "dmarc=pass\n" IN "From: X <x@b.test>\n"), "x@b.test",
		NULL},
	{"block: nothing is known", 0, H(IN "From: x@b.test\n"), "x@b.test", NULL},
	{"block: capitals and a domain in UTF-8", 0, H(IN "From: X@B\xc3\xbc.test\n"),
		"x@xn--b-eha.test", NULL},
	{"block: a domain", DOMAIN, H(IN "From: x@b.test\n"), "*@b.test", NULL},
	{"block: a forged author", 0,
		H("Return-Path: <y@evil.test>\n" OURS "dmarc=fail\n" IN "From: x@b.test\n"),
		"y@evil.test", "for the envelope sender"},
	{"block: a forged author and no envelope sender", 0,
		H("Return-Path: <>\n" OURS "dmarc=fail\n" IN "From: x@b.test\n"), NULL, "forged"},
	{"block: a forged author in both", 0,
		H("Return-Path: <x@b.test>\n" OURS "dmarc=fail\n" IN "From: x@b.test\n"), NULL,
		"forged"},
	{"block: oneself", 0, H(IN "From: ann@a.test\n"), NULL, "forged or unknown"},
	{"block: oneself, in capitals", 0, H(IN "From: ANN@A.test\n"), NULL, "forged or unknown"},
	{"block: who writes as oneself", 0,
		H("Return-Path: <y@evil.test>\n" IN "From: ann@a.test\n"), "y@evil.test",
		"for the envelope sender"},
	{"block: two authors", 0, H(IN "From: x@b.test, y@b.test\n"), NULL, "forged or unknown"},
	{"block: two authors and an envelope sender", 0,
		H("Return-Path: <z@b.test>\n" IN "From: x@b.test, y@b.test\n"), "z@b.test",
		"for the envelope sender"},
	{"block: no author", 0, H(IN "Subject: x\n"), NULL, "forged or unknown"},
	{"block: an empty message", 0, H(""), NULL, "forged or unknown"},
	{"block: a pattern", 0, H(IN "From: *@b.test\n"), NULL, "cannot be an entry"},
	{"block: a pattern of one character", 0, H(IN "From: ?x@b.test\n"), NULL,
		"cannot be an entry"},
	{"block: a pattern in the domain", 0, H(IN "From: x@*.test\n"), NULL, ""},
	{"block: quotes", 0, H(IN "From: \"a b\"@b.test\n"), NULL, "cannot be an entry"},
	{"block: a comment", 0, H(IN "From: #x@b.test\n"), NULL, "cannot be an entry"},
	{"block: a local user", 0, H(IN "From: x\n"), NULL, ""},
	/* who is allowed */
	{"allow: DMARC passed", ALLOW, H(OURS "dmarc=pass\n" IN "From: x@b.test\n"), "x@b.test",
		NULL},
	{"allow: a domain", ALLOW | DOMAIN, H(OURS "dmarc=pass\n" IN "From: x@b.test\n"),
		"*@b.test", NULL},
	{"allow: DKIM of the author's domain", ALLOW,
		H(OURS "dkim=pass header.d=b.test\n" IN "From: x@b.test\n"), "x@b.test", NULL},
	{"allow: SPF of the author's domain", ALLOW,
		H("Return-Path: <x@b.test>\n" OURS "spf=pass smtp.mailfrom=b.test\n" IN
		  "From: x@b.test\n"),
		"x@b.test", NULL},
	{"allow: SPF of the envelope sender alone", ALLOW,
		H("Return-Path: <l@list.test>\n" OURS "spf=pass smtp.mailfrom=list.test\n" IN
		  "From: x@b.test\n"),
		"l@list.test", "for the envelope sender"},
	{"allow: the envelope sender's domain", ALLOW | DOMAIN,
		H("Return-Path: <l@list.test>\n" OURS "spf=pass smtp.mailfrom=list.test\n" IN
		  "From: x@b.test\n"),
		"*@list.test", "for the envelope sender"},
	/* forgers */
	{"allow: nothing is known", ALLOW, H(IN "From: x@b.test\n"), NULL, "not proven"},
	{"allow: DMARC failed", ALLOW, H(OURS "dmarc=fail\n" IN "From: x@b.test\n"), NULL,
		"not proven: dmarc=fail"},
	{"allow: DMARC failed, SPF passed", ALLOW,
		H("Return-Path: <y@evil.test>\n" OURS
		  "dmarc=fail; spf=pass smtp.mailfrom=evil.test\n" IN "From: x@b.test\n"),
		NULL, "not proven"},
	{"allow: DKIM of another domain", ALLOW,
		H(OURS "dkim=pass header.d=evil.test\n" IN "From: x@b.test\n"), NULL, "not proven"},
	{"allow: SPF of another domain than the envelope's", ALLOW,
		H("Return-Path: <x@b.test>\n" OURS "spf=pass smtp.mailfrom=evil.test\n" IN
		  "From: x@b.test\n"),
		NULL, "not proven"},
	{"allow: the result of another server", ALLOW,
		H("Authentication-Results: mx.evil.test; dmarc=pass\n" IN "From: x@b.test\n"), NULL,
		"not proven"},
	{"allow: our result, but from outside", ALLOW,
		H(IN OURS "dmarc=pass\n"
			  "From: x@b.test\n"),
		NULL, "not proven"},
	{"allow: our result, and no Received", ALLOW, H(OURS "dmarc=pass\nFrom: x@b.test\n"), NULL,
		"not proven"},
	{"allow: our result that cannot be read", ALLOW,
		H(OURS "dmarc=pass (\n" IN "From: x@b.test\n"), NULL, "not proven"},
	{"allow: a login is no proof", ALLOW,
		H(OURS "auth=pass smtp.auth=ann@a.test\n" IN "From: x@b.test\n"), NULL,
		"not proven"},
	{"allow: two authors", ALLOW, H(OURS "dmarc=pass\n" IN "From: x@b.test, y@evil.test\n"),
		NULL, "ambiguous"},
	{"allow: two From fields", ALLOW,
		H(OURS "dmarc=pass\n" IN "From: x@b.test\nFrom: y@evil.test\n"), NULL,
		"several From fields"},
	{"allow: a group", ALLOW, H(OURS "dmarc=pass\n" IN "From: g: x@b.test;\n"), NULL,
		"ambiguous"},
	{"allow: no From", ALLOW, H(OURS "dmarc=pass\n" IN "Sender: x@b.test\n"), NULL, "no From"},
	{"allow: a disguised From", ALLOW,
		H(OURS "dmarc=pass\n" IN "From: x@b.test\nFrom : y@evil.test\n"), NULL,
		"several From fields"},
	{"allow: two authors, and SPF of the envelope", ALLOW,
		H("Return-Path: <y@evil.test>\n" OURS "spf=pass smtp.mailfrom=evil.test\n" IN
		  "From: x@b.test, z@b.test\n"),
		NULL, "ambiguous"},
	{"allow: the author's name is another address", ALLOW,
		H(OURS "dmarc=pass\n" IN "From: \"boss@b.test\" <x@evil.test>\n"), "x@evil.test",
		NULL},
	{"allow: a pattern that passed", ALLOW, H(OURS "dmarc=pass\n" IN "From: *@evil.test\n"),
		NULL, "cannot be an entry"},
	{"allow: a pattern for the envelope sender", ALLOW,
		H("Return-Path: <*@evil.test>\n" OURS "spf=pass smtp.mailfrom=evil.test\n" IN
		  "From: x@b.test\n"),
		NULL, "cannot be an entry"},
	{"allow: a second Return-Path", ALLOW,
		H("Return-Path: <y@evil.test>\nReturn-Path: <boss@b.test>\n" OURS
		  "spf=pass smtp.mailfrom=evil.test\n" IN "From: boss@b.test\n"),
		"y@evil.test", "for the envelope sender"},
};

static void check_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str id = STR_LIT("mx.a.test");
	const struct conf conf = {.authserv_id = {&id, 1}, .own_received = 1};
	struct notes notes = {.mem = mem};
	const struct acts a = {
		.conf = &conf, .mailbox = STR_LIT("ann@a.test"), .notes = &notes, .mem = mem};
	const struct acts_folder folder = {.name = STR_LIT("F"),
		.directory = STR_LIT(".F"),
		.allows = row->folder & ALLOW,
		.for_domain = row->folder & DOMAIN};
	struct str message = arena_fmt(mem, STR_FMT "\nText\n", STR_ARGS(row->header));
	struct acts_sender inside, s;
	struct err err;
	acts_sender_judge(&a, &folder, message, &inside);
	assert_int_equal(acts_sender_find(&a, &folder, message, &s, &err), 0);
	if (!str_eq(s.entry, str_of(row->entry)))
		fail_msg("entry \"" STR_FMT "\", \"" STR_FMT "\"", STR_ARGS(s.entry),
			STR_ARGS(s.why));
	assert_true(str_eq(inside.entry, s.entry));
	if (row->why ? !strstr(arena_cstr(mem, s.why), row->why) : s.why.n > 0)
		fail_msg("why \"" STR_FMT "\"", STR_ARGS(s.why));
	arena_free(mem);
}

int main(void)
{
	static const struct table tables[] = {TABLE(check_row, rows)};
	return table_run("senders", tables, 1);
}
