/* The stamp on redirected mail: nobody without a key makes one that holds, and ours always do. */
#include "mda/delivery/stamp.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { NOW = 1795000000, LIFETIME = 30 * 24 * 3600 };

static const char *const words[] = {"v=2; ", "k=1f2e3d4c; ", "t=1795000000; ",
	"o=abc@example.com; ", "r=def@example.com; ", "s=clean; ", "p=abc@example.com; ",
	"h=from,date,message-id,subject; ", "b=0123456789abcdef", ",", "\n ", "=", ";",
	"From: a@b.test\n", "Subject: x\n", "\xff", NULL};

static struct stamp_key secret = {.id = STR_LIT("1f2e3d4c")};
static struct stamp_key items[1];

static struct stamp_keys keys(void)
{
	memset(secret.secret.bytes, 7, sizeof secret.secret.bytes);
	items[0] = secret;
	return (struct stamp_keys){.items = items, .count = 1};
}

static void check_forged(struct str value, const struct stamp_message *m, struct arena *mem)
{
	struct stamp_keys known = keys();
	struct stamp_claim claim;
	const char *why = NULL;
	if (stamp_read(value, mem, &claim))
		FUZZ_CHECK(!stamp_holds(&claim, m, &known, NOW, LIFETIME, mem, &why) && why);
}

static struct str value_of(struct str field)
{
	size_t colon = str_find(field, ':');
	return str_trim(str_slice(field, colon + 1, field.n));
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || strchr(";,=\x7f", s.p[i]))
			return false;
	return s.n > 0 && s.n < 300;
}

/* What we write holds with its message, and with no other recipient in it. */
static void check_ours(
	struct str original, struct str recipient, const struct stamp_message *m, struct arena *mem)
{
	struct stamp_keys known = keys();
	struct str path[] = {original};
	struct stamp s = {.original = original,
		.recipient = recipient,
		.judged = STAMP_CLEAN,
		.path = {path, 1},
		.time = NOW};
	struct str field = stamp_write(&s, m, &known.items[0], mem);
	struct stamp_claim claim;
	const char *why = NULL;
	FUZZ_CHECK(field.n && field.p[field.n - 1] == '\n');
	if (!stamp_read(value_of(field), mem, &claim)) {
		FUZZ_CHECK(!is_plain(original) || !is_plain(recipient));
		return;
	}
	FUZZ_CHECK(stamp_holds(&claim, m, &known, NOW, LIFETIME, mem, &why));
	if (is_plain(original) && is_plain(recipient))
		FUZZ_CHECK(str_eq(claim.stamp.original, original) &&
			   str_eq(claim.stamp.recipient, recipient));
	FUZZ_CHECK(!stamp_holds(&claim, m, &known, NOW + LIFETIME + 1, LIFETIME, mem, &why));
}

static void run(struct str input, struct arena *mem)
{
	struct str value = fuzz_field(&input), original = fuzz_field(&input),
		   recipient = fuzz_field(&input);
	struct err err;
	struct message *msg = message_borrow(input, &err);
	if (!msg)
		return;
	struct stamp_message m = stamp_message_of(msg);
	check_forged(value, &m, mem);
	check_ours(original, recipient, &m, mem);
	message_free(msg);
}

static void seeds(struct arena *mem)
{
	static const char rest[] = "\xff"
				   "abc@example.com\xff"
				   "def@example.com\xff"
				   "From: a@b.test\nSubject: x\n\nbody\n";
	fuzz_seed(arena_fmt(mem,
		"v=2; k=1f2e3d4c; t=1795000000; o=abc@example.com; r=def@example.com; s=no; "
		"p=abc@example.com; "
		"h=from,date,message-id,subject; b=" STR_FMT "%s",
		STR_ARGS(fuzz_repeat(mem, STR_LIT("0a"), 32)), rest));
	fuzz_seed(arena_fmt(
		mem, STR_FMT "%s", STR_ARGS(fuzz_repeat(mem, STR_LIT("p=a@b,"), 300)), rest));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 3000};
