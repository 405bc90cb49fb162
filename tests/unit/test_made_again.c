/*
 * Folders are renamed, deleted and made again, and old states come back: whatever happens, a UID
 * means one message under its folder's name and UIDVALIDITY. Scenarios in a small language, with
 * all that was ever given remembered.
 */
#include "tests/unit/test_store.h"

#include "base/io.h"
#include "store/backup.h"
#include "store/uidlist.h"
#include "tests/lib/tree.h"

#include <sys/wait.h>

enum { GIVEN_MOST = 64 };

/*
 * d:A  a delivery into A (. is the INBOX)      m:A:B  A is renamed to B
 * a:A  the server adds a message to A          x:A    A is deleted
 * c:A  another program makes A                 e:A    A's messages are deleted
 * u:A  A's server's file is lost               k:A    A's text copy is lost
 * s    the state is copied                     r      the copy comes back
 */
static const struct scenario {
	const char *name, *steps;
	enum store_server server;
} scenarios[] = {
	{"deleted", "d:A d:A x:A d:A", STORE_SERVER_NONE},
	{"renamed", "d:A d:A m:A:B d:A d:B", STORE_SERVER_NONE},
	{"renamed and back", "d:A d:A m:A:B d:A d:A d:B x:A m:B:A d:A", STORE_SERVER_NONE},
	{"twice the same name", "d:A x:A d:A x:A d:A x:A d:A d:A", STORE_SERVER_NONE},
	{"a UIDVALIDITY that no folder has any more", "d:A m:A:B d:A d:A x:A m:B:A d:A x:A d:A d:A",
		STORE_SERVER_NONE},
	{"another program makes it again", "d:A d:A x:A c:A d:A d:A", STORE_SERVER_NONE},
	{"emptied", "d:A d:A e:A d:A", STORE_SERVER_NONE},
	{"emptied, and the copy is lost", "d:A d:A e:A k:A d:A", STORE_SERVER_NONE},
	{"an old state", "d:A s d:A d:A r d:A d:A", STORE_SERVER_NONE},
	{"an old state, and the last one was deleted", "d:A s d:A e:A r d:A d:A",
		STORE_SERVER_NONE},
	{"the INBOX", "d:. d:. e:. k:. d:.", STORE_SERVER_NONE},
	{"Dovecot: deleted", "d:A a:A x:A d:A", STORE_SERVER_DOVECOT},
	{"Dovecot: renamed", "d:A a:A m:A:B d:A a:A d:B", STORE_SERVER_DOVECOT},
	{"Dovecot: renamed and back", "d:A m:A:B d:A d:B x:A m:B:A d:A a:A", STORE_SERVER_DOVECOT},
	{"Dovecot: made again without its file", "d:A a:A x:A c:A d:A a:A", STORE_SERVER_DOVECOT},
	{"Dovecot: its file is lost", "d:A a:A u:A d:A a:A", STORE_SERVER_DOVECOT},
	{"Dovecot: its file is lost, and messages", "d:A a:A e:A u:A d:A a:A",
		STORE_SERVER_DOVECOT},
	{"Dovecot: an old state", "d:A s a:A d:A r d:A a:A", STORE_SERVER_DOVECOT},
};

/* Every UID that was given, and to which message. */
static struct given {
	char folder[8], base[128];
	unsigned long uidvalidity, uid;
} given[GIVEN_MOST];
static size_t given_count;
static unsigned serial;

static void note(const char *folder, unsigned long uidvalidity, unsigned long uid, struct str base)
{
	for (size_t i = 0; i < given_count; i++) {
		const struct given *g = &given[i];
		if (strcmp(g->folder, folder) == 0 && g->uidvalidity == uidvalidity &&
			g->uid == uid && !str_eq(str_of(g->base), base))
			fail_msg("%s, UIDVALIDITY %lu, UID %lu: %s and " STR_FMT, folder,
				uidvalidity, uid, g->base, STR_ARGS(base));
	}
	assert_true(given_count < GIVEN_MOST);
	struct given *g = &given[given_count++];
	*g = (struct given){.uidvalidity = uidvalidity, .uid = uid};
	snprintf(g->folder, sizeof g->folder, "%s", folder);
	snprintf(g->base, sizeof g->base, STR_FMT, STR_ARGS(base));
}

static const char *directory_of(struct box *b, const char *folder)
{
	return *folder == '.' ? box_path(b, "Maildir")
			      : box_path(b, arena_fmt(b->mem, "Maildir/.%s", folder).p);
}

static const char *file_of(struct box *b, const char *folder, const char *name)
{
	return arena_fmt(b->mem, "%s/%s", directory_of(b, folder), name).p;
}

/* ---- steps ---- */

static void deliver(struct box *b, const char *folder, enum store_server server)
{
	struct job j = {.text = arena_fmt(b->mem, "Subject: %u\n\n", ++serial).p,
		.folders = {*folder == '.' ? "INBOX" : folder},
		.server = server};
	if (box_deliver(b, &j) < 0)
		fail_msg("%s", b->err.text);
	note(folder, j.receipts[0].uidvalidity, j.receipts[0].uid, j.receipts[0].file_name);
}

/* As Dovecot does, which reads its file and takes the next UID. */
static void add(struct box *b, const char *folder)
{
	struct str text, line, rest;
	struct uidlist_header h;
	struct uidlist_record r;
	const char *path = file_of(b, folder, "dovecot-uidlist");
	assert_int_equal(io_read_file(path, 1 << 20, b->mem, &text, &b->err), 1);
	rest = text;
	assert_true(str_line(&rest, &line) && uidlist_parse_header(line, &h));
	while (str_line(&rest, &line))
		if (uidlist_parse_record(line, h.version, &r) && r.uid >= h.uidnext)
			h.uidnext = r.uid + 1;
	struct str base = arena_fmt(b->mem, "17.M%uP1.server", ++serial);
	FILE *f = fopen(path, "a");
	assert_non_null(f);
	fprintf(f, "%lu :" STR_FMT "\n", (unsigned long)h.uidnext, STR_ARGS(base));
	fclose(f);
	f = fopen(
		file_of(b, folder, arena_fmt(b->mem, "cur/" STR_FMT ":2,", STR_ARGS(base)).p), "w");
	assert_non_null(f);
	fclose(f);
	note(folder, h.uidvalidity, h.uidnext, base);
}

static void make(struct box *b, const char *folder)
{
	static const char *const names[] = {"cur", "new", "tmp", "maildirfolder"};
	assert_int_equal(mkdir(directory_of(b, folder), 0700), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(mkdir(file_of(b, folder, names[i]), 0700), 0);
}

static void empty(struct box *b, const char *folder)
{
	static const char *const parts[] = {"cur", "new"};
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tree_remove(file_of(b, folder, parts[i])), 0);
		assert_int_equal(mkdir(file_of(b, folder, parts[i]), 0700), 0);
	}
}

static void copy_state(struct box *b, const char *from, const char *to)
{
	struct str bytes;
	assert_int_equal(io_read_file(box_path(b, from), 1 << 26, b->mem, &bytes, &b->err), 1);
	FILE *f = fopen(box_path(b, to), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
}

static void take_step(struct box *b, struct str step, enum store_server server)
{
	const char *word = arena_cstr(b->mem, step), *folder = step.n > 2 ? word + 2 : "";
	static const char database[] = ".Maildir.mda/data.mdb";
	switch (*word) {
	case 'd':
		deliver(b, folder, server);
		break;
	case 'a':
		add(b, folder);
		break;
	case 'c':
		make(b, folder);
		break;
	case 'e':
		empty(b, folder);
		break;
	case 'x':
		assert_int_equal(tree_remove(directory_of(b, folder)), 0);
		break;
	case 'm':
		assert_int_equal(rename(directory_of(b, arena_fmt(b->mem, "%c", *folder).p),
					 directory_of(b, folder + 2)),
			0);
		break;
	case 'u':
		assert_int_equal(unlink(file_of(b, folder, "dovecot-uidlist")), 0);
		break;
	case 'k':
		assert_int_equal(unlink(file_of(b, folder, "mda-uids")), 0);
		break;
	case 's':
		copy_state(b, database, "saved");
		break;
	default:
		assert_int_equal(*word, 'r');
		copy_state(b, "saved", database);
	}
}

static void test_scenario(void **state)
{
	const struct scenario *s = *state;
	struct box *b = box_new();
	struct str rest = str_of(s->steps), step = {"", 0};
	given_count = 0;
	while (str_word(&rest, &step))
		take_step(b, step, s->server);
	assert_true(given_count > 1);
	box_free(b);
}

/* ---- Dovecot's counter ---- */

/* The UIDVALIDITY that Dovecot gives next is above that of a folder that mda made. */
static void test_counter(void **state)
{
	struct box *b = box_new();
	struct str text;
	struct job j = {.text = "Subject: x\n\n", .folders = {"A"}, .server = STORE_SERVER_DOVECOT};
	(void)state;
	assert_int_equal(mkdir(b->maildir, 0700), 0);
	box_write(b, "Maildir/dovecot-uidvalidity", "f0000000");
	box_write(b, "Maildir/dovecot-uidvalidity.f0000001", "");
	assert_int_equal(box_deliver(b, &j), 0);
	assert_int_equal(j.receipts[0].uidvalidity, 0xf0000002);
	assert_int_equal(io_read_file(box_path(b, "Maildir/dovecot-uidvalidity"), 100, b->mem,
				 &text, &b->err),
		1);
	assert_true(str_eq(text, STR_LIT("f0000002")));
	assert_true(box_has(b, "Maildir/dovecot-uidvalidity.f0000002"));
	assert_false(box_has(b, "Maildir/dovecot-uidvalidity.f0000001"));
	box_free(b);
}

static uint32_t counter_of(struct box *b)
{
	struct str text;
	if (io_read_file(box_path(b, "Maildir/dovecot-uidvalidity"), 100, b->mem, &text, &b->err) !=
		1)
		return 0;
	return (uint32_t)strtoul(text.p, NULL, 16);
}

/*
 * UIDVALIDITYs ran ahead of the clock, B's further than A's, and files are lost. Whichever folder
 * the next delivery goes to, no folder gets a lower one: Dovecot goes by its counter, which is at
 * least B's again.
 */
static const struct loss {
	const char *name;
	bool database;
	const char *next;
	uint32_t uidvalidity; /* of the next folder */
} losses[] = {
	{"Dovecot's files are lost: the next is B", false, "B", 0xf0000002},
	{"Dovecot's files are lost: the next is A", false, "A", 0xf0000001},
	{"Dovecot's files are lost: the next is new", false, "C", 0xf0000003},
	{"the database is lost too: the next is B", true, "B", 0xf0000002},
	{"the database is lost too: the next is A", true, "A", 0xf0000001},
	{"the database is lost too: the next is new", true, "C", 0xf0000003},
};

static void lose(struct box *b, const struct loss *l)
{
	static const char *const files[] = {"Maildir/dovecot-uidvalidity",
		"Maildir/dovecot-uidvalidity.f0000002", "Maildir/.A/dovecot-uidlist",
		"Maildir/.B/dovecot-uidlist"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		assert_int_equal(unlink(box_path(b, files[i])), 0);
	if (l->database)
		assert_int_equal(tree_remove(b->state), 0);
}

static void test_loss(void **state)
{
	const struct loss *l = *state;
	struct box *b = box_new();
	struct job j = {
		.text = "Subject: next\n\n", .folders = {l->next}, .server = STORE_SERVER_DOVECOT};
	given_count = 0;
	assert_int_equal(mkdir(b->maildir, 0700), 0);
	box_write(b, "Maildir/dovecot-uidvalidity", "f0000000");
	deliver(b, "A", STORE_SERVER_DOVECOT);
	deliver(b, "B", STORE_SERVER_DOVECOT);
	assert_int_equal(given[0].uidvalidity, 0xf0000001);
	assert_int_equal(given[1].uidvalidity, 0xf0000002);
	lose(b, l);
	if (box_deliver(b, &j) < 0)
		fail_msg("%s", b->err.text);
	assert_int_equal(j.receipts[0].uidvalidity, l->uidvalidity);
	assert_true(counter_of(b) >= 0xf0000002);
	box_free(b);
}

/* ---- all of a mailbox comes back from a backup ---- */

static void copy_tree(struct box *b, const char *from, const char *to)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		execlp("cp", "cp", "-a", box_path(b, from), box_path(b, to), (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Mail, state and the server's files, all as they were: only the files themselves are others. */
static void test_backup_of_all(void **state)
{
	static const char *const parts[][2] = {{"Maildir", "M"}, {".Maildir.mda", "S"}};
	struct box *b = box_new();
	(void)state;
	given_count = 0;
	deliver(b, "A", STORE_SERVER_NONE);
	for (size_t i = 0; i < 2; i++)
		copy_tree(b, parts[i][0], parts[i][1]);
	deliver(b, "A", STORE_SERVER_NONE);
	deliver(b, "A", STORE_SERVER_NONE);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tree_remove(box_path(b, parts[i][0])), 0);
		copy_tree(b, parts[i][1], parts[i][0]);
	}
	deliver(b, "A", STORE_SERVER_NONE);
	deliver(b, "A", STORE_SERVER_NONE);
	assert_int_equal(given[1].uid, 2);
	assert_in_range(given[3].uid, BACKUP_GAP, BACKUP_GAP + 9);
	assert_int_equal(given[3].uidvalidity, given[0].uidvalidity);
	assert_int_equal(given[4].uid, given[3].uid + 1); /* once */
	box_free(b);
}

/* ---- no UID is left ---- */

static const struct end {
	const char *name, *file, *text; /* the server's */
	enum store_server server;
} ends[] = {
	{"the end: UIDNEXT", NULL, NULL, STORE_SERVER_NONE},
	{"the end: Dovecot's UIDNEXT", "Maildir/dovecot-uidlist",
		"3 V100 N4294967295 G0123456789abcdef0123456789abcdef\n7 :17.M7.a\n8 :17.M8.b\n",
		STORE_SERVER_DOVECOT},
	{"the end: Dovecot's last record", "Maildir/dovecot-uidlist",
		"3 V100 N9 G0123456789abcdef0123456789abcdef\n7 :17.M7.a\n4294967294 :17.M8.b\n",
		STORE_SERVER_DOVECOT},
	{"the end: Dovecot's, and one without a UID", "Maildir/dovecot-uidlist",
		"3 V100 N4294967295 G0123456789abcdef0123456789abcdef\n7 :17.M7.a\n",
		STORE_SERVER_DOVECOT},
	{"the end: Courier's", "Maildir/courierimapuiddb",
		"1 100 4294967295\n7 17.M7.a\n8 17.M8.b\n", STORE_SERVER_COURIER},
};

static int use_up(struct uiddb *db, void *context, struct err *err)
{
	struct uiddb_folder folder;
	(void)context;
	if (uiddb_make_folder(db, STR_LIT(""), &folder, err) < 0 ||
		uiddb_reset_folder(db, STR_LIT(""), &folder, 100, err) < 0 ||
		uiddb_set_uid(db, folder.id, 7, STR_LIT("17.M7.a"), err) < 0)
		return -1;
	return uiddb_raise_next(db, STR_LIT(""), &folder, UINT32_MAX, err);
}

static void set_up_end(struct box *b, const struct end *e)
{
	struct store *s = store_open(&(struct store_conf){.maildir = b->maildir}, &b->err);
	assert_non_null(s);
	store_close(s);
	box_write(b, "Maildir/cur/17.M7.a:2,S", "x");
	box_write(b, "Maildir/cur/17.M8.b:2,S", "x");
	if (e->file) {
		box_write(b, e->file, e->text);
		return;
	}
	struct uiddb *db = uiddb_open(b->state, false, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_write(db, use_up, NULL, &b->err), 0);
	uiddb_close(db);
}

/* Mail is not refused for ever: all messages get new UIDs, from 1 on. */
static void test_end(void **state)
{
	const struct end *e = *state;
	struct box *b = box_new();
	struct job j = {.text = "Subject: x\n\n", .folders = {"INBOX"}, .server = e->server};
	struct str text, line;
	struct uidlist_header h;
	set_up_end(b, e);
	if (box_deliver(b, &j) < 0)
		fail_msg("%s", b->err.text);
	assert_int_equal(j.receipts[0].uid, 3);
	assert_true(j.receipts[0].uidvalidity > 100);
	const char *path = box_path(b, e->file ? e->file : "Maildir/mda-uids");
	assert_int_equal(io_read_file(path, 1 << 20, b->mem, &text, &b->err), 1);
	assert_true(str_line(&text, &line) && uidlist_parse_header(line, &h));
	assert_int_equal(h.uidvalidity, j.receipts[0].uidvalidity);
	assert_true(str_line(&text, &line) && str_istarts(line, STR_LIT("1 ")));
	j = (struct job){.text = "Subject: y\n\n", .folders = {"INBOX"}, .server = e->server};
	assert_int_equal(box_deliver(b, &j), 0);
	assert_int_equal(j.receipts[0].uid, 4);
	assert_int_equal(j.receipts[0].uidvalidity, h.uidvalidity);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_scenario, scenarios),
		TABLE(test_end, ends),
		TABLE_OF_ONE(test_backup_of_all, "a backup of all comes back"),
		TABLE_OF_ONE(test_counter, "Dovecot's counter goes up with ours"),
		TABLE(test_loss, losses),
	};
	return table_run("folders made again", tables, sizeof tables / sizeof *tables);
}
