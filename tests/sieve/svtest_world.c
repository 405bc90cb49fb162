#include "tests/sieve/svtest.h"

#include <stdint.h>
#include <string.h>

/* ---- settings ---- */

/* Those of Dovecot that are limits of ours. */
static const struct limit {
	const char *name;
	size_t offset;
} limits[] = {
	{"sieve_max_redirects", offsetof(struct sv_limits, redirects)},
	{"sieve_max_actions", offsetof(struct sv_limits, actions)},
	{"sieve_max_script_size", offsetof(struct sv_limits, script)},
};

static void set_limit(struct svtest *t, struct str name, struct str value)
{
	static const struct sv_limits defaults = SV_LIMITS_DEFAULT;
	unsigned long long n;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		if (!str_eq(name, str_of(limits[i].name)))
			continue;
		size_t *limit = (size_t *)(void *)((char *)&t->limits + limits[i].offset);
		if (str_number(value, SIZE_MAX, &n))
			*limit = n ? (size_t)n : SIZE_MAX;
		else
			memcpy(limit, (const char *)&defaults + limits[i].offset, sizeof *limit);
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

bool svtest_set_message(struct svtest *t, struct str bytes)
{
	struct err err;
	struct message *m = message_borrow(arena_str(t->mem, bytes), &err);
	if (!m)
		return false;
	message_free(t->msg);
	t->msg = m;
	t->input.msg = t->test_input.msg = m;
	return true;
}

void svtest_set(struct svtest *t, struct str name, struct str value)
{
	struct svtest_setting *s = find_setting(t, name);
	if (!s)
		s = ARENA_PUSH(t->mem, t->settings, t->setting_count);
	*s = (struct svtest_setting){arena_str(t->mem, name), arena_str(t->mem, value)};
	if (str_eq(name, STR_LIT("envelope.from")))
		t->env.sender = s->value;
	else if (str_eq(name, STR_LIT("envelope.to")))
		t->env.recipient = t->env.mailbox = s->value;
	else if (str_eq(name, STR_LIT("envelope.orig_to")))
		t->env.original_recipient = s->value;
	else
		set_limit(t, name, value);
}

struct str svtest_get(const struct svtest *t, const char *name)
{
	const struct svtest_setting *s = find_setting(t, str_of(name));
	return s ? s->value : (struct str){"", 0};
}

/* ---- folders ---- */

static bool same_folder(struct str a, struct str b)
{
	struct str inbox = STR_LIT("INBOX");
	return str_eq(a, b) || (str_ieq(a, inbox) && str_ieq(b, inbox));
}

struct svtest_box *svtest_find_box(struct svtest *t, struct str name)
{
	for (size_t i = 0; i < t->box_count; i++)
		if (!t->boxes[i].deleted && same_folder(t->boxes[i].name, name))
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

static void put(struct svtest *t, struct svtest_box *b, const struct sv_action *a)
{
	const struct sv_property *flags = sv_action_property(a, "flags");
	struct svtest_mail *m = ARENA_PUSH(t->mem, b->messages, b->count);
	m->bytes = svtest_compose(t, a->changes);
	if (flags)
		m->flags = flags->values;
}

/* ---- annotations ---- */

static struct svtest_annotation *find_annotation(
	const struct svtest *t, struct str folder, struct str name)
{
	for (size_t i = 0; i < t->annotation_count; i++)
		if (same_folder(t->annotations[i].folder, folder) &&
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

/* ---- carrying out ---- */

static struct str folder_of(const struct sv_action *a)
{
	return a->argument.n ? a->argument : STR_LIT("INBOX");
}

/* A folder that got the message already gets it no second time (RFC 5228 section 2.10.3). */
static bool is_stored(const struct svtest *t, size_t before, struct str folder)
{
	for (size_t i = 0; i < before; i++) {
		const struct sv_action *a = &t->result.actions[i];
		if (a->kind->effect == SV_STORES && same_folder(folder_of(a), folder))
			return true;
	}
	return false;
}

static void carry_out(struct svtest *t, size_t i)
{
	const struct sv_action *a = &t->result.actions[i];
	switch (a->kind->effect) {
	case SV_STORES:
		if (!is_stored(t, i, folder_of(a)))
			put(t, svtest_make_box(t, folder_of(a)), a);
		break;
	case SV_SENDS:
	case SV_REFUSES:
		put(t, &t->queue, a);
		break;
	case SV_DROPS:
	case SV_ANSWERS:
		break;
	}
}

bool svtest_execute(struct svtest *t)
{
	t->errors = (struct str_list){0};
	for (size_t i = 0; i < t->result.count; i++)
		carry_out(t, i);
	svtest_remember(t);
	if (t->result.implicit_keep && !is_stored(t, t->result.count, STR_LIT("INBOX")))
		put(t, svtest_make_box(t, STR_LIT("INBOX")), &t->result.keep);
	return true;
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

static struct str setting(void *context, const char *name)
{
	return svtest_get(context, name);
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
	t->input = (struct sv_input){.env = &t->env, .host = &t->host};
	t->test_input = (struct sv_input){.env = &t->env, .host = &t->test_host};
	svtest_set_message(t, STR_LIT("From: sender@example.com\nTo: user@example.com\n\n"));
	svtest_set(t, STR_LIT("envelope.from"), STR_LIT("sender@example.com"));
	svtest_set(t, STR_LIT("envelope.to"), STR_LIT("user@example.com"));
	svtest_set(t, STR_LIT("recipient_delimiter"), STR_LIT("+"));
	svtest_make_box(t, STR_LIT("INBOX"));
	svtest_reset(t);
}
