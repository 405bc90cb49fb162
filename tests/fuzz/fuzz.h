/*
 * What fuzz targets have in common. A target is one file, tests/fuzz/NAME.c, with one `const struct
 * fuzz_target fuzz_target`; small inputs to start from are in tests/fuzz/seeds/NAME/, words for
 * libFuzzer in tests/fuzz/NAME.dict.
 *
 * A unit (one input) fails when the program crashes, when a sanitizer reports something, when the
 * target calls fuzz_fail(), and when it takes more CPU time or memory than the limits below.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum {
	FUZZ_LARGEST = 1 << 20, /* bytes of an input */
	FUZZ_CPU_SECONDS =
		20, /* of a unit: a megabyte that is read in linear time takes less than one */
	FUZZ_MEMORY = 512 << 20, /* bytes that a unit may hold at a time */
};

struct fuzz_target {
	/*
	 * Gives the input to the code under test and checks what comes out. MEM is freed after it.
	 */
	void (*run)(struct str input, struct arena *mem);
	/* Calls fuzz_seed() for inputs that are made rather than written by hand; may be NULL. */
	void (*seeds)(struct arena *mem);
	/*
	 * Pieces of the language, NULL after the last: the mutator repeats and inserts them; may be
	 * NULL.
	 */
	const char *const *words;
	/* Changes SIZE bytes at DATA as only this kind of input can be; may be NULL. */
	void (*mutate)(char *data, size_t size);
	unsigned quick_runs; /* what `make fuzz-quick` runs: about four seconds */
};

extern const struct fuzz_target fuzz_target;

/* Adds an input to start from. */
void fuzz_seed(struct str bytes);
/* PIECE COUNT times, in MEM. */
struct str fuzz_repeat(struct arena *mem, struct str piece, size_t count);

/* Ends the process: the code under test does not hold what it promises. */
void fuzz_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
#define FUZZ_CHECK(condition)                                                                      \
	((condition) ? (void)0 : fuzz_fail("%s:%d: %s", __FILE__, __LINE__, #condition))

/* A number below LIMIT, by chance; for `mutate`. */
size_t fuzz_below(size_t limit);

/* Is PART within WHOLE? An empty one may be anywhere. */
bool fuzz_within(struct str part, struct str whole);

/* A directory of this process, gone when it ends well; the path of NAME in it, in MEM. */
const char *fuzz_path(struct arena *mem, const char *name);
/* Replaces a file, without syncing it. */
void fuzz_write(const char *path, struct str bytes);

/* Takes up to N bytes off the front of *INPUT. */
struct str fuzz_take(struct str *input, size_t n);
/* Takes a number below LIMIT (at most 256) off it; 0 from an empty one. */
unsigned fuzz_choose(struct str *input, unsigned limit);
/* Takes what is before the first byte 0xFF, and that byte; everything if there is none. */
struct str fuzz_field(struct str *input);

#endif
