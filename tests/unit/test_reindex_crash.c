/*
 * mda-reindex may be interrupted at any time: a command that changes something is killed at each of
 * its system calls, and then it is run again. Until then clients may have looked: a folder has the
 * old UIDs or the new ones, and never others.
 */
#include "mda/tools/reindex/reindex.h"

#include "base/io.h"
#include "tests/lib/crash.h"
#include "tests/unit/test_store_audit.h"

/* ---- the mailbox ---- */

static const char *const texts[] = {
	"Date: Thu, 5 Nov 2026 10:00:00 +0000\nSubject: one\n\n1\n",
	"Date: Wed, 4 Nov 2026 10:00:00 +0000\nSubject: two\n\n2\n",
	"Date: Tue, 3 Nov 2026 10:00:00 +0000\nSubject: three\n\n3\n",
	"Date: Mon, 2 Nov 2026 10:00:00 +0000\nSubject: four\n\n4\n",
	"Date: Sun, 1 Nov 2026 10:00:00 +0000\nSubject: five\n\n5\n",
};

/* Every third call will do: all of them take minutes. */
enum { INBOX_MESSAGES = 3, MESSAGES = 5, RENAMED = 1, STEP = 3 };

static const char new_name[] = "1795000000.M1P1.renamed";

struct scene {
	const char *name;
	const struct reindex_command *command;
	enum store_server server;
	void (*accident)(struct box *b, struct knowledge *known);
	bool renumbers;
};

static const char *name_of(struct box *b, const struct known *k)
{
	return arena_fmt(b->mem, "Maildir/%s/new/%s", k->directory[0] ? k->directory : ".", k->base)
		.p;
}

/* One file has another name, one is new, and one is gone. */
static void change_files(struct box *b, struct knowledge *known)
{
	struct known *renamed = &known->items[RENAMED];
	const char *from = box_path(b, name_of(b, renamed));
	snprintf(renamed->base, sizeof renamed->base, "%s", new_name);
	assert_int_equal(rename(from, box_path(b, name_of(b, renamed))), 0);
	box_write(b, "Maildir/cur/1795000001.M1P1.host:2,S", "Subject: new\n\nx\n");
	assert_int_equal(unlink(box_path(b, name_of(b, &known->items[0]))), 0);
	known->items[0] = known->items[--known->count];
}

static void lose_database(struct box *b, struct knowledge *known)
{
	(void)known;
	assert_int_equal(unlink(box_path(b, ".Maildir.mda/data.mdb")), 0);
}

static void lose_all(struct box *b, struct knowledge *known)
{
	lose_database(b, known);
	assert_int_equal(unlink(box_path(b, "Maildir/mda-uids")), 0);
	assert_int_equal(unlink(box_path(b, "Maildir/.A/mda-uids")), 0);
}

/* A file for `import`, in the mailbox's own directory. */
static void write_export(struct box *b, const struct knowledge *known)
{
	struct buf text = {0};
	const char *folder = NULL;
	buf_text(&text, "mda-uids 1\n");
	for (size_t i = 0; i < known->count; i++) {
		const struct known *k = &known->items[i];
		if (!folder || strcmp(folder, k->directory) != 0)
			buf_fmt(&text, "folder %s uidvalidity %lu uidnext 9\n",
				k->directory[0] ? k->directory + 1 : "INBOX",
				(unsigned long)k->uidvalidity);
		folder = k->directory;
		buf_fmt(&text, "%lu %s\n", (unsigned long)k->uid, k->base);
	}
	box_write(b, "export", buf_cstr(&text));
	buf_free(&text);
}

static struct box *make_box(const struct scene *scene, struct knowledge *known)
{
	struct box *b = box_new();
	audit_seconds_behind = 1000;
	for (size_t i = 0; i < MESSAGES; i++) {
		struct job job = {.text = texts[i],
			.folders = {i < INBOX_MESSAGES ? "" : "A"},
			.unique = true,
			.server = scene->server};
		if (box_deliver(b, &job) < 0)
			fail_msg("%s", b->err.text);
	}
	audit_seconds_behind = 0;
	assert_true(learn(b, known));
	assert_int_equal(known->count, MESSAGES);
	write_export(b, known);
	if (scene->accident)
		scene->accident(b, known);
	return b;
}

/* ---- running a command ---- */

struct run {
	struct box *box;
	const struct reindex_command *command;
	enum store_server server;
};

static void hush(void)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
		_exit(3);
}

static int open_box(struct reindex *r, struct err *err)
{
	r->root = open(r->maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->root < 0)
		return err_temp(err, "cannot open the Maildir");
	if (r->yes) {
		const struct store_conf conf = {
			.maildir = r->maildir, .state_dir = r->state, .server = r->server};
		r->store = store_open(&conf, err);
		r->db = r->store ? store_database(r->store) : NULL;
	} else {
		r->db = uiddb_open(r->state, true, err);
	}
	return r->db ? 0 : -1;
}

static int run_command(void *context)
{
	struct run *c = context;
	struct err err;
	bool changes = c->command->need == REINDEX_CHANGES;
	struct reindex r = {.maildir = c->box->maildir,
		.state = c->box->state,
		.server = c->server,
		.yes = changes,
		.input = box_path(c->box, "export"),
		.mem = arena_new()};
	hush();
	int status = open_box(&r, &err);
	if (status == 0)
		status = c->command->run(&r, &err);
	if (status < 0)
		fprintf(stderr, "# %s: %s\n", c->command->is.name, err.text);
	if (!changes)
		uiddb_close(r.db);
	store_close(r.store);
	close(r.root);
	arena_free(r.mem);
	return status < 0 ? 75 : status;
}

static int run_whole(struct box *b, const struct scene *scene, const struct reindex_command *what)
{
	struct run c = {.box = b, .command = what, .server = scene->server};
	return crash_run(run_command, &c);
}

static bool kill_at(struct box *b, const struct scene *scene, size_t n)
{
	struct run c = {.box = b, .command = scene->command, .server = scene->server};
	return crash_kill(run_command, &c, n);
}

/* ---- what must hold ---- */

/* K, or under a larger UIDVALIDITY any UID: UIDs of two numberings are never mixed. */
static bool is_old_or_new(const struct knowledge *now, const struct known *k)
{
	for (size_t i = 0; i < now->count; i++)
		if (strcmp(now->items[i].base, k->base) == 0)
			return now->items[i].uidvalidity == k->uidvalidity
				       ? now->items[i].uid == k->uid
				       : now->items[i].uidvalidity > k->uidvalidity;
	return false;
}

static void assert_old_or_new(struct box *b, const struct knowledge *known, size_t n)
{
	struct knowledge now;
	if (!learn(b, &now))
		fail_msg("stop %zu: %s", n, b->err.text);
	for (size_t i = 0; i < known->count; i++)
		if (!is_old_or_new(&now, &known->items[i]))
			fail_msg("stop %zu: %s is gone, or has a UID of no time", n,
				known->items[i].base);
}

/* The file of the server says nothing else than one of the two numberings. */
static void assert_server(struct box *b, const struct knowledge *known, size_t n)
{
	struct str text, rest, line;
	int found =
		io_read_file(box_path(b, "Maildir/dovecot-uidlist"), 65536, b->mem, &text, &b->err);
	assert_int_equal(found, 1);
	rest = text;
	for (size_t i = 0; i < known->count; i++) {
		const struct known *k = &known->items[i];
		struct str old = arena_fmt(b->mem, "3 V%lu ", (unsigned long)k->uidvalidity);
		if (k->directory[0] || str_ifind(text, old) == text.n)
			continue;
		struct str record = arena_fmt(b->mem, "%lu :%s", (unsigned long)k->uid, k->base);
		bool there = false;
		for (rest = text; str_line(&rest, &line);)
			there = there || str_eq(line, record);
		if (!there)
			fail_msg("stop %zu: the server's file lacks %s", n, record.p);
	}
}

/* The newest message is the first that was delivered. */
static void assert_renumbered(struct box *b, const struct knowledge *known, size_t n)
{
	struct knowledge now;
	assert_true(learn(b, &now));
	assert_int_equal(now.count, known->count);
	for (size_t i = 0; i < known->count; i++)
		for (size_t k = 0; k < now.count; k++)
			if (strcmp(known->items[i].base, now.items[k].base) == 0 &&
				(now.items[k].uidvalidity <= known->items[i].uidvalidity ||
					now.items[k].uid != (now.items[k].directory[0] ? 2 : 3) +
								    1 - known->items[i].uid))
				fail_msg("stop %zu: %s has UID %lu", n, now.items[k].base,
					(unsigned long)now.items[k].uid);
}

/* With N 0 it is not stopped. */
static bool crash_once(const void *context, size_t n)
{
	const struct scene *scene = context;
	struct knowledge known;
	struct box *b = make_box(scene, &known);
	bool killed = n > 0 && kill_at(b, scene, n);
	if (killed && scene->renumbers) {
		assert_old_or_new(b, &known, n);
		assert_server(b, &known, n);
	}
	int again = run_whole(b, scene, scene->command);
	if (again != 0)
		fail_msg("stop %zu: the second time it ends with %d", n, again);
	if (scene->renumbers)
		assert_renumbered(b, &known, n);
	else
		assert_known(b, &known, arena_fmt(b->mem, "stop %zu", n).p);
	if (run_whole(b, scene, &reindex_check) != 0)
		fail_msg("stop %zu: then something disagrees", n);
	box_free(b);
	return killed;
}

/* ---- the scenes ---- */

static const struct scene scenes[] = {
	{"repair: files renamed, new and gone", &reindex_repair, STORE_SERVER_NONE, change_files,
		false},
	{"repair: the same with Dovecot", &reindex_repair, STORE_SERVER_DOVECOT, change_files,
		false},
	{"repair: the database lost", &reindex_repair, STORE_SERVER_NONE, lose_database, false},
	{"repair: the database and the copy lost, with Dovecot", &reindex_repair,
		STORE_SERVER_DOVECOT, lose_all, false},
	{"renumber, with Dovecot", &reindex_renumber, STORE_SERVER_DOVECOT, NULL, true},
	{"import: all lost", &reindex_import, STORE_SERVER_NONE, lose_all, false},
};

static void test_killed(void **state)
{
	const struct scene *scene = *state;
	const struct crash_sweep sweep = {scene->name, crash_once, scene, STEP, 300};
	crash_everywhere(&sweep);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_killed, scenes)};
	return table_run("reindex_crash", tables, sizeof tables / sizeof *tables);
}
