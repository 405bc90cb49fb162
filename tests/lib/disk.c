#include "tests/lib/disk.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOUR = 3600, FILE_MAX = 1 << 24 };

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "# disk: %s: %s\n", what, strerror(errno));
	abort();
}

static void must(bool true_that, const char *what)
{
	if (!true_that)
		die(what);
}

/* ---- the contents at the start ---- */

static const char *join(struct arena *mem, const char *dir, const char *name)
{
	return arena_fmt(mem, "%s/%s", dir, name).p;
}

static struct str read_whole(struct disk *d, const char *path)
{
	struct str text;
	struct err err;
	must(io_read_file(path, FILE_MAX, d->mem, &text, &err) == 1, path);
	return text;
}

uint32_t disk_find_node(const struct disk *d, const struct stat *st)
{
	for (size_t i = d->node_count; i > 0; i--)
		if (d->nodes[i - 1].inode == st->st_ino && d->nodes[i - 1].device == st->st_dev)
			return (uint32_t)(i - 1);
	return DISK_NODES;
}

uint32_t disk_add_node(struct disk *d, const struct stat *st)
{
	must(d->node_count < DISK_NODES, "too many files");
	d->nodes[d->node_count] = (struct disk_node){.device = st->st_dev,
		.inode = st->st_ino,
		.mode = st->st_mode & 07777,
		.is_directory = S_ISDIR(st->st_mode),
		.bytes = {"", 0},
		.last = {"", 0}};
	return (uint32_t)d->node_count++;
}

static void take_directory(struct disk *d, uint32_t dir, const char *path);

static void take_entry(struct disk *d, uint32_t dir, const char *path, const char *name)
{
	struct stat st;
	must(lstat(path, &st) == 0, path);
	uint32_t node = disk_find_node(d, &st);
	bool new = node == DISK_NODES;
	if (new)
		node = disk_add_node(d, &st);
	must(d->slot_count < DISK_NODES, "too many names");
	d->slots[d->slot_count++] = (struct disk_slot){dir, node, arena_fmt(d->mem, "%s", name).p};
	if (new &&S_ISDIR(st.st_mode))
		take_directory(d, node, path);
	else if (new)
		d->nodes[node].bytes = read_whole(d, path);
}

static void take_directory(struct disk *d, uint32_t dir, const char *path)
{
	const struct dirent *entry;
	DIR *open = opendir(path);
	if (!open)
		die(path);
	while ((entry = readdir(open)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			take_entry(d, dir, join(d->mem, path, entry->d_name), entry->d_name);
	closedir(open);
}

struct disk *disk_new(const char *root)
{
	struct disk *d = mem_alloc(sizeof *d);
	struct stat st;
	char path[PATH_MAX];
	*d = (struct disk){.mem = arena_new()};
	must(realpath(root, path) != NULL, root);
	d->root = arena_fmt(d->mem, "%s", path).p;
	must(lstat(path, &st) == 0, path);
	take_directory(d, disk_add_node(d, &st), path);
	return d;
}

void disk_free(struct disk *d)
{
	if (!d)
		return;
	arena_free(d->mem);
	free(d);
}

/* ---- changes that a crash may undo ---- */

static bool is_data(enum disk_kind kind)
{
	return kind == DISK_WRITE || kind == DISK_CUT || kind == DISK_GROW;
}

static bool is_naming(enum disk_kind kind)
{
	return kind == DISK_NAME || kind == DISK_UNNAME || kind == DISK_MOVE;
}

static bool brings(const struct disk_event *sync, const struct disk_event *e, enum disk_rules rules)
{
	if (is_data(e->kind))
		return e->node == sync->node;
	if (!is_naming(e->kind))
		return false;
	return e->dir == sync->node || (e->kind == DISK_MOVE && e->from_dir == sync->node) ||
	       (rules == DISK_LINUX && e->kind != DISK_UNNAME && e->node == sync->node);
}

size_t disk_pending(const struct disk *d, size_t count, enum disk_rules rules, bool *pending)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++) {
		const struct disk_event *e = &d->events[i];
		pending[i] = is_data(e->kind) || is_naming(e->kind);
		for (size_t k = 0; k < i && e->kind == DISK_SYNC; k++)
			pending[k] = pending[k] && !brings(e, &d->events[k], rules);
		if (e->kind == DISK_SYNC_ONE)
			pending[i - 1] = false;
		if (e->kind == DISK_SYNC_ALL)
			memset(pending, 0, (i + 1) * sizeof *pending);
	}
	for (size_t i = 0; i < count; i++)
		n += pending[i];
	return n;
}

/* ---- what is left after a crash ---- */

struct disk_image {
	const struct disk *disk;
	struct arena *mem;
	struct buf bytes[DISK_NODES];
	struct disk_slot slots[DISK_NODES];
	size_t slot_count;
};

static void resize(struct buf *b, size_t size)
{
	if (size > b->n)
		memset(buf_grow(b, size - b->n), 0, size - b->n);
	b->n = size;
}

/*
 * The sector boundary nearest to the middle of a write; the end of the write if it is within one
 * sector.
 */
static size_t torn_at(const struct disk_event *e)
{
	unsigned long long at = (e->at + e->bytes.n / 2) / DISK_SECTOR * DISK_SECTOR;
	return at > e->at ? (size_t)(at - e->at) : e->bytes.n;
}

static void apply_write(struct buf *b, const struct disk_event *e, enum disk_fate fate)
{
	size_t from = 0, to = e->bytes.n, end = (size_t)e->at + e->bytes.n;
	if (end > b->n)
		resize(b, end);
	if (fate == DISK_ZEROS)
		to = 0;
	else if (fate == DISK_HEAD)
		to = torn_at(e);
	else if (fate == DISK_TAIL)
		from = torn_at(e);
	if (b->p && to > from)
		memcpy(b->p + e->at + from, e->bytes.p + from, to - from);
}

static bool is_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void drop_name(struct disk_image *image, uint32_t dir, const char *name)
{
	for (size_t i = 0; i < image->slot_count; i++)
		if (image->slots[i].dir == dir && is_same(image->slots[i].name, name))
			image->slots[i--] = image->slots[--image->slot_count];
}

static void give_name(struct disk_image *image, const struct disk_event *e)
{
	drop_name(image, e->dir, e->name);
	must(image->slot_count < DISK_NODES, "too many names");
	image->slots[image->slot_count++] = (struct disk_slot){e->dir, e->node, e->name};
}

static void apply(struct disk_image *image, const struct disk_event *e, enum disk_fate fate)
{
	struct buf *b = &image->bytes[e->node];
	if (e->kind == DISK_WRITE)
		apply_write(b, e, fate);
	if (e->kind == DISK_CUT || (e->kind == DISK_GROW && e->at > b->n))
		resize(b, (size_t)e->at);
	if (e->kind == DISK_MOVE)
		drop_name(image, e->from_dir, e->from_name);
	if (e->kind == DISK_UNNAME)
		drop_name(image, e->dir, e->name);
	if (e->kind == DISK_NAME || e->kind == DISK_MOVE)
		give_name(image, e);
}

struct disk_image *disk_image_new(const struct disk *d, size_t count, const enum disk_fate *fates)
{
	struct disk_image *image = mem_alloc(sizeof *image);
	*image = (struct disk_image){.disk = d, .mem = arena_new(), .slot_count = d->slot_count};
	bool maps_lost = false;
	memcpy(image->slots, d->slots, sizeof d->slots);
	for (size_t i = 0; i < d->node_count; i++)
		buf_add(&image->bytes[i], d->nodes[i].bytes);
	for (size_t i = 0; i < count; i++) {
		maps_lost = maps_lost || fates[i] == DISK_LOST;
		if (fates[i] != DISK_LOST)
			apply(image, &d->events[i], fates[i]);
	}
	for (size_t i = 0; i < d->node_count; i++) {
		if (!d->nodes[i].is_mapped || maps_lost)
			continue;
		buf_clear(&image->bytes[i]);
		buf_add(&image->bytes[i], d->nodes[i].last);
	}
	return image;
}

void disk_image_free(struct disk_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->disk->node_count; i++)
		buf_free(&image->bytes[i]);
	arena_free(image->mem);
	free(image);
}

/* Fast, because most images are made only to find that they were seen before. */
static uint64_t mix(uint64_t sum, const void *bytes, size_t n)
{
	const char *p = bytes;
	for (; n; n -= n < 8 ? n : 8, p += 8) {
		uint64_t word = n;
		memcpy(&word, p, n < 8 ? n : 8);
		sum = (sum ^ word) * 0x9e3779b97f4a7c15;
		sum ^= sum >> 29;
	}
	return sum;
}

/* A hash of the names and bytes. The order of the names does not matter. */
uint64_t disk_image_digest(const struct disk_image *image)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < image->slot_count; i++) {
		const struct disk_slot *s = &image->slots[i];
		const struct buf *b = &image->bytes[s->node];
		uint64_t one = mix(mix(1, s, 2 * sizeof s->dir), s->name, strlen(s->name) + 1);
		sum += mix(one ^ b->n, b->p, b->n);
	}
	return sum;
}

/* ---- writing it to a directory ---- */

struct made {
	const struct disk_image *image;
	const char *paths[DISK_NODES]; /* the first name of each node */
};

static void write_file(const struct disk_node *node, const struct buf *bytes, const char *path)
{
	struct err err;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, node->mode);
	must(fd >= 0 && io_write(fd, buf_str(bytes), path, &err) == 0 && close(fd) == 0, path);
}

static void write_directory(struct made *m, uint32_t dir, const char *path)
{
	const struct disk_image *image = m->image;
	for (size_t i = 0; i < image->slot_count; i++) {
		const struct disk_slot *s = &image->slots[i];
		const struct disk_node *node = &image->disk->nodes[s->node];
		if (s->dir != dir)
			continue;
		const char *at = join(image->mem, path, s->name);
		if (m->paths[s->node]) {
			must(link(m->paths[s->node], at) == 0, at);
			continue;
		}
		m->paths[s->node] = at;
		if (!node->is_directory) {
			write_file(node, &image->bytes[s->node], at);
			continue;
		}
		must(mkdir(at, node->mode) == 0, at);
		write_directory(m, s->node, at);
	}
}

static void replace_all(struct str in, const uint64_t from[2], const uint64_t to[2])
{
	char *p = (char *)in.p, *end = p + in.n;
	while (in.n && (p = memmem(p, (size_t)(end - p), from, 2 * sizeof *from)))
		memcpy(p, to, 2 * sizeof *to);
}

/* Replaces the number of NODE's inode wherever it is written. */
static void renumber(struct made *m, uint32_t number)
{
	const struct disk_node *node = &m->image->disk->nodes[number];
	struct stat st;
	must(stat(m->paths[number], &st) == 0, m->paths[number]);
	const uint64_t from[2] = {node->device, node->inode}, to[2] = {st.st_dev, st.st_ino};
	for (size_t i = 0; i < m->image->disk->node_count; i++)
		if (m->paths[i])
			replace_all(buf_str(&m->image->bytes[i]), from, to);
}

/*
 * The machine has booted again: a file that holds the UUID of the boot, without dashes, gets
 * another one.
 */
static void start_again(struct made *m)
{
	struct str text;
	struct err err;
	char boot[32];
	size_t n = 0;
	must(io_read_file("/proc/sys/kernel/random/boot_id", 64, m->image->mem, &text, &err) == 1,
		"the boot's UUID");
	for (size_t i = 0; i < text.n && n < sizeof boot; i++)
		if (text.p[i] != '-')
			boot[n++] = text.p[i];
	for (size_t i = 0; i < m->image->disk->node_count; i++) {
		struct str in = buf_str(&m->image->bytes[i]);
		char *p = (char *)in.p, *end = p + in.n;
		while (m->paths[i] && in.n && (p = memmem(p, (size_t)(end - p), boot, n)))
			memset(p, 'x', n);
	}
}

static void make_old(const char *path)
{
	const struct timespec then = {.tv_sec = time(NULL) - HOUR}, times[2] = {then, then};
	must(utimensat(AT_FDCWD, path, times, 0) == 0, path);
}

void disk_image_write(const struct disk_image *image, const char *root)
{
	struct made m = {.image = image};
	const struct disk_node *nodes = image->disk->nodes;
	write_directory(&m, 0, root);
	for (uint32_t i = 0; i < image->disk->node_count; i++)
		if (m.paths[i] && !nodes[i].is_directory)
			renumber(&m, i);
	start_again(&m);
	for (uint32_t i = 0; i < image->disk->node_count; i++) {
		if (!m.paths[i])
			continue;
		if (!nodes[i].is_directory)
			write_file(&nodes[i], &image->bytes[i], m.paths[i]);
		make_old(m.paths[i]);
	}
}
