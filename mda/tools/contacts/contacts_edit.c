/* mda-contacts add and remove: the contacts that a person names. */
#include "mda/tools/contacts/contacts_tool.h"

struct known_changes *contacts_change(struct contacts_tool *tool, struct err *err)
{
	if (contacts_open(tool, err) < 0)
		return NULL;
	if (tool->contacts.dir.n == 0) {
		err_temp(err, "mda.conf has no contacts_dir for this mailbox");
		return NULL;
	}
	return contacts_known_open(contacts_known_dir(&tool->contacts, tool->mem), err);
}

/* The words that are addresses. The others are reported, and make the exit status 1. */
static int mark_all(const struct contacts_tool *tool, char **words, size_t count,
	struct known_changes *changes, unsigned set, unsigned clear)
{
	int status = 0;
	for (size_t i = 0; i < count; i++) {
		struct str key, name = str_of(tool->name);
		struct err why;
		if (contacts_key(tool, words[i], &key, &why) == 0) {
			contacts_known_mark(changes, key, name, set, clear);
			continue;
		}
		program_complain("%s", why.text);
		status = CONTACTS_WRONG;
	}
	return status;
}

static int mark_and_commit(struct contacts_tool *tool, char **words, size_t count, unsigned set,
	unsigned clear, struct err *err)
{
	struct known_changes *changes = contacts_change(tool, err);
	if (!changes)
		return -1;
	int status = mark_all(tool, words, count, changes, set, clear);
	int r = contacts_known_commit(changes, err);
	contacts_known_close(changes);
	return r < 0 ? -1 : status;
}

/* ---- add, remove ---- */

static int run_add(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	if (tool->name && count > 1)
		return err_temp(err, "--name is for one address");
	return mark_and_commit(tool, words, count, KNOWN_ADDED, KNOWN_REMOVED, err);
}

/* The address is also in a file, which the person edits. */
static int tell_what_stays(struct contacts_tool *tool, char **words, size_t count)
{
	int status = 0;
	for (size_t i = 0; i < count; i++) {
		struct str key;
		struct contact left;
		struct verdict v;
		if (contacts_key(tool, words[i], &key, NULL) < 0)
			continue;
		verdict_init(&v, tool->mem, 0);
		contacts_find(&tool->contacts, key, &v, &left);
		if (left.kind == CONTACT_NONE)
			continue;
		struct str where = verdict_reason_where(&left.reason, tool->mem);
		program_complain("%s stays a contact: " STR_FMT, words[i], STR_ARGS(where));
		status = CONTACTS_WRONG;
	}
	return status;
}

static int run_remove(struct contacts_tool *tool, size_t count, char **words, struct err *err)
{
	int status = mark_and_commit(tool, words, count, KNOWN_REMOVED, KNOWN_ADDED, err);
	if (status < 0)
		return -1;
	int stays = tell_what_stays(tool, words, count);
	return status ? status : stays;
}

const struct contacts_command contacts_add = {
	{"add", "ADDRESS...", "add contacts: mail from them is not labelled", 1}, run_add};
const struct contacts_command contacts_remove = {
	{"remove", "ADDRESS...", "remove contacts, whatever is learned later", 1}, run_remove};
