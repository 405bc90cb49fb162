#include "base/kv/kv_peek.h"

#include "base/kv/kv_lmdb.h"
#include "base/mapguard.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct peek {
	const struct kv_layout *layout;
	const char *table;
	struct str key;
	struct kv_path *path;
	struct arena *mem;
	struct str *value;
};

/* Other formats may have other tables. */
static bool has_our_format(const struct peek *p)
{
	struct str value;
	uint32_t version;
	if (kv_path_find(p->path, p->layout->tables[0], STR_LIT(KV_FORMAT_KEY), &value) <= 0 ||
		value.n != sizeof version)
		return false;
	memcpy(&version, value.p, sizeof version);
	return version == p->layout->format;
}

/* The value is copied before the last look at the header, which says whether it is right. */
static int find(void *context)
{
	const struct peek *p = context;
	struct str value = STR_EMPTY;
	if (kv_path_begin_last(p->path) != KV_SOUND || !has_our_format(p))
		return -1;
	int r = kv_path_find(p->path, p->table, p->key, &value);
	if (r > 0)
		*p->value = arena_str(p->mem, value);
	return r >= 0 && kv_path_is_current(p->path) ? r : -1;
}

int kv_peek(const struct kv_layout *layout, const char *dir, unsigned table, struct str key,
	struct arena *mem, struct str *value)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof path, "%s/%s", dir, kv_files_data) >= (int)sizeof path ||
		!path_is_users(path))
		return -1;
	int fd = path_open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	struct peek p = {layout, layout->tables[table], key, kv_path_new(fd), mem, value};
	int r = mapguard_run(find, &p);
	kv_path_free(p.path);
	close(fd); /* nothing was written */
	return r == MAPGUARD_FAULT ? -1 : r;
}
