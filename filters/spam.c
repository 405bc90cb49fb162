#include "filters/spam.h"

#include "mda/base/wild.h"

#include <stdlib.h>

/* Takes a decimal number off the start of *REST, behind blanks. Not all that strtod() knows is one: no hex, no "inf". */
static bool take_number(struct str *rest, double *value)
{
	char digits[32];
	size_t n = 0;
	*rest = str_trim(*rest);
	while (n < rest->n && n + 1 < sizeof digits &&
		(ascii_isdigit(rest->p[n]) || str_find(STR_LIT("+-."), rest->p[n]) < 3)) {
		digits[n] = rest->p[n];
		n++;
	}
	digits[n] = '\0';
	char *end;
	*value = strtod(digits, &end);
	*rest = str_slice(*rest, (size_t)(end - digits), rest->n);
	return end != digits;
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
		struct str number = str_slice(text, more + 2, text.n);
		return take_number(&number, &rule->limit) && number.n == 0;
	}
	rule->pattern = str_trim(str_slice(text, colon + 1, text.n));
	*why = "a spam header rule reads \"Name: value\" or \"Name >= number\"";
	return rule->pattern.n > 0;
}

/* PATTERN is the rule's in lower case. */
static bool rule_matches(
	const struct spam_rule *rule, struct str pattern, struct str value, struct arena *mem)
{
	double score;
	if (rule->is_score)
		return take_number(&value, &score) && score >= rule->limit;
	return wild_match(pattern, arena_lower(mem, value));
}

/* The first field that the rule matches; every instance is looked at, so a sender's own "No" hides nothing. */
static const struct header *find_match(
	const struct spam_rule *rule, const struct message *msg, struct arena *mem)
{
	struct arena *scratch = arena_new(); /* for copies of what may be megabytes */
	struct str pattern = arena_lower(mem, rule->pattern);
	size_t at = 0;
	const struct header *h;
	while ((h = message_next(msg, rule->name, &at)))
		if (rule_matches(rule, pattern, header_text(h, scratch), scratch))
			break;
	arena_free(scratch);
	return h;
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
		struct header start = {.value = str_slice(str_trim(h->value), 0, 80)};
		struct str value = header_text(&start, v->mem);
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
	else if (v->spam_known)
		return;
	else if (v->listing == LISTED_ALLOW)
		set(v, SPAM_SKIPPED, v->listing_reason);
	else if (!conf->enabled)
		set(v, SPAM_UNKNOWN, reason_text("anti-spam is off"));
	else
		judge_by_header(conf, msg, v);
}

/* ---- how sure it is ---- */

/* Of one field, as a part of the rule's limit; -1: it says nothing. */
static int percent_of(const struct spam_rule *rule, const struct header *h, struct arena *mem)
{
	struct header start = *h;
	double score;
	start.value = str_slice(h->value, 0, 200);
	struct str value = header_text(&start, mem);
	if (!rule->is_score)
		return 0;
	if (!take_number(&value, &score) || rule->limit <= 0)
		return -1;
	if (score <= 0)
		return 0;
	return score >= rule->limit ? 99 : (int)(score * 100 / rule->limit);
}

int spam_percent(const struct spam_conf *conf, const struct message *msg, const struct verdict *v)
{
	int most = -1;
	if (v->spam == SPAM_YES)
		return 100;
	if (v->spam != SPAM_NO)
		return -1;
	for (size_t i = 0; i < conf->rules.count; i++) {
		const struct header *h = message_find(msg, conf->rules.items[i].name);
		int percent = h ? percent_of(&conf->rules.items[i], h, v->mem) : -1;
		if (percent > most)
			most = percent;
	}
	return most;
}
