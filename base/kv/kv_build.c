#include "base/kv/kv_lmdb.h"

#include "base/beneath.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
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

/* Nobody else knows of it yet: no locks, and one sync at the end. */
static int build(struct kv *kv, kv_work *fill, void *context, struct err *err)
{
	struct kv_task open = {.kv = kv,
		.steps = kv_open_environment,
		.flags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC,
		.err = err};
	struct kv_task make = {.kv = kv, .steps = make_tables, .err = err};
	struct kv_task sync = {.kv = kv, .steps = sync_all, .err = err};
	if (kv_run(&open) < 0)
		return -1;
	if (!kv_files_is(kv_data_fd(kv), &kv->file))
		return kv_fail_moved(kv, err);
	if (kv_run(&make) < 0 || (fill && fill(kv, context, err) < 0))
		return -1;
	return kv_run(&sync);
}

/* LMDB would make the file wherever a link leads, so an empty one is made first. */
static int make_empty(struct kv *kv, struct err *err)
{
	struct stat st;
	int fd = beneath_open(kv->place.dir, kv->name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return kv_fail(kv, errno, "create", err);
	if (fstat(fd, &st) == 0) {
		kv->file = (struct kv_file){st.st_dev, st.st_ino};
		return fd;
	}
	close(fd); /* nothing was written */
	return kv_fail(kv, errno, "look at", err);
}

int kv_build_file(const struct kv_layout *layout, const struct kv_place *place, const char *path,
	mode_t mode, kv_work *fill, void *context, struct err *err)
{
	struct kv *kv = kv_new(layout, path);
	kv->name = kv_files_name(kv->path);
	kv->place = (struct kv_place){
		layout->what, kv->path, fcntl(place->dir, F_DUPFD_CLOEXEC, 3), false};
	int r = kv->place.dir < 0 ? kv_fail(kv, errno, "open the directory of", err) : 0, fd = -1;
	if (r == 0)
		r = fd = make_empty(kv, err);
	if (fd >= 0)
		r = build(kv, fill, context, err);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = kv_fail(kv, errno, "set the mode of", err);
	if (fd >= 0)
		close(fd); /* nothing was written through it */
	kv_close(kv);
	return r < 0 ? -1 : 0;
}

struct builder {
	const struct kv_layout *layout;
	const char *path, *making;
	mode_t mode;
	kv_work *fill;
	void *context;
};

static int build_claimed(const struct builder *b, struct kv_place *place, struct err *err)
{
	const char *making = kv_files_name(b->making);
	if (kv_files_claim(place, err) < 0)
		return -1;
	if (beneath_unlink(place->dir, making) < 0 && errno != ENOENT)
		return err_temp(err, "cannot remove %s: %s", b->making, beneath_why(errno));
	int r = kv_build_file(b->layout, place, b->making, b->mode, b->fill, b->context, err);
	if (r == 0 && beneath_rename(place->dir, making, place->dir, kv_files_name(b->path)) < 0)
		r = err_temp(err, "cannot replace %s: %s", b->path, beneath_why(errno));
	if (r == 0)
		return io_fsync(place->dir, place->path, err);
	beneath_unlink(place->dir, making); /* the first error is reported */
	return -1;
}

int kv_build(const struct kv_layout *layout, const char *path, mode_t mode, kv_work *fill,
	void *context, struct err *err)
{
	char making[PATH_MAX];
	struct kv_place place;
	if (snprintf(making, sizeof making, "%s.making", path) >= (int)sizeof making)
		return err_temp(err, "the path %.200s is too long", path);
	if (kv_files_open_parent(&place, layout->what, path, err) < 0)
		return -1;
	const struct builder b = {layout, path, making, mode, fill, context};
	int r = build_claimed(&b, &place, err);
	kv_files_close(&place);
	return r;
}
