#include "filters/spam/spam.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/message.h"
#include "base/wild.h"

#include <stdlib.h>

const char *const spam_state_names[] = {
	[SPAM_UNKNOWN] = "unknown",
	[SPAM_NO] = "no",
	[SPAM_YES] = "yes",
	[SPAM_SKIPPED] = "skipped",
};

/*
 * Takes a decimal number, and the blanks before it, off *REST. Unlike strtod(), it accepts no
 * hexadecimal numbers and no "inf".
 */
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

bool spam_parse_rule(struct str text, struct spam_rule *rule, const char **why)
{
	size_t colon = str_find(text, ':');
	size_t more = str_ifind(text, STR_LIT(">="));
	*rule = (struct spam_rule){.text = text, .is_score = more < colon};
	rule->name = str_trim(str_slice(text, 0, rule->is_score ? more : colon));
	if (!message_is_name(rule->name)) {
		*why = "a spam header rule must start with the name of a header field";
		return false;
	}
	if (rule->is_score) {
		*why = "write a number after >=, as in \"X-Spam-Score >= 10\"";
		struct str number = str_slice(text, more + 2, text.n);
		return take_number(&number, &rule->limit) && number.n == 0;
	}
	rule->pattern = str_trim(str_slice(text, colon + 1, text.n));
	*why = "a pattern has at most 320 characters";
	if (rule->pattern.n > LIMIT_PATTERN)
		return false;
	*why = "write a spam header rule as \"Name: value\" or \"Name >= number\"";
	return rule->pattern.n > 0;
}

/* PATTERN is the rule's pattern in lower case. */
static bool rule_matches(
	const struct spam_rule *rule, struct str pattern, struct str value, struct arena *mem)
{
	double score;
	if (rule->is_score)
		return take_number(&value, &score) && score >= rule->limit;
	return wild_match(pattern, arena_lower(mem, value));
}

/*
 * The first field that the rule matches. Every field with that name is looked at, so a "No" that
 * the sender wrote hides nothing.
 */
static const struct header *find_match(
	const struct spam_rule *rule, const struct message *msg, struct arena *mem)
{
	struct arena *scratch = arena_new(); /* for copies that may have megabytes */
	struct str pattern = arena_lower(mem, rule->pattern);
	size_t at = 0;
	const struct header *h;
	while ((h = message_next(msg, rule->name, &at)))
		if (rule_matches(rule, pattern, message_header_text(h, scratch), scratch))
			break;
	arena_free(scratch);
	return h;
}

static void set(struct verdict *v, enum spam_state state, struct reason reason)
{
	v->spam.state = state;
	v->spam.reason = reason;
}

/* The first field that any rule of the configuration matches, and the rule in *BY. */
static const struct header *find_any(const struct spam_rules *rules, const struct message *msg,
	struct arena *mem, const struct spam_rule **by)
{
	const struct header *h = NULL;
	for (size_t i = 0; i < rules->count && !h; i++) {
		*by = &rules->items[i];
		h = find_match(*by, msg, mem);
	}
	return h;
}

bool spam_by_header(const struct spam_rules *rules, const struct message *msg, struct arena *mem)
{
	const struct spam_rule *by;
	return find_any(rules, msg, mem, &by);
}

/* What is to be said to people who ask why. */
static void say(struct verdict *v, enum findings_wanted level, struct str text)
{
	verdict_found(
		v, level, (struct finding){.stage = "antispam", .kind = FINDING_SAID, .why = text});
}

static void judge_by_header(
	const struct spam_conf *conf, const struct message *msg, struct verdict *v)
{
	const struct spam_rule *by = NULL;
	const struct header *h = find_any(&conf->rules, msg, v->mem, &by);
	if (h) {
		struct header start = {.value = str_slice(str_trim(h->value), 0, 80)};
		struct str value = message_header_text(&start, v->mem);
		struct str text =
			arena_fmt(v->mem, STR_FMT ": " STR_FMT, STR_ARGS(h->name), STR_ARGS(value));
		set(v, SPAM_YES, (struct reason){.text = text});
		verdict_found(v, FINDINGS_KEPT,
			(struct finding){.stage = "antispam",
				.kind = FINDING_MATCHED,
				.field = arena_str(v->mem, h->name),
				.value = value,
				.at.text = by->text,
				.why = STR_LIT("a pattern of spam_headers")});
		return;
	}
	if (v->found.wanted >= FINDINGS_ALL)
		say(v, FINDINGS_ALL,
			arena_fmt(v->mem,
				"no field matches any of the %zu patterns of spam_headers",
				conf->rules.count));
	set(v, SPAM_NO, verdict_reason_text("no spam header"));
}

/* ---- asking a server ---- */

/* A text with the scores: "rspamd 127.0.0.1: 15.2 of 15, GTUBE". */
static struct reason reason_of(const struct spam_result *r, struct arena *mem)
{
	struct str symbols = str_slice(r->symbols, 0, 200);
	struct str text = arena_fmt(mem, STR_FMT ": %.2f of %g%s" STR_FMT "%s" STR_FMT,
		STR_ARGS(r->by), r->score, r->limit, r->action.n ? ", " : "", STR_ARGS(r->action),
		symbols.n ? ", " : "", STR_ARGS(symbols));
	return (struct reason){.text = text};
}

static int ask(const struct spam_conf *conf, const struct message *msg, const struct envelope *env,
	struct arena *mem, struct spam_result *result, struct err *err)
{
	if (conf->ask)
		return conf->ask(conf->context, &conf->servers, msg, env, mem, result, err);
	return spam_servers_ask(&conf->servers, msg, env, mem, result, err);
}

static int judge_by_server(const struct spam_conf *conf, const struct message *msg,
	const struct envelope *env, struct verdict *v, struct err *err)
{
	struct err why;
	struct spam_result *r = &v->spam.scan;
	if (conf->max_size && message_bytes(msg).n > conf->max_size) {
		set(v, SPAM_UNKNOWN, verdict_reason_text("too large for the anti-spam server"));
		return 0;
	}
	if (ask(conf, msg, env, v->mem, r, &why) == 0) {
		if (conf->has_limit) {
			r->limit = conf->limit;
			r->is_spam = r->score >= conf->limit;
		}
		set(v, r->is_spam ? SPAM_YES : SPAM_NO, reason_of(r, v->mem));
		return 0;
	}
	if (conf->failure == SPAM_FAILURE_RETRY)
		return err_temp(err, "anti-spam: %s", why.text);
	verdict_note(v, "anti-spam: %s", why.text);
	set(v, SPAM_UNKNOWN, (struct reason){.text = arena_str(v->mem, str_of(why.text))});
	v->spam.scan.failed = true;
	return 0;
}

static int judge(const struct spam_conf *conf, const struct message *msg,
	const struct envelope *env, struct verdict *v, struct err *err)
{
	if (conf->kind == SPAM_BY_NOBODY)
		set(v, SPAM_UNKNOWN, verdict_reason_text("anti-spam is off"));
	else if (conf->kind == SPAM_BY_HEADERS)
		judge_by_header(conf, msg, v);
	else
		return judge_by_server(conf, msg, env, v, err);
	return 0;
}

int spam_judge(const struct spam_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v, struct err *err)
{
	if (v->lists.listing == LISTED_BLOCK) {
		set(v, SPAM_YES, v->lists.reason);
		say(v, FINDINGS_ALL, STR_LIT("blocked mail is spam: no filter is asked"));
	} else if (v->spam.by) {
		say(v, FINDINGS_KEPT, STR_LIT("it is judged already: no filter is asked"));
	} else if (v->lists.listing == LISTED_ALLOW) {
		set(v, SPAM_SKIPPED, v->lists.reason);
		v->lists.allowed_spam =
			conf->kind == SPAM_BY_HEADERS && spam_by_header(&conf->rules, msg, v->mem);
		say(v, FINDINGS_ALL, STR_LIT("the sender is allowed: no filter is asked"));
		if (v->lists.allowed_spam)
			say(v, FINDINGS_KEPT,
				STR_LIT("the header says that it is spam, but the sender is "
					"allowed"));
	} else {
		return judge(conf, msg, env, v, err);
	}
	return 0;
}

/* ---- writing the result into the message ---- */

/* Symbols are names; all other characters are left out. */
static void add_symbols(struct buf *to, struct str symbols)
{
	for (size_t i = 0; i < symbols.n && i < 500; i++) {
		char c = symbols.p[i];
		bool is_name = ascii_isalnum(c) || c == '_' || c == ',' || c == '-' || c == '.';
		buf_byte(to, is_name ? c : '_');
	}
}

static void add_result(struct buf *to, const struct verdict *v)
{
	const struct spam_result *r = &v->spam.scan;
	if (r->has_score)
		buf_fmt(to, "; score=%.2f; limit=%g", r->score, r->limit);
	if (r->by.n)
		buf_fmt(to, "; by=" STR_FMT, STR_ARGS(r->by));
	else if (v->lists.listing == LISTED_BLOCK)
		buf_text(to, "; by=list");
	else if (v->spam.state == SPAM_YES)
		buf_fmt(to, "; by=%s", v->spam.by ? v->spam.by : "headers");
	if (r->symbols.n) {
		buf_text(to, "; symbols=");
		add_symbols(to, r->symbols);
	}
}

void spam_write(struct verdict *v)
{
	struct buf b = {0};
	if (v->spam.state != SPAM_YES && !v->spam.scan.by.n && !v->spam.scan.failed)
		return;
	/* The field does not say who skipped the check: it is not spam. */
	buf_text(&b, spam_state_names[v->spam.state == SPAM_SKIPPED ? SPAM_NO : v->spam.state]);
	add_result(&b, v);
	verdict_add_field(v, STR_LIT("X-Mda-Spam"), buf_str(&b));
	buf_free(&b);
}

/* ---- how sure it is ---- */

static int percent_of_score(double score, double limit)
{
	if (limit <= 0)
		return -1;
	if (score <= 0)
		return 0;
	return score >= limit ? 99 : (int)(score * 100 / limit);
}

/* From one field, in percent of the rule's limit; -1: unknown. */
static int percent_of(const struct spam_rule *rule, const struct header *h, struct arena *mem)
{
	struct header start = *h;
	double score;
	start.value = str_slice(h->value, 0, 200);
	struct str value = message_header_text(&start, mem);
	if (!rule->is_score)
		return 0;
	return take_number(&value, &score) ? percent_of_score(score, rule->limit) : -1;
}

int spam_percent(const struct spam_conf *conf, const struct message *msg, const struct verdict *v)
{
	int most = -1;
	if (v->spam.state == SPAM_YES)
		return 100;
	if (v->spam.scan.has_score && v->spam.state == SPAM_NO)
		return percent_of_score(v->spam.scan.score, v->spam.scan.limit);
	if (v->spam.state != SPAM_NO)
		return -1;
	for (size_t i = 0; i < conf->rules.count; i++) {
		const struct header *h = message_find(msg, conf->rules.items[i].name);
		int percent = h ? percent_of(&conf->rules.items[i], h, v->mem) : -1;
		if (percent > most)
			most = percent;
	}
	return most;
}
