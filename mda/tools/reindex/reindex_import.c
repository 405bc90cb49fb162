/*
 * mda-reindex import: takes the UIDs of existing messages from a file. UIDs of other messages are
 * not given again. Messages that are not in the file get new UIDs above all others, in the order of
 * arrival.
 */
#include "base/str_list.h"
#include "mda/tools/reindex/reindex_change.h"
#include "mda/tools/reindex/reindex_text.h"

#include "base/io.h"
#include "store/arrival.h"
#include "store/folder.h"
#include "store/uidlist.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 30 };

/* A folder in the file. */
struct imported {
	struct str directory;
	uint32_t uidvalidity, uidnext, last;
	struct uiddb_entry *entries; /* in the order of the file: by UID */
	size_t count;
};

struct import {
	struct reindex *r;
	struct imported *folders;
	size_t count;
	size_t line;
	struct arena *mem;
};

/* ---- reading ---- */

static int bad(const struct import *m, const char *what, struct err *err)
{
	return err_temp(err, "%s:%zu: %s", m->r->input, m->line, what);
}

static int add_pair(struct import *m, uint32_t uid, struct str base, struct err *err)
{
	struct imported *f = m->count ? &m->folders[m->count - 1] : NULL;
	if (!f)
		return bad(m, "a record before the first folder", err);
	if (uid == 0 || uid > UIDLIST_LAST_UID)
		return bad(m, "the UID is not from 1 to 4294967294", err);
	if (uid <= f->last)
		return bad(m, "the UIDs do not ascend", err);
	if (base.n == 0 || base.n > 255 || str_find(base, '/') < base.n)
		return bad(m, "the name cannot be that of a file", err);
	f->last = uid;
	*(struct uiddb_entry *)ARENA_PUSH(m->mem, f->entries, f->count) =
		(struct uiddb_entry){.base = arena_str(m->mem, base), .uid = uid};
	return 0;
}

static int add_folder(
	struct import *m, struct str name, uint32_t uidvalidity, uint32_t uidnext, struct err *err)
{
	struct imported f = {.uidvalidity = uidvalidity, .uidnext = uidnext};
	if (folder_directory(name, m->mem, &f.directory, NULL) < 0)
		return bad(m, "this cannot be a folder", err);
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->folders[i].directory, f.directory))
			return bad(m, "this folder is in the file twice", err);
	if (uidvalidity == 0)
		return bad(m, "UIDVALIDITY is not from 1 to 4294967295", err);
	*(struct imported *)ARENA_PUSH(m->mem, m->folders, m->count) = f;
	return 0;
}

/* Takes " WORD NUMBER" off the start of *REST. */
static bool take_number(struct str *rest, const char *word, uint32_t *number)
{
	struct str name, value;
	unsigned long long v;
	if (!str_word(rest, &name) || !str_eq(name, str_of(word)) || !str_word(rest, &value) ||
		!str_number(value, UINT32_MAX, &v))
		return false;
	*number = (uint32_t)v;
	return true;
}

static int read_text_line(struct import *m, struct str line, struct err *err)
{
	struct str rest = line, word, name;
	uint32_t uidvalidity, uidnext;
	unsigned long long uid;
	if (m->line == 1)
		return str_eq(line, str_of(reindex_text_title))
			       ? 0
			       : bad(m, "the first line must be \"mda-uids 1\"", err);
	size_t blank = str_find(rest, ' ');
	word = str_slice(rest, 0, blank);
	rest = str_slice(rest, blank + 1, rest.n);
	if (!reindex_text_name(&rest, m->mem, &name))
		return bad(m, "a name is missing or its quotes are wrong", err);
	if (str_eq(word, STR_LIT("folder"))) {
		if (!take_number(&rest, "uidvalidity", &uidvalidity) ||
			!take_number(&rest, "uidnext", &uidnext) || str_trim(rest).n)
			return bad(m, "expected \"folder NAME uidvalidity N uidnext N\"", err);
		return add_folder(m, name, uidvalidity, uidnext, err);
	}
	if (!str_number(word, UINT32_MAX, &uid) || rest.n)
		return bad(m, "expected \"UID NAME\"", err);
	return add_pair(m, (uint32_t)uid, name, err);
}

static int read_server_line(struct import *m, struct str line, unsigned *version, struct err *err)
{
	struct uidlist_header h;
	struct uidlist_record record;
	if (m->line > 1) {
		if (!uidlist_parse_record(line, *version, &record))
			return bad(m, "the record is damaged", err);
		return add_pair(m, record.uid, record.base, err);
	}
	if (!uidlist_parse_header(line, &h))
		return bad(m, "the first line is not one of such a file", err);
	*version = h.version;
	return add_folder(
		m, str_of(m->r->folder ? m->r->folder : "INBOX"), h.uidvalidity, h.uidnext, err);
}

static int read_input(struct import *m, struct err *err)
{
	unsigned version = 0;
	struct str rest = STR_EMPTY, line;
	int r = io_read_file(m->r->input, INPUT_MAX, m->mem, &rest, err);
	if (r == 0)
		return err_temp(err, "there is no file %s", m->r->input);
	r = r < 0 ? -1 : 0;
	while (r == 0 && str_line(&rest, &line)) {
		m->line++;
		if (m->r->format == FORMAT_TEXT)
			r = read_text_line(m, line, err);
		else
			r = read_server_line(m, line, &version, err);
	}
	if (r == 0 && m->line == 0)
		r = err_temp(err, "%s: it is empty", m->r->input);
	return r;
}

/* ---- the plan ---- */

static int by_name(const void *a, const void *b)
{
	return str_compare(
		((const struct uiddb_entry *)a)->base, ((const struct uiddb_entry *)b)->base);
}

static int by_uid(const void *a, const void *b)
{
	const struct uiddb_entry *x = a, *y = b;
	return (x->uid > y->uid) - (x->uid < y->uid);
}

static const struct imported *find_imported(const struct import *m, struct str directory)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->folders[i].directory, directory))
			return &m->folders[i];
	return NULL;
}

/*
 * Matches the folder's messages with the file: known ones get their UID, the others go to UNKNOWN.
 */
static int match_files(
	struct change *c, const struct imported *f, struct str_list *unknown, struct err *err)
{
	const struct view *v = &c->view;
	struct uiddb_entry *named = arena_alloc(c->mem, (f->count + 1) * sizeof *named);
	if (f->count)
		memcpy(named, f->entries, f->count * sizeof *named);
	if (f->count)
		qsort(named, f->count, sizeof *named, by_name);
	for (size_t i = 1; i < f->count; i++)
		if (str_eq(named[i].base, named[i - 1].base))
			return err_temp(err, "%s: a name has two UIDs: " STR_FMT, c->r->input,
				STR_ARGS(named[i].base));
	for (size_t i = 0; i < v->file_count; i++) {
		struct uiddb_entry key = {.base = reindex_view_file_base(v, &v->files[i])};
		if (i > 0 && str_eq(key.base, reindex_view_file_base(v, &v->files[i - 1])))
			continue;
		const struct uiddb_entry *e =
			f->count ? bsearch(&key, named, f->count, sizeof *named, by_name) : NULL;
		if (e)
			c->entries[c->count++] = *e;
		else if (key.base.n && str_find(key.base, '\n') == key.base.n)
			str_list_add(unknown, key.base, c->mem);
	}
	return 0;
}

/* Never below the UIDs that were given under the same UIDVALIDITY. */
static uint32_t next_uid(const struct change *c, const struct imported *f)
{
	uint32_t next = f->uidnext > f->last ? f->uidnext : f->last + 1;
	bool same = c->view.has_record && c->view.record.uidvalidity == f->uidvalidity;
	return same && c->view.record.uidnext > next ? c->view.record.uidnext : next;
}

static bool is_same(const struct change *c)
{
	const struct view *v = &c->view;
	if (!v->has_record || v->record.uidvalidity != c->uidvalidity ||
		v->record.uidnext != c->uidnext || v->uid_count != c->count)
		return false;
	for (size_t i = 0; i < c->count; i++)
		if (v->uids[i].uid != c->entries[i].uid ||
			!str_eq(reindex_view_uid_base(v, &v->uids[i]), c->entries[i].base))
			return false;
	return true;
}

/* Clients that know a UID under this UIDVALIDITY would show one message in place of another. */
static int check_same(const struct change *c, struct err *err)
{
	const struct view *v = &c->view;
	if (!v->has_record || v->record.uidvalidity != c->uidvalidity || c->r->yes)
		return 0;
	for (size_t i = 0, k = 0; i < c->count; i++) {
		while (k < v->uid_count && v->uids[k].uid < c->entries[i].uid)
			k++;
		if (k < v->uid_count && v->uids[k].uid == c->entries[i].uid &&
			!str_eq(reindex_view_uid_base(v, &v->uids[k]), c->entries[i].base))
			return err_temp(err,
				"%s: UID %lu of " STR_FMT " is another message here, under the "
				"same UIDVALIDITY; use --yes if the file is right",
				c->r->input, (unsigned long)c->entries[i].uid, STR_ARGS(c->folder));
	}
	return 0;
}

static int plan(struct change *c, uint32_t new_uidvalidity, void *context, struct err *err)
{
	const struct imported *f = find_imported(context, c->directory);
	struct str_list unknown = {0};
	(void)new_uidvalidity;
	if (!f)
		return 0; /* the file does not have this folder */
	c->entries = arena_alloc(c->mem, (c->view.file_count + 1) * sizeof *c->entries);
	if (match_files(c, f, &unknown, err) < 0)
		return -1;
	if (c->count)
		qsort(c->entries, c->count, sizeof *c->entries, by_uid);
	c->uidvalidity = f->uidvalidity;
	c->uidnext = next_uid(c, f);
	if (check_same(c, err) < 0)
		return -1;
	if (unknown.count > UIDLIST_LAST_UID - c->uidnext)
		return err_temp(err, STR_FMT ": no UIDs are left", STR_ARGS(c->folder));
	arrival_sort(&unknown);
	for (size_t i = 0; i < unknown.count; i++)
		c->entries[c->count++] =
			(struct uiddb_entry){.base = unknown.items[i], .uid = c->uidnext++};
	return !is_same(c);
}

/* Every folder in the file must exist; otherwise the file is for another mailbox. */
static int check_folders(const struct import *m, struct err *err)
{
	struct str_list there;
	const char *asked = m->r->folder;
	m->r->folder = NULL;
	int r = reindex_view_folders(m->r, &there, err);
	m->r->folder = asked;
	for (size_t i = 0; i < m->count && r == 0; i++) {
		if (!str_list_has(&there, m->folders[i].directory))
			r = err_temp(err, "%s: the mailbox has no folder " STR_FMT, m->r->input,
				STR_ARGS(folder_name(m->folders[i].directory, m->mem)));
	}
	return r;
}

static int import(struct reindex *r, struct err *err)
{
	struct import m = {.r = r, .mem = arena_new()};
	const struct change_work work = {.plan = plan, .context = &m};
	int result = read_input(&m, err);
	if (result == 0)
		result = check_folders(&m, err);
	if (result == 0)
		result = reindex_change(r, &work, err);
	arena_free(m.mem);
	return result;
}

const struct reindex_command reindex_import = {
	.is = {"import", "", "take the UIDs from a file (--format=text, dovecot or courier)", 0},
	.need = REINDEX_CHANGES,
	.takes_file = true,
	.run = import,
};
