/*
 * A message and the index of its header: every byte is in exactly one field, the blank line or the
 * body.
 */
#include "base/message.h"

#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static const char *const words[] = {"From: a@b.test\n", "Subject: x\n\ty\n",
	"Received: by a; x\r\n", " ", "\t", "\n", "\r\n", "\r", ":", "From ", ">From ",
	"=?utf-8?q?=C3?=", "X: ", NULL};

static void check_header(
	const struct header *h, struct str bytes, const char **at, struct arena *mem)
{
	FUZZ_CHECK(h->whole.p == *at && h->whole.n > 0);
	FUZZ_CHECK(fuzz_within(h->whole, bytes));
	FUZZ_CHECK(fuzz_within(h->name, h->whole) && fuzz_within(h->value, h->whole));
	FUZZ_CHECK(message_header_text(h, mem).n <= h->value.n);
	*at += h->whole.n;
}

static void check_index(const struct message *m, struct arena *mem)
{
	struct str bytes = message_bytes(m), body = message_body(m);
	const char *at = bytes.p;
	size_t next = 0, found = 0, count = message_header_count(m);
	for (size_t i = 0; i < count; i++)
		check_header(message_header(m, i), bytes, &at, mem);
	FUZZ_CHECK(fuzz_within(body, bytes));
	FUZZ_CHECK(body.n <= bytes.n && bytes.p + bytes.n - body.n >= at);
	FUZZ_CHECK((size_t)(bytes.p + bytes.n - at) - body.n <= 2); /* the blank line */
	while (message_next(m, STR_LIT("Subject"), &next))
		found++;
	FUZZ_CHECK(found <= count);
	FUZZ_CHECK((found > 0) == (message_find(m, STR_LIT("subject")) != NULL));
}

static void check_borrowed(struct str bytes, struct arena *mem)
{
	struct err err;
	struct message *m = message_borrow(bytes, &err);
	if (m)
		FUZZ_CHECK(str_iends(bytes, message_bytes(m))); /* after a "From " line */
	if (m)
		check_index(m, mem);
	message_free(m);
}

/* What a delivery reads, from memory or from its file: the same. */
static struct message *read_it(struct str bytes, size_t in_memory, struct err *err)
{
	struct message_limits limits = {.in_memory = in_memory, .spool_dir = "/dev/shm"};
	int fd = memfd_create("message", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && lseek(fd, 0, SEEK_SET) == 0);
	struct message *m = message_read(fd, &limits, err);
	close(fd);
	return m;
}

static void run(struct str input, struct arena *mem)
{
	struct err err;
	check_borrowed(input, mem);
	struct message *small = read_it(input, FUZZ_LARGEST * 2, &err);
	struct message *large = read_it(input, 1000, &err);
	FUZZ_CHECK(!small == !large);
	if (small) {
		check_index(small, mem);
		FUZZ_CHECK(str_eq(message_bytes(small), message_bytes(large)));
		FUZZ_CHECK(str_eq(message_body(small), message_body(large)));
		FUZZ_CHECK(str_eq(message_from_line(small), message_from_line(large)));
		FUZZ_CHECK(message_bytes(small).n <= input.n);
	}
	message_free(small);
	message_free(large);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(fuzz_repeat(mem, STR_LIT("X-A: b\n"), 2000));
	fuzz_seed(fuzz_repeat(mem, STR_LIT("A: b\r\n"), 300));
	fuzz_seed(fuzz_repeat(mem, STR_LIT(" folded\n"), 1000));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1800};
