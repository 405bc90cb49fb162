/*
 * The run of random steps: its connections, what was seen last, and what must hold after each step.
 * A UID stays with its message, flags change only where a step changed them, and the UIDs that IMAP
 * shows are those of the UID database.
 */
#ifndef TESTS_E2E_IMAP_RUN_H
#define TESTS_E2E_IMAP_RUN_H

#include "tests/e2e/imap_view.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>

/* How long the server may take to see what was done; so long only when something is wrong. */
enum { PATIENCE_SECONDS = 120, ARGUMENTS = 32 };

static struct {
	struct imap client, idler;
	unsigned short port;
	const char *user, *maildir;
	char *mda[ARGUMENTS]; /* two places after the arguments are for the folder */
	size_t mda_count;
	struct view views[ALL_FOLDERS];
	unsigned next_serial;
	unsigned long step, steps;
	const char *doing;
	/* the message whose flags the step changes; uid 0: none */
	size_t changed_folder;
	uint32_t changed_uid;
	unsigned copied; /* serial of the message that was copied within its folder */
} run;

static inline size_t below(size_t n)
{
	return (size_t)rand() % n;
}

/* ---- what must hold ---- */

static inline void check_flags(size_t f, const struct seen *now, const char *wanted)
{
	if (strcmp(now->flags, wanted) != 0)
		die("%s: message %u, UID %lu, has the flags (%s), not (%s)", folders[f].imap,
			now->serial, (unsigned long)now->uid, now->flags, wanted);
}

static inline void check_known(size_t f, const struct seen *old, const struct seen *now)
{
	if (old->serial != now->serial)
		die("%s: UID %lu was message %u and is %u", folders[f].imap,
			(unsigned long)old->uid, old->serial, now->serial);
	if (f != run.changed_folder || now->uid != run.changed_uid)
		check_flags(f, now, old->flags);
}

/* New UIDs are higher than all that ever were. */
static inline void check_history(size_t f, const struct view *now)
{
	const struct view *before = &run.views[f];
	if (before->uidvalidity && before->uidvalidity != now->uidvalidity)
		die("%s: UIDVALIDITY was %u and is %u", folders[f].imap, before->uidvalidity,
			now->uidvalidity);
	if (now->uidnext < before->uidnext)
		die("%s: UIDNEXT was %u and is %u", folders[f].imap, before->uidnext, now->uidnext);
	for (size_t i = 0; i < now->count; i++) {
		const struct seen *s = &now->items[i], *old = find_uid(before, s->uid);
		if (old)
			check_known(f, old, s);
		else if (s->uid < before->uidnext)
			die("%s: the new message %u has the old UID %lu", folders[f].imap,
				s->serial, (unsigned long)s->uid);
	}
}

static inline void say_note(void *context, const char *text)
{
	(void)context;
	printf("store: %s\n", text);
}

static inline struct store *open_store(void)
{
	struct err err;
	struct store *s = store_open(
		&(struct store_conf){
			.maildir = run.maildir, .server = STORE_SERVER_DOVECOT, .note = say_note},
		&err);
	if (!s)
		die("%s", err.text);
	return s;
}

static inline void sync_folder(size_t f)
{
	struct err err;
	struct store *s = open_store();
	if (store_sync(s, str_of(folders[f].mda), &err) < 0)
		die("%s", err.text);
	store_close(s);
}

/* The server may need a moment to see a new file; a message that it shows never changes. */
static inline void check_folder(size_t f, bool sync)
{
	struct view imap = {.count = 0}, database = {.count = 0};
	time_t deadline = time(NULL) + PATIENCE_SECONDS;
	do {
		look_by_imap(&run.client, f, &imap);
		check_history(f, &imap);
		run.views[f] = imap;
		if (sync)
			sync_folder(f);
		look_by_database(run.maildir, f, &database);
		if (same_messages(&imap, &database))
			return;
		usleep(50000);
	} while (time(NULL) < deadline);
	print_view("IMAP    ", &imap);
	print_view("database", &database);
	die("%s: IMAP and the database differ", folders[f].imap);
}

/* The last message of that serial, which must be there WANTED times. */
static inline const struct seen *check_count(size_t f, unsigned serial, size_t wanted)
{
	const struct view *v = &run.views[f];
	const struct seen *last = NULL;
	size_t n = 0;
	for (size_t i = 0; i < v->count; i++) {
		if (v->items[i].serial != serial)
			continue;
		last = &v->items[i];
		n++;
	}
	if (n != wanted)
		die("%s has message %u %zu times, not %zu", folders[f].imap, serial, n, wanted);
	return last;
}

/* ---- the connection that is idle all the time ---- */

static inline void on_search(void *context, const char *line)
{
	if (strncmp(line, "* SEARCH", 8) != 0)
		return;
	for (const char *at = strchr(line + 8, ' '); at; at = strchr(at + 1, ' '))
		add_seen(context, (uint32_t)strtoul(at, NULL, 10), 0);
}

static inline bool shows_inbox(struct view *v)
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

/* It must come to show the same INBOX. */
static inline void check_idler(void)
{
	struct view v;
	time_t deadline = time(NULL) + PATIENCE_SECONDS;
	imap_done(&run.idler);
	while (!shows_inbox(&v)) {
		if (time(NULL) >= deadline) {
			print_view("idle", &v);
			print_view("IMAP", &run.views[0]);
			die("the idle connection shows another INBOX");
		}
		usleep(50000);
	}
	imap_idle(&run.idler);
}

/* ---- deliveries ---- */

/*
 * With a trace field, so that the same bytes are the same message. The script of the test gives it
 * its FLAGS.
 */
static inline int message_text(unsigned serial, const char *flags, char text[512])
{
	return snprintf(text, 512,
		"Received: by test id %u\nFrom: a@outside.test\nSubject: serial-%u\n"
		"Message-ID: <%08x.%u@outside.test>\nX-Flags: are%s\n\nbody\n",
		serial, serial, serial * 2654435761u, serial, flags);
}

static inline pid_t start_mda_with(size_t f, unsigned serial, const char *flags)
{
	int ends[2];
	char text[512];
	int n = message_text(serial, flags, text);
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

static inline pid_t start_mda(size_t f, unsigned serial)
{
	return start_mda_with(f, serial, "");
}

static inline void wait_for_mda(pid_t child)
{
	int status;
	if (waitpid(child, &status, 0) != child)
		die("waitpid: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("mda ended with %d", status);
}

#endif
