#include "store/store_move.h"

#include "base/beneath.h"
#include "base/str_list.h"
#include "base/verdict.h"
#include "store/adopt.h"
#include "store/backup.h"
#include "store/base_name.h"
#include "store/courier_keywords.h"
#include "store/digest.h"
#include "store/keywords.h"
#include "store/maildir.h"
#include "store/mirror.h"
#include "store/state.h"
#include "store/store_inside.h"
#include "store/subscriptions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mover {
	struct store *s;
	struct str from_directory, to_directory;
	int from, to;
	struct mirror *mirror; /* of the new folder; NULL when it is not needed */
	store_move_intend *intend;
	void *context;
	struct store_move *moves;
	struct found *found; /* by their index */
	size_t count;
	int touched; /* the parts that were changed, as bits of TOUCHED_... */
	struct arena *mem;
};

/* The file of a message in the old folder. */
struct found {
	const char *file; /* NULL: it is not there */
	bool in_cur;
	unsigned flags; /* as it will have them */
	int64_t size;
	unsigned char digest[UIDDB_DIGEST];
	bool has_digest;
};

enum { TOUCHED_NEW = 1, TOUCHED_CUR = 2 };
enum { SYSTEM_FLAGS = KEYWORDS_FIRST_BIT - 1 };
static const char *const parts[] = {"new", "cur"};

/* ---- finding the files ---- */

static int by_base(const void *a, const void *b, void *context)
{
	const struct store_move *moves = context;
	return str_compare(moves[*(const size_t *)a].base, moves[*(const size_t *)b].base);
}

struct search {
	struct mover *m;
	size_t *order; /* of the moves, by base name */
	bool in_cur;
};

static bool take_file(void *context, const char *name)
{
	struct search *s = context;
	struct str base = base_name_of(str_of(name));
	size_t low = 0, high = s->m->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = str_compare(s->m->moves[s->order[middle]].base, base);
		if (r == 0) {
			struct found *f = &s->m->found[s->order[middle]];
			f->file = arena_cstr(s->m->mem, str_of(name));
			f->in_cur = s->in_cur;
			return true;
		}
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return true;
}

static bool is_at_hand(const struct mover *m, const struct store_move *move)
{
	char path[PATH_MAX];
	if (!move->file)
		return false;
	int n = snprintf(path, sizeof path, "%s/%s", parts[move->in_cur], move->file);
	return n < (int)sizeof path && beneath_exists(m->from, path) == 0;
}

/* Are all files where they were last seen? */
static bool find_at_hand(struct mover *m)
{
	size_t found = 0;
	for (size_t i = 0; i < m->count; i++) {
		if (!is_at_hand(m, &m->moves[i]))
			continue;
		m->found[i].file = m->moves[i].file;
		m->found[i].in_cur = m->moves[i].in_cur;
		found++;
	}
	return found == m->count;
}

/* A reader may have renamed some of them: then one look at the directories. */
static int find_files(struct mover *m, struct err *err)
{
	if (find_at_hand(m))
		return 0;
	struct search s = {.m = m, .order = arena_alloc(m->mem, m->count * sizeof *s.order)};
	for (size_t i = 0; i < m->count; i++)
		s.order[i] = i;
	qsort_r(s.order, m->count, sizeof *s.order, by_base, m->moves);
	for (int i = 0; i < 2; i++) {
		s.in_cur = i == 1;
		if (maildir_walk(m->from, parts[i], take_file, &s, err) < 0)
			return -1;
	}
	return 0;
}

static void name_all(struct mover *m)
{
	for (size_t i = 0; i < m->count; i++)
		m->moves[i].new_base = base_name_moved(m->moves[i].base, m->mem);
}

/* ---- UIDs ---- */

/* The digest by which mda-reindex recognises the file goes along. */
static int find_digests(struct uiddb *db, void *context, struct err *err)
{
	const struct mover *m = context;
	struct uiddb_folder folder;
	int known = uiddb_find_folder(db, m->from_directory, &folder, err);
	for (size_t i = 0; i < m->count && known > 0; i++) {
		struct found *f = &m->found[i];
		uint32_t uid;
		int there = uiddb_find_uid(db, folder.id, m->moves[i].base, &uid, err);
		int has = there > 0 ? uiddb_get_digest(db, folder.id, uid, f->digest, err) : there;
		if (has < 0)
			return -1;
		f->has_digest = has > 0;
	}
	return known < 0 ? -1 : 0;
}

static int give_uid(
	struct mover *m, struct uiddb *db, struct uiddb_folder *folder, size_t i, struct err *err)
{
	struct store_move *move = &m->moves[i];
	const struct found *f = &m->found[i];
	struct str base = str_of(move->new_base);
	if (uiddb_give_uid(db, m->to_directory, folder, base, &move->uid, err) < 0)
		return -1;
	move->uidvalidity = folder->uidvalidity;
	if (f->has_digest && uiddb_set_digest(db, folder->id, move->uid, f->digest, err) < 0)
		return -1;
	if (m->mirror)
		mirror_add(m->mirror, move->uid, base);
	return 0;
}

static int give_uids(struct uiddb *db, void *context, struct err *err)
{
	struct mover *m = context;
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, m->to_directory, &folder, err) < 0 ||
		(m->mirror && mirror_read(m->mirror, db, &folder, err) < 0))
		return -1;
	for (size_t i = 0; i < m->count; i++)
		if (m->found[i].file && give_uid(m, db, &folder, i, err) < 0)
			return -1;
	return uiddb_note_file(db, err);
}

/*
 * What was moved has no UID in the old folder any more, and what was not moved has none in the new
 * one.
 */
static int forget_uids(struct uiddb *db, void *context, struct err *err)
{
	const struct mover *m = context;
	struct uiddb_folder from, to;
	int old = uiddb_find_folder(db, m->from_directory, &from, err);
	int new = uiddb_find_folder(db, m->to_directory, &to, err);
	for (size_t i = 0; i < m->count && old >= 0 && new >= 0; i++) {
		const struct store_move *move = &m->moves[i];
		if (move->moved && old && uiddb_forget(db, from.id, move->base, err) < 0)
			return -1;
		if (!move->moved && new &&uiddb_forget(db, to.id, str_of(move->new_base), err) < 0)
			return -1;
	}
	return old < 0 || new < 0 ? -1 : 0;
}

/* ---- flags and keywords ---- */

static bool has_word(const struct str_list *list, struct str word)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_ieq(list->items[i], word))
			return true;
	return false;
}

/* The names of its letters in the old folder. */
static struct str_list names_of_letters(
	const struct mover *m, unsigned flags, const struct str *names)
{
	struct str_list list = {0};
	for (unsigned k = 0; k < KEYWORDS_MAX; k++)
		if ((flags & (unsigned)KEYWORDS_FIRST_BIT << k) && names[k].n)
			str_list_add(&list, names[k], m->mem);
	return list;
}

/* Those that it HAS, and those to be added, without those to be removed. */
static struct str_list keywords_of(const struct mover *m, size_t i, const struct str_list *has)
{
	const struct store_move *move = &m->moves[i];
	struct str_list list = {0};
	for (size_t k = 0; k < has->count; k++)
		if (!has_word(&move->remove_keywords, has->items[k]))
			str_list_add(&list, has->items[k], m->mem);
	for (size_t k = 0; k < move->add_keywords.count; k++)
		if (keywords_is_name(move->add_keywords.items[k]) &&
			!has_word(&list, move->add_keywords.items[k]))
			str_list_add(&list, move->add_keywords.items[k], m->mem);
	return list;
}

/*
 * A letter means another keyword in another folder. Only Dovecot has such letters; elsewhere they
 * stay as they are. Runs under Dovecot's lock of the new folder.
 */
static void move_letters(struct mover *m, size_t i, const struct str *names)
{
	struct found *f = &m->found[i];
	struct str_list has = names_of_letters(m, f->flags, names), list = keywords_of(m, i, &has);
	struct err err;
	unsigned bits = 0;
	if (list.count && keywords_find(m->to, list.items, list.count, &bits, &err) < 0)
		store_say(m->s, "%s", err.text);
	f->flags = (f->flags & SYSTEM_FLAGS) | bits;
}

/* Courier has files for them, by the base name, which is a new one: they are there first. */
static int move_files_of_keywords(
	const struct mover *m, size_t i, struct courier_keywords *all, struct err *err)
{
	const struct store_move *move = &m->moves[i];
	struct str_list has;
	if (courier_keywords_of(all, move->base, &has, err) < 0)
		return -1;
	struct str_list list = keywords_of(m, i, &has);
	return list.count ? courier_keywords_write(m->to, str_of(move->new_base), &list, err) : 0;
}

static int move_keywords_of_courier(const struct mover *m, struct err *err)
{
	if (m->s->server != STORE_SERVER_COURIER)
		return 0;
	struct courier_keywords *all = courier_keywords_read(m->from, m->mem, err);
	for (size_t i = 0; i < m->count && all; i++)
		if (m->found[i].file && move_files_of_keywords(m, i, all, err) < 0)
			return -1;
	return all ? 0 : -1;
}

static int find_flags(struct mover *m, struct err *err)
{
	struct str names[KEYWORDS_MAX];
	bool dovecot = m->s->server == STORE_SERVER_DOVECOT;
	if (dovecot && keywords_names(m->from, m->mem, names, err) < 0)
		return -1;
	for (size_t i = 0; i < m->count; i++) {
		struct store_move *move = &m->moves[i];
		struct found *f = &m->found[i];
		if (!f->file)
			continue;
		f->flags = base_name_read_flags(str_of(f->file));
		move->there = true;
		move->had = f->flags & SYSTEM_FLAGS;
		if (dovecot)
			move_letters(m, i, names);
		f->flags = (f->flags & ~move->remove) | move->add;
		move->has = f->flags & SYSTEM_FLAGS;
	}
	return 0;
}

/* ---- moving ---- */

static int move_file(struct mover *m, size_t i, struct err *err)
{
	const struct found *f = &m->found[i];
	struct store_move *move = &m->moves[i];
	char letters[BASE_NAME_FLAGS], from[PATH_MAX], to[PATH_MAX];
	bool to_cur = f->in_cur || f->flags || m->s->server == STORE_SERVER_COURIER;
	base_name_flags(f->flags, letters);
	snprintf(from, sizeof from, "%s/%s", parts[f->in_cur], f->file); /* names are short */
	snprintf(to, sizeof to, "%s/%s%s%s", parts[to_cur], move->new_base, to_cur ? ":2," : "",
		letters); /* the same */
	int r = beneath_rename_new(m->from, from, m->to, to);
	/* The new name is nobody else's. */
	if (r < 0 && errno == EINVAL)
		r = beneath_rename(m->from, from, m->to, to);
	if (r < 0 && errno == ENOENT)
		return 0; /* a reader was faster: it stays for the next time */
	if (r < 0)
		return err_system(err, errno, "cannot move %s", f->file);
	move->moved = true;
	m->touched |= to_cur ? TOUCHED_CUR : TOUCHED_NEW;
	return 0;
}

static void count_moved(const struct mover *m, int sign)
{
	bool before = quota_counts(m->from_directory), after = quota_counts(m->to_directory);
	struct quota_amount sum = {0};
	for (size_t i = 0; i < m->count; i++) {
		sum.bytes += m->moves[i].moved ? m->found[i].size : 0;
		sum.messages += m->moves[i].moved;
	}
	if (before == after || sum.messages == 0)
		return;
	quota_add(m->s, (struct quota_amount){sign * sum.bytes, sign * sum.messages});
}

static int move_files(struct mover *m, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < m->count && r == 0; i++) {
		struct found *f = &m->found[i];
		if (f->file && !base_name_size(str_of(f->file), &f->size))
			f->size = 0; /* it is counted when the mailbox is */
		r = f->file ? move_file(m, i, err) : 0;
	}
	count_moved(m, quota_counts(m->to_directory) ? 1 : -1);
	return r;
}

/* The new names are on the disk before the old ones are gone for good. */
static int sync_moved(const struct mover *m, struct err *err)
{
	for (enum maildir_part part = MAILDIR_NEW; part <= MAILDIR_CUR; part++)
		if ((m->touched & (part == MAILDIR_NEW ? TOUCHED_NEW : TOUCHED_CUR)) &&
			maildir_sync(m->to, part, err) < 0)
			return -1;
	for (enum maildir_part part = MAILDIR_NEW; m->touched && part <= MAILDIR_CUR; part++)
		if (maildir_sync(m->from, part, err) < 0)
			return -1;
	return 0;
}

/* ---- all ---- */

/* With the mailbox's lock, and the server's of the new folder, as a delivery does it. */
static int move_locked(struct mover *m, struct err *err)
{
	struct store *s = m->s;
	if (mirror_is_needed(s, m->to, m->to_directory)) {
		m->mirror = mirror_open(s->server, m->to, m->to_directory, err);
		if (!m->mirror)
			return -1;
	}
	if (adopt_folder(s, m->to, m->to_directory, m->mirror, err) < 0 || find_files(m, err) < 0 ||
		find_flags(m, err) < 0 || m->intend(m->context, m->moves, m->count, err) < 0 ||
		move_keywords_of_courier(m, err) < 0 ||
		uiddb_read(s->db, find_digests, m, err) < 0 ||
		uiddb_write(s->db, give_uids, m, err) < 0 ||
		(m->mirror && mirror_write(m->mirror, s->db, err) < 0))
		return -1;
	if (m->mirror)
		mirror_tell(m->mirror, s);
	struct err later;
	if (!mirror_is_backup(m->mirror) &&
		backup_update(m->to, s->db, m->to_directory, NULL, &later) < 0)
		store_say(s, "%s", later.text);
	int r = move_files(m, err);
	if (sync_moved(m, r < 0 ? &later : err) < 0)
		r = -1;
	if (uiddb_write(s->db, forget_uids, m, r < 0 ? &later : err) < 0)
		r = -1;
	return r;
}

static int open_folders(struct mover *m, struct err *err)
{
	struct store *s = m->s;
	struct err why;
	const char *from = m->from_directory.n ? m->from_directory.p : ".";
	m->from = beneath_open(s->root, from, O_RDONLY | O_DIRECTORY, 0);
	if (m->from < 0)
		return err_system(err, errno, "cannot open the folder %s", from);
	if (s->subscribes && !maildir_has_folder(s->root, m->to_directory.p) &&
		subscriptions_add(s->root, s->server, m->to_directory, &why) < 0)
		store_say(s, "cannot subscribe to a new folder: %s", why.text);
	m->to = maildir_open_folder(s->root, m->to_directory.p, err);
	return m->to < 0 ? -1 : 0;
}

int store_move(struct store *s, struct str from, struct str to, struct store_move *moves,
	size_t count, store_move_intend *intend, void *context, struct arena *mem, struct err *err)
{
	struct mover m = {.s = s,
		.from_directory = from,
		.to_directory = to,
		.from = -1,
		.to = -1,
		.intend = intend,
		.context = context,
		.moves = moves,
		.found = arena_alloc(mem, (count + 1) * sizeof *m.found),
		.count = count,
		.mem = mem};
	int lock = -1, r = count > STORE_MOVE_MOST ? err_temp(err, "too many at once") : 0;
	if (r == 0)
		r = open_folders(&m, err);
	name_all(&m);
	if (r == 0)
		r = lock = state_lock(s->state, err);
	if (r >= 0)
		r = move_locked(&m, err);
	mirror_close(m.mirror);
	const int fds[] = {m.from, m.to, lock};
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]); /* nothing was written through it */
	return r < 0 ? -1 : 0;
}
