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

struct query {
	const struct kv_place *place; /* the directory of the map; its path is the map's own */
	struct str key;
	int status;   /* of LMDB, or errno */
	bool unsound; /* LMDB was not asked, because the map is not sound */
	MDB_env *env;
	MDB_txn *txn;
	struct kv_path *check;
	struct query *next;
};

/* Maps that LMDB was reading when it was interrupted. They cannot be closed, and there are few. */
static struct query *abandoned;

static int look_up(struct query *q, MDB_dbi table, struct str key)
{
	MDB_val k = {key.n, (void *)key.p}, value;
	q->unsound = q->unsound || !kv_path_is_sound(q->check, NULL, key);
	return q->unsound ? 0 : mdb_get(q->txn, table, &k, &value);
}

/* Postfix counts the NUL at the end of its strings or not, depending on how it was built. */
static int look_up_both(struct query *q)
{
	char with_nul[KV_KEY_MAX + 1];
	struct str key = q->key;
	MDB_dbi table;
	int e = mdb_dbi_open(q->txn, NULL, 0, &table);
	if (e)
		return e;
	if (key.n == 0 || key.n >= KV_KEY_MAX)
		return MDB_NOTFOUND;
	memcpy(with_nul, key.p, key.n);
	with_nul[key.n] = '\0';
	e = look_up(q, table, (struct str){with_nul, key.n + 1});
	return e == MDB_NOTFOUND ? look_up(q, table, key) : e;
}

/*
 * In a transaction. A map that its owner is changing at this moment counts as damaged; it is asked
 * again later.
 */
static int ask_checked(struct query *q)
{
	mdb_filehandle_t fd = -1;
	(void)mdb_env_get_fd(q->env, &fd); /* fails only for null pointers */
	q->check = kv_path_new(fd);
	enum kv_verdict verdict = kv_path_begin(q->check, mdb_txn_id(q->txn));
	int e = verdict == KV_UNREADABLE ? errno : 0;
	q->unsound = verdict != KV_SOUND;
	if (verdict == KV_SOUND)
		e = look_up_both(q);
	kv_path_free(q->check);
	return e;
}

static int ask_environment(struct query *q)
{
	char path[PATH_MAX];
	if (kv_files_path(q->place->dir, kv_files_name(q->place->path), q->place->path, path,
		    sizeof path, NULL) < 0)
		return ENAMETOOLONG;
	int e = mdb_env_open(q->env, path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0600);
	if (e == 0)
		e = mdb_txn_begin(q->env, NULL, MDB_RDONLY, &q->txn);
	if (e)
		return e;
	e = ask_checked(q);
	mdb_txn_abort(q->txn);
	return e;
}

/*
 * LMDB follows links and waits at a FIFO, so this checks first: is it a file with a header that
 * LMDB can open? 0, or errno.
 */
static int look_at_header(struct query *q)
{
	int fd = beneath_open_file(q->place->dir, kv_files_name(q->place->path), O_RDONLY, 0);
	if (fd < 0)
		return errno;
	q->unsound = kv_check_header(fd) != KV_SOUND;
	close(fd); /* nothing was written */
	return 0;
}

static int ask(void *context)
{
	struct query *q = context;
	q->status = look_at_header(q);
	if (q->status || q->unsound)
		return 0;
	q->status = mdb_env_create(&q->env);
	if (q->status)
		return 0;
	/* Its owner may have set a much larger map. */
	q->status = mdb_env_set_mapsize(q->env, KV_LEAST_MAP);
	if (q->status == 0)
		q->status = ask_environment(q);
	mdb_env_close(q->env);
	return 0;
}

static void abandon(const struct query *q)
{
	struct query *kept = mem_alloc(sizeof *kept);
	*kept = *q;
	kept->next = abandoned;
	abandoned = kept;
}

static int ask_in(const struct kv_place *place, struct str key, struct err *err)
{
	struct query q = {.place = place, .key = key};
	const char *path = place->path;
	if (mapguard_run(ask, &q) == MAPGUARD_FAULT) {
		abandon(&q);
		return err_temp(err, "the map %s is damaged", path);
	}
	if (q.unsound && q.status == 0)
		return err_temp(err, "the map %s is damaged", path);
	if (q.status && q.status != MDB_NOTFOUND)
		return err_temp(err, "cannot read the map %s: %s", path,
			q.status > 0 ? beneath_why(q.status) : mdb_strerror(q.status));
	return q.status == 0;
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
