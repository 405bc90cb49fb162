/* The label: organizations and contacts x From fields. */
#include "filters/tag.h"
#include "mda/base/buf.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char contacts_path[64];

static struct str domains[] = {
	STR_LIT("example.com"), STR_LIT("*.example.com"), STR_LIT("m\xc3\xbcller.example")};
static struct str addresses[] = {STR_LIT("accountant@books.example"), STR_LIT("not an address")};
static struct str other_domains[] = {STR_LIT("other.example")};

static const struct tag_organization organizations[] = {
	{STR_LIT("Example Ltd"), {domains, 3}, {addresses, 2}},
	{STR_LIT("Other"), {other_domains, 1}, {NULL, 0}},
};

#define INSIDE  "ann@example.com"
#define PRIVATE "bob@private.example"

static const struct row {
	const char *name, *recipient;
	struct str header;
	enum label label;
	const char *reason, *field; /* field NULL: none is added */
} rows[] = {
	/* who is inside */
	{"inside to inside", INSIDE, STR_LIT("From: bob@example.com\n"), LABEL_NONE,
		"inside Example Ltd", NULL},
	{"inside, any case", INSIDE, STR_LIT("From: Bob <BOB@Example.COM>\n"), LABEL_NONE,
		"inside Example Ltd", NULL},
	{"inside, a subdomain", INSIDE, STR_LIT("From: bob@a.b.example.com\n"), LABEL_NONE,
		"inside Example Ltd", NULL},
	{"inside, a recipient in a subdomain", "ann@x.example.com",
		STR_LIT("From: bob@example.com\n"), LABEL_NONE, "inside Example Ltd", NULL},
	{"inside, an IDN", INSIDE, STR_LIT("From: bob@xn--mller-kva.example\n"), LABEL_NONE,
		"inside Example Ltd", NULL},
	{"inside, an IDN in UTF-8", INSIDE, STR_LIT("From: bob@M\xc3\xbcller.example\n"),
		LABEL_NONE, "inside Example Ltd", NULL},
	{"inside, an outside address that counts", INSIDE,
		STR_LIT("From: accountant@books.example\n"), LABEL_NONE, "inside Example Ltd",
		NULL},
	{"outside, beside that address", INSIDE, STR_LIT("From: boss@books.example\n"),
		LABEL_EXTERNAL, "outside; domain=books.example",
		"X-Mda-Label: External; reason=outside; domain=books.example\n"},
	{"outside", INSIDE, STR_LIT("From: x@evil.example\n"), LABEL_EXTERNAL,
		"outside; domain=evil.example",
		"X-Mda-Label: External; reason=outside; domain=evil.example\n"},
	{"outside, a name like ours", INSIDE, STR_LIT("From: x@evilexample.com\n"), LABEL_EXTERNAL,
		"outside; domain=evilexample.com",
		"X-Mda-Label: External; reason=outside; domain=evilexample.com\n"},
	{"outside, ours in front", INSIDE, STR_LIT("From: x@example.com.evil.example\n"),
		LABEL_EXTERNAL, "outside; domain=example.com.evil.example",
		"X-Mda-Label: External; reason=outside; domain=example.com.evil.example\n"},
	{"outside, our address as a name", INSIDE,
		STR_LIT("From: \"bob@example.com\" <x@evil.example>\n"), LABEL_EXTERNAL,
		"outside; domain=evil.example",
		"X-Mda-Label: External; reason=outside; domain=evil.example\n"},
	{"outside, of another organization", INSIDE, STR_LIT("From: x@other.example\n"),
		LABEL_EXTERNAL, "outside; domain=other.example",
		"X-Mda-Label: External; reason=outside; domain=other.example\n"},
	{"inside, the second organization", "x@other.example", STR_LIT("From: y@other.example\n"),
		LABEL_NONE, "inside Other", NULL},
	/* recipients outside of any organization */
	{"unknown", PRIVATE, STR_LIT("From: x@evil.example\n"), LABEL_UNKNOWN,
		"outside; domain=evil.example",
		"X-Mda-Label: Unknown; reason=outside; domain=evil.example\n"},
	{"unknown, of some organization", PRIVATE, STR_LIT("From: ann@example.com\n"),
		LABEL_UNKNOWN, "outside; domain=example.com",
		"X-Mda-Label: Unknown; reason=outside; domain=example.com\n"},
	{"unknown, of one's own domain", PRIVATE, STR_LIT("From: x@private.example\n"),
		LABEL_UNKNOWN, "outside; domain=private.example",
		"X-Mda-Label: Unknown; reason=outside; domain=private.example\n"},
	{"an address of an organization is no recipient of it", "accountant@books.example",
		STR_LIT("From: ann@example.com\n"), LABEL_UNKNOWN, "outside; domain=example.com",
		"X-Mda-Label: Unknown; reason=outside; domain=example.com\n"},
	/* contacts */
	{"contact", PRIVATE, STR_LIT("From: friend@far.example\n"), LABEL_NONE, "contacts:2", NULL},
	{"contact, any case", PRIVATE, STR_LIT("From: Friend@FAR.example\n"), LABEL_NONE,
		"contacts:2", NULL},
	{"contact by a pattern", PRIVATE, STR_LIT("From: x@club.example\n"), LABEL_NONE,
		"contacts:4", NULL},
	{"contact with a # in it", PRIVATE, STR_LIT("From: a#b@hash.example\n"), LABEL_NONE,
		"contacts:5", NULL},
	{"contact with a comment behind it", PRIVATE, STR_LIT("From: c@note.example\n"), LABEL_NONE,
		"contacts:6", NULL},
	{"contact in a comment", PRIVATE, STR_LIT("From: old@far.example\n"), LABEL_UNKNOWN,
		"outside; domain=far.example",
		"X-Mda-Label: Unknown; reason=outside; domain=far.example\n"},
	{"contact of somebody inside", INSIDE, STR_LIT("From: friend@far.example\n"), LABEL_NONE,
		"contacts:2", NULL},
	/* a From that says nothing for sure */
	{"no From", INSIDE, STR_LIT("A: b\n"), LABEL_EXTERNAL, "no-from",
		"X-Mda-Label: External; reason=no-from\n"},
	{"no From, recipient outside", PRIVATE, STR_LIT("A: b\n"), LABEL_UNKNOWN, "no-from",
		"X-Mda-Label: Unknown; reason=no-from\n"},
	{"two From fields", INSIDE, STR_LIT("From: a@example.com\nFrom: b@example.com\n"),
		LABEL_EXTERNAL, "several-from-fields",
		"X-Mda-Label: External; reason=several-from-fields\n"},
	{"two From fields, a blank before a colon", INSIDE,
		STR_LIT("From: a@example.com\nFROM : x@evil.example\n"), LABEL_EXTERNAL,
		"several-from-fields", "X-Mda-Label: External; reason=several-from-fields\n"},
	{"two addresses", INSIDE, STR_LIT("From: a@example.com, b@example.com\n"), LABEL_EXTERNAL,
		"ambiguous-from", "X-Mda-Label: External; reason=ambiguous-from\n"},
	{"a group", INSIDE, STR_LIT("From: us: a@example.com;\n"), LABEL_EXTERNAL, "ambiguous-from",
		"X-Mda-Label: External; reason=ambiguous-from\n"},
	{"empty From", INSIDE, STR_LIT("From:\n"), LABEL_EXTERNAL, "ambiguous-from",
		"X-Mda-Label: External; reason=ambiguous-from\n"},
	{"no domain", INSIDE, STR_LIT("From: root\n"), LABEL_EXTERNAL, "ambiguous-from",
		"X-Mda-Label: External; reason=ambiguous-from\n"},
	{"junk behind the address", INSIDE, STR_LIT("From: <a@example.com> <x@evil.example>\n"),
		LABEL_EXTERNAL, "ambiguous-from", "X-Mda-Label: External; reason=ambiguous-from\n"},
	{"NUL in the address", INSIDE, STR_LIT("From: a@example.com\0.evil.example\n"),
		LABEL_EXTERNAL, "ambiguous-from", "X-Mda-Label: External; reason=ambiguous-from\n"},
	{"folded", INSIDE, STR_LIT("From: Bob\n <bob@example.com>\n"), LABEL_NONE,
		"inside Example Ltd", NULL},
	{"From in the body", INSIDE, STR_LIT("\nFrom: bob@example.com\n"), LABEL_EXTERNAL,
		"no-from", "X-Mda-Label: External; reason=no-from\n"},
};

static struct verdict judge(
	const struct tag_conf *conf, const char *recipient, struct str header, struct arena *mem)
{
	const struct envelope env = {.mailbox = str_of(recipient)};
	struct message *m = message_borrow(header, NULL);
	struct verdict v;
	assert_non_null(m);
	verdict_init(&v, mem, message_header_count(m));
	tag_decide(conf, m, &env, &v);
	tag_write(&v);
	message_free(m);
	return v;
}

static void check(const struct verdict *v, const struct row *row, struct arena *mem)
{
	struct str why = reason_where(&v->label_reason, mem);
	if (str_istarts(why, str_of(contacts_path)))
		why = arena_fmt(mem, "contacts" STR_FMT,
			STR_ARGS(str_slice(why, strlen(contacts_path), why.n)));
	if (v->label != row->label || !str_eq(why, str_of(row->reason)))
		fail_msg("%s because of \"" STR_FMT "\"", tag_label_names[v->label], STR_ARGS(why));
	assert_int_equal(v->added_count, row->field ? 1 : 0);
	if (row->field && !str_eq(v->added[0], str_of(row->field)))
		fail_msg(STR_FMT, STR_ARGS(v->added[0]));
}

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct tag_conf conf = {true, organizations, 2, contacts_path};
	struct arena *mem = arena_new();
	/* Copies, so that nothing depends on the bytes around. */
	struct verdict v = judge(&conf, row->recipient, arena_str(mem, row->header), mem);
	check(&v, row, mem);
	assert_true(v.label_known);
	assert_int_equal(v.note_count, 0);
	arena_free(mem);
}

static void test_off(void **state)
{
	const struct tag_conf conf = {false, organizations, 2, contacts_path};
	struct arena *mem = arena_new();
	(void)state;
	struct verdict v = judge(&conf, INSIDE, STR_LIT("From: x@evil.example\n"), mem);
	assert_int_equal(v.label, LABEL_NONE);
	assert_true(str_eq(v.label_reason.text, STR_LIT("label is off")));
	assert_int_equal(v.added_count, 0);
	arena_free(mem);
}

static void test_only_once(void **state)
{
	const struct tag_conf conf = {true, organizations, 2, NULL};
	const struct envelope env = {.mailbox = STR_LIT(INSIDE)};
	struct arena *mem = arena_new();
	struct message *m = message_borrow(STR_LIT("From: x@evil.example\n"), NULL);
	struct verdict v;
	(void)state;
	verdict_init(&v, mem, 1);
	v.label_known = true;
	v.label = LABEL_UNKNOWN;
	v.label_reason = reason_text("decided before");
	tag_decide(&conf, m, &env, &v);
	assert_int_equal(v.label, LABEL_UNKNOWN);
	assert_true(str_eq(v.label_reason.text, STR_LIT("decided before")));
	message_free(m);
	arena_free(mem);
}

static const struct contacts_row {
	const char *name, *path;
	bool noted;
} contacts_rows[] = {
	{"contacts: none", NULL, false},
	{"contacts: no file", "/nowhere/contacts", false},
	{"contacts: empty name", "", false},
	{"contacts: a directory", "/tmp", true},
	{"contacts: a device", "/dev/zero", true},
};

static void test_contacts(void **state)
{
	const struct contacts_row *row = *state;
	const struct tag_conf conf = {true, NULL, 0, row->path};
	struct arena *mem = arena_new();
	struct verdict v = judge(&conf, PRIVATE, STR_LIT("From: x@evil.example\n"), mem);
	assert_int_equal(v.label, LABEL_UNKNOWN);
	assert_int_equal(v.note_count, row->noted ? 1 : 0);
	arena_free(mem);
}

static void test_long_from(void **state)
{
	static const char *const pieces[] = {
		"x", "a@b,", "(", "\"", "<", ",", ":;", "@", "\\", " "};
	const struct tag_conf conf = {true, organizations, 2, contacts_path};
	(void)state;
	for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
		struct arena *mem = arena_new();
		struct buf text = {0};
		buf_text(&text, "From: ");
		for (int i = 0; i < 1000000; i++)
			buf_text(&text, pieces[k]);
		buf_text(&text, "\n\n");
		clock_t start = clock();
		struct verdict v = judge(&conf, INSIDE, buf_str(&text), mem);
		double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
		buf_free(&text);
		assert_int_equal(v.label, LABEL_EXTERNAL);
		arena_free(mem);
		if (seconds > 10)
			fail_msg("\"%s\" takes %.1f seconds", pieces[k], seconds);
	}
}

int main(void)
{
	static const char contacts[] = "# friends\n"
				       "friend@far.example\n"
				       "# old@far.example\n"
				       "*@club.example\r\n"
				       "a#b@hash.example\n"
				       "c@note.example # a note\n";
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_contacts, contacts_rows),
		TABLE_OF_ONE(test_off, "off"),
		TABLE_OF_ONE(test_only_once, "worked out only once"),
		TABLE_OF_ONE(test_long_from, "a From of megabytes"),
	};
	strcpy(contacts_path, "/tmp/test_tag.XXXXXX");
	int fd = mkstemp(contacts_path);
	if (fd < 0 || write(fd, contacts, sizeof contacts - 1) != sizeof contacts - 1)
		return 1;
	close(fd);
	int failed = table_run("tag", tables, sizeof tables / sizeof *tables);
	unlink(contacts_path);
	return failed;
}
