/*
 * Compares the view of a folder with the files of UIDs in its directory, which are read line by
 * line.
 */
#include "mda/tools/reindex/reindex_findings.h"

#include "base/beneath.h"
#include "store/backup.h"
#include "store/uidlist.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct listed {
	const struct view *v;
	const size_t *order; /* UIDs by base name */
	uint32_t *seen;      /* by index in v->uids: the UID that the file has for it; 0: none */
	uint32_t *listed;    /* by index in v->files, too */
	unsigned version;
	uint32_t last_uid;
	bool damaged;
	bool another; /* the folder is not the one that is in the database */
	bool is_copy; /* lines are appended to it: of two with one name, the later one counts */
	struct findings *f;
};

/* The index in v->uids of the UID with that name; uid_count if there is none. */
static size_t place_of(const struct listed *l, struct str base)
{
	const struct view *v = l->v;
	size_t low = 0, high = v->uid_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_compare(reindex_view_uid_base(v, &v->uids[l->order[middle]]), base) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < v->uid_count &&
		     str_eq(reindex_view_uid_base(v, &v->uids[l->order[low]]), base);
	return found ? l->order[low] : v->uid_count;
}

/*
 * A line without a message file is the server's business. A file that the database does not have
 * was stored by a reader, and the next delivery takes over its UID.
 */
static void judge_line(struct listed *l, struct str line)
{
	struct uidlist_record r;
	if (!uidlist_parse_record(line, l->version, &r) || r.uid <= l->last_uid) {
		l->damaged = true;
		return;
	}
	l->last_uid = r.uid;
	size_t at = place_of(l, r.base);
	const struct view_file *file = reindex_view_find_file(l->v, r.base);
	if (at < l->v->uid_count)
		l->seen[at] = r.uid;
	if (!file)
		return;
	uint32_t *listed = &l->listed[file - l->v->files];
	if (*listed && !l->is_copy)
		reindex_findings_add(
			l->f, SERVER_TWICE, *listed, reindex_view_file_base(l->v, file));
	*listed = r.uid;
}

/*
 * A folder that a client created again, or renamed to this name, has none of the messages that the
 * database has.
 */
static bool is_another(const struct view *v, const struct listed *l)
{
	for (size_t i = 0; i < v->file_count; i++)
		if (place_of(l, reindex_view_file_base(v, &v->files[i])) < v->uid_count)
			return false;
	return true;
}

/* 1 if the file has the view's UIDVALIDITY, 0 if not, -1 on error. */
static int judge_lines(struct listed *l, int fd, struct err *err)
{
	struct uidlist_reader reader;
	struct uidlist_header h;
	struct str line;
	bool same = false;
	uidlist_reader_init(&reader, fd, 0);
	int more = uidlist_next_line(&reader, &line, err);
	l->damaged = more <= 0 || !uidlist_parse_header(line, &h);
	if (!l->damaged) {
		l->version = h.version;
		same = h.uidvalidity == l->v->record.uidvalidity;
		l->another = !same && is_another(l->v, l);
		if (!same && !l->another)
			reindex_findings_add(l->f, SERVER_UIDVALIDITY, 0, STR_EMPTY);
	}
	while ((same || l->another) && (more = uidlist_next_line(&reader, &line, err)) > 0)
		judge_line(l, line);
	uidlist_reader_free(&reader);
	return more < 0 ? -1 : same;
}

/* If there are two records with one name, the last one counts. */
static void judge_uids(const struct listed *l)
{
	for (size_t i = 0; i < l->v->uid_count; i++) {
		uint32_t ours = l->v->uids[i].uid, theirs = l->seen[i];
		struct str base = reindex_view_uid_base(l->v, &l->v->uids[i]);
		if (theirs == ours || !reindex_view_find_file(l->v, base))
			continue;
		reindex_findings_add(
			l->f, theirs ? SERVER_UID : SERVER_LACKS, theirs ? theirs : ours, base);
	}
}

static int judge_file(struct reindex *r, struct str directory, const char *name, struct listed *l,
	struct err *err)
{
	const char *path =
		arena_fmt(r->mem, STR_FMT "%s%s", STR_ARGS(directory), directory.n ? "/" : "", name)
			.p;
	int fd = beneath_open(r->root, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0) {
		reindex_findings_add(l->f, SERVER_MISSING, 0, STR_EMPTY);
		return 0;
	}
	l->seen = mem_alloc((l->v->uid_count + 1) * sizeof *l->seen);
	l->listed = mem_alloc((l->v->file_count + 1) * sizeof *l->listed);
	int same = judge_lines(l, fd, err);
	if (l->damaged)
		reindex_findings_add(l->f, SERVER_DAMAGED, 0, STR_EMPTY);
	else if (same == 1)
		judge_uids(l);
	free(l->seen);
	close(fd); /* nothing was written */
	return same < 0 ? -1 : 0;
}

static int judge_server(
	struct reindex *r, struct str directory, struct listed *l, bool *served, struct err *err)
{
	static const char *const files[] = {[STORE_SERVER_DOVECOT] = "dovecot-uidlist",
		[STORE_SERVER_COURIER] = "courierimapuiddb"};
	if (r->server == STORE_SERVER_NONE)
		return 0;
	int result = judge_file(r, directory, files[r->server], l, err);
	for (size_t i = 0; l->listed && i < l->v->file_count; i++)
		served[i] = l->listed[i] != 0;
	free(l->listed);
	return result;
}

/* It is enough that the copy differs, because the remedy is always the same. */
static int judge_copy(
	struct reindex *r, struct str directory, const struct listed *l, struct err *err)
{
	struct findings in_copy = {0};
	struct listed copy = {.v = l->v, .order = l->order, .f = &in_copy, .is_copy = true};
	int result = judge_file(r, directory, backup_name, &copy, err);
	if (in_copy.count)
		reindex_findings_add(l->f, BACKUP_DIFFERS, 0, STR_EMPTY);
	reindex_findings_free(&in_copy);
	free(copy.listed);
	return result;
}

int reindex_findings_in_files(struct reindex *r, struct str directory, const struct view *v,
	const size_t *order, bool *served, struct findings *f, struct err *err)
{
	struct listed server = {.v = v, .order = order, .f = f};
	if (v->file_count == 0 || (v->uid_count == 0 && r->server == STORE_SERVER_NONE))
		return 0;
	if (judge_server(r, directory, &server, served, err) < 0)
		return -1;
	return server.another || v->uid_count == 0 ? 0 : judge_copy(r, directory, &server, err);
}
