/* An open mailbox; only for the files of the store. */
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
	bool lost; /* the database is new: deliveries in progress are unknown */
	enum store_server server;
	/* other databases, for example another host's, may have UIDs of the Maildir's messages */
	bool shared;
	struct quota_conf quota;
	quota_watch *watch;
	void *watch_context;
	bool has_change; /* of the delivery that is carried out; */
	struct quota_change change;
	bool subscribes;
	store_note *note;
	void *note_context;
	struct store_other *others; /* what store_put() completed for an earlier attempt */
	size_t other_count;
	struct str_list intended; /* to be done after the delivery was stored */
	struct arena *mem;
};

/* Reports something that is not an error to the caller of store_open(): one sentence. */
void store_say(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * After a failure: was the reason a damaged database, and has it been replaced by a new one? Then
 * what failed can be tried again. Call it without the mailbox's lock.
 */
bool store_recover(struct store *s);

#endif
