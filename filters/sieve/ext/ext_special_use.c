/* special-use (RFC 8579) and mailboxid (RFC 9042): folders by their use and by their object ids. */
#include "filters/sieve/check.h"
#include "filters/sieve/folders.h"

struct str folders_find(const struct sv_run *run, enum sv_folder_by by, struct str key)
{
	const struct sv_host *host = run->host;
	if (!host || !host->folder_find)
		return STR_EMPTY;
	return host->folder_find(host->context, by, key);
}

int folders_prefer(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	enum sv_folder_by by, struct sv_action *action)
{
	struct str key;
	if (run_text(run, node, &t->value.strings[0], &key) < 0 || run_ask(run, node) < 0)
		return -1;
	struct str folder = folders_find(run, by, key);
	/* The copy of what is sent goes there (RFC 8580 sections 3.3 and 3.4). */
	if (folder.n && action->kind->effect == SV_ANSWERS)
		action_add_property(action, t->tag->name + 1, folder, run->mem);
	else if (folder.n)
		action->argument = folder;
	else
		run_note(run, node,
			"there is no folder \"" STR_FMT "\"; the folder of the command is used",
			STR_ARGS(key));
	return 0;
}

/* ---- special-use ---- */

/* For one folder, or for any if the name is empty. */
static bool is_used_for(const struct sv_run *run, struct str folder, struct str use)
{
	struct str found = folders_find(run, SV_BY_SPECIAL_USE, use);
	return found.n && (folder.n == 0 || str_eq(found, folder));
}

static int test_specialuse_exists(struct sv_run *run, const struct sv_node *node)
{
	struct str folder = STR_EMPTY;
	if (node->args[0] && run_text(run, node, &node->args[0]->strings[0], &folder) < 0)
		return -1;
	if (node->args[0] && !folders_exist(run, folder))
		return 0;
	for (size_t i = 0; i < node->args[1]->count; i++) {
		struct str use;
		if (run_text_now(run, node, &node->args[1]->strings[i], &use) < 0 ||
			run_ask(run, node) < 0)
			return -1;
		if (!is_used_for(run, folder, use))
			return 0;
	}
	return 1;
}

static int apply_special_use(struct sv_run *run, const struct sv_node *node,
	const struct sv_tagged *t, struct sv_action *action)
{
	return folders_prefer(run, node, t, SV_BY_SPECIAL_USE, action);
}

static void check_use(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (s->text.n < 2 || s->text.p[0] != '\\')
		check_error(c, s->place,
			"\"" STR_FMT
			"\" is not a special use; write one such as \"\\\\Junk\" (RFC 6154)",
			STR_ARGS(s->text));
}

static const struct sv_word special_use_words[] = {
	{
		.name = "specialuse_exists",
		.role = SV_TEST,
		.args = {{.type = SV_STRING, .what = "a folder", .optional = true},
			{.type = SV_STRINGS, .what = "special uses", .check = check_use}},
		.test = test_specialuse_exists,
	},
	{0},
};

static const struct sv_tag special_use_tags[] = {
	{
		.name = ":specialuse",
		.on = "fileinto",
		.group = "another way to name the folder",
		.value = {.type = SV_STRING, .what = "a special use", .check = check_use},
		.apply = apply_special_use,
	},
	{
		.name = ":specialuse",
		.on = "vacation notify",
		.needs = ":fcc",
		.group = "another way to name the folder",
		.value = {.type = SV_STRING, .what = "a special use", .check = check_use},
		.apply = apply_special_use,
	},
	{0},
};

const struct sv_ext ext_special_use = {
	.name = "special-use",
	.rfc = "RFC 8579",
	.words = special_use_words,
	.tags = special_use_tags,
};

/* ---- mailboxid ---- */

static int test_mailboxidexists(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->args[0]->count; i++) {
		struct str id;
		if (run_text(run, node, &node->args[0]->strings[i], &id) < 0)
			return -1;
		if (folders_find(run, SV_BY_ID, id).n == 0)
			return 0;
	}
	return 1;
}

static int apply_mailboxid(struct sv_run *run, const struct sv_node *node,
	const struct sv_tagged *t, struct sv_action *action)
{
	return folders_prefer(run, node, t, SV_BY_ID, action);
}

static const struct sv_word mailboxid_words[] = {
	{
		.name = "mailboxidexists",
		.role = SV_TEST,
		.args = {{.type = SV_STRINGS, .what = "object ids of folders"}},
		.test = test_mailboxidexists,
	},
	{0},
};

static const struct sv_tag mailboxid_tags[] = {
	{
		.name = ":mailboxid",
		.on = "fileinto",
		.group = "another way to name the folder",
		.value = {.type = SV_STRING, .what = "an object id"},
		.apply = apply_mailboxid,
	},
	{
		.name = ":mailboxid",
		.on = "vacation notify",
		.needs = ":fcc",
		.group = "another way to name the folder",
		.value = {.type = SV_STRING, .what = "an object id"},
		.apply = apply_mailboxid,
	},
	{0},
};

const struct sv_ext ext_mailboxid = {
	.name = "mailboxid", .rfc = "RFC 9042", .words = mailboxid_words, .tags = mailboxid_tags};
