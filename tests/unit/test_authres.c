/*
 * Authentication-Results: the grammar, which fields are believed, and what they mean for an allow
 * entry.
 */
#include "base/buf.h"
#include "filters/authres.h"
#include "filters/authres_parse.h"
#include "tests/unit/table.h"

#include <string.h>

/* ---- the grammar ---- */

struct parse_row {
	const char *name, *value;
	const char *is; /* "id|method=result{type.name=value,...}(reason)..." or "!why" */
};

#define X10(s) s s s s s s s s s s

static const struct parse_row parse_rows[] = {
	{"RFC 8601 B.1: nothing was done", " example.org 1; none", "example.org|"},
	{"RFC 8601 B.2: none, without a version", "example.org; none", "example.org|"},
	{"RFC 8601 B.3: SPF", "example.com;\n  spf=pass smtp.mailfrom=example.net",
		"example.com|spf=pass{smtp.mailfrom=example.net}"},
	{"RFC 8601 B.4: several methods",
		"example.com;\n auth=pass (cram-md5) smtp.auth=sender@example.net;\n spf=pass "
		"smtp.mailfrom=example.net",
		"example.com|auth=pass{smtp.auth=sender@example.net}spf=pass{smtp.mailfrom=example."
		"net}"},
	{"RFC 8601 B.4: one method each", "example.com; iprev=pass policy.iprev=192.0.2.200",
		"example.com|iprev=pass{policy.iprev=192.0.2.200}"},
	{"RFC 8601 B.5: two DKIM results",
		"example.com;\n dkim=pass reason=\"good signature\"\n "
		"header.i=@mail-router.example.net;\n "
		"dkim=fail reason=\"bad signature\"\n header.i=@newyork.example.com",
		"example.com|dkim=pass{header.i=@mail-router.example.net}(good signature)"
		"dkim=fail{header.i=@newyork.example.com}(bad signature)"},
	{"RFC 8601 B.7: comments everywhere",
		"foo.example.net (foobar) 1 (baz);\n dkim (Because I like it) / 1 (One yay) = "
		"(wait for "
		"it) fail\n policy (A dot can go here) . (like that) expired\n (this surprised me) "
		"= (as I "
		"wasn't expecting it) 1362471462",
		"foo.example.net|dkim=fail{policy.expired=1362471462}"},
	{"RFC 8601 2.4: a quoted value", "x.test; dkim=pass header.i=\"a b\"@x.test",
		"x.test|dkim=pass{header.i=a b@x.test}"},
	{"Postfix with OpenDKIM",
		"mx.x.test;\n\tdkim=pass (2048-bit key; unprotected) header.d=y.test "
		"header.i=@y.test "
		"header.a=rsa-sha256 header.s=s1 header.b=kN3+/bRs==;\n\tdkim-atps=neutral",
		"mx.x.test|dkim=pass{header.d=y.test,header.i=@y.test,header.a=rsa-sha256,header.s="
		"s1,"
		"header.b=kN3+/bRs==}dkim-atps=neutral"},
	{"OpenDMARC", "mx.x.test; dmarc=fail (p=reject dis=none) header.from=y.test",
		"mx.x.test|dmarc=fail{header.from=y.test}"},
	{"rspamd",
		"mx.x.test;\n\tdkim=pass header.d=y.test header.s=a "
		"header.b=\"U5/+k\";\n\tspf=pass "
		"(mx.x.test: domain of a@y.test designates 192.0.2.1 as permitted sender) "
		"smtp.mailfrom=a@y.test;\n\tdmarc=pass (policy=none) header.from=y.test",
		"mx.x.test|dkim=pass{header.d=y.test,header.s=a,header.b=U5/"
		"+k}spf=pass{smtp.mailfrom=a@y."
		"test}dmarc=pass{header.from=y.test}"},
	{"pypolicyd-spf",
		"mx.x.test; spf=softfail (no SPF; client-ip=192.0.2.1) smtp.helo=h.test "
		"smtp.mailfrom=<>",
		"mx.x.test|spf=softfail{smtp.helo=h.test,smtp.mailfrom=<>}"},
	{"what Microsoft writes",
		"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=y.test; dkim=pass header.d=y.test",
		"!"},
	{"a property without a type", "x.test; dmarc=pass action=none header.from=y.test",
		"x.test|dmarc=pass{action=none,header.from=y.test}"},
	{"IPv6", "x.test; arc=none smtp.remote-ip=2001:db8::1",
		"x.test|arc=none{smtp.remote-ip=2001:db8::1}"},
	{"a last semicolon", "x.test; spf=none;", "x.test|spf=none"},
	{"blanks round the equals signs", "x.test ; spf = pass smtp . mailfrom = y.test",
		"x.test|spf=pass{smtp.mailfrom=y.test}"},
	{"capitals", "X.TEST; DMARC=PASS", "X.TEST|DMARC=PASS"},
	{"a quoted id", "\"x.test\"; none", "x.test|"},
	{"an id with a version", "x.test 1; none", "x.test|"},
	{"an id in UTF-8",
		"b\xc3\xbc"
		"cher.test; none",
		"b\xc3\xbc"
		"cher.test|"},
	{"a comment in front", "(hi) x.test; none", "x.test|"},
	{"nested comments", "x.test (a (b (c))); none", "x.test|"},
	{"a parenthesis in a comment, escaped", "x.test (a\\) b); none", "x.test|"},
	{"a semicolon in a comment", "x.test; spf=pass (a; dmarc=pass)", "x.test|spf=pass"},
	{"a semicolon in quotes", "x.test; spf=fail reason=\"; dmarc=pass\"",
		"x.test|spf=fail(; dmarc=pass)"},
	{"a quote in quotes", "x.test; spf=fail reason=\"a \\\" b\"", "x.test|spf=fail(a \" b)"},

	{"empty", "", "!the authserv-id is missing"},
	{"an id alone", "x.test", "!there is no result"},
	{"another version", "x.test 2; none", "!the version is not 1"},
	{"a version that is a word", "x.test 1a; none", "!the version is not 1"},
	{"no semicolon", "x.test spf=pass", "!a semicolon is missing between results"},
	{"none, and more", "x.test; none; spf=pass", "!= is missing after a method"},
	{"more, and none", "x.test; spf=pass; none", "!= is missing after a method"},
	{"no result", "x.test; spf=", "!a word is missing"},
	{"no method", "x.test; =pass", "!a word is missing"},
	{"two semicolons", "x.test;; spf=pass", "!a word is missing"},
	{"no equals sign", "x.test; spf pass", "!= is missing after a method"},
	{"a property without a value sign", "x.test; spf=pass smtp.mailfrom",
		"!= is missing after a property"},
	{"a property without a name", "x.test; spf=pass smtp.=a", "!a word is missing"},
	{"a comment that does not end", "x.test; spf=pass (oops", "!a comment does not end"},
	{"a comment that does not end, escaped", "x.test; spf=pass (oops\\)",
		"!a comment does not end"},
	{"quotes that do not end", "x.test; spf=pass reason=\"oops",
		"!a quoted string does not end"},
	{"quotes that end in an escape", "x.test; spf=pass reason=\"oops\\",
		"!a quoted string does not end"},
	{"comments too deep", "x.test " X10("(((") "; none", "!comments are nested too deeply"},
	{"a control character", "x.test; spf\x01=pass", "!= is missing after a method"},
	{"a control character in the id", "x.\x01test; none",
		"!a semicolon is missing between results"},
};

static void render(const struct authres_field *f, struct buf *to)
{
	buf_add(to, f->id);
	buf_byte(to, '|');
	for (size_t i = 0; i < f->item_count; i++) {
		const struct authres_item *item = &f->items[i];
		buf_fmt(to, STR_FMT "=" STR_FMT, STR_ARGS(item->method), STR_ARGS(item->result));
		for (size_t k = 0; k < item->property_count; k++) {
			const struct authres_property *p = &item->properties[k];
			buf_byte(to, k ? ',' : '{');
			buf_fmt(to, STR_FMT "%s" STR_FMT "=" STR_FMT, STR_ARGS(p->type),
				p->type.n ? "." : "", STR_ARGS(p->name), STR_ARGS(p->value));
		}
		if (item->property_count)
			buf_byte(to, '}');
		if (item->reason.n)
			buf_fmt(to, "(" STR_FMT ")", STR_ARGS(item->reason));
	}
}

static void test_parse(void **state)
{
	const struct parse_row *row = *state;
	struct arena *mem = arena_new();
	struct authres_field field;
	const char *why = NULL;
	struct buf b = {0};
	bool good = authres_parse(str_of(row->value), mem, &field, &why);
	if (good)
		render(&field, &b);
	else
		buf_fmt(&b, "!%s", why);
	bool same = row->is[0] == '!' ? str_istarts(buf_str(&b), str_of(row->is))
				      : str_eq(buf_str(&b), str_of(row->is));
	if (!same)
		fail_msg("is \"%s\", expected \"%s\"", buf_cstr(&b), row->is);
	buf_free(&b);
	arena_free(mem);
}

/* ---- which fields are believed, and what it means ---- */

struct row {
	const char *name;
	const char *header;  /* in front of From: a@y.test; without a Received one is added */
	const char *is;      /* what is known */
	const char *counts;  /* does an allow entry count: not_failed, pass, nothing, as + or - */
	const char *removed; /* the numbers of fields that go */
	size_t received;     /* own_received; 0: 1 */
	bool trust_arc;
	const char *from; /* NULL: a@y.test */
};

#define AR  "Authentication-Results: mx.x.test; "
#define RCV "Received: by somebody\n"

static const struct row rows[] = {
	{"no field", RCV, "", .counts = "+-+"},
	{"dmarc pass", AR "dmarc=pass\n" RCV, "dmarc=pass", .counts = "+++"},
	{"dmarc fail", AR "dmarc=fail\n" RCV, "dmarc=fail", .counts = "--+"},
	{"dmarc none", AR "dmarc=none\n" RCV, "dmarc=none", .counts = "+-+"},
	{"dmarc permerror", AR "dmarc=permerror\n" RCV, "dmarc=error", .counts = "+-+"},
	{"dmarc temperror", AR "dmarc=temperror\n" RCV, "dmarc=error", .counts = "+-+"},
	{"dmarc: a word that nobody knows", AR "dmarc=bestguesspass\n" RCV, "dmarc=none",
		.counts = "+-+"},
	{"capitals", AR "DMARC=Fail\n" RCV, "dmarc=fail", .counts = "--+"},
	{"none at all", AR "none\n" RCV, "", .counts = "+-+"},
	{"dmarc fail, spf and dkim pass",
		AR "dmarc=fail; spf=pass smtp.mailfrom=a@y.test; dkim=pass header.d=y.test\n",
		"dmarc=fail spf=pass dkim=pass", .counts = "--+"},
	{"dmarc pass, spf fails", AR "dmarc=pass; spf=fail smtp.mailfrom=y.test\n",
		"dmarc=pass spf=fail", .counts = "+++"},
	{"dmarc none, dkim passes", AR "dmarc=none; dkim=pass header.d=y.test\n",
		"dmarc=none dkim=pass", .counts = "+++"},
	{"dmarc none, dkim fails", AR "dmarc=none; dkim=fail header.d=y.test\n",
		"dmarc=none dkim=fail", .counts = "--+"},
	{"dmarc error, spf fails", AR "dmarc=permerror; spf=fail smtp.mailfrom=y.test\n",
		"dmarc=error spf=fail", .counts = "--+"},

	{"dkim pass", AR "dkim=pass header.d=y.test\n", "dkim=pass", .counts = "+++"},
	{"dkim pass by header.i", AR "dkim=pass header.i=@y.test\n", "dkim=pass", .counts = "+++"},
	{"dkim pass by header.i with a local part", AR "dkim=pass header.i=bob@y.test\n",
		"dkim=pass", .counts = "+++"},
	{"dkim pass of a domain below", AR "dkim=pass header.d=mail.y.test\n", "dkim=pass",
		.counts = "+++"},
	{"dkim pass of a domain above", AR "dkim=pass header.d=y.test\n", "dkim=pass",
		.counts = "+++", .from = "a@news.y.test"},
	{"dkim pass of another domain", AR "dkim=pass header.d=z.test\n", "dkim=none",
		.counts = "+-+"},
	{"dkim pass of a domain that ends alike", AR "dkim=pass header.d=evily.test\n", "dkim=none",
		.counts = "+-+"},
	{"dkim pass of the top-level domain", AR "dkim=pass header.d=test\n", "dkim=none",
		.counts = "+-+"},
	{"dkim pass of no domain", AR "dkim=pass\n", "dkim=none", .counts = "+-+"},
	{"dkim pass in capitals", AR "dkim=pass header.d=Y.TEST\n", "dkim=pass", .counts = "+++"},
	{"dkim fail", AR "dkim=fail header.d=y.test\n", "dkim=fail", .counts = "--+"},
	{"dkim hardfail", AR "dkim=hardfail header.d=y.test\n", "dkim=fail", .counts = "--+"},
	{"dkim neutral", AR "dkim=neutral header.d=y.test\n", "dkim=none", .counts = "+-+"},
	{"dkim policy", AR "dkim=policy header.d=y.test\n", "dkim=none", .counts = "+-+"},
	{"two signatures, one good", AR "dkim=fail header.d=y.test; dkim=pass header.d=y.test\n",
		"dkim=pass", .counts = "+++"},
	{"two signatures, the good one first",
		AR "dkim=pass header.d=y.test; dkim=fail header.d=y.test\n", "dkim=pass",
		.counts = "+++"},
	{"two signatures, the good one another's",
		AR "dkim=pass header.d=z.test; dkim=fail header.d=y.test\n", "dkim=fail",
		.counts = "--+"},
	{"a list's own signature",
		AR
		"dkim=pass header.d=lists.test; spf=pass smtp.mailfrom=b@lists.test; dmarc=fail\n",
		"dmarc=fail spf=none dkim=none", .counts = "--+"},

	{"spf pass", AR "spf=pass smtp.mailfrom=a@y.test\n", "spf=pass", .counts = "+++"},
	{"spf pass, a domain alone", AR "spf=pass smtp.mailfrom=y.test\n", "spf=pass",
		.counts = "+++"},
	{"spf pass, below", AR "spf=pass smtp.mailfrom=bounce@mail.y.test\n", "spf=pass",
		.counts = "+++"},
	{"spf pass of another domain", AR "spf=pass smtp.mailfrom=a@z.test\n", "spf=none",
		.counts = "+-+"},
	{"spf pass by helo, null sender", AR "spf=pass smtp.helo=mx.y.test\n", "spf=pass",
		.counts = "+++"},
	{"spf fail", AR "spf=fail smtp.mailfrom=y.test\n", "spf=fail", .counts = "--+"},
	{"spf softfail", AR "spf=softfail smtp.mailfrom=y.test\n", "spf=fail", .counts = "--+"},
	{"spf neutral", AR "spf=neutral smtp.mailfrom=y.test\n", "spf=none", .counts = "+-+"},
	{"spf temperror", AR "spf=temperror smtp.mailfrom=y.test\n", "spf=error", .counts = "+-+"},
	{"spf fails, dkim passes: forwarded",
		AR "spf=fail smtp.mailfrom=y.test; dkim=pass header.d=y.test\n",
		"spf=fail dkim=pass", .counts = "+++"},
	{"an international domain", AR "dkim=pass header.d=xn--bcher-kva.test\n", "dkim=pass",
		.counts = "+++",
		.from = "a@b\xc3\xbc"
			"cher.test"},

	{"arc pass is nothing by itself", AR "dmarc=fail; arc=pass\n", "dmarc=fail arc=pass",
		.counts = "--+"},
	{"arc pass, trusted", AR "dmarc=fail; arc=pass\n", "dmarc=fail arc=pass", .counts = "+++",
		.trust_arc = true},
	{"arc fail, trusted", AR "dmarc=fail; arc=fail\n", "dmarc=fail arc=fail", .counts = "--+",
		.trust_arc = true},
	{"arc pass and fail, trusted", AR "dmarc=fail; arc=pass; arc=fail\n", "dmarc=fail arc=fail",
		.counts = "--+", .trust_arc = true},
	{"no arc, trusted", AR "dmarc=fail\n", "dmarc=fail", .counts = "--+", .trust_arc = true},
	{"other methods", AR "iprev=fail; x-tls=pass\n", "", .counts = "+-+"},
	{"a login is nothing to an allow entry", AR "auth=pass smtp.auth=a@y.test\n", "auth=pass",
		.counts = "+-+"},

	{"two fields", AR "spf=fail smtp.mailfrom=y.test\n" AR "dmarc=pass\n" RCV,
		"dmarc=pass spf=fail", .counts = "+++"},
	{"two fields that disagree", AR "dmarc=pass\n" AR "dmarc=fail\n" RCV, "dmarc=fail",
		.counts = "--+"},
	{"two that disagree, the other way", AR "dmarc=fail\n" AR "dmarc=pass\n" RCV, "dmarc=fail",
		.counts = "--+"},
	{"another id has no say", "Authentication-Results: mx.z.test; dmarc=fail\n" RCV, "",
		.counts = "+-+"},
	{"another id that ends alike", "Authentication-Results: evil.mx.x.test; dmarc=pass\n" RCV,
		"", .counts = "+-+"},
	{"an id in capitals", "Authentication-Results: MX.X.TEST; dmarc=pass\n" RCV, "dmarc=pass",
		.counts = "+++"},
	{"our second id", "Authentication-Results: in.x.test; dmarc=pass\n" RCV, "dmarc=pass",
		.counts = "+++"},
	{"an id in quotes", "Authentication-Results: \"mx.x.test\"; dmarc=pass\n" RCV, "dmarc=pass",
		.counts = "+++"},
	{"the field's name in capitals", "AUTHENTICATION-RESULTS: mx.x.test; dmarc=fail\n" RCV,
		"dmarc=fail", .counts = "--+"},
	{"a folded field",
		"Authentication-Results: mx.x.test;\n\tdmarc=fail\n\theader.from=y.test\n" RCV,
		"dmarc=fail", .counts = "--+"},
	{"ARC-Authentication-Results has no say",
		"ARC-Authentication-Results: i=1; mx.x.test; dmarc=pass\n" RCV, "",
		.counts = "+-+"},

	{"below our Received: the sender wrote it", RCV AR "dmarc=pass\n" RCV, "", .counts = "+-+",
		"1"},
	{"below our Received, the only one", RCV AR "dmarc=pass\n", "", .counts = "+-+", "1"},
	{"a forged signature beside ours",
		AR "dmarc=none; dkim=none; spf=fail smtp.mailfrom=z.test\n" RCV AR
		   "dkim=pass header.d=y.test\n",
		"dmarc=none spf=fail dkim=none", .counts = "--+", "2"},
	{"below the sender's Received: from outside", RCV RCV AR "dmarc=pass\n", "",
		.counts = "+-+", "2"},
	{"both: ours counts, the other goes", AR "dmarc=fail\n" RCV RCV AR "dmarc=pass\n",
		"dmarc=fail", .counts = "--+", "3"},
	{"two servers of ours", RCV AR "dmarc=pass\n" RCV RCV, "dmarc=pass", .counts = "+++",
		.received = 2},
	{"two servers of ours, past one of them", AR "dmarc=pass\n" RCV, "dmarc=pass",
		.counts = "+++", .received = 2},
	{"two servers of ours, below both", RCV RCV AR "dmarc=pass\n", "", .counts = "+-+", "2",
		.received = 2},
	{"two servers of ours, three above", RCV RCV RCV AR "dmarc=pass\n", "", .counts = "+-+",
		"3", .received = 2},
	{"a foreign one from outside stays",
		RCV RCV "Authentication-Results: mx.z.test; dmarc=pass\n", "", .counts = "+-+"},
	{"without any Received of ours", AR "dmarc=pass\nX-" RCV, "", .counts = "+-+", "0"},
	{"dmarc of another domain's From", AR "dmarc=pass header.from=z.test\n" RCV, "dmarc=none",
		.counts = "+-+"},
	{"dmarc of the From's domain", AR "dmarc=pass header.from=Y.test\n" RCV, "dmarc=pass",
		.counts = "+++"},
	{"a method of another version", AR "dmarc/2=pass; spf/1=fail\n" RCV, "spf=fail",
		.counts = "--+"},
	{"spf of a helo name beside an aligned sender",
		AR "spf=none smtp.helo=mx.y.test; spf=pass smtp.mailfrom=a@y.test\n" RCV,
		"spf=pass", .counts = "+++"},
	{"spf of a helo name alone", AR "spf=pass smtp.helo=mx.y.test\n" RCV, "spf=pass",
		.counts = "+++"},
	{"spf of an address in angle brackets", AR "spf=pass smtp.mailfrom=<a@y.test>\n" RCV,
		"spf=pass", .counts = "+++"},

	{"one that cannot be read goes", AR "dmarc\n" RCV, "", .counts = "--+", "0"},
	{"one that cannot be read, beside dmarc=pass", AR "spf\n" AR "dmarc=pass\n" RCV,
		"dmarc=pass", .counts = "+++", "0"},
	{"one that cannot be read, from outside", RCV RCV AR "dmarc=pass (\n", "", .counts = "+-+",
		"2"},
	{"one that cannot be read, not ours", "Authentication-Results: mx.z.test; (\n" RCV, "",
		.counts = "+-+"},
	{"one that hides our id in a comment",
		"Authentication-Results: (mx.x.test; dmarc=pass\n" RCV, "", .counts = "--+", "0"},
	{"one of another version", "Authentication-Results: mx.x.test 2; dmarc=pass\n" RCV, "",
		.counts = "--+", "0"},
	{"one that cannot be read does not hide a good one", AR "dmarc\n" AR "dmarc=fail\n" RCV,
		"dmarc=fail", .counts = "--+", "0"},
};

/* ---- the envelope sender, whom SPF knows, and a colleague, whom a login knows ---- */

static const struct sender_row {
	const char *name, *sender;
	const char *header; /* in front of From: a@y.test */
	const char
		*counts; /* an allow entry for the envelope sender: by not_failed, pass, nothing */
	/* the From counts as a contact's, and as inside: pass asked for; s: it has failed */
	const char *inside;
	bool trust_arc;
} sender_rows[] = {
	{"no word", "b@z.test", "", "---", .inside = "--"},
	{"SPF passed for it", "b@z.test", AR "spf=pass smtp.mailfrom=b@z.test\n", "+++",
		.inside = "--"},
	{"SPF passed, a domain alone", "b@z.test", AR "spf=pass smtp.mailfrom=z.test\n", "+++",
		.inside = "--"},
	{"SPF passed, in capitals", "B@Z.test", AR "SPF=PASS smtp.mailfrom=b@z.TEST\n", "+++",
		.inside = "--"},
	{"SPF passed, in angle brackets", "<b@z.test>", AR "spf=pass smtp.mailfrom=<b@z.test>\n",
		"+++", .inside = "--"},
	{"SPF passed for a domain above it", "b@news.z.test", AR "spf=pass smtp.mailfrom=z.test\n",
		"---", .inside = "--"},
	{"SPF passed for a domain below it", "b@z.test", AR "spf=pass smtp.mailfrom=x.z.test\n",
		"---", .inside = "--"},
	{"SPF passed for a domain that ends alike", "b@z.test",
		AR "spf=pass smtp.mailfrom=evilz.test\n", "---", .inside = "--"},
	{"SPF passed for the name in HELO", "b@z.test", AR "spf=pass smtp.helo=z.test\n", "---",
		.inside = "--"},
	{"SPF passed for nobody", "b@z.test", AR "spf=pass\n", "---", .inside = "--"},
	{"SPF passed, of a null sender", "", AR "spf=pass smtp.helo=y.test\n", "---",
		.inside = "++"},
	{"SPF passed, of a null sender in words", "<>", AR "spf=pass smtp.mailfrom=<>\n", "---",
		.inside = "--"},
	{"SPF passed for a local sender without a domain", "root",
		AR "spf=pass smtp.mailfrom=root\n", "---", .inside = "--"},
	{"SPF failed", "b@z.test", AR "spf=fail smtp.mailfrom=b@z.test\n", "---", .inside = "ss"},
	{"SPF is neutral", "b@z.test", AR "spf=neutral smtp.mailfrom=b@z.test\n", "---",
		.inside = "--"},
	{"SPF passed and failed: the worst counts", "b@z.test",
		AR "spf=pass smtp.mailfrom=z.test; spf=softfail smtp.mailfrom=z.test\n", "---",
		.inside = "ss"},
	{"SPF passed twice, once for another", "b@z.test",
		AR "spf=pass smtp.mailfrom=z.test; spf=pass smtp.mailfrom=w.test\n", "---",
		.inside = "--"},
	{"DKIM passed for its domain: it is not SPF", "b@z.test", AR "dkim=pass header.d=z.test\n",
		"---", .inside = "--"},
	{"SPF passed, below our Received", "b@z.test", RCV AR "spf=pass smtp.mailfrom=z.test\n",
		"---", .inside = "--"},
	{"SPF passed, says another server", "b@z.test",
		"Authentication-Results: mx.z.test; spf=pass smtp.mailfrom=z.test\n", "---",
		.inside = "--"},
	{"SPF passed, and DMARC failed for the From", "b@z.test",
		AR "spf=pass smtp.mailfrom=z.test; dmarc=fail\n", "--+", .inside = "ss"},
	{"SPF passed, and a trusted chain makes up for DMARC", "b@z.test",
		AR "spf=pass smtp.mailfrom=z.test; dmarc=fail; arc=pass\n", "+++", .inside = "++",
		.trust_arc = true},
	{"a trusted chain does not make up for SPF", "b@z.test",
		AR "dmarc=fail; arc=pass; spf=none\n", "---", .inside = "++", .trust_arc = true},
	{"SPF passed, and DMARC for the From", "b@z.test",
		AR "spf=pass smtp.mailfrom=z.test; dmarc=pass header.from=y.test\n", "+++",
		.inside = "++"},

	{"a forger's own SPF", "b@z.test", AR "dmarc=none; spf=pass smtp.mailfrom=z.test\n", "+++",
		.inside = "--"},
	{"SPF passed for the From", "a@y.test", AR "spf=pass smtp.mailfrom=a@y.test\n", "+++",
		.inside = "++"},
	{"a login", "a@y.test", AR "auth=pass smtp.auth=ann\n", "---", .inside = "-+"},
	{"a login that is the address", "a@y.test", AR "auth=pass smtp.auth=a@y.test\n", "---",
		.inside = "-+"},
	{"a login of another address of the domain", "a@y.test",
		AR "auth=pass smtp.auth=c@y.test\n", "---", .inside = "-+"},
	{"a login of another domain", "a@y.test", AR "auth=pass smtp.auth=a@z.test\n", "---",
		.inside = "--"},
	{"a login without a name", "a@y.test", AR "auth=pass\n", "---", .inside = "--"},
	{"a login that failed", "a@y.test", AR "auth=fail smtp.auth=ann\n", "---", .inside = "--"},
	{"a login, and one that failed", "a@y.test",
		AR "auth=pass smtp.auth=ann; auth=fail smtp.auth=ann\n", "---", .inside = "--"},
	{"a login, and SPF failed, as for any home", "a@y.test",
		AR "auth=pass smtp.auth=ann; spf=softfail smtp.mailfrom=a@y.test\n", "---",
		.inside = "s+"},
	{"a login, and DMARC failed", "a@y.test", AR "auth=pass smtp.auth=ann; dmarc=fail\n", "---",
		.inside = "ss"},
	{"a login, below our Received", "a@y.test", RCV AR "auth=pass smtp.auth=ann\n", "---",
		.inside = "--"},
	{"our field cannot be read", "a@y.test", AR "auth=pass smtp\n", "---", .inside = "ss"},
};

static void check_inside(
	const struct sender_row *row, const struct authres_conf *conf, const struct verdict *v)
{
	for (int k = 0; k < 2; k++) {
		const char *doubt = authres_inside_doubt(conf, k == 1, v);
		char is = '+';
		if (doubt)
			is = authres_failed(v) ? 's' : '-';
		if (is != row->inside[k])
			fail_msg("%s: %c, %s", k ? "inside" : "contact", is, doubt ? doubt : "");
	}
}

static void test_sender(void **state)
{
	static struct str id = STR_LIT("mx.x.test");
	static const struct str_list ours = {&id, 1}, none = {0};
	const struct sender_row *row = *state;
	struct arena *mem = arena_new();
	struct authres_conf conf = {.ids = &ours, .own_received = 1, .trust_arc = row->trust_arc};
	struct verdict v;
	struct err err;
	struct str text = arena_fmt(mem, "%s" RCV "From: a@y.test\n\nbody\n", row->header);
	struct message *msg = message_borrow(text, &err);
	assert_non_null(msg);
	verdict_init(&v, mem, message_header_count(msg));
	authres_judge(&conf, msg, str_of(row->sender), &v);
	for (int k = ALLOW_NOT_FAILED; k <= ALLOW_NOTHING; k++) {
		conf.allow_requires = k;
		const char *doubt = authres_sender_doubt(&conf, &v);
		if ((doubt == NULL) != (row->counts[k] == '+'))
			fail_msg("allow_requires %d: %s", k, doubt ? doubt : "it counts");
	}
	conf.allow_requires = ALLOW_PASS;
	check_inside(row, &conf, &v);
	conf.ids = &none;
	assert_null(authres_inside_doubt(&conf, false, &v));
	message_free(msg);
	arena_free(mem);
}

static struct str removed_of(const struct verdict *v)
{
	struct buf b = {0};
	for (size_t i = 0; i < v->header.field_count; i++)
		if (v->header.removed[i])
			buf_fmt(&b, "%s%zu", b.n ? " " : "", i);
	struct str text = arena_str(v->mem, buf_str(&b));
	buf_free(&b);
	return text;
}

static void check_text(const char *what, struct str is, const char *should)
{
	if (!str_eq(is, str_of(should)))
		fail_msg("%s: is \"" STR_FMT "\", expected \"%s\"", what, STR_ARGS(is),
			should ? should : "");
}

static void test_row(void **state)
{
	static struct str ids[] = {STR_LIT("mx.x.test"), STR_LIT("in.x.test")};
	static const struct str_list ours = {ids, 2};
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct authres_conf conf = {.ids = &ours,
		.own_received = row->received ? row->received : 1,
		.trust_arc = row->trust_arc};
	struct verdict v;
	struct err err;
	struct str text = arena_fmt(mem, "%s%sFrom: %s\n\nbody\n", row->header,
		strstr(row->header, RCV) ? "" : RCV, row->from ? row->from : "a@y.test");
	struct message *msg = message_borrow(text, &err);
	assert_non_null(msg);
	verdict_init(&v, mem, message_header_count(msg));
	authres_judge(&conf, msg, (struct str){"", 0}, &v);
	check_text("known", authres_text(&v.auth, mem), row->is);
	check_text("removed", removed_of(&v), row->removed);
	for (int k = ALLOW_NOT_FAILED; k <= ALLOW_NOTHING; k++) {
		conf.allow_requires = k;
		const char *doubt = authres_doubt(&conf, &v);
		if ((doubt == NULL) != (row->counts[k] == '+'))
			fail_msg("allow_requires %d: %s", k, doubt ? doubt : "it counts");
	}
	message_free(msg);
	arena_free(mem);
}

static void test_no_ids(void **state)
{
	const struct str_list none = {0};
	const struct authres_conf conf = {.ids = &none, .own_received = 1};
	struct arena *mem = arena_new();
	struct verdict v;
	struct err err;
	(void)state;
	struct message *msg =
		message_borrow(STR_LIT(RCV RCV AR "dmarc=fail\nFrom: a@y.test\n\n"), &err);
	verdict_init(&v, mem, message_header_count(msg));
	authres_judge(&conf, msg, STR_LIT("a@y.test"), &v);
	check_text("known", authres_text(&v.auth, mem), "");
	check_text("removed", removed_of(&v), "");
	message_free(msg);
	arena_free(mem);
}

/* ---- hostile sizes ---- */

static void judge_hostile(struct str text)
{
	static struct str id = STR_LIT("mx.x.test");
	const struct str_list ours = {&id, 1};
	const struct authres_conf conf = {.ids = &ours, .own_received = 1};
	struct arena *mem = arena_new();
	struct verdict v;
	struct err err;
	struct message *msg = message_borrow(text, &err);
	assert_non_null(msg);
	verdict_init(&v, mem, message_header_count(msg));
	authres_judge(&conf, msg, STR_LIT("a@y.test"), &v);
	assert_int_not_equal(v.auth.dmarc, AUTH_PASS);
	assert_int_not_equal(v.auth.sender, AUTH_PASS);
	message_free(msg);
	arena_free(mem);
}

static void test_hostile(void **state)
{
	static const char *const repeated[] = {
		"(", "\"", "a=b ", ";a=b", "\\", "(a)", " ", "\n ", ".", "=", "\x01", "\xff"};
	struct buf b = {0};
	(void)state;
	for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
		buf_clear(&b);
		buf_text(&b, AR);
		while (b.n < 1000000)
			buf_text(&b, repeated[i]);
		buf_text(&b, "; dmarc=pass\nFrom: a@y.test\n\n");
		judge_hostile(buf_str(&b));
	}
	buf_clear(&b);
	/* As many quoted strings as are read, in as many fields. */
	for (int i = 0; i < 100; i++) {
		buf_text(&b, AR "a=b");
		for (int k = 0; k < 5000; k++)
			buf_text(&b, k % 50 ? " c.d=\"\"" : ";\n a=b c.d=\"\"");
		buf_text(&b, "\n");
	}
	buf_text(&b, "From: a@y.test\n\n");
	judge_hostile(buf_str(&b));
	buf_clear(&b);
	for (int i = 0; i < 20000; i++)
		buf_text(&b, i == 150 ? AR "dmarc=pass\n" : AR "spf=none\n");
	buf_text(&b, "From: a@y.test\n\n");
	judge_hostile(buf_str(&b));
	buf_clear(&b);
	buf_text(&b, AR "x=y\n");
	b.p[30] = '\0';
	buf_text(&b, "\n");
	judge_hostile(buf_str(&b));
	buf_free(&b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_parse, parse_rows),
		TABLE(test_row, rows),
		TABLE(test_sender, sender_rows),
		TABLE_OF_ONE(test_no_ids, "without an authserv_id nothing is believed or removed"),
		TABLE_OF_ONE(test_hostile, "megabytes of anything, and 20,000 fields"),
	};
	return table_run("authres", tables, sizeof tables / sizeof *tables);
}
