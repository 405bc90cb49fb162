/* What an open mailbox is, for the files of the store alone. */
#ifndef STORE_STORE_INSIDE_H
#define STORE_STORE_INSIDE_H

#include "store/store.h"
#include "store/uiddb.h"

struct store {
	int root;                  /* the Maildir */
	int state;                 /* the state directory */
	int turn;                  /* the lock of the delivery that is carried out, */
	unsigned char turn_id[32]; /* and its id */
	struct uiddb *db;
	enum store_server server;
	struct arena *mem;
};

#endif
