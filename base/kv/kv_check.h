/*
 * Are these bytes a database that LMDB 0.9 wrote? LMDB trusts every byte, and a wrong one may make
 * it write beyond its own memory. So a file that another program may have changed is checked first.
 */
#ifndef BASE_KV_KV_CHECK_H
#define BASE_KV_KV_CHECK_H

#include "base/kv/kv_page.h"

enum kv_verdict { KV_SOUND, KV_UNSOUND, KV_OTHER_VERSION, KV_UNREADABLE, KV_GONE };

/* Checks only the header. KV_UNREADABLE: errno has the reason. */
enum kv_verdict kv_check_header(int fd);

/*
 * Checks every page that transaction TXN reaches, once, without LMDB. The caller holds a
 * transaction of its own, so that no page is written meanwhile, and runs this in mapguard_run().
 * KV_GONE: that transaction does not exist any more.
 */
enum kv_verdict kv_check_pages(int fd, uint64_t txn);

/* The same for the pages of one table. */
bool kv_check_tree(const struct kv_pages *pages, const struct kv_tree *tree);

#endif
