#include "filters/label/contacts_files.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str_list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MOST = 4 }; /* a CardDAV server's root, a user, a book */

struct search {
	struct book_files *files;
	struct arena *mem;
	struct err *err;
};

static bool look_at(struct str path, struct arena *mem, struct stat *st)
{
	return path_stat(arena_cstr(mem, path), st) == 0;
}

static void add_source(const struct search *s, struct str path, const struct stat *st, bool is_root)
{
	struct book_source *source = ARENA_PUSH(s->mem, s->files->sources, s->files->source_count);
	*source = (struct book_source){.path = path, .size = -1, .is_root = is_root};
	if (!st)
		return;
	source->size = st->st_size;
	source->seconds = st->st_mtim.tv_sec;
	source->nanoseconds = st->st_mtim.tv_nsec;
}

static void add_file(const struct search *s, struct str path, const struct stat *st)
{
	str_list_add(&s->files->files, path, s->mem);
	s->files->bytes += (uint64_t)st->st_size;
}

static int walk_folder(const struct search *s, struct str path, int depth)
{
	DIR *d = path_opendir(arena_cstr(s->mem, path));
	const struct dirent *entry;
	int r = 0;
	if (!d)
		return err_temp(
			s->err, "cannot open " STR_FMT ": %s", STR_ARGS(path), strerror(errno));
	while (r == 0 && (entry = readdir(d))) {
		struct stat st;
		struct str name = str_of(entry->d_name);
		struct str inner = arena_fmt(s->mem, STR_FMT "/%s", STR_ARGS(path), entry->d_name);
		if (name.p[0] == '.' || !look_at(inner, s->mem, &st))
			continue;
		if (S_ISREG(st.st_mode) && str_iends(name, STR_LIT(".vcf"))) {
			add_file(s, inner, &st);
		} else if (S_ISDIR(st.st_mode) && depth < DEPTH_MOST) {
			add_source(s, inner, &st, false);
			r = walk_folder(s, inner, depth + 1);
		}
	}
	closedir(d);
	return r;
}

int contacts_files_find(
	const struct str_list *paths, struct arena *mem, struct book_files *files, struct err *err)
{
	const struct search s = {files, mem, err};
	*files = (struct book_files){0};
	for (size_t i = 0; i < paths->count; i++) {
		struct stat st;
		bool there = look_at(paths->items[i], mem, &st);
		add_source(&s, paths->items[i], there ? &st : NULL, true);
		if (there && S_ISREG(st.st_mode))
			add_file(&s, paths->items[i], &st);
		if (there && S_ISDIR(st.st_mode) && walk_folder(&s, paths->items[i], 1) < 0)
			return -1;
	}
	return 0;
}

bool contacts_files_exist(const struct str_list *paths, struct arena *mem)
{
	struct stat st;
	for (size_t i = 0; i < paths->count; i++)
		if (look_at(paths->items[i], mem, &st))
			return true;
	return false;
}

/* ---- as bytes ---- */

struct state {
	int64_t size, seconds, nanoseconds;
	uint32_t path, is_root;
};

struct str contacts_files_write(const struct book_files *files, struct arena *mem)
{
	struct buf b = {0};
	for (size_t i = 0; i < files->source_count; i++) {
		const struct book_source *s = &files->sources[i];
		struct state state = {
			s->size, s->seconds, s->nanoseconds, (uint32_t)s->path.n, s->is_root};
		buf_add(&b, (struct str){(const char *)&state, sizeof state});
		buf_add(&b, s->path);
	}
	struct str bytes = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return bytes;
}

static bool is_unchanged(const struct state *state, struct str path, struct arena *mem)
{
	struct stat st;
	if (!look_at(path, mem, &st))
		return state->size == -1;
	return state->size == st.st_size && state->seconds == st.st_mtim.tv_sec &&
	       state->nanoseconds == st.st_mtim.tv_nsec;
}

bool contacts_files_unchanged(struct str bytes, const struct str_list *paths, struct arena *mem)
{
	size_t roots = 0;
	while (bytes.n) {
		struct state state;
		if (bytes.n < sizeof state)
			return false;
		memcpy(&state, bytes.p, sizeof state);
		struct str path = str_slice(bytes, sizeof state, sizeof state + state.path);
		bytes = str_slice(bytes, sizeof state + state.path, bytes.n);
		if (state.is_root &&
			(roots == paths->count || !str_eq(paths->items[roots++], path)))
			return false;
		if (path.n != state.path || !is_unchanged(&state, path, mem))
			return false;
	}
	return roots == paths->count;
}
