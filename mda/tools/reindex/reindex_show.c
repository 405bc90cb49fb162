/*
 * mda-reindex show: prints each folder with its UIDVALIDITY and UIDNEXT, and each message with its
 * UID and file.
 */
#include "base/json.h"
#include "base/log.h"
#include "mda/tools/reindex/reindex_view.h"
#include "store/folder.h"

#include <stdlib.h>

struct printer {
	struct reindex *r;
	struct buf out;
	struct json json; /* to OUT */
	struct view view; /* of the current folder */
};

/* One line: a UID and a file, one of which may be missing. */
struct line {
	uint32_t uid;                 /* 0: none */
	const struct view_file *file; /* NULL: none */
	struct str base;
};

static void put_path(struct buf *to, const struct view *v, const struct view_file *f)
{
	buf_text(to, f->in_cur ? "cur/" : "new/");
	buf_add(to, reindex_view_file_name(v, f));
}

static void text_line(struct buf *to, const struct line *l, struct str path)
{
	if (l->uid)
		buf_fmt(to, "%10lu  ", (unsigned long)l->uid);
	else
		buf_text(to, "    no UID  ");
	log_escape(to, l->file ? path : l->base);
	buf_text(to, l->file ? "\n" : "  (no file)\n");
}

static void json_line(struct json *json, const struct line *l, struct str path)
{
	json_next_line(json);
	json_begin_object(json);
	if (l->uid)
		json_number(json, "uid", l->uid);
	json_text(json, "name", l->base);
	if (l->file)
		json_text(json, "file", path);
	json_end_object(json);
}

static void put_line(struct printer *p, const struct line *l)
{
	struct buf path = {0};
	if (l->file)
		put_path(&path, &p->view, l->file);
	if (p->r->json)
		json_line(&p->json, l, buf_str(&path));
	else
		text_line(&p->out, l, buf_str(&path));
	buf_free(&path);
}

static void json_head(struct printer *p, struct str directory)
{
	const struct view *v = &p->view;
	struct json *json = &p->json;
	json_next_line(json);
	json_begin_object(json);
	json_text(json, "folder", folder_name(directory, p->r->mem));
	json_text(json, "directory", directory);
	if (v->has_record) {
		json_number(json, "uidvalidity", v->record.uidvalidity);
		json_number(json, "uidnext", v->record.uidnext);
	}
	json_named_array(json, "messages");
}

static void json_tail(struct json *json)
{
	json_end_array(json);
	json_end_object(json);
}

static void text_head(struct printer *p, struct str directory)
{
	const struct view *v = &p->view;
	log_escape(&p->out, folder_name(directory, p->r->mem));
	if (v->has_record)
		buf_fmt(&p->out, "  UIDVALIDITY %lu  UIDNEXT %lu",
			(unsigned long)v->record.uidvalidity, (unsigned long)v->record.uidnext);
	else
		buf_text(&p->out, "  not in the UID database");
	buf_fmt(&p->out, "  %zu file%s\n", v->file_count, v->file_count == 1 ? "" : "s");
}

/* Files with one base name are adjacent. SEEN has a byte for each file. */
static void put_uid(struct printer *p, const struct view_uid *u, char *seen)
{
	const struct view *v = &p->view;
	struct line l = {.uid = u->uid, .base = reindex_view_uid_base(v, u)};
	l.file = reindex_view_find_file(v, l.base);
	if (!l.file) {
		put_line(p, &l);
		return;
	}
	const struct view_file *end = v->files + v->file_count;
	for (; l.file < end && str_eq(reindex_view_file_base(v, l.file), l.base); l.file++) {
		put_line(p, &l);
		seen[l.file - v->files] = 1;
	}
}

static int put_lines(struct printer *p, struct err *err)
{
	const struct view *v = &p->view;
	char *seen = mem_alloc(v->file_count);
	int result = 0;
	for (size_t i = 0; i < v->uid_count && result == 0; i++) {
		put_uid(p, &v->uids[i], seen);
		result = reindex_print_some(&p->out, err);
	}
	for (size_t i = 0; i < v->file_count && result == 0; i++) {
		const struct line l = {0, &v->files[i], reindex_view_file_base(v, &v->files[i])};
		if (!seen[i])
			put_line(p, &l);
		result = reindex_print_some(&p->out, err);
	}
	free(seen);
	return result;
}

static int put_folder(struct printer *p, struct str directory, struct err *err)
{
	if (!p->view.has_directory && !p->view.has_record) /* it was removed meanwhile */
		return 0;
	if (p->r->json)
		json_head(p, directory);
	else
		text_head(p, directory);
	if (put_lines(p, err) < 0)
		return -1;
	if (p->r->json)
		json_tail(&p->json);
	return 0;
}

static int put_folders(struct printer *p, struct err *err)
{
	struct str_list folders;
	int result = reindex_view_folders(p->r, &folders, err);
	for (size_t i = 0; result == 0 && i < folders.count; i++) {
		result = reindex_view_load(p->r, folders.items[i], &p->view, err);
		if (result == 0)
			result = put_folder(p, folders.items[i], err);
		reindex_view_free(&p->view);
	}
	return result;
}

static int show(struct reindex *r, struct err *err)
{
	struct printer p = {.r = r};
	p.json.to = &p.out;
	if (r->json)
		json_begin_array(&p.json);
	int result = put_folders(&p, err);
	if (r->json) {
		json_end_array(&p.json);
		json_end_line(&p.json);
	}
	if (result == 0)
		result = program_print(&p.out, err);
	buf_free(&p.out);
	return result < 0 ? -1 : REINDEX_AGREES;
}

const struct reindex_command reindex_show = {
	.is = {"show", "", "print each folder's UIDVALIDITY and UIDNEXT, and each message's UID",
		0},
	.run = show,
};
