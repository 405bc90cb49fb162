/*
 * The same UIDs as the IMAP server: what is in its file and in the database before a delivery, and
 * what is in both after it. NEW is the name of the delivered message, NOW a new UIDVALIDITY, and G*
 * a new GUID.
 */
#include "tests/unit/test_store.h"

#include "base/buf.h"
#include "base/io.h"
#include "store/backup.h"

#define GUID "G0123456789abcdef0123456789abcdef"
#define HEAD "3 V100 N2 " GUID "\n"

struct row {
	const char *name;
	const char *file;          /* the file before; NULL: none */
	const char *database;      /* before: "<uidvalidity> <uidnext>" and a line a record */
	const char *messages;      /* words: the files in cur */
	const char *file_then;     /* after the delivery */
	const char *database_then; /* likewise */
};

static const struct row dovecot[] = {
	{"new: nothing is there", NULL, "100 1\n", "", "3 VNOW N2 G*\n1 :NEW\n", "NOW 2\n1 NEW\n"},
	{"new: known messages keep their UIDs", NULL, "100 9\n3 a\n7 b\n", "a b",
		"3 V100 N10010 G*\n3 :a\n7 :b\n10009 :NEW\n", "100 10010\n3 a\n7 b\n10009 NEW\n"},
	{"new: gone messages have no record", NULL, "100 9\n3 a\n7 b\n", "b",
		"3 V100 N10010 G*\n7 :b\n10009 :NEW\n", "100 10010\n3 a\n7 b\n10009 NEW\n"},
	{"new: unknown messages in the order of arrival", NULL, "100 1\n",
		"90.M5P1.h 100.M20P1.h 100.M3P1.h 100.V801I2M3.h 9.x odd",
		"3 VNOW N8 G*\n1 :odd\n2 :9.x\n3 :90.M5P1.h\n4 :100.M3P1.h\n5 :100.V801I2M3.h\n"
		"6 :100.M20P1.h\n7 :NEW\n",
		"NOW 8\n1 odd\n2 9.x\n3 90.M5P1.h\n4 100.M3P1.h\n5 100.V801I2M3.h\n"
		"6 100.M20P1.h\n7 NEW\n"},
	{"new: unknown messages come after the known ones", NULL, "100 6\n5 200.b\n", "100.a 200.b",
		"3 V100 N10008 G*\n5 :200.b\n10006 :100.a\n10007 :NEW\n",
		"100 10008\n5 200.b\n10006 100.a\n10007 NEW\n"},
	{"append: the server knows what we know", HEAD "1 :a\n", "100 2\n1 a\n", "a",
		HEAD "1 :a\n2 :NEW\n", "100 3\n1 a\n2 NEW\n"},
	{"append: the server gave UIDs since", HEAD "1 :a\n2 :b\n5 :c\n", "100 2\n1 a\n", "a b c",
		HEAD "1 :a\n2 :b\n5 :c\n6 :NEW\n", "100 7\n1 a\n2 b\n5 c\n6 NEW\n"},
	{"append: the server's next UID is higher", "3 V100 N50 " GUID "\n1 :a\n", "100 2\n1 a\n",
		"a", "3 V100 N50 " GUID "\n1 :a\n50 :NEW\n", "100 51\n1 a\n50 NEW\n"},
	{"outdated: ours is higher", HEAD "1 :a\n", "100 70\n1 a\n", "a",
		"3 V100 N10071 " GUID "\n1 :a\n10070 :NEW\n", "100 10071\n1 a\n10070 NEW\n"},
	{"outdated: it lacks known messages", HEAD "1 Pq :a\n", "100 4\n1 a\n2 b\n3 c\n", "a b c d",
		"3 V100 N10006 " GUID "\n1 Pq :a\n2 :b\n3 :c\n10004 :d\n10005 :NEW\n",
		"100 10006\n1 a\n2 b\n3 c\n10004 d\n10005 NEW\n"},
	{"append: the server knows all, we nothing", HEAD "1 :a\n3 :b\n", "5 1\n", "a b",
		HEAD "1 :a\n3 :b\n4 :NEW\n", "100 5\n1 a\n3 b\n4 NEW\n"},
	{"append: fields are kept", "3 V100 N3 " GUID " Xy\n1 W5 S4 Pq :a\n", "100 2\n1 a\n", "a",
		"3 V100 N3 " GUID " Xy\n1 W5 S4 Pq :a\n3 :NEW\n", "100 4\n1 a\n3 NEW\n"},
	{"append: a name twice, the later UID counts", HEAD "1 :a\n4 :a\n", "100 2\n1 a\n", "a",
		HEAD "1 :a\n4 :a\n5 :NEW\n", "100 6\n4 a\n5 NEW\n"},
	{"append: flags in the file's names", HEAD "1 :a:2,S\n", "100 2\n1 a\n", "a",
		HEAD "1 :a:2,S\n2 :NEW\n", "100 3\n1 a\n2 NEW\n"},
	{"the server wins: another UID for a name", HEAD "8 :a\n", "100 2\n1 a\n", "a",
		HEAD "8 :a\n9 :NEW\n", "100 10\n8 a\n9 NEW\n"},
	{"the server wins: another name for a UID", HEAD "1 :b\n", "100 2\n1 a\n", "a b",
		HEAD "1 :b\n2 :NEW\n", "100 3\n1 b\n2 NEW\n"},
	{"the server wins: names exchanged", HEAD "1 :b\n2 :a\n", "100 3\n1 a\n2 b\n", "a b",
		HEAD "1 :b\n2 :a\n3 :NEW\n", "100 4\n1 b\n2 a\n3 NEW\n"},
	{"the server wins: another UIDVALIDITY", "3 V200 N3 " GUID "\n1 :b\n2 :a\n",
		"100 3\n1 a\n2 b\n", "a b", "3 V200 N3 " GUID "\n1 :b\n2 :a\n3 :NEW\n",
		"200 4\n1 b\n2 a\n3 NEW\n"},
	{"the server wins: another UIDVALIDITY, UIDNEXT stays", "3 V50 N2 " GUID "\n1 :a\n",
		"100 9\n8 a\n", "a", "3 V50 N2 " GUID "\n1 :a\n9 :NEW\n", "50 10\n1 a\n9 NEW\n"},
	{"damage: a torn line", HEAD "1 W7 :a\n2 :b", "100 3\n1 a\n2 b\n", "a b",
		"3 V100 N10004 " GUID "\n1 W7 :a\n2 :b\n10003 :NEW\n",
		"100 10004\n1 a\n2 b\n10003 NEW\n"},
	{"damage: a torn line of an unknown message", HEAD "1 :a\n2 :b", "100 2\n1 a\n", "a b",
		"3 V100 N4 " GUID "\n1 :a\n2 :b\n3 :NEW\n", "100 4\n1 a\n2 b\n3 NEW\n"},
	{"damage: out of order", HEAD "2 :b\n1 :a\n", "100 2\n1 a\n", "a b",
		"3 V100 N4 " GUID "\n1 :a\n2 :b\n3 :NEW\n", "100 4\n1 a\n2 b\n3 NEW\n"},
	{"damage: a UID twice", HEAD "1 :a\n1 :b\n", "100 2\n1 a\n", "a b",
		"3 V100 N4 " GUID "\n1 :a\n2 :b\n3 :NEW\n", "100 4\n1 a\n2 b\n3 NEW\n"},
	{"damage: a name with a slash", HEAD "1 :a\n2 :../x\n4 :b\n", "100 2\n1 a\n", "a b",
		"3 V100 N6 " GUID "\n1 :a\n4 :b\n5 :NEW\n", "100 6\n1 a\n4 b\n5 NEW\n"},
	{"damage: an empty line", HEAD "\n1 S4 :a\n", "100 2\n1 a\n", "a",
		"3 V100 N3 " GUID "\n1 S4 :a\n2 :NEW\n", "100 3\n1 a\n2 NEW\n"},
	{"damage: an empty file", "", "100 2\n1 a\n", "a", "3 V100 N3 G*\n1 :a\n2 :NEW\n",
		"100 3\n1 a\n2 NEW\n"},
	{"damage: the header", "3 V100 N- " GUID "\n1 W5 :a\n6 :b\n", "100 2\n1 a\n", "a b",
		"3 V100 N8 G*\n1 W5 :a\n6 :b\n7 :NEW\n", "100 8\n1 a\n6 b\n7 NEW\n"},
	{"damage: no text at all", "\xff\xfe\x01\n\n\n:::\n", "100 2\n1 a\n", "a",
		"3 V100 N3 G*\n1 :a\n2 :NEW\n", "100 3\n1 a\n2 NEW\n"},
	{"damage: a lost record of a known message", HEAD "1 :a\nx\n3 :c\n",
		"100 4\n1 a\n2 b\n3 c\n", "a b c", "3 V100 N5 " GUID "\n1 :a\n2 :b\n3 :c\n4 :NEW\n",
		"100 5\n1 a\n2 b\n3 c\n4 NEW\n"},
	{"version 1 becomes version 3", "1 100 3\n1 a\n2 b\n", "100 2\n1 a\n", "a b",
		"3 V100 N4 G*\n1 :a\n2 :b\n3 :NEW\n", "100 4\n1 a\n2 b\n3 NEW\n"},
};

static const struct row courier[] = {
	{"Courier: nothing is there", NULL, "100 1\n", "", "1 NOW 2\n1 NEW\n", "NOW 2\n1 NEW\n"},
	{"Courier: it gave UIDs since", "1 100 7\n1 a\n5 b\n", "100 2\n1 a\n", "a b",
		"1 100 8\n1 a\n5 b\n7 NEW\n", "100 8\n1 a\n5 b\n7 NEW\n"},
	{"Courier: another UIDVALIDITY", "1 300 3\n2 a\n", "100 2\n1 a\n", "a",
		"1 300 4\n2 a\n3 NEW\n", "300 4\n2 a\n3 NEW\n"},
	{"Courier: messages that it has not seen", "1 100 2\n1 a\n", "100 2\n1 a\n", "a 20.y 10.x",
		"1 100 5\n1 a\n2 10.x\n3 20.y\n4 NEW\n", "100 5\n1 a\n2 10.x\n3 20.y\n4 NEW\n"},
	{"Courier: gone messages go", "1 100 4\n1 a\n3 b\n", "100 2\n1 a\n", "b",
		"1 100 5\n3 b\n4 NEW\n", "100 5\n1 a\n3 b\n4 NEW\n"},
	{"Courier: damage", "1 100\n1 a\n", "100 2\n1 a\n", "a", "1 100 3\n1 a\n2 NEW\n",
		"100 3\n1 a\n2 NEW\n"},
};

/* ---- the database ---- */

static int set_database(struct uiddb *db, void *context, struct err *err)
{
	struct str rest = str_of(context), line, word = {"", 0};
	struct uiddb_folder folder;
	unsigned long long number, next;
	assert_int_equal(uiddb_make_folder(db, STR_LIT(""), &folder, err), 0);
	assert_true(str_line(&rest, &line) && str_word(&line, &word));
	assert_true(str_number(word, UINT32_MAX, &number));
	assert_int_equal(uiddb_reset_folder(db, STR_LIT(""), &folder, (uint32_t)number, err), 0);
	assert_true(str_word(&line, &word) && str_number(word, UINT32_MAX, &next));
	while (str_line(&rest, &line)) {
		assert_true(str_word(&line, &word) && str_number(word, UINT32_MAX, &number));
		assert_int_equal(
			uiddb_set_uid(db, folder.id, (uint32_t)number, str_trim(line), err), 0);
	}
	return uiddb_raise_next(db, STR_LIT(""), &folder, (uint32_t)next, err);
}

static bool print_uid(void *context, uint32_t uid, struct str base)
{
	buf_fmt(context, "%lu " STR_FMT "\n", (unsigned long)uid, STR_ARGS(base));
	return true;
}

static int print_database(struct uiddb *db, void *context, struct err *err)
{
	struct uiddb_folder folder;
	buf_clear(context);
	assert_int_equal(uiddb_find_folder(db, STR_LIT(""), &folder, err), 1);
	buf_fmt(context, "%lu %lu\n", (unsigned long)folder.uidvalidity,
		(unsigned long)folder.uidnext);
	return uiddb_walk_uids(db, folder.id, 0, print_uid, context, err);
}

static void with_database(struct box *b, uiddb_work *work, void *context,
	int (*run)(struct uiddb *, uiddb_work *, void *, struct err *))
{
	struct uiddb *db = uiddb_open(b->state, false, &b->err);
	assert_non_null(db);
	assert_int_equal(run(db, work, context, &b->err), 0);
	uiddb_close(db);
}

/* ---- the mailbox ---- */

static const char *const names[] = {
	[STORE_SERVER_DOVECOT] = "Maildir/dovecot-uidlist",
	[STORE_SERVER_COURIER] = "Maildir/courierimapuiddb",
};

static bool gap_was_said;

static void note(void *context, const char *text)
{
	(void)context;
	gap_was_said = gap_was_said || strstr(text, "up by 10000");
}

static struct store *open_store(struct box *b, enum store_server server)
{
	const struct store_conf conf = {.maildir = b->maildir, .server = server, .note = note};
	struct store *s = store_open(&conf, &b->err);
	if (!s)
		fail_msg("%s", b->err.text);
	return s;
}

static void set_up(struct box *b, const struct row *row, enum store_server server)
{
	struct str rest = str_of(row->messages), word;
	store_close(open_store(b, server));
	with_database(b, set_database, (void *)(uintptr_t)row->database, uiddb_write);
	while (str_word(&rest, &word))
		box_write(b, arena_fmt(b->mem, "Maildir/cur/" STR_FMT ":2,", STR_ARGS(word)).p,
			"Subject: x\n\n");
	if (row->file)
		box_write(b, names[server], row->file);
}

/* One delivery; the name of its file, or NULL. */
static const char *put(struct box *b, const char *text, enum store_server server)
{
	struct str piece = str_of(text);
	struct store_id id = box_id(text, true);
	struct store_item item = {.folder = STR_LIT(""), .pieces = &piece, .piece_count = 1};
	struct store_receipt receipt;
	struct store *s = open_store(b, server);
	int r = store_put(s, &id, &item, 1, b->mem, &receipt, &b->err);
	if (r == 0)
		r = store_finish(s, &id, 1, &b->err);
	store_close(s);
	return r < 0 ? NULL : arena_cstr(b->mem, receipt.file_name);
}

/* A number of ten digits: a UIDVALIDITY that was made just now. */
static bool is_now(struct str rest)
{
	size_t n = 0;
	while (n < rest.n && ascii_isdigit(rest.p[n]))
		n++;
	return n == 10 && rest.n > n && rest.p[n] != '.'; /* which a base name would go on with */
}

/*
 * TEXT with the delivered name as NEW, a UIDVALIDITY of now as NOW, and a GUID as G* where WANTED
 * has that.
 */
static const char *normal(struct box *b, struct str text, const char *name, const char *wanted)
{
	struct buf out = {0};
	size_t at = 0;
	while (at < text.n) {
		struct str rest = str_slice(text, at, text.n);
		bool is_new = name && str_istarts(rest, str_of(name));
		bool is_guid = rest.p[0] == 'G' && at < 60 && strstr(wanted, "G*") && rest.n > 33;
		bool is_time = !is_new && is_now(rest) &&
			       (at == 0 || !ascii_isalnum(rest.p[-1]) || rest.p[-1] == 'V');
		buf_add(&out, is_new    ? STR_LIT("NEW")
			      : is_guid ? STR_LIT("G*")
			      : is_time ? STR_LIT("NOW")
					: str_slice(rest, 0, 1));
		at += is_new ? strlen(name) : is_guid ? 33 : is_time ? 10 : 1;
	}
	const char *result = arena_cstr(b->mem, buf_str(&out));
	buf_free(&out);
	return result;
}

static void check_file(
	struct box *b, enum store_server server, const char *name, const char *wanted)
{
	struct str text;
	assert_int_equal(
		io_read_file(box_path(b, names[server]), 1 << 20, b->mem, &text, &b->err), 1);
	assert_string_equal(normal(b, text, name, wanted), wanted);
}

static void check_database(struct box *b, const char *name, const char *wanted)
{
	struct buf text = {0};
	with_database(b, print_database, &text, uiddb_read);
	assert_string_equal(normal(b, buf_str(&text), name, wanted), wanted);
	buf_free(&text);
}

static unsigned long next_of(const char *database)
{
	unsigned long next;
	assert_int_equal(sscanf(database, "%*s %lu", &next), 1);
	return next;
}

/* Nobody finds a gap in the UIDs that no note explains, or a note without a gap. */
static void check_gap(const char *before, const char *then)
{
	assert_int_equal(gap_was_said, next_of(then) >= next_of(before) + BACKUP_GAP);
}

static void run_row(const struct row *row, enum store_server server)
{
	struct box *b = box_new();
	gap_was_said = false;
	set_up(b, row, server);
	const char *name = put(b, "Subject: new\n\n", server);
	if (!name)
		fail_msg("%s", b->err.text);
	check_file(b, server, name, row->file_then);
	check_database(b, name, row->database_then);
	check_gap(row->database, row->database_then);
	assert_false(box_has(b, "Maildir/dovecot-uidlist.lock"));
	assert_false(box_has(b, "Maildir/dovecot-uidlist.tmp"));
	box_count(b, NULL);
	assert_int_equal(box_tally.tmp, 0);
	box_free(b);
}

static void test_dovecot(void **state)
{
	run_row(*state, STORE_SERVER_DOVECOT);
}

static void test_courier(void **state)
{
	run_row(*state, STORE_SERVER_COURIER);
}

/* ---- what cannot be ---- */

struct refused {
	const char *name, *file, *error;
	int (*make)(const char *path); /* in place of FILE */
};

static int make_directory(const char *path)
{
	return mkdir(path, 0700);
}

static int make_link(const char *path)
{
	return symlink("elsewhere", path);
}

static int make_fifo(const char *path)
{
	return mkfifo(path, 0600);
}

static const struct refused refusals[] = {
	{"refused: a directory", NULL, "Is a directory", make_directory},
	{"refused: a symbolic link", NULL, "symbolic link", make_link},
	{"refused: a FIFO", NULL, "not a regular file", make_fifo},
};

static void test_refused(void **state)
{
	const struct refused *r = *state;
	const struct row row = {.file = r->file, .database = "100 1\n", .messages = ""};
	struct box *b = box_new();
	set_up(b, &row, STORE_SERVER_DOVECOT);
	if (r->make)
		assert_int_equal(r->make(box_path(b, names[STORE_SERVER_DOVECOT])), 0);
	assert_null(put(b, "Subject: new\n\n", STORE_SERVER_DOVECOT));
	if (!strstr(b->err.text, r->error))
		fail_msg("%s", b->err.text);
	assert_int_equal(b->err.fault, FAULT_TEMP);
	assert_false(box_has(b, "Maildir/dovecot-uidlist.lock"));
	box_assert(b, NULL, 0, 0);
	box_free(b);
}

/* ---- one after the other ---- */

struct step {
	const char *name;
	const char *now;    /* what the server makes of its file; NULL: it is gone */
	bool in_place;      /* else it is a new file */
	const char *wanted; /* in the database after the second delivery */
};

/* Before it the file says HEAD, a is 1, and the first delivered message FIRST has 2. */
static const struct step steps[] = {
	{"then: nothing", HEAD "1 :a\n2 :FIRST\n", true, "100 4\n1 a\n2 FIRST\n3 NEW\n"},
	{"then: appended", HEAD "1 :a\n2 :FIRST\n3 :b\n", true,
		"100 5\n1 a\n2 FIRST\n3 b\n4 NEW\n"},
	{"then: appended with a smaller UID", HEAD "1 :a\n2 :FIRST\n2 :b\n", true,
		"100 5\n1 a\n2 FIRST\n3 b\n4 NEW\n"},
	{"then: half a line appended", HEAD "1 :a\n2 :FIRST\n3 :b", true,
		"100 5\n1 a\n2 FIRST\n3 b\n4 NEW\n"},
	{"then: replaced", "3 V100 N9 " GUID "\n2 :FIRST\n8 :b\n", false,
		"100 10\n1 a\n2 FIRST\n8 b\n9 NEW\n"},
	{"then: replaced with another UIDVALIDITY", "3 V300 N3 " GUID "\n1 :b\n2 :FIRST\n", false,
		"300 4\n1 b\n2 FIRST\n3 NEW\n"},
	{"then: cut short in place", HEAD "1 :a\n", true,
		"100 10005\n1 a\n2 FIRST\n10003 b\n10004 NEW\n"},
	{"then: changed in place", HEAD "1 :b\n2 :FIRST\n", true, "100 4\n1 b\n2 FIRST\n3 NEW\n"},
	{"then: gone", NULL, false, "100 10005\n1 a\n2 FIRST\n10003 b\n10004 NEW\n"},
};

static const char *with_first(struct box *b, const char *text, const char *first)
{
	const char *at = strstr(text, "FIRST");
	if (!at)
		return text;
	return arena_fmt(b->mem, "%.*s%s%s", (int)(at - text), text, first, at + 5).p;
}

static void change_file(struct box *b, const struct step *step, const char *first)
{
	const char *path = names[STORE_SERVER_DOVECOT];
	if (!step->in_place)
		assert_int_equal(unlink(box_path(b, path)), 0);
	if (step->now)
		box_write(b, path, with_first(b, step->now, first));
}

static void test_step(void **state)
{
	const struct step *step = *state;
	const struct row row = {.file = HEAD "1 :a\n", .database = "100 2\n1 a\n", .messages = "a"};
	struct box *b = box_new();
	gap_was_said = false;
	set_up(b, &row, STORE_SERVER_DOVECOT);
	const char *first = put(b, "Subject: first\n\n", STORE_SERVER_DOVECOT);
	assert_non_null(first);
	/* So that the mark is after FIRST. */
	struct store *s = open_store(b, STORE_SERVER_DOVECOT);
	assert_int_equal(store_sync(s, STR_LIT(""), &b->err), 0);
	store_close(s);
	box_write(b, "Maildir/cur/b:2,", "Subject: b\n\n");
	change_file(b, step, first);
	const char *second = put(b, "Subject: second\n\n", STORE_SERVER_DOVECOT);
	assert_non_null(second);
	check_database(b, second, with_first(b, step->wanted, first));
	check_gap(row.database, step->wanted);
	box_free(b);
}

/* ---- large ---- */

enum { MANY = 100000, FEW_BYTES = 256 * 1024 };

static size_t bytes_read(void)
{
	char text[4096] = "";
	FILE *f = fopen("/proc/self/io", "r");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	return strtoull(strchr(text, ' '), NULL, 10);
}

/* A delivery into a folder of 100,000 messages reads only what is new. */
static void test_many(void **state)
{
	struct box *b = box_new();
	struct buf text = {0};
	(void)state;
	buf_text(&text, HEAD);
	for (int i = 1; i <= MANY; i++)
		buf_fmt(&text, "%d :17%08d.M1P1.host,S=1000,W=1020\n", i, i);
	const struct row row = {.file = buf_cstr(&text), .database = "100 1\n", .messages = ""};
	set_up(b, &row, STORE_SERVER_DOVECOT);
	assert_non_null(put(b, "Subject: first\n\n", STORE_SERVER_DOVECOT));
	size_t before = bytes_read();
	assert_non_null(put(b, "Subject: second\n\n", STORE_SERVER_DOVECOT));
	assert_in_range(bytes_read() - before, 0, FEW_BYTES);
	buf_free(&text);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_dovecot, dovecot),
		TABLE(test_courier, courier),
		TABLE(test_refused, refusals),
		TABLE(test_step, steps),
		TABLE_OF_ONE(test_many, "100,000 messages: only what is new is read"),
	};
	return table_run("one truth with the IMAP server", tables, sizeof tables / sizeof *tables);
}
