#include "filters/spam.h"

#include "mda/base/wild.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A decimal number at the start of S, the way spam filters write scores: `12.3`, `-0.1`, `7.5 / 15`. */
static bool leading_number(struct str s, double *value)
{
	char digits[32];
	struct str word;
	s = str_trim(s);
	if (!str_word(&s, &word) || word.n >= sizeof digits)
		return false;
	snprintf(digits, sizeof digits, STR_FMT, STR_ARGS(word));
	char *end;
	double v = strtod(digits, &end);
	if (end == digits || !isfinite(v))
		return false;
	*value = v;
	return true;
}

static bool is_field_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	return name.n > 0;
}

bool spam_parse_rule(struct str text, struct spam_rule *rule, const char **why)
{
	size_t colon = str_find(text, ':');
	size_t more = str_ifind(text, STR_LIT(">="));
	*rule = (struct spam_rule){.text = text, .is_score = more < colon};
	rule->name = str_trim(str_slice(text, 0, rule->is_score ? more : colon));
	if (!is_field_name(rule->name)) {
		*why = "a spam header rule starts with the name of a header field";
		return false;
	}
	if (rule->is_score) {
		*why = "behind >= stands a number, such as in \"X-Spam-Score >= 10\"";
		return leading_number(str_slice(text, more + 2, text.n), &rule->limit);
	}
	rule->pattern = str_trim(str_slice(text, colon + 1, text.n));
	*why = "a spam header rule reads \"Name: value\" or \"Name >= number\"";
	return rule->pattern.n > 0;
}

static bool rule_matches(const struct spam_rule *rule, struct str value, struct arena *mem)
{
	double score;
	if (rule->is_score)
		return leading_number(value, &score) && score >= rule->limit;
	return wild_match(arena_lower(mem, rule->pattern), arena_lower(mem, value));
}

/* The first field that the rule matches; every instance is looked at, so a sender's own "No" hides nothing. */
static const struct header *find_match(
	const struct spam_rule *rule, const struct message *msg, struct arena *mem)
{
	size_t at = 0;
	const struct header *h;
	while ((h = message_next(msg, rule->name, &at)))
		if (rule_matches(rule, header_text(h, mem), mem))
			return h;
	return NULL;
}

static void set(struct verdict *v, enum spam_state state, struct reason reason)
{
	v->spam = state;
	v->spam_reason = reason;
}

static void judge_by_header(
	const struct spam_conf *conf, const struct message *msg, struct verdict *v)
{
	for (size_t i = 0; i < conf->rules.count; i++) {
		const struct header *h = find_match(&conf->rules.items[i], msg, v->mem);
		if (!h)
			continue;
		struct str value = str_slice(header_text(h, v->mem), 0, 80);
		struct str text =
			arena_fmt(v->mem, STR_FMT ": " STR_FMT, STR_ARGS(h->name), STR_ARGS(value));
		set(v, SPAM_YES, (struct reason){.text = text});
		return;
	}
	set(v, SPAM_NO, reason_text("no spam header"));
}

void spam_judge(const struct spam_conf *conf, const struct message *msg, struct verdict *v)
{
	if (v->listing == LISTED_BLOCK)
		set(v, SPAM_YES, v->listing_reason);
	else if (v->listing == LISTED_ALLOW)
		set(v, SPAM_SKIPPED, v->listing_reason);
	else if (!conf->enabled)
		set(v, SPAM_UNKNOWN, reason_text("anti-spam is off"));
	else
		judge_by_header(conf, msg, v);
}
