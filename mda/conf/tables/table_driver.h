/*
 * A kind of server that has tables: what its library can do. The library is loaded when a table is
 * asked, in the process of table_asker.h.
 */
#ifndef MDA_CONF_TABLES_TABLE_DRIVER_H
#define MDA_CONF_TABLES_TABLE_DRIVER_H

#include "mda/conf/tables/table_expand.h"
#include "mda/conf/tables/table_file.h"

/* One question, and what becomes of it. */
struct table_question {
	const struct table_file *file;
	const struct table_needs *needs;
	struct str key;
	long long deadline; /* of this server, a time of io_microseconds() */
	struct arena *mem;
	struct buf *value;       /* so far */
	unsigned long long left; /* how many more results it may have */
	const char *wrong;       /* why the value cannot be used; NULL: it can */
};

/*
 * Adds a result, which may be empty. False when it was one too many, or the value is too long: then
 * no more may be added, and `wrong` says why.
 */
bool table_driver_add(struct table_question *q, struct str result);

/* Fills ERR with the first line of TEXT, which a library has said; returns -1. */
int table_driver_failed(const char *text, struct err *err);

struct table_driver {
	const char *kind;
	const struct table_setting *settings;
	const char *servers;        /* the setting that names them, */
	const char *const *queries; /* those that are queries, ended by NULL, */
	/* and what a value of the setting `servers` may be: NULL, or why not */
	const char *(*wrong_server)(struct str server);
	/* Further checks of a file; NULL: none. -1 with the reason. */
	int (*check)(const struct table_file *f, struct err *err);
	/* Loads the library. NULL, or why that is impossible. */
	const char *(*load)(void);
	/*
	 * Connects to SERVER, in MEM. NULL with the reason in *ERR, without a name of table or
	 * server.
	 */
	void *(*connect)(const struct table_file *f, struct str server, long long deadline,
		struct arena *mem, struct err *err);
	void (*disconnect)(void *connection);
	/*
	 * Asks the question, and adds the results. 0, or -1 with the reason; then the connection is
	 * not used again. *LOST says that another server may be asked: the answer did not come.
	 */
	int (*ask)(void *connection, struct table_question *q, bool *lost, struct err *err);
};

extern const struct table_driver table_pgsql, table_mysql, table_ldap;

/* The time until DEADLINE, in whole seconds, and at least 1. */
unsigned table_driver_seconds(long long deadline);

#endif
