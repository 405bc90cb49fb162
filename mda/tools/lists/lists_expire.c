/* mda-lists expire. */
#include "base/json.h"
#include "base/printable.h"
#include "mda/acts/acts_age.h"
#include "mda/conf/user_become.h"
#include "mda/tools/lists/lists_tool.h"

#include <unistd.h>

static int print(const struct lists_tool *tool, const struct notes *notes, struct err *err)
{
	struct buf out = {0};
	struct json json = {.to = &out};
	for (size_t i = 0; i < notes->count; i++) {
		if (tool->json) {
			json_begin_object(&json);
			json_text(&json, "expired", notes->items[i]);
			json_end_object(&json);
			json_end_line(&json);
		} else {
			printable_add(&out, notes->items[i]);
			buf_byte(&out, '\n');
		}
	}
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

static int run_expire(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	uint64_t unused;
	struct notes notes = {.mem = tool->mem};
	const struct acts acts = {.conf = tool->settings,
		.user = &tool->owner,
		.mailbox = tool->mailbox,
		.state = tool->state,
		.notes = &notes,
		.mem = tool->mem};
	if (count)
		return err_temp(
			err, "expire takes no %s: it looks at both lists of a user", words[0]);
	if (!tool->has_owner || !tool->state)
		return err_temp(err, "whose lists? Use -d USER; global lists do not expire");
	if (lists_unused(tool, &unused, err) < 0)
		return -1;
	if (unused == 0)
		unused = tool->settings->lists_expire;
	if (unused == 0)
		return err_temp(err, "lists_expire is off in mda.conf; use --unused TIME");
	if (geteuid() == 0 && user_become(&tool->owner, err) < 0)
		return -1;
	if (acts_age(&acts, (size_t)unused, tool->dry_run, err) < 0)
		return -1;
	return print(tool, &notes, err);
}

const struct lists_command lists_expire = {
	{"expire", "", "make comments of a user's entries that were not used for long", 0},
	run_expire};
