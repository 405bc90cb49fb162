/*
 * Random steps against a mailbox that a real IMAP server and mda share: deliveries, some of them
 * killed, and what clients do: append, copy, move, flag, expunge, and create, rename and delete
 * folders. What must hold after each of them is in imap_run.h.
 *
 *   imap_steps run PORT USER MAILDIR STEPS SEED MDA ARGUMENT...
 *       the arguments of mda; the folder is added
 *   imap_steps list PORT USER MAILDIR
 *       prints what IMAP shows
 *   imap_steps sync MAILDIR
 *       takes over what the server assigned
 */
#include "tests/e2e/imap_run.h"

#include <signal.h>

enum { PLENTY = 30 };

/* ---- steps: each returns the folder that a delivery brought up to date, or FOLDERS ---- */

static size_t deliver(void)
{
	size_t f = below(FOLDERS);
	wait_for_mda(start_mda(f, run.next_serial));
	check_folder(f, false);
	check_count(f, run.next_serial++, 1);
	return f;
}

/* Those that the script of the test knows. */
static const char *const given_flags[] = {
	" \\Answered", " \\Draft", " \\Flagged", " \\Seen", " $External", " $Label1", " word"};

enum { GIVEN_FLAGS = sizeof given_flags / sizeof *given_flags };

static size_t deliver_with_flags(void)
{
	size_t f = below(FOLDERS);
	char flags[FLAG_TEXT] = "", sorted[FLAG_TEXT];
	for (size_t i = 0; i < GIVEN_FLAGS; i++)
		if (below(3) == 0)
			strcat(flags, given_flags[i]);
	wait_for_mda(start_mda_with(f, run.next_serial, flags));
	check_folder(f, false);
	const struct seen *message = check_count(f, run.next_serial++, 1);
	sort_flags(flags, strlen(flags), sorted);
	check_flags(f, message, sorted);
	return f;
}

/*
 * The server takes a while to believe that the lock of a dead process is dead, so there are few of
 * these.
 */
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
	look_by_imap(&run.client, *f, &v);
	if (v.count == 0)
		return false;
	*message = v.items[below(v.count)];
	return true;
}

static void append(size_t f)
{
	char text[256];
	unsigned serial = run.next_serial++;
	int n = snprintf(text, sizeof text,
		"From: a@b.test\r\nSubject: serial-%u\r\nMessage-ID: <%08x.%u@b.test>\r\n\r\nx\r\n",
		serial, serial * 2654435761u, serial);
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

/* A copy is a new message with the flags of the old one. */
static void check_arrival(size_t f, const struct seen *m)
{
	uint32_t uidnext = run.views[f].uidnext;
	check_folder(f, true);
	for (size_t i = 0; i < run.views[f].count; i++) {
		const struct seen *s = &run.views[f].items[i];
		if (s->uid >= uidnext && s->serial == m->serial)
			check_flags(f, s, m->flags);
	}
}

static void note_copy(void *context, struct str base, unsigned serial)
{
	FILE *to = context;
	if (serial == run.copied)
		fprintf(to, STR_FMT "\n", STR_ARGS(base));
}

/*
 * Dovecot may give a message that is copied within its folder a base name that has a record in
 * dovecot-uidlist already, and then warns of it when it reads the file
 * (maildir_filename_check_conflicts() asks only what it has in memory, and a sync forgets what was
 * expunged). So that no other such warning is overlooked, these names are written down.
 */
static void note_copies(size_t f, unsigned serial)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/../copied", run.maildir);
	FILE *to = fopen(path, "a");
	if (!to)
		die("%s: %s", path, strerror(errno));
	run.copied = serial;
	each_file(run.maildir, f, note_copy, to);
	fclose(to);
}

static size_t copy(void)
{
	size_t f;
	struct seen m;
	if (!any(&f, &m))
		return FOLDERS;
	size_t to = below(FOLDERS);
	command("COPY", m.uid, folders[to].imap);
	if (to == f)
		note_copies(f, m.serial);
	check_arrival(to, &m);
	return to;
}

static size_t move(void)
{
	size_t f;
	struct seen m;
	if (!any(&f, &m))
		return FOLDERS;
	size_t to = (f + 1 + below(FOLDERS - 1)) % FOLDERS;
	command("MOVE", m.uid, folders[to].imap);
	check_arrival(to, &m);
	return to;
}

static void change(size_t f, uint32_t uid, const char *what)
{
	run.changed_folder = f;
	run.changed_uid = uid;
	command("STORE", uid, what);
}

static size_t flag(void)
{
	static const char *const changes[] = {"+FLAGS (\\Seen)", "-FLAGS (\\Seen)",
		"FLAGS (\\Flagged $Label1)", "+FLAGS (word \\Answered)"};
	size_t f;
	struct seen m;
	if (!any(&f, &m))
		return FOLDERS;
	change(f, m.uid, changes[below(sizeof changes / sizeof *changes)]);
	return FOLDERS;
}

static size_t expunge(void)
{
	size_t f;
	struct seen m;
	if (!any(&f, &m))
		return FOLDERS;
	change(f, m.uid, "+FLAGS (\\Deleted)");
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

/* ---- folders come and go ---- */

static bool try_folder(const char *what, size_t f, const char *rest)
{
	imap_start(&run.client, "%s %s %s", what, folders[f].imap, rest);
	return imap_answer(&run.client, NULL, NULL);
}

/* Nobody has it selected, and from now on it is a new folder. */
static void leave(size_t f)
{
	run.views[f] = (struct view){.count = 0};
	imap_start(&run.client, "SELECT INBOX");
	imap_answer(&run.client, NULL, NULL);
}

static bool remove_folder(size_t f)
{
	leave(f);
	return try_folder("DELETE", f, "");
}

static void rename_folder(size_t from, size_t to)
{
	leave(from);
	leave(to);
	if (!try_folder("RENAME", from, folders[to].imap))
		die("cannot rename %s", folders[from].imap);
}

static void deliver_into(size_t f)
{
	wait_for_mda(start_mda(f, run.next_serial));
	check_folder(f, false);
	check_count(f, run.next_serial++, 1);
}

/* By mda, by a client, or by both at once. */
static void make_again(size_t f)
{
	size_t how = below(3);
	if (how == 0) {
		deliver_into(f);
		return;
	}
	pid_t child = how == 1 ? 0 : start_mda(f, run.next_serial++);
	if (!try_folder("CREATE", f, "") && how == 1)
		die("cannot create %s", folders[f].imap);
	if (child)
		wait_for_mda(child);
	append(f);
}

static size_t one_that_may_go(void)
{
	return 1 + below(FOLDERS - 1);
}

static size_t delete_folder(void)
{
	size_t f = one_that_may_go();
	if (below(2))
		append(f);
	if (!remove_folder(f))
		die("cannot delete %s", folders[f].imap);
	make_again(f);
	return FOLDERS;
}

/* The old name is used again, and the new one. */
static size_t rename_away(void)
{
	size_t f = one_that_may_go(), old = f + RENAMED;
	if (below(2))
		append(f);
	remove_folder(old);
	rename_folder(f, old);
	make_again(f);
	if (below(2))
		deliver_into(old);
	check_folder(old, true);
	return FOLDERS;
}

static size_t rename_back(void)
{
	size_t f = one_that_may_go(), old = f + RENAMED;
	struct view v;
	imap_start(&run.client, "STATUS %s (UIDNEXT)", folders[old].imap);
	if (!imap_answer(&run.client, NULL, NULL))
		return FOLDERS;
	look_by_imap(&run.client, old, &v);
	if (!remove_folder(f))
		die("cannot delete %s", folders[f].imap);
	rename_folder(old, f);
	if (below(2))
		deliver_into(f);
	return FOLDERS;
}

static void remove_renamed(void)
{
	for (size_t f = FOLDERS; f < ALL_FOLDERS; f++)
		remove_folder(f);
}

static const struct step {
	const char *name;
	size_t (*take)(void);
	unsigned weight;
} steps[] = {
	{"deliver", deliver, 22},
	{"deliver with flags and keywords", deliver_with_flags, 8},
	{"deliver, killed", deliver_killed, 2},
	{"append", append_one, 8},
	{"copy", copy, 10},
	{"move", move, 12},
	{"flag", flag, 8},
	{"expunge", expunge, 8},
	{"deliver and append at once", deliver_and_append, 6},
	{"deliver and move at once", deliver_and_move, 6},
	{"log out and in", come_again, 2},
	{"delete a folder", delete_folder, 4},
	{"rename a folder", rename_away, 4},
	{"rename it back", rename_back, 3},
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
	select_folder(&run.client, f, &now);
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
	run.changed_uid = 0;
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
	run.steps = count;
	start();
	for (run.step = 1; run.step <= count; run.step++)
		take_step(counts);
	check_idler();
	remove_renamed();
	run.doing = NULL;
	printf("%lu steps, seed %u:", count, seed);
	for (size_t i = 0; i < STEPS; i++)
		printf("%s %s %u", i ? "," : "", steps[i].name, counts[i]);
	printf("; clients saw %zu UIDs in all, each of one message\n", given_count);
	return 0;
}

static int list(void)
{
	imap_connect(&run.client, run.port, run.user);
	for (size_t f = 0; f < FOLDERS; f++) {
		struct view v;
		look_by_imap(&run.client, f, &v);
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
	read_given();
	if (strcmp(argv[1], "list") == 0)
		return list();
	for (int i = 7; i < argc && run.mda_count < ARGUMENTS - 3; i++)
		run.mda[run.mda_count++] = argv[i];
	if (strcmp(argv[1], "run") != 0 || run.mda_count == 0)
		return 75;
	return run_steps(strtoul(argv[5], NULL, 10), (unsigned)strtoul(argv[6], NULL, 10));
}
