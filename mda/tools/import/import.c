#include "mda/tools/import/import.h"

#include "base/str_list.h"
#include "mda/tools/import/import_seen.h"
#include "mda/tools/progress.h"
#include "mda/tools/stopping.h"
#include "store/store_add.h"

/* ---- notes ---- */

void import_note(struct import *i, struct str text)
{
	if (str_list_has(&i->notes, text))
		return;
	if (i->note_count++ < IMPORT_NOTES)
		str_list_add(&i->notes, arena_str(i->mem, text), i->mem);
}

/* A message that is not imported, and why. */
static void leave_out(
	struct import *i, const struct import_message *m, bool failed, const char *why)
{
	struct arena *mem = arena_new();
	struct str where = import_source_where(&i->source, m, mem);
	import_note(i, arena_fmt(mem, STR_FMT ": left out: %s", STR_ARGS(where), why));
	i->left_out++;
	i->failed += failed;
	arena_free(mem);
}

/* ---- one folder ---- */

struct work {
	struct import *i;
	struct import_seen *seen;
	struct store_add *add; /* NULL: nothing is stored yet */
	struct import_mail mail;
	struct import_count *count;
	struct stop_signals stopping;
	struct progress progress;
	size_t done;
};

static int commit(struct work *w, struct err *err)
{
	size_t stored = 0;
	int r = w->add ? store_add_commit(w->add, &stored, err) : 0;
	w->count->imported += stored;
	return r;
}

static int store(struct work *w, const struct import_message *m, struct err *err)
{
	struct import *i = w->i;
	const struct import_fields *f = &w->mail.fields;
	if (!i->store) {
		w->count->imported++;
		return 0;
	}
	if (!w->add)
		w->add = store_add_open(i->store, i->source.folders[m->folder].directory, err);
	const struct store_added added = {.bytes = buf_str(&w->mail.bytes),
		.flags = f->flags,
		.keywords = f->keywords,
		.seen_before = f->old,
		.arrived = m->date};
	if (!w->add || store_add_write(w->add, &added, err) < 0)
		return -1;
	return store_add_is_full(w->add) ? commit(w, err) : 0;
}

static int import_one(struct work *w, const struct import_message *m, struct err *err)
{
	struct err why;
	int r = import_source_read(&w->i->source, m, &w->mail, &why);
	w->count->found++;
	if (r < 0) {
		(void)commit(w, err); /* what was read before is stored, if it can be */
		*err = why;
		return -1;
	}
	if (r == 0) {
		leave_out(w->i, m, w->mail.failed, why.text);
		return 0;
	}
	enum import_kind kind = import_seen_meet(
		w->seen, buf_str(&w->mail.bytes), w->mail.fields.message_id, w->i->keep);
	w->count->duplicates += kind == IMPORT_DUPLICATE;
	w->count->same_id += kind == IMPORT_SAME_ID;
	return kind == IMPORT_DUPLICATE ? 0 : store(w, m, err);
}

static int import_messages(struct work *w, size_t from, size_t to, struct err *err)
{
	int r = 0;
	for (size_t n = from; n < to && r == 0 && !stopping_asked(); n++) {
		r = import_one(w, &w->i->source.messages[n], err);
		progress_at(&w->progress, n + 1);
	}
	return r < 0 ? -1 : commit(w, err);
}

static int import_folder(struct import *i, size_t from, size_t to, struct err *err)
{
	uint32_t folder = i->source.messages[from].folder;
	struct work w = {.i = i, .seen = import_seen_new(), .count = &i->folders[folder]};
	int r = import_seen_load(w.seen, i->maildir, i->source.folders[folder].name, i->quiet, err);
	progress_start(&w.progress, i->store ? "importing" : "reading", i->source.count, i->quiet);
	stopping_begin(&w.stopping);
	if (r == 0)
		r = import_messages(&w, from, to, err);
	stopping_end(&w.stopping);
	progress_end(&w.progress);
	store_add_close(w.add);
	import_seen_free(w.seen);
	buf_free(&w.mail.bytes);
	arena_free(w.mail.mem);
	return r;
}

/* ---- all ---- */

static void add_up(struct import *i)
{
	for (size_t f = 0; f < i->source.folder_count; f++) {
		i->all.found += i->folders[f].found;
		i->all.imported += i->folders[f].imported;
		i->all.duplicates += i->folders[f].duplicates;
		i->all.same_id += i->folders[f].same_id;
	}
}

static void note_line(struct import *i, uint64_t line, size_t count, const char *what)
{
	if (count == 0)
		return;
	struct str at =
		line ? arena_fmt(i->mem, " (the first is line %llu)", (unsigned long long)line)
		     : STR_EMPTY;
	import_note(i, arena_fmt(i->mem, "%zu %s" STR_FMT, count, what, STR_ARGS(at)));
}

/* What was found in the file that a person should know. */
static void note_source(struct import *i)
{
	const struct import_mbox *m = &i->source.mbox;
	bool by_length = m->dialect == IMPORT_MBOXCL || m->dialect == IMPORT_MBOXCL2;
	note_line(i, m->undated_line, m->undated,
		"lines begin with \"From \" and have no date: they count as text");
	note_line(i, by_length ? m->wrong_line : 0, by_length ? m->wrong : 0,
		"messages have a wrong Content-Length: they end at the next From line");
	if (!by_length && m->right)
		import_note(i,
			STR_LIT("Content-Length is not right for all messages, and is not used"));
	note_line(i, 0, i->source.left_out, "subfolders are left out; --folders imports them");
}

int import_run(struct import *i, struct err *err)
{
	int r = 0;
	i->folders = arena_alloc(i->mem, (i->source.folder_count + 1) * sizeof *i->folders);
	note_source(i);
	for (size_t from = 0, to = 0; from < i->source.count && r == 0 && !stopping_asked();
		from = to) {
		while (to < i->source.count &&
			i->source.messages[to].folder == i->source.messages[from].folder)
			to++;
		r = import_folder(i, from, to, err);
	}
	i->interrupted = stopping_asked();
	add_up(i);
	return r;
}
