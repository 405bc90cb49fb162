/* mda-lists screened and forget: whom the user has approved or blocked in the screener's folder. */
#include "base/address.h"
#include "base/date.h"
#include "base/json.h"
#include "base/printable.h"
#include "filters/label/screener_sender.h"
#include "mda/conf/user_become.h"
#include "mda/tools/lists/lists_tool.h"
#include "store/screened.h"

enum { SECONDS_OF_A_DAY = 24 * 3600 };

/* A sender who is remembered; what cannot be our own key is shown as it is. */
struct one {
	const struct screened_sender *sender;
	struct screener_key key;
	bool is_key;
};

/* ---- finding them ---- */

/* Reads the state with the rights of the mailbox's owner. */
static int read_senders(struct lists_tool *tool, struct screened_senders *all, struct err *err)
{
	if (!tool->has_owner || !tool->state)
		return err_temp(err, "whose senders? Use -d USER");
	if (user_become(&tool->owner, err) < 0)
		return -1;
	return screened_senders(tool->state, tool->mem, all, err);
}

static struct one one_of(const struct screened_sender *s)
{
	struct one one = {.sender = s};
	one.is_key = screener_sender_read(s->key, &one.key);
	if (!one.is_key)
		one.key.from = s->key;
	return one;
}

/* The address_key() of each word. -1 if one is not an address. */
static int read_words(const struct lists_tool *tool, char **words, size_t count,
	struct str_list *keys, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct address a = address_parse_envelope(str_of(words[i]), tool->mem);
		if (a.invalid || a.local.n == 0 || a.domain.n == 0)
			return err_temp(err, "%s is not an address", words[i]);
		str_list_add(keys, address_key(&a, tool->mem), tool->mem);
	}
	return 0;
}

/* ---- printing them ---- */

static const char *kind_name(const struct one *one)
{
	return one->sender->kind == SCREENED_BLOCKED ? "blocked" : "approved";
}

static struct str day_of(int64_t seconds, struct arena *mem)
{
	int64_t year;
	int month, day;
	date_from_days(seconds / SECONDS_OF_A_DAY, &year, &month, &day);
	return arena_fmt(mem, "%04lld-%02d-%02d", (long long)year, month, day);
}

static void show_text(const struct lists_tool *tool, const struct one *one, struct buf *to)
{
	printable_add(to, one->key.from);
	buf_fmt(to, "  %s on " STR_FMT, kind_name(one),
		STR_ARGS(day_of(one->sender->when, tool->mem)));
	if (one->sender->folder.n) {
		buf_text(to, ", moved to ");
		printable_add(to, one->sender->folder);
	}
	if (one->is_key && one->key.proof != SCREENER_AUTHOR) {
		buf_text(to, one->key.proof == SCREENER_ENVELOPE
				     ? "  (only when sent through "
				     : "  (not proven; only when sent from ");
		printable_add(to, one->key.through);
		buf_byte(to, ')');
	}
	buf_byte(to, '\n');
}

static void show_json(const struct one *one, struct buf *to)
{
	static const char *const proofs[] = {[SCREENER_AUTHOR] = "author",
		[SCREENER_ENVELOPE] = "envelope",
		[SCREENER_CLAIM] = "none"};
	struct json json = {.to = to};
	json_begin_object(&json);
	json_text(&json, "address", one->key.from);
	json_text(&json, "is", str_of(kind_name(one)));
	json_number(&json, "since", one->sender->when > 0 ? (uint64_t)one->sender->when : 0);
	json_text(&json, "folder", one->sender->folder);
	json_text(&json, "proof", str_of(one->is_key ? proofs[one->key.proof] : ""));
	json_text(&json, "through", one->key.through);
	json_end_object(&json);
	json_end_line(&json);
}

static void show(const struct lists_tool *tool, const struct one *one, struct buf *to)
{
	if (tool->json)
		show_json(one, to);
	else
		show_text(tool, one, to);
}

/* ---- the commands ---- */

static int run_screened(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct screened_senders all = {NULL, 0};
	struct str_list wanted = {0};
	struct buf out = {0};
	size_t shown = 0;
	if (read_words(tool, words, count, &wanted, err) < 0 || read_senders(tool, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++) {
		const struct one one = one_of(&all.items[i]);
		if (wanted.count && !str_list_has(&wanted, one.key.from))
			continue;
		show(tool, &one, &out);
		shown++;
	}
	if (shown == 0 && !tool->json)
		program_complain("%s was approved or blocked in the screener's folder",
			wanted.count ? "none of these senders" : "nobody");
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

/* Adds the keys of the sender ADDRESS, and prints them. How many there are. */
static size_t find_keys(const struct lists_tool *tool, const struct screened_senders *all,
	struct str address, struct str_list *keys, struct buf *out)
{
	size_t before = keys->count;
	for (size_t i = 0; i < all->count; i++) {
		const struct one one = one_of(&all->items[i]);
		if (!str_eq(one.key.from, address))
			continue;
		str_list_add(keys, one.sender->key, tool->mem);
		show(tool, &one, out);
	}
	return keys->count - before;
}

static int run_forget(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct screened_senders all = {NULL, 0};
	struct str_list wanted = {0}, keys = {0};
	struct buf out = {0};
	int status = 0;
	if (read_words(tool, words, count, &wanted, err) < 0 || read_senders(tool, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < wanted.count; i++)
		if (find_keys(tool, &all, wanted.items[i], &keys, &out) == 0) {
			program_complain("%s was neither approved nor blocked in the screener's "
					 "folder",
				words[i]);
			status = LISTS_WRONG;
		}
	int r = tool->dry_run ? 0 : screened_forget(tool->state, &keys, err);
	if (r == 0)
		r = program_print(&out, err);
	buf_free(&out);
	return r < 0 ? -1 : status;
}

const struct lists_command lists_screened = {
	{"screened", "[ADDRESS...]",
		"print whom the user approved or blocked in the screener's folder", 0},
	run_screened};
const struct lists_command lists_forget = {
	{"forget", "ADDRESS...", "take that back: to the screener these senders are new again", 1},
	run_forget};
