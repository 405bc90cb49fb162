/* Compressed files: how their first bytes identify them, and what happens to damaged ones. */
#include "tests/unit/table.h"

#include "base/packed.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* clang-format off */
static const char plain[] = "Subject: x\n\nhello hello hello\n";
static const char gzip[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x0b\x2e\x4d\xca\x4a\x4d"
	"\x2e\xb1\x52\xa8\xe0\xe2\xca\x48\xcd\xc9\xc9\x57\x40\x22\xb9\x00"
	"\xb0\x54\x85\xe8\x1e\x00\x00\x00";
static const char two_gzip[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x0b\x2e\x4d\xca\x4a\x4d"
	"\x2e\xb1\x52\xa8\xe0\xe2\x02\x00\x40\xef\x87\x1a\x0c\x00\x00\x00"
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57"
	"\xc8\x40\x90\x5c\x00\x3b\x7c\x8a\xdf\x12\x00\x00\x00";
static const char bzip2[] =
	"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x9c\x84\x00\x5f\x00\x00"
	"\x03\xdb\x80\x00\x10\x40\x00\x00\x10\x08\x00\x1a\x54\x86\x40\x20"
	"\x00\x21\x94\x32\x0c\xca\x10\x00\x01\xde\x70\x21\x69\xd2\x47\xc2"
	"\x6e\x4b\x05\xbd\xfc\x5d\xc9\x14\xe1\x42\x42\x72\x10\x01\x7c";
static const char zstd[] =
	"\x28\xb5\x2f\xfd\x20\x1e\xcd\x00\x00\x98\x53\x75\x62\x6a\x65\x63"
	"\x74\x3a\x20\x78\x0a\x0a\x68\x65\x6c\x6c\x6f\x20\x0a\x01\x00\x62"
	"\x94\x30";
static const char lz4[] =
	"\x44\x6f\x76\x65\x63\x6f\x74\x2d\x4c\x5a\x34\x0d\x2a\x9b\xc5\x00"
	"\x01\x00\x00\x00\x00\x00\x1c\xf3\x03\x53\x75\x62\x6a\x65\x63\x74"
	"\x3a\x20\x78\x0a\x0a\x68\x65\x6c\x6c\x6f\x20\x06\x00\x50\x65\x6c"
	"\x6c\x6f\x0a";
/* clang-format on */

struct row {
	const char *name, *bytes;
	size_t length;
	enum packed kind;
	bool whole; /* the text is all there; else it is refused, with a reason that has WHY */
	const char *why;
};

#define ALL(array) (array), sizeof(array) - 1
#define CUT(array) (array), sizeof(array) - 4
#define LZ4        "Dovecot-LZ4\x0d\x2a\x9b\xc5"

static const struct row rows[] = {
	{"plain", ALL(plain), PACKED_NOT, true, NULL},
	{"empty", "", 0, PACKED_NOT, true, NULL},
	{"a byte of gzip", "\x1f", 1, PACKED_NOT, true, NULL},
	{"gzip", ALL(gzip), PACKED_GZIP, true, NULL},
	{"gzip, two streams", ALL(two_gzip), PACKED_GZIP, true, NULL},
	{"gzip, cut", CUT(gzip), PACKED_GZIP, false, "damaged"},
	{"gzip, only its first bytes", "\x1f\x8b\x08", 3, PACKED_GZIP, false, "damaged"},
	{"bzip2", ALL(bzip2), PACKED_BZIP2, true, NULL},
	{"bzip2, cut", CUT(bzip2), PACKED_BZIP2, false, "damaged"},
	{"zstd", ALL(zstd), PACKED_ZSTD, true, NULL},
	{"zstd, cut", CUT(zstd), PACKED_ZSTD, false, "damaged"},
	{"lz4", ALL(lz4), PACKED_LZ4, true, NULL},
	{"lz4, cut", CUT(lz4), PACKED_LZ4, false, "damaged"},
	{"lz4, no chunk size", ALL(LZ4), PACKED_LZ4, false, "damaged"},
	{"lz4, a chunk of 2 GB", ALL(LZ4 "\x7f\xff\xff\xff\0\0\0\1x"), PACKED_LZ4, false,
		"damaged"},
	{"lz4, a block that is longer than the file", ALL(LZ4 "\0\1\0\0\xff\xff\xff\xffx"),
		PACKED_LZ4, false, "damaged"},
	{"lz4, a block of nothing", ALL(LZ4 "\0\1\0\0\0\0\0\0"), PACKED_LZ4, false, "damaged"},
	{"xz",
		ALL("\xfd"
		    "7zXZ\0more"),
		PACKED_XZ, false, "xz"},
	{"mail_crypt", ALL("CRYPTED\x03\x07\x02more"), PACKED_ENCRYPTED, false, "encrypted"},
};

static int file_of(const struct row *row)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, row->bytes, row->length), (ssize_t)row->length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct err err = {.text = ""};
	char text[256];
	const char *expected = row->kind == PACKED_NOT ? row->bytes : plain;
	size_t length = row->kind == PACKED_NOT ? row->length : sizeof plain - 1;
	int fd = file_of(row);
	assert_int_equal(packed_look(fd), row->kind);
	fd = packed_open(fd, 0, &err);
	if (!row->whole) {
		assert_int_equal(fd, -1);
		assert_int_equal(err.fault, FAULT_REFUSED);
		assert_non_null(strstr(err.text, row->why));
		return;
	}
	if (fd < 0)
		fail_msg("%s", err.text);
	assert_int_equal(read(fd, text, sizeof text), (ssize_t)length);
	assert_memory_equal(text, expected, length);
	close(fd);
}

/* The first bytes are enough of what is cut after them, or is more than was asked for. */
static void test_head(void **state)
{
	const struct row cut = {.bytes = two_gzip, .length = sizeof two_gzip - 4};
	struct err err;
	char text[256];
	(void)state;
	int fd = packed_open(file_of(&cut), 12, &err);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof text), 12);
	assert_memory_equal(text, plain, 12);
	close(fd);
}

static void test_tally(void **state)
{
	struct packed_tally t = {0};
	struct arena *mem = arena_new();
	(void)state;
	packed_count(&t, PACKED_NOT);
	assert_int_equal(packed_tally_text(&t, mem).n, 0);
	packed_count(&t, PACKED_ENCRYPTED);
	packed_count(&t, PACKED_GZIP);
	packed_count(&t, PACKED_XZ);
	assert_non_null(strstr(packed_tally_text(&t, mem).p, "1 encrypted, 2 compressed"));
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_head, "the head is enough"),
		TABLE_OF_ONE(test_tally, "what was not read is counted"),
	};
	return table_run("packed", tables, sizeof tables / sizeof *tables);
}
