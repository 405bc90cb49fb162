/*
 * A folder as IMAP shows it, and as the UID database and the directory have it. A message is known
 * by its serial number, which is in its Subject, so that the two can be compared.
 */
#ifndef TESTS_E2E_IMAP_VIEW_H
#define TESTS_E2E_IMAP_VIEW_H

#include "tests/e2e/imap_client.h"

#include "store/base_name.h"
#include "store/store.h"
#include "store/uiddb.h"

#include <dirent.h>

/* The first FOLDERS are always there; the others have what was renamed. */
enum {
	FOLDERS = 3,
	ALL_FOLDERS = 5,
	RENAMED = 2,
	MOST = 400,
	FLAG_TEXT = 256,
	MOST_FLAGS = 40,
	ID_TEXT = 64
};

static const struct folder_names {
	const char *imap, *mda, *directory;
} folders[ALL_FOLDERS] = {
	{"INBOX", "INBOX", ""},
	{"Work", "Work", ".Work"},
	{"Lists.C", "Lists/C", ".Lists.C"},
	{"OldWork", "OldWork", ".OldWork"},
	{"OldC", "OldC", ".OldC"},
};

struct seen {
	uint32_t uid;
	unsigned serial;
	char id[ID_TEXT];      /* the Message-ID, as a client sees it */
	char flags[FLAG_TEXT]; /* sorted, without \Recent; empty when the database is asked */
};

struct view {
	struct seen items[MOST];
	size_t count;
	unsigned uidvalidity, uidnext;
};

static inline void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	exit(1);
}

static inline struct seen *add_seen(struct view *v, uint32_t uid, unsigned serial)
{
	if (v->count == MOST)
		die("too many messages in a folder");
	v->items[v->count] = (struct seen){.uid = uid, .serial = serial};
	return &v->items[v->count++];
}

static inline int by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct seen *)a)->uid, y = ((const struct seen *)b)->uid;
	return (x > y) - (x < y);
}

static inline void sort_view(struct view *v)
{
	if (v->count)
		qsort(v->items, v->count, sizeof *v->items, by_uid);
}

static inline const struct seen *find_uid(const struct view *v, uint32_t uid)
{
	const struct seen key = {.uid = uid};
	return v->count ? bsearch(&key, v->items, v->count, sizeof key, by_uid) : NULL;
}

static inline bool same_messages(const struct view *a, const struct view *b)
{
	bool same = a->uidvalidity == b->uidvalidity && a->count == b->count;
	for (size_t i = 0; same && i < a->count; i++)
		same = a->items[i].uid == b->items[i].uid &&
		       a->items[i].serial == b->items[i].serial;
	return same;
}

static inline void print_view(const char *title, const struct view *v)
{
	printf("%s: UIDVALIDITY %u, UIDNEXT %u:", title, v->uidvalidity, v->uidnext);
	for (size_t i = 0; i < v->count; i++)
		printf(" %lu=%u", (unsigned long)v->items[i].uid, v->items[i].serial);
	printf("\n");
}

/* ---- flags ---- */

static inline int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The words of TEXT in one order, so that two lists of flags can be compared. */
static inline void sort_flags(const char *text, size_t n, char sorted[FLAG_TEXT])
{
	char copy[FLAG_TEXT], *words[MOST_FLAGS], *at = copy;
	size_t count = 0, used = 0;
	if (n >= FLAG_TEXT)
		die("too many flags: %.*s", (int)n, text);
	memcpy(copy, text, n);
	copy[n] = '\0';
	for (char *word; (word = strsep(&at, " ")) && count < MOST_FLAGS;)
		if (*word && strcmp(word, "\\Recent") != 0)
			words[count++] = word;
	if (count)
		qsort(words, count, sizeof *words, by_text);
	sorted[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(
			sorted + used, FLAG_TEXT - used, "%s%s", i ? " " : "", words[i]);
}

/* ---- all that was ever seen ---- */

/*
 * For a client a UID under its folder's name and UIDVALIDITY means one message, by its Message-ID,
 * for ever. The file that the environment names (GIVEN) goes from one process to the next.
 */
struct given {
	size_t f;
	uint32_t uidvalidity, uid;
	char id[ID_TEXT]; /* empty: the place is free */
};

enum { GIVEN_PLACES = 1 << 18 };
static struct given given[GIVEN_PLACES];
static size_t given_count;

/* The place of a UID: its own, or a free one. */
static inline struct given *given_place(size_t f, uint32_t uidvalidity, uint32_t uid)
{
	size_t at = (uid * 2654435761u ^ uidvalidity * 40503u ^ (unsigned)f) % GIVEN_PLACES;
	while (given[at].id[0] &&
		(given[at].f != f || given[at].uidvalidity != uidvalidity || given[at].uid != uid))
		at = (at + 1) % GIVEN_PLACES;
	return &given[at];
}

static inline void note_given(size_t f, uint32_t uidvalidity, uint32_t uid, const char *id)
{
	struct given *g = given_place(f, uidvalidity, uid);
	if (++given_count > GIVEN_PLACES / 2)
		die("too many messages to remember");
	*g = (struct given){.f = f, .uidvalidity = uidvalidity, .uid = uid};
	snprintf(g->id, sizeof g->id, "%s", id);
}

/* What earlier processes of the run saw. */
static inline void read_given(void)
{
	char line[256], id[ID_TEXT];
	unsigned long f, uidvalidity, uid;
	const char *path = getenv("GIVEN");
	FILE *file = path ? fopen(path, "r") : NULL;
	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "%lu %lu %lu %63s", &f, &uidvalidity, &uid, id) != 4)
			die("%s has the line %s", path, line);
		note_given(f, (uint32_t)uidvalidity, (uint32_t)uid, id);
	}
	if (file)
		fclose(file);
}

static inline void write_given(const struct given *g)
{
	const char *path = getenv("GIVEN");
	FILE *file = path ? fopen(path, "a") : NULL;
	if (!path)
		return;
	if (!file ||
		fprintf(file, "%zu %lu %lu %s\n", g->f, (unsigned long)g->uidvalidity,
			(unsigned long)g->uid, g->id) < 0 ||
		fclose(file) != 0)
		die("cannot write %s", path);
}

static inline void remember(size_t f, uint32_t uidvalidity, const struct seen *s)
{
	const struct given *g = given_place(f, uidvalidity, s->uid);
	if (!s->id[0])
		die("%s, UID %lu has no Message-ID", folders[f].imap, (unsigned long)s->uid);
	if (!g->id[0]) {
		note_given(f, uidvalidity, s->uid, s->id);
		write_given(given_place(f, uidvalidity, s->uid));
	} else if (strcmp(g->id, s->id) != 0) {
		die("%s, UIDVALIDITY %lu, UID %lu: message %s, and %s before", folders[f].imap,
			(unsigned long)uidvalidity, (unsigned long)s->uid, s->id, g->id);
	}
}

/* ---- what IMAP shows ---- */

static inline void on_select(void *context, const char *line)
{
	struct view *v = context;
	const char *at = strstr(line, "[UIDVALIDITY ");
	if (at)
		v->uidvalidity = (unsigned)strtoul(at + 13, NULL, 10);
	at = strstr(line, "[UIDNEXT ");
	if (at)
		v->uidnext = (unsigned)strtoul(at + 9, NULL, 10);
}

/* The last text of the envelope. */
static inline void take_id(const char *line, struct seen *s)
{
	const char *id = strrchr(line, '<');
	size_t n = id ? strcspn(id, "\"") : 0;
	if (n == 0 || n >= ID_TEXT || id == line || id[-1] != '"')
		return;
	memcpy(s->id, id, n);
	s->id[n] = '\0';
}

static inline void on_fetch(void *context, const char *line)
{
	const char *uid = strstr(line, "(UID "), *serial = strstr(line, "\"serial-"),
		   *flags = strstr(line, " FLAGS (");
	if (!uid || !serial || !flags)
		return;
	struct seen *s = add_seen(context, (uint32_t)strtoul(uid + 5, NULL, 10),
		(unsigned)strtoul(serial + 8, NULL, 10));
	flags += 8;
	sort_flags(flags, strcspn(flags, ")"), s->flags);
	take_id(line, s);
}

static inline void select_folder(struct imap *client, size_t f, struct view *v)
{
	*v = (struct view){.count = 0};
	imap_start(client, "SELECT %s", folders[f].imap);
	if (!imap_answer(client, on_select, v))
		die("cannot select %s", folders[f].imap);
}

static inline void look_by_imap(struct imap *client, size_t f, struct view *v)
{
	select_folder(client, f, v);
	imap_start(client, "UID FETCH 1:* (UID FLAGS ENVELOPE)");
	imap_answer(client, on_fetch, v);
	sort_view(v);
	for (size_t i = 0; i < v->count; i++)
		remember(f, v->uidvalidity, &v->items[i]);
}

/* ---- what the directory and the database have ---- */

/* 0 when the server took the file away meanwhile. */
static inline unsigned serial_of(const char *path)
{
	char text[2048];
	FILE *f = fopen(path, "r");
	if (!f)
		return 0;
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	const char *at = strstr(text, "Subject: serial-");
	return at ? (unsigned)strtoul(at + 16, NULL, 10) : 0;
}

/* Calls VISIT with the base name and the serial of each message of folder F. */
static inline void each_file(const char *maildir, size_t f,
	void (*visit)(void *context, struct str base, unsigned serial), void *context)
{
	static const char *const parts[] = {"new", "cur"};
	for (size_t i = 0; i < 2; i++) {
		char path[4096];
		const struct dirent *entry;
		int n = snprintf(
			path, sizeof path, "%s/%s/%s", maildir, folders[f].directory, parts[i]);
		DIR *dir = opendir(path);
		while (dir && (entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(path + n, sizeof path - (size_t)n, "/%s", entry->d_name);
			visit(context, base_name_of(str_of(entry->d_name)), serial_of(path));
		}
		if (dir)
			closedir(dir);
	}
}

struct lookup {
	const char *maildir;
	size_t f;
	struct view *view;
	struct uiddb *db;
	uint32_t folder;
};

static inline void add_file(void *context, struct str base, unsigned serial)
{
	const struct lookup *l = context;
	struct err err;
	uint32_t uid = 0;
	if (uiddb_find_uid(l->db, l->folder, base, &uid, &err) < 0)
		die("%s", err.text);
	add_seen(l->view, uid, serial);
}

static inline int look_in_database(struct uiddb *db, void *context, struct err *err)
{
	struct lookup *l = context;
	struct uiddb_folder folder;
	int found = uiddb_find_folder(db, str_of(folders[l->f].directory), &folder, err);
	*l->view = (struct view){.count = 0};
	if (found <= 0)
		return found;
	l->view->uidvalidity = folder.uidvalidity;
	l->view->uidnext = folder.uidnext;
	l->db = db;
	l->folder = folder.id;
	each_file(l->maildir, l->f, add_file, l);
	sort_view(l->view);
	return 0;
}

static inline void look_by_database(const char *maildir, size_t f, struct view *v)
{
	struct err err;
	struct arena *mem = arena_new();
	struct lookup l = {.maildir = maildir, .f = f, .view = v};
	struct uiddb *db = uiddb_open(store_state_dir(maildir, mem), true, &err);
	if (!db || uiddb_read(db, look_in_database, &l, &err) < 0)
		die("%s", err.text);
	uiddb_close(db);
	arena_free(mem);
}

#endif
