/*
 * Random steps against a mailbox that a real IMAP server and mda share: deliveries, some of them killed, and what clients
 * do: append, copy, move, flag, expunge. After each step the UIDs that IMAP shows must be those of the UID database, for
 * the same messages, and none that was seen before may have changed.
 *
 *   imap_steps run PORT USER MAILDIR STEPS SEED MDA ARGUMENT...    (the arguments of mda; the folder is added)
 *   imap_steps list PORT USER MAILDIR                              prints what IMAP shows
 *   imap_steps sync MAILDIR                                        takes over what the server assigned
 */
#include "tests/e2e/imap_client.h"

#include "mda/base/buf.h"
#include "store/base_name.h"
#include "store/store.h"
#include "store/uiddb.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { FOLDERS = 3, MOST = 400, PLENTY = 30, ARGUMENTS = 32, LOOKS = 30 };

static const struct {
	const char *imap, *mda, *directory;
} folders[FOLDERS] = {
	{"INBOX", "INBOX", ""},
	{"Work", "Work", ".Work"},
	{"Lists.C", "Lists/C", ".Lists.C"},
};

/* A message as IMAP or the database has it: the serial stands in its Subject. */
struct seen {
	uint32_t uid;
	unsigned serial;
};

struct view {
	struct seen items[MOST];
	size_t count;
	unsigned uidvalidity, uidnext;
};

static struct {
	struct imap client, idler;
	unsigned short port;
	const char *user, *maildir;
	char *mda[ARGUMENTS]; /* two places behind the arguments are for the folder */
	size_t mda_count;
	struct view views[FOLDERS];
	unsigned next_serial;
	unsigned long step;
	const char *doing;
} run;

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	exit(1);
}

static size_t below(size_t n)
{
	return (size_t)rand() % n;
}

/* ---- what IMAP shows ---- */

static void add_seen(struct view *v, uint32_t uid, unsigned serial)
{
	if (v->count == MOST)
		die("too many messages in a folder");
	v->items[v->count++] = (struct seen){uid, serial};
}

static void on_select(void *context, const char *line)
{
	struct view *v = context;
	const char *at = strstr(line, "[UIDVALIDITY ");
	if (at)
		v->uidvalidity = (unsigned)strtoul(at + 13, NULL, 10);
	at = strstr(line, "[UIDNEXT ");
	if (at)
		v->uidnext = (unsigned)strtoul(at + 9, NULL, 10);
}

static void on_fetch(void *context, const char *line)
{
	const char *uid = strstr(line, "(UID "), *serial = strstr(line, "\"serial-");
	if (uid && serial)
		add_seen(context, (uint32_t)strtoul(uid + 5, NULL, 10),
			(unsigned)strtoul(serial + 8, NULL, 10));
}

static int by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct seen *)a)->uid, y = ((const struct seen *)b)->uid;
	return (x > y) - (x < y);
}

static void sort(struct view *v)
{
	if (v->count)
		qsort(v->items, v->count, sizeof *v->items, by_uid);
}

static void select_folder(size_t f, struct view *v)
{
	*v = (struct view){.count = 0};
	imap_start(&run.client, "SELECT %s", folders[f].imap);
	if (!imap_answer(&run.client, on_select, v))
		die("cannot select %s", folders[f].imap);
}

static void look_by_imap(size_t f, struct view *v)
{
	select_folder(f, v);
	imap_start(&run.client, "UID FETCH 1:* (UID ENVELOPE)");
	imap_answer(&run.client, on_fetch, v);
	sort(v);
}

/* ---- what the database has ---- */

struct lookup {
	size_t folder;
	struct view *view;
};

static unsigned serial_of(const char *path)
{
	char text[2048];
	FILE *f = fopen(path, "r");
	if (!f) /* the server moved it meanwhile */
		return 0;
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	const char *at = strstr(text, "Subject: serial-");
	return at ? (unsigned)strtoul(at + 16, NULL, 10) : 0;
}

static void look_into(struct uiddb *db, const struct lookup *l, uint32_t folder, const char *part)
{
	char path[4096];
	const struct dirent *entry;
	struct err err;
	snprintf(path, sizeof path, "%s/%s/%s", run.maildir, folders[l->folder].directory, part);
	size_t n = strlen(path);
	DIR *dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		uint32_t uid = 0;
		if (entry->d_name[0] == '.')
			continue;
		if (uiddb_find_uid(db, folder, base_name_of(str_of(entry->d_name)), &uid, &err) < 0)
			die("%s", err.text);
		snprintf(path + n, sizeof path - n, "/%s", entry->d_name);
		add_seen(l->view, uid, serial_of(path));
	}
	if (dir)
		closedir(dir);
}

static int look_in_database(struct uiddb *db, void *context, struct err *err)
{
	const struct lookup *l = context;
	struct uiddb_folder folder;
	int found = uiddb_find_folder(db, str_of(folders[l->folder].directory), &folder, err);
	*l->view = (struct view){.count = 0};
	if (found <= 0)
		return found;
	l->view->uidvalidity = folder.uidvalidity;
	l->view->uidnext = folder.uidnext;
	look_into(db, l, folder.id, "new");
	look_into(db, l, folder.id, "cur");
	sort(l->view);
	return 0;
}

static void look_by_database(size_t f, struct view *v)
{
	struct err err;
	struct arena *mem = arena_new();
	struct lookup l = {f, v};
	struct uiddb *db = uiddb_open(store_state_dir(run.maildir, mem), true, &err);
	if (!db || uiddb_read(db, look_in_database, &l, &err) < 0)
		die("%s", err.text);
	uiddb_close(db);
	arena_free(mem);
}

static void sync_folder(size_t f)
{
	struct err err;
	struct store *s = store_open(
		&(struct store_conf){.maildir = run.maildir, .server = STORE_SERVER_DOVECOT}, &err);
	if (!s || store_sync(s, str_of(folders[f].mda), &err) < 0)
		die("%s", err.text);
	store_close(s);
}

/* ---- comparing ---- */

static bool same(const struct view *a, const struct view *b)
{
	return a->uidvalidity == b->uidvalidity && a->count == b->count &&
	       (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof *a->items) == 0);
}

static void print_view(const char *title, const struct view *v)
{
	printf("%s: UIDVALIDITY %u, UIDNEXT %u:", title, v->uidvalidity, v->uidnext);
	for (size_t i = 0; i < v->count; i++)
		printf(" %lu=%u", (unsigned long)v->items[i].uid, v->items[i].serial);
	printf("\n");
}

static const struct seen *find(const struct view *v, uint32_t uid)
{
	const struct seen key = {uid, 0};
	return v->count ? bsearch(&key, v->items, v->count, sizeof key, by_uid) : NULL;
}

/* A UID stays with its message, and new ones are higher than all that ever were. */
static void check_history(size_t f, const struct view *now)
{
	const struct view *before = &run.views[f];
	if (before->uidvalidity && before->uidvalidity != now->uidvalidity)
		die("%s: UIDVALIDITY was %u and is %u", folders[f].imap, before->uidvalidity,
			now->uidvalidity);
	if (now->uidnext < before->uidnext)
		die("%s: UIDNEXT was %u and is %u", folders[f].imap, before->uidnext, now->uidnext);
	for (size_t i = 0; i < now->count; i++) {
		const struct seen *old = find(before, now->items[i].uid);
		if (old && old->serial != now->items[i].serial)
			die("%s: UID %lu was message %u and is %u", folders[f].imap,
				(unsigned long)old->uid, old->serial, now->items[i].serial);
		if (!old && now->items[i].uid < before->uidnext)
			die("%s: the new message %u has the old UID %lu", folders[f].imap,
				now->items[i].serial, (unsigned long)now->items[i].uid);
	}
}

/* The server may need a moment to see a new file; a message that it shows never changes. */
static void check_folder(size_t f, bool sync)
{
	struct view imap = {.count = 0}, database = {.count = 0};
	for (int look = 0; look < LOOKS; look++) {
		look_by_imap(f, &imap);
		check_history(f, &imap);
		run.views[f] = imap;
		if (sync)
			sync_folder(f);
		look_by_database(f, &database);
		if (same(&imap, &database))
			return;
		usleep(100000);
	}
	print_view("IMAP    ", &imap);
	print_view("database", &database);
	die("%s: IMAP and the database differ", folders[f].imap);
}

static void check_count(size_t f, unsigned serial, size_t wanted)
{
	const struct view *v = &run.views[f];
	size_t n = 0;
	for (size_t i = 0; i < v->count; i++)
		n += v->items[i].serial == serial;
	if (n != wanted)
		die("%s has message %u %zu times, not %zu", folders[f].imap, serial, n, wanted);
}

static void on_search(void *context, const char *line)
{
	if (strncmp(line, "* SEARCH", 8) != 0)
		return;
	for (const char *at = strchr(line + 8, ' '); at; at = strchr(at + 1, ' '))
		add_seen(context, (uint32_t)strtoul(at, NULL, 10), 0);
}

static bool shows_inbox(struct view *v)
{
	*v = (struct view){.count = 0};
	imap_start(&run.idler, "NOOP");
	imap_answer(&run.idler, NULL, NULL);
	imap_start(&run.idler, "UID SEARCH ALL");
	imap_answer(&run.idler, on_search, v);
	bool good = v->count == run.views[0].count;
	for (size_t i = 0; good && i < v->count; i++)
		good = v->items[i].uid == run.views[0].items[i].uid;
	return good;
}

/* The connection that was idle all the time must come to show the same INBOX. */
static void check_idler(void)
{
	struct view v;
	imap_done(&run.idler);
	for (int look = 0; !shows_inbox(&v); look++) {
		if (look == LOOKS) {
			print_view("idle", &v);
			print_view("IMAP", &run.views[0]);
			die("the idle connection shows another INBOX");
		}
		usleep(100000);
	}
	imap_idle(&run.idler);
}

/* ---- deliveries ---- */

/* With a trace field, so that the same bytes are the same message. */
static pid_t start_mda(size_t f, unsigned serial)
{
	int ends[2];
	char text[512];
	int n = snprintf(text, sizeof text,
		"Received: by test id %u\nFrom: a@outside.test\nSubject: serial-%u\n\nbody\n",
		serial, serial);
	if (pipe(ends) < 0 || write(ends[1], text, (size_t)n) != n)
		die("cannot make a pipe");
	close(ends[1]);
	run.mda[run.mda_count] = (char *)(uintptr_t) "-m";
	run.mda[run.mda_count + 1] = (char *)(uintptr_t)folders[f].mda;
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		execv(run.mda[0], run.mda);
		_exit(127);
	}
	close(ends[0]);
	return child;
}

static void wait_for_mda(pid_t child)
{
	int status;
	if (waitpid(child, &status, 0) != child)
		die("waitpid: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("mda ended with %d", status);
}

/* ---- steps: each returns the folder that a delivery brought up to date, or FOLDERS ---- */

static size_t deliver(void)
{
	size_t f = below(FOLDERS);
	wait_for_mda(start_mda(f, run.next_serial));
	check_folder(f, false);
	check_count(f, run.next_serial++, 1);
	return f;
}

/* The server takes a while to believe that the lock of a dead process is dead, so there are few of these. */
static size_t deliver_killed(void)
{
	size_t f = below(FOLDERS);
	pid_t child = start_mda(f, run.next_serial);
	usleep((useconds_t)below(12000));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	if (below(2))
		check_folder(f, true);
	wait_for_mda(start_mda(f, run.next_serial));
	/* What the killed one had done may have been all. */
	check_folder(f, true);
	check_count(f, run.next_serial++, 1);
	return f;
}

static bool any(size_t *f, struct seen *message)
{
	*f = below(FOLDERS);
	struct view v;
	look_by_imap(*f, &v);
	if (v.count == 0)
		return false;
	*message = v.items[below(v.count)];
	return true;
}

static void append(size_t f)
{
	char text[256];
	int n = snprintf(text, sizeof text, "From: a@b.test\r\nSubject: serial-%u\r\n\r\nx\r\n",
		run.next_serial++);
	imap_start(&run.client, "APPEND %s {%d+}\r\n%s", folders[f].imap, n, text);
	if (!imap_answer(&run.client, NULL, NULL))
		die("cannot append");
}

static size_t append_one(void)
{
	append(below(FOLDERS));
	return FOLDERS;
}

static void command(const char *what, uint32_t uid, const char *rest)
{
	imap_start(&run.client, "UID %s %lu %s", what, (unsigned long)uid, rest);
	if (!imap_answer(&run.client, NULL, NULL))
		die("%s fails", what);
}

static size_t copy(void)
{
	size_t f;
	struct seen m;
	if (any(&f, &m))
		command("COPY", m.uid, folders[below(FOLDERS)].imap);
	return FOLDERS;
}

static size_t move(void)
{
	size_t f;
	struct seen m;
	if (any(&f, &m))
		command("MOVE", m.uid, folders[(f + 1 + below(FOLDERS - 1)) % FOLDERS].imap);
	return FOLDERS;
}

static size_t flag(void)
{
	static const char *const changes[] = {"+FLAGS (\\Seen)", "-FLAGS (\\Seen)",
		"FLAGS (\\Flagged $Label1)", "+FLAGS (word \\Answered)"};
	size_t f;
	struct seen m;
	if (any(&f, &m))
		command("STORE", m.uid, changes[below(sizeof changes / sizeof *changes)]);
	return FOLDERS;
}

static size_t expunge(void)
{
	size_t f;
	struct seen m;
	if (!any(&f, &m))
		return FOLDERS;
	command("STORE", m.uid, "+FLAGS (\\Deleted)");
	imap_start(&run.client, "EXPUNGE");
	imap_answer(&run.client, NULL, NULL);
	return FOLDERS;
}

/* Both at once, into the same folder. */
static size_t deliver_and_append(void)
{
	size_t f = below(FOLDERS);
	pid_t one = start_mda(f, run.next_serial++), other = start_mda(f, run.next_serial++);
	append(f);
	append(f);
	wait_for_mda(one);
	wait_for_mda(other);
	return FOLDERS;
}

static size_t deliver_and_move(void)
{
	size_t f;
	struct seen m;
	if (!any(&f, &m))
		return FOLDERS;
	size_t to = (f + 1) % FOLDERS;
	pid_t child = start_mda(to, run.next_serial++);
	command("MOVE", m.uid, folders[to].imap);
	wait_for_mda(child);
	return FOLDERS;
}

static size_t come_again(void)
{
	imap_logout(&run.client);
	imap_connect(&run.client, run.port, run.user);
	return FOLDERS;
}

static const struct step {
	const char *name;
	size_t (*take)(void);
	unsigned weight;
} steps[] = {
	{"deliver", deliver, 30},
	{"deliver, killed", deliver_killed, 2},
	{"append", append_one, 8},
	{"copy", copy, 10},
	{"move", move, 12},
	{"flag", flag, 8},
	{"expunge", expunge, 8},
	{"deliver and append at once", deliver_and_append, 6},
	{"deliver and move at once", deliver_and_move, 6},
	{"log out and in", come_again, 2},
};

enum { STEPS = sizeof steps / sizeof *steps };

static const struct step *choose(void)
{
	size_t total = 0;
	for (size_t i = 0; i < STEPS; i++)
		total += steps[i].weight;
	size_t at = below(total);
	for (size_t i = 0; i < STEPS; i++) {
		if (at < steps[i].weight)
			return &steps[i];
		at -= steps[i].weight;
	}
	return &steps[0];
}

/* Half of the messages go, so that looking stays fast. */
static void thin_out(size_t f)
{
	struct view *v = &run.views[f], now;
	if (v->count < PLENTY)
		return;
	select_folder(f, &now);
	for (size_t i = 0; i < v->count; i++)
		if (below(2))
			command("STORE", v->items[i].uid, "+FLAGS.SILENT (\\Deleted)");
	imap_start(&run.client, "EXPUNGE");
	imap_answer(&run.client, NULL, NULL);
	check_folder(f, true);
}

static void take_step(unsigned counts[STEPS])
{
	const struct step *s = choose();
	run.doing = s->name;
	counts[s - steps]++;
	size_t fresh = s->take();
	for (size_t f = 0; f < FOLDERS; f++)
		if (f != fresh)
			check_folder(f, true);
	if (run.step % 20 == 0)
		check_idler();
	for (size_t f = 0; f < FOLDERS; f++)
		thin_out(f);
}

static void start(void)
{
	imap_connect(&run.client, run.port, run.user);
	for (size_t f = 1; f < FOLDERS; f++) {
		imap_start(&run.client, "CREATE %s", folders[f].imap);
		imap_answer(&run.client, NULL, NULL); /* it may be there */
	}
	imap_connect(&run.idler, run.port, run.user);
	imap_start(&run.idler, "SELECT INBOX");
	imap_answer(&run.idler, NULL, NULL);
	imap_idle(&run.idler);
}

static int run_steps(unsigned long count, unsigned seed)
{
	unsigned counts[STEPS] = {0};
	srand(seed);
	run.next_serial = seed % 1000 * 100000 + 1;
	start();
	for (run.step = 1; run.step <= count; run.step++)
		take_step(counts);
	check_idler();
	run.doing = NULL;
	printf("%lu steps, seed %u:", count, seed);
	for (size_t i = 0; i < STEPS; i++)
		printf("%s %s %u", i ? "," : "", steps[i].name, counts[i]);
	printf("\n");
	return 0;
}

static int list(void)
{
	imap_connect(&run.client, run.port, run.user);
	for (size_t f = 0; f < FOLDERS; f++) {
		struct view v;
		look_by_imap(f, &v);
		printf("%s %u\n", folders[f].imap, v.uidvalidity);
		for (size_t i = 0; i < v.count; i++)
			printf("%lu %u\n", (unsigned long)v.items[i].uid, v.items[i].serial);
	}
	imap_logout(&run.client);
	return 0;
}

static void say_where(void)
{
	if (run.doing)
		printf("that was step %lu: %s\n", run.step, run.doing);
}

int main(int argc, char **argv)
{
	atexit(say_where);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && strcmp(argv[1], "sync") == 0) {
		run.maildir = argv[2];
		for (size_t f = 0; f < FOLDERS; f++)
			sync_folder(f);
		return 0;
	}
	if (argc < 5)
		return 75;
	run.port = (unsigned short)atoi(argv[2]);
	run.user = argv[3];
	run.maildir = argv[4];
	if (strcmp(argv[1], "list") == 0)
		return list();
	for (int i = 7; i < argc && run.mda_count < ARGUMENTS - 3; i++)
		run.mda[run.mda_count++] = argv[i];
	if (strcmp(argv[1], "run") != 0 || run.mda_count == 0)
		return 75;
	return run_steps(strtoul(argv[5], NULL, 10), (unsigned)strtoul(argv[6], NULL, 10));
}
