/*
 * mda-reindex repair: gives every file of a folder a UID. Known UIDs stay: a message is recognised
 * by its base name, or by its content if its file was renamed. A UID is removed only if its file is
 * gone for certain.
 */
#include "base/str_list.h"
#include "mda/tools/reindex/reindex_change.h"

#include "base/beneath.h"
#include "store/arrival.h"
#include "store/digest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIGESTS_MOST = 10000 };

struct repair {
	struct change *c;
	const size_t *order;     /* UIDs by base name */
	bool *lives;             /* by index in view.uids: its file exists */
	bool *crossed;           /* by index in view.uids: another UID has its name */
	struct str_list unknown; /* base names of files without a UID */
	size_t gone;
	size_t *by_digest, digest_count; /* of the UIDs whose files are gone */
};

/* ---- comparing ---- */

static bool base_at(const struct repair *p, size_t k, struct str base)
{
	const struct view *v = &p->c->view;
	return k < v->uid_count && str_eq(reindex_view_uid_base(v, &v->uids[p->order[k]]), base);
}

/* If several UIDs have one name, the UID to which the name leads is right, or else the last one. */
static void mark_living(struct repair *p, size_t first, size_t end)
{
	const struct view *v = &p->c->view;
	size_t best = first;
	for (size_t k = first; k < end; k++) {
		const struct view_uid *u = &v->uids[p->order[k]], *b = &v->uids[p->order[best]];
		if (b->crossed != u->crossed ? b->crossed : u->uid > b->uid)
			best = k;
	}
	for (size_t k = first; k < end; k++)
		p->crossed[p->order[k]] = k != best;
	p->lives[p->order[best]] = true;
}

/* Both sides are sorted by base name. */
static void compare(struct repair *p)
{
	struct change *c = p->c;
	const struct view *v = &c->view;
	size_t k = 0;
	for (size_t i = 0; i < v->file_count; i++) {
		struct str base = reindex_view_file_base(v, &v->files[i]);
		if (i > 0 && str_eq(base, reindex_view_file_base(v, &v->files[i - 1])))
			continue;
		while (k < v->uid_count &&
			str_compare(reindex_view_uid_base(v, &v->uids[p->order[k]]), base) < 0)
			k++;
		size_t first = k;
		while (base_at(p, k, base))
			k++;
		if (k > first)
			mark_living(p, first, k);
		else if (str_find(base, '\n') == base.n && base.n)
			str_list_add(&p->unknown, base, c->mem);
	}
}

/* ---- by content ---- */

static int open_message(const struct change *c, struct str base)
{
	const struct view *v = &c->view;
	const struct view_file *f = reindex_view_find_file(v, base);
	if (!f)
		return -1;
	const char *path = arena_fmt(c->mem, STR_FMT "%s%s/" STR_FMT, STR_ARGS(c->directory),
		c->directory.n ? "/" : "", f->in_cur ? "cur" : "new",
		STR_ARGS(reindex_view_file_name(v, f)))
				   .p;
	return beneath_open(c->r->root, path, O_RDONLY | O_NONBLOCK, 0);
}

static bool is_gone(const struct repair *p, size_t at)
{
	return !p->lives[at] && !p->crossed[at];
}

static int compare_digests(const void *a, const void *b, void *context)
{
	const struct uiddb_entry *entries = context;
	return memcmp(entries[*(const size_t *)a].digest, entries[*(const size_t *)b].digest,
		DIGEST_BYTES);
}

/* The UIDs whose files are gone and whose content is known, by content. */
static void sort_gone(struct repair *p)
{
	struct change *c = p->c;
	p->by_digest = mem_alloc((c->view.uid_count + 1) * sizeof *p->by_digest);
	p->digest_count = 0;
	for (size_t i = 0; i < c->view.uid_count; i++)
		if (is_gone(p, i) && c->entries[i].digest)
			p->by_digest[p->digest_count++] = i;
	qsort_r(p->by_digest, p->digest_count, sizeof *p->by_digest, compare_digests, c->entries);
}

static size_t first_of_digest(const struct repair *p, const unsigned char *digest)
{
	size_t low = 0, high = p->digest_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const unsigned char *there = p->c->entries[p->by_digest[middle]].digest;
		if (memcmp(there, digest, DIGEST_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The index in view.uids of the only such UID whose file had these bytes; count if there is none,
 * or more than one.
 */
static size_t find_gone(const struct repair *p, const unsigned char *digest)
{
	const size_t none = p->c->view.uid_count;
	size_t found = none;
	for (size_t k = first_of_digest(p, digest); k < p->digest_count; k++) {
		size_t at = p->by_digest[k];
		if (memcmp(p->c->entries[at].digest, digest, DIGEST_BYTES) != 0)
			break;
		if (is_gone(p, at) && found < none)
			return none;
		if (is_gone(p, at))
			found = at;
	}
	return found;
}

/* A file that cannot be read is a new message. */
static bool read_digest(const struct change *c, struct str base, unsigned char *digest)
{
	int fd = open_message(c, base);
	bool good = fd >= 0 && digest_of_file(fd, digest, NULL) == 0;
	if (fd >= 0)
		close(fd); /* nothing was written */
	return good;
}

static size_t find_content(const struct repair *p, struct str base)
{
	unsigned char digest[DIGEST_BYTES];
	return read_digest(p->c, base, digest) ? find_gone(p, digest) : p->c->view.uid_count;
}

static void recognise_renamed(struct repair *p)
{
	struct change *c = p->c;
	size_t kept = 0;
	sort_gone(p);
	reindex_progress(c->r, c->directory, "reading new files", p->unknown.count);
	for (size_t i = 0; i < p->unknown.count && p->digest_count; i++) {
		size_t at = find_content(p, p->unknown.items[i]);
		progress_at(&c->r->progress, i);
		if (at == c->view.uid_count) {
			p->unknown.items[kept++] = p->unknown.items[i];
			continue;
		}
		c->entries[at].base = p->unknown.items[i];
		p->lives[at] = true;
		p->gone--;
	}
	progress_end(&c->r->progress);
	if (p->digest_count)
		p->unknown.count = kept;
	free(p->by_digest);
}

/* ---- the plan ---- */

static size_t count_gone(const struct repair *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->c->view.uid_count; i++)
		n += !p->lives[i] && !p->crossed[i];
	return n;
}

static bool has_crossed(const struct repair *p)
{
	for (size_t i = 0; i < p->c->view.uid_count; i++)
		if (p->c->view.uids[i].crossed)
			return true;
	return false;
}

/*
 * Only for a few new files, so that they are recognised when they are renamed. Reading all files of
 * a large folder takes too long.
 */
static const unsigned char *new_digest(const struct repair *p, struct str base)
{
	unsigned char *digest;
	if (p->unknown.count > DIGESTS_MOST)
		return NULL;
	digest = arena_alloc(p->c->mem, DIGEST_BYTES);
	return read_digest(p->c, base, digest) ? digest : NULL;
}

static int give_uids(struct repair *p, struct err *err)
{
	struct change *c = p->c;
	arrival_sort(&p->unknown);
	if (p->unknown.count > UINT32_MAX - 1 - c->uidnext)
		return err_temp(err, "no UIDs are left");
	for (size_t i = 0; i < p->unknown.count; i++)
		c->entries[c->count++] = (struct uiddb_entry){.base = p->unknown.items[i],
			.digest = new_digest(p, p->unknown.items[i]),
			.uid = c->uidnext++};
	return 0;
}

/* Removes UIDs whose files are gone for certain, and UIDs whose name belongs to another UID. */
static void drop(struct repair *p)
{
	struct change *c = p->c;
	size_t kept = 0;
	for (size_t i = 0; i < c->view.uid_count; i++)
		if (p->lives[i] || (!c->exact && !p->crossed[i]))
			c->entries[kept++] = c->entries[i];
	c->count = kept;
}

static int plan_from(struct repair *p, struct err *err)
{
	struct change *c = p->c;
	const struct view *v = &c->view;
	uint32_t last = v->uid_count ? v->uids[v->uid_count - 1].uid : 0;
	bool low = c->uidnext <= last, crossed = has_crossed(p);
	compare(p);
	p->gone = c->exact ? count_gone(p) : 0;
	if (!low && !crossed && p->gone == 0 && p->unknown.count == 0 && v->has_record)
		return 0;
	if (low)
		c->uidnext = last + 1;
	if (reindex_change_start(c, p->unknown.count, err) < 0)
		return -1;
	recognise_renamed(p);
	drop(p);
	return give_uids(p, err) < 0 ? -1 : 1;
}

/* If the database does not have the folder, a dry run can only say that all messages are new. */
static int plan(struct change *c, uint32_t new_uidvalidity, void *context, struct err *err)
{
	struct repair p = {.c = c, .order = reindex_view_sort_bases(&c->view)};
	(void)context;
	if (!c->view.has_record) {
		c->uidvalidity = new_uidvalidity;
		c->uidnext = 1;
	}
	p.lives = arena_alloc(c->mem, c->view.uid_count + 1);
	p.crossed = arena_alloc(c->mem, c->view.uid_count + 1);
	memset(p.lives, 0, c->view.uid_count + 1);
	memset(p.crossed, 0, c->view.uid_count + 1);
	int r = plan_from(&p, err);
	free((void *)(uintptr_t)p.order);
	return r;
}

/* ---- what files are known by, should they be renamed ---- */

/*
 * Messages that came from the IMAP server's file, the text copy or another program have no digest
 * yet. Their files are read now.
 */
struct digest_work {
	struct change *c;
	struct view view;
	size_t *places; /* indexes in its uids */
	size_t count;
	unsigned char (*digests)[DIGEST_BYTES];
};

static int find_unmet(struct uiddb *db, void *context, struct err *err)
{
	struct digest_work *w = context;
	const struct view *v = &w->view;
	w->count = 0;
	for (size_t i = 0; i < v->uid_count && w->count < DIGESTS_MOST; i++) {
		unsigned char digest[DIGEST_BYTES];
		int found = uiddb_get_digest(db, v->record.id, v->uids[i].uid, digest, err);
		if (found < 0)
			return -1;
		if (!found && reindex_view_find_file(v, reindex_view_uid_base(v, &v->uids[i])))
			w->places[w->count++] = i;
	}
	return 0;
}

/* A file that cannot be read now is left for the next repair. */
static void read_unmet(struct digest_work *w)
{
	struct change c = {
		.r = w->c->r, .directory = w->c->directory, .view = w->view, .mem = w->c->mem};
	size_t kept = 0;
	reindex_progress(c.r, c.directory, "reading files", w->count);
	for (size_t i = 0; i < w->count; i++) {
		struct str base = reindex_view_uid_base(&w->view, &w->view.uids[w->places[i]]);
		w->places[kept] = w->places[i];
		kept += read_digest(&c, base, w->digests[kept]);
		progress_at(&c.r->progress, i);
	}
	progress_end(&c.r->progress);
	w->count = kept;
}

/* A delivery or a server may have changed the folder in the meantime. */
static int set_digests(struct uiddb *db, void *context, struct err *err)
{
	const struct digest_work *w = context;
	struct uiddb_folder folder;
	int found = uiddb_find_folder(db, w->c->directory, &folder, err);
	for (size_t i = 0; i < w->count && found > 0; i++) {
		const struct view_uid *u = &w->view.uids[w->places[i]];
		struct str base;
		int there = uiddb_find_base(db, folder.id, u->uid, &base, err);
		bool same = there > 0 && str_eq(base, reindex_view_uid_base(&w->view, u));
		if (there < 0 ||
			(same && uiddb_set_digest(db, folder.id, u->uid, w->digests[i], err) < 0))
			return -1;
	}
	return found < 0 ? -1 : 0;
}

static int meet(struct change *c, void *context, struct err *err)
{
	struct digest_work w = {.c = c};
	struct uiddb *db = c->r->db;
	(void)context;
	int r = reindex_view_load(c->r, c->directory, &w.view, err);
	w.places = arena_alloc(c->mem, (DIGESTS_MOST + 1) * sizeof *w.places);
	if (r == 0)
		r = uiddb_read(db, find_unmet, &w, err);
	w.digests = arena_alloc(c->mem, (w.count + 1) * sizeof *w.digests);
	if (r == 0)
		read_unmet(&w);
	if (r == 0 && w.count)
		r = uiddb_write(db, set_digests, &w, err);
	reindex_view_free(&w.view);
	return r;
}

static int repair(struct reindex *r, struct err *err)
{
	const struct change_work work = {
		.plan = plan, .done = meet, .done_always = true, .skips_new = true};
	return reindex_change(r, &work, err);
}

const struct reindex_command reindex_repair = {
	.is = {"repair", "", "give every message file a UID, and keep all known UIDs", 0},
	.need = REINDEX_CHANGES,
	.run = repair,
};
