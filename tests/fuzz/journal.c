/*
 * The records of deliveries in progress: a damaged one is rejected, and what we write can be read.
 */
#include "store/journal.h"

#include "store/folder.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_same(const struct journal *a, const struct journal *b)
{
	FUZZ_CHECK(a->time == b->time && a->item_count == b->item_count &&
		   a->sent_count == b->sent_count);
	FUZZ_CHECK(!a->marker == !b->marker);
	for (size_t i = 0; i < a->item_count; i++)
		FUZZ_CHECK(str_eq(a->items[i].base, b->items[i].base) &&
			   a->items[i].uid == b->items[i].uid &&
			   a->items[i].shown == b->items[i].shown &&
			   memcmp(&a->items[i].written, &b->items[i].written,
				   sizeof a->items[i].written) == 0 &&
			   str_eq(a->items[i].directory, b->items[i].directory));
	for (size_t i = 0; i < a->sent_count; i++)
		FUZZ_CHECK(str_eq(a->sent[i], b->sent[i]));
}

static void check_names(const struct journal *j)
{
	for (size_t i = 0; i < j->item_count; i++)
		FUZZ_CHECK(str_find(j->items[i].base, '/') == j->items[i].base.n &&
			   folder_is_directory(j->items[i].directory));
	if (j->marker)
		FUZZ_CHECK(j->marker >= j->items && j->marker < j->items + j->item_count);
}

static void run(struct str input, struct arena *mem)
{
	struct journal j, again;
	if (!journal_decode(input, mem, &j)) {
		FUZZ_CHECK(j.item_count == 0 && j.sent_count == 0 && !j.marker);
		return;
	}
	check_names(&j);
	FUZZ_CHECK(journal_decode(journal_encode(&j, mem), mem, &again));
	check_same(&j, &again);
}

static void seeds(struct arena *mem)
{
	struct journal_item items[] = {
		{.directory = STR_LIT(""),
			.base = STR_LIT("100.M1P1.host"),
			.uid = 5,
			.uidvalidity = 100,
			.shown = true,
			.written = {.boot = "0123456789abcdef0123456789abcde",
				.device = 1,
				.inode = 9}},
		{.directory = STR_LIT(".Lists.A"),
			.base = STR_LIT("100.M1P1.host"),
			.uid = 7,
			.uidvalidity = 200}};
	struct str sent[] = {STR_LIT("redirect a@b.test"), STR_LIT("vacation x")};
	struct journal j = {.time = 1795000000,
		.items = items,
		.item_count = 2,
		.marker = &items[1],
		.sent = sent,
		.sent_count = 2};
	fuzz_seed(journal_encode(&j, mem));
	j.marker = NULL;
	j.item_count = 0;
	fuzz_seed(journal_encode(&j, mem));
}

const struct fuzz_target fuzz_target = {.run = run, .seeds = seeds, .quick_runs = 200000};
