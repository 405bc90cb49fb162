/*
 * Handing a message to the MTA exactly once: what the note says, who dies when, and what the next
 * attempt does about it.
 */
#include "base/buf.h"
#include "base/io.h"
#include "mda/outgoing/handover.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct str what = STR_LIT("redirect c@d");

struct place {
	char dir[64];
	struct arena *mem;
	struct err err;
	struct store_id id;
};

static const char *in_dir(const struct place *p, const char *name)
{
	return arena_fmt(p->mem, "%s/%s", p->dir, name).p;
}

static void place_open(struct place *p)
{
	const struct str part = STR_LIT("delivery");
	*p = (struct place){.mem = arena_new(), .id = store_id_of(&part, 1)};
	strcpy(p->dir, "/tmp/test_handover.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	assert_int_equal(mkfifo(in_dir(p, "go"), 0600), 0);
}

static void place_close(struct place *p)
{
	assert_int_equal(tree_remove(p->dir), 0);
	arena_free(p->mem);
}

/* A program in sendmail's place, which notes each run; "$D" is the test's directory. */
static void write_program(const struct place *p, const char *script)
{
	FILE *f = fopen(in_dir(p, "sendmail"), "we");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\nD=%s\ncat > /dev/null\necho run >> $D/runs\n%s\n", p->dir, script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(in_dir(p, "sendmail"), 0700), 0);
}

static struct str read_back(const struct place *p, const char *name)
{
	struct str text = {"", 0};
	struct err err;
	io_read_file(in_dir(p, name), 1 << 20, p->mem, &text, &err);
	return text;
}

static size_t runs(const struct place *p)
{
	return read_back(p, "runs").n / 4;
}

static int begin(struct place *p, struct handover *h, unsigned seconds)
{
	return handover_begin(h, p->dir, &p->id, what, seconds, p->mem, &p->err);
}

static int submit(struct place *p, struct handover *h)
{
	static const struct str recipient = STR_LIT("c@d"), text = STR_LIT("A: b\n\nx\n");
	const struct submission s = {.sendmail = in_dir(p, "sendmail"),
		.recipients = &recipient,
		.recipient_count = 1,
		.pieces = &text,
		.piece_count = 1,
		.spool_dir = "/tmp",
		.seconds = 60};
	return handover_submit(h, &s, p->mem, &p->err);
}

/* ---- what a note says ---- */

static const struct note_row {
	const char *name;
	struct str note;
	enum handed state;
} note_rows[] = {
	{"empty", STR_LIT(""), HANDED_NOT},
	{"begun", STR_LIT("B"), HANDED_UNKNOWN},
	{"begun, and half a reason", STR_LIT("Bthe MT"), HANDED_UNKNOWN},
	{"taken", STR_LIT("T"), HANDED_TAKEN},
	{"failed", STR_LIT("Fno"), HANDED_NOT},
	{"failed, without a reason", STR_LIT("F"), HANDED_NOT},
	{"refused", STR_LIT("Rno"), HANDED_NOT},
	{"damaged", STR_LIT("xyz"), HANDED_UNKNOWN},
	{"zeros", STR_LIT("\0\0"), HANDED_UNKNOWN},
};

static void write_note(const struct handover *h, struct str text)
{
	assert_int_equal(pwrite(h->note, text.p, text.n, 0), text.n);
}

static void test_note(void **state)
{
	const struct note_row *row = *state;
	struct handover h;
	struct place p;
	place_open(&p);
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(h.state, HANDED_NOT);
	write_note(&h, row->note);
	close(h.note); /* as a kill does */
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(h.state, row->state);
	/* Nobody has recorded it: what is to be known stays. */
	handover_end(&h, false);
	assert_int_equal(access(h.path.p, F_OK), row->state == HANDED_NOT ? -1 : 0);
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(h.state, row->state);
	handover_end(&h, true);
	assert_int_equal(access(h.path.p, F_OK), -1);
	place_close(&p);
}

static void test_forget(void **state)
{
	struct handover h;
	struct place p;
	(void)state;
	place_open(&p);
	assert_int_equal(begin(&p, &h, 1), 0);
	write_note(&h, STR_LIT("T"));
	close(h.note); /* as a kill does */
	handover_forget(p.dir, &p.id, STR_LIT("redirect of another"), p.mem);
	assert_int_equal(access(h.path.p, F_OK), 0);
	handover_forget(p.dir, &p.id, what, p.mem);
	assert_int_equal(access(h.path.p, F_OK), -1);
	handover_forget(p.dir, &p.id, what, p.mem);
	place_close(&p);
}

static void make_old(const struct place *p, const char *name, int days)
{
	const char *path = in_dir(p, name);
	const struct timespec then[2] = {{.tv_sec = time(NULL) - (time_t)days * 24 * 3600},
		{.tv_sec = time(NULL) - (time_t)days * 24 * 3600}};
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, then), 0);
	assert_int_equal(close(fd), 0);
}

static void test_prune(void **state)
{
	struct handover h;
	struct place p;
	(void)state;
	place_open(&p);
	assert_int_equal(mkdir(in_dir(&p, "handover"), 0700), 0);
	make_old(&p, "handover/old", 11);
	make_old(&p, "handover/young", 9);
	assert_int_equal(begin(&p, &h, 1), 0);
	handover_end(&h, true);
	assert_int_equal(access(in_dir(&p, "handover/old"), F_OK), -1);
	assert_int_equal(access(in_dir(&p, "handover/young"), F_OK), 0);
	place_close(&p);
}

/* ---- what stands where the note should be ---- */

static void put_file(const struct place *p, const char *path)
{
	(void)p;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void put_file_for_directory(const struct place *p, const char *path)
{
	(void)path;
	assert_int_equal(rmdir(in_dir(p, "handover")), 0);
	put_file(p, in_dir(p, "handover"));
}

static void put_link(const struct place *p, const char *path)
{
	put_file(p, in_dir(p, "elsewhere"));
	assert_int_equal(symlink(in_dir(p, "elsewhere"), path), 0);
}

static void put_directory(const struct place *p, const char *path)
{
	(void)p;
	assert_int_equal(mkdir(path, 0700), 0);
}

static void put_fifo(const struct place *p, const char *path)
{
	(void)p;
	assert_int_equal(mkfifo(path, 0600), 0);
}

static const struct bad_row {
	const char *name;
	void (*put)(const struct place *p, const char *path);
} bad_rows[] = {
	{"a file where the directory should be", put_file_for_directory},
	{"a symbolic link", put_link},
	{"a directory", put_directory},
	{"a FIFO", put_fifo},
};

static void test_bad_place(void **state)
{
	const struct bad_row *row = *state;
	struct handover h;
	struct place p;
	place_open(&p);
	assert_int_equal(begin(&p, &h, 1), 0);
	handover_end(&h, true);
	row->put(&p, h.path.p);
	assert_int_equal(begin(&p, &h, 1), -1);
	assert_int_equal(p.err.fault, FAULT_TEMP);
	place_close(&p);
}

/* ---- what the MTA's program does ---- */

static const struct end_row {
	const char *name, *script;
	const char *error; /* a part of it; NULL: taken */
	enum handed state;
} end_rows[] = {
	{"taken", "exit 0", NULL, HANDED_TAKEN},
	{"refused", "exit 67", "did not take the message for c@d (status 67)", HANDED_NOT},
	{"killed", "kill -9 $$", "(status -1)", HANDED_NOT},
	{"who hands over is killed", "kill -9 $PPID", "did not come to its end", HANDED_UNKNOWN},
	{"who hands over crashes", "kill -SEGV $PPID", "did not come to its end", HANDED_UNKNOWN},
	{"who hands over takes too long", "kill -ALRM $PPID", "did not come to its end",
		HANDED_UNKNOWN},
};

/* As mda does. */
static void crash(int number)
{
	(void)number;
	_exit(75);
}

static void test_end(void **state)
{
	const struct end_row *row = *state;
	struct handover h;
	struct place p;
	place_open(&p);
	write_program(&p, row->script);
	assert_int_equal(begin(&p, &h, 1), 0);
	void (*before)(int) = signal(SIGSEGV, crash); /* cmocka's own */
	int r = submit(&p, &h);
	signal(SIGSEGV, before);
	assert_int_equal(r, row->error ? -1 : 0);
	assert_int_equal(h.state, row->state);
	if (row->error && !strstr(p.err.text, row->error))
		fail_msg("\"%s\" instead of \"%s\"", p.err.text, row->error);
	if (row->error)
		assert_int_equal(p.err.fault, FAULT_TEMP);
	assert_int_equal(runs(&p), 1);
	handover_end(&h, false);
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(h.state, row->state);
	/* It may be done again, and is then known. */
	write_program(&p, "exit 0");
	assert_int_equal(submit(&p, &h), 0);
	assert_int_equal(h.state, HANDED_TAKEN);
	handover_end(&h, true);
	assert_int_equal(access(h.path.p, F_OK), -1);
	place_close(&p);
}

static void test_no_program(void **state)
{
	struct handover h;
	struct place p;
	(void)state;
	place_open(&p);
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(submit(&p, &h), -1);
	assert_non_null(strstr(p.err.text, in_dir(&p, "sendmail")));
	assert_int_equal(h.state, HANDED_NOT);
	handover_end(&h, false);
	place_close(&p);
}

/* Nothing of ours but its note: it may live longer than we do, and no lock may. */
static void test_holds(void **state)
{
	struct handover h;
	struct place p;
	(void)state;
	place_open(&p);
	write_program(&p, "ls -1 /proc/$PPID/fd > $D/fds");
	int others[2];
	assert_int_equal(pipe(others), 0);
	assert_true(others[1] > STDERR_FILENO + 1);
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(submit(&p, &h), 0);
	handover_end(&h, true);
	close(others[0]);
	close(others[1]);
	/* The three, the note, what the program reads; those above are valgrind's own. */
	struct str fds = read_back(&p, "fds"), line;
	while (str_line(&fds, &line))
		assert_true(line.n > 1 || line.p[0] <= '4');
	place_close(&p);
}

/* ---- killed meanwhile ---- */

static void await_file(const struct place *p, const char *name)
{
	for (int i = 0; access(in_dir(p, name), F_OK) < 0; i++) {
		assert_true(i < 6000);
		usleep(10000);
	}
}

/*
 * An attempt in a process group of its own, until the MTA's program has begun and waits for its
 * word.
 */
static pid_t start_attempt(struct place *p, int out)
{
	struct handover h;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(out, STDOUT_FILENO);
		close(out);
		if (setpgid(0, 0) < 0 || begin(p, &h, 1) < 0)
			_exit(1);
		(void)submit(p, &h);
		_exit(0);
	}
	await_file(p, "started");
	return pid;
}

static void kill_group(const struct place *p, pid_t pid)
{
	(void)p;
	assert_int_equal(kill(-pid, SIGKILL), 0);
}

static void kill_both(const struct place *p, pid_t pid)
{
	assert_int_equal(kill(-pid, SIGKILL), 0);
	int courier = atoi(read_back(p, "started").p);
	assert_true(courier > 1);
	assert_int_equal(kill(courier, SIGKILL), 0);
}

static const struct killed_row {
	const char *name;
	void (*kill)(const struct place *p, pid_t pid);
	const char *word; /* what the program ends with then */
	enum handed state;
} killed_rows[] = {
	{"our group is killed, then it is taken", kill_group, "0", HANDED_TAKEN},
	{"our group is killed, then it is refused", kill_group, "75", HANDED_NOT},
	{"who hands over is killed as well", kill_both, "0", HANDED_UNKNOWN},
};

static void give_word(const struct place *p, const char *word)
{
	FILE *f = fopen(in_dir(p, "go"), "we");
	assert_non_null(f);
	fprintf(f, "%s\n", word);
	assert_int_equal(fclose(f), 0);
}

static void test_killed(void **state)
{
	const struct killed_row *row = *state;
	struct handover h;
	struct place p;
	char byte;
	int out[2], status;
	place_open(&p);
	write_program(&p, "echo $PPID > $D/began; mv $D/began $D/started\n"
			  "read word < $D/go\nexit $word");
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t pid = start_attempt(&p, out[1]);
	close(out[1]);
	row->kill(&p, pid);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	/* The MTA that reads what we say sees the end of it. */
	assert_int_equal(read(out[0], &byte, 1), 0);
	close(out[0]);
	if (row->state != HANDED_UNKNOWN) {
		assert_int_equal(begin(&p, &h, 0), -1);
		assert_int_equal(p.err.fault, FAULT_TEMP);
		assert_non_null(strstr(p.err.text, "an earlier attempt"));
	}
	give_word(&p, row->word);
	assert_int_equal(begin(&p, &h, 60), 0);
	assert_int_equal(h.state, row->state);
	assert_int_equal(runs(&p), 1);
	handover_end(&h, true);
	place_close(&p);
}

/* ---- a server that goes away ---- */

/* It says yes to everything; after the message it says ANSWER, or nothing, and goes away. */
static void serve(int listener, const char *answer)
{
	char line[1024];
	int fd = accept(listener, NULL, NULL);
	FILE *in = fdopen(fd, "r");
	bool in_message = false;
	dprintf(fd, "220 x\r\n");
	while (in && fgets(line, sizeof line, in)) {
		if (in_message && strcmp(line, ".\r\n") == 0) {
			dprintf(fd, "%s", answer);
			_exit(0);
		}
		if (!in_message)
			dprintf(fd, strncmp(line, "DATA", 4) == 0 ? "354 x\r\n" : "250 x\r\n");
		in_message = in_message || strncmp(line, "DATA", 4) == 0;
	}
	_exit(1);
}

static const struct server_row {
	const char *name, *answer;
	enum handed state;
	const char *error;
} server_rows[] = {
	{"smtp: it says nothing after the message", "", HANDED_UNKNOWN, "did not say"},
	{"smtp: it goes away in its answer", "25", HANDED_UNKNOWN, "did not say"},
	{"smtp: it has taken it", "250 x\r\n", HANDED_TAKEN, NULL},
	{"smtp: it has not", "451 x\r\n", HANDED_NOT, "451"},
};

static void test_server(void **state)
{
	const struct server_row *row = *state;
	static const struct str recipient = STR_LIT("c@d.test"), text = STR_LIT("A: b\n\nx\n");
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof at;
	struct handover h;
	struct place p;
	place_open(&p);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	pid_t pid = fork();
	if (pid == 0)
		serve(listener, row->answer);
	close(listener);
	const struct submission s = {
		.smtp = arena_fmt(p.mem, "smtp://127.0.0.1:%d", ntohs(at.sin_port)).p,
		.recipients = &recipient,
		.recipient_count = 1,
		.pieces = &text,
		.piece_count = 1,
		.spool_dir = "/tmp",
		.seconds = 60};
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(handover_submit(&h, &s, p.mem, &p.err), row->error ? -1 : 0);
	assert_int_equal(h.state, row->state);
	if (row->error && !strstr(p.err.text, row->error))
		fail_msg("%s", p.err.text);
	handover_end(&h, false);
	/* The next attempt. */
	assert_int_equal(begin(&p, &h, 1), 0);
	assert_int_equal(h.state, row->state);
	handover_end(&h, true);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	place_close(&p);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_note, note_rows),
		TABLE_OF_ONE(test_forget, "forgotten when the journal knows"),
		TABLE_OF_ONE(test_prune, "old notes go"),
		TABLE(test_bad_place, bad_rows),
		TABLE(test_end, end_rows),
		TABLE_OF_ONE(test_no_program, "no such program"),
		TABLE_OF_ONE(test_holds, "what the process holds"),
		TABLE(test_killed, killed_rows),
		TABLE(test_server, server_rows),
	};
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, SIG_IGN); /* that we do not mind it is nothing to the process */
	return table_run("handover", tables, sizeof tables / sizeof *tables);
}
