#include "filters/label/contacts_files.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str_list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MOST = 4 }; /* a CardDAV server's root, a user, a book */

struct finding {
	struct book_files *files;
	struct arena *mem;
	struct err *err;
};

static bool look_at(struct str path, struct arena *mem, struct stat *st)
{
	return path_stat(arena_cstr(mem, path), st) == 0;
}

static void add_source(
	const struct finding *f, struct str path, const struct stat *st, bool is_root)
{
	struct book_source *s = ARENA_PUSH(f->mem, f->files->sources, f->files->source_count);
	*s = (struct book_source){.path = path, .size = -1, .is_root = is_root};
	if (!st)
		return;
	s->size = st->st_size;
	s->seconds = st->st_mtim.tv_sec;
	s->nanoseconds = st->st_mtim.tv_nsec;
}

static void add_file(const struct finding *f, struct str path, const struct stat *st)
{
	str_list_add(&f->files->files, path, f->mem);
	f->files->bytes += (uint64_t)st->st_size;
}

static int walk_folder(const struct finding *f, struct str path, int depth)
{
	DIR *d = path_opendir(arena_cstr(f->mem, path));
	const struct dirent *entry;
	int r = 0;
	if (!d)
		return err_temp(
			f->err, "cannot open " STR_FMT ": %s", STR_ARGS(path), strerror(errno));
	while (r == 0 && (entry = readdir(d))) {
		struct stat st;
		struct str name = str_of(entry->d_name);
		struct str inner = arena_fmt(f->mem, STR_FMT "/%s", STR_ARGS(path), entry->d_name);
		if (name.p[0] == '.' || !look_at(inner, f->mem, &st))
			continue;
		if (S_ISREG(st.st_mode) && str_iends(name, STR_LIT(".vcf"))) {
			add_file(f, inner, &st);
		} else if (S_ISDIR(st.st_mode) && depth < DEPTH_MOST) {
			add_source(f, inner, &st, false);
			r = walk_folder(f, inner, depth + 1);
		}
	}
	closedir(d);
	return r;
}

int contacts_files_find(
	const struct str_list *paths, struct arena *mem, struct book_files *files, struct err *err)
{
	const struct finding f = {files, mem, err};
	*files = (struct book_files){0};
	for (size_t i = 0; i < paths->count; i++) {
		struct stat st;
		bool there = look_at(paths->items[i], mem, &st);
		add_source(&f, paths->items[i], there ? &st : NULL, true);
		if (there && S_ISREG(st.st_mode))
			add_file(&f, paths->items[i], &st);
		if (there && S_ISDIR(st.st_mode) && walk_folder(&f, paths->items[i], 1) < 0)
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
