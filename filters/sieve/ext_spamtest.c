/* spamtest, spamtestplus, virustest (RFC 5235): what the scanners said, as a number. */
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

enum { OF_PERCENT = 100, OF_SPAM = 10, OF_VIRUS = 5 };

static int scanned(const struct sv_run *run, enum sv_scan scan)
{
	const struct sv_host *host = run->host;
	return host && host->scanned ? host->scanned(host->context, scan) : -1;
}

/* 0: it was not scanned; 1: surely clean; MOST: surely not; between them, anything in doubt. */
static unsigned scale(int percent, unsigned most)
{
	if (percent <= 0)
		return percent == 0;
	if (percent >= OF_PERCENT)
		return most;
	return 2 + (unsigned)(percent - 1) * (most - 2) / (OF_PERCENT - 1);
}

/* *VALUE is 0 when the message was not scanned; then that is false. */
static bool find_value(const struct sv_run *run, enum sv_scan scan, bool percent, unsigned *value)
{
	const struct sv_host *host = run->host;
	int scored = host && host->scored ? host->scored(host->context, scan, percent) : -1;
	int part = scored < 0 ? scanned(run, scan) : -1;
	if (scored >= 0)
		*value = (unsigned)scored;
	else if (percent)
		*value = part < 0 ? 0 : (unsigned)part;
	else
		*value = scale(part, scan == SV_SCAN_VIRUS ? OF_VIRUS : OF_SPAM);
	return scored > 0 || part >= 0;
}

static int match_scan(struct sv_run *run, const struct sv_node *node, enum sv_scan scan)
{
	unsigned value;
	bool is_scanned = find_value(run, scan, run_tag(node, ":percent") != NULL, &value);
	struct match m;
	if (match_start(&m, run, node) < 0)
		return -1;
	m.source = str_of(node->word->name);
	if (!is_scanned)
		run_note(run, node, "the message was not scanned");
	/* Only what was scanned can be counted (section 2.2). */
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

const struct sv_ext sv_ext_spamtest = {.name = "spamtest", .rfc = "RFC 5235", .words = spam_words};
const struct sv_ext sv_ext_spamtestplus = {
	.name = "spamtestplus", .rfc = "RFC 5235", .implies = "spamtest", .tags = plus_tags};
const struct sv_ext sv_ext_virustest = {
	.name = "virustest", .rfc = "RFC 5235", .words = virus_words};
