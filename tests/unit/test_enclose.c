/*
 * enclose and replace: every byte of the message is in the result, a NUL too, and the boundary is
 * nowhere in it.
 */
#include "base/buf.h"
#include "filters/sieve/builtin.h"
#include "tests/unit/table.h"

#include <string.h>

#define HEADER "From: a@b.test\nSubject: x\n\n"

static struct str repeated_boundaries(struct arena *mem)
{
	struct buf b = {0};
	buf_text(&b, HEADER);
	for (unsigned i = 1; i <= 40000; i++)
		buf_fmt(&b, "--=_mda_enclosed_%u\n", i);
	struct str s = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return s;
}

/* The body that the one action of SCRIPT gives the message. */
static struct str body_of(const char *script, struct str message, struct arena *mem)
{
	struct err err;
	struct sv_errors errors = {0};
	struct message *msg = message_borrow(message, &err);
	struct envelope env = {.sender = STR_LIT("a@b.test"), .recipient = STR_LIT("c@d.test")};
	struct sv_input input = {.msg = msg, .env = &env};
	struct sv_result result = {0};
	struct sv_script *s =
		builtin_engine.compile(STR_LIT("t"), str_of(script), NULL, mem, &errors);
	assert_non_null(s);
	assert_non_null(msg);
	assert_int_equal(builtin_engine.run(s, &input, mem, &result, &err), 0);
	message_free(msg);
	assert_non_null(result.keep.changes);
	assert_non_null(result.keep.changes->body);
	return *result.keep.changes->body;
}

static bool holds(struct str text, struct str piece)
{
	return memmem(text.p, text.n, piece.p, piece.n) != NULL;
}

static const struct row {
	const char *name;
	struct str message;
} rows[] = {
	{"plain", STR_LIT(HEADER "hello\n")},
	{"empty", STR_LIT(HEADER)},
	{"no line end", STR_LIT(HEADER "hello")},
	{"a NUL in the body", STR_LIT(HEADER "before\0after\nlast line\n")},
	{"a NUL in the header", STR_LIT("From: a@b.test\nSubject: x\0y\n\nhello\n")},
	{"every boundary that was ever ours", {NULL, 0}},
};

static void test_enclosed(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str message = row->message.p ? row->message : repeated_boundaries(mem);
	struct str body = body_of("require \"enclose\"; enclose \"warning\";", message, mem);
	assert_true(holds(body, message));
	assert_true(holds(body, STR_LIT("\n\nwarning\n\n--=_mda_")));
	/* The first line is the delimiter: it occurs as often as we wrote it. */
	struct str delimiter = str_slice(body, 0, str_find(body, '\n'));
	assert_false(holds(message, str_slice(delimiter, 2, delimiter.n)));
	arena_free(mem);
}

/* The boundary is of the message and of the text: an author who knows one has none for another. */
static void test_boundary(void **state)
{
	static const char *const scripts[] = {
		"require \"enclose\"; enclose \"a\";", "require \"enclose\"; enclose \"b\";"};
	static const struct str messages[] = {STR_LIT(HEADER "1\n"), STR_LIT(HEADER "2\n")};
	struct arena *mem = arena_new();
	struct str first[4];
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct str body = body_of(scripts[i / 2], messages[i % 2], mem);
		first[i] = str_slice(body, 0, str_find(body, '\n'));
		for (size_t k = 0; k < i; k++)
			assert_false(str_eq(first[i], first[k]));
	}
	arena_free(mem);
}

/* Text with a NUL that a script wrote. */
static void test_text(void **state)
{
	struct arena *mem = arena_new();
	(void)state;
	struct str body = body_of("require [\"encoded-character\",\"replace\"];"
				  "replace \"before${hex:00}after\";",
		STR_LIT(HEADER "old\n"), mem);
	assert_true(holds(body, STR_LIT("before\0after\n")));
	body = body_of("require [\"encoded-character\",\"enclose\"];"
		       "enclose \"before${hex:00}after\";",
		STR_LIT(HEADER "old\n"), mem);
	assert_true(holds(body, STR_LIT("before\0after\n")));
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_enclosed, rows),
		TABLE_OF_ONE(test_boundary, "another text or message has another boundary"),
		TABLE_OF_ONE(test_text, "a NUL in the text of the script"),
	};
	return table_run("enclose", tables, sizeof tables / sizeof *tables);
}
