#include "tests/lib/recorder.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MARK_FD = -77, IOV_MOST = 1024, MAP_MOST = 1 << 20 };

struct recorder {
	struct disk *disk;
	const char *mapped;
	tracer_look *look;
	void *look_context;
	const struct handler *handler; /* of the current call */
	bool existed;                  /* the file that it will open */
	uint32_t replaced;             /* the node that has the name before the call */
	const char *maps[DISK_NODES];  /* paths of mapped files */
};

struct handler {
	long call;
	void (*handle)(struct recorder *r, const struct tracer_call *c);
};

void recorder_mark(void)
{
	(void)!write(MARK_FD, "", 0); /* fails visibly */
}

/* ---- names ---- */

static const char *keep(struct recorder *r, const char *text)
{
	return arena_fmt(r->disk->mem, "%s", text).p;
}

static void blind(struct recorder *r, const char *why, const char *what)
{
	if (!r->disk->blind)
		r->disk->blind = arena_fmt(r->disk->mem, "%s: %s", why, what).p;
}

static bool link_of(const struct tracer_call *c, int fd, char *path)
{
	char name[64];
	if (fd == AT_FDCWD)
		snprintf(name, sizeof name, "/proc/%ld/cwd", (long)c->pid);
	else
		snprintf(name, sizeof name, "/proc/%ld/fd/%d", (long)c->pid, fd);
	ssize_t n = readlink(name, path, PATH_MAX - 1);
	path[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

/* Removes "/." and double slashes; there are no links on the way. */
static void clean(char *path)
{
	char *to = path;
	for (const char *from = path; *from;) {
		size_t n = 1 + strcspn(from + 1, "/");
		if (n > 1 && !(n == 2 && from[1] == '.')) {
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	*to = '\0';
}

/* "/proc/self/fd/3/name" is NAME in the directory of descriptor 3. */
static const char *below_descriptor(const char *name, int *dir)
{
	static const char start[] = "/proc/self/fd/";
	char *rest;
	if (strncmp(name, start, sizeof start - 1) != 0)
		return name;
	long fd = strtol(name + sizeof start - 1, &rest, 10);
	if (*rest != '/')
		return name;
	*dir = (int)fd;
	return rest + 1;
}

/* The part of the path below the root; NULL when it is elsewhere. */
static const char *path_of(
	struct recorder *r, const struct tracer_call *c, int dir, unsigned long long address)
{
	char name[PATH_MAX], path[2 * PATH_MAX] = "";
	size_t n = strlen(r->disk->root);
	if (!tracer_string(c, address, name, sizeof name))
		return NULL;
	const char *rest = below_descriptor(name, &dir);
	if (rest[0] != '/' && !link_of(c, dir, path))
		return NULL;
	snprintf(path + strlen(path), PATH_MAX + 1, "/%s", rest);
	if (strstr(path, "/../"))
		blind(r, "a path", path);
	clean(path);
	return strncmp(path, r->disk->root, n) == 0 && path[n] == '/' ? keep(r, path) : NULL;
}

static uint32_t node_at(struct recorder *r, const char *path)
{
	struct stat st;
	return path && lstat(path, &st) == 0 ? disk_find_node(r->disk, &st) : DISK_NODES;
}

static bool stat_fd(const struct tracer_call *c, int fd, struct stat *st)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/%ld/fd/%d", (long)c->pid, fd);
	return stat(name, st) == 0;
}

static uint32_t node_of(struct recorder *r, const struct tracer_call *c, int fd)
{
	struct stat st;
	return stat_fd(c, fd, &st) ? disk_find_node(r->disk, &st) : DISK_NODES;
}

/* ---- events ---- */

static struct disk_event *add(struct recorder *r, enum disk_kind kind, uint32_t node)
{
	if (r->disk->event_count == DISK_EVENTS)
		abort();
	struct disk_event *e = &r->disk->events[r->disk->event_count++];
	*e = (struct disk_event){.kind = kind, .node = node, .bytes = {"", 0}};
	return e;
}

/* The directory of PATH, and the name in it. */
static uint32_t split(struct recorder *r, const char *path, const char **name)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
	*name = slash + 1;
	uint32_t node = node_at(r, dir);
	if (node == DISK_NODES)
		blind(r, "an unknown directory", dir);
	return node;
}

static void add_name(struct recorder *r, enum disk_kind kind, const char *path, uint32_t node)
{
	struct disk_event *e = add(r, kind, node);
	e->dir = split(r, path, &e->name);
}

/* A number about a descriptor from /proc, by the name at the start of its line. */
static unsigned long long fd_info(const struct tracer_call *c, int fd, const char *key, int radix)
{
	char name[64], line[128];
	unsigned long long value = 0;
	snprintf(name, sizeof name, "/proc/%ld/fdinfo/%d", (long)c->pid, fd);
	FILE *f = fopen(name, "re");
	if (!f)
		abort();
	while (fgets(line, sizeof line, f))
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtoull(line + strlen(key), NULL, radix);
	fclose(f);
	return value;
}

/* ---- calls ---- */

static int open_flags(struct recorder *r, const struct tracer_call *c)
{
	struct open_how how;
	if (c->call != SYS_openat2)
		return (int)c->arguments[2];
	if (!tracer_memory(c, c->arguments[2], &how, sizeof how))
		blind(r, "openat2", "its flags cannot be read");
	return (int)how.flags;
}

static void handle_open(struct recorder *r, const struct tracer_call *c)
{
	int flags = open_flags(r, c), fd = (int)c->result;
	struct stat st;
	const char *path = path_of(r, c, (int)c->arguments[0], c->arguments[1]);
	if (!path || !stat_fd(c, fd, &st))
		return;
	bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
	if (unnamed || ((flags & O_CREAT) && !r->existed)) {
		uint32_t node = disk_add_node(r->disk, &st);
		if (!unnamed)
			add_name(r, DISK_NAME, path, node);
		return;
	}
	if ((flags & O_TRUNC) && S_ISREG(st.st_mode))
		add(r, DISK_CUT, node_of(r, c, fd))->at = 0;
}

static void add_bytes(struct recorder *r, const struct tracer_call *c, struct disk_event *e,
	unsigned long long from, size_t n)
{
	char *bytes = arena_alloc(r->disk->mem, e->bytes.n + n);
	if (e->bytes.n)
		memcpy(bytes, e->bytes.p, e->bytes.n);
	if (!tracer_memory(c, from, bytes + e->bytes.n, n))
		blind(r, "a write", "its bytes cannot be read");
	e->bytes = (struct str){bytes, e->bytes.n + n};
}

static void add_vector(struct recorder *r, const struct tracer_call *c, struct disk_event *e)
{
	struct iovec iov[IOV_MOST];
	size_t count = (size_t)c->arguments[2], left = (size_t)c->result;
	if (count > IOV_MOST || !tracer_memory(c, c->arguments[1], iov, count * sizeof *iov)) {
		blind(r, "a write", "its vector cannot be read");
		return;
	}
	for (size_t i = 0; i < count && left; i++) {
		size_t n = iov[i].iov_len < left ? iov[i].iov_len : left;
		add_bytes(r, c, e, (unsigned long long)(uintptr_t)iov[i].iov_base, n);
		left -= n;
	}
}

static void handle_write(struct recorder *r, const struct tracer_call *c)
{
	int fd = (int)c->arguments[0];
	bool placed = c->call == SYS_pwrite64 || c->call == SYS_pwritev;
	bool vector = c->call == SYS_writev || c->call == SYS_pwritev;
	uint32_t node = node_of(r, c, fd);
	if (node == DISK_NODES)
		return;
	struct disk_event *e = add(r, DISK_WRITE, node);
	e->at = placed ? c->arguments[3]
		       : fd_info(c, fd, "pos:", 10) - (unsigned long long)c->result;
	if (vector)
		add_vector(r, c, e);
	else
		add_bytes(r, c, e, c->arguments[1], (size_t)c->result);
	if (fd_info(c, fd, "flags:", 8) & O_DSYNC)
		add(r, DISK_SYNC_ONE, node);
}

static void handle_sync(struct recorder *r, const struct tracer_call *c)
{
	uint32_t node = node_of(r, c, (int)c->arguments[0]);
	if (node != DISK_NODES)
		add(r, DISK_SYNC, node);
}

static void handle_sync_all(struct recorder *r, const struct tracer_call *c)
{
	if (node_of(r, c, (int)c->arguments[0]) != DISK_NODES)
		add(r, DISK_SYNC_ALL, 0);
}

static void handle_truncate(struct recorder *r, const struct tracer_call *c)
{
	uint32_t node = node_of(r, c, (int)c->arguments[0]);
	if (node != DISK_NODES)
		add(r, DISK_CUT, node)->at = c->arguments[1];
}

static void handle_allocate(struct recorder *r, const struct tracer_call *c)
{
	uint32_t node = node_of(r, c, (int)c->arguments[0]);
	if (c->arguments[1])
		blind(r, "fallocate", "with a mode");
	if (node != DISK_NODES)
		add(r, DISK_GROW, node)->at = c->arguments[2] + c->arguments[3];
}

static void make_directory(struct recorder *r, const char *path)
{
	struct stat st;
	if (path && lstat(path, &st) == 0)
		add_name(r, DISK_NAME, path, disk_add_node(r->disk, &st));
}

static void handle_mkdir(struct recorder *r, const struct tracer_call *c)
{
	make_directory(r, path_of(r, c, AT_FDCWD, c->arguments[0]));
}

static void handle_mkdirat(struct recorder *r, const struct tracer_call *c)
{
	make_directory(r, path_of(r, c, (int)c->arguments[0], c->arguments[1]));
}

static void remove_name(struct recorder *r, const char *path)
{
	if (path)
		add_name(r, DISK_UNNAME, path, r->replaced);
}

static void handle_unlink(struct recorder *r, const struct tracer_call *c)
{
	remove_name(r, path_of(r, c, AT_FDCWD, c->arguments[0]));
}

static void handle_unlinkat(struct recorder *r, const struct tracer_call *c)
{
	remove_name(r, path_of(r, c, (int)c->arguments[0], c->arguments[1]));
}

static void handle_link(struct recorder *r, const struct tracer_call *c)
{
	const char *path = path_of(r, c, (int)c->arguments[2], c->arguments[3]);
	uint32_t node = node_at(r, path);
	if (path && node == DISK_NODES)
		blind(r, "a link from elsewhere", path);
	if (path)
		add_name(r, DISK_NAME, path, node);
}

static void move(struct recorder *r, const char *from, const char *to)
{
	if (!from && !to)
		return;
	if (!from || !to || node_at(r, to) == DISK_NODES) {
		blind(r, "a rename from or to elsewhere", from ? from : to);
		return;
	}
	add_name(r, DISK_MOVE, to, node_at(r, to));
	struct disk_event *e = &r->disk->events[r->disk->event_count - 1];
	e->from_dir = split(r, from, &e->from_name);
}

static void handle_rename(struct recorder *r, const struct tracer_call *c)
{
	move(r, path_of(r, c, AT_FDCWD, c->arguments[0]), path_of(r, c, AT_FDCWD, c->arguments[1]));
}

static void handle_renameat(struct recorder *r, const struct tracer_call *c)
{
	if (c->call == SYS_renameat2 && (c->arguments[4] & ~(unsigned long long)RENAME_NOREPLACE))
		blind(r, "renameat2", "with flags");
	move(r, path_of(r, c, (int)c->arguments[0], c->arguments[1]),
		path_of(r, c, (int)c->arguments[2], c->arguments[3]));
}

/* Writes to a shared map are not seen. */
static void handle_map(struct recorder *r, const struct tracer_call *c)
{
	char path[PATH_MAX];
	int fd = (int)c->arguments[4];
	if (fd < 0 || !(c->arguments[2] & PROT_WRITE) || !(c->arguments[3] & MAP_SHARED))
		return;
	uint32_t node = node_of(r, c, fd);
	if (node == DISK_NODES)
		return;
	r->disk->nodes[node].is_mapped = true;
	const char *slash = link_of(c, fd, path) ? strrchr(path, '/') : NULL;
	r->maps[node] = slash ? keep(r, path) : NULL;
	if (!slash || strcmp(slash + 1, r->mapped) != 0)
		blind(r, "a shared map", path);
}

static void handle_unknown(struct recorder *r, const struct tracer_call *c)
{
	char number[32];
	snprintf(number, sizeof number, "%ld", c->call);
	blind(r, "a system call", number);
}

static const struct handler handlers[] = {
	{SYS_openat, handle_open},
	{SYS_openat2, handle_open},
	{SYS_write, handle_write},
	{SYS_writev, handle_write},
	{SYS_pwrite64, handle_write},
	{SYS_pwritev, handle_write},
	{SYS_fsync, handle_sync},
	{SYS_fdatasync, handle_sync},
	{SYS_syncfs, handle_sync_all},
	{SYS_ftruncate, handle_truncate},
	{SYS_fallocate, handle_allocate},
	{SYS_mkdirat, handle_mkdirat},
	{SYS_unlinkat, handle_unlinkat},
	{SYS_linkat, handle_link},
	{SYS_renameat2, handle_renameat},
	{SYS_mmap, handle_map},
#ifdef SYS_mkdir
	{SYS_mkdir, handle_mkdir},
	{SYS_unlink, handle_unlink},
	{SYS_rmdir, handle_unlink},
	{SYS_rename, handle_rename},
	{SYS_renameat, handle_renameat},
	{SYS_open, handle_unknown},
	{SYS_creat, handle_unknown},
	{SYS_link, handle_unknown},
	{SYS_symlink, handle_unknown},
#endif
	{SYS_symlinkat, handle_unknown},
	{SYS_truncate, handle_unknown},
	{SYS_pwritev2, handle_unknown},
	{SYS_sendfile, handle_unknown},
	{SYS_splice, handle_unknown},
	{SYS_copy_file_range, handle_unknown},
	{SYS_io_uring_setup, handle_unknown},
	{SYS_clone, handle_unknown},
};

/* Notes what the call has removed. */
static void look_before(struct recorder *r, const struct tracer_call *c)
{
	struct stat st;
	const char *path = NULL;
	r->handler = NULL;
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
		if (handlers[i].call == c->call)
			r->handler = &handlers[i];
	if (c->call == SYS_openat || c->call == SYS_openat2 || c->call == SYS_unlinkat)
		path = path_of(r, c, (int)c->arguments[0], c->arguments[1]);
	else if (r->handler && r->handler->handle == handle_unlink)
		path = path_of(r, c, AT_FDCWD, c->arguments[0]);
	r->existed = path && lstat(path, &st) == 0;
	r->replaced = r->existed ? node_at(r, path) : DISK_NODES;
}

static enum tracer_wish watch(void *context, const struct tracer_call *c)
{
	struct recorder *r = context;
	if (c->entry)
		look_before(r, c);
	else if (c->call == SYS_write && (int)c->arguments[0] == MARK_FD)
		add(r, DISK_MARK, 0);
	else if (r->handler && c->result >= 0)
		r->handler->handle(r, c);
	return r->look ? r->look(r->look_context, c) : TRACER_GO_ON;
}

/* The contents of the maps at the end, if the file still exists. */
static void read_maps(struct recorder *r)
{
	for (size_t i = 0; i < r->disk->node_count; i++) {
		struct disk_node *node = &r->disk->nodes[i];
		node->is_mapped =
			node->is_mapped && node_at(r, r->maps[i]) == i &&
			io_read_file(r->maps[i], MAP_MOST, r->disk->mem, &node->last, NULL) == 1;
	}
}

int recorder_run(struct disk *d, const char *mapped, int (*work)(void *), void *work_context,
	tracer_look *look, void *look_context)
{
	struct recorder r = {
		.disk = d, .mapped = mapped, .look = look, .look_context = look_context};
	int status = tracer_run(work, work_context, watch, &r);
	read_maps(&r);
	return status;
}
