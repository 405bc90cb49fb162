/*
 * The text copy of the UIDs, and what happens to UIDs when files are lost: accident x IMAP server.
 */
#include "tests/unit/test_store.h"

#include "base/buf.h"
#include "store/backup.h"
#include "tests/lib/tree.h"

enum { BEFORE = 3, PAIRS = 16 };

/* What the database has of a folder. */
struct pairs {
	uint32_t uidvalidity, uidnext, uids[PAIRS];
	char bases[PAIRS][128];
	size_t count;
	struct str directory;
};

static bool add_pair(void *context, uint32_t uid, struct str base)
{
	struct pairs *p = context;
	assert_true(p->count < PAIRS && base.n < sizeof p->bases[0]);
	p->uids[p->count] = uid;
	memcpy(p->bases[p->count], base.p, base.n);
	p->bases[p->count++][base.n] = '\0';
	return true;
}

static int read_pairs(struct uiddb *db, void *context, struct err *err)
{
	struct pairs *p = context;
	struct uiddb_folder folder;
	int found = uiddb_find_folder(db, p->directory, &folder, err);
	if (found <= 0)
		return found;
	p->uidvalidity = folder.uidvalidity;
	p->uidnext = folder.uidnext;
	return uiddb_walk_uids(db, folder.id, 1, add_pair, p, err);
}

static struct pairs look(struct box *b, const char *directory)
{
	struct pairs p = {.directory = str_of(directory)};
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	if (!db || uiddb_read(db, read_pairs, &p, &b->err) < 0)
		fail_msg("%s", b->err.text);
	uiddb_close(db);
	return p;
}

static void keep_note(void *context, const char *text)
{
	buf_fmt(context, "%s\n", text);
}

/* Delivers one message more into INBOX and Work; what the store says is added to NOTES. */
static void deliver(struct box *b, unsigned number, enum store_server server, struct buf *notes)
{
	struct store_receipt receipts[2];
	struct str piece = arena_fmt(b->mem, "Subject: %u\n\n", number);
	const struct store_item items[] = {
		{.folder = STR_LIT("INBOX"), .pieces = &piece, .piece_count = 1},
		{.folder = STR_LIT("Work"), .pieces = &piece, .piece_count = 1}};
	struct store_id id = store_id_of(&piece, 1);
	const struct store_conf conf = {
		.maildir = b->maildir, .server = server, .note = keep_note, .note_context = notes};
	struct store *s = store_open(&conf, &b->err);
	if (!s || store_put(s, &id, items, 2, b->mem, receipts, &b->err) < 0 ||
		store_finish(s, &id, 1, &b->err) < 0)
		fail_msg("%s", b->err.text);
	store_close(s);
}

/* ---- accidents ---- */

static void lose(struct box *b, const char *path)
{
	const char *whole = box_path(b, path);
	struct stat st;
	if (lstat(whole, &st) == 0)
		assert_int_equal(tree_remove(whole), 0);
}

static void lose_state(struct box *b)
{
	lose(b, ".Maildir.mda");
}

static void empty_database(struct box *b)
{
	assert_int_equal(truncate(box_path(b, ".Maildir.mda/data.mdb"), 0), 0);
}

static void lose_server_file(struct box *b)
{
	lose(b, "Maildir/dovecot-uidlist");
	lose(b, "Maildir/.Work/dovecot-uidlist");
	lose(b, "Maildir/courierimapuiddb");
	lose(b, "Maildir/.Work/courierimapuiddb");
}

static void lose_backup(struct box *b)
{
	lose(b, "Maildir/mda-uids");
	lose(b, "Maildir/.Work/mda-uids");
}

static void lose_state_and_server(struct box *b)
{
	lose_state(b);
	lose_server_file(b);
}

static void lose_state_and_backup(struct box *b)
{
	lose_state(b);
	lose_backup(b);
}

static void lose_all(struct box *b)
{
	lose_state_and_server(b);
	lose_backup(b);
}

static void tear_backup(struct box *b)
{
	struct stat st;
	const char *path = box_path(b, "Maildir/mda-uids");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 3), 0);
	lose_state_and_server(b);
}

static void spoil_backup(struct box *b)
{
	FILE *f = fopen(box_path(b, "Maildir/mda-uids"), "w");
	assert_non_null(f);
	fputs("what is this?\n", f);
	fclose(f);
	lose_state_and_server(b);
}

/* A file as a later version may write it: we must neither read nor overwrite it. */
static void other_backup(struct box *b)
{
	box_write(b, "Maildir/mda-uids", "9 later\n");
}

static void link_backup(struct box *b)
{
	lose_state_and_server(b);
	lose_backup(b);
	assert_int_equal(symlink("/etc/passwd", box_path(b, "Maildir/mda-uids")), 0);
	assert_int_equal(mkfifo(box_path(b, "Maildir/.Work/mda-uids"), 0600), 0);
}

static const struct row {
	const char *name;
	void (*accident)(struct box *b);
	enum store_server server;
	bool kept;        /* the INBOX has UIDVALIDITY and UIDs as before */
	const char *note; /* a part of the error; NULL: none */
} rows[] = {
	{"none: the state directory is lost", lose_state, STORE_SERVER_NONE, true,
		"INBOX: 3 UIDs were restored from mda-uids"},
	{"none: the database is empty", empty_database, STORE_SERVER_NONE, true,
		"Work: 3 UIDs were restored from mda-uids"},
	{"none: the backup is lost", lose_backup, STORE_SERVER_NONE, true, NULL},
	{"none: database and backup are lost", lose_state_and_backup, STORE_SERVER_NONE, false,
		"INBOX: no UIDs were known for its 3 messages"},
	{"none: the backup has a torn end", tear_backup, STORE_SERVER_NONE, false,
		"INBOX: 2 UIDs were restored from mda-uids"},
	{"none: the backup is damaged", spoil_backup, STORE_SERVER_NONE, false,
		"and mda-uids cannot be used: its first line is damaged"},
	{"none: the backup is of another version", other_backup, STORE_SERVER_NONE, true,
		"mda-uids was damaged or had another version: it was renamed to"},
	{"none: the backup is a link, or a FIFO", link_backup, STORE_SERVER_NONE, false,
		"Work: no UIDs were known for its 3 messages"},
	{"dovecot: the state directory is lost", lose_state, STORE_SERVER_DOVECOT, true, NULL},
	{"dovecot: the server's file is lost", lose_server_file, STORE_SERVER_DOVECOT, true,
		"INBOX: the IMAP server's file of UIDs was missing"},
	{"dovecot: the backup is lost", lose_backup, STORE_SERVER_DOVECOT, true, NULL},
	{"dovecot: state and server's file are lost", lose_state_and_server, STORE_SERVER_DOVECOT,
		true, "INBOX: 3 UIDs were restored from mda-uids"},
	{"dovecot: all is lost", lose_all, STORE_SERVER_DOVECOT, false,
		"INBOX: no UIDs were known for its 3 messages"},
	{"courier: the state directory is lost", lose_state, STORE_SERVER_COURIER, true, NULL},
	{"courier: the server's file is lost", lose_server_file, STORE_SERVER_COURIER, true,
		"INBOX: the IMAP server's file of UIDs was missing"},
	{"courier: state and server's file are lost", lose_state_and_server, STORE_SERVER_COURIER,
		true, "INBOX: 3 UIDs were restored from mda-uids"},
	{"courier: all is lost", lose_all, STORE_SERVER_COURIER, false,
		"INBOX: no UIDs were known for its 3 messages"},
};

/* Every message of BEFORE has the UID that it had, and nothing new has one that was given. */
static void assert_kept(const struct pairs *before, const struct pairs *after)
{
	assert_int_equal(after->uidvalidity, before->uidvalidity);
	assert_int_equal(after->count, before->count + 1);
	for (size_t i = 0; i < before->count; i++) {
		assert_int_equal(after->uids[i], before->uids[i]);
		assert_string_equal(after->bases[i], before->bases[i]);
	}
	assert_true(after->uids[before->count] >= before->uidnext);
}

/* All messages have UIDs, in the order in which they came. */
static void assert_complete(const struct pairs *before, const struct pairs *after)
{
	assert_int_equal(after->count, before->count + 1);
	for (size_t i = 0; i < before->count; i++)
		assert_string_equal(after->bases[i], before->bases[i]);
}

static void assert_kept_aside(struct box *b)
{
	const struct dirent *entry;
	size_t count = 0;
	DIR *dir = opendir(b->maildir);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "mda-uids.kept-", 14) != 0)
			continue;
		count++;
		assert_true(box_same(box_path(b, arena_fmt(b->mem, "Maildir/%s", entry->d_name).p),
			"9 later\n"));
	}
	closedir(dir);
	assert_int_equal(count, 1);
}

static void survives(void **state)
{
	const struct row *r = *state;
	struct box *b = box_new();
	struct buf notes = {0};
	for (unsigned i = 0; i < BEFORE; i++)
		deliver(b, i, r->server, &notes);
	assert_int_equal(notes.n, 0);
	struct pairs inbox = look(b, ""), work = look(b, ".Work");
	assert_int_equal(inbox.count, BEFORE);
	r->accident(b);
	deliver(b, BEFORE, r->server, &notes);
	struct pairs inbox_now = look(b, ""), work_now = look(b, ".Work");
	assert_complete(&inbox, &inbox_now);
	assert_complete(&work, &work_now);
	if (r->kept)
		assert_kept(&inbox, &inbox_now);
	if (r->note && !strstr(buf_cstr(&notes), r->note))
		fail_msg("it says \"%s\", not \"%s\"", buf_cstr(&notes), r->note);
	if (!r->note && notes.n)
		fail_msg("it says \"%s\"", buf_cstr(&notes));
	if (r->accident == other_backup)
		assert_kept_aside(b);
	/* The text copy is whole again, so the database may be lost a second time. */
	lose_state_and_server(b);
	deliver(b, BEFORE + 1, r->server, &notes);
	struct pairs inbox_then = look(b, "");
	assert_kept(&inbox_now, &inbox_then);
	buf_free(&notes);
	box_free(b);
}

/* If only a newer version can read the UIDs, mail waits for it: other UIDs would be for good. */
static void waits_for_newer(void **state)
{
	struct box *b = box_new();
	struct buf notes = {0};
	struct job late = {.text = "Received: x\n\nbody\n", .folders = {"INBOX"}};
	(void)state;
	for (unsigned i = 0; i < BEFORE; i++)
		deliver(b, i, STORE_SERVER_NONE, &notes);
	struct pairs before = look(b, "");
	const char *path = box_path(b, "Maildir/mda-uids");
	const char *away = box_path(b, "Maildir/mda-uids.away");
	lose_state(b);
	assert_int_equal(rename(path, away), 0);
	other_backup(b);
	assert_int_equal(box_deliver(b, &late), -1);
	assert_int_equal(b->err.fault, FAULT_TEMP);
	assert_non_null(strstr(b->err.text, "mda-uids: a newer version of mda made it (format 9"));
	assert_true(box_same(path, "9 later\n"));
	/* It is put right: the UIDs are those from before. */
	assert_int_equal(rename(away, path), 0);
	deliver(b, BEFORE, STORE_SERVER_NONE, &notes);
	struct pairs after = look(b, "");
	assert_int_equal(after.uidvalidity, before.uidvalidity);
	for (size_t i = 0; i < before.count; i++)
		assert_int_equal(after.uids[i], before.uids[i]);
	buf_free(&notes);
	box_free(b);
}

/* A UID whose line a power failure took is not given again. */
static void leaves_a_gap(void **state)
{
	struct box *b = box_new();
	struct buf notes = {0};
	(void)state;
	for (unsigned i = 0; i < BEFORE; i++)
		deliver(b, i, STORE_SERVER_NONE, &notes);
	struct pairs before = look(b, "");
	tear_backup(b);
	deliver(b, BEFORE, STORE_SERVER_NONE, &notes);
	struct pairs after = look(b, "");
	assert_int_equal(after.uidvalidity, before.uidvalidity);
	assert_int_equal(after.uids[1], before.uids[1]);
	assert_true(after.uids[2] >= before.uids[2] + BACKUP_GAP - 1);
	buf_free(&notes);
	box_free(b);
}

/* ---- numbers ---- */

/*
 * A gap for lines that were lost; at the end of all numbers a smaller one, and never a step back.
 */
static const struct number {
	const char *name, *text;
	uint32_t uidnext; /* as it is read */
	size_t count;
} numbers[] = {
	{"a gap", "3 V1 N5\n1 :a\n", 5 + BACKUP_GAP, 1},
	{"a gap after the last line", "3 V1 N5\n1 :a\n7 :b\n", 8 + BACKUP_GAP, 2},
	{"the last full gap", "3 V1 N4294957293\n", UINT32_MAX - 2, 0},
	{"half a gap", "3 V1 N4294962000\n", UINT32_MAX - 1, 0},
	{"one is left", "3 V1 N4294967294\n", UINT32_MAX - 1, 0},
	{"none is left", "3 V1 N4294967295\n", UINT32_MAX, 0},
	{"none is left, by the last line", "3 V1 N2\n1 :a\n4294967294 :b\n", UINT32_MAX, 2},
};

static void test_number(void **state)
{
	const struct number *row = *state;
	struct box *b = box_new();
	struct uiddb_contents c;
	const char *why;
	box_write(b, backup_name, row->text);
	int folder = open(b->dir, O_RDONLY | O_DIRECTORY);
	assert_true(folder >= 0);
	assert_int_equal(backup_read(folder, b->mem, &c, &why, &b->err), 1);
	assert_int_equal(c.uidnext, row->uidnext);
	assert_int_equal(c.count, row->count);
	close(folder);
	box_free(b);
}

/* ---- a delivery that was under way ---- */

static const struct job unfinished = {
	.text = "Received: x\n\nbody\n", .folders = {"INBOX"}, .unique = true, .unfinished = true};

/* The journal is lost, but the marker is there, so the retry recognises its message. */
static void knows_its_own(void **state)
{
	struct box *b = box_new();
	struct job first = unfinished, again = unfinished;
	(void)state;
	assert_int_equal(box_deliver(b, &first), 0);
	lose_state(b);
	again.unfinished = false;
	assert_int_equal(box_deliver(b, &again), 0);
	assert_true(again.receipts[0].recognised);
	assert_int_equal(again.receipts[0].uid, first.receipts[0].uid);
	box_assert(b, first.text, 1, 0);
	box_free(b);
}

/* Other bytes of the same size are another message. */
static void knows_others(void **state)
{
	struct box *b = box_new();
	struct job first = unfinished, other = unfinished;
	(void)state;
	assert_int_equal(box_deliver(b, &first), 0);
	lose_state(b);
	other.text = "Received: y\n\nbody\n";
	other.unfinished = false;
	assert_int_equal(box_deliver(b, &other), 0);
	assert_false(other.receipts[0].recognised);
	box_assert(b, NULL, 2, 1);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(survives, rows),
		TABLE(test_number, numbers),
		TABLE_OF_ONE(waits_for_newer, "a backup of a newer version alone: mail waits"),
		TABLE_OF_ONE(leaves_a_gap, "a UID whose line was lost is not given again"),
		TABLE_OF_ONE(knows_its_own, "a retry whose journal was lost knows its message"),
		TABLE_OF_ONE(knows_others, "other bytes are another message"),
	};
	return table_run("backup", tables, sizeof tables / sizeof *tables);
}
