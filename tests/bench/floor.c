/*
 * floor MAILDIR DATABASE: does the least that a program must do with a message on standard input to
 * keep our promises: it writes the bytes to tmp/ and syncs them, gives a UID to the file's name in
 * one LMDB commit, moves the file to new/, and syncs the directory. There is no envelope, header or
 * rule. It is linked statically. What mda takes beyond this is the cost of mda.
 */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(75);
}

static void copy(int from, int to)
{
	static char block[65536];
	ssize_t n;
	while ((n = read(from, block, sizeof block)) > 0)
		for (ssize_t done = 0; done < n;) {
			ssize_t written = write(to, block + done, (size_t)(n - done));
			need(written > 0, "write");
			done += written;
		}
	need(n == 0, "read");
}

/* The next UID is the last one plus one. */
static void give_uid(const char *database, char *name)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_cursor *cursor;
	MDB_val key, value = {strlen(name), name};
	uint32_t uid = 1;
	need(mdb_env_create(&env) == 0 && mdb_env_open(env, database, MDB_NOSUBDIR, 0600) == 0 &&
			mdb_txn_begin(env, NULL, 0, &txn) == 0 &&
			mdb_dbi_open(txn, NULL, MDB_INTEGERKEY, &dbi) == 0 &&
			mdb_cursor_open(txn, dbi, &cursor) == 0,
		"database");
	if (mdb_cursor_get(cursor, &key, NULL, MDB_LAST) == 0) {
		memcpy(&uid, key.mv_data, sizeof uid);
		uid++;
	}
	mdb_cursor_close(cursor);
	key = (MDB_val){sizeof uid, &uid};
	need(mdb_put(txn, dbi, &key, &value, MDB_APPEND) == 0 && mdb_txn_commit(txn) == 0,
		"commit");
	mdb_env_close(env);
}

int main(int argc, char **argv)
{
	char name[64], temporary[80], shown[80];
	struct timespec now;
	int fd, directory;
	need(argc == 3 && chdir(argv[1]) == 0, "usage: floor MAILDIR DATABASE");
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(name, sizeof name, "%ld.M%ldP%d.floor", (long)now.tv_sec, now.tv_nsec / 1000,
		(int)getpid());
	snprintf(temporary, sizeof temporary, "tmp/%s", name);
	snprintf(shown, sizeof shown, "new/%s", name);
	need((fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0, temporary);
	copy(STDIN_FILENO, fd);
	need(fsync(fd) == 0 && close(fd) == 0, "fsync");
	give_uid(argv[2], name);
	need(rename(temporary, shown) == 0, shown);
	need((directory = open("new", O_RDONLY | O_DIRECTORY)) >= 0 && fsync(directory) == 0,
		"new");
	return 0;
}
