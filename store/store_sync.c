/* Takes over what the IMAP server has done since the last delivery. */
#include "store/adopt.h"

#include "base/beneath.h"
#include "store/backup.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/mirror.h"
#include "store/state.h"
#include "store/store_inside.h"

#include <unistd.h>

struct folder_sync {
	struct mirror *mirror;
	struct str directory;
};

static int sync_folder(struct uiddb *db, void *context, struct err *err)
{
	struct folder_sync *s = context;
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, s->directory, &folder, err) < 0)
		return -1;
	return mirror_read(s->mirror, db, &folder, err);
}

static int sync_opened(struct store *s, int folder, struct str directory, struct err *err)
{
	struct folder_sync sync = {mirror_open(s->server, folder, directory, err), directory};
	if (!sync.mirror)
		return -1;
	int r = adopt_folder(s, folder, directory, sync.mirror, err);
	if (r >= 0)
		r = uiddb_write(s->db, sync_folder, &sync, err);
	if (r == 0)
		r = mirror_write(sync.mirror, s->db, err);
	if (r == 0)
		mirror_tell(sync.mirror, s);
	if (r == 0 && !mirror_is_backup(sync.mirror))
		r = backup_update(folder, s->db, directory, NULL, err);
	mirror_close(sync.mirror);
	return r;
}

static int sync_locked(struct store *s, struct str directory, struct err *err)
{
	int lock = state_lock(s->state, err);
	if (lock < 0)
		return -1;
	int folder = maildir_open_folder(s->root, directory.p, err);
	int r = folder < 0 ? -1 : sync_opened(s, folder, directory, err);
	if (folder >= 0)
		close(folder); /* a directory: nothing was written through it */
	close(lock);           /* releases it; nothing was written */
	return r;
}

int store_sync(struct store *s, struct str folder, struct err *err)
{
	struct str directory;
	if (s->server == STORE_SERVER_NONE && !s->shared)
		return 0;
	if (folder_directory(folder, s->mem, &directory, err) < 0)
		return -1;
	if (directory.n && beneath_exists(s->root, directory.p) < 0)
		return 0;
	int r = sync_locked(s, directory, err);
	if (r < 0 && store_recover(s))
		r = sync_locked(s, directory, err);
	return r;
}
