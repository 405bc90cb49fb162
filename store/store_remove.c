#include "store/store_remove.h"

#include "base/beneath.h"
#include "base/verdict.h"
#include "store/base_name.h"
#include "store/maildir.h"
#include "store/state.h"
#include "store/store_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct remover {
	struct store *s;
	struct str directory;
	int folder;
	struct store_removal *items;
	size_t count;
};

static int remove_file(struct remover *r, struct store_removal *item, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", item->in_cur ? "cur" : "new",
		item->file); /* a longer one is cut and not found */
	if (beneath_unlink(r->folder, path) == 0)
		item->removed = true;
	else if (errno != ENOENT)
		return err_system(err, errno, "cannot remove %s", item->file);
	return 0;
}

static int remove_files(struct remover *r, struct err *err)
{
	for (size_t i = 0; i < r->count; i++)
		if (remove_file(r, &r->items[i], err) < 0)
			return -1;
	return 0;
}

/*
 * After they are gone: a count that is too low would not be corrected. Courier does not count what
 * is marked as deleted.
 */
static void count_removed(const struct remover *r)
{
	struct quota_amount sum = {0, 0};
	for (size_t i = 0; i < r->count && quota_counts(r->directory); i++) {
		const struct store_removal *item = &r->items[i];
		bool counted = r->s->server != STORE_SERVER_COURIER ||
			       !(base_name_read_flags(str_of(item->file)) & FLAG_TRASHED);
		if (!item->removed || !counted)
			continue;
		sum.bytes -= item->size;
		sum.messages--;
	}
	quota_add(r->s, sum);
}

static int forget_uids(struct uiddb *db, void *context, struct err *err)
{
	const struct remover *r = context;
	struct uiddb_folder folder;
	int known = uiddb_find_folder(db, r->directory, &folder, err);
	for (size_t i = 0; i < r->count && known > 0; i++)
		if (r->items[i].removed && uiddb_forget(db, folder.id,
						   base_name_of(str_of(r->items[i].file)), err) < 0)
			return -1;
	return known < 0 ? -1 : 0;
}

static int sync_parts(const struct remover *r, struct err *err)
{
	bool touched[2] = {false, false};
	for (size_t i = 0; i < r->count; i++)
		touched[r->items[i].in_cur] |= r->items[i].removed;
	for (enum maildir_part part = MAILDIR_NEW; part <= MAILDIR_CUR; part++)
		if (touched[part == MAILDIR_CUR] && maildir_sync(r->folder, part, err) < 0)
			return -1;
	return 0;
}

static int remove_locked(struct remover *r, struct err *err)
{
	struct err later;
	int result = remove_files(r, err);
	count_removed(r);
	if (sync_parts(r, result < 0 ? &later : err) < 0)
		result = -1;
	if (uiddb_write(r->s->db, forget_uids, r, result < 0 ? &later : err) < 0)
		result = -1;
	return result;
}

int store_remove(struct store *s, struct str directory, struct store_removal *items, size_t count,
	struct err *err)
{
	struct remover r = {.s = s, .directory = directory, .items = items, .count = count};
	const char *path = directory.n ? directory.p : ".";
	if (count > STORE_REMOVE_MOST)
		return err_temp(err, "too many at once");
	r.folder = beneath_open(s->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (r.folder < 0)
		return err_system(err, errno, "cannot open the folder %s", path);
	int lock = state_lock(s->state, err);
	int result = lock < 0 ? -1 : remove_locked(&r, err);
	if (lock >= 0)
		close(lock); /* releases it; nothing was written */
	close(r.folder);     /* a directory: nothing was written through it */
	return result;
}
