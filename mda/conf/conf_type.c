#include "mda/conf/conf_type.h"

#include "base/address.h"
#include "base/address_path.h"
#include "base/limits.h"
#include "base/smtp.h"
#include "base/str_list.h"
#include "base/utf8.h"
#include "base/wild.h"
#include "filters/attachments.h"
#include "filters/engines.h"
#include "mda/conf/age.h"
#include "mda/conf/conf.h"
#include "mda/conf/conf_warning.h"
#include "mda/conf/retention.h"
#include "mda/conf/tables/table.h"
#include "mda/conf/template.h"

#include <stdint.h>

#define UNUSED __attribute__((unused))

static bool set_text(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem, const char **why UNUSED)
{
	*(struct str *)to = arena_str(mem, values->items[0]);
	return true;
}

static bool is_socket(struct str value, struct arena *mem UNUSED, const char **why UNUSED)
{
	return value.n == 0 || str_starts(value, STR_LIT("unix:/"));
}

static bool is_engine(struct str value, struct arena *mem UNUSED, const char **why UNUSED)
{
	return engines_find(value);
}

static bool is_template(struct str value, struct arena *mem UNUSED, const char **why)
{
	return template_check(value, why);
}

static bool set_list(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem, const char **why UNUSED)
{
	struct str_list list = {0};
	for (size_t i = 0; i < values->count; i++)
		str_list_add(&list, arena_str(mem, values->items[i]), mem);
	*(struct str_list *)to = list;
	return true;
}

/* Addresses and domains with wildcards, as in a list of senders. */
static bool is_sender(struct str value, struct arena *mem, const char **why)
{
	struct wild w;
	return wild_parse(value, mem, &w, why);
}

/* The same without addresses. */
static bool is_domain(struct str value, struct arena *mem, const char **why)
{
	struct wild w;
	if (!wild_parse(value, mem, &w, why))
		return false;
	if (!str_eq(w.local, STR_LIT("*")))
		*why = "this is an address";
	return !*why;
}

static bool set_switch(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true},
		{"off", false}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!str_ieq(values->items[0], str_of(words[i].word)))
			continue;
		*(bool *)to = words[i].value;
		return true;
	}
	return false;
}

/* The field is an enum without negative values, whose type is compatible with unsigned. */
_Static_assert(sizeof(enum conf_auto) == sizeof(unsigned), "an enum is as wide as an unsigned");

static bool set_choice(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	for (unsigned i = 0; choices[i]; i++) {
		if (!str_ieq(values->items[0], str_of(choices[i])))
			continue;
		*(unsigned *)to = i;
		return true;
	}
	return false;
}

/* A list of words, each one of CHOICES. */
static bool set_words(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	unsigned which;
	for (size_t i = 0; i < values->count; i++) {
		const struct str_list one = {&values->items[i], 1};
		if (!set_choice(&which, &one, choices, mem, why))
			return false;
	}
	return set_list(to, values, choices, mem, why);
}

static bool set_number(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	unsigned long long v;
	if (!str_number(values->items[0], 1000000000, &v))
		return false;
	*(size_t *)to = (size_t)v;
	return true;
}

static bool set_size(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	static const char units[] = "kmgt";
	struct str digits = values->items[0];
	unsigned shift = 0;
	unsigned long long v;
	if (digits.n && !ascii_isdigit(digits.p[digits.n - 1])) {
		size_t unit = str_find(str_of(units), ascii_lower(digits.p[digits.n - 1]));
		if (!units[unit])
			return false;
		shift = (unsigned)(unit + 1) * 10;
		digits.n--;
	}
	if (!str_number(digits, (SIZE_MAX / 2) >> shift, &v))
		return false;
	*(size_t *)to = (size_t)v << shift;
	return true;
}

/* In seconds; nothing, or zero, is off. */
static bool set_age(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	return age_read(values->items[0], to);
}

static bool is_retention(struct str value, struct arena *mem UNUSED, const char **why)
{
	struct retention r;
	return retention_read(value, &r, why);
}

/* In seconds, which need no unit. */
static bool set_period(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	enum { MOST = 10 * 366 * 86400 };
	struct str text = values->items[0];
	unsigned long long v;
	if (!str_number(text, MOST, &v))
		return text.n && age_read(text, to);
	*(size_t *)to = (size_t)v;
	return true;
}

/* A maildirsize with more than a petabyte in it is treated as damaged. */
static bool set_quota(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	struct conf_quota quota = {.source = QUOTA_OF_FILE};
	if (str_ieq(values->items[0], STR_LIT("none")))
		quota.source = QUOTA_NONE;
	else if (values->items[0].n)
		quota.source = QUOTA_SET;
	if (quota.source == QUOTA_SET && !set_size(&quota.bytes, values, choices, mem, why))
		return false;
	if (quota.bytes > (1ULL << 50)) {
		*why = "the largest quota is 1024T";
		return false;
	}
	*(struct conf_quota *)to = quota;
	return true;
}

static bool set_auto(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	bool on = false, is_auto = str_ieq(values->items[0], STR_LIT("auto"));
	if (!is_auto && !set_switch(&on, values, choices, mem, why))
		return false;
	*(enum conf_auto *)to = is_auto ? CONF_AUTO : on ? CONF_YES : CONF_NO;
	return true;
}

/* A folder that a key turns on: "yes" is the one of that name, and "no" is none. */
static bool set_folder(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	struct str name = values->items[0];
	bool on;
	if (set_switch(&on, values, choices, mem, why)) {
		*(struct str *)to = on ? STR_LIT("Screener") : STR_EMPTY;
		return true;
	}
	/* What else is wrong with a name is reported by what stores there. */
	if (name.n == 0 || str_ieq(name, STR_LIT("INBOX")) || !utf8_valid(name)) {
		*why = "it cannot be the INBOX";
		return false;
	}
	return set_text(to, values, choices, mem, why);
}

static bool is_attachment(struct str value, struct arena *mem UNUSED, const char **why)
{
	if (value.n > LIMIT_PATTERN)
		*why = "a pattern has at most 320 characters";
	return !*why && attachments_pattern_valid(value);
}

static bool set_quota_warnings(void *to, const struct str_list *values,
	const char *const *choices UNUSED, struct arena *mem, const char **why)
{
	struct conf_warnings warnings = {0};
	for (size_t i = 0; i < values->count; i++) {
		struct conf_warning *w = ARENA_PUSH(mem, warnings.items, warnings.count);
		if (!conf_warning_parse(values->items[i], mem, w, why))
			return false;
	}
	*(struct conf_warnings *)to = warnings;
	return true;
}

/* "<bounces@example.com>", "bounces@example.com", or "<>". */
static bool set_sender_address(struct conf_sender *to, struct str text, struct arena *mem)
{
	bool is_path = text.n > 1 && text.p[0] == '<' && text.p[text.n - 1] == '>';
	struct str inside = is_path ? str_slice(text, 1, text.n - 1) : text;
	struct address_list list = address_parse_list(inside, mem);
	bool is_one = list.count == 1 && !list.malformed && str_eq(list.items[0].spec, inside);
	bool is_null = is_path && inside.n == 0;
	struct str path;
	if (!is_null && !(is_one && list.items[0].domain.n && address_path(inside, mem, &path)))
		return false;
	*to = (struct conf_sender){.by = SENDER_ADDRESS, .address = arena_str(mem, inside)};
	return true;
}

static bool set_sender(void *to, const struct str_list *values, const char *const *choices,
	struct arena *mem, const char **why)
{
	static const struct {
		const char *word;
		enum sender_by by;
	} words[] = {{"original", SENDER_ORIGINAL}, {"recipient", SENDER_RECIPIENT},
		{"srs", SENDER_SRS}, {"original_recipient", SENDER_ORIGINAL_RECIPIENT}};
	unsigned choice;
	if (!set_choice(&choice, values, choices, mem, why))
		return set_sender_address(to, values->items[0], mem);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_ieq(str_of(choices[choice]), str_of(words[i].word)))
			*(struct conf_sender *)to = (struct conf_sender){.by = words[i].by};
	return true;
}

/* The words of the list, as bits. */
static bool set_shows(void *to, const struct str_list *values, const char *const *choices UNUSED,
	struct arena *mem UNUSED, const char **why UNUSED)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {{"header", TAG_HEADER}, {"keyword", TAG_KEYWORD}, {"subject", TAG_SUBJECT}};
	unsigned shows = 0;
	for (size_t i = 0; i < values->count; i++) {
		unsigned bit = 0;
		for (size_t k = 0; k < sizeof words / sizeof *words; k++)
			if (str_ieq(values->items[i], str_of(words[k].word)))
				bit = words[k].bit;
		if (bit == 0)
			return false;
		shows |= bit;
	}
	*(unsigned *)to = shows;
	return true;
}

static bool is_submission(struct str value, struct arena *mem UNUSED, const char **why UNUSED)
{
	return value.n == 0 || smtp_url_valid(value);
}

/* The other signs have a meaning in IMAP or in a shell. */
static bool may_separate(char c)
{
	return c > ' ' && c < 0x7f && !ascii_isalnum(c) && str_find(STR_LIT("&*%~\"'"), c) == 6;
}

static bool is_separator(struct str value, struct arena *mem UNUSED, const char **why UNUSED)
{
	return value.n == 0 || (value.n == 1 && may_separate(value.p[0]));
}

static bool is_prefix(struct str value, struct arena *mem UNUSED, const char **why UNUSED)
{
	return value.n == 0 || (value.n > 1 && value.n <= 100 && utf8_valid(value) &&
				       may_separate(value.p[value.n - 1]));
}

static bool is_table(struct str value, struct arena *mem UNUSED, const char **why)
{
	*why = value.n ? table_wrong_name(value) : NULL;
	return !*why;
}

const struct conf_type conf_type_separator = {
	"one character such as / or ., or \"\"", false, set_text, is_separator};
const struct conf_type conf_type_prefix = {
	"a prefix that ends in the separator, such as \"INBOX.\", or \"\"", false, set_text,
	is_prefix};
const struct conf_type conf_type_submission = {
	"a server such as smtp://127.0.0.1:25, or \"\"", false, set_text, is_submission};
const struct conf_type conf_type_table = {"the name of a table", false, set_text, is_table};
const struct conf_type conf_type_text = {"a text", false, set_text, NULL};
const struct conf_type conf_type_engine = {
	"the name of a rule engine: builtin or libsieve", false, set_text, is_engine};
const struct conf_type conf_type_path = {
	"a path, in which %u, %n, %d and %h differ by user", false, set_text, is_template};
const struct conf_type conf_type_list = {"a list such as { \"a\", \"b\" }", true, set_list, NULL};
const struct conf_type conf_type_words = {"a list of these words:", true, set_words, NULL};
const struct conf_type conf_type_paths = {
	"a list of paths such as { \"/etc/a\", \"%h/b\" }", true, set_list, is_template};
const struct conf_type conf_type_senders = {
	"a list of addresses and domains such as { \"a@example.com\", \"*.example.com\" }", true,
	set_list, is_sender};
const struct conf_type conf_type_domains = {
	"a list of domains such as { \"example.com\", \"example.*\" }", true, set_list, is_domain};
const struct conf_type conf_type_switch = {"yes or no", false, set_switch, NULL};
const struct conf_type conf_type_folder = {
	"yes, no or the name of a folder", false, set_folder, NULL};
const struct conf_type conf_type_auto = {"yes, no or auto", false, set_auto, NULL};
const struct conf_type conf_type_choice = {"one of", false, set_choice, NULL};
const struct conf_type conf_type_number = {"a whole number", false, set_number, NULL};
const struct conf_type conf_type_size = {
	"a number of bytes such as 4096, 64K, 16M or 1G", false, set_size, NULL};
const struct conf_type conf_type_age = {
	"a time such as 30d, 12h or 4w, or 0", false, set_age, NULL};
const struct conf_type conf_type_retention = {
	"a list of \"folder time\"", true, set_list, is_retention};
const struct conf_type conf_type_period = {
	"a time in seconds, or such as 5m, 12h or 2d", false, set_period, NULL};
const struct conf_type conf_type_quota = {
	"a number of bytes such as 500M or 2G, none, or \"\"", false, set_quota, NULL};
const struct conf_type conf_type_quota_warnings = {
	"a list of \"80% /path/of/program argument ...\"", true, set_quota_warnings, NULL};
const struct conf_type conf_type_socket = {
	"a Unix socket such as unix:/run/mda/after-delivery, or \"\"", false, set_text, is_socket};
const struct conf_type conf_type_attachments = {
	"a list of MIME types or file names, such as \"application/x-dosexec\", \"*.exe\"", true,
	set_list, is_attachment};
const struct conf_type conf_type_shows = {
	"a list with any of header, keyword, subject", true, set_shows, NULL};
const struct conf_type conf_type_sender = {
	"an address such as <bounces@example.com>, <> or one of", false, set_sender, NULL};
