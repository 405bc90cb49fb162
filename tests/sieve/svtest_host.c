/* What the engine asks of the world, answered by what the test file has set. */
#include "tests/sieve/svtest.h"

#include "base/io.h"
#include "filters/spam/score.h"

#include <unistd.h>

static struct str setting_of(const struct svtest *t, const char *prefix, struct str key)
{
	const char *name = arena_fmt(t->mem, "%s" STR_FMT, prefix, STR_ARGS(key)).p;
	return svtest_get(t, name);
}

/* "special_use.\Junk" or "mailboxid.ID": a folder, which must exist. */
static struct str folder_find(void *context, enum sv_folder_by by, struct str key)
{
	struct svtest *t = context;
	struct str folder = setting_of(t, by == SV_BY_ID ? "mailboxid." : "special_use.", key);
	return svtest_find_box(t, folder) ? folder : (struct str){"", 0};
}

static struct str host_name(struct arena *mem)
{
	char name[256] = "";
	return gethostname(name, sizeof name - 1) < 0 ? (struct str){"", 0}
						      : arena_str(mem, str_of(name));
}

/*
 * "environment.ITEM", or what Dovecot calls so: its "sieve_env_X" is the item vnd.dovecot.config.X.
 */
static int environment(void *context, struct str item, struct arena *mem, struct str *value)
{
	static const struct {
		const char *item, *value;
	} known[] = {{"version", MDA_VERSION}, {"vnd.dovecot.default-mailbox", "INBOX"},
		{"vnd.dovecot.username", "user"}};
	struct str config = STR_LIT("vnd.dovecot.config.");
	*value = setting_of(context, "environment.", item);
	if (value->n == 0 && str_istarts(item, config))
		*value = setting_of(context, "sieve_env_", str_slice(item, config.n, item.n));
	for (size_t i = 0; i < sizeof known / sizeof *known && value->n == 0; i++)
		if (str_ieq(item, str_of(known[i].item)))
			*value = str_of(known[i].value);
	if (value->n == 0 && str_ieq(item, STR_LIT("host")))
		*value = host_name(mem);
	return value->n > 0;
}

static struct str scan_setting(const struct svtest *t, enum sv_scan scan, const char *name)
{
	const char *test = scan == SV_SCAN_SPAM ? "spamtest" : "virustest";
	return svtest_get(t, arena_fmt(t->mem, "sieve_%s_%s", test, name).p);
}

static int score_type_of(struct str word)
{
	if (str_eq(word, STR_LIT("strlen")))
		return SCORE_LENGTH;
	return str_eq(word, STR_LIT("text")) ? SCORE_TEXT : SCORE_NUMBER;
}

/* sieve_spamtest_status_header and the others. What is wrong with one leaves it out. */
static int scored(void *context, enum sv_scan scan, bool percent, const struct message *header)
{
	const struct svtest *t = context;
	struct score_conf conf = {.type = score_type_of(scan_setting(t, scan, "status_type"))};
	const char *why;
	struct str most = scan_setting(t, scan, "max_header");
	(void)score_parse_field(scan_setting(t, scan, "status_header"), &conf.from, t->mem, &why);
	(void)score_parse_most(
		most.n ? most : scan_setting(t, scan, "max_value"), &conf.most, t->mem, &why);
	for (unsigned i = 0; i <= 10; i++) {
		const char *name = arena_fmt(t->mem, "text_value%u", i).p;
		struct str text = scan_setting(t, scan, name);
		if (text.n)
			*(struct str *)ARENA_PUSH(t->mem, conf.texts.items, conf.texts.count) =
				arena_fmt(t->mem, "%u " STR_FMT, i, STR_ARGS(text));
	}
	return score_value(
		&conf, header ? header : t->msg, scan == SV_SCAN_VIRUS ? 5 : 10, percent, t->mem);
}

/* "spam.percent", "virus.percent". */
static int scanned(void *context, enum sv_scan scan)
{
	unsigned long long n;
	struct str value =
		svtest_get(context, scan == SV_SCAN_SPAM ? "spam.percent" : "virus.percent");
	return str_number(value, 100, &n) ? (int)n : -1;
}

static long long now(void *context)
{
	unsigned long long n = 0;
	str_number(svtest_get(context, "now"), 1ULL << 40, &n);
	return (long long)n;
}

static int zone(void *context, long long seconds)
{
	(void)context;
	(void)seconds;
	return 0;
}

/* included/NAME.sieve beside the test file, or included-global/NAME.sieve. */
static int read_script(void *context, enum sv_location location, struct str name, struct arena *mem,
	struct sv_source *script, struct err *err)
{
	const struct svtest *t = context;
	script->name = arena_fmt(mem, STR_FMT "/%s/" STR_FMT ".sieve", STR_ARGS(t->directory),
		location == SV_GLOBAL ? "included-global" : "included", STR_ARGS(name));
	return io_read_file(script->name.p, 1 << 20, mem, &script->text, err);
}

/* "list.NAME": its members, with blanks between. */
static int list_holds(void *context, struct str list, struct str value)
{
	struct str rest = setting_of(context, "list.", list), word;
	if (rest.n == 0)
		return -1;
	while (str_word(&rest, &word))
		if (str_ieq(word, value))
			return 1;
	return 0;
}

static bool list_items(void *context, struct str list, struct arena *mem, struct str_list *items)
{
	struct str rest = setting_of(context, "list.", list), word;
	while (str_word(&rest, &word))
		*(struct str *)ARENA_PUSH(mem, items->items, items->count) = word;
	return items->count > 0;
}

/* ---- what was seen ---- */

static int duplicate(void *context, struct str handle, struct str id)
{
	const struct svtest *t = context;
	for (size_t i = 0; i < t->seen_count; i++) {
		const struct svtest_seen *s = &t->seen[i];
		if (str_eq(s->handle, handle) && str_eq(s->id, id) && s->until > now(context))
			return 1;
	}
	return 0;
}

void svtest_remember(struct svtest *t)
{
	for (size_t i = 0; i < t->result.tracked_count; i++) {
		const struct sv_tracked *k = &t->result.tracked[i];
		*(struct svtest_seen *)ARENA_PUSH(t->mem, t->seen, t->seen_count) =
			(struct svtest_seen){k->handle, k->id, now(t) + (long long)k->seconds};
	}
}

void svtest_host(struct sv_host *host)
{
	host->folder_find = folder_find;
	host->environment = environment;
	host->scored = scored;
	host->scanned = scanned;
	host->now = now;
	host->zone = zone;
	host->read_script = read_script;
	host->list_holds = list_holds;
	host->list_items = list_items;
	host->duplicate = duplicate;
	host->run_program = svtest_run_program;
}
