/*
 * Compiling a text into a file of tables: the rows are collected in the order of the text, sorted
 * by key, and written. The file is put in place in one step; until then the old one stays.
 */
#ifndef BASE_KV_KV_COMPILE_H
#define BASE_KV_KV_COMPILE_H

#include "base/kv/kv.h"

/* What becomes of rows with the same key, which are in the order of their lines. */
enum kv_same {
	KV_FIRST,  /* the first counts */
	KV_JOINED, /* they are one row; its value is their values, one after the other */
};

struct kv_rows;

struct kv_rows *kv_rows_new(void);
void kv_rows_free(struct kv_rows *rows);
/* Adds a row; KEY and VALUE are copied. False, and it is not added, if KEY cannot be a key. */
bool kv_rows_add(struct kv_rows *rows, struct str key, struct str value, size_t line);
/* How many were added. */
size_t kv_rows_count(const struct kv_rows *rows);

struct kv_compile {
	const struct kv_layout *layout;
	unsigned table; /* gets the rows */
	enum kv_same same;
	/*
	 * Writes the other tables, in the transaction of the last rows, or, if REST_IS_LARGE, in
	 * one of its own after it, because a transaction is kept in memory. It may be run several
	 * times (see kv_write()).
	 */
	kv_work *rest;
	bool rest_is_large;
	void *context;
};

/*
 * Makes the file PATH, with MODE, of the rows. The owner is that of the process. *BYTES is its
 * size. -1 with the reason, and nothing has changed.
 */
int kv_compile(struct kv_rows *rows, const struct kv_compile *how, const char *path, mode_t mode,
	unsigned long long *bytes, struct err *err);

/* Removes the compiled file PATH, because there is no text any more. It need not exist. */
int kv_compile_remove(const char *path, struct err *err);

#endif
