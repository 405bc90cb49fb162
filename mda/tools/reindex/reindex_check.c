/* mda-reindex check: reports where the Maildir and the UID database disagree. */
#include "base/json.h"
#include "base/log.h"
#include "mda/tools/reindex/reindex_findings.h"
#include "store/folder.h"

#include <stdlib.h>
#include <time.h>

/* Longer than the time between recording a UID and showing its file in a delivery. */
static const struct timespec pause_between_looks = {.tv_nsec = 300000000L};

/* ---- looking ---- */

/* SERVED is explained at reindex_findings_in_files(). */
static void judge_file(
	const struct view *v, size_t i, bool has_uid, const bool *served, struct findings *f)
{
	struct str base = reindex_view_file_base(v, &v->files[i]);
	bool again = i > 0 && str_eq(base, reindex_view_file_base(v, &v->files[i - 1]));
	/* Reported once, however many there are. */
	bool third = i > 1 && str_eq(base, reindex_view_file_base(v, &v->files[i - 2]));
	if (again && !third)
		reindex_findings_add(f, TWICE, 0, base);
	if (!again && !has_uid && !served[i])
		reindex_findings_add(f, NO_UID, 0, base);
}

/*
 * Compares the two sides, both sorted by base name. A UID without a file belongs to a message that
 * a reader removed.
 */
static void compare_sides(
	const struct view *v, const size_t *order, const bool *served, struct findings *f)
{
	size_t i = 0;
	for (size_t k = 0; k < v->uid_count; k++) {
		const struct view_uid *u = &v->uids[order[k]];
		struct str base = reindex_view_uid_base(v, u);
		for (; i < v->file_count; i++) {
			int r = str_compare(reindex_view_file_base(v, &v->files[i]), base);
			if (r > 0)
				break;
			judge_file(v, i, r == 0, served, f);
		}
	}
	for (; i < v->file_count; i++)
		judge_file(v, i, false, served, f);
}

/* Some clients keep UIDs as signed numbers of 32 bits. */
enum { UID_SAFE = INT32_MAX };

static void judge_record(const struct view *v, struct findings *f)
{
	if (v->record.uidnext - 1 > UID_SAFE)
		reindex_findings_add(f, UID_HIGH, 0, STR_EMPTY);
	for (size_t i = 0; i < v->uid_count; i++) {
		const struct view_uid *u = &v->uids[i];
		bool last = i + 1 == v->uid_count;
		if (u->crossed)
			reindex_findings_add(f, CROSSED, u->uid, reindex_view_uid_base(v, u));
		if (last && v->record.uidnext <= u->uid)
			reindex_findings_add(f, UIDNEXT_LOW, u->uid, reindex_view_uid_base(v, u));
	}
}

/*
 * The folder has no record. That is right if it has no message, or if the server has UIDs for all
 * messages.
 */
static void judge_unknown(const struct view *v, const bool *served, struct findings *f)
{
	for (size_t i = 0; i < v->file_count; i++) {
		if (served[i])
			continue;
		reindex_findings_add(f, NO_RECORD, 0, STR_EMPTY);
		return;
	}
}

/* If a folder is in the database and has no directory, a reader deleted or renamed it. */
static int find_all(struct reindex *r, struct str directory, const struct view *v,
	struct findings *f, struct err *err)
{
	struct findings in_files = {0};
	if (!v->has_directory)
		return 0;
	size_t *order = reindex_view_sort_bases(v);
	bool *served = mem_alloc((v->file_count + 1) * sizeof *served);
	int result = reindex_findings_in_files(
		r, directory, v, order, served, v->has_record ? f : &in_files, err);
	if (v->has_record) {
		judge_record(v, f);
		compare_sides(v, order, served, f);
	} else {
		judge_unknown(v, served, f);
	}
	reindex_findings_free(&in_files);
	free(served);
	free(order);
	reindex_findings_sort(f);
	return result;
}

/* ---- looking again ---- */

/*
 * The mailbox is in use: what looks wrong may be a message that is arriving, or a flag that
 * changes. If nothing has changed for a while, there is nothing to wait for.
 */
static int look_again(struct reindex *r, struct str directory, struct view *v, struct findings *f,
	struct err *err)
{
	struct findings before = *f;
	struct view old = *v;
	*f = (struct findings){0};
	if (!reindex_view_is_at_rest(r, directory))
		nanosleep(&pause_between_looks, NULL); /* a shorter pause does no harm */
	int result = reindex_view_load(r, directory, v, err);
	if (result == 0)
		result = find_all(r, directory, v, f, err);
	if (result == 0)
		reindex_findings_keep_common(f, &before);
	reindex_findings_free(&before);
	reindex_view_free(&old);
	return result;
}

/* ---- telling ---- */

struct check {
	struct reindex *r;
	struct buf out;
	struct json json; /* to OUT */
	size_t folders, messages, disagreements;
	size_t by_kind[FINDING_KINDS];
};

static void text_finding(struct check *c, struct str folder, const struct finding *f)
{
	log_escape(&c->out, folder);
	buf_fmt(&c->out, ": %s", reindex_finding_texts[f->kind].text);
	if (f->uid || f->base.n)
		buf_byte(&c->out, ':');
	if (f->uid)
		buf_fmt(&c->out, " UID %lu", (unsigned long)f->uid);
	if (f->base.n) {
		buf_byte(&c->out, ' ');
		log_escape(&c->out, f->base);
	}
	buf_byte(&c->out, '\n');
}

static void json_finding(struct check *c, struct str folder, const struct finding *f)
{
	struct json *json = &c->json;
	json_next_line(json);
	json_begin_object(json);
	json_text(json, "folder", folder);
	json_text(json, "kind", str_of(reindex_finding_texts[f->kind].name));
	json_text(json, "remedy", str_of(reindex_finding_texts[f->kind].remedy));
	if (f->uid)
		json_number(json, "uid", f->uid);
	if (f->base.n)
		json_text(json, "name", f->base);
	json_end_object(json);
}

static int tell(struct check *c, struct str directory, const struct findings *f, struct err *err)
{
	struct str folder = folder_name(directory, c->r->mem);
	for (size_t i = 0; i < f->count; i++) {
		if (c->r->json)
			json_finding(c, folder, &f->items[i]);
		else
			text_finding(c, folder, &f->items[i]);
		c->disagreements++;
		c->by_kind[f->items[i].kind]++;
		if (reindex_print_some(&c->out, err) < 0)
			return -1;
	}
	return 0;
}

/* Prints the remedy of each kind once. */
static void tell_remedies(struct check *c)
{
	for (size_t i = 0; i < FINDING_KINDS; i++)
		if (c->by_kind[i])
			buf_fmt(&c->out, "%s (%zu): %s\n", reindex_finding_texts[i].name,
				c->by_kind[i], reindex_finding_texts[i].remedy);
}

static void tell_end(struct check *c)
{
	if (!c->r->json) {
		tell_remedies(c);
		buf_fmt(&c->out, "%zu folder%s, %zu file%s: ", c->folders,
			c->folders == 1 ? "" : "s", c->messages, c->messages == 1 ? "" : "s");
		if (c->disagreements)
			buf_fmt(&c->out, "%zu disagreement%s\n", c->disagreements,
				c->disagreements == 1 ? "" : "s");
		else
			buf_text(&c->out, "Maildir and UID database agree\n");
		return;
	}
	json_end_array(&c->json);
	json_number(&c->json, "folders", c->folders);
	json_number(&c->json, "files", c->messages);
	json_end_object(&c->json);
	json_end_line(&c->json);
}

/* ---- the whole ---- */

static int check_folder(struct check *c, struct str directory, struct err *err)
{
	struct view v;
	struct findings f = {0};
	int result = reindex_view_load(c->r, directory, &v, err);
	if (result == 0)
		result = find_all(c->r, directory, &v, &f, err);
	if (result == 0 && f.count)
		result = look_again(c->r, directory, &v, &f, err);
	c->folders += v.has_directory;
	c->messages += v.file_count;
	if (result == 0)
		result = tell(c, directory, &f, err);
	reindex_findings_free(&f);
	reindex_view_free(&v);
	return result;
}

static int check_folders(struct check *c, struct err *err)
{
	struct str_list folders;
	int result = reindex_view_folders(c->r, &folders, err);
	for (size_t i = 0; result == 0 && i < folders.count; i++)
		result = check_folder(c, folders.items[i], err);
	return result;
}

static int check(struct reindex *r, struct err *err)
{
	struct check c = {.r = r};
	c.json.to = &c.out;
	if (r->json) {
		json_begin_object(&c.json);
		json_named_array(&c.json, "disagreements");
	}
	int result = check_folders(&c, err);
	tell_end(&c);
	if (result == 0)
		result = program_print(&c.out, err);
	buf_free(&c.out);
	if (result < 0)
		return -1;
	return c.disagreements ? REINDEX_DISAGREES : REINDEX_AGREES;
}

const struct reindex_command reindex_check = {
	.is = {"check", "", "report where the Maildir and the UID database disagree", 0},
	.run = check,
};
