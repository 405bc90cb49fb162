/*
 * Checks a database that somebody else made and that is only read. It may be damaged in any way,
 * and LMDB would follow its bytes in circles or out of the file. To check all of it before each
 * question would cost more than the question. So only the path is checked: the pages from the root
 * to the leaf where LMDB looks for a key, by the rules of kv_check_pages(), each once. A sound path
 * is as deep as its tree says, so it ends.
 */
#ifndef BASE_KV_KV_PATH_H
#define BASE_KV_KV_PATH_H

#include "base/kv/kv_check.h"
#include "base/str.h"

struct kv_path;

/* FD is the data file, and must stay open as long as the result. */
struct kv_path *kv_path_new(int fd);
void kv_path_free(struct kv_path *p);

/*
 * From now on checks the database as transaction TXN left it; the caller holds a reader of LMDB for
 * it. KV_GONE: two other transactions were committed since. All these functions run in
 * mapguard_run().
 */
enum kv_verdict kv_path_begin(struct kv_path *p, uint64_t txn);

/*
 * The same for a caller without LMDB: begins at the transaction that was committed last. A writer
 * changes no page of it until two others are committed, so what was read was right if
 * kv_path_is_current() says so afterwards.
 */
enum kv_verdict kv_path_begin_last(struct kv_path *p);
bool kv_path_is_current(const struct kv_path *p);
/*
 * Is KEY in TABLE? 1 and its value, in the map; 0; or -1: the path to it is not sound, or the value
 * is a large one.
 */
int kv_path_find(struct kv_path *p, const char *table, struct str key, struct str *value);

/*
 * Is everything sound that LMDB reads to find KEY? TABLE: the name of the table, or NULL for the
 * one without a name.
 */
bool kv_path_is_sound(struct kv_path *p, const char *table, struct str key);
/* Is every page of that table sound? For a walk. */
bool kv_path_whole_is_sound(struct kv_path *p, const char *table);

#endif
