#include "mda/tools/import/import_seen.h"

#include "base/beneath.h"
#include "base/mem.h"
#include "base/message.h"
#include "base/path.h"
#include "mda/tools/progress.h"
#include "mda/tools/refile/refile_mail.h"
#include "store/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_ROOM = 1024 };

struct entry {
	struct hash key;
	uint32_t there, met; /* how often in the folder, and in the source; both 0: free */
};

/* A hash table with open addressing; at most half of it is used. */
struct entries {
	struct entry *items;
	size_t room, count; /* ROOM is a power of two */
};

struct import_seen {
	struct entries contents, ids;
};

struct import_seen *import_seen_new(void)
{
	struct import_seen *s = mem_alloc(sizeof *s);
	*s = (struct import_seen){.contents = {.items = NULL}};
	return s;
}

void import_seen_free(struct import_seen *s)
{
	if (!s)
		return;
	free(s->contents.items);
	free(s->ids.items);
	free(s);
}

static struct entry *place_of(const struct entries *e, const struct hash *key)
{
	size_t at;
	memcpy(&at, key->bytes, sizeof at);
	for (at &= e->room - 1;; at = (at + 1) & (e->room - 1)) {
		struct entry *item = &e->items[at];
		if ((item->there == 0 && item->met == 0) || hash_same(&item->key, key))
			return item;
	}
}

static void grow(struct entries *e)
{
	struct entries larger = {.room = e->room ? 2 * e->room : FIRST_ROOM, .count = e->count};
	larger.items = mem_alloc(larger.room * sizeof *larger.items);
	memset(larger.items, 0, larger.room * sizeof *larger.items);
	for (size_t i = 0; i < e->room; i++)
		if (e->items[i].there || e->items[i].met)
			*place_of(&larger, &e->items[i].key) = e->items[i];
	free(e->items);
	*e = larger;
}

/* The entry of KEY, which the caller must increase. */
static struct entry *find(struct entries *e, struct str text)
{
	if (2 * (e->count + 1) > e->room)
		grow(e);
	const struct hash key = hash_of(&text, 1);
	struct entry *item = place_of(e, &key);
	if (item->there == 0 && item->met == 0) {
		item->key = key;
		e->count++;
	}
	return item;
}

/* ---- the folder ---- */

static void add_there(struct import_seen *s, struct str bytes)
{
	struct arena *mem = arena_new();
	struct message *m = message_borrow(bytes, NULL);
	const struct header *h = m ? message_find(m, STR_LIT("Message-ID")) : NULL;
	find(&s->contents, bytes)->there++;
	if (h)
		find(&s->ids, message_header_text(h, mem))->there++;
	message_free(m);
	arena_free(mem);
}

static int read_all(
	struct import_seen *s, const struct refile_mail *mail, bool quiet, struct err *err)
{
	struct progress progress;
	struct buf bytes = {0};
	int r = 0;
	progress_start(&progress, "looking for duplicates", mail->message_count, quiet);
	for (size_t i = 0; i < mail->message_count && r >= 0; i++) {
		bool whole = true;
		r = refile_mail_read(mail, &mail->messages[i], &whole, &bytes, err);
		if (r > 0)
			add_there(s, buf_str(&bytes));
		progress_at(&progress, i + 1);
	}
	progress_end(&progress);
	buf_free(&bytes);
	return r < 0 ? -1 : 0;
}

/* 1, 0, -1 on error: a folder that cannot be looked at may have the messages. */
static int has_folder(const char *path, struct str directory, struct err *err)
{
	int root = path_open_dir_itself(path);
	if (root < 0 && errno == ENOENT)
		return 0;
	int r = root < 0 ? -1 : beneath_exists(root, directory.n ? directory.p : ".");
	if (r < 0 && (root < 0 || errno != ENOENT))
		err_temp(err, "cannot look at %s: %s", path, beneath_why(errno));
	else
		r = r == 0;
	if (root >= 0)
		close(root); /* nothing was written */
	return r;
}

int import_seen_load(
	struct import_seen *s, const char *path, struct str folder, bool quiet, struct err *err)
{
	struct str_list names = {&folder, 1}, none = {0};
	struct refile_mail mail = {.root = -1, .mem = arena_new()};
	struct str directory;
	int r = folder_directory(folder, mail.mem, &directory, err);
	/* A folder that is not there yet is made when the first message comes. */
	int there = r < 0 ? -1 : has_folder(path, directory, err);
	r = there;
	if (there > 0)
		r = refile_mail_list(&mail, path, &names, &none, err);
	if (there > 0 && r == 0)
		r = read_all(s, &mail, quiet, err);
	refile_mail_close(&mail);
	arena_free(mail.mem);
	return r < 0 ? -1 : 0;
}

/* ---- the source ---- */

static bool is_duplicate(const struct entry *e, bool keep)
{
	return keep ? e->met < e->there : e->met + e->there > 0;
}

enum import_kind import_seen_meet(
	struct import_seen *s, struct str bytes, struct str message_id, bool keep)
{
	struct entry *content = find(&s->contents, bytes);
	bool duplicate = is_duplicate(content, keep), known = false;
	content->met++;
	if (message_id.n) {
		struct entry *id = find(&s->ids, message_id);
		known = id->there || id->met;
		id->met++;
	}
	if (duplicate)
		return IMPORT_DUPLICATE;
	return known ? IMPORT_SAME_ID : IMPORT_NEW;
}
