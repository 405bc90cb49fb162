/*
 * mda-learn scan. A message in Junk that we did not file there was moved there by a person: it is
 * spam. A message that we filed into Junk and that is elsewhere now is ham, unless it is in the
 * Trash. X-Mda-Filed marks what we filed. Each message is looked at once, by its UID in the folder
 * where it is.
 */
#include "base/str_list.h"
#include "mda/tools/learn/learn.h"

#include "base/io.h"
#include "base/path.h"
#include "mda/conf/folders.h"
#include "mda/acts/acts_spam.h"
#include "mda/delivery/compose.h"
#include "mda/tools/learn/learn_uids.h"
#include "mda/tools/progress.h"
#include "mda/tools/reindex/reindex_text.h"
#include "mda/tools/stored.h"
#include "store/folder.h"
#include "store/maildir.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { STATE_MOST = 4 * 1024 * 1024 };

/* ---- how far each folder was read ---- */

struct reached {
	struct str directory;
	uint32_t uidvalidity, uid;
};

struct scan;
typedef int look_at_message(
	struct scan *s, struct str directory, const struct learn_message *m, struct err *err);

struct scan {
	struct learn *l;
	look_at_message *look;
	const struct acts *acts; /* for look_for_allowed() */
	struct reached *reached;
	size_t count;
	struct str junk, trash; /* directories */
	const char *state_file;
};

static bool take_number(struct str *rest, uint32_t *value)
{
	struct str word;
	unsigned long long v;
	if (!str_word(rest, &word) || !str_number(word, UINT32_MAX, &v))
		return false;
	*value = (uint32_t)v;
	return true;
}

static bool read_name(struct str rest, struct arena *mem, struct str *name)
{
	rest = str_trim(rest);
	return reindex_text_name(&rest, mem, name);
}

/* If a line cannot be read, the folder is scanned from the start. */
static int load_state(struct scan *s, struct err *err)
{
	struct str text, line;
	int r = io_read_file(s->state_file, STATE_MOST, s->l->mem, &text, err);
	if (r <= 0)
		return r;
	while (str_line(&text, &line)) {
		struct reached one;
		if (!take_number(&line, &one.uidvalidity) || !take_number(&line, &one.uid) ||
			!read_name(line, s->l->mem, &one.directory))
			continue;
		*(struct reached *)ARENA_PUSH(s->l->mem, s->reached, s->count) = one;
	}
	return 0;
}

static int save_state(const struct scan *s, struct err *err)
{
	struct buf b = {0};
	for (size_t i = 0; i < s->count; i++) {
		const struct reached *r = &s->reached[i];
		buf_fmt(&b, "%lu %lu ", (unsigned long)r->uidvalidity, (unsigned long)r->uid);
		reindex_put_name(&b, r->directory);
		buf_byte(&b, '\n');
	}
	int r = s->l->dry_run ? 0 : io_replace_file(s->state_file, buf_str(&b), 0600, err);
	buf_free(&b);
	return r;
}

static struct reached *reached_in(struct scan *s, struct str directory)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_eq(s->reached[i].directory, directory))
			return &s->reached[i];
	struct reached *r = ARENA_PUSH(s->l->mem, s->reached, s->count);
	r->directory = arena_str(s->l->mem, directory);
	return r;
}

/* ---- a message ---- */

static int look_at(
	struct scan *s, struct str directory, const struct learn_message *m, struct err *err)
{
	bool in_junk = str_eq(directory, s->junk);
	struct message *msg = m->path ? stored_read(s->l->conf, m->path, &s->l->unread, err) : NULL;
	/* The message is gone or cannot be read. It must not stop the scan for ever. */
	if (!msg)
		return m->path && err->fault == FAULT_TEMP && path_exists(m->path) == 0 ? -1 : 0;
	bool filed = compose_was_junk(msg);
	struct str name = folder_name(directory, s->l->mem);
	const char *where =
		arena_fmt(s->l->mem, STR_FMT " %lu", STR_ARGS(name), (unsigned long)m->uid).p;
	int r = 0;
	if (in_junk != filed)
		r = learn_message(s->l, msg, where, in_junk, err);
	message_free(msg);
	return r;
}

/*
 * The same for the lists: a message that its owner moved to Junk is spam, and the allow entries
 * that it came through are told to them.
 */
static int look_for_allowed(
	struct scan *s, struct str directory, const struct learn_message *m, struct err *err)
{
	struct stat st;
	struct err why;
	struct message *msg =
		m->path ? stored_read(s->l->conf, m->path, &s->l->unread, &why) : NULL;
	(void)directory;
	if (!msg)
		return 0;
	int r = 0;
	if (!compose_was_junk(msg) && path_stat(m->path, &st) == 0)
		r = acts_spam(s->acts, message_bytes(msg), (int64_t)st.st_mtim.tv_sec, err);
	message_free(msg);
	return r < 0 ? -1 : 0;
}

/* ---- a folder ---- */

static int scan_folder(struct scan *s, struct str directory, struct err *err)
{
	struct reached *done = reached_in(s, directory);
	struct learn_folder folder;
	struct progress progress;
	int r = learn_folder_read(
		&s->l->place, directory, done->uidvalidity, done->uid, s->l->mem, &folder, err);
	if (r <= 0)
		return r;
	if (folder.uidvalidity != done->uidvalidity)
		done->uid = 0;
	done->uidvalidity = folder.uidvalidity;
	progress_start(&progress, folder_name(directory, s->l->mem).p, folder.count, s->l->json);
	for (size_t i = 0; i < folder.count && r >= 0; i++) {
		r = s->look(s, directory, &folder.messages[i], err);
		if (r >= 0)
			done->uid = folder.messages[i].uid;
		progress_at(&progress, i + 1);
	}
	progress_end(&progress);
	return r < 0 ? -1 : 0;
}

/* ---- all of them ---- */

struct folders {
	struct str_list directories;
	struct arena *mem;
};

static bool on_folder(void *context, const char *directory)
{
	struct folders *list = context;
	str_list_add(&list->directories, arena_str(list->mem, str_of(directory)), list->mem);
	return true;
}

static int list_folders(const struct learn *l, struct folders *list, struct err *err)
{
	int root = path_open_dir_itself(l->place.maildir);
	if (root < 0)
		return err_temp(err, "cannot open %s: %s", l->place.maildir, strerror(errno));
	int r = maildir_walk_folders(root, on_folder, list, err);
	close(root); /* nothing was written */
	return r;
}

static struct str trash_of(const struct conf *conf, struct arena *mem)
{
	struct str_list named = folders_of_use(conf, STR_LIT("Trash"), mem);
	return named.count ? named.items[0] : folder_with_prefix(STR_LIT("Trash"), mem);
}

static int begin(struct learn *l, struct scan *s, const char *state_file, struct err *err)
{
	s->l = l;
	s->state_file = arena_fmt(l->mem, "%s/%s", l->place.state, state_file).p;
	if (folder_directory(folders_junk(l->conf, l->mem), l->mem, &s->junk, err) < 0 ||
		folder_directory(trash_of(l->conf, l->mem), l->mem, &s->trash, err) < 0)
		return -1;
	return load_state(s, err);
}

/*
 * Messages in the Trash are not learned. How far the scan came is recorded, even if it fails later.
 */
int learn_scan(struct learn *l, struct err *err)
{
	struct folders list = {.mem = l->mem};
	struct scan s = {.look = look_at};
	struct err later;
	if (!l->dry_run && learn_give_uids(&l->place, NULL, l->mem, err) < 0)
		return -1;
	if (begin(l, &s, "learned", err) < 0 || list_folders(l, &list, err) < 0)
		return -1;
	int r = 0;
	for (size_t i = 0; i < list.directories.count && r == 0; i++)
		if (!str_eq(list.directories.items[i], s.trash))
			r = scan_folder(&s, list.directories.items[i], err);
	if (save_state(&s, r == 0 ? err : &later) < 0)
		r = -1;
	return r;
}

int learn_scan_allowed(struct learn *l, const struct acts *acts, struct err *err)
{
	struct scan s = {.look = look_for_allowed, .acts = acts};
	struct err later;
	if (begin(l, &s, "lists.looked", err) < 0 ||
		learn_give_uids(&l->place, &s.junk, l->mem, err) < 0)
		return -1;
	int r = scan_folder(&s, s.junk, err);
	return save_state(&s, r == 0 ? err : &later) < 0 ? -1 : r;
}
