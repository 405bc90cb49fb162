#include "mda/outgoing/handover.h"

#include "base/hash.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/share.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * A note is empty until the work begins. Then it has one of these marks, and after it the reason,
 * if there is one. It is locked while a process may write to it.
 */
enum mark { BEGUN = 'B', TAKEN = 'T', FAILED = 'F', REFUSED = 'R' };

enum {
	NOTE_SECONDS = 10 * 24 * 3600, /* longer than an MTA keeps a message in its queue */
	SPARE_SECONDS = 20,            /* added to the time that the work may take */
};

/* ---- the note ---- */

static struct str directory_of(const char *state_dir, struct arena *mem)
{
	return arena_fmt(mem, "%s/handover", state_dir);
}

static struct str path_of(
	struct str directory, const struct store_id *id, struct str what, struct arena *mem)
{
	const struct str parts[] = {{(const char *)id->bytes, sizeof id->bytes}, what};
	struct hash hash = hash_of(parts, sizeof parts / sizeof *parts);
	char hex[HASH_HEX];
	hash_hex(&hash, hex);
	return arena_fmt(mem, STR_FMT "/%s", STR_ARGS(directory), hex);
}

/* Removes notes of deliveries that were never tried again. If one stays, it does no harm. */
static void prune(struct str directory)
{
	DIR *d = path_opendir(directory.p);
	struct stat st;
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
		if (e->d_name[0] != '.' && beneath_lstat(dirfd(d), e->d_name, &st) == 0 &&
			st.st_mtime < time(NULL) - NOTE_SECONDS)
			(void)beneath_unlink(dirfd(d), e->d_name);
	if (d)
		closedir(d);
}

static int wait_for_lock(int note, unsigned seconds, struct err *err)
{
	const struct lock_wait wait = {seconds, 10000000, 10000000};
	if (lock_file(note, &wait) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_temp(err, "an earlier attempt is still handing it to the MTA");
	return err_temp(err, "cannot lock the note of what is sent: %s", beneath_why(errno));
}

/* A note that is neither empty nor starts with a mark is damaged, so the state is unknown. */
static int read_state(struct handover *h, struct err *err)
{
	char mark;
	ssize_t n = pread(h->note, &mark, 1, 0);
	if (n < 0)
		return err_temp(
			err, "cannot read " STR_FMT ": %s", STR_ARGS(h->path), beneath_why(errno));
	h->state = n == 0 || mark == FAILED || mark == REFUSED ? HANDED_NOT
		   : mark == TAKEN                             ? HANDED_TAKEN
							       : HANDED_UNKNOWN;
	h->refused = n > 0 && mark == REFUSED;
	return 0;
}

int handover_begin(struct handover *h, const char *state_dir, const struct store_id *id,
	struct str what, unsigned seconds, struct arena *mem, struct err *err)
{
	*h = (struct handover){.directory = directory_of(state_dir, mem), .note = -1};
	h->path = path_of(h->directory, id, what, mem);
	if (share_make_dir(h->directory.p, -1, SHARE_STATE, err) < 0)
		return -1;
	prune(h->directory);
	h->note = path_open_file(h->path.p, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (h->note < 0)
		return err_temp(
			err, "cannot open " STR_FMT ": %s", STR_ARGS(h->path), beneath_why(errno));
	if (wait_for_lock(h->note, seconds, err) == 0 && read_state(h, err) == 0)
		return 0;
	close(h->note); /* nothing was written */
	return -1;
}

void handover_end(struct handover *h, bool recorded)
{
	/* If the note cannot be removed now, prune() does it later. */
	if (recorded || h->state == HANDED_NOT)
		(void)path_unlink(h->path.p);
	close(h->note); /* what it says was synced */
}

void handover_leave(struct handover *h)
{
	close(h->note); /* what it says was synced */
}

void handover_forget(
	const char *state_dir, const struct store_id *id, struct str what, struct arena *mem)
{
	struct str path = path_of(directory_of(state_dir, mem), id, what, mem);
	(void)path_unlink(path.p); /* usually there is none */
}

/* ---- the process that does it ---- */

/* Writes the reason before the mark: where there is a mark, the reason is complete. */
static int write_note(int note, enum mark mark, struct str reason)
{
	const char byte = (char)mark;
	struct err err;
	if (pwrite(note, reason.p, reason.n, 1) != (ssize_t)reason.n ||
		pwrite(note, &byte, 1, 0) != 1)
		return -1;
	return io_fsync(note, "the note", &err);
}

/*
 * Keeps only the note open, so that no lock of ours stays held and nobody waits for the end of a
 * pipe.
 */
static int keep_only(int note)
{
	enum { PLACE = STDERR_FILENO + 1 };
	int safe = fcntl(note, F_DUPFD_CLOEXEC, PLACE + 1);
	int null = path_open("/dev/null", O_RDWR, 0);
	if (safe < 0 || null < 0 || dup3(safe, PLACE, O_CLOEXEC) < 0)
		return -1;
	for (int fd = 0; fd < PLACE; fd++)
		if (dup2(null, fd) < 0)
			return -1;
	closefrom(PLACE + 1);
	return PLACE;
}

/*
 * The exit status of the process. While we wait for it, a note that the message was taken is not
 * needed.
 */
enum ended { ENDED_TAKEN, ENDED_NOT_TAKEN, ENDED_UNKNOWN };

static enum ended hand_over(int given, const struct handover_work *what, struct arena *mem)
{
	struct err err;
	/*
	 * When an MTA loses patience, it kills our process group, so this process has a group of
	 * its own. It still ends at its time limit.
	 */
	if (setsid() < 0 || signal(SIGALRM, SIG_DFL) == SIG_ERR)
		return ENDED_NOT_TAKEN;
	alarm(what->seconds + SPARE_SECONDS);
	int note = keep_only(given);
	if (note < 0 || write_note(note, BEGUN, STR_LIT("")) < 0)
		return ENDED_NOT_TAKEN;
	int r = what->work(what->context, mem, &err);
	/*
	 * If writing this fails, the exit status says it. A later attempt that finds only BEGUN
	 * does not know what happened.
	 */
	if (r == 0) {
		(void)write_note(note, TAKEN, STR_LIT(""));
		return ENDED_TAKEN;
	}
	if (r == SUBMIT_UNKNOWN) {
		(void)write_note(note, BEGUN, str_of(err.text));
		return ENDED_UNKNOWN;
	}
	(void)write_note(note, err.fault == FAULT_REFUSED ? REFUSED : FAILED, str_of(err.text));
	return ENDED_NOT_TAKEN;
}

static enum handed await(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return HANDED_UNKNOWN;
	if (!WIFEXITED(status))
		return HANDED_UNKNOWN;
	/* Any other status is a crash or a lack of memory: then it is unknown. */
	return WEXITSTATUS(status) == ENDED_TAKEN       ? HANDED_TAKEN
	       : WEXITSTATUS(status) == ENDED_NOT_TAKEN ? HANDED_NOT
							: HANDED_UNKNOWN;
}

static int tell_reason(const struct handover *h, struct err *err)
{
	char note[1 + sizeof err->text];
	ssize_t n = pread(h->note, note, sizeof note - 1, 0);
	if (n <= 1 && h->state == HANDED_UNKNOWN)
		return err_temp(
			err, "the process that hands over to the MTA did not come to its end");
	if (n <= 1)
		return err_temp(err,
			"the process that hands over to the MTA could not begin: it wants "
			"/dev/null, and to write " STR_FMT,
			STR_ARGS(h->path));
	int (*fail)(struct err * e, const char *fmt, ...) =
		*note == REFUSED ? err_refused : err_temp;
	return fail(err, "%.*s", (int)n - 1, note + 1);
}

int handover_do(
	struct handover *h, const struct handover_work *what, struct arena *mem, struct err *err)
{
	if (ftruncate(h->note, 0) < 0)
		return err_temp(
			err, "cannot empty " STR_FMT ": %s", STR_ARGS(h->path), beneath_why(errno));
	if (io_fsync_dir(h->directory.p, err) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		return err_temp(err, "cannot start a process to hand over: %s", beneath_why(errno));
	if (pid == 0)
		_exit(hand_over(h->note, what, mem));
	h->state = await(pid);
	if (h->state == HANDED_TAKEN)
		return 0;
	(void)tell_reason(h, err); /* it fills *ERR */
	h->refused = h->state == HANDED_NOT && err->fault == FAULT_REFUSED;
	return -1;
}

void handover_reason(const struct handover *h, struct err *err)
{
	(void)tell_reason(h, err); /* it fills *ERR */
}

static int submit(const void *submission, struct arena *mem, struct err *err)
{
	return submit_message(submission, mem, err);
}

int handover_submit(
	struct handover *h, const struct submission *s, struct arena *mem, struct err *err)
{
	const struct handover_work what = {submit, s, s->seconds};
	return handover_do(h, &what, mem, err);
}
