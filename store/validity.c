/*
 * Dovecot keeps its counter in two places of the Maildir: the file dovecot-uidvalidity has the last
 * number as eight hexadecimal digits, and there is an empty file dovecot-uidvalidity.NUMBER. The
 * file's name counts: Dovecot takes the next number by linking the file to its name, and looks for
 * the highest such name when the expected one is missing.
 */
#include "store/validity.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/share.h"
#include "store/backup.h"
#include "store/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 8, NAME_BYTES = 64 };

static const char counter_name[] = "dovecot-uidvalidity";

/* Returns 0 when TEXT is not a number of the counter. */
static uint32_t parse_counter(const char *text)
{
	if (strlen(text) != DIGITS || strspn(text, "0123456789abcdefABCDEF") != DIGITS)
		return 0;
	return (uint32_t)strtoul(text, NULL, 16);
}

static uint32_t read_counter(int root)
{
	char text[DIGITS + 1] = "";
	int fd = beneath_open(root, counter_name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, DIGITS);
	close(fd); /* nothing was written */
	return n == DIGITS ? parse_counter(text) : 0;
}

static void name_of(char name[NAME_BYTES], uint32_t number)
{
	snprintf(name, NAME_BYTES, "%s.%08lx", counter_name, (unsigned long)number); /* it fits */
}

/* Calls VISIT with the number of each dovecot-uidvalidity.NUMBER. */
static void walk_names(int root, void (*visit)(void *context, uint32_t number), void *context)
{
	const struct dirent *entry;
	const size_t n = sizeof counter_name - 1;
	int fd = beneath_open(root, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !dir)
		close(fd); /* nothing was written */
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, counter_name, n) != 0 || entry->d_name[n] != '.')
			continue;
		uint32_t number = parse_counter(entry->d_name + n + 1);
		if (number)
			visit(context, number);
	}
	if (dir)
		closedir(dir);
}

static void note_highest(void *context, uint32_t number)
{
	uint32_t *highest = context;
	if (number > *highest)
		*highest = number;
}

struct copies {
	int root;
	uint32_t highest;
};

/* A text copy that cannot be read is ignored. */
static bool note_copy(void *context, const char *directory)
{
	struct copies *c = context;
	struct backup_ends ends = {0};
	int folder = beneath_open(
		c->root, *directory ? directory : ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
	if (folder < 0)
		return true;
	if (backup_read_ends(folder, &ends, NULL) == 1)
		note_highest(&c->highest, ends.uidvalidity);
	close(folder); /* a directory: nothing was written through it */
	return true;
}

/*
 * The highest UIDVALIDITY in the folders' text copies, which survive the loss of Dovecot's files
 * and the database.
 */
static uint32_t find_in_copies(int root)
{
	struct copies c = {root, 0};
	(void)maildir_walk_folders(
		root, note_copy, &c, NULL); /* what was read before an error counts */
	return c.highest;
}

static uint32_t find_counter(int root)
{
	uint32_t highest = read_counter(root);
	walk_names(root, note_highest, &highest);
	return highest;
}

/* ---- raising the counter ---- */

struct counter {
	int root;
	uint32_t to;
};

static void remove_lower(void *context, uint32_t number)
{
	const struct counter *c = context;
	char name[NAME_BYTES];
	name_of(name, number);
	if (number < c->to)
		beneath_unlink(c->root, name); /* if it stays, the highest one counts */
}

static int write_counter(int fd, uint32_t number)
{
	char text[DIGITS + 1];
	snprintf(text, sizeof text, "%08lx", (unsigned long)number); /* it fits */
	return io_write(fd, str_of(text), counter_name, NULL);
}

/* The new name is made before the old one is removed. */
static int raise_counter(int root, uint32_t number, struct err *err)
{
	struct counter c = {root, number};
	char name[NAME_BYTES];
	name_of(name, number);
	int fd = beneath_open(root, name, O_RDONLY | O_CREAT, 0444);
	if (fd < 0)
		return err_temp(err, "cannot create %s: %s", name, beneath_why(errno));
	(void)!fchmod(fd, 0444); /* as Dovecot does; somebody else's file has its mode already */
	close(fd);               /* it stays empty */
	walk_names(root, remove_lower, &c);
	fd = share_open(root, counter_name, O_WRONLY | O_CREAT, root, SHARE_MAIL);
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", counter_name, beneath_why(errno));
	int written = write_counter(fd, number);
	if (io_close(fd, counter_name, err) < 0 || written < 0)
		return err_temp(err, "cannot write %s", counter_name);
	return 0;
}

/* ---- a new UIDVALIDITY ---- */

static int read_newest(struct uiddb *db, void *context, struct err *err)
{
	return uiddb_newest_uidvalidity(db, context, err);
}

/* The highest UIDVALIDITY that the mailbox is known to have had. */
static int find_newest(struct store *s, uint32_t *newest, struct err *err)
{
	uint32_t counter = find_counter(s->root);
	/* This happens once in a mailbox: the process that makes a folder writes the counter. */
	if (!counter && s->server == STORE_SERVER_DOVECOT)
		counter = find_in_copies(s->root);
	if (uiddb_read(s->db, read_newest, newest, err) < 0)
		return -1;
	/* Dovecot cannot go beyond this number and starts again from the time. */
	if (counter > *newest && counter != UINT32_MAX)
		*newest = counter;
	return 0;
}

int validity_new(struct store *s, uint32_t *uidvalidity, struct err *err)
{
	uint32_t newest = 0;
	time_t now = time(NULL);
	if (find_newest(s, &newest, err) < 0)
		return -1;
	if (newest == UINT32_MAX)
		return err_temp(err, "there is no UIDVALIDITY left");
	*uidvalidity = newest + 1;
	if (now > 0 && now < UINT32_MAX && (uint32_t)now > newest)
		*uidvalidity = (uint32_t)now;
	return s->server == STORE_SERVER_DOVECOT ? raise_counter(s->root, *uidvalidity, err) : 0;
}

int validity_hold(struct store *s, struct err *err)
{
	uint32_t newest = 0;
	if (s->server != STORE_SERVER_DOVECOT)
		return 0;
	if (find_newest(s, &newest, err) < 0)
		return -1;
	return read_counter(s->root) < newest ? raise_counter(s->root, newest, err) : 0;
}
