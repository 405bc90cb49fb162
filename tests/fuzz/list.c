/* Block and allow lists: what is compiled from a list answers as its text does. */
#include "filters/lists/list_compile.h"
#include "filters/lists/list_search.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LINES = 20000, KEYS = 3 };

static const char *const words[] = {"ann@example.org\n", "*@example.org\n", "ann*@example.org\n",
	"*@*example.org\n", "*.example.org\n", "example.org\n", "ann@*\n", "a?n@*\n", "*@*\n",
	"# until 2027-01-31\n", " # until ", "\xff", "@", "\"a b\"@c.d\n", "\r\n", "\xc3\xa9",
	"b\303\274cher.example\n", "[127.0.0.1]", "xn--", NULL};

struct found {
	unsigned char lines[MOST_LINES]; /* 1: it matches, 2: it cannot be read */
	size_t broken;
	bool stale, beyond;
};

static void mark(struct found *f, unsigned line, unsigned char as)
{
	if (line < MOST_LINES)
		f->lines[line] |= as;
	else
		f->beyond = true;
}

static void on_hit(void *context, const struct list_hit *hit)
{
	mark(context, hit->line, 1);
}

static void on_broken(void *context, const struct list_line *line)
{
	mark(context, line->line, 2);
}

static void on_stale(void *context, const char *text)
{
	struct found *f = context;
	(void)text;
	f->stale = true;
}

static void ask(const char *path, const struct str *keys, size_t count, struct found *f)
{
	struct list_query q = {.path = str_of(path),
		.keys = keys,
		.count = count,
		.hit = on_hit,
		.broken = on_broken,
		.stale = on_stale,
		.context = f};
	struct err err;
	FUZZ_CHECK(list_search(&q, &err) == 1);
	f->broken = q.broken_total;
}

/* An old file: compiling need not wait until a change of it would be seen by its time. */
static void write_list(const char *path, struct str text)
{
	struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	fuzz_write(path, text);
	FUZZ_CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static void run(struct str input, struct arena *mem)
{
	struct str keys[KEYS];
	struct list_compiled done;
	struct err err;
	const char *path = fuzz_path(mem, "list"), *compiled = fuzz_path(mem, "list.lmdb");
	struct found *text = arena_alloc(mem, sizeof *text), *map = arena_alloc(mem, sizeof *map);
	for (size_t i = 0; i < KEYS; i++)
		keys[i] = arena_lower(mem, fuzz_field(&input));
	write_list(path, input);
	(void)unlink(compiled); /* there may be none */
	ask(path, keys, KEYS, text);
	FUZZ_CHECK(list_compile(str_of(path), &done, &err) == 1);
	FUZZ_CHECK(done.broken == text->broken);
	ask(path, keys, KEYS, map);
	FUZZ_CHECK(!map->stale && map->broken == text->broken);
	if (!text->beyond)
		FUZZ_CHECK(memcmp(map->lines, text->lines, sizeof map->lines) == 0);
}

static void seeds(struct arena *mem)
{
	static const char keys[] = "ann@example.org\xff"
				   "bob@mail.example.org\xff"
				   "\"a b\"@c.d\xff";
	for (size_t i = 0; words[i]; i++)
		fuzz_seed(arena_fmt(mem, "%s%s", keys, words[i]));
	struct str many = fuzz_repeat(mem, STR_LIT("a?n@example.org\n"), 300);
	fuzz_seed(arena_fmt(mem, "%s" STR_FMT, keys, STR_ARGS(many)));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 2200};
