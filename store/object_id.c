#include "store/object_id.h"

#include "base/io.h"
#include "base/path.h"
#include "store/folder.h"
#include "store/uiddb.h"

#include <fcntl.h>
#include <unistd.h>

struct search {
	const char *maildir;
	struct str id;
	struct arena *mem;
	struct str folder;
	bool found;
};

/* Finds "G" and the GUID, a word of the first line. */
static struct str guid_of(struct str uidlist)
{
	struct str line, word;
	if (!str_line(&uidlist, &line))
		return STR_EMPTY;
	while (str_word(&line, &word))
		if (word.n > 1 && word.p[0] == 'G')
			return str_slice(word, 1, word.n);
	return STR_EMPTY;
}

/* The GUID as IMAP clients of Dovecot see it; empty when there is no uidlist. */
static struct str dovecot_guid(const struct search *s, struct str directory)
{
	enum { FIRST_LINE = 512 };
	const char *path =
		arena_fmt(s->mem, "%s/" STR_FMT "/dovecot-uidlist", s->maildir, STR_ARGS(directory))
			.p;
	char start[FIRST_LINE];
	int fd = path_open_file(path, O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : io_read(fd, start, sizeof start);
	if (fd >= 0)
		close(fd); /* nothing was written */
	return n <= 0 ? STR_EMPTY : arena_str(s->mem, guid_of((struct str){start, (size_t)n}));
}

static bool look_at(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct search *s = context;
	struct str own = arena_fmt(s->mem, "F%08x", (unsigned)folder->uidvalidity);
	struct str dir = arena_str(s->mem, directory);
	struct str guid = dovecot_guid(s, dir);
	s->found = str_eq(s->id, guid.n ? guid : own);
	if (!s->found)
		return true;
	s->folder = directory.n ? folder_name(dir, s->mem) : STR_LIT("INBOX");
	return false;
}

static int find(struct uiddb *db, void *context, struct err *err)
{
	return uiddb_walk_folders(db, look_at, context, err);
}

int object_id_find(const char *maildir, const char *state_dir, struct str id, struct arena *mem,
	struct str *folder, struct err *err)
{
	struct search s = {.maildir = maildir, .id = id, .mem = mem};
	const char *data = arena_fmt(mem, "%s/data.mdb", state_dir).p;
	if (path_exists(data) < 0)
		return 0;
	struct uiddb *db = uiddb_open(state_dir, true, err);
	int r = db ? uiddb_read(db, find, &s, err) : -1;
	uiddb_close(db);
	if (r < 0)
		return -1;
	*folder = s.folder;
	return s.found;
}
