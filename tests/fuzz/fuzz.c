/*
 * The frame of every fuzz target: libFuzzer's entry points, the limits of a unit, and mutations
 * that make inputs large.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <limits.h>
#include <sanitizer/allocator_interface.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* libFuzzer's; it has no header for C. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

void fuzz_fail(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fputs("fuzz: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

/* ---- what targets use ---- */

bool fuzz_within(struct str part, struct str whole)
{
	uintptr_t from = (uintptr_t)part.p, start = (uintptr_t)whole.p;
	if (part.n == 0)
		return true;
	return from >= start && part.n <= whole.n && from - start <= whole.n - part.n;
}

struct str fuzz_repeat(struct arena *mem, struct str piece, size_t count)
{
	char *p = arena_alloc(mem, piece.n * count + 1);
	for (size_t i = 0; i < count; i++)
		memcpy(p + i * piece.n, piece.p, piece.n);
	return (struct str){p, piece.n * count};
}

struct str fuzz_take(struct str *input, size_t n)
{
	struct str taken = str_slice(*input, 0, n);
	*input = str_slice(*input, n, input->n);
	return taken;
}

unsigned fuzz_choose(struct str *input, unsigned limit)
{
	struct str one = fuzz_take(input, 1);
	return one.n ? (unsigned char)one.p[0] % limit : 0;
}

struct str fuzz_field(struct str *input)
{
	struct str field = fuzz_take(input, str_find(*input, (char)0xFF));
	(void)fuzz_take(input, 1); /* the mark, if there is one */
	return field;
}

static char dir[PATH_MAX];

static void remove_dir(void)
{
	char command[] = "rm", options[] = "-rf";
	if (fork() == 0) {
		execlp(command, command, options, dir, (char *)NULL);
		_exit(127);
	}
}

const char *fuzz_path(struct arena *mem, const char *name)
{
	const char *tmp = getenv("TMPDIR");
	if (!dir[0]) {
		snprintf(dir, sizeof dir, "%s/mda-fuzz.XXXXXX", tmp ? tmp : "/tmp");
		if (!mkdtemp(dir) || atexit(remove_dir) != 0)
			fuzz_fail("cannot make %s", dir);
	}
	return arena_fmt(mem, "%s/%s", dir, name).p;
}

void fuzz_write(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (size_t at = 0; fd >= 0 && at < bytes.n;) {
		ssize_t n = write(fd, bytes.p + at, bytes.n - at);
		if (n <= 0)
			fuzz_fail("cannot write %s", path);
		at += (size_t)n;
	}
	if (fd < 0 || close(fd) < 0)
		fuzz_fail("cannot write %s", path);
}

/* ---- memory ---- */

static size_t held, most_held;

static void on_malloc(const volatile void *p, size_t n)
{
	(void)p;
	size_t now = __atomic_add_fetch(&held, n, __ATOMIC_RELAXED);
	if (now > most_held && now < SIZE_MAX / 2)
		most_held = now;
}

static void on_free(const volatile void *p)
{
	if (p)
		__atomic_sub_fetch(&held, __sanitizer_get_allocated_size(p), __ATOMIC_RELAXED);
}

/* ---- a unit ---- */

static double cpu_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	double start = cpu_seconds();
	held = most_held = 0;
	fuzz_target.run((struct str){(const char *)data, size}, mem);
	arena_free(mem);
	double seconds = cpu_seconds() - start;
	if (seconds > FUZZ_CPU_SECONDS)
		fuzz_fail("%zu bytes took %.1f s of CPU time", size, seconds);
	if (most_held > FUZZ_MEMORY)
		fuzz_fail("%zu bytes took %zu MB of memory", size, most_held >> 20);
	return 0;
}

/* ---- seeds ---- */

static const char *seed_dir;
static unsigned seeds;

void fuzz_seed(struct str bytes)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof path, "%s/made-%03u", seed_dir, seeds++) >= (int)sizeof path)
		fuzz_fail("the path %s is too long", seed_dir);
	fuzz_write(path, bytes);
}

/* `NAME --prepare DIR` writes the seeds that are made, and prints how many runs are quick. */
static void prepare(const char *to)
{
	struct arena *mem = arena_new();
	seed_dir = to;
	if (fuzz_target.seeds)
		fuzz_target.seeds(mem);
	arena_free(mem);
	printf("%u\n", fuzz_target.quick_runs);
	exit(0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (*argc == 3 && strcmp((*argv)[1], "--prepare") == 0)
		prepare((*argv)[2]);
	if (__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) == 0)
		fuzz_fail("no hook for memory");
	return 0;
}

/* ---- mutations ---- */

/* The steps of a generator that is the same everywhere. */
static uint64_t state;

size_t fuzz_below(size_t limit)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return limit ? (size_t)(state >> 33) % limit : 0;
}

/*
 * A power of two and a little more: small, as large inputs cost time, and now and then as large as
 * can be.
 */
static size_t some_length(size_t most)
{
	size_t length = (size_t)1 << fuzz_below(fuzz_below(16) ? 9 : 21);
	length += fuzz_below(length);
	return length < most ? length : most;
}

static struct str random_word(void)
{
	size_t count = 0;
	while (fuzz_target.words && fuzz_target.words[count])
		count++;
	return count ? str_of(fuzz_target.words[fuzz_below(count)]) : (struct str){"", 0};
}

/* PIECE again and again at a random place, for up to LENGTH bytes. */
static size_t insert(uint8_t *data, size_t size, size_t most, struct str piece, size_t length)
{
	size_t at = fuzz_below(size + 1), room = most - size;
	if (length > room)
		length = room;
	if (piece.n == 0 || length == 0)
		return size;
	memmove(data + at + length, data + at, size - at);
	for (size_t i = 0; i < length; i++)
		data[at + i] = (uint8_t)piece.p[i % piece.n];
	return size + length;
}

static size_t repeat_slice(uint8_t *data, size_t size, size_t most)
{
	char piece[256];
	size_t n = 1 + fuzz_below(fuzz_below(2) ? 8 : sizeof piece), from = fuzz_below(size);
	struct str slice = str_slice((struct str){(const char *)data, size}, from, from + n);
	memcpy(piece, slice.p, slice.n);
	return insert(data, size, most, (struct str){piece, slice.n}, some_length(most));
}

static size_t insert_words(uint8_t *data, size_t size, size_t most)
{
	struct str word = random_word();
	return insert(data, size, most, word, fuzz_below(16) ? word.n : some_length(most));
}

static size_t cut(uint8_t *data, size_t size)
{
	size_t from = fuzz_below(size), n = 1 + fuzz_below(some_length(size - from));
	memmove(data, data + from, n);
	return n;
}

static size_t cut_out(uint8_t *data, size_t size)
{
	size_t from = fuzz_below(size), n = fuzz_below(some_length(size - from));
	memmove(data + from, data + from + n, size - from - n);
	return size - n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	state = seed;
	if (fuzz_target.mutate && size && fuzz_below(2)) {
		fuzz_target.mutate((char *)data, size);
		return size;
	}
	switch (size ? fuzz_below(32) : 31) {
	case 0:
		return repeat_slice(data, size, most);
	case 1:
	case 2:
	case 3:
		return insert_words(data, size, most);
	case 4:
		return cut(data, size);
	case 5:
		return cut_out(data, size);
	default:
		return LLVMFuzzerMutate(data, size, most);
	}
}
