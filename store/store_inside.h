/* What an open mailbox is, for the files of the store alone. */
#ifndef STORE_STORE_INSIDE_H
#define STORE_STORE_INSIDE_H

#include "store/store.h"
#include "store/uiddb.h"

struct store {
	int root;               /* the Maildir */
	const char *state_path; /* the state directory */
	int state;
	int turn;                  /* the lock of the delivery that is carried out, */
	unsigned char turn_id[32]; /* and its id */
	struct uiddb *db;
	bool lost; /* the database is new: of deliveries under way nothing is known */
	enum store_server server;
	/* other databases may have UIDs of the Maildir's messages, such as another host's */
	bool shared;
	struct quota_conf quota;
	bool subscribes;
	store_note *note;
	void *note_context;
	struct store_other *others; /* what store_put() completed and was not given */
	size_t other_count;
	struct str_list intended; /* to be done behind the delivery that is carried out */
	struct arena *mem;
};

/* Tells the caller of store_open() something that is no error: one sentence. */
void store_say(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * After a failure: was the reason a damaged database, and is there a new one in its place now? Then
 * what failed is worth doing again. Without the mailbox's lock.
 */
bool store_recover(struct store *s);

#endif
