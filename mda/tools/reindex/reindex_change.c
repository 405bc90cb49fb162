#include "mda/tools/reindex/reindex_change.h"

#include "base/beneath.h"
#include "base/json.h"
#include "base/log.h"
#include "store/folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct change_run {
	struct reindex *r;
	const struct change_work *work;
	struct change change; /* of the current folder */
	size_t changes;
	struct buf out;
	struct json json; /* to OUT */
};

/* ---- what is ---- */

struct digests {
	struct change *change;
	unsigned char (*bytes)[UIDDB_DIGEST];
};

static int read_digests(struct uiddb *db, void *context, struct err *err)
{
	struct digests *d = context;
	struct change *c = d->change;
	for (size_t i = 0; i < c->view.uid_count; i++) {
		int found = uiddb_get_digest(
			db, c->view.record.id, c->entries[i].uid, d->bytes[i], err);
		if (found < 0)
			return -1;
		c->entries[i].digest = found ? d->bytes[i] : NULL;
	}
	return 0;
}

int reindex_change_start(struct change *c, size_t more, struct err *err)
{
	struct view *v = &c->view;
	struct digests d = {c, arena_alloc(c->mem, (v->uid_count + 1) * sizeof *d.bytes)};
	c->entries = arena_alloc(c->mem, (v->uid_count + more + 1) * sizeof *c->entries);
	for (size_t i = 0; i < v->uid_count; i++)
		c->entries[i] = (struct uiddb_entry){
			.base = reindex_view_uid_base(v, &v->uids[i]), .uid = v->uids[i].uid};
	c->count = v->uid_count;
	return uiddb_read(c->r->db, read_digests, &d, err);
}

/* ---- telling ---- */

struct counts {
	size_t kept, fresh, renamed, gone, renumbered;
};

enum kind { FRESH, RENAMED, GONE, RENUMBERED, KINDS };

static const char *const kind_names[KINDS] = {"new", "renamed", "gone", "renumbered"};

/* One message: its UID and name before and after; 0 or empty if there is none. */
struct step {
	enum kind kind;
	uint32_t old_uid, new_uid;
	struct str old_base, new_base;
};

typedef int step_visit(struct change_run *run, const struct step *s, struct err *err);

/*
 * The UID of that name before the change, searched in the order of reindex_view_sort_bases(); 0
 * if there was none.
 */
static uint32_t old_uid_of(const struct view *v, const size_t *order, struct str base)
{
	size_t low = 0, high = v->uid_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_compare(reindex_view_uid_base(v, &v->uids[order[middle]]), base) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	bool found =
		low < v->uid_count && str_eq(reindex_view_uid_base(v, &v->uids[order[low]]), base);
	return found ? v->uids[order[low]].uid : 0;
}

/* Under a new UIDVALIDITY every message has a new UID. */
static int walk_all(struct change_run *run, struct counts *n, step_visit *visit, struct err *err)
{
	struct change *c = &run->change;
	size_t *order = reindex_view_sort_bases(&c->view);
	int r = 0;
	for (size_t i = 0; i < c->count && r == 0; i++) {
		struct step s = {.kind = RENUMBERED,
			.new_uid = c->entries[i].uid,
			.new_base = c->entries[i].base};
		s.old_uid = old_uid_of(&c->view, order, s.new_base);
		n->renumbered++;
		r = visit ? visit(run, &s, err) : 0;
	}
	free(order);
	return r;
}

/* Under the same UIDVALIDITY, both sides are walked by UID. */
static int walk_changed(
	struct change_run *run, struct counts *n, step_visit *visit, struct err *err)
{
	struct change *c = &run->change;
	const struct view *v = &c->view;
	size_t i = 0, k = 0;
	int r = 0;
	while (r == 0 && (i < v->uid_count || k < c->count)) {
		uint32_t old_uid = i < v->uid_count ? v->uids[i].uid : UINT32_MAX;
		uint32_t new_uid = k < c->count ? c->entries[k].uid : UINT32_MAX;
		struct step s = {.kind = old_uid < new_uid ? GONE : FRESH};
		if (old_uid <= new_uid) {
			s.old_uid = old_uid;
			s.old_base = reindex_view_uid_base(v, &v->uids[i++]);
		}
		if (new_uid <= old_uid) {
			s.new_uid = new_uid;
			s.new_base = c->entries[k++].base;
		}
		bool same = s.old_uid == s.new_uid;
		if (same && str_eq(s.old_base, s.new_base)) {
			n->kept++;
			continue;
		}
		if (same)
			s.kind = RENAMED;
		n->gone += s.kind == GONE;
		n->fresh += s.kind == FRESH;
		n->renamed += s.kind == RENAMED;
		r = visit ? visit(run, &s, err) : 0;
	}
	return r;
}

static int walk(struct change_run *run, struct counts *n, step_visit *visit, struct err *err)
{
	const struct view *v = &run->change.view;
	*n = (struct counts){0};
	if (v->has_record && v->record.uidvalidity != run->change.uidvalidity)
		return walk_all(run, n, visit, err);
	return walk_changed(run, n, visit, err);
}

static int text_step(struct change_run *run, const struct step *s, struct err *err)
{
	static const char signs[KINDS] = {'+', '~', '-', '*'};
	log_escape(&run->out, run->change.folder);
	buf_fmt(&run->out, ": %c ", signs[s->kind]);
	if (s->kind == RENUMBERED && s->old_uid)
		buf_fmt(&run->out, "%lu -> ", (unsigned long)s->old_uid);
	buf_fmt(&run->out, "%lu ", (unsigned long)(s->new_uid ? s->new_uid : s->old_uid));
	log_escape(&run->out, s->old_base.n ? s->old_base : s->new_base);
	if (s->kind == RENAMED) {
		buf_text(&run->out, " -> ");
		log_escape(&run->out, s->new_base);
	}
	buf_byte(&run->out, '\n');
	return reindex_print_some(&run->out, err);
}

static int json_step(struct change_run *run, const struct step *s, struct err *err)
{
	struct json *json = &run->json;
	json_next_line(json);
	json_begin_object(json);
	json_text(json, "kind", str_of(kind_names[s->kind]));
	json_number(json, "uid", s->new_uid ? s->new_uid : s->old_uid);
	if (s->kind == RENUMBERED && s->old_uid)
		json_number(json, "was", s->old_uid);
	json_text(json, "name", s->new_base.n ? s->new_base : s->old_base);
	if (s->kind == RENAMED)
		json_text(json, "was", s->old_base);
	json_end_object(json);
	return reindex_print_some(&run->out, err);
}

static void put_number(struct buf *to, const char *name, uint32_t was, uint32_t is)
{
	if (was && was != is)
		buf_fmt(to, "%s %lu -> %lu", name, (unsigned long)was, (unsigned long)is);
	else
		buf_fmt(to, "%s %lu", name, (unsigned long)is);
}

static void text_summary(struct change_run *run, const struct counts *n, bool changed)
{
	const struct change *c = &run->change;
	const struct view *v = &c->view;
	log_escape(&run->out, c->folder);
	if (!changed) {
		buf_fmt(&run->out, ": nothing to do, %zu message%s\n", v->file_count,
			v->file_count == 1 ? "" : "s");
		return;
	}
	buf_text(&run->out, ": ");
	if (n->renumbered)
		buf_fmt(&run->out, "%zu renumbered", n->renumbered);
	else
		buf_fmt(&run->out, "%zu kept, %zu new, %zu renamed, %zu gone", n->kept, n->fresh,
			n->renamed, n->gone);
	buf_text(&run->out, "; ");
	put_number(&run->out, "UIDVALIDITY", v->record.uidvalidity, c->uidvalidity);
	buf_text(&run->out, ", ");
	put_number(&run->out, "UIDNEXT", v->record.uidnext, c->uidnext);
	buf_text(&run->out, run->r->dry_run ? " (nothing was changed)\n" : "\n");
}

static int tell_text(struct change_run *run, bool changed, struct err *err)
{
	struct counts n = {0};
	if (changed && walk(run, &n, run->r->dry_run ? text_step : NULL, err) < 0)
		return -1;
	text_summary(run, &n, changed);
	return reindex_print_some(&run->out, err);
}

static int tell_json(struct change_run *run, bool changed, struct err *err)
{
	const struct change *c = &run->change;
	struct json *json = &run->json;
	struct counts n = {0};
	json_next_line(json);
	json_begin_object(json);
	json_text(json, "folder", c->folder);
	json_number(json, "uidvalidity", changed ? c->uidvalidity : c->view.record.uidvalidity);
	json_number(json, "uidnext", changed ? c->uidnext : c->view.record.uidnext);
	json_named_array(json, "changes");
	int r = changed ? walk(run, &n, json_step, err) : 0;
	json_end_array(json);
	json_end_object(json);
	return r < 0 ? -1 : reindex_print_some(&run->out, err);
}

static int tell(struct change_run *run, bool changed, struct err *err)
{
	run->changes += changed;
	if (run->r->quiet)
		return 0;
	return run->r->json ? tell_json(run, changed, err) : tell_text(run, changed, err);
}

/* Does not repeat what store_say() has printed. */
static int tell_new(struct change_run *run, const struct rewrite_view *v, struct err *err)
{
	run->changes++;
	if (run->r->quiet)
		return 0;
	if (run->r->json) {
		run->change.uidvalidity = v->uidvalidity;
		run->change.uidnext = v->uidnext;
		run->change.view.record = (struct uiddb_folder){0, v->uidvalidity, v->uidnext};
		return tell_json(run, false, err);
	}
	log_escape(&run->out, run->change.folder);
	buf_fmt(&run->out, ": %lu new; UIDVALIDITY %lu, UIDNEXT %lu\n",
		(unsigned long)v->uidnext - 1, (unsigned long)v->uidvalidity,
		(unsigned long)v->uidnext);
	return reindex_print_some(&run->out, err);
}

/* ---- doing ---- */

static int make_plan(struct change_run *run, const struct rewrite_view *v, struct err *err)
{
	struct change *c = &run->change;
	uint32_t new_uidvalidity = (uint32_t)time(NULL);
	if (reindex_view_load_exactly(run->r, c->directory, &c->view, &c->exact, err) < 0)
		return -1;
	c->uidvalidity = c->view.record.uidvalidity;
	c->uidnext = c->view.record.uidnext;
	if (v && store_new_uidvalidity(v->store, &new_uidvalidity, err) < 0)
		return -1;
	if (new_uidvalidity <= c->uidvalidity)
		new_uidvalidity = c->uidvalidity + 1;
	return run->work->plan(c, new_uidvalidity, run->work->context, err);
}

static int plan_locked(void *context, const struct rewrite_view *v, struct uiddb_contents *contents,
	struct err *err)
{
	struct change_run *run = context;
	const struct change *c = &run->change;
	run->r->db = v->db;
	if (run->work->skips_new && v->is_new)
		return tell_new(run, v, err);
	int r = make_plan(run, v, err);
	*contents = (struct uiddb_contents){.uidvalidity = c->uidvalidity,
		.uidnext = c->uidnext,
		.entries = c->entries,
		.count = c->count};
	if (r >= 0 && tell(run, r > 0, err) < 0)
		return -1;
	return r;
}

static int change_folder(struct change_run *run, struct err *err)
{
	size_t before = run->changes;
	if (run->r->dry_run) {
		int r = make_plan(run, NULL, err);
		return r < 0 ? -1 : tell(run, r > 0, err);
	}
	if (store_rewrite(run->r->store, run->change.directory, plan_locked, run, err) < 0)
		return -1;
	run->r->db = store_database(run->r->store);
	bool changed = run->changes > before;
	if (run->work->done && (changed || run->work->done_always))
		return run->work->done(&run->change, run->work->context, err);
	return 0;
}

/* A folder that is in the database and has no directory has nothing to repair. */
static bool has_directory(struct reindex *r, struct str directory)
{
	struct stat st;
	const char *name = directory.n ? arena_cstr(r->mem, directory) : ".";
	return beneath_stat(r->root, name, &st) == 0 && S_ISDIR(st.st_mode);
}

static int change_folders(struct change_run *run, struct err *err)
{
	struct str_list folders;
	int r = reindex_view_folders(run->r, &folders, err);
	for (size_t i = 0; r == 0 && i < folders.count; i++) {
		struct arena *mem = arena_new();
		run->change =
			(struct change){.r = run->r, .directory = folders.items[i], .mem = mem};
		run->change.folder = folder_name(run->change.directory, mem);
		if (has_directory(run->r, run->change.directory))
			r = change_folder(run, err);
		reindex_view_free(&run->change.view);
		arena_free(mem);
	}
	return r;
}

static void begin_json(struct json *json)
{
	json_begin_object(json);
	json_named_array(json, "folders");
}

static void end_json(struct json *json)
{
	json_end_array(json);
	json_end_object(json);
	json_end_line(json);
}

int reindex_change(struct reindex *r, const struct change_work *work, struct err *err)
{
	struct change_run run = {.r = r, .work = work};
	int tool = -1;
	if (r->store && (tool = store_lock_tool(r->store, err)) < 0)
		return -1;
	run.json.to = &run.out;
	if (r->json)
		begin_json(&run.json);
	int result = change_folders(&run, err);
	if (r->json)
		end_json(&run.json);
	/* Prints what was done, even if the rest failed. */
	if (program_print(&run.out, result == 0 ? err : NULL) < 0)
		result = -1;
	buf_free(&run.out);
	if (tool >= 0)
		close(tool); /* releases it; nothing was written */
	if (result < 0)
		return -1;
	return r->dry_run && run.changes ? REINDEX_DISAGREES : REINDEX_AGREES;
}
