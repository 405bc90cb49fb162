#include "store/store_add.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/share.h"
#include "base/str_list.h"
#include "store/adopt.h"
#include "store/backup.h"
#include "store/base_name.h"
#include "store/courier_keywords.h"
#include "store/digest.h"
#include "store/keywords.h"
#include "store/maildir_inside.h"
#include "store/mirror.h"
#include "store/state.h"
#include "store/store_inside.h"
#include "store/subscriptions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A message in tmp/. */
struct written_item {
	const char *base;
	struct str_list keywords;
	unsigned flags; /* with the letters of its keywords, once they are known */
	size_t size;
	bool to_cur, shown;
	unsigned char digest[DIGEST_BYTES];
	uint32_t uid;
};

struct store_add {
	struct store *s;
	struct str directory;
	int folder;
	struct mirror *mirror; /* while a batch is stored; NULL when it is not needed */
	struct written_item *items;
	size_t count, from, to; /* FROM, TO: the part of them that is being stored */
	size_t bytes;
	struct arena *own, *mem; /* MEM: of the batch */
};

/* ---- opening ---- */

struct store_add *store_add_open(struct store *s, struct str directory, struct err *err)
{
	struct err why;
	struct store_add *a = mem_alloc(sizeof *a);
	*a = (struct store_add){.s = s, .folder = -1, .own = arena_new(), .mem = arena_new()};
	a->directory = arena_str(a->own, directory);
	if (s->subscribes && !maildir_has_folder(s->root, a->directory.p) &&
		subscriptions_add(s->root, s->server, a->directory, &why) < 0)
		store_say(s, "cannot subscribe to a new folder: %s", why.text);
	a->folder = maildir_open_folder(s->root, a->directory.p, err);
	if (a->folder >= 0)
		return a;
	store_add_close(a);
	return NULL;
}

static void remove_rest(struct store_add *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (!a->items[i].shown)
			(void)maildir_forget(
				a->folder, a->items[i].base, NULL); /* else cleanup.c removes it */
}

void store_add_close(struct store_add *a)
{
	if (!a)
		return;
	remove_rest(a);
	if (a->folder >= 0)
		close(a->folder); /* a directory: nothing was written through it */
	arena_free(a->mem);
	arena_free(a->own);
	free(a);
}

/* ---- writing ---- */

static int write_file(int folder, const char *path, const struct store_added *m, struct err *err)
{
	const struct timespec times[] = {{.tv_sec = m->arrived}, {.tv_sec = m->arrived}};
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	int fd = share_open(folder, path, how, folder, SHARE_MAIL);
	if (fd < 0)
		return maildir_fail(err, "create", folder, path);
	int r = io_write_pieces(fd, &m->bytes, 1);
	if (r == 0)
		r = futimens(fd, times);
	if (r < 0)
		maildir_fail(err, "write", folder, path);
	if (io_close(fd, path, NULL) < 0 && r == 0)
		r = maildir_fail(err, "close", folder, path);
	return r;
}

static struct str_list valid_keywords(struct store_add *a, const struct str_list *names)
{
	struct str_list list = {0};
	for (size_t i = 0; i < names->count; i++)
		if (keywords_is_name(names->items[i]))
			str_list_add(&list, arena_str(a->mem, names->items[i]), a->mem);
		else
			store_say(a->s, "a keyword of %zu bytes cannot be one, and is left out",
				names->items[i].n);
	return list;
}

int store_add_write(struct store_add *a, const struct store_added *m, struct err *err)
{
	char path[PATH_MAX];
	struct written_item *item = ARENA_PUSH(a->mem, a->items, a->count);
	*item = (struct written_item){.base = base_name_dated(m->bytes, m->arrived, a->mem),
		.keywords = valid_keywords(a, &m->keywords),
		.flags = m->flags,
		.size = m->bytes.n,
		.to_cur = m->seen_before};
	digest_of_pieces(&m->bytes, 1, item->digest);
	a->bytes += m->bytes.n;
	snprintf(path, sizeof path, "tmp/%s", item->base); /* it fits: base names are short */
	return write_file(a->folder, path, m, err);
}

bool store_add_is_full(const struct store_add *a)
{
	return a->count >= STORE_ADD_MOST || a->bytes >= STORE_ADD_BYTES;
}

/*
 * Before a UID is given, the bytes of all messages are on the disk: one call for all of them, which
 * reports errors since Linux 5.8.
 */
static int sync_written(const struct store_add *a, struct err *err)
{
	if (syncfs(a->folder) == 0)
		return 0;
	return maildir_fail(err, "sync", a->folder, "tmp");
}

/* ---- storing ---- */

static int give_uids(struct uiddb *db, void *context, struct err *err)
{
	struct store_add *a = context;
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, a->directory, &folder, err) < 0 ||
		(a->mirror && mirror_read(a->mirror, db, &folder, err) < 0))
		return -1;
	for (size_t i = a->from; i < a->to; i++) {
		struct written_item *item = &a->items[i];
		struct str base = str_of(item->base);
		if (uiddb_give_uid(db, a->directory, &folder, base, &item->uid, err) < 0 ||
			uiddb_set_digest(db, folder.id, item->uid, item->digest, err) < 0)
			return -1;
		if (a->mirror)
			mirror_add(a->mirror, item->uid, base);
	}
	return uiddb_note_file(db, err);
}

/* What could not be shown has no UID. */
static int forget_uids(struct uiddb *db, void *context, struct err *err)
{
	const struct store_add *a = context;
	struct uiddb_folder folder;
	int known = uiddb_find_folder(db, a->directory, &folder, err);
	for (size_t i = a->from; i < a->to && known > 0; i++)
		if (!a->items[i].shown &&
			uiddb_forget(db, folder.id, str_of(a->items[i].base), err) < 0)
			return -1;
	return known < 0 ? -1 : 0;
}

/* Runs under the server's lock of the folder. */
static int find_keywords_of(struct store_add *a, struct written_item *item, struct err *err)
{
	unsigned bits = 0;
	if (a->s->server == STORE_SERVER_NONE)
		return err_temp(err, "keywords are kept only for an IMAP server (imap_server)");
	if (a->s->server == STORE_SERVER_COURIER)
		return courier_keywords_write(a->folder, str_of(item->base), &item->keywords, err);
	int r = keywords_find(a->folder, item->keywords.items, item->keywords.count, &bits, err);
	item->flags |= bits;
	return r;
}

/* A message is stored even if a keyword cannot be kept. */
static void find_keywords(struct store_add *a)
{
	struct err err;
	for (size_t i = a->from; i < a->to; i++)
		if (a->items[i].keywords.count && find_keywords_of(a, &a->items[i], &err) < 0)
			store_say(a->s, "%s", err.text);
}

static bool goes_to_cur(const struct store_add *a, const struct written_item *item)
{
	return item->to_cur || item->flags || a->s->server == STORE_SERVER_COURIER;
}

static int show_one(struct store_add *a, struct written_item *item, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX], letters[BASE_NAME_FLAGS] = "";
	bool cur = goes_to_cur(a, item);
	base_name_flags(item->flags, letters);
	snprintf(from, sizeof from, "tmp/%s", item->base); /* these fit: base names are short */
	snprintf(to, sizeof to, "%s/%s%s%s", cur ? "cur" : "new", item->base, cur ? ":2," : "",
		letters);
	int r = beneath_rename_new(a->folder, from, a->folder, to);
	/* The name is nobody else's. */
	if (r < 0 && errno == EINVAL)
		r = beneath_rename(a->folder, from, a->folder, to);
	if (r < 0)
		maildir_fail(err, "move the message to", a->folder, to);
	/* A failed call may have shown it: then its UID must stay. */
	item->shown = r == 0 || maildir_has(a->folder, item->base, NULL) != 0;
	return r;
}

static struct quota_amount amount_of(const struct store_add *a, bool shown, int sign)
{
	struct quota_amount sum = {0, 0};
	for (size_t i = a->from; i < a->to && quota_counts(a->directory); i++)
		if (a->items[i].shown == shown) {
			sum.bytes += sign * (int64_t)a->items[i].size;
			sum.messages += sign;
		}
	return sum;
}

/* Counted before it is shown, as in a delivery: too high a count is corrected when it matters. */
static int count_and_show(struct store_add *a, bool counts, struct err *err)
{
	int r = 0;
	if (counts)
		quota_add(a->s, amount_of(a, false, 1));
	for (size_t i = a->from; i < a->to && r == 0; i++)
		r = show_one(a, &a->items[i], err);
	if (counts && r < 0)
		quota_add(a->s, amount_of(a, false, -1));
	return r;
}

static int sync_shown(const struct store_add *a, struct err *err)
{
	bool touched[2] = {false, false};
	for (size_t i = a->from; i < a->to; i++)
		if (a->items[i].shown)
			touched[goes_to_cur(a, &a->items[i])] = true;
	for (enum maildir_part part = MAILDIR_NEW; part <= MAILDIR_CUR; part++)
		if (touched[part == MAILDIR_CUR] && maildir_sync(a->folder, part, err) < 0)
			return -1;
	return 0;
}

static int record_and_show(struct store_add *a, bool counts, struct err *err)
{
	struct store *s = a->s;
	struct err later;
	if (adopt_folder(s, a->folder, a->directory, a->mirror, err) < 0 ||
		uiddb_write(s->db, give_uids, a, err) < 0 ||
		(a->mirror && mirror_write(a->mirror, s->db, err) < 0))
		return -1;
	if (a->mirror)
		mirror_tell(a->mirror, s);
	if (!mirror_is_backup(a->mirror) &&
		backup_update(a->folder, s->db, a->directory, NULL, &later) < 0)
		store_say(s, "%s", later.text);
	find_keywords(a);
	int r = count_and_show(a, counts, err);
	if (sync_shown(a, r < 0 ? &later : err) < 0)
		r = -1;
	if (r < 0)
		(void)uiddb_write(s->db, forget_uids, a, &later); /* they are unused then */
	return r;
}

/* With the mailbox's lock. 1 when there is no room for all of them. */
static int store_locked(struct store_add *a, struct err *err)
{
	bool one = a->to - a->from == 1;
	int counts = quota_check(
		a->s, amount_of(a, false, 1), one ? QUOTA_ADMIT : QUOTA_ADMIT | QUOTA_QUIET, err);
	if (counts < 0)
		return one ? -1 : 1;
	if (mirror_is_needed(a->s, a->folder, a->directory)) {
		a->mirror = mirror_open(a->s->server, a->folder, a->directory, err);
		if (!a->mirror)
			return -1;
	}
	int r = record_and_show(a, counts > 0, err);
	mirror_close(a->mirror);
	a->mirror = NULL;
	return r;
}

/* Stores the items FROM to TO; if there is no room, first one half of them, then the other. */
static int store_part(struct store_add *a, size_t from, size_t to, size_t *stored, struct err *err)
{
	int lock = state_lock(a->s->state, err);
	if (lock < 0)
		return -1;
	a->from = from;
	a->to = to;
	int r = store_locked(a, err);
	close(lock); /* releases it; nothing was written */
	for (size_t i = from; i < to; i++)
		*stored += a->items[i].shown;
	if (r <= 0)
		return r;
	size_t middle = from + (to - from) / 2;
	if (store_part(a, from, middle, stored, err) < 0)
		return -1;
	return store_part(a, middle, to, stored, err);
}

int store_add_commit(struct store_add *a, size_t *stored, struct err *err)
{
	if (a->count == 0)
		return 0;
	if (sync_written(a, err) < 0 || store_part(a, 0, a->count, stored, err) < 0)
		return -1;
	arena_free(a->mem);
	a->mem = arena_new();
	a->items = NULL;
	a->count = a->bytes = 0;
	return 0;
}
