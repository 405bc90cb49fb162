/*
 * imap4flags (RFC 5232): the flags and keywords of what is stored. Its older draft, imapflags, is
 * the same with two more commands.
 */
#include "base/str_list.h"
#include "filters/sieve/check.h"
#include "filters/sieve/flags_order.h"
#include "filters/sieve/keywords.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"
#include "filters/sieve/variables.h"

#include <string.h>

extern const struct sv_ext ext_imap4flags;

/* ---- lists of flags ---- */

/* An atom of RFC 3501, or one after a backslash. Only the server sets \Recent. */
static bool is_flag(struct str name)
{
	bool system = name.n && name.p[0] == '\\';
	struct str atom = str_slice(name, system, name.n);
	for (size_t i = 0; i < atom.n; i++)
		if (atom.p[i] <= ' ' || atom.p[i] >= 0x7f || strchr("(){%*\"\\]", atom.p[i]))
			return false;
	return atom.n && !str_ieq(name, STR_LIT("\\Recent"));
}

static size_t find(const struct str_list *list, struct str name)
{
	size_t i = 0;
	while (i < list->count && !str_ieq(list->items[i], name))
		i++;
	return i;
}

static void add(struct str_list *list, struct str name, struct arena *mem)
{
	if (is_flag(name) && find(list, name) == list->count)
		str_list_add(list, name, mem);
}

static void take_away(struct str_list *list, struct str name, struct arena *mem)
{
	size_t at = find(list, name);
	(void)mem;
	if (at == list->count)
		return;
	list->count--;
	memmove(&list->items[at], &list->items[at + 1], (list->count - at) * sizeof *list->items);
}

/* The words of TEXT. Each is compared with all words in the list. */
static int change_words(struct sv_run *run, const struct sv_node *node, struct str text,
	struct str_list *list,
	void (*how)(struct str_list *list, struct str name, struct arena *mem))
{
	struct str word;
	if (run_charge(run, node, text.n / 4) < 0)
		return -1;
	while (str_word(&text, &word)) {
		if (run_charge(run, node, list->count) < 0)
			return -1;
		how(list, word, run->mem);
	}
	return 0;
}

/*
 * Every flag in the strings: each string may have several, separated by blanks (section 2). Invalid
 * flags are ignored.
 */
static int change(struct sv_run *run, const struct sv_node *node, const struct sv_given *given,
	struct str_list *list,
	void (*how)(struct str_list *list, struct str name, struct arena *mem))
{
	for (size_t i = 0; i < given->count; i++) {
		struct str text;
		if (run_text(run, node, &given->strings[i], &text) < 0 ||
			change_words(run, node, text, list, how) < 0)
			return -1;
	}
	return 0;
}

/* ---- the variables that hold flags ---- */

struct state {
	struct str_list flags;
};

static struct str_list *internal(struct sv_run *run)
{
	struct state *state = run_state(run, &ext_imap4flags);
	return &state->flags;
}

/*
 * The flags of an earlier script's keep apply to what this script stores, whether it requires the
 * extension or not.
 */
static void take_flags(struct sv_run *run)
{
	const struct str_list *given = &run->input->flags;
	if (given->count == 0 && !script_requires(run->script, &ext_imap4flags))
		return;
	*internal(run) = (struct str_list){0};
	for (size_t i = 0; i < given->count; i++)
		add(internal(run), given->items[i], run->mem);
}

/* The flags in a variable of the script, each once. */
static int flags_in(struct sv_run *run, const struct sv_node *node, const struct variable *v,
	struct str_list *flags)
{
	*flags = (struct str_list){0};
	return change_words(run, node, variables_get(run, v), flags, add);
}

static int put_flags(struct sv_run *run, const struct variable *v, const struct str_list *flags)
{
	struct buf text = {0};
	for (size_t i = 0; i < flags->count; i++) {
		if (i)
			buf_byte(&text, ' ');
		buf_add(&text, flags->items[i]);
	}
	int r = variables_set(run, v, arena_str(run->mem, buf_str(&text)));
	buf_free(&text);
	return r;
}

/* Changes the variable that the command names, or else the internal one. KEEP: adds to it. */
static enum sv_flow change_variable(struct sv_run *run, const struct sv_node *node, bool keep,
	void (*how)(struct str_list *list, struct str name, struct arena *mem))
{
	const struct variable *const *named = node->data;
	struct str_list flags = {0};
	if (keep && !named)
		flags = *internal(run);
	if (keep && named && flags_in(run, node, named[0], &flags) < 0)
		return SV_FAIL;
	if (change(run, node, node->args[1], &flags, how) < 0)
		return SV_FAIL;
	if (named)
		return put_flags(run, named[0], &flags) < 0 ? SV_FAIL : SV_NEXT;
	*internal(run) = flags;
	return SV_NEXT;
}

static enum sv_flow run_addflag(struct sv_run *run, const struct sv_node *node)
{
	return change_variable(run, node, true, add);
}

static enum sv_flow run_removeflag(struct sv_run *run, const struct sv_node *node)
{
	return change_variable(run, node, true, take_away);
}

static enum sv_flow run_setflag(struct sv_run *run, const struct sv_node *node)
{
	return change_variable(run, node, false, add);
}

static enum sv_flow run_mark(struct sv_run *run, const struct sv_node *node)
{
	(void)node;
	add(internal(run), STR_LIT("\\Flagged"), run->mem);
	return SV_NEXT;
}

static enum sv_flow run_unmark(struct sv_run *run, const struct sv_node *node)
{
	(void)node;
	take_away(internal(run), STR_LIT("\\Flagged"), run->mem);
	return SV_NEXT;
}

/* ---- hasflag ---- */

/* A key may contain several flags, like any list of flags. */
static int split_keys(struct sv_run *run, const struct sv_node *node, struct match *m)
{
	*m = (struct match){.run = run, .node = node, .source = STR_LIT("flags")};
	for (size_t i = 0; i < node->keys->count; i++) {
		struct str rest, word;
		if (run_text_now(run, node, &node->keys->strings[i], &rest) < 0 ||
			run_charge(run, node, rest.n / 4) < 0)
			return -1;
		while (str_word(&rest, &word)) {
			struct match_key *key = ARENA_PUSH(run->scratch, m->keys, m->key_count);
			const char *why;
			unsigned long long steps = 1;
			(void)match_prepare(key, word, node->match,
				node->comparator, /* those in the key */
				run->scratch, &steps, &why);
			if (run_charge(run, node, steps) < 0)
				return -1;
			if (why)
				run_note(run, node, "%s", why);
		}
	}
	return 0;
}

static void match_flags(struct match *m, const struct str_list *flags)
{
	for (size_t i = 0; i < flags->count && !m->result; i++)
		match_text(m, flags->items[i]);
}

static int test_hasflag(struct sv_run *run, const struct sv_node *node)
{
	const struct variable *const *named = node->data;
	struct match m;
	if (split_keys(run, node, &m) < 0)
		return -1;
	if (!named)
		match_flags(&m, internal(run));
	for (size_t i = 0; named && i < node->args[0]->count && !m.result; i++) {
		struct str_list flags;
		if (flags_in(run, node, named[i], &flags) < 0)
			return -1;
		match_flags(&m, &flags);
	}
	return match_end(&m);
}

/* ---- actions ---- */

static int apply_flags(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct sv_action *action)
{
	struct str_list flags = {0};
	if (change(run, node, &t->value, &flags, add) < 0)
		return -1;
	action_add_flags(action, &flags, run->mem);
	return 0;
}

/* Without :flags, what is stored gets the flags that the internal variable has at that moment. */
static int complete_action(struct sv_run *run, const struct sv_node *node, struct sv_action *action)
{
	if (action->kind->effect == SV_STORES && !run_tag(node, ":flags"))
		action_add_flags(action, internal(run), run->mem);
	return 0;
}

static int complete_keep(struct sv_run *run, struct sv_result *result)
{
	action_add_flags(&result->keep, internal(run), run->mem);
	return 0;
}

/* ---- the tables ---- */

/* NODE->data: the variables, one for each name; NULL: the internal one. */
static void check_variables(struct check *c, struct sv_node *node)
{
	const struct sv_given *names = node->args[0];
	if (names && !variables_are_active(c))
		check_error(c, names->place,
			"the name of a variable needs the extension \"variables\"");
	if (!names || !variables_are_active(c))
		return;
	const struct variable **bound = arena_alloc(c->mem, names->count * sizeof *bound);
	for (size_t i = 0; i < names->count; i++)
		bound[i] = variables_bind(c, &names->strings[i]);
	node->data = bound;
}

static bool is_system(struct str word)
{
	static const char *const names[] = {"Answered", "Flagged", "Deleted", "Seen", "Draft"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq(word, str_of(names[i])))
			return true;
	return false;
}

static void check_flag(struct check *c, const struct sv_string *s, struct str word)
{
	struct str name = word.p[0] == '\\' ? str_slice(word, 1, word.n) : word;
	if (!is_flag(word))
		check_warn(c, s->place, "\"" STR_FMT "\" cannot be a flag", STR_ARGS(word));
	else if (word.p[0] == '\\' && !is_system(name))
		check_warn(c, s->place,
			"IMAP has no flag \"" STR_FMT
			"\"; it has \\Answered, \\Flagged, \\Deleted, \\Seen, \\Draft, and "
			"keywords without a backslash",
			STR_ARGS(word));
	else if (word.p[0] != '\\' && is_system(name))
		check_warn(c, s->place,
			"\"" STR_FMT "\" is an ordinary keyword; for the flag, write \"\\\\" STR_FMT
			"\"",
			STR_ARGS(word), STR_ARGS(word));
}

static void check_flags(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	struct str rest = s->text, word;
	/* A key may be a pattern. */
	if (node->match && !str_eq(str_of(node->match->name), STR_LIT(":is")))
		return;
	while (str_word(&rest, &word))
		check_flag(c, s, word);
}

static void check_order(struct check *c)
{
	flags_order_check(c, &c->script->block);
}

static void check_added(struct check *c, struct sv_node *node)
{
	check_variables(c, node);
	keywords_check(c, node->args[1], true, false);
}

static void check_set(struct check *c, struct sv_node *node)
{
	check_variables(c, node);
	keywords_check(c, node->args[1], true, true);
}

/* For removeflag and hasflag. */
static void check_named(struct check *c, struct sv_node *node)
{
	check_variables(c, node);
	if (!node->match || str_eq(str_of(node->match->name), STR_LIT(":is")))
		keywords_check(c, node->args[1], false, false);
}

static void check_tagged(struct check *c, struct sv_node *node, const struct sv_tagged *t)
{
	(void)node;
	keywords_check(c, &t->value, true, true);
}

#define FLAGS                                                                                      \
	{                                                                                          \
		.type = SV_STRINGS, .what = "a list of flags", .check = check_flags                \
	}
#define VARIABLE                                                                                   \
	{                                                                                          \
		.type = SV_STRING, .what = "the name of a variable", .optional = true              \
	}

#define CHANGING(command, checked, function)                                                       \
	{                                                                                          \
		.name = (command), .role = SV_COMMAND, .args = {VARIABLE, FLAGS},                  \
		.check = (checked), .run = (function),                                             \
	}

static const struct sv_word words[] = {
	CHANGING("setflag", check_set, run_setflag),
	CHANGING("addflag", check_added, run_addflag),
	CHANGING("removeflag", check_named, run_removeflag),
	{
		.name = "hasflag",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRINGS, .what = "names of variables", .optional = true},
			{.type = SV_STRINGS,
				.what = "a list of flags",
				.keys = true,
				.check = check_flags}},
		.check = check_named,
		.test = test_hasflag,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{
		.name = ":flags",
		.on = "keep fileinto",
		.value = FLAGS,
		.check = check_tagged,
		.apply = apply_flags,
	},
	/* RFC 8580 section 3.2 */
	{
		.name = ":flags",
		.on = "vacation notify",
		.needs = ":fcc",
		.value = FLAGS,
		.check = check_tagged,
		.apply = apply_flags,
	},
	{0},
};

const struct sv_ext ext_imap4flags = {
	.name = "imap4flags",
	.rfc = "RFC 5232",
	.words = words,
	.tags = tags,
	.run_size = sizeof(struct state),
	.check_end = check_order,
	.begin = take_flags,
	.action = complete_action,
	.finish = complete_keep,
};

static const struct sv_word draft_words[] = {
	{.name = "mark", .role = SV_COMMAND, .run = run_mark},
	{.name = "unmark", .role = SV_COMMAND, .run = run_unmark},
	{0},
};

const struct sv_ext ext_imapflags = {
	.name = "imapflags",
	.rfc = "draft-melnikov-sieve-imapflags",
	.words = draft_words,
	.implies = "imap4flags",
	.warning = "\"imapflags\" is a draft of \"imap4flags\" (RFC 5232): require that instead",
};
