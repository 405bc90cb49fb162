/*
 * The lines of dovecot-uidlist, courierimapuiddb and mda-uids: what is read within a line, and what
 * we write reads back.
 */
#include "store/uidlist.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const words[] = {"3 V100 N9 G0123456789abcdef0123456789abcdef\n", "1 100 9\n",
	"1 W5 S4 :a.b.c\n", "2 b:2,S\n", "4294967295", "4294967294", "0", " ", ":", "\n", "V", "N",
	"G", ":2,", "/", NULL};

static void check_header(struct str line, struct uidlist_header *h)
{
	struct uidlist_header again;
	struct buf b = {0};
	if (!uidlist_parse_header(line, h))
		return;
	FUZZ_CHECK(h->uidvalidity && h->uidnext && fuzz_within(h->others, line));
	uidlist_put_header(&b, h);
	FUZZ_CHECK(uidlist_parse_header(str_slice(buf_str(&b), 0, b.n - 1), &again) ||
		   b.n > UIDLIST_LINE_MAX);
	if (b.n <= UIDLIST_LINE_MAX)
		FUZZ_CHECK(again.uidvalidity == h->uidvalidity && again.uidnext == h->uidnext &&
			   str_eq(again.others, h->others));
	buf_free(&b);
}

static void check_record(struct str line, unsigned version)
{
	struct uidlist_record r, again;
	struct buf b = {0};
	if (!uidlist_parse_record(line, version, &r))
		return;
	FUZZ_CHECK(r.uid && r.uid <= UIDLIST_LAST_UID && r.base.n && r.base.n <= 255);
	FUZZ_CHECK(fuzz_within(r.base, line) && fuzz_within(r.fields, line));
	FUZZ_CHECK(str_find(r.base, '/') == r.base.n && str_find(r.base, '\n') == r.base.n);
	uidlist_put_record(&b, version, &r);
	FUZZ_CHECK(uidlist_parse_record(str_slice(buf_str(&b), 0, b.n - 1), version, &again));
	FUZZ_CHECK(
		again.uid == r.uid && str_eq(again.base, r.base) && str_eq(again.fields, r.fields));
	buf_free(&b);
}

static void check_file(int fd, struct str input)
{
	struct uidlist_reader reader;
	struct uidlist_header header = {.version = UIDLIST_DOVECOT};
	struct uidlist_mark mark;
	struct str line;
	struct err err;
	bool first = true;
	unsigned long long before = 0;
	uidlist_reader_init(&reader, fd, 0);
	while (uidlist_next_line(&reader, &line, &err) > 0) {
		FUZZ_CHECK(reader.offset > before && reader.offset <= input.n);
		before = reader.offset;
		if (first)
			check_header(line, &header);
		check_record(line, UIDLIST_DOVECOT);
		check_record(line, UIDLIST_COURIER);
		first = false;
	}
	FUZZ_CHECK(reader.torn == (input.n > 0 && input.p[input.n - 1] != '\n'));
	FUZZ_CHECK(uidlist_mark(fd, reader.offset, 1, &mark, &err) == 0);
	FUZZ_CHECK(uidlist_mark_holds(fd, &mark, &err) == 1);
	uidlist_reader_free(&reader);
}

static void run(struct str input, struct arena *mem)
{
	int fd = memfd_create("uidlist", MFD_CLOEXEC);
	(void)mem;
	FUZZ_CHECK(fd >= 0 && write(fd, input.p, input.n) == (ssize_t)input.n);
	check_file(fd, input);
	close(fd);
}

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT(
		"3 V100 N9 G0123456789abcdef0123456789abcdef X1\n1 W5 S4 Pq :a.b.c\n5 :d:2,S\n"));
	fuzz_seed(STR_LIT("1 100 9\n1 a.b.c\n5 d:2,FS\n"));
	fuzz_seed(arena_fmt(
		mem, "3 V1 N2\n" STR_FMT, STR_ARGS(fuzz_repeat(mem, STR_LIT("1 :a\n"), 2000))));
	fuzz_seed(fuzz_repeat(mem, STR_LIT(" "), 2000));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 1000};
