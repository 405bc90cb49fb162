#include "mda/base/kv_lmdb.h"

#include "mda/base/io.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_tables(struct kv_task *t)
{
	struct kv *kv = t->kv;
	uint32_t version = kv->layout->format;
	struct str value = {(const char *)&version, sizeof version};
	if (kv_begin(kv, 0, t->err) < 0)
		return -1;
	if (kv_open_handles(kv, 0, kv->layout->count, MDB_CREATE, t->err) == 0 &&
		kv_put(kv, 0, STR_LIT(KV_FORMAT_KEY), value, t->err) == 0)
		return kv_commit(kv, t->err);
	kv_abort(kv);
	return -1;
}

static int sync_all(struct kv_task *t)
{
	int e = mdb_env_sync(t->kv->env, 1);
	return e ? kv_fail(t->kv, e, "sync", t->err) : 0;
}

/* Nobody knows of it yet: no locks, and one sync at the end. */
int kv_build_file(const struct kv_layout *layout, const char *path, kv_work *fill, void *context,
	struct err *err)
{
	struct kv *kv = kv_new(layout, path);
	struct kv_task open = {.kv = kv,
		.steps = kv_open_environment,
		.flags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC,
		.err = err};
	struct kv_task make = {.kv = kv, .steps = make_tables, .err = err};
	struct kv_task sync = {.kv = kv, .steps = sync_all, .err = err};
	int r = kv_run(&open);
	if (r == 0)
		r = kv_run(&make);
	if (r == 0 && fill)
		r = fill(kv, context, err);
	if (r == 0)
		r = kv_run(&sync);
	kv_close(kv);
	return r;
}

static int put_in_place(const char *from, const char *path, mode_t mode, struct err *err)
{
	if (chmod(from, mode) < 0)
		return err_temp(err, "cannot set the mode of %s: %s", from, strerror(errno));
	if (rename(from, path) < 0)
		return err_temp(err, "cannot replace %s: %s", path, strerror(errno));
	return 0;
}

struct building {
	const struct kv_layout *layout;
	const char *path, *making;
	mode_t mode;
	kv_work *fill;
	void *context;
};

static int build_claimed(const struct building *b, const struct kv_place *place, struct err *err)
{
	if (kv_files_claim(place, err) < 0)
		return -1;
	if (unlink(b->making) < 0 && errno != ENOENT)
		return err_temp(err, "cannot remove %s: %s", b->making, strerror(errno));
	if (kv_build_file(b->layout, b->making, b->fill, b->context, err) == 0 &&
		put_in_place(b->making, b->path, b->mode, err) == 0)
		return io_fsync_dir(place->path, err);
	unlink(b->making); /* the first error is the one to tell */
	return -1;
}

int kv_build(const struct kv_layout *layout, const char *path, mode_t mode, kv_work *fill,
	void *context, struct err *err)
{
	char making[PATH_MAX], dir[PATH_MAX];
	struct kv_place place;
	if (snprintf(making, sizeof making, "%s.making", path) >= (int)sizeof making)
		return err_temp(err, "the path %.200s is too long", path);
	const char *slash = strrchr(path, '/');
	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	if (kv_files_open(&place, layout->what, dir, err) < 0)
		return -1;
	const struct building b = {layout, path, making, mode, fill, context};
	int r = build_claimed(&b, &place, err);
	kv_files_close(&place);
	return r;
}
