#include "base/kv/kv_seen.h"

#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LATE_MAX = 8 };

/*
 * The note as the file has it: valid only on this machine; if it is wrong, one check too many is
 * made.
 */
struct note {
	uint64_t txn, begun; /* BEGUN: transaction TXN has begun, the rest is zero */
	uint64_t dev, ino, size;
	int64_t seconds, nanoseconds;
	int64_t changed, changed_nanoseconds; /* of the inode, which no program can set */
};

int kv_seen_open(int dir)
{
	return share_open(dir, "data.mdb.seen", O_RDWR | O_CREAT | O_NONBLOCK, dir, SHARE_STATE);
}

/* ---- one writer at a time ---- */

static int lock(int seen, short type)
{
	struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
	int r;
	if (seen < 0)
		return 0;
	do {
		r = fcntl(seen, F_OFD_SETLKW, &whole);
	} while (r < 0 && errno == EINTR);
	return r;
}

int kv_seen_lock(int seen)
{
	return lock(seen, F_WRLCK);
}

void kv_seen_unlock(int seen)
{
	(void)lock(seen, F_UNLCK); /* if it fails, closing the descriptor releases the lock */
}

/* ---- the note ---- */

/* All zero when it is unknown. */
static struct note look(int data, uint64_t txn)
{
	struct note n;
	struct stat st;
	memset(&n, 0, sizeof n); /* the padding is written too */
	if (fstat(data, &st) < 0)
		return n;
	n.txn = txn;
	n.dev = st.st_dev;
	n.ino = st.st_ino;
	n.size = (uint64_t)st.st_size;
	n.seconds = st.st_mtim.tv_sec;
	n.nanoseconds = st.st_mtim.tv_nsec;
	n.changed = st.st_ctim.tv_sec;
	n.changed_nanoseconds = st.st_ctim.tv_nsec;
	return n;
}

static bool read_note(int seen, struct note *n)
{
	return seen >= 0 && pread(seen, n, sizeof *n, 0) == sizeof *n;
}

/*
 * Is the note still the one that was read BEFORE the file was looked at? If not, somebody wrote in
 * between, and the file may have been older or newer than either note.
 */
static bool is_steady(int seen, const struct note *before)
{
	struct note after;
	return read_note(seen, &after) && memcmp(before, &after, sizeof after) == 0;
}

bool kv_seen_suspect(int seen, int data, uint64_t txn, bool locked)
{
	struct note now, then;
	if (!read_note(seen, &then))
		return true;
	now = look(data, txn);
	/*
	 * Others have committed and have not noted it yet, or died before they could. But a number
	 * that is far off may be damaged.
	 */
	if (then.txn < txn || (then.begun && then.txn == txn))
		return txn - then.txn > LATE_MAX;
	if (then.begun)
		return then.txn != txn + 1 || locked;
	/* A transaction that changed nothing has a number too, which is given again. */
	if (then.txn == txn + 1)
		now.txn = then.txn;
	return memcmp(&now, &then, sizeof now) != 0 && (locked || is_steady(seen, &then));
}

static bool is_later(const struct note *now, const struct note *then)
{
	return now->changed > then->changed ||
	       (now->changed == then->changed &&
		       now->changed_nanoseconds > then->changed_nanoseconds);
}

bool kv_seen_touched(int seen, int data, uint64_t txn)
{
	struct note now, then;
	if (!read_note(seen, &then) || then.begun || (then.txn != txn && then.txn != txn + 1))
		return false;
	now = look(data, txn);
	return then.dev == now.dev && then.ino == now.ino && is_later(&now, &then) &&
	       is_steady(seen, &then);
}

/* If it cannot be written, the old note stays and does not match, so the database is checked. */
static void write_note(int seen, const struct note *n)
{
	if (seen >= 0)
		(void)!pwrite(seen, n, sizeof *n, 0);
}

void kv_seen_begin(int seen, uint64_t txn)
{
	struct note n;
	memset(&n, 0, sizeof n);
	n.txn = txn + 1;
	n.begun = 1;
	write_note(seen, &n);
}

void kv_seen_end(int seen, int data, uint64_t txn)
{
	struct note n = look(data, txn);
	write_note(seen, &n);
}
