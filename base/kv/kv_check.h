/*
 * Are these bytes a database that LMDB 0.9 wrote? LMDB trusts every one of them, and where one is
 * wrong it may write beyond its own memory, so a file that something else may have touched is
 * looked through first.
 */
#ifndef BASE_KV_KV_CHECK_H
#define BASE_KV_KV_CHECK_H

#include "base/kv/kv_page.h"

enum kv_verdict { KV_SOUND, KV_UNSOUND, KV_OTHER_VERSION, KV_UNREADABLE, KV_GONE };

/* Looks at the header only. KV_UNREADABLE: errno says why. */
enum kv_verdict kv_check_header(int fd);

/*
 * Looks at every page that transaction TXN reaches, once, without LMDB. The caller sees to it that
 * none is written to meanwhile, by a transaction of its own, and runs this within mapguard_run().
 * KV_GONE: that transaction is no longer there.
 */
enum kv_verdict kv_check_pages(int fd, uint64_t txn);

/* The same for the pages of one table. */
bool kv_check_tree(const struct kv_pages *pages, const struct kv_tree *tree);

#endif
