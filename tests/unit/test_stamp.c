/* The stamp on redirected mail: which stamps are valid, which are not, and the file of keys. */
#include "base/io.h"
#include "mda/delivery/stamp.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/mda-test-stamp.XXXXXX";
static char key_path[80];

/* ---- HMAC: RFC 4231 ---- */

#define X20(byte)                                                                                  \
	byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte  \
		byte byte

static void test_vectors(void **state)
{
	static const struct {
		struct str key, text;
		const char *hex;
	} vectors[] = {
		{STR_LIT(X20("\x0b")), STR_LIT("Hi There"),
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{STR_LIT("Jefe"), STR_LIT("what do ya want for nothing?"),
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{STR_LIT(X20("\xaa")),
			STR_LIT(X20("\xdd") X20("\xdd") "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"),
			"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{STR_LIT(X20("\xaa") X20("\xaa") X20("\xaa") X20("\xaa") X20("\xaa")
				 X20("\xaa") "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"),
			STR_LIT("Test Using Larger Than Block-Size Key - Hash Key First"),
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		struct hash is = hash_hmac_plain(vectors[i].key, vectors[i].text), should;
		assert_true(hash_from_hex(str_of(vectors[i].hex), &should));
		assert_true(hash_same(&is, &should));
	}
}

static void test_parts(void **state)
{
	const struct str a[] = {STR_LIT("ab"), STR_LIT("c")}, b[] = {STR_LIT("a"), STR_LIT("bc")};
	struct hash x = hash_hmac(STR_LIT("k"), a, 2), y = hash_hmac(STR_LIT("k"), b, 2);
	(void)state;
	assert_false(hash_same(&x, &y));
}

static void test_bodies(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = {
		{"x\n", "x\r\n", true},
		{"x\n", "x", true},
		{"x\n", "x\n\n\n", true},
		{"x\n\ny\n", "x\r\n\r\ny\r\n\r\n", true},
		{"", "\n\n", true},
		{"x\n", "y\n", false},
		{"x\ny\n", "x\n\ny\n", false},
		{"x\n", "\nx\n", false},
		{"x \n", "x\n", false},
		{"", "x", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct hash a = hash_of_body(str_of(pairs[i].a)),
			    b = hash_of_body(str_of(pairs[i].b));
		if (hash_same(&a, &b) != pairs[i].same)
			fail_msg("pair %zu", i);
	}
}

/* ---- what holds ---- */

#define FROM    "From: Ann <ann@x.test>\n"
#define DATE    "Date: Mon, 2 Nov 2026 10:00:00 +0000\n"
#define ID      "Message-ID: <1@x.test>\n"
#define SUBJECT "Subject: a long\n subject\n"
#define BODY    "\nline one\n\nline two\n"

struct row {
	const char *name;
	const char *sent;      /* NULL: FROM DATE ID SUBJECT BODY */
	const char *arrived;   /* NULL: as it was sent */
	long long later;       /* seconds between the two */
	const char *from, *to; /* in the field, the first text becomes the second */
	const char *why;       /* NULL: it holds */
};

static const char other_message[] = "it is not for this message";

static const struct row rows[] = {
	{"as it was sent", .why = NULL},
	{"fields on top",
		.arrived = "Received: by mx\nReturn-Path: <a@b>\n" FROM DATE ID SUBJECT BODY},
	{"a field more at the end", .arrived = FROM DATE ID SUBJECT "X-Spam: no\n" BODY},
	{"fields in another order", .arrived = SUBJECT ID FROM DATE BODY},
	{"folded in another place", .arrived = FROM DATE ID "Subject: a\n\tlong subject\n" BODY},
	{"blank lines at the end", .arrived = FROM DATE ID SUBJECT BODY "\n\n"},
	{"without the last line end", .arrived = FROM DATE ID SUBJECT "\nline one\n\nline two"},
	{"a day later", .later = 86400},
	{"a minute early, by another clock", .later = -60},
	{"no Subject when it was sent, one now", .sent = FROM DATE ID BODY},
	{"no field at all", .sent = BODY},
	{"an MTA adds what was missing", .sent = "Subject: x\n" BODY,
		.arrived = FROM DATE ID "Subject: x\n" BODY},
	{"an empty body", .sent = FROM DATE ID SUBJECT "\n"},

	{"another From", .arrived = "From: Bob <ann@x.test>\n" DATE ID SUBJECT BODY,
		.why = other_message},
	{"a From on top", .arrived = "From: bob@x.test\n" FROM DATE ID SUBJECT BODY,
		.why = other_message},
	{"another Date", .arrived = FROM "Date: Tue, 3 Nov 2026 10:00:00 +0000\n" ID SUBJECT BODY,
		.why = other_message},
	{"another Message-ID", .arrived = FROM DATE "Message-ID: <2@x.test>\n" SUBJECT BODY,
		.why = other_message},
	{"another Subject", .arrived = FROM DATE ID "Subject: other\n" BODY, .why = other_message},
	{"without the Subject", .arrived = FROM DATE ID BODY, .why = other_message},
	{"without the From", .arrived = DATE ID SUBJECT BODY, .why = other_message},
	{"another body", .arrived = FROM DATE ID SUBJECT "\nline 1\n\nline two\n",
		.why = other_message},
	{"a line more", .arrived = FROM DATE ID SUBJECT BODY "line three\n", .why = other_message},
	{"a line less", .arrived = FROM DATE ID SUBJECT "\nline one\n", .why = other_message},
	{"six days later", .later = 6 * 86400, .why = "it is too old"},
	{"from the future", .later = -86400, .why = "it is too old"},
	{"another original recipient", .from = "o=ann", .to = "o=bob", .why = other_message},
	{"another recipient", .from = "r=carol", .to = "r=dora", .why = other_message},
	{"judged otherwise", .from = "s=spam", .to = "s=clean", .why = other_message},
	{"another time", .from = "t=17", .to = "t=18", .why = other_message},
	{"another path", .from = "p=bob", .to = "p=eve", .why = other_message},
	{"a longer path", .from = "p=bob", .to = "p=eve,bob", .why = other_message},
	{"fewer fields", .from = "h=from,date", .to = "h=from", .why = other_message},
	{"no fields", .from = "h=from,date,message-id,subject", .to = "h=", .why = other_message},
	{"fields twice", .from = "h=from", .to = "h=from,from,from,from,from,from,from,from",
		.why = other_message},
	{"a tag more", .from = "; s=", .to = "; z=1; s=", .why = other_message},
	{"another key", .from = "k=k1", .to = "k=k2", .why = other_message},
	{"no such key", .from = "k=k1", .to = "k=k9", .why = "its key is not ours"},
	{"another seal", .from = " b=", .to = " b=0", .why = "malformed"},
	{"no seal", .from = " b=", .to = " c=", .why = "malformed"},
	{"a later version", .from = "v=2", .to = "v=3", .why = "malformed"},
	{"an earlier version, whose word is another", .from = "v=2", .to = "v=1",
		.why = "malformed"},
	{"no time", .from = "t=1", .to = "t=x", .why = "malformed"},
	{"no spam state", .from = "s=spam", .to = "s=perhaps", .why = "malformed"},
	{"a broken escape", .from = "o=ann", .to = "o=%zz", .why = "malformed"},
	{"an escape that ends", .from = "x.test;\n h", .to = "x.test%4;\n h", .why = "malformed"},
	{"a path that is too long", .from = "p=", .to = "p=1,2,3,4,5,6,7,8,9,10,11,",
		.why = "malformed"},
};

static struct stamp_keys two_keys(struct arena *mem)
{
	static struct stamp_key items[2] = {{STR_LIT("k1"), {{1}}}, {STR_LIT("k2"), {{2}}}};
	(void)mem;
	return (struct stamp_keys){.items = items, .count = 2};
}

static struct str replace(struct str text, const char *from, const char *to, struct arena *mem)
{
	if (!from)
		return text;
	size_t at = str_ifind(text, str_of(from));
	if (at == text.n)
		fail_msg("there is no %s in " STR_FMT, from, STR_ARGS(text));
	struct str head = str_slice(text, 0, at), tail = str_slice(text, at + strlen(from), text.n);
	return arena_fmt(mem, STR_FMT "%s" STR_FMT, STR_ARGS(head), to, STR_ARGS(tail));
}

static const char *judge(const struct row *row, struct arena *mem)
{
	static struct str passed = STR_LIT("bob@x.test");
	const struct stamp stamp = {.original = STR_LIT("ann@x.test"),
		.recipient = STR_LIT("carol@x.test"),
		.judged = STAMP_SPAM,
		.path = {&passed, 1},
		.time = 1795000000};
	const char *sent = row->sent ? row->sent : FROM DATE ID SUBJECT BODY;
	struct stamp_keys keys = two_keys(mem);
	struct stamp_claim claim;
	struct err err;
	const char *why = NULL;
	struct message *a = message_borrow(str_of(sent), &err);
	struct message *b = message_borrow(str_of(row->arrived ? row->arrived : sent), &err);
	assert_non_null(a);
	assert_non_null(b);
	struct stamp_message m = stamp_message_of(a);
	struct str field = stamp_write(&stamp, &m, &keys.items[0], mem);
	struct str value = str_slice(field, str_find(field, ':') + 1, field.n - 1);
	value = replace(value, row->from, row->to, mem);
	m = stamp_message_of(b);
	if (!stamp_read(value, mem, &claim))
		why = "malformed";
	else if (stamp_holds(&claim, &m, &keys, stamp.time + row->later, 5 * 86400, mem, &why))
		why = NULL;
	if (!why) {
		assert_true(str_eq(claim.stamp.original, stamp.original));
		assert_true(str_eq(claim.stamp.recipient, stamp.recipient));
		assert_int_equal(claim.stamp.judged, STAMP_SPAM);
		assert_int_equal(claim.stamp.path.count, 1);
	}
	message_free(a);
	message_free(b);
	return why;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	const char *why = judge(row, mem);
	if ((why == NULL) != (row->why == NULL) || (why && strcmp(why, row->why) != 0))
		fail_msg("is \"%s\", expected \"%s\"", why ? why : "good",
			row->why ? row->why : "good");
	arena_free(mem);
}

/* ---- what each version says was judged ---- */

enum { MALFORMED = -1 };

static const struct word_row {
	const char *name, *start;
	int judged;
} word_rows[] = {
	{"clean", "v=2; k=k1; t=1; s=clean;", STAMP_CLEAN},
	{"spam", "v=2; k=k1; t=1; s=spam;", STAMP_SPAM},
	{"not judged", "v=2; k=k1; t=1; s=unjudged;", STAMP_NOT_JUDGED},
	{"a word of version 1 in version 2", "v=2; k=k1; t=1; s=no;", MALFORMED},
	{"no word", "v=2; k=k1; t=1; s=;", MALFORMED},
	{"no tag", "v=2; k=k1; t=1;", MALFORMED},
	{"two words: the first one", "v=2; k=k1; t=1; s=unjudged; s=clean;", STAMP_NOT_JUDGED},
	{"version 1: skipped, by a list of its own", "v=1; k=k1; t=1; s=skipped;",
		STAMP_NOT_JUDGED},
	{"version 1: unknown, as nobody was asked", "v=1; k=k1; t=1; s=unknown;", STAMP_NOT_JUDGED},
	{"version 1: no, perhaps before a script changed it", "v=1; k=k1; t=1; s=no;",
		STAMP_NOT_JUDGED},
	{"version 1: yes", "v=1; k=k1; t=1; s=yes;", STAMP_SPAM},
	{"version 1 with a word of version 2", "v=1; k=k1; t=1; s=clean;", MALFORMED},
	{"no version", "k=k1; t=1; s=clean;", MALFORMED},
	{"the version after another tag", "k=k1; v=2; t=1; s=clean;", MALFORMED},
};

/*
 * Sealed with our key, as an older or newer mda would: what it is worth depends on its words alone.
 */
static void test_words(void **state)
{
	const struct word_row *row = *state;
	struct arena *mem = arena_new();
	struct stamp_keys keys = two_keys(mem);
	struct stamp_message m = {.body = STR_LIT("x\n")};
	struct hash body = hash_of_body(m.body);
	struct str text = arena_fmt(mem, "%s o=ann@x.test; r=bob@x.test; p=; h=;", row->start);
	const struct str parts[] = {text, {(const char *)body.bytes, sizeof body.bytes}};
	struct hash h = hash_hmac(
		(struct str){(const char *)keys.items->secret.bytes, HASH_BYTES}, parts, 2);
	struct stamp_claim claim;
	char hex[HASH_HEX];
	const char *why = NULL;
	hash_hex(&h, hex);
	int judged = MALFORMED;
	if (stamp_read(arena_fmt(mem, STR_FMT " b=%s", STR_ARGS(text), hex), mem, &claim)) {
		assert_true(stamp_holds(&claim, &m, &keys, 1, 10, mem, &why));
		judged = (int)claim.stamp.judged;
	}
	assert_int_equal(judged, row->judged);
	arena_free(mem);
}

/* Whatever an address holds, the field is one field of printable ASCII, and comes back. */
static void test_odd_addresses(void **state)
{
	static const char *const odd[] = {"a;b@x.test", "a,b@x.test", "\"a b\"@x.test",
		"a=b%20@x.test", "j\xc3\xb6rg@x.test", "a\nX-Evil: 1\n@x.test", "", "100%@x.test",
		"a\x01@x.test"};
	struct arena *mem = arena_new();
	struct stamp_keys keys = two_keys(mem);
	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct str self = str_of(odd[i]);
		struct stamp_message m = {.body = STR_LIT("x")};
		const struct stamp s = {
			.original = self, .recipient = self, .path = {&self, 1}, .time = 1};
		struct str field = stamp_write(&s, &m, &keys.items[0], mem);
		struct stamp_claim claim;
		const char *why;
		for (size_t k = 0; k + 1 < field.n; k++) {
			unsigned char c = (unsigned char)field.p[k];
			assert_true(c == '\n' ? field.p[k + 1] == ' ' : c >= ' ' && c < 0x7f);
		}
		assert_true(stamp_read(str_slice(field, 16, field.n), mem, &claim));
		assert_true(stamp_holds(&claim, &m, &keys, 1, 10, mem, &why));
		assert_true(str_eq(claim.stamp.original, self));
		assert_int_equal(claim.stamp.path.count, self.n ? 1 : 0);
		assert_true(!self.n || str_eq(claim.stamp.path.items[0], self));
	}
	arena_free(mem);
}

static void test_hostile(void **state)
{
	struct arena *mem = arena_new();
	struct stamp_claim claim;
	size_t n = 1 << 20;
	char *p = mem_alloc(n);
	(void)state;
	memset(p, ';', n);
	assert_false(stamp_read((struct str){p, n}, mem, &claim));
	memset(p, 0, n);
	assert_false(stamp_read((struct str){p, n}, mem, &claim));
	assert_false(stamp_read((struct str){p, 100}, mem, &claim));
	assert_false(stamp_read((struct str){"", 0}, mem, &claim));
	assert_false(stamp_read(STR_LIT("v=2; b="), mem, &claim));
	assert_false(stamp_read(STR_LIT("v=2; ;;;=;= b=zz"), mem, &claim));
	free(p);
	arena_free(mem);
}

/* ---- changes of a script ---- */

static void test_changes(void **state)
{
	static struct str first = STR_LIT("Subject: new\n"), body = STR_LIT("other\n");
	static const bool cut[] = {false, false, false, true};
	const struct changes c = {.removed = cut, .first = {&first, 1}, .body = &body};
	struct err err;
	struct message *msg = message_borrow(STR_LIT(FROM DATE ID SUBJECT BODY), &err);
	(void)state;
	struct stamp_message m = stamp_message_sent(msg, NULL, &c);
	assert_true(str_eq(str_trim(m.fields[3]), STR_LIT("new")));
	assert_true(str_eq(m.body, body));
	assert_true(m.has[0]);
	message_free(msg);
}

/* ---- the key file ---- */

struct file_row {
	const char *name, *text;
	mode_t mode;
	int count; /* -1: refused */
};

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16

static const struct file_row file_rows[] = {
	{"one key", "a1 " HEX64 "\n", 0600, 1},
	{"two keys, comments", "# new\na1 " HEX64 "\n\n# old\nb2\t" HEX64 "\n", 0600, 2},
	{"only for reading", "a1 " HEX64 "\n", 0400, 1},
	{"readable for the group", "a1 " HEX64 "\n", 0640, -1},
	{"readable for all", "a1 " HEX64 "\n", 0644, -1},
	{"empty", "", 0600, -1},
	{"only comments", "# nothing\n", 0600, -1},
	{"a key that is too short", "a1 " HEX16 "\n", 0600, -1},
	{"a key that is too long", "a1 " HEX64 "00\n", 0600, -1},
	{"a key with other letters", "a1 g" HEX16 HEX16 HEX16 "123456789abcdef\n", 0600, -1},
	{"a word more", "a1 " HEX64 " x\n", 0600, -1},
	{"no id", HEX64 "\n", 0600, -1},
	{"an id that ends a tag", "a;1 " HEX64 "\n", 0600, -1},
	{"a good line and a bad one", "a1 " HEX64 "\nnonsense\n", 0600, -1},
};

static void test_file(void **state)
{
	const struct file_row *row = *state;
	struct arena *mem = arena_new();
	struct stamp_keys keys;
	struct err err;
	assert_int_equal(io_replace_file(key_path, str_of(row->text), 0600, &err), 0);
	assert_int_equal(chmod(key_path, row->mode), 0);
	int r = stamp_key_read(key_path, true, &keys, &err);
	assert_int_equal(r == 0 ? (int)keys.count : -1, row->count);
	unlink(key_path);
	arena_free(mem);
}

static void test_made(void **state)
{
	struct arena *mem = arena_new();
	struct stamp_keys a, b;
	struct stat st;
	struct err err;
	(void)state;
	assert_int_equal(stamp_key_read(key_path, false, &a, &err), -1);
	assert_int_equal(stamp_key_read(key_path, true, &a, &err), 0);
	assert_int_equal(stat(key_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(stamp_key_read(key_path, true, &b, &err), 0);
	assert_true(str_eq(a.items[0].id, b.items[0].id));
	assert_true(hash_same(&a.items[0].secret, &b.items[0].secret));
	unlink(key_path);
	arena_free(mem);
}

/* Those that make it at once agree on one key: each leaves what it read in a file of its own. */
static void test_at_once(void **state)
{
	enum { MANY = 16 };
	char path[100], first[HASH_HEX] = "", hex[HASH_HEX];
	(void)state;
	for (int i = 0; i < MANY; i++) {
		if (fork() != 0)
			continue;
		struct stamp_keys keys;
		struct err err;
		if (stamp_key_read(key_path, true, &keys, &err) < 0)
			_exit(1);
		snprintf(path, sizeof path, "%s/%d", dir, i);
		hash_hex(&keys.items[0].secret, hex);
		_exit(io_replace_file(path, str_of(hex), 0600, &err) < 0);
	}
	int status;
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	for (int i = 0; i < MANY; i++) {
		FILE *f;
		snprintf(path, sizeof path, "%s/%d", dir, i);
		f = fopen(path, "r");
		assert_non_null(f);
		assert_int_equal(fread(hex, 1, HASH_HEX - 1, f), HASH_HEX - 1);
		hex[HASH_HEX - 1] = '\0';
		fclose(f);
		unlink(path);
		if (i == 0)
			memcpy(first, hex, sizeof first);
		assert_string_equal(first, hex);
	}
	unlink(key_path);
}

static void test_no_directory(void **state)
{
	struct arena *mem = arena_new();
	struct stamp_keys keys;
	struct err err;
	(void)state;
	assert_int_equal(stamp_key_read("/nowhere/at/all/key", true, &keys, &err), -1);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_words, word_rows),
		TABLE(test_file, file_rows),
		TABLE_OF_ONE(test_vectors, "HMAC-SHA-256: the vectors of RFC 4231"),
		TABLE_OF_ONE(test_parts, "parts are told apart"),
		TABLE_OF_ONE(test_bodies, "which bodies are the same"),
		TABLE_OF_ONE(test_odd_addresses, "odd addresses"),
		TABLE_OF_ONE(test_hostile, "hostile fields"),
		TABLE_OF_ONE(test_changes, "a message that a script changed"),
		TABLE_OF_ONE(test_made, "the key is made once"),
		TABLE_OF_ONE(test_at_once, "sixteen make it at once"),
		TABLE_OF_ONE(test_no_directory, "no directory for it"),
	};
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	snprintf(key_path, sizeof key_path, "%s/key", dir);
	int failed = table_run("stamp", tables, sizeof tables / sizeof *tables);
	if (rmdir(dir) < 0)
		perror(dir);
	return failed;
}
