#include "mda/tools/doctor/doctor_disk.h"

#include "base/beneath.h"
#include "base/kv/kv_files.h"
#include "base/path.h"
#include "mda/conf/place.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_mailbox.h"

#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Below these, a file system is nearly full, or full. */
enum { BYTES_FEW = 100 << 20, BYTES_NONE = 10 << 20, FILES_FEW = 1000, FILES_NONE = 10 };

/* ---- where ---- */

/* A directory, or what is there of the way to it. */
struct disk {
	const char *what, *path;
	int fd;
};

enum { DISKS_MOST = 4 };
struct disks {
	struct disk items[DISKS_MOST];
	size_t count;
};

static void add(struct doctor *d, struct disks *all, const char *what, const char *path)
{
	struct str way = str_of(path);
	int fd = way.n && way.p[0] == '/' ? path_open_dir(path) : -1;
	while (fd < 0 && way.n > 1) {
		way = str_slice(way, 0, str_rfind(way, '/'));
		fd = way.n ? path_open_dir(arena_cstr(d->mem, way)) : -1;
	}
	if (fd >= 0)
		all->items[all->count++] = (struct disk){what, path, fd};
}

static struct disks open_all(struct doctor *d)
{
	struct disks all = {.count = 0};
	const char *homes = d->conf->users == USERS_VIRTUAL
				    ? place_root(d->conf->virtual_home, "", d->mem)
				    : NULL;
	add(d, &all, "spool_dir", d->conf->spool_dir.p);
	if (d->has_user) {
		struct doctor_mailbox m = doctor_mailbox_of(d);
		add(d, &all, "the Maildir", m.maildir);
		add(d, &all, "the state", m.state);
	} else {
		add(d, &all, "virtual_home", homes);
	}
	return all;
}

static void close_all(struct disks *all)
{
	for (size_t i = 0; i < all->count; i++)
		close(all->items[i].fd); /* nothing was written */
}

/* ---- the checks ---- */

static unsigned long long bytes_left(const struct statfs *fs)
{
	return (unsigned long long)fs->f_bavail * (unsigned long long)fs->f_bsize;
}

/* Each reports what is wrong with a disk, if anything is. Returns whether it did. */
static bool tell_space(struct doctor *d, const struct disk *disk, const struct statfs *fs)
{
	unsigned long long left = bytes_left(fs);
	if (fs->f_blocks == 0 || left >= BYTES_FEW)
		return false;
	doctor_found(d, left < BYTES_NONE ? DOCTOR_ERROR : DOCTOR_WARNING,
		DOCTOR_TEXT(d, "%s: %llu MB are left for %s", disk->what, left >> 20, disk->path),
		STR_LIT("make room on this file system; until then mail waits in the MTA's queue"));
	return true;
}

/* A file system without a table of inodes says that it has none. */
static bool tell_files(struct doctor *d, const struct disk *disk, const struct statfs *fs)
{
	if (fs->f_files == 0 || fs->f_ffree >= FILES_FEW)
		return false;
	doctor_found(d, fs->f_ffree < FILES_NONE ? DOCTOR_ERROR : DOCTOR_WARNING,
		DOCTOR_TEXT(d, "%s: %llu more files (inodes) fit beside %s", disk->what,
			(unsigned long long)fs->f_ffree, disk->path),
		STR_LIT("delete small files on this file system, or make it anew with more "
			"inodes"));
	return true;
}

static bool tell_read_only(struct doctor *d, const struct disk *disk, const struct statfs *fs)
{
	if (!((unsigned long)fs->f_flags & ST_RDONLY))
		return false;
	doctor_found(d, DOCTOR_ERROR,
		DOCTOR_TEXT(d, "%s: the file system of %s is mounted read-only", disk->what,
			disk->path),
		STR_LIT("find out why (dmesg), check the file system, and mount it with rw"));
	return true;
}

typedef bool tell_disk(struct doctor *d, const struct disk *disk, const struct statfs *fs);

static void each_disk(struct doctor *d, tell_disk *tell, const char *good)
{
	struct disks all = open_all(d);
	struct statfs fs;
	bool told = false;
	for (size_t i = 0; i < all.count; i++)
		told |= fstatfs(all.items[i].fd, &fs) == 0 && tell(d, &all.items[i], &fs);
	if (!told)
		doctor_found(d, DOCTOR_OK, str_of(good), STR_EMPTY);
	close_all(&all);
}

void doctor_disk_space(struct doctor *d)
{
	each_disk(d, tell_space, "there is room on the disks");
}

void doctor_disk_files(struct doctor *d)
{
	each_disk(d, tell_files, "there are inodes on the disks");
}

void doctor_disk_writable(struct doctor *d)
{
	each_disk(d, tell_read_only, "the disks can be written");
}

/* LMDB's locks and shared memory do not work between machines. */
void doctor_disk_network(struct doctor *d)
{
	struct doctor_mailbox m = doctor_mailbox_of(d);
	struct disks all = {.count = 0};
	struct err err;
	add(d, &all, "the state", m.state);
	if (all.count == 0)
		return;
	const struct kv_place place = {
		.what = "UID database", .path = m.state, .dir = all.items[0].fd};
	bool bad = kv_files_refuse_network(&place, &err) < 0;
	doctor_judge(d, bad, DOCTOR_ERROR, bad ? DOCTOR_TEXT(d, "%s", err.text) : STR_EMPTY,
		STR_LIT("set state_dir = \"/var/lib/mda/%u\", on a disk of this machine"),
		STR_LIT("the UIDs are on a local file system"));
	close_all(&all);
}

/* A message is renamed from tmp to new, which works only within a file system. */
void doctor_disk_one(struct doctor *d)
{
	static const char *const parts[] = {"tmp", "new", "cur"};
	struct doctor_mailbox m = doctor_mailbox_of(d);
	for (size_t i = 0; i < m.folders.count; i++) {
		struct stat st[3];
		struct str dir = m.folders.items[i];
		bool known = true;
		for (size_t k = 0; k < 3; k++) {
			struct str path = DOCTOR_TEXT(
				d, STR_FMT "%s%s", STR_ARGS(dir), dir.n ? "/" : "", parts[k]);
			known &= beneath_stat(m.root, path.p, &st[k]) == 0;
		}
		if (!known || (st[0].st_dev == st[1].st_dev && st[0].st_dev == st[2].st_dev))
			continue;
		doctor_found(d, DOCTOR_ERROR,
			DOCTOR_TEXT(d,
				"tmp, new and cur of %s/" STR_FMT " are on several file systems",
				m.maildir, STR_ARGS(dir)),
			STR_LIT("unmount what is mounted in the Maildir"));
		return;
	}
	if (m.root >= 0)
		doctor_found(d, DOCTOR_OK, STR_LIT("each folder is on one file system"), STR_EMPTY);
}
