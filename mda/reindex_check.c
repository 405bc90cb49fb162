/* mda-reindex check: whatever the Maildir and the UID database disagree about. */
#include "mda/base/log.h"
#include "mda/json.h"
#include "mda/reindex_view.h"
#include "store/folder.h"

#include <stdlib.h>
#include <time.h>

/* Longer than a delivery stands between recording a UID and showing its file. */
static const struct timespec pause_between_looks = {.tv_nsec = 300000000L};

enum kind {
	NO_UID,
	NO_FILE,
	TWICE,
	CROSSED,
	UIDNEXT_LOW,
	NO_RECORD,
	NO_DIRECTORY,
};

/* What is said of each; a sentence that the file's name or the UID follows. */
static const struct {
	const char *name, *text;
} kinds[] = {
	[NO_UID] = {"no-uid", "a message file without a UID"},
	[NO_FILE] = {"no-file", "a UID whose file is gone"},
	[TWICE] = {"twice", "one base name on several files"},
	[CROSSED] = {"crossed", "a base name that does not lead back to its UID"},
	[UIDNEXT_LOW] = {"uidnext-low", "UIDNEXT is not above the largest UID"},
	[NO_RECORD] = {"no-record", "a folder with messages that is not in the database"},
	[NO_DIRECTORY] = {"no-directory", "a folder of the database without a directory"},
};

struct finding {
	enum kind kind;
	uint32_t uid;
	struct str base; /* in the names of the view */
};

struct findings {
	struct finding *items;
	size_t count;
};

static void add(struct findings *f, enum kind kind, uint32_t uid, struct str base)
{
	if ((f->count & (f->count - 1)) == 0)
		f->items = mem_resize(f->items, (f->count ? f->count * 2 : 1) * sizeof *f->items);
	f->items[f->count++] = (struct finding){kind, uid, base};
}

/* ---- looking ---- */

static void judge_file(const struct view *v, size_t i, bool has_uid, struct findings *f)
{
	struct str base = view_file_base(v, &v->files[i]);
	bool again = i > 0 && str_eq(base, view_file_base(v, &v->files[i - 1]));
	/* Told once, however many there are. */
	bool third = i > 1 && str_eq(base, view_file_base(v, &v->files[i - 2]));
	if (again && !third)
		add(f, TWICE, 0, base);
	if (!again && !has_uid)
		add(f, NO_UID, 0, base);
}

/* Is this UID's file the one before place I? */
static bool has_file(const struct view *v, const struct view_uid *u, size_t i)
{
	return i > 0 && str_eq(view_file_base(v, &v->files[i - 1]), view_uid_base(v, u));
}

/* Both sides sorted by base name, side by side. */
static void compare_sides(const struct view *v, const size_t *order, struct findings *f)
{
	size_t i = 0;
	for (size_t k = 0; k < v->uid_count; k++) {
		const struct view_uid *u = &v->uids[order[k]];
		struct str base = view_uid_base(v, u);
		for (; i < v->file_count; i++) {
			int r = view_compare(view_file_base(v, &v->files[i]), base);
			if (r > 0)
				break;
			judge_file(v, i, r == 0, f);
		}
		if (!has_file(v, u, i))
			add(f, NO_FILE, u->uid, base);
	}
	for (; i < v->file_count; i++)
		judge_file(v, i, false, f);
}

static void judge_record(const struct view *v, struct findings *f)
{
	if (!v->has_directory)
		add(f, NO_DIRECTORY, 0, (struct str){"", 0});
	for (size_t i = 0; i < v->uid_count; i++) {
		const struct view_uid *u = &v->uids[i];
		bool last = i + 1 == v->uid_count;
		if (u->crossed)
			add(f, CROSSED, u->uid, view_uid_base(v, u));
		if (last && v->record.uidnext <= u->uid)
			add(f, UIDNEXT_LOW, u->uid, view_uid_base(v, u));
	}
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return view_compare(x->base, y->base);
}

/* A folder without messages gets its UIDVALIDITY with the first one: that it has no record yet is fine. */
static void find_all(const struct view *v, struct findings *f)
{
	if (!v->has_record) {
		if (v->file_count)
			add(f, NO_RECORD, 0, (struct str){"", 0});
		return;
	}
	size_t *order = view_sort_bases(v);
	judge_record(v, f);
	compare_sides(v, order, f);
	free(order);
	if (f->count)
		qsort(f->items, f->count, sizeof *f->items, compare_findings);
}

/* ---- looking again ---- */

/* Keeps in NOW what was in BEFORE as well; both are sorted. */
static void keep_common(struct findings *now, const struct findings *before)
{
	size_t kept = 0, k = 0;
	for (size_t i = 0; i < now->count; i++) {
		while (k < before->count && compare_findings(&before->items[k], &now->items[i]) < 0)
			k++;
		if (k < before->count && compare_findings(&before->items[k], &now->items[i]) == 0)
			now->items[kept++] = now->items[i];
	}
	now->count = kept;
}

/* A mailbox lives: what looks wrong may be a message on its way, or a flag that changes. */
static int look_again(struct reindex *r, struct str directory, struct view *v, struct findings *f,
	struct err *err)
{
	struct findings before = *f;
	struct view old = *v;
	*f = (struct findings){0};
	nanosleep(&pause_between_looks, NULL); /* a shorter one does no harm */
	int result = view_load(r, directory, v, err);
	if (result == 0) {
		find_all(v, f);
		keep_common(f, &before);
	}
	free(before.items);
	view_free(&old);
	return result;
}

/* ---- telling ---- */

struct check {
	struct reindex *r;
	struct buf out;
	size_t folders, messages, disagreements;
};

static void text_finding(struct check *c, struct str folder, const struct finding *f)
{
	log_escape(&c->out, folder);
	buf_fmt(&c->out, ": %s", kinds[f->kind].text);
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
	buf_text(&c->out, c->disagreements ? ",\n{" : "{");
	json_text(&c->out, "folder", folder);
	json_text(&c->out, "kind", str_of(kinds[f->kind].name));
	if (f->uid)
		json_number(&c->out, "uid", f->uid);
	if (f->base.n)
		json_text(&c->out, "name", f->base);
	buf_byte(&c->out, '}');
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
		if (reindex_print_some(&c->out, err) < 0)
			return -1;
	}
	return 0;
}

static void tell_end(struct check *c)
{
	if (!c->r->json) {
		buf_fmt(&c->out, "%zu folder%s, %zu file%s: ", c->folders,
			c->folders == 1 ? "" : "s", c->messages, c->messages == 1 ? "" : "s");
		if (c->disagreements)
			buf_fmt(&c->out, "%zu disagreement%s\n", c->disagreements,
				c->disagreements == 1 ? "" : "s");
		else
			buf_text(&c->out, "Maildir and UID database agree\n");
		return;
	}
	struct buf numbers = {0};
	json_number(&numbers, "folders", c->folders);
	json_number(&numbers, "files", c->messages);
	buf_text(&c->out, "],");
	buf_add(&c->out, buf_str(&numbers));
	buf_text(&c->out, "}\n");
	buf_free(&numbers);
}

/* ---- the whole ---- */

static int check_folder(struct check *c, struct str directory, struct err *err)
{
	struct view v;
	struct findings f = {0};
	int result = view_load(c->r, directory, &v, err);
	if (result == 0)
		find_all(&v, &f);
	if (f.count)
		result = look_again(c->r, directory, &v, &f, err);
	c->folders += v.has_directory || v.has_record;
	c->messages += v.file_count;
	if (result == 0)
		result = tell(c, directory, &f, err);
	free(f.items);
	view_free(&v);
	return result;
}

static int check_folders(struct check *c, struct err *err)
{
	struct str_list folders;
	int result = view_folders(c->r, &folders, err);
	for (size_t i = 0; result == 0 && i < folders.count; i++)
		result = check_folder(c, folders.items[i], err);
	return result;
}

static int check(struct reindex *r, struct err *err)
{
	struct check c = {.r = r};
	if (r->json)
		buf_text(&c.out, "{\"disagreements\":[");
	int result = check_folders(&c, err);
	tell_end(&c);
	if (result == 0)
		result = reindex_print(&c.out, err);
	buf_free(&c.out);
	if (result < 0)
		return -1;
	return c.disagreements ? REINDEX_DISAGREES : REINDEX_AGREES;
}

const struct reindex_command reindex_check = {
	.name = "check",
	.meaning = "report every disagreement between the Maildir and the UID database",
	.run = check,
};
