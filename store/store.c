/*
 * The protocol. For each message of a delivery:
 *
 *   1. write it to tmp/, with a second name there, fsync         (no lock held)
 *   2. take the mailbox's lock
 *   3. one LMDB transaction: a UID for each message, recorded with its base name, and the
 *      journal's record
 *   4. rename each one's second name to new/ or cur/; release the lock (so UIDs appear in ascending
 *      order)
 *   5. fsync the directories
 *   6. store_protect(): the record says that all was shown; what is to be sent is sent
 *   7. store_finish(): remove the files in tmp/, and once a day the old files that dead deliveries
 *      left (cleanup.c)
 *
 * The first message's file in tmp/ is the marker: it shows that the delivery is not finished. It is
 * as durable as the message and costs nothing, because it is the message. If the process is killed
 * before 3, only a file in tmp/ is left. If it is killed before 4, a UID is unused, which IMAP
 * allows. After 4, the retry has the same id, so it finds the record and looks for the file. If the
 * file is there, it is our own copy. If it is not, its file in tmp/ tells whether it was shown
 * (written.h), and a reader has moved or removed it. What an attempt recorded but did not show gets
 * a new UID.
 *
 * If the message carries the MTA's trace (struct store_id), the last step leaves the record: the
 * MTA may not have learned that the attempt ended, and then the retry recognises the copy in its
 * folder. If a reader has removed that copy, the message is stored again, because nothing
 * distinguishes this from a message that is fed again on purpose. Without such a trace, the record
 * is removed, durably, before the markers: then the same bytes are a new message, even if a loss of
 * power brings a marker back.
 *
 * With an IMAP server that has a UID file of its own, 3 and 4 happen under that file's lock too: 3
 * takes over what the server has assigned meanwhile, and between 3 and 4 the new UIDs are written
 * to the server's file (mirror.c).
 *
 * A folder that the database does not know is adopted first (adopt.c), and after 3 the folder's
 * text copy of its UIDs is updated (backup.c). So a lost database is restored folder by folder,
 * with the first delivery into each. A damaged one is renamed and replaced, even in the middle of a
 * delivery (store_recover()). The journal cannot be restored. Then a message of an unfinished
 * delivery is recognised by its marker and its bytes (orphan.c), if the retry is the delivery that
 * found the loss. Any other retry at that time stores its message a second time.
 *
 * Between 2 and 3 the quota is checked (quota.c), and just before 4 the message is counted.
 *
 * A delivery that only sends has a record without a marker, which store_finish() removes.
 *
 * A delivery holds the lock of its id from its first step to its last (state_lock_delivery()).
 */
#include "store/store.h"

#include "base/hash.h"
#include "base/path.h"
#include "base/share.h"
#include "base/str_list.h"
#include "store/backup.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/state.h"
#include "store/store_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *store_state_dir(const char *maildir, struct arena *mem)
{
	return state_default(maildir, mem);
}

void store_say(struct store *s, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	if (!s->note)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	s->note(s->note_context, text);
}

/* ---- opening ---- */

struct skip {
	struct str_list directories;
	struct uiddb_folder *folders;
	size_t count;
	struct arena *mem;
};

static bool add_folder(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct skip *s = context;
	str_list_add(&s->directories, arena_str(s->mem, directory), s->mem);
	*(struct uiddb_folder *)ARENA_PUSH(s->mem, s->folders, s->count) = *folder;
	return true;
}

/* Another delivery may do the same: then there are two gaps, which does no harm. */
static int skip_ahead(struct uiddb *db, void *context, struct err *err)
{
	struct skip *s = context;
	*s = (struct skip){.mem = s->mem};
	if (uiddb_walk_folders(db, add_folder, s, err) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++) {
		struct uiddb_folder *f = &s->folders[i];
		if (f->uidnext > 1 && uiddb_raise_next(db, s->directories.items[i], f,
					      backup_after_gap(f->uidnext), err) < 0)
			return -1;
	}
	return uiddb_note_file(db, err);
}

static int ask_for_copy(struct uiddb *db, void *context, struct err *err)
{
	int r = uiddb_is_copy(db, err);
	*(bool *)context = r > 0;
	return r < 0 ? -1 : 0;
}

/* A database that came back from a backup does not know which UIDs were given since. */
static int skip_ahead_of_copy(struct store *s, struct err *err)
{
	struct skip skip = {.mem = s->mem};
	bool copy = false;
	if (uiddb_read(s->db, ask_for_copy, &copy, err) < 0)
		return -1;
	if (!copy)
		return 0;
	if (uiddb_write(s->db, skip_ahead, &skip, err) < 0)
		return -1;
	if (skip.count)
		store_say(s,
			"the UID database is a copy, for example from a backup: UIDNEXT is raised "
			"by %d in each folder, because UIDs may have been given since it was made",
			BACKUP_GAP);
	return 0;
}

static int open_database(struct store *s, struct err *err)
{
	s->db = uiddb_open(s->state_path, false, err);
	if (s->db && uiddb_set_aside_as(s->db))
		store_say(s,
			"the UID database was damaged or had another version: "
			"it was renamed to %s, and a new one was made",
			uiddb_set_aside_as(s->db));
	s->lost = s->db && uiddb_is_new(s->db);
	if (!s->db)
		return -1;
	/* If it cannot be read, the delivery will find out and knows what to do. */
	if (!s->lost && skip_ahead_of_copy(s, err) < 0 && !uiddb_is_damaged(s->db))
		return -1;
	return 0;
}

bool store_recover(struct store *s)
{
	if (!s->db || !uiddb_is_damaged(s->db) || uiddb_set_aside(s->db, NULL) < 0)
		return false;
	if (uiddb_set_aside_as(s->db))
		store_say(s,
			"the UID database was damaged or had another version: "
			"it was renamed to %s, and a new one is made",
			uiddb_set_aside_as(s->db));
	uiddb_close(s->db);
	s->db = NULL;
	return open_database(s, NULL) == 0;
}

/*
 * Without this warning a shared mailbox would have mail that only the account which stored it can
 * read, and nobody would know why.
 */
static void tell_foreign_group(struct store *s)
{
	struct stat st;
	if (!share_is_possible(s->root) && fstat(s->root, &st) == 0)
		store_say(s,
			"the Maildir is shared with group %ld, but uid %ld is not in that group: "
			"its members cannot read what is stored (chmod g+s the Maildir)",
			(long)st.st_gid, (long)geteuid());
}

/*
 * Does another database have UIDs of the same messages? A state directory outside of the usual
 * place is used for a Maildir on a network file system, into which another host may deliver. And if
 * the Maildir is a link, its owner has a database too.
 */
static bool is_shared(const struct store_conf *conf, const char *state, struct arena *mem)
{
	struct stat st;
	return strcmp(state, state_default(conf->maildir, mem)) != 0 ||
	       (path_lstat(conf->maildir, &st) == 0 && S_ISLNK(st.st_mode));
}

struct store *store_open(const struct store_conf *conf, struct err *err)
{
	struct store *s = mem_alloc(sizeof *s);
	*s = (struct store){.root = -1,
		.state = -1,
		.turn = -1,
		.server = conf->server,
		.quota = conf->quota,
		.watch = conf->watch,
		.watch_context = conf->watch_context,
		.subscribes = conf->subscribe,
		.note = conf->note,
		.note_context = conf->note_context,
		.mem = arena_new()};
	s->root = maildir_open_root(conf->maildir, !conf->must_exist, err);
	if (s->root >= 0) {
		tell_foreign_group(s);
		s->state_path =
			conf->state_dir ? conf->state_dir : state_default(conf->maildir, s->mem);
		s->shared = is_shared(conf, s->state_path, s->mem);
		s->state = state_open(s->state_path, s->root, err);
	}
	if (s->state >= 0 && open_database(s, err) == 0)
		return s;
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	uiddb_close(s->db);
	if (s->turn >= 0)
		close(s->turn); /* releases it; nothing was written */
	if (s->state >= 0)
		close(s->state); /* directories: nothing was written through them */
	if (s->root >= 0)
		close(s->root); /* the same */
	arena_free(s->mem);
	free(s);
}

/* It remains reachable, for programs that look for lost memory. */
void store_leave(struct store *s)
{
	static struct store *left;
	left = s;
	(void)left;
}

int store_folder(struct str folder, struct arena *mem, struct str *normal, struct err *err)
{
	struct str directory;
	if (folder_directory(folder, mem, &directory, err) < 0)
		return -1;
	*normal = directory.n ? folder_name(directory, mem) : directory;
	return 0;
}

static struct store_id id_of_hash(struct hash hash)
{
	struct store_id id = {0};
	memcpy(id.bytes, hash.bytes, sizeof id.bytes);
	return id;
}

struct store_id store_id_of(const struct str *parts, size_t count)
{
	return id_of_hash(hash_of(parts, count));
}

struct store_id store_id_after(
	const struct hash_begun *begun, const struct str *parts, size_t count)
{
	return id_of_hash(hash_after(begun, parts, count));
}
