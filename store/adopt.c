#include "store/adopt.h"

#include "mda/base/beneath.h"
#include "store/arrival.h"
#include "store/backup.h"
#include "store/folder.h"
#include "store/uidlist.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct adoption {
	struct store *store;
	int folder;
	struct str directory;
	struct str name; /* as people read it */
	bool known;
	uint32_t newest; /* the largest UIDVALIDITY of the mailbox */
	struct arena *mem;
};

static bool note_newest(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct adoption *a = context;
	(void)directory;
	if (folder->uidvalidity > a->newest)
		a->newest = folder->uidvalidity;
	return true;
}

static int look(struct uiddb *db, void *context, struct err *err)
{
	struct adoption *a = context;
	struct uiddb_folder folder;
	int found = uiddb_find_folder(db, a->directory, &folder, err);
	a->known = found == 1;
	if (found != 0)
		return found < 0 ? -1 : 0;
	return uiddb_walk_folders(db, note_newest, a, err);
}

/* ---- a new UIDVALIDITY ---- */

/* Dovecot counts the UIDVALIDITY of its next folder in a file of the Maildir, eight hexadecimal digits. */
static uint32_t read_dovecot_counter(int root)
{
	char text[9] = "";
	int fd = beneath_open(root, "dovecot-uidvalidity", O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd); /* nothing was written */
	if (n != 8 || strspn(text, "0123456789abcdefABCDEF") != 8)
		return 0;
	return (uint32_t)strtoul(text, NULL, 16);
}

/*
 * The time, and above every other of the mailbox, so that a folder that is made again never gets one that it had
 * (RFC 3501 section 2.3.1.1). 0 when none is left.
 */
static uint32_t new_uidvalidity(const struct adoption *a)
{
	time_t now = time(NULL);
	uint32_t above = read_dovecot_counter(a->store->root);
	if (above < a->newest || above == UINT32_MAX)
		above = a->newest;
	if (now > 0 && now < UINT32_MAX && (uint32_t)now > above)
		return (uint32_t)now;
	return above == UINT32_MAX ? 0 : above + 1;
}

/* ---- UIDs ---- */

static int by_bytes(const void *a, const void *b)
{
	struct str x = *(const struct str *)a, y = *(const struct str *)b;
	int r = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
	return r ? r : (x.n > y.n) - (x.n < y.n);
}

/* The base names that have UIDs, sorted. */
static struct str_list known_names(const struct uiddb_contents *c, struct arena *mem)
{
	struct str_list names = {arena_alloc(mem, (c->count + 1) * sizeof *names.items), c->count};
	for (size_t i = 0; i < c->count; i++)
		names.items[i] = c->entries[i].base;
	if (names.count)
		qsort(names.items, names.count, sizeof *names.items, by_bytes);
	return names;
}

/* Gives the next UIDs to the messages of the folder that have none, in the order of arrival. Their number, or -1. */
static long give_uids(struct adoption *a, struct uiddb_contents *c, struct err *err)
{
	struct str_list present, known = known_names(c, a->mem), unknown = {0};
	if (arrival_list(a->folder, a->mem, &present, err) < 0)
		return -1;
	unknown.items = present.items; /* what is known is taken out of it */
	for (size_t i = 0; i < present.count; i++)
		if (!arrival_has(&known, present.items[i]))
			unknown.items[unknown.count++] = present.items[i];
	arrival_sort(&unknown);
	if (unknown.count >= UIDLIST_LAST_UID - c->uidnext)
		return err_temp(
			err, STR_FMT ": no UIDs are left for its messages", STR_ARGS(a->name));
	struct uiddb_entry *all = arena_alloc(a->mem, (c->count + unknown.count + 1) * sizeof *all);
	if (c->count)
		memcpy(all, c->entries, c->count * sizeof *all);
	for (size_t i = 0; i < unknown.count; i++)
		all[c->count++] =
			(struct uiddb_entry){.base = unknown.items[i], .uid = c->uidnext++};
	c->entries = all;
	return (long)unknown.count;
}

/* ---- both ---- */

static void say_restored(struct adoption *a, const struct uiddb_contents *c, long fresh)
{
	store_say(a->store,
		STR_FMT ": %zu UIDs were restored from %s, under the same UIDVALIDITY %lu; %ld "
			"messages that it did not know got new ones",
		STR_ARGS(a->name), c->count - (size_t)fresh, backup_name,
		(unsigned long)c->uidvalidity, fresh);
}

static void say_new(struct adoption *a, const struct uiddb_contents *c, long fresh, const char *why)
{
	const char *colon = why ? ": " : "";
	if (fresh == 0 && !why)
		return; /* a new folder */
	store_say(a->store,
		STR_FMT ": no UIDs were known of its %ld messages%s%s%s; they got new ones, under "
			"the new UIDVALIDITY %lu, and IMAP clients will fetch them again",
		STR_ARGS(a->name), fresh, why ? ", and mda-uids cannot be used" : "", colon,
		why ? why : "", (unsigned long)c->uidvalidity);
}

static int take_in(struct adoption *a, struct err *err)
{
	struct uiddb_contents c;
	const char *why;
	int restored = backup_read(a->folder, a->mem, &c, &why, err);
	if (restored < 0)
		return -1;
	if (!restored)
		c = (struct uiddb_contents){.uidvalidity = new_uidvalidity(a), .uidnext = 1};
	if (c.uidvalidity == 0)
		return err_temp(err, STR_FMT ": no UIDVALIDITY is left for it", STR_ARGS(a->name));
	long fresh = give_uids(a, &c, err);
	if (fresh < 0 || uiddb_replace_folder(a->store->db, a->directory, &c, err) < 0)
		return -1;
	if (restored)
		say_restored(a, &c, fresh);
	else
		say_new(a, &c, fresh, why);
	return !restored;
}

static int walk(struct uiddb *db, void *context, struct err *err)
{
	return uiddb_walk_folders(db, note_newest, context, err);
}

int adopt_new_uidvalidity(struct store *s, uint32_t *uidvalidity, struct err *err)
{
	struct adoption a = {.store = s};
	if (uiddb_read(s->db, walk, &a, err) < 0)
		return -1;
	*uidvalidity = new_uidvalidity(&a);
	return *uidvalidity ? 0 : err_temp(err, "no UIDVALIDITY is left");
}

int adopt_folder(
	struct store *s, int folder, struct str directory, bool server_knows, struct err *err)
{
	struct adoption a = {.store = s, .folder = folder, .directory = directory};
	if (uiddb_read(s->db, look, &a, err) < 0)
		return -1;
	if (a.known || server_knows)
		return 0;
	a.mem = arena_new();
	a.name = folder_name(directory, a.mem);
	int r = take_in(&a, err);
	arena_free(a.mem);
	malloc_trim(0); /* of a large folder that is much, which else stays with the process */
	return r;
}
