/*
 * Mbox files: whatever is there, messages lie one after the other within the file, each dialect
 * finds the same bytes as the definition says, and what we write in a dialect reads back.
 */
#include "mda/tools/import/import_fields.h"
#include "mda/tools/import/import_from.h"
#include "mda/tools/import/import_mbox.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char separator[] = "From a@b Thu Nov 29 22:33:52 2001\n";

static const char *const words[] = {"From a@b Thu Nov 29 22:33:52 2001\n", ">From x\n",
	">>From y\n", "From here\n", "Content-Length: 10\n", "Content-Length: 0\n", "\n\n", "\r\n",
	"Status: RO\n", "X-Status: AF\n", "X-Keywords: a b\n", "A: 1\n", NULL};

static int in_memory(struct str text)
{
	int fd = memfd_create("mbox", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
	return fd;
}

static void check_message(
	int fd, struct str input, const struct import_place *m, enum import_dialect dialect)
{
	struct buf bytes = {0};
	struct import_fields f;
	struct arena *mem = arena_new();
	struct err err;
	FUZZ_CHECK(m->offset <= input.n && m->size <= input.n - m->offset && m->line > 0);
	FUZZ_CHECK(import_mbox_read(fd, m, dialect, &bytes, &err) == 0);
	FUZZ_CHECK(bytes.n <= m->size);
	FUZZ_CHECK(dialect != IMPORT_MBOXCL2 || bytes.n == m->size);
	size_t before = bytes.n;
	import_fields_read(&bytes, true, mem, &f);
	FUZZ_CHECK(bytes.n <= before);
	buf_free(&bytes);
	arena_free(mem);
}

static void check_dialect(int fd, struct str input, enum import_dialect dialect, struct arena *mem)
{
	struct import_mbox found;
	struct err err;
	uint64_t end = 0, line = 0;
	if (import_mbox_find(fd, "x", dialect, mem, &found, &err) < 0)
		return;
	FUZZ_CHECK(found.dialect != IMPORT_AUTO);
	FUZZ_CHECK(found.right + found.wrong + found.missing == found.count);
	for (size_t i = 0; i < found.count; i++) {
		FUZZ_CHECK(found.messages[i].offset > end || i == 0);
		FUZZ_CHECK(found.messages[i].line > line);
		check_message(fd, input, &found.messages[i], found.dialect);
		end = found.messages[i].offset + found.messages[i].size;
		line = found.messages[i].line;
	}
	FUZZ_CHECK(end <= input.n);
}

/* As mboxrd has it: nothing is lost. */
static void check_written(struct str input, struct arena *mem)
{
	struct buf file = {0}, bytes = {0};
	struct import_mbox found;
	struct err err;
	struct str rest = input;
	buf_text(&file, separator);
	while (rest.n) {
		size_t lf = str_find(rest, '\n');
		struct str line = str_slice(rest, 0, lf + 1);
		if (import_from_word(line) || import_from_quotes(line))
			buf_byte(&file, '>');
		buf_add(&file, line);
		rest = str_slice(rest, lf + 1, rest.n);
	}
	if (input.n == 0 || input.p[input.n - 1] != '\n')
		buf_byte(&file, '\n');
	buf_byte(&file, '\n');
	buf_text(&file, separator);
	int fd = in_memory(buf_str(&file));
	FUZZ_CHECK(import_mbox_find(fd, "x", IMPORT_MBOXRD, mem, &found, &err) == 0);
	FUZZ_CHECK(found.count == 2);
	FUZZ_CHECK(import_mbox_read(fd, &found.messages[0], IMPORT_MBOXRD, &bytes, &err) == 0);
	FUZZ_CHECK(bytes.n >= input.n && str_eq(str_slice(buf_str(&bytes), 0, input.n), input));
	FUZZ_CHECK(bytes.n <= input.n + 1);
	close(fd);
	buf_free(&file);
	buf_free(&bytes);
}

static void run(struct str input, struct arena *mem)
{
	int fd = in_memory(input);
	for (int i = 0; i < IMPORT_DIALECTS; i++)
		check_dialect(fd, input, (enum import_dialect)i, mem);
	close(fd);
	check_written(input, mem);
}

static void seeds(struct arena *mem)
{
	static const char cl[] = "From a@b Thu Nov 29 22:33:52 2001\nContent-Length: 43\n\nx\n"
				 "From a@b Thu Nov 29 22:33:52 2001\ny\n\n"
				 "From a@b Thu Nov 29 22:33:52 2001\nContent-Length: 2\n\nz\n\n";
	fuzz_seed(STR_LIT(cl));
	fuzz_seed(STR_LIT("From a\nStatus: RO\nX-Keywords: x\n\n>From x\n>>From y\n\n"));
	fuzz_seed(fuzz_repeat(mem, str_of(separator), 1000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("From "), 10000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("\n"), 10000));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 120};
