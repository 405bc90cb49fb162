#include "base/kv/kv_files.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* At least the size that LMDB gives it: a short header and 64 bytes for each reader of kv.c. */
enum { LOCK_FILE_BYTES = 36 * 1024, NAMES_TRIED = 1000 };

/* A claim mostly lasts for less than the first pause. */
static const struct lock_wait claim_wait = {60, 100000, 3200000};

const char kv_files_data[] = "data.mdb", kv_files_lock[] = "lock.mdb",
	   kv_files_making[] = "data.mdb.making";

static int fail(const struct kv_place *p, int e, const char *what, struct err *err)
{
	const char *dsn = e == ENOSPC ? "4.3.1" : e == EDQUOT ? "4.2.2" : NULL;
	return err_coded(err, FAULT_TEMP, dsn, "%s %s: cannot %s: %s", p->what, p->path, what,
		beneath_why(e));
}

int kv_files_open(struct kv_place *p, const char *what, const char *path, struct err *err)
{
	*p = (struct kv_place){what, path, path_open_dir_itself(path), false};
	return p->dir < 0 ? fail(p, errno, "open its directory", err) : 0;
}

static int open_beside(struct kv_place *p, const char *what, const char *path,
	int (*open_parent)(const char *path, const char **name), struct err *err)
{
	const char *name;
	*p = (struct kv_place){what, path, open_parent(path, &name), false};
	return p->dir < 0 ? fail(p, errno, "open its directory", err) : 0;
}

int kv_files_open_parent(struct kv_place *p, const char *what, const char *path, struct err *err)
{
	return open_beside(p, what, path, path_open_parent, err);
}

int kv_files_find_parent(struct kv_place *p, const char *what, const char *path, struct err *err)
{
	return open_beside(p, what, path, path_find_parent, err);
}

void kv_files_close(struct kv_place *p)
{
	if (p->dir >= 0)
		close(p->dir); /* a directory: nothing was written through it */
	p->dir = -1;
	p->claimed = false;
}

const char *kv_files_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool has_proc(void)
{
	static int has = -1;
	if (has < 0)
		has = path_exists("/proc/self/fd") == 0;
	return has;
}

int kv_files_path(
	int dir, const char *name, const char *whole, char *path, size_t size, struct err *err)
{
	int n = has_proc() ? snprintf(path, size, "/proc/self/fd/%d%s%s", dir, name ? "/" : "",
				     name ? name : "")
			   : snprintf(path, size, "%s", whole);
	return n < (int)size ? 0 : err_temp(err, "the path %.200s is too long", whole);
}

int kv_files_refuse_network(const struct kv_place *p, struct err *err)
{
	static const struct {
		unsigned long type;
		const char *name;
	} kinds[] = {{NFS_SUPER_MAGIC, "NFS"}, {SMB_SUPER_MAGIC, "SMB"}, {0xff534d42, "CIFS"},
		{0xfe534d42, "SMB2"}, {AFS_SUPER_MAGIC, "AFS"}, {0x01021997, "9p"},
		{0x00c36400, "Ceph"}, {0x47504653, "GPFS"}, {0x0bd00bd0, "Lustre"},
		{0x01161970, "GFS2"}, {CODA_SUPER_MAGIC, "Coda"}};
	struct statfs fs;
	if (fstatfs(p->dir, &fs) < 0)
		return err_temp(
			err, "cannot look at the file system of %s: %s", p->path, strerror(errno));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == kinds[i].type)
			return err_temp(err,
				"%s is on %s: the %s needs a local file system; set state_dir",
				p->path, kinds[i].name, p->what);
	return 0;
}

int kv_files_prepare_lock(const struct kv_place *p, struct err *err)
{
	struct stat st;
	const int how = O_RDWR | O_CREAT | O_NONBLOCK;
	int fd = share_open(p->dir, kv_files_lock, how, p->dir, SHARE_STATE);
	if (fd < 0)
		return fail(p, errno, "open the lock file", err);
	int e = fstat(fd, &st) < 0 ? errno : S_ISREG(st.st_mode) ? 0 : EMEDIUMTYPE;
	if (e == 0 && st.st_blocks * 512 < LOCK_FILE_BYTES)
		e = posix_fallocate(fd, 0, LOCK_FILE_BYTES);
	close(fd); /* nothing was written */
	return e ? fail(p, e, "make the lock file", err) : 0;
}

/* ---- which files they are ---- */

/*
 * All zero and 0 when the file does not exist; -1 with errno when that is unknown. A link is never
 * followed, whatever follow_links says, because LMDB would follow it to another place if it
 * changed.
 */
static int identify(int dir, const char *name, struct kv_file *file)
{
	struct stat st;
	*file = (struct kv_file){0};
	if (beneath_lstat(dir, name, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	*file = (struct kv_file){st.st_dev, st.st_ino};
	return 0;
}

int kv_files_identify(int dir, struct kv_pair *pair)
{
	int r = identify(dir, kv_files_lock, &pair->lock);
	return r < 0 ? r : identify(dir, kv_files_data, &pair->data);
}

int kv_files_identify_data(int dir, struct kv_file *data)
{
	return identify(dir, kv_files_data, data);
}

bool kv_files_is(int fd, const struct kv_file *file)
{
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_dev == file->dev && st.st_ino == file->ino;
}

bool kv_files_same(const struct kv_file *a, const struct kv_file *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

int kv_files_lacks(const struct kv_place *p, struct err *err)
{
	struct stat st;
	if (beneath_lstat(p->dir, kv_files_data, &st) == 0)
		return S_ISREG(st.st_mode) && st.st_size == 0;
	return errno == ENOENT ? 1 : fail(p, errno, "look at it", err);
}

/* ---- changing them ---- */

int kv_files_claim(struct kv_place *p, struct err *err)
{
	int r = lock_file(p->dir, &claim_wait);
	if (r < 0 && errno == EWOULDBLOCK)
		return err_temp(err, "%s %s: another process has locked it for %u seconds", p->what,
			p->path, claim_wait.seconds);
	if (r < 0)
		return fail(p, errno, "lock its directory", err);
	p->claimed = true;
	return 0;
}

void kv_files_release(struct kv_place *p)
{
	if (p->claimed)
		(void)flock(p->dir, LOCK_UN); /* fails only for a bad descriptor */
	p->claimed = false;
}

int kv_files_forget_making(const struct kv_place *p, struct err *err)
{
	if (beneath_unlink(p->dir, kv_files_making) < 0 && errno != ENOENT)
		return fail(p, errno, "remove what was half made", err);
	return 0;
}

static int share_made(const struct kv_place *p)
{
	int fd = beneath_open(p->dir, kv_files_making, O_RDONLY, 0);
	if (fd < 0)
		return -1;
	share_file(fd, p->dir, SHARE_STATE);
	close(fd); /* nothing was written */
	return 0;
}

int kv_files_install(const struct kv_place *p, struct err *err)
{
	/* The old lock file has the readers and the last transaction of the old database. */
	if (beneath_unlink(p->dir, kv_files_lock) < 0 && errno != ENOENT)
		return fail(p, errno, "remove the old lock file", err);
	if (share_made(p) < 0 || beneath_rename(p->dir, kv_files_making, p->dir, kv_files_data) < 0)
		return fail(p, errno, "move it to its place", err);
	return io_fsync(p->dir, p->path, err);
}

/* Another file is never overwritten: somebody may want it. */
static int move_away(const struct kv_place *p, char *name, size_t size)
{
	const long long now = time(NULL);
	for (int i = 0; i < NAMES_TRIED; i++) {
		snprintf(name, size, "%s.damaged-%lld", kv_files_data, now + i); /* it fits */
		if (beneath_exists(p->dir, name) == 0)
			continue;
		return beneath_rename(p->dir, kv_files_data, p->dir, name);
	}
	errno = EEXIST;
	return -1;
}

int kv_files_set_aside(
	const struct kv_place *p, const struct kv_file *file, char **aside, struct err *err)
{
	char name[64]; /* enough for any time in its end */
	struct kv_file now;
	if (identify(p->dir, kv_files_data, &now) < 0)
		return fail(p, errno, "look at it", err);
	if (!kv_files_same(&now, file))
		return 0;
	if (move_away(p, name, sizeof name) < 0)
		return fail(p, errno, "set the damaged one aside", err);
	size_t size = strlen(p->path) + sizeof name + 1;
	*aside = mem_alloc(size);
	snprintf(*aside, size, "%s/%s", p->path, name); /* it fits */
	return 1;
}
