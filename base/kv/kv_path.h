/*
 * A database that somebody else made is only read, and may be damaged in any way: LMDB would follow
 * its bytes round and round, or out of it. Looking through all of it before each question would
 * cost more than the question, so what is looked at is the path: the pages from the root to the
 * leaf where LMDB will look for a key. They are checked in the same way as by kv_check_pages(),
 * each one once; a sound path is as deep as its tree says, and so it ends.
 */
#ifndef BASE_KV_KV_PATH_H
#define BASE_KV_KV_PATH_H

#include "base/kv/kv_check.h"
#include "base/str.h"

struct kv_path;

/* Of the data file FD, which stays open as long. */
struct kv_path *kv_path_new(int fd);
void kv_path_free(struct kv_path *p);

/*
 * From now on the database as transaction TXN left it, which a reader of LMDB holds. KV_GONE: two
 * others have been committed since. All of these run within mapguard_run().
 */
enum kv_verdict kv_path_begin(struct kv_path *p, uint64_t txn);

/*
 * Is what LMDB looks at to find KEY sound? TABLE: its name, or NULL for the table without a name.
 */
bool kv_path_is_sound(struct kv_path *p, const char *table, struct str key);
/* Is every page of that table sound? For a walk. */
bool kv_path_whole_is_sound(struct kv_path *p, const char *table);

#endif
