#include "mda/tools/lists/lists_tool.h"

#include "mda/conf/owner.h"
#include "mda/conf/tables/table.h"
#include "mda/conf/user_become.h"
#include "mda/tools/records.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- which list ---- */

enum { NOBODY = -1 };

static const struct {
	const char *name;
	size_t path; /* offset in struct conf */
	bool is_global, is_block, is_allow, is_aliases;
	int opposite; /* the row of the opposite list */
	const char *meaning;
} known[] = {
#define AT(f) offsetof(struct conf, f)
	{"allow", AT(user_allow), false, false, true, false, 1, "the senders that one user allows"},
	{"block", AT(user_block), false, true, false, false, 0,
		"the senders that this user blocks"},
	{"contacts", AT(contacts), false, false, false, false, NOBODY, "this user's contacts"},
	{"global-allow", AT(global_allow), true, false, true, false, 4,
		"the senders that the administrator allows"},
	{"global-block", AT(global_block), true, true, false, false, 3,
		"the senders that the administrator blocks"},
	{"aliases", AT(aliases), true, false, false, true, NOBODY,
		"which addresses are one mailbox; only for check and compile"},
#undef AT
};

enum { KNOWN = sizeof known / sizeof *known };

void lists_print_names(void)
{
	for (size_t i = 0; i < KNOWN; i++)
		printf("  %-14s %s\n", known[i].name, known[i].meaning);
	printf("  %-14s any other file in this form, such as ./friends\n", "PATH");
}

static int path_of(const struct lists_tool *tool, size_t row, const char **path, struct err *err)
{
	struct str template =
		*(const struct str *)(const void *)((const char *)tool->settings + known[row].path);
	if (template.n == 0)
		return err_temp(err, "mda.conf names no such list: %s", known[row].name);
	if (table_is(template))
		return err_temp(err, "%s is the table %s, which is not a file of mda's",
			known[row].name, template.p);
	return template_expand(template, &tool->owner.names, tool->mem, path, err);
}

static int fill(struct lists_tool *tool, size_t row, struct named_list *list, struct err *err)
{
	*list = (struct named_list){.name = known[row].name,
		.is_global = known[row].is_global,
		.is_block = known[row].is_block,
		.is_allow = known[row].is_allow,
		.is_aliases = known[row].is_aliases};
	if (!tool->has_owner && !list->is_global)
		return err_temp(err,
			"whose list is \"%s\"? Use -d USER, or global-%s for the administrator's",
			list->name, list->name);
	if (path_of(tool, row, &list->path, err) < 0)
		return -1;
	if (known[row].opposite != NOBODY &&
		path_of(tool, (size_t)known[row].opposite, &list->opposite, NULL) < 0)
		list->opposite = NULL;
	return 0;
}

int lists_find(struct lists_tool *tool, const char *word, struct named_list *list, struct err *err)
{
	if (strchr(word, '/')) {
		*list = (struct named_list){.name = word, .path = word};
		return 0;
	}
	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(word, known[i].name) == 0)
			return fill(tool, i, list, err);
	return err_temp(err,
		"there is no list \"%s\"; see mda-lists --help (the path of a file needs a slash)",
		word);
}

/*
 * All of the administrator's lists, and the user's if there is a user. A list that the
 * configuration turns off is left out.
 */
static void find_known(struct lists_tool *tool, struct named_list *lists, size_t *found)
{
	*found = 0;
	for (size_t i = 0; i < KNOWN; i++)
		if ((known[i].is_global || tool->has_owner) &&
			fill(tool, i, &lists[*found], NULL) == 0)
			++*found;
}

int lists_find_all(struct lists_tool *tool, size_t count, char **words, struct named_list **lists,
	size_t *found, struct err *err)
{
	*lists = arena_alloc(tool->mem, (count > KNOWN ? count : KNOWN) * sizeof **lists);
	if (count == 0)
		find_known(tool, *lists, found);
	for (size_t i = 0; i < count; i++)
		if (lists_find(tool, words[i], &(*lists)[i], err) < 0)
			return -1;
	if (count)
		*found = count;
	return 0;
}

int lists_unused(const struct lists_tool *tool, uint64_t *seconds, struct err *err)
{
	*seconds = 0;
	if (tool->unused && !records_age(str_of(tool->unused), seconds))
		return err_temp(err, "--unused must be a time such as 180d or 26w");
	return 0;
}

/* ---- whose rights ---- */

static bool is_of_mailbox(const struct lists_tool *tool, const struct named_list *list)
{
	return !list->is_global && tool->has_owner;
}

int lists_become(const struct lists_tool *tool, const struct named_list *list, struct user *account,
	struct err *err)
{
	bool own = is_of_mailbox(tool, list);
	if (geteuid() != 0)
		return !own || geteuid() == tool->owner.uid
			       ? 0
			       : err_temp(err, "you may not change the list of " STR_FMT "",
					 STR_ARGS(tool->owner.names.user));
	if (own)
		return user_become(&tool->owner, err);
	int r = owner_of_file(list->path, tool->mem, account, err);
	if (r == 0)
		return user_become(account, err);
	return r < 0 || owner_unprivileged(tool->settings, tool->mem, account, err) < 0 ? -1 : 1;
}

int lists_become_reader(const struct lists_tool *tool, const struct named_list *lists, size_t count,
	struct err *err)
{
	struct user owner;
	if (geteuid() != 0)
		return 0;
	if (tool->has_owner)
		return user_become(&tool->owner, err);
	for (size_t i = 0; i < count; i++)
		if (owner_of_file(lists[i].path, tool->mem, &owner, NULL) == 0)
			return user_become(&owner, err);
	return owner_drop(tool->settings, tool->mem, err);
}
