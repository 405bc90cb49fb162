#include "base/kv/kv_map.h"

#include "base/arena.h"
#include "base/beneath.h"
#include "base/kv/kv_check.h"
#include "base/kv/kv_lmdb.h"
#include "base/kv/kv_path.h"
#include "base/mapguard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

struct asking {
	const struct kv_place *place; /* the directory of the map; its path is the map's own */
	struct str key;
	int status;   /* of LMDB, or errno */
	bool unsound; /* LMDB was not asked, because the map is not sound */
	MDB_env *env;
	MDB_txn *txn;
	struct kv_path *check;
	struct asking *next;
};

/* Maps that LMDB was reading when it was interrupted. They cannot be closed, and there are few. */
static struct asking *abandoned;

static int look_up(struct asking *a, MDB_dbi table, struct str key)
{
	MDB_val k = {key.n, (void *)key.p}, value;
	a->unsound = a->unsound || !kv_path_is_sound(a->check, NULL, key);
	return a->unsound ? 0 : mdb_get(a->txn, table, &k, &value);
}

/* Postfix counts the NUL at the end of its strings or not, depending on how it was built. */
static int look_up_both(struct asking *a)
{
	char with_nul[KV_KEY_MAX + 1];
	struct str key = a->key;
	MDB_dbi table;
	int e = mdb_dbi_open(a->txn, NULL, 0, &table);
	if (e)
		return e;
	if (key.n == 0 || key.n >= KV_KEY_MAX)
		return MDB_NOTFOUND;
	memcpy(with_nul, key.p, key.n);
	with_nul[key.n] = '\0';
	e = look_up(a, table, (struct str){with_nul, key.n + 1});
	return e == MDB_NOTFOUND ? look_up(a, table, key) : e;
}

/*
 * In a transaction. A map that its owner is changing at this moment counts as damaged; it is asked
 * again later.
 */
static int ask_checked(struct asking *a)
{
	mdb_filehandle_t fd = -1;
	(void)mdb_env_get_fd(a->env, &fd); /* fails only for null pointers */
	a->check = kv_path_new(fd);
	enum kv_verdict verdict = kv_path_begin(a->check, mdb_txn_id(a->txn));
	int e = verdict == KV_UNREADABLE ? errno : 0;
	a->unsound = verdict != KV_SOUND;
	if (verdict == KV_SOUND)
		e = look_up_both(a);
	kv_path_free(a->check);
	return e;
}

static int ask_environment(struct asking *a)
{
	char path[PATH_MAX];
	if (kv_files_path(a->place->dir, kv_files_name(a->place->path), a->place->path, path,
		    sizeof path, NULL) < 0)
		return ENAMETOOLONG;
	int e = mdb_env_open(a->env, path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0600);
	if (e == 0)
		e = mdb_txn_begin(a->env, NULL, MDB_RDONLY, &a->txn);
	if (e)
		return e;
	e = ask_checked(a);
	mdb_txn_abort(a->txn);
	return e;
}

/*
 * LMDB follows links and waits at a FIFO, so this checks first: is it a file with a header that
 * LMDB can open? 0, or errno.
 */
static int look_at_header(struct asking *a)
{
	int fd = beneath_open_file(a->place->dir, kv_files_name(a->place->path), O_RDONLY, 0);
	if (fd < 0)
		return errno;
	a->unsound = kv_check_header(fd) != KV_SOUND;
	close(fd); /* nothing was written */
	return 0;
}

static int ask(void *context)
{
	struct asking *a = context;
	a->status = look_at_header(a);
	if (a->status || a->unsound)
		return 0;
	a->status = mdb_env_create(&a->env);
	if (a->status)
		return 0;
	/* Its owner may have set a much larger map. */
	a->status = mdb_env_set_mapsize(a->env, KV_LEAST_MAP);
	if (a->status == 0)
		a->status = ask_environment(a);
	mdb_env_close(a->env);
	return 0;
}

static void abandon(const struct asking *a)
{
	struct asking *kept = mem_alloc(sizeof *kept);
	*kept = *a;
	kept->next = abandoned;
	abandoned = kept;
}

static int ask_in(const struct kv_place *place, struct str key, struct err *err)
{
	struct asking a = {.place = place, .key = key};
	const char *path = place->path;
	if (mapguard_run(ask, &a) == MAPGUARD_FAULT) {
		abandon(&a);
		return err_temp(err, "the map %s is damaged", path);
	}
	if (a.unsound && a.status == 0)
		return err_temp(err, "the map %s is damaged", path);
	if (a.status && a.status != MDB_NOTFOUND)
		return err_temp(err, "cannot read the map %s: %s", path,
			a.status > 0 ? beneath_why(a.status) : mdb_strerror(a.status));
	return a.status == 0;
}

int kv_map_holds(const char *path, struct str key, struct err *err)
{
	struct kv_place place;
	if (kv_files_find_parent(&place, "map", path, err) < 0)
		return -1;
	int r = ask_in(&place, key, err);
	kv_files_close(&place);
	return r;
}
