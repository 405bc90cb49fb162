/* Which folders are purged. */
#include "mda/tools/purge/purge.h"

#include "base/beneath.h"
#include "mda/conf/retention.h"
#include "store/folder.h"
#include "store/maildir.h"

#include <errno.h>

static void add(struct purge *p, struct str directory, const struct purge_rules *rules)
{
	struct purge_folder *f = ARENA_PUSH(p->mem, p->folders, p->count);
	*f = (struct purge_folder){.directory = arena_str(p->mem, directory), .rules = *rules};
	f->name = folder_name(f->directory, p->mem);
}

/* ---- folders below another ---- */

struct below {
	struct purge *p;
	struct str above; /* the name of the folder above, with a slash */
	const struct purge_rules *rules;
};

static bool take_below(void *context, const char *directory)
{
	struct below *b = context;
	struct str name = folder_name(str_of(directory), b->p->mem);
	if (str_starts(name, b->above))
		add(b->p, str_of(directory), b->rules);
	return true;
}

int purge_add(struct purge *p, struct str name, bool below, bool must_exist,
	const struct purge_rules *rules, struct err *err)
{
	struct str directory;
	if (folder_directory(name, p->mem, &directory, err) < 0)
		return -1;
	if (below) {
		struct str top = folder_name(directory, p->mem);
		struct below b = {.p = p,
			.above = arena_fmt(p->mem, STR_FMT "/", STR_ARGS(top)),
			.rules = rules};
		return maildir_walk_folders(p->root, take_below, &b, err);
	}
	if (beneath_exists(p->root, directory.n ? directory.p : ".") == 0) {
		add(p, directory, rules);
		return 0;
	}
	if (errno == ENOENT && !must_exist)
		return 0;
	return err_temp(err, "the folder " STR_FMT ": %s", STR_ARGS(name), beneath_why(errno));
}

int purge_add_retention(struct purge *p, const struct conf *conf, struct err *err)
{
	for (size_t i = 0; i < conf->retention.count; i++) {
		struct retention r;
		const char *why;
		if (!retention_read(conf->retention.items[i], &r, &why))
			return err_temp(err, "retention: %s", why);
		const struct purge_rules rules = {
			.has_unchanged = true, .unchanged = (int64_t)r.seconds};
		struct str name = str_ieq(r.folder, STR_LIT("INBOX"))
					  ? STR_EMPTY
					  : folder_with_prefix(r.folder, p->mem);
		if (purge_add(p, name, r.below, false, &rules, err) < 0)
			return -1;
	}
	return 0;
}
