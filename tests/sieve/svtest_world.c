#include "tests/sieve/svtest.h"

#include "base/address.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

/* ---- settings ---- */

/* Those of Dovecot that are limits of ours: each holds a number of units of its own. */
static const struct limit {
	const char *name;
	size_t offset, size;
	unsigned long long unit;
} limits[] = {
#define LIMIT(name, field, unit)                                                                   \
	{                                                                                          \
		(name), offsetof(struct sv_limits, field), sizeof(((struct sv_limits *)0)->field), \
			(unit)                                                                     \
	}
	LIMIT("sieve_max_redirects", redirects, 1),
	LIMIT("sieve_max_actions", actions, 1),
	LIMIT("sieve_max_script_size", script, 1),
	LIMIT("sieve_max_cpu_time", cpu_milliseconds, 1000),
	LIMIT("sieve_variables_max_variable_size", variable, 1),
	LIMIT("sieve_variables_max_scope_count", variables, 1),
	LIMIT("sieve_include_max_includes", included, 1),
	LIMIT("sieve_include_max_nesting_depth", include_depth, 1),
	LIMIT("sieve_editheader_max_header_size", added_bytes, 1),
	LIMIT("sieve_duplicate_max_period", tracked_seconds, 1),
#undef LIMIT
};

/* "30s", "4k", "7d": a number with a unit of its own; a bare one is in UNIT. */
static bool take_amount(struct str value, unsigned long long unit, unsigned long long *amount)
{
	static const struct {
		char letter;
		unsigned long long times;
	} units[] = {{'k', 1 << 10}, {'m', 1 << 20}, {'d', 24 * 3600}, {'h', 3600}, {'s', 1}};
	value = str_trim(value);
	if (value.n == 0)
		return false;
	char last = value.p[value.n - 1];
	unsigned long long times = 1;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].letter == last) {
			times = units[i].times;
			value.n--;
		}
	if (!str_number(value, UINT32_MAX, amount))
		return false;
	*amount *= times * unit;
	return true;
}

static void set_limit(struct svtest *t, struct str name, struct str value)
{
	static const struct sv_limits defaults = SV_LIMITS_DEFAULT;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		unsigned long long n;
		char *limit = (char *)&t->limits + limits[i].offset;
		if (!str_eq(name, str_of(limits[i].name)))
			continue;
		memcpy(limit, (const char *)&defaults + limits[i].offset, limits[i].size);
		if (!take_amount(value, limits[i].unit, &n))
			continue;
		n = n ? n : limits[i].size == sizeof(unsigned) ? UINT_MAX : SIZE_MAX;
		if (limits[i].size == sizeof(unsigned))
			*(unsigned *)(void *)limit = (unsigned)n;
		else
			memcpy(limit, &n, limits[i].size);
	}
}

static struct svtest_setting *find_setting(const struct svtest *t, struct str name)
{
	for (size_t i = 0; i < t->setting_count; i++)
		if (str_eq(t->settings[i].name, name))
			return &t->settings[i];
	return NULL;
}

/* ---- message and envelope ---- */

/* The first address of the field that can be in an envelope; empty: none. */
static struct str address_in(struct svtest *t, const char *name)
{
	const struct header *h = message_find(t->msg, str_of(name));
	struct address_list list = {0};
	if (h)
		list = address_parse_list(h->value, t->mem);
	for (size_t i = 0; i < list.count; i++)
		if (!list.items[i].invalid && list.items[i].domain.n)
			return list.items[i].spec;
	return (struct str){"", 0};
}

static struct str first_address(struct svtest *t, const char *const *names)
{
	struct str found = {"", 0};
	for (size_t i = 0; names[i] && found.n == 0; i++)
		found = address_in(t, names[i]);
	return found;
}

static void set_recipient(struct svtest *t, struct str recipient)
{
	t->env.recipient = t->env.mailbox = t->env.original_recipient = recipient;
}

void svtest_set_envelope(struct svtest *t, struct str sender, struct str recipient)
{
	t->env.sender = sender;
	set_recipient(t, recipient);
}

static void take_envelope(struct svtest *t)
{
	static const char *const from[] = {"Return-Path", "Sender", "From", NULL};
	static const char *const to[] = {"Envelope-To", "To", NULL};
	struct str sender = first_address(t, from), recipient = first_address(t, to);
	if (sender.n)
		t->env.sender = sender;
	if (recipient.n)
		set_recipient(t, recipient);
}

bool svtest_set_message(struct svtest *t, struct str bytes)
{
	struct err err;
	struct message *m = message_borrow(arena_str(t->mem, bytes), &err);
	if (!m)
		return false;
	message_free(t->msg);
	t->msg = m;
	t->input.msg = t->test_input.msg = m;
	t->is_scripts = false;
	take_envelope(t);
	return true;
}

/* In the form in which an MTA passes it; what is not an address is unchanged. */
static struct str bare(struct str text, struct arena *mem)
{
	struct address a = address_parse_envelope(text, mem);
	return a.invalid ? text : a.spec;
}

void svtest_set(struct svtest *t, struct str name, struct str value)
{
	struct svtest_setting *s = find_setting(t, name);
	if (!s)
		s = ARENA_PUSH(t->mem, t->settings, t->setting_count);
	*s = (struct svtest_setting){arena_str(t->mem, name), arena_str(t->mem, value)};
	if (str_eq(name, STR_LIT("envelope.from")))
		t->env.sender = bare(s->value, t->mem);
	else if (str_eq(name, STR_LIT("envelope.to")))
		set_recipient(t, bare(s->value, t->mem));
	else if (str_eq(name, STR_LIT("envelope.auth")))
		t->env.submitter = s->value;
	else if (str_eq(name, STR_LIT("envelope.orig_to")))
		t->env.original_recipient = bare(s->value, t->mem);
	else
		set_limit(t, name, value);
}

struct str svtest_get(const struct svtest *t, const char *name)
{
	const struct svtest_setting *s = find_setting(t, str_of(name));
	return s ? s->value : (struct str){"", 0};
}

/* ---- folders ---- */

/* "inbox.a" is below the INBOX, however that is written. */
static size_t inbox_length(struct str name)
{
	struct str inbox = STR_LIT("INBOX");
	if (!str_istarts(name, inbox))
		return 0;
	bool ends = name.n == inbox.n || name.p[inbox.n] == '.' || name.p[inbox.n] == '/';
	return ends ? inbox.n : 0;
}

bool svtest_same_folder(struct str a, struct str b)
{
	size_t n = inbox_length(a);
	return n == inbox_length(b) && str_eq(str_slice(a, n, a.n), str_slice(b, n, b.n));
}

struct svtest_box *svtest_find_box(struct svtest *t, struct str name)
{
	for (size_t i = 0; i < t->box_count; i++)
		if (!t->boxes[i].deleted && svtest_same_folder(t->boxes[i].name, name))
			return &t->boxes[i];
	return NULL;
}

struct svtest_box *svtest_make_box(struct svtest *t, struct str name)
{
	struct svtest_box *b = svtest_find_box(t, name);
	if (b)
		return b;
	b = ARENA_PUSH(t->mem, t->boxes, t->box_count);
	*b = (struct svtest_box){.name = arena_str(t->mem, name)};
	return b;
}

void svtest_put(struct svtest *t, struct svtest_box *b, struct svtest_mail mail)
{
	*(struct svtest_mail *)ARENA_PUSH(t->mem, b->messages, b->count) = mail;
}

/* ---- annotations ---- */

static struct svtest_annotation *find_annotation(
	const struct svtest *t, struct str folder, struct str name)
{
	for (size_t i = 0; i < t->annotation_count; i++)
		if (svtest_same_folder(t->annotations[i].folder, folder) &&
			str_ieq(t->annotations[i].name, name))
			return &t->annotations[i];
	return NULL;
}

void svtest_annotate(struct svtest *t, struct str folder, struct str name, struct str value)
{
	struct svtest_annotation *a = find_annotation(t, folder, name);
	if (!a)
		a = ARENA_PUSH(t->mem, t->annotations, t->annotation_count);
	*a = (struct svtest_annotation){
		arena_str(t->mem, folder), arena_str(t->mem, name), arena_str(t->mem, value)};
}

/* ---- what the engine asks ---- */

static bool folder_exists(void *context, struct str folder)
{
	return svtest_find_box(context, folder) != NULL;
}

static int annotation(
	void *context, struct str folder, struct str name, struct arena *mem, struct str *value)
{
	const struct svtest_annotation *a = find_annotation(context, folder, name);
	(void)mem;
	if (a)
		*value = a->value;
	return a != NULL;
}

/* In our name, or in Dovecot's, which starts with "sieve_". */
static struct str setting(void *context, const char *name)
{
	struct svtest *t = context;
	struct str value = svtest_get(t, name);
	return value.n ? value : svtest_get(t, arena_fmt(t->mem, "sieve_%s", name).p);
}

void svtest_world(struct svtest *t)
{
	static const struct sv_ext *const extensions[] = {&svtest_ext, NULL};
	t->limits = (struct sv_limits)SV_LIMITS_DEFAULT;
	t->host = (struct sv_host){
		.context = t,
		.limits = &t->limits,
		.folder_exists = folder_exists,
		.annotation = annotation,
		.setting = setting,
	};
	svtest_host(&t->host);
	t->test_host = t->host;
	t->test_host.extensions = extensions;
	t->test_host.limits = NULL;
	/* A script that is a part of the test may fail it. */
	t->host.extensions = extensions;
	t->input = (struct sv_input){.env = &t->env, .host = &t->host};
	t->test_input = (struct sv_input){.env = &t->env, .host = &t->test_host};
	svtest_set_message(t, STR_LIT("From: sender@example.com\nTo: user@example.com\n\n"));
	svtest_set(t, STR_LIT("recipient_delimiter"), STR_LIT("+"));
	svtest_make_box(t, STR_LIT("INBOX"));
	svtest_reset(t);
}
