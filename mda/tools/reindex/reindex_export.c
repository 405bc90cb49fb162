/* mda-reindex export: prints the UIDs in the database, as text or as an IMAP server's file. */
#include "mda/tools/reindex/reindex_text.h"
#include "mda/tools/reindex/reindex_view.h"
#include "store/folder.h"
#include "store/uidlist.h"

struct export
{
	struct reindex *r;
	struct str directory;
	struct buf out;
	bool failed;
	struct err *err;
};

static bool put_pair(void *context, uint32_t uid, struct str base)
{
	struct export *e = context;
	const struct uidlist_record record = {.uid = uid, .fields = STR_EMPTY, .base = base};
	bool line = str_find(base, '\n') == base.n; /* the server's file cannot hold such a name */
	if (e->r->format == FORMAT_TEXT) {
		buf_fmt(&e->out, "%lu ", (unsigned long)uid);
		reindex_put_name(&e->out, base);
		buf_byte(&e->out, '\n');
	} else if (line) {
		uidlist_put_record(&e->out,
			e->r->format == FORMAT_DOVECOT ? UIDLIST_DOVECOT : UIDLIST_COURIER,
			&record);
	}
	e->failed = reindex_print_some(&e->out, e->err) < 0;
	return !e->failed;
}

static void put_head(struct export *e, const struct uiddb_folder *f)
{
	const struct uidlist_header h = {
		.version = e->r->format == FORMAT_DOVECOT ? UIDLIST_DOVECOT : UIDLIST_COURIER,
		.uidvalidity = f->uidvalidity,
		.uidnext = f->uidnext,
		.others = STR_EMPTY};
	if (e->r->format != FORMAT_TEXT) {
		uidlist_put_header(&e->out, &h);
		return;
	}
	buf_text(&e->out, "folder ");
	reindex_put_name(&e->out, folder_name(e->directory, e->r->mem));
	buf_fmt(&e->out, " uidvalidity %lu uidnext %lu\n", (unsigned long)f->uidvalidity,
		(unsigned long)f->uidnext);
}

/* One consistent view of a folder. */
static int put_folder(struct uiddb *db, void *context, struct err *err)
{
	struct export *e = context;
	struct uiddb_folder f;
	int found = uiddb_find_folder(db, e->directory, &f, err);
	if (found <= 0)
		return found;
	put_head(e, &f);
	int r = uiddb_walk_uids(db, f.id, 1, put_pair, e, err);
	return e->failed ? -1 : r;
}

static int export(struct reindex *r, struct err *err)
{
	struct export e = {.r = r, .err = err};
	struct str_list folders;
	if (r->format != FORMAT_TEXT && !r->folder)
		r->folder = "INBOX"; /* such a file is about one folder */
	int result = reindex_view_folders(r, &folders, err);
	if (result == 0 && r->format == FORMAT_TEXT)
		buf_fmt(&e.out, "%s\n", reindex_text_title);
	for (size_t i = 0; result == 0 && i < folders.count; i++) {
		e.directory = folders.items[i];
		result = uiddb_read(r->db, put_folder, &e, err);
	}
	if (result == 0)
		result = program_print(&e.out, err);
	buf_free(&e.out);
	return result < 0 ? -1 : REINDEX_AGREES;
}

const struct reindex_command reindex_export = {
	.is = {"export", "", "print the UIDs (--format=text, dovecot or courier)", 0},
	.need = REINDEX_READS,
	.run = export,
};
