#include "mda/delivery/stamp_key.h"

#include "base/io.h"
#include "base/path.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 4 * 1024, KEYS_MOST = 32, ID_BYTES = 4, ID_MOST = 32 };

/* ---- making one ---- */

static int random_bytes(void *to, size_t n, struct err *err)
{
	if (getrandom(to, n, 0) != (ssize_t)n)
		return err_temp(err, "the system gives no random bytes: %s", strerror(errno));
	return 0;
}

/* The text of a new file, in memory that no child process gets. */
static int new_text(struct str *text, struct err *err)
{
	enum { TEXT = 256 };
	struct hash secret, name;
	char hex[HASH_HEX], id[HASH_HEX], *p = secret_alloc(TEXT, err);
	if (!p || random_bytes(&secret, sizeof secret, err) < 0 ||
		random_bytes(&name, sizeof name, err) < 0)
		return -1;
	hash_hex(&secret, hex);
	hash_hex(&name, id);
	int n = snprintf(p, TEXT,
		"# mda.conf(5), stamp_key: the first key signs, all verify\n%.*s %s\n",
		2 * ID_BYTES, id, hex);
	explicit_bzero(&secret, sizeof secret);
	explicit_bzero(hex, sizeof hex);
	*text = (struct str){p, (size_t)n};
	return 0;
}

static int write_private(const char *path, struct str text, struct err *err)
{
	int fd = path_open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return err_temp(err, "cannot make the file: %s", strerror(errno));
	return io_write_synced(fd, path, text, err);
}

/*
 * If two processes make the file at once, the first one wins, because a link never replaces a file.
 */
static int put_in_place(const char *made, const char *path, struct err *err)
{
	if (path_link(made, path) < 0 && errno != EEXIST)
		return err_temp(err, "cannot make %s: %s", path, strerror(errno));
	return 0;
}

static int make_in(const char *path, struct arena *mem, struct err *err)
{
	struct str whole = str_of(path);
	size_t slash = str_rfind(whole, '/');
	const char *dir =
		slash < whole.n ? arena_cstr(mem, str_slice(whole, 0, slash ? slash : 1)) : ".";
	const char *made = arena_fmt(mem, "%s.%ld", path, (long)getpid()).p;
	struct str text;
	if (new_text(&text, err) < 0)
		return -1;
	path_unlink(made); /* left by a process that had our number and died */
	int r = write_private(made, text, err);
	if (r == 0)
		r = put_in_place(made, path, err);
	path_unlink(made); /* it has another name now, or none */
	return r == 0 ? io_fsync_dir(dir, err) : -1;
}

static int make_file(const char *path, struct err *err)
{
	struct arena *mem = arena_new();
	int r = make_in(path, mem, err);
	arena_free(mem);
	return r;
}

/* ---- reading it ---- */

static int check_file(int fd, const char *path, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_temp(err, "cannot look at %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_temp(err, "%s is not a regular file", path);
	if (st.st_mode & 077)
		return err_temp(err, "%s can be read by others; make it mode 0600", path);
	if (st.st_uid != geteuid() && st.st_uid != 0 && geteuid() != 0)
		return err_temp(err, "%s belongs to another user", path);
	return 0;
}

static int read_key(struct str line, struct stamp_key *key)
{
	struct str rest = line, secret;
	if (!str_word(&rest, &key->id) || !str_word(&rest, &secret) || str_trim(rest).n)
		return -1;
	for (size_t i = 0; i < key->id.n; i++)
		if (!ascii_isalnum(key->id.p[i]))
			return -1;
	return key->id.n <= ID_MOST && hash_from_hex(secret, &key->secret) ? 0 : -1;
}

static int read_keys(const char *path, struct str text, struct stamp_keys *keys, struct err *err)
{
	struct str line;
	keys->items = secret_alloc(KEYS_MOST * sizeof *keys->items, err);
	if (!keys->items)
		return -1;
	for (unsigned n = 1; str_line(&text, &line); n++) {
		struct stamp_key key;
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (read_key(line, &key) < 0)
			return err_temp(
				err, "%s:%u: a line reads: id, and 64 hexadecimal digits", path, n);
		if (keys->count == KEYS_MOST)
			return err_temp(
				err, "%s:%u: there are more than %d keys", path, n, KEYS_MOST);
		keys->items[keys->count++] = key;
	}
	return keys->count ? 0 : err_temp(err, "%s holds no key", path);
}

/* Reads the file without a buffer of the C library. 1 read, 0 it does not exist, -1 error. */
static int read_text(const char *path, struct str *text, struct err *err)
{
	int fd = path_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0
				       : err_temp(err, "cannot open %s: %s", path, strerror(errno));
	int r = check_file(fd, path, err);
	char *p = r == 0 ? secret_alloc(FILE_MOST, err) : NULL;
	ssize_t n = p ? io_read(fd, p, FILE_MOST) : 0;
	close(fd); /* only read from */
	if (!p)
		return -1;
	if (n < 0)
		return err_temp(err, "cannot read %s: %s", path, strerror(errno));
	if (n == FILE_MOST)
		return err_temp(err, "%s is larger than %d bytes", path, FILE_MOST - 1);
	*text = (struct str){p, (size_t)n};
	return 1;
}

int stamp_key_read(const char *path, bool make, struct stamp_keys *keys, struct err *err)
{
	struct str text;
	*keys = (struct stamp_keys){0};
	int r = read_text(path, &text, err);
	struct err why;
	if (r == 0 && make && make_file(path, &why) < 0)
		return err_temp(err, "%s: %s", path, why.text);
	if (r == 0 && make)
		r = read_text(path, &text, err);
	if (r == 0)
		return err_temp(err, "%s does not exist", path);
	return r < 0 ? -1 : read_keys(path, text, keys, err);
}

bool stamp_key_sealed(const struct stamp_keys *keys, struct str id, const struct str_list *parts,
	const struct hash *seal, const char **why)
{
	if (keys->ask)
		return keys->ask(keys->context, id, parts, seal, why);
	for (size_t i = 0; i < keys->count; i++) {
		const struct stamp_key *key = &keys->items[i];
		if (!str_eq(key->id, id))
			continue;
		struct str secret = {(const char *)key->secret.bytes, HASH_BYTES};
		struct hash h = hash_hmac(secret, parts->items, parts->count);
		*why = "it is not for this message";
		return hash_same(&h, seal);
	}
	*why = "its key is not ours";
	return false;
}
