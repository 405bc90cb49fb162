/* SRS: there and back, and what is not an address of ours. */
#include "mda/outgoing/srs.h"
#include "tests/unit/table.h"

#include <string.h>

enum { DAY = 24 * 3600 };
static const int64_t now = 1795000000;

static struct stamp_key own[2] = {{STR_LIT("a"), {{1}}}, {STR_LIT("b"), {{2}}}};
static const struct stamp_keys keys = {.items = own, .count = 2};

static const struct row {
	const char *name, *sender, *domain;
	bool good;
	const char *starts; /* of what comes out */
} rows[] = {
	{"an address", "bob@b.test", "our.test", true, "SRS0="},
	{"a local part with =", "bob=x@b.test", "our.test", true, "SRS0="},
	{"a local part with +", "bob+x@b.test", "our.test", true, "SRS0="},
	{"of our domain", "bob@our.test", "our.test", true, "bob@our.test"},
	{"of our domain, in capitals", "bob@OUR.test", "our.test", true, "bob@OUR.test"},
	{"SRS0 of another", "SRS0=abcd=tt=b.test=bob@c.test", "our.test", true, "SRS1="},
	{"SRS1 of another", "SRS1=abcdef=c.test==abcd=tt=b.test=bob@d.test", "our.test", true,
		"SRS1="},
	{"no domain", "bob", "our.test", false, "bob"},
	{"no local part", "@b.test", "our.test", false, "@b.test"},
	{"no domain of ours", "bob@b.test", "", false, "bob@b.test"},
	{"a domain with =", "x@b.test=bob", "our.test", false, "x@b.test=bob"},
	{"SRS1 of another, a domain with =", "SRS1=x=y==z@b.test=c", "our.test", false,
		"SRS1=x=y==z@b.test=c"},
	{"a local part in quotes", "\"a b\"@b.test", "our.test", false, "\"a b\"@b.test"},
	{"an address literal", "bob@[192.0.2.1]", "our.test", false, "bob@[192.0.2.1]"},
	{"a control character", "a\001b@b.test", "our.test", false, "a\001b@b.test"},
	{"too long",
		"bobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobb"
		"obbobbobbobbob"
		"bobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobbobb"
		"obbobbobbobbobbobbobbobbobbob@b.test",
		"our.test", false, "bob"},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str there, back;
	const char *why = "";
	assert_int_equal(
		srs_forward(str_of(row->sender), str_of(row->domain), &own[0], now, mem, &there),
		row->good);
	if (!str_istarts(there, str_of(row->starts)))
		fail_msg(STR_FMT, STR_ARGS(there));
	/* What we made comes back; of SRS1 the SRS0 at the other server. */
	if (row->good && strcmp(row->starts, "SRS0=") == 0) {
		assert_true(srs_reverse(there, &keys, now + 5 * DAY, mem, &back, &why));
		assert_true(str_eq(back, str_of(row->sender)));
	}
	if (row->good && strcmp(row->starts, "SRS1=") == 0) {
		assert_true(srs_reverse(there, &keys, now, mem, &back, &why));
		assert_true(str_eq(back, STR_LIT("SRS0=abcd=tt=b.test=bob@c.test")));
	}
	arena_free(mem);
}

static const struct wrong_row {
	const char *name;
	int64_t days; /* later */
	int change;   /* the byte that is changed; -1: none */
	size_t keys;
	bool lower;
	const char *why; /* NULL: it holds */
} wrong_rows[] = {
	{"back: the same day", 0, -1, 2, false, NULL},
	{"back: in small letters", 0, -1, 2, true, NULL},
	{"back: as late as can be", SRS_DAYS, -1, 2, false, NULL},
	{"back: too late", SRS_DAYS + 1, -1, 2, false, "it is too old"},
	{"back: from the future", -1, -1, 2, false, "it is too old"},
	{"back: another seal", 0, 6, 2, false, "it was not made here"},
	{"back: another domain", 0, 16, 2, false, "it was not made here"},
	{"back: the key is gone", 0, -1, 0, false, "it was not made here"},
};

static void test_wrong(void **state)
{
	const struct wrong_row *row = *state;
	struct arena *mem = arena_new();
	struct str there, back;
	const char *why = NULL;
	const struct stamp_keys some = {.items = own, .count = row->keys};
	assert_true(
		srs_forward(STR_LIT("bob@b.test"), STR_LIT("our.test"), &own[1], now, mem, &there));
	there = row->lower ? arena_lower(mem, there) : arena_str(mem, there);
	if (row->change >= 0)
		((char *)there.p)[row->change] ^= 1;
	bool good = srs_reverse(there, &some, now + row->days * DAY, mem, &back, &why);
	assert_int_equal(good, row->why == NULL);
	if (row->why)
		assert_string_equal(why, row->why);
	arena_free(mem);
}

/* What is formatted ends at a NUL; what is compared does not. */
static void test_nul(void **state)
{
	struct arena *mem = arena_new();
	struct str there, sender = STR_LIT("a\0b@b.test");
	(void)state;
	assert_false(srs_forward(sender, STR_LIT("our.test"), &own[0], now, mem, &there));
	assert_true(str_eq(there, sender));
	arena_free(mem);
}

static const char *const nonsense[] = {"", "bob@our.test", "SRS0=", "SRS0=@our.test",
	"SRS0=a@our.test", "SRS0=abcdef=@our.test", "SRS1=abcdef==@our.test", "SRS0=====@our.test",
	"SRS1=======@our.test"};

static void test_nonsense(void **state)
{
	struct arena *mem = arena_new();
	struct str back;
	const char *why;
	(void)state;
	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
		assert_false(srs_reverse(str_of(nonsense[i]), &keys, now, mem, &back, &why));
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_wrong, wrong_rows),
		TABLE_OF_ONE(test_nul, "a sender with a NUL"),
		TABLE_OF_ONE(test_nonsense, "what is no address of ours"),
	};
	return table_run("srs", tables, sizeof tables / sizeof *tables);
}
