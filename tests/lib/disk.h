/*
 * A directory on a disk, what a process does to it, and what may be left after the power fails:
 * everything that was synced, and any part of the rest. It needs no device that forgets unsynced
 * writes: it replays the recorded order of writes and syncs.
 *
 * Each change that is not synced yet may be there or not: bytes of a file are new, old, torn at a
 * sector, or zeros after the old end; a name is there or not; a rename happened as a whole or not
 * at all.
 */
#ifndef TESTS_LIB_DISK_H
#define TESTS_LIB_DISK_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>
#include <sys/stat.h>

enum { DISK_SECTOR = 512, DISK_NODES = 64, DISK_EVENTS = 512 };

enum disk_kind {
	DISK_WRITE,    /* BYTES at AT into NODE */
	DISK_CUT,      /* NODE gets the size AT */
	DISK_GROW,     /* NODE gets at least that size */
	DISK_NAME,     /* NODE gets NAME in DIR */
	DISK_UNNAME,   /* NAME in DIR is removed */
	DISK_MOVE,     /* FROM_NAME in FROM_DIR becomes NAME in DIR, which is NODE */
	DISK_SYNC,     /* NODE, a file or a directory, is on the disk */
	DISK_SYNC_ALL, /* everything is on the disk */
	DISK_SYNC_ONE, /* the event before this one is on the disk */
	DISK_MARK,     /* the process sets a mark */
	DISK_NOTHING,  /* removed by a test */
};

struct disk_event {
	enum disk_kind kind;
	uint32_t node, dir, from_dir;
	const char *name, *from_name;
	unsigned long long at;
	struct str bytes;
};

/* A file or a directory. Number 0 is the root. */
struct disk_node {
	uint64_t device, inode;
	bool is_directory;
	unsigned mode;
	bool is_mapped;   /* written through a map, in an unknown order */
	struct str bytes; /* at the start */
	struct str last;  /* at the end, for what is mapped */
};

struct disk_slot {
	uint32_t dir, node;
	const char *name;
};

struct disk {
	struct arena *mem;
	const char *root;
	struct disk_node nodes[DISK_NODES];
	size_t node_count;
	struct disk_slot slots[DISK_NODES];
	size_t slot_count;
	struct disk_event events[DISK_EVENTS];
	size_t event_count;
	const char *blind; /* what the recorder does not understand; NULL: nothing */
};

/* The directory ROOT; all of it counts as synced. */
struct disk *disk_new(const char *root);
void disk_free(struct disk *d);

/* For the recorder. DISK_NODES if there is none. */
uint32_t disk_find_node(const struct disk *d, const struct stat *st);
uint32_t disk_add_node(struct disk *d, const struct stat *st);

/* ---- a crash ---- */

/*
 * By POSIX, a name is on the disk when its directory was synced. Linux's file systems do more:
 * fsync() of a file brings its new names too.
 */
enum disk_rules { DISK_POSIX, DISK_LINUX };

enum disk_fate { DISK_KEPT, DISK_LOST, DISK_ZEROS, DISK_HEAD, DISK_TAIL, DISK_FATES };

/*
 * Sets PENDING[i] for each of the first COUNT events that a crash after them may undo. Returns how
 * many there are.
 */
size_t disk_pending(const struct disk *d, size_t count, enum disk_rules rules, bool *pending);

/* The state of the disk when the first COUNT events, each with its fate, have happened. */
struct disk_image;
struct disk_image *disk_image_new(const struct disk *d, size_t count, const enum disk_fate *fates);
void disk_image_free(struct disk_image *image);
uint64_t disk_image_digest(const struct disk_image *image);
/*
 * Writes the state to the empty directory ROOT, an hour old. A file that holds the inode number of
 * another one gets the new number, because on a real disk the file would have kept it. A file that
 * holds the UUID of the boot gets another UUID.
 */
void disk_image_write(const struct disk_image *image, const char *root);

#endif
