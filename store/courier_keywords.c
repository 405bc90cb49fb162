#include "store/courier_keywords.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/share.h"
#include "base/str_list.h"
#include "store/keywords.h"
#include "store/server_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char directory_name[] = "courierimapkeywords", list_name[] = ":list";

/*
 * LIST_MOST is for a folder with a million messages. The keywords of one message are few enough for
 * a file of UPDATE_MOST bytes.
 */
enum {
	LIST_MOST = 64 << 20,
	UPDATE_MOST = 64 * 1024,
	FOLDER_NAMES_MOST = 10000,
	NAMES_MOST = 1000,
};

/* What the list or a file says about a message. The list is older than any file. */
struct entry {
	struct str base, numbers; /* NUMBERS: of the list */
	const char *file;         /* NULL: it is in the list */
	unsigned long long time;  /* of a file; without one, the highest number */
};

struct courier_keywords {
	int directory; /* -1: there is none */
	struct str_list names;
	struct entry *entries; /* sorted by base name, the one that counts first */
	size_t count;
	struct arena *mem;
};

/* ---- reading ---- */

static int read_file(const struct courier_keywords *k, const char *name, size_t most,
	struct str *text, struct err *err)
{
	struct buf bytes = {0};
	int fd = beneath_open_file(k->directory, name, O_RDONLY, 0);
	*text = STR_EMPTY;
	if (fd < 0)
		return errno == ENOENT ? 0
				       : err_temp(err, "cannot open %s/%s: %s", directory_name,
						 name, beneath_why(errno));
	int r = io_read_all(fd, most, &bytes, name, err);
	if (r == 0)
		*text = arena_str(k->mem, buf_str(&bytes));
	buf_free(&bytes);
	close(fd); /* nothing was written */
	return r;
}

static void add_entry(struct courier_keywords *k, struct entry e)
{
	if (e.base.n)
		*(struct entry *)ARENA_PUSH(k->mem, k->entries, k->count) = e;
}

static int read_list(struct courier_keywords *k, struct err *err)
{
	struct str text, line;
	if (read_file(k, list_name, LIST_MOST, &text, err) < 0)
		return -1;
	while (str_line(&text, &line) && line.n)
		if (k->names.count < FOLDER_NAMES_MOST)
			str_list_add(&k->names, line, k->mem);
	while (str_line(&text, &line)) {
		size_t colon = str_find(line, ':');
		if (colon < line.n)
			add_entry(k, (struct entry){.base = str_slice(line, 0, colon),
					     .numbers = str_slice(line, colon + 1, line.n)});
	}
	return 0;
}

/* ".<number>.<base name>" or "<base name>"; a file that is being written has another name. */
static void take_file(struct courier_keywords *k, const char *name)
{
	const char *file = arena_cstr(k->mem, str_of(name));
	struct entry e = {.base = str_of(file), .file = file, .time = UINT64_MAX};
	if (file[0] == '.') {
		struct str rest = str_slice(e.base, 1, e.base.n);
		size_t dot = str_find(rest, '.');
		if (!str_number(str_slice(rest, 0, dot), UINT64_MAX - 1, &e.time))
			return;
		e.base = str_slice(rest, dot + 1, rest.n);
	}
	add_entry(k, e);
}

static int read_names(struct courier_keywords *k, struct err *err)
{
	const struct dirent *e;
	DIR *d = beneath_opendir(k->directory, ".");
	if (!d)
		return err_temp(err, "cannot read %s: %s", directory_name, beneath_why(errno));
	while ((e = readdir(d)))
		if (e->d_name[0] != ':')
			take_file(k, e->d_name);
	closedir(d);
	return 0;
}

static int by_base(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int r = str_compare(x->base, y->base);
	if (r == 0)
		r = !x->file - !y->file;
	return r ? r : (x->time < y->time) - (x->time > y->time);
}

static void close_directory(void *keywords)
{
	const struct courier_keywords *k = keywords;
	if (k->directory >= 0)
		close(k->directory); /* nothing was written through it */
}

struct courier_keywords *courier_keywords_read(int folder, struct arena *mem, struct err *err)
{
	struct courier_keywords *k = arena_alloc(mem, sizeof *k);
	*k = (struct courier_keywords){.mem = mem};
	k->directory = beneath_open(folder, directory_name, O_RDONLY | O_DIRECTORY, 0);
	if (k->directory < 0 && errno == ENOENT)
		return k;
	if (k->directory < 0) {
		err_temp(err, "cannot open %s: %s", directory_name, beneath_why(errno));
		return NULL;
	}
	arena_on_free(mem, close_directory, k);
	if (read_list(k, err) < 0 || read_names(k, err) < 0)
		return NULL;
	if (k->count)
		qsort(k->entries, k->count, sizeof *k->entries, by_base);
	return k;
}

/* ---- one message ---- */

/* The first of its entries, which counts. */
static const struct entry *find(const struct courier_keywords *k, struct str base)
{
	size_t low = 0, high = k->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_compare(k->entries[middle].base, base) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < k->count && str_eq(k->entries[low].base, base) ? &k->entries[low] : NULL;
}

static void add_name(struct courier_keywords *k, struct str name, struct str_list *names)
{
	if (keywords_is_name(name) && !str_list_has(names, name) && names->count < NAMES_MOST)
		str_list_add(names, name, k->mem);
}

static void take_numbers(struct courier_keywords *k, struct str numbers, struct str_list *names)
{
	struct str word;
	unsigned long long n;
	while (str_word(&numbers, &word))
		if (str_number(word, UINT32_MAX, &n) && n < k->names.count)
			add_name(k, k->names.items[n], names);
}

int courier_keywords_of(
	struct courier_keywords *k, struct str base, struct str_list *names, struct err *err)
{
	const struct entry *e = find(k, base);
	struct str text, line;
	*names = (struct str_list){0};
	if (e && !e->file)
		take_numbers(k, e->numbers, names);
	if (!e || !e->file)
		return 0;
	if (read_file(k, e->file, UPDATE_MOST, &text, err) < 0)
		return -1;
	while (str_line(&text, &line) && line.n)
		add_name(k, line, names);
	return 0;
}

/* ---- writing ---- */

static int open_directory(int folder, struct err *err)
{
	const int how = O_RDONLY | O_DIRECTORY;
	int fd = beneath_open(folder, directory_name, how, 0);
	if (fd < 0 && errno == ENOENT &&
		share_mkdir(folder, directory_name, folder, SHARE_MAIL) == 0)
		fd = beneath_open(folder, directory_name, how, 0);
	if (fd < 0)
		return err_temp(err, "cannot make %s: %s", directory_name, beneath_why(errno));
	return fd;
}

static int write_names(int fd, const struct str_list *names, const char *what, struct err *err)
{
	struct buf text = {0};
	for (size_t i = 0; i < names->count; i++) {
		buf_add(&text, names->items[i]);
		buf_byte(&text, '\n');
	}
	int r = io_write(fd, buf_str(&text), what, err);
	buf_free(&text);
	return r;
}

/* Courier leaves a file ".tmp.<time>..." alone for two minutes, and removes it later. */
static int write_file(int directory, struct str base, const struct str_list *names, struct err *err)
{
	struct arena *mem = arena_new();
	const char *temporary = arena_fmt(mem, ".tmp.%lld.mda", (long long)time(NULL)).p;
	int fd = server_file_start(directory, temporary, err);
	int r = fd < 0 ? -1 : write_names(fd, names, temporary, err);
	if (fd >= 0)
		r = server_file_finish(
			directory, temporary, arena_cstr(mem, base), fd, r == 0, err);
	arena_free(mem);
	return r;
}

int courier_keywords_write(
	int folder, struct str base, const struct str_list *names, struct err *err)
{
	int directory = open_directory(folder, err);
	if (directory < 0)
		return -1;
	int r = write_file(directory, base, names, err);
	close(directory); /* it was synced */
	return r;
}
