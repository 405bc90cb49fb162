#include "base/path_way.h"

#include "base/arena.h"
#include "base/path.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A declared directory. */
struct root {
	char *path;
	char *real; /* where it leads; NULL until it is asked */
	int fd;     /* -1 until it is needed */
	int before; /* in a child: the parent's descriptor */
	struct root *next;
};

/* A directory below a root. */
struct kept {
	const struct root *root;
	char *path;     /* from the root */
	int fd, before; /* as in struct root */
};

enum { KEPT_MOST = 8 };

static struct root *roots;
static bool keeps;
static struct kept kept[KEPT_MOST];
static size_t kept_count, kept_next, kept_used;

const char *path_way_skip(const char *p)
{
	while (*p == '/' || (*p == '.' && (p[1] == '/' || p[1] == '\0')))
		p++;
	return p;
}

const char *path_way_below(const char *root, const char *path)
{
	if ((*root == '/') != (*path == '/'))
		return NULL;
	const char *r = path_way_skip(root), *p = path_way_skip(path);
	while (*r) {
		size_t n = strcspn(r, "/");
		if (strncmp(r, p, n) != 0 || (p[n] != '/' && p[n] != '\0'))
			return NULL;
		r = path_way_skip(r + n);
		p = path_way_skip(p + n);
	}
	return p;
}

bool path_way_climbs(const char *path)
{
	for (const char *p = path_way_skip(path); *p; p = path_way_skip(p + strcspn(p, "/")))
		if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
			return true;
	return false;
}

/* ---- the declared directories ---- */

/* A child may close descriptors that it inherits, so it opens its own. */
static void forget_descriptors(void)
{
	for (struct root *r = roots; r; r = r->next) {
		r->before = r->fd;
		r->fd = -1;
	}
	for (size_t i = 0; i < kept_count; i++) {
		kept[i].before = kept[i].fd;
		kept[i].fd = -1;
	}
}

void path_declare(const char *root)
{
	static bool forks;
	size_t n = strlen(root) + 1;
	for (const struct root *r = roots; r; r = r->next)
		if (strcmp(r->path, root) == 0)
			return;
	if (!forks)
		forks = pthread_atfork(NULL, NULL, forget_descriptors) == 0;
	struct root *r = mem_alloc(sizeof *r);
	*r = (struct root){.path = mem_alloc(n), .fd = -1, .before = -1, .next = roots};
	memcpy(r->path, root, n);
	roots = r;
}

/* All were opened with O_PATH: nothing was written. */
static void close_one(int fd)
{
	if (fd >= 0)
		close(fd); /* see above */
}

void path_keep(bool on)
{
	for (size_t i = 0; i < kept_count; i++) {
		close_one(kept[i].fd);
		free(kept[i].path);
	}
	kept_count = kept_next = 0;
	keeps = on;
}

void path_declare_none(void)
{
	path_keep(keeps);
	while (roots) {
		struct root *r = roots;
		roots = r->next;
		close_one(r->fd);
		free(r->path);
		free(r->real);
		free(r);
	}
}

static size_t inherit(int *fd, int before, unsigned *fds)
{
	*fd = before;
	if (before < 0)
		return 0;
	*fds = (unsigned)before;
	return 1;
}

size_t path_inherit(unsigned fds[PATH_INHERITED_MOST])
{
	const size_t room = PATH_INHERITED_MOST;
	size_t n = 0;
	for (struct root *r = roots; r && n < room; r = r->next)
		n += inherit(&r->fd, r->before, &fds[n]);
	for (size_t i = 0; i < kept_count && n < room; i++)
		n += inherit(&kept[i].fd, kept[i].before, &fds[n]);
	return n;
}

/* ---- the way ---- */

/* The upper directory counts: it leaves the longest rest. */
static struct root *find_root(const char *path, const char **rest)
{
	struct root *found = NULL;
	size_t longest = 0;
	for (struct root *r = roots; r; r = r->next) {
		const char *below = path_way_below(r->path, path);
		size_t n = below ? strlen(below) : 0;
		if (n > longest) {
			found = r;
			*rest = below;
			longest = n;
		}
	}
	return found;
}

bool path_is_users(const char *path)
{
	const char *rest;
	return find_root(path, &rest) != NULL;
}

static int open_root(struct root *r)
{
	if (r->fd < 0)
		r->fd = open(r->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return r->fd;
}

static struct kept *find_kept(const struct root *root, const char *path, size_t n)
{
	for (size_t i = 0; i < kept_count; i++)
		if (kept[i].root == root && strncmp(kept[i].path, path, n) == 0 &&
			kept[i].path[n] == '\0')
			return &kept[i];
	return NULL;
}

/* The place of a new one, perhaps that of an old one, but not of the one that was used last. */
static struct kept *make_room(void)
{
	if (kept_count < KEPT_MOST)
		return &kept[kept_count++];
	if (kept_next == kept_used)
		kept_next = (kept_next + 1) % KEPT_MOST;
	struct kept *k = &kept[kept_next];
	kept_next = (kept_next + 1) % KEPT_MOST;
	close_one(k->fd);
	free(k->path);
	return k;
}

static int use(const struct kept *k)
{
	kept_used = (size_t)(k - kept);
	return k->fd;
}

/* Opens the directory PATH below ROOT, from the one above it if that is open. */
static int open_below(const struct root *root, const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct kept *above =
		slash && slash[1] ? find_kept(root, path, (size_t)(slash - path)) : NULL;
	bool is_open = above && above->fd >= 0;
	return beneath_open(is_open ? above->fd : root->fd, is_open ? slash + 1 : path,
		O_PATH | O_DIRECTORY, 0);
}

/*
 * The first N bytes of PATH lead from ROOT to a directory, which stays open: many files of a
 * delivery are in the same few directories.
 */
static int open_kept(struct root *root, const char *path, size_t n)
{
	struct kept *k = find_kept(root, path, n);
	if (k && k->fd >= 0)
		return use(k);
	char above[PATH_MAX];
	memcpy(above, path, n);
	above[n] = '\0';
	int fd = open_below(root, above);
	if (fd < 0)
		return -1;
	if (!k) {
		k = make_room();
		k->root = root;
		k->before = -1;
		k->path = mem_alloc(n + 1);
		memcpy(k->path, above, n + 1);
	}
	k->fd = fd;
	return use(k);
}

/* Takes the last component off, if it is a name. */
static int start_beneath(struct root *root, struct path_way *way)
{
	const char *slash = strrchr(way->rest, '/'), *name = slash ? slash + 1 : way->rest;
	way->dir = open_root(root);
	bool is_name = *path_way_skip(name) && strcmp(name, "..") != 0;
	if (way->dir < 0 || !keeps || !slash || !is_name || slash - way->rest >= PATH_MAX)
		return way->dir;
	way->dir = open_kept(root, way->rest, (size_t)(slash - way->rest));
	way->rest = name;
	return way->dir;
}

int path_way_start(const char *path, struct path_way *way)
{
	*way = (struct path_way){.dir = AT_FDCWD, .rest = path};
	struct root *root = find_root(path, &way->rest);
	if (!root)
		return 0;
	way->users = true;
	return start_beneath(root, way) < 0 ? -1 : 0;
}

/* ---- where a path leads ---- */

/* The kernel says where the open directory is; without /proc each component is looked at. */
static const char *real_root(struct root *root)
{
	char link[64], real[PATH_MAX];
	if (root->real || open_root(root) < 0)
		return root->real;
	snprintf(link, sizeof link, "/proc/self/fd/%d", root->fd); /* it fits */
	ssize_t n = readlink(link, real, sizeof real - 1);
	if (n > 0 && real[0] == '/')
		real[n] = '\0';
	else if (!realpath(root->path, real))
		return NULL;
	root->real = mem_alloc(strlen(real) + 1);
	memcpy(root->real, real, strlen(real) + 1);
	return root->real;
}

struct str path_users_real(const char *path, struct arena *mem)
{
	const char *rest = "", *above = NULL;
	struct root *root = find_root(path, &rest);
	for (struct root *r = roots; r && !root; r = r->next)
		if (path_way_below(r->path, path))
			root = r;
	if (root && !path_way_climbs(rest) && beneath_follows() == BENEATH_NO_LINKS)
		above = real_root(root);
	if (!above)
		return STR_EMPTY;
	size_t n = strcmp(above, "/") == 0 ? 0 : strlen(above);
	char *real = arena_alloc(mem, n + strlen(rest) + 2);
	memcpy(real, above, n);
	while (*rest) {
		size_t part = strcspn(rest, "/");
		real[n++] = '/';
		memcpy(real + n, rest, part);
		n += part;
		rest = path_way_skip(rest + part);
	}
	real[n] = '\0';
	return (struct str){real, n};
}
