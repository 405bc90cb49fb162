/* spamtest, spamtestplus, virustest (RFC 5235): the scanners' results as a number. */
#include "filters/sieve/check.h"
#include "filters/sieve/edit.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

enum { OF_PERCENT = 100, OF_SPAM = 10, OF_VIRUS = 5 };

static int scanned(const struct sv_run *run, enum sv_scan scan)
{
	const struct sv_host *host = run->host;
	return host && host->scanned ? host->scanned(host->context, scan) : -1;
}

/* 0: not scanned; 1: certainly clean; MOST: certainly not; in between: in doubt. */
static unsigned scale(int percent, unsigned most)
{
	if (percent <= 0)
		return percent == 0;
	if (percent >= OF_PERCENT)
		return most;
	return 2 + (unsigned)(percent - 1) * (most - 2) / (OF_PERCENT - 1);
}

/*
 * A filter that the script ran may be the scanner, so the current header is used. -1: no field is
 * configured.
 */
static int scored(struct sv_run *run, enum sv_scan scan, bool percent, unsigned long long *steps)
{
	const struct sv_host *host = run->host;
	struct message *now = NULL;
	struct err err;
	if (!host || !host->scored)
		return -1;
	if (run->changed) {
		struct str header = edit_header(run, run->scratch);
		now = message_borrow(ARENA_JOIN(run->scratch, header, STR_LIT("\n")), &err);
		*steps += header.n;
	}
	int value = host->scored(host->context, scan, percent, now);
	message_free(now);
	return value;
}

/* *VALUE is 0 when the message was not scanned; then the test is false. */
static bool find_value(struct sv_run *run, enum sv_scan scan, bool percent, unsigned *value,
	unsigned long long *steps)
{
	int score = scored(run, scan, percent, steps);
	int part = score < 0 ? scanned(run, scan) : -1;
	if (score >= 0)
		*value = (unsigned)score;
	else if (percent)
		*value = part < 0 ? 0 : (unsigned)part;
	else
		*value = scale(part, scan == SV_SCAN_VIRUS ? OF_VIRUS : OF_SPAM);
	return score > 0 || part >= 0;
}

static int match_scan(struct sv_run *run, const struct sv_node *node, enum sv_scan scan)
{
	unsigned value;
	unsigned long long steps = 0;
	bool is_scanned = find_value(run, scan, run_tag(node, ":percent") != NULL, &value, &steps);
	struct match m;
	if (run_charge(run, node, steps) < 0)
		return -1;
	if (match_start(&m, run, node) < 0)
		return -1;
	m.source = str_of(node->word->name);
	if (!is_scanned)
		run_note(run, node, "the message was not scanned");
	/* Only a message that was scanned has a value to count (section 2.2). */
	if (is_scanned || !node->match->match_count)
		match_text(&m, arena_fmt(run->scratch, "%u", value));
	return match_end(&m);
}

static int test_spamtest(struct sv_run *run, const struct sv_node *node)
{
	return match_scan(run, node, SV_SCAN_SPAM);
}

static int test_virustest(struct sv_run *run, const struct sv_node *node)
{
	return match_scan(run, node, SV_SCAN_VIRUS);
}

#define VALUE                                                                                      \
	{                                                                                          \
		.type = SV_STRING, .what = "a number", .keys = true                                \
	}

static const struct sv_word spam_words[] = {
	{
		.name = "spamtest",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {VALUE},
		.test = test_spamtest,
	},
	{0},
};

static const struct sv_word virus_words[] = {
	{
		.name = "virustest",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {VALUE},
		.test = test_virustest,
	},
	{0},
};

static const struct sv_tag plus_tags[] = {{.name = ":percent", .on = "spamtest"}, {0}};

const struct sv_ext ext_spamtest = {.name = "spamtest", .rfc = "RFC 5235", .words = spam_words};
const struct sv_ext ext_spamtestplus = {
	.name = "spamtestplus", .rfc = "RFC 5235", .implies = "spamtest", .tags = plus_tags};
const struct sv_ext ext_virustest = {.name = "virustest", .rfc = "RFC 5235", .words = virus_words};
