#include "store/adopt.h"

#include "base/str_list.h"
#include "store/arrival.h"
#include "store/backup.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/uidlist.h"
#include "store/validity.h"

#include <malloc.h>
#include <string.h>

struct adoption {
	struct store *store;
	int folder;
	struct str directory;
	struct str name; /* as people read it */
	bool known;
	bool lacks_file;            /* the one that UIDs are agreed on in */
	struct uiddb_folder record; /* if it is known */
	struct arena *mem;
};

static int look(struct uiddb *db, void *context, struct err *err)
{
	struct adoption *a = context;
	int found = uiddb_find_folder(db, a->directory, &a->record, err);
	a->known = found == 1;
	return found < 0 ? -1 : 0;
}

/* ---- is it the folder that the database knows? ---- */

struct search {
	int folder;
	uint32_t id;
	struct uiddb *db;
	struct err *err;
	int found; /* -1: it cannot be told */
};

static bool ask_for_name(void *context, const char *name)
{
	struct search *s = context;
	uint32_t uid;
	s->found = uiddb_find_uid(s->db, s->id, base_name_of(str_of(name)), &uid, s->err);
	return s->found == 0;
}

static int search_files(struct uiddb *db, void *context, struct err *err)
{
	struct search *s = context;
	s->db = db;
	s->err = err;
	s->found = 0;
	if (maildir_walk(s->folder, "cur", ask_for_name, s, err) < 0)
		return -1;
	if (s->found == 0 && maildir_walk(s->folder, "new", ask_for_name, s, err) < 0)
		return -1;
	return s->found < 0 ? -1 : 0;
}

/* Has one of its messages a UID? The first one that has ends the search. */
static int has_known_message(struct adoption *a, struct err *err)
{
	struct search s = {.folder = a->folder, .id = a->record.id};
	return uiddb_read(a->store->db, search_files, &s, err) < 0 ? -1 : s.found;
}

/*
 * Does the database's record belong to this folder? A folder that was renamed or deleted and made
 * again has the old name, but neither the old text copy nor the old messages. If the text copy
 * shows that the folder was renamed to this name, or that it is newer than the database, the
 * messages are not asked. 1 yes, 0 no, -1 error.
 */
static int is_same(struct adoption *a, struct err *err)
{
	struct backup_ends copy;
	int found = backup_read_ends(a->folder, &copy, err);
	if (found < 0)
		return -1;
	if (found && copy.uidvalidity == a->record.uidvalidity)
		return copy.last_uid < a->record.uidnext;
	if (found && copy.uidvalidity > a->record.uidvalidity)
		return 0;
	return has_known_message(a, err);
}

/* ---- the server's file is gone ---- */

static int skip_ahead(struct uiddb *db, void *context, struct err *err)
{
	struct adoption *a = context;
	return uiddb_raise_next(
		db, a->directory, &a->record, backup_after_gap(a->record.uidnext), err);
}

/* The server may have given UIDs after its file was last read, so UIDNEXT goes up by BACKUP_GAP. */
static int go_on_without_file(struct adoption *a, struct err *err)
{
	if (!a->lacks_file || a->record.uidnext == 1)
		return 0;
	if (uiddb_write(a->store->db, skip_ahead, a, err) < 0)
		return -1;
	store_say(a->store,
		STR_FMT ": %s was missing; it is written anew with "
			"what the UID database has: UIDVALIDITY %lu, UIDNEXT %lu, which went up "
			"by %d. For new UIDs, run mda-reindex renumber --force",
		STR_ARGS(a->name),
		a->store->server == STORE_SERVER_NONE ? backup_name
						      : "the IMAP server's file of UIDs",
		(unsigned long)a->record.uidvalidity, (unsigned long)a->record.uidnext, BACKUP_GAP);
	return 0;
}

/* ---- UIDs ---- */

/* The base names that have UIDs, sorted. */
static struct str_list known_names(const struct uiddb_contents *c, struct arena *mem)
{
	struct str_list names = {arena_alloc(mem, (c->count + 1) * sizeof *names.items), c->count};
	for (size_t i = 0; i < c->count; i++)
		names.items[i] = c->entries[i].base;
	str_list_sort(&names);
	return names;
}

/*
 * Gives the next UIDs to the folder's messages that have none, in order of arrival. Returns their
 * number, or -1.
 */
static long give_uids(struct adoption *a, struct uiddb_contents *c, struct err *err)
{
	struct str_list present, known = known_names(c, a->mem), unknown = {0};
	if (arrival_list(a->folder, a->mem, &present, err) < 0)
		return -1;
	unknown.items = present.items; /* known names are removed from this list */
	for (size_t i = 0; i < present.count; i++)
		if (!arrival_has(&known, present.items[i]))
			unknown.items[unknown.count++] = present.items[i];
	arrival_sort(&unknown);
	if (unknown.count >= UIDLIST_LAST_UID - c->uidnext)
		return err_temp(err, STR_FMT ": there are not enough UIDs for its messages",
			STR_ARGS(a->name));
	struct uiddb_entry *all = arena_alloc(a->mem, (c->count + unknown.count + 1) * sizeof *all);
	if (c->count)
		memcpy(all, c->entries, c->count * sizeof *all);
	for (size_t i = 0; i < unknown.count; i++)
		all[c->count++] =
			(struct uiddb_entry){.base = unknown.items[i], .uid = c->uidnext++};
	c->entries = all;
	return (long)unknown.count;
}

/* ---- UIDVALIDITY and UIDs ---- */

static void say_restored(struct adoption *a, const struct uiddb_contents *c, long fresh)
{
	store_say(a->store,
		STR_FMT ": %zu UIDs were restored from %s, under the same UIDVALIDITY %lu; %ld "
			"messages that were not in it got new ones; UIDNEXT went up by %d, as "
			"some may be missing from its end",
		STR_ARGS(a->name), c->count - (size_t)fresh, backup_name,
		(unsigned long)c->uidvalidity, fresh, BACKUP_GAP);
}

static void say_new(struct adoption *a, const struct uiddb_contents *c, long fresh, const char *why)
{
	const char *colon = why ? ": " : "";
	if (fresh == 0 && !why)
		return; /* a new folder: there is nothing to report */
	store_say(a->store,
		STR_FMT ": no UIDs were known for its %ld message%s%s%s%s; they got new ones under "
			"the new UIDVALIDITY %lu, and IMAP clients will fetch them again",
		STR_ARGS(a->name), fresh, fresh == 1 ? "" : "s",
		why ? ", and mda-uids cannot be used" : "", colon, why ? why : "",
		(unsigned long)c->uidvalidity);
}

static int take_in(struct adoption *a, struct err *err)
{
	struct uiddb_contents c;
	const char *why;
	int restored = backup_read(a->folder, a->mem, &c, &why, err);
	if (restored < 0)
		return -1;
	if (!restored) {
		c = (struct uiddb_contents){.uidnext = 1};
		if (validity_new(a->store, &c.uidvalidity, err) < 0)
			return -1;
	}
	long fresh = give_uids(a, &c, err);
	if (fresh < 0 || uiddb_replace_folder(a->store->db, a->directory, &c, err) < 0)
		return -1;
	if (restored)
		say_restored(a, &c, fresh);
	else
		say_new(a, &c, fresh, why);
	return !restored;
}

static int give_all_anew(struct adoption *a, struct err *err)
{
	struct uiddb_contents c = {.uidnext = 1};
	if (validity_new(a->store, &c.uidvalidity, err) < 0 || give_uids(a, &c, err) < 0 ||
		uiddb_replace_folder(a->store->db, a->directory, &c, err) < 0)
		return -1;
	store_say(a->store,
		STR_FMT ": it had no UIDs left; its %zu messages got new ones under the new "
			"UIDVALIDITY %lu, and IMAP clients will fetch them again",
		STR_ARGS(a->name), c.count, (unsigned long)c.uidvalidity);
	return 0;
}

int adopt_anew(
	struct store *s, int folder, struct str directory, struct mirror *mirror, struct err *err)
{
	struct adoption a = {
		.store = s, .folder = folder, .directory = directory, .mem = arena_new()};
	a.name = folder_name(directory, a.mem);
	int r = give_all_anew(&a, err);
	if (r == 0 && mirror)
		r = mirror_rewrite(mirror, s->db, err);
	if (r == 0 && !mirror_is_backup(mirror))
		r = backup_rewrite(folder, s->db, directory, err);
	arena_free(a.mem);
	malloc_trim(0); /* see adopt_folder() */
	return r;
}

/*
 * The folder keeps its UIDVALIDITY, and no other folder may get a lower one. Mail is delivered even
 * if the counter cannot be written.
 */
static void hold_validity(struct adoption *a)
{
	struct err err;
	if (validity_hold(a->store, &err) < 0)
		store_say(a->store, "%s", err.text);
}

static int adopt(struct adoption *a, struct err *err)
{
	int same = a->known ? is_same(a, err) : 0;
	if (same < 0)
		return -1;
	int r = same ? go_on_without_file(a, err) : take_in(a, err);
	if (r == 0)
		hold_validity(a);
	return r;
}

int adopt_folder(struct store *s, int folder, struct str directory, const struct mirror *mirror,
	struct err *err)
{
	struct adoption a = {.store = s,
		.folder = folder,
		.directory = directory,
		.lacks_file = mirror && !mirror_has_file(mirror)};
	if (mirror && !a.lacks_file)
		return 0;
	if (uiddb_read(s->db, look, &a, err) < 0)
		return -1;
	a.mem = arena_new();
	a.name = folder_name(directory, a.mem);
	int r = adopt(&a, err);
	arena_free(a.mem);
	if (r > 0)
		malloc_trim(0); /* frees what a large folder took */
	return r;
}
