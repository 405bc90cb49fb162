/*
 * The records of deliveries, as the owner of the file may write them: what is read is within its
 * limits, can be printed, and is the same when it is written and read again.
 */
#include "mda/account/account_frame.h"
#include "mda/account/account_json.h"
#include "mda/account/account_text.h"
#include "mda/account/kept.h"
#include "tests/fuzz/fuzz.h"

static struct str json_of(const struct account *a, struct buf *text)
{
	struct json json = {.to = text};
	account_json(&json, a, STR_EMPTY);
	return buf_str(text);
}

static void check_printed(const struct account *a)
{
	struct buf text = {0};
	account_text(&text, a, (struct terminal){false, 60});
	for (size_t i = 0; i < text.n; i++)
		FUZZ_CHECK((unsigned char)text.p[i] >= ' ' || text.p[i] == '\n');
	buf_free(&text);
}

static bool visit(void *context, const struct account *a)
{
	struct arena *mem = context;
	struct account again;
	struct err err;
	struct buf frame = {0}, one = {0}, two = {0};
	check_printed(a);
	account_frame_write(&frame, a);
	FUZZ_CHECK(account_frame_read(buf_str(&frame), mem, &again, &err) == 0);
	FUZZ_CHECK(str_eq(json_of(a, &one), json_of(&again, &two)));
	buf_free(&frame);
	buf_free(&one);
	buf_free(&two);
	return true;
}

/* As a file of records, and as the frame of one, which no checksum protects. */
static void run(struct str input, struct arena *mem)
{
	struct kept_damage damage = {.places = 0};
	struct account a;
	struct err err = {.text = ""};
	FUZZ_CHECK(kept_walk_bytes(input, 0, visit, mem, &damage));
	FUZZ_CHECK(damage.places == 0 || damage.why.text[0]);
	if (account_frame_read(input, mem, &a, &err) == 0)
		(void)visit(mem, &a);
	else
		FUZZ_CHECK(err.text[0]);
}

static void seeds(struct arena *mem)
{
	struct str note = STR_LIT("a note");
	struct reason why = {STR_LIT("rules.sieve"), 3, STR_LIT("fileinto")};
	struct finding findings[] = {
		{"lists", FINDING_LOOKED, STR_LIT("From"), STR_LIT("a@b"), why, STR_LIT("because")},
		{.stage = "rules", .kind = FINDING_LOST}};
	struct account_stage stages[] = {{STR_LIT("lists"), STR_LIT("block"), why, 5}};
	struct account_action actions[] = {{STR_LIT("store"), STR_LIT("A"), STR_LIT("\\Seen"), why,
		true, false, STR_LIT("A"), STR_LIT("1.x"), 7, 8}};
	struct account_letter letters[] = {{STR_LIT("vacation"), STR_LIT("a@b"), why}};
	struct account a = {.id = STR_LIT("1a-2b"),
		.time = 1795969639000000,
		.status = STR_LIT("stored"),
		.recipient = STR_LIT("ann@a"),
		.list = STR_LIT("block"),
		.spam = STR_LIT("yes"),
		.label = STR_LIT("none"),
		.stages = stages,
		.stage_count = 1,
		.findings = findings,
		.finding_count = 2,
		.actions = actions,
		.action_count = 1,
		.letters = letters,
		.letter_count = 1,
		.unanswered = {&note, 1},
		.notes = {&note, 1},
		.error = {STR_LIT("refused"), STR_LIT("5.7.1"), STR_LIT("no")}};
	struct buf frame = {0};
	(void)mem;
	account_frame_write(&frame, &a);
	fuzz_seed(buf_str(&frame));
	buf_free(&frame);
}

static const char *const words[] = {"MDAK", "MDAF", NULL};

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 20000};
