#include "mda/conf/conf_type_spam.h"

#include "base/net.h"
#include "base/str_list.h"
#include "mda/conf/conf.h"

#define UNUSED __attribute__((unused))

/* "yes" and "no" are also accepted; they mean headers and none. */
static bool set_antispam(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	bool on;
	if (conf_type_switch.set(&on, values, NULL, mem, why)) {
		*(enum spam_kind *)to = on ? SPAM_BY_HEADERS : SPAM_BY_NOBODY;
		return true;
	}
	return conf_type_choice.set(to, values, choices, mem, why);
}

static bool set_servers(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	for (size_t i = 0; i < values->count; i++)
		if (!net_address_valid(values->items[i]))
			return false;
	return conf_type_list.set(to, values, choices, mem, why);
}

static bool set_limit(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	struct conf_limit limit = {.is_set = values->items[0].n > 0};
	if (limit.is_set && !spam_number(values->items[0], &limit.value))
		return false;
	*(struct conf_limit *)to = limit;
	return true;
}

static bool set_score_field(void *to, const struct str_list *values,
	const char *const *choices UNUSED, struct arena *mem, const char **why)
{
	struct score_field field = {0};
	struct str text = arena_str(mem, values->items[0]);
	if (text.n && !score_parse_field(text, &field, mem, why))
		return false;
	*(struct score_field *)to = field;
	return true;
}

static bool set_score_most(void *to, const struct str_list *values,
	const char *const *choices UNUSED, struct arena *mem, const char **why)
{
	return score_parse_most(arena_str(mem, values->items[0]), to, mem, why);
}

static bool set_score_texts(void *to, const struct str_list *values,
	const char *const *choices UNUSED, struct arena *mem, const char **why)
{
	struct str_list texts = {0};
	for (size_t i = 0; i < values->count; i++) {
		struct str *text = ARENA_PUSH(mem, texts.items, texts.count), rest;
		unsigned value;
		*text = arena_str(mem, values->items[i]);
		*why = "such as \"10 Yes\"";
		if (!score_parse_text(*text, &value, &rest))
			return false;
	}
	*(struct str_list *)to = texts;
	return true;
}

static bool set_spam_rules(void *to, const struct str_list *values,
	const char *const *choices UNUSED, struct arena *mem, const char **why)
{
	struct spam_rules rules = {0};
	for (size_t i = 0; i < values->count; i++) {
		struct spam_rule *rule = ARENA_PUSH(mem, rules.items, rules.count);
		if (!spam_parse_rule(arena_str(mem, values->items[i]), rule, why))
			return false;
	}
	*(struct spam_rules *)to = rules;
	return true;
}

const struct conf_type conf_type_antispam = {"one of", false, set_antispam, NULL};
const struct conf_type conf_type_servers = {
	"a list of servers: \"host:port\", \"[::1]:port\" or \"/path/of/socket\"", true,
	set_servers, NULL};
const struct conf_type conf_type_limit = {"a score such as 6.5, or \"\"", false, set_limit, NULL};
const struct conf_type conf_type_score_field = {
	"a header field, as \"Name\" or \"Name: expression\"", false, set_score_field, NULL};
const struct conf_type conf_type_score_most = {
	"a number above 0, or a header field, as \"Name\" or \"Name: expression\"", false,
	set_score_most, NULL};
const struct conf_type conf_type_score_texts = {
	"a list of \"number text\"", true, set_score_texts, NULL};
const struct conf_type conf_type_spam_rules = {
	"a list of \"Name: pattern\" or \"Name >= number\"", true, set_spam_rules, NULL};
