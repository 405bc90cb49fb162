#include "mda/base/kv_map.h"

#include "mda/base/arena.h"
#include "mda/base/kv_lmdb.h"
#include "mda/base/mapguard.h"

#include <string.h>

struct asking {
	const char *path;
	struct str key;
	int status; /* of LMDB */
	MDB_env *env;
	MDB_txn *txn;
	struct asking *next;
};

/* Those that LMDB was left in the middle of: they cannot be closed, and are few. */
static struct asking *abandoned;

static int look_up(MDB_txn *txn, MDB_dbi table, struct str key)
{
	MDB_val k = {key.n, (void *)key.p}, value;
	return mdb_get(txn, table, &k, &value);
}

/* Postfix counts the NUL of its strings, or does not, as it was built. */
static int look_up_both(MDB_txn *txn, struct str key)
{
	char with_nul[KV_KEY_MAX + 1];
	MDB_dbi table;
	int e = mdb_dbi_open(txn, NULL, 0, &table);
	if (e)
		return e;
	if (key.n == 0 || key.n >= KV_KEY_MAX)
		return MDB_NOTFOUND;
	memcpy(with_nul, key.p, key.n);
	with_nul[key.n] = '\0';
	e = look_up(txn, table, (struct str){with_nul, key.n + 1});
	return e == MDB_NOTFOUND ? look_up(txn, table, key) : e;
}

static int ask_environment(struct asking *a)
{
	int e = mdb_env_open(a->env, a->path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0600);
	if (e == 0)
		e = mdb_txn_begin(a->env, NULL, MDB_RDONLY, &a->txn);
	if (e)
		return e;
	e = look_up_both(a->txn, a->key);
	mdb_txn_abort(a->txn);
	return e;
}

static int ask(void *context)
{
	struct asking *a = context;
	a->status = mdb_env_create(&a->env);
	if (a->status)
		return 0;
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

int kv_map_holds(const char *path, struct str key, struct err *err)
{
	struct asking a = {.path = path, .key = key};
	if (mapguard_run(ask, &a) == MAPGUARD_FAULT) {
		abandon(&a);
		return err_temp(err, "the map %s is damaged", path);
	}
	if (a.status && a.status != MDB_NOTFOUND)
		return err_temp(err, "cannot read the map %s: %s", path, mdb_strerror(a.status));
	return a.status == 0;
}
