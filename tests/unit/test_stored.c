/* How tools read a stored message: whatever its size, and unpacked. */
#include "mda/tools/stored.h"
#include "base/io.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char dir[64], file[80];

static int make_dir(void)
{
	strcpy(dir, "/tmp/test_stored.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof file, "%s/file", dir);
	return 0;
}

static const char gzip[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x0b\x2e\x4d\xca\x4a\x4d\x2e\xb1\x52\xa8\xe0\xe2"
	"\xca\x48\xcd\xc9\xc9\x57\x40\x22\xb9\x00\xb0\x54\x85\xe8\x1e\x00\x00\x00";

static const struct row {
	const char *name;
	struct str bytes;
	bool is_read;
	enum fault fault;
	size_t encrypted, others;
} rows[] = {
	{"plain, larger than message_max", STR_LIT("Subject: x\n\nhello\n"), .is_read = true},
	{"compressed", STR_LIT(gzip), .is_read = true},
	{"compressed and damaged", {gzip, sizeof gzip - 4}, .fault = FAULT_REFUSED, .others = 1},
	{"encrypted", STR_LIT("CRYPTED\x03\x07\x02x"), .fault = FAULT_REFUSED, .encrypted = 1},
	{"missing", {NULL, 0}, .fault = FAULT_TEMP},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct conf conf = {
		.message_in_memory = 1000, .message_max = 5, .spool_dir = STR_LIT("/tmp")};
	struct packed_tally unread = {0};
	struct err err = {0};
	assert_int_equal(make_dir(), 0);
	if (row->bytes.n)
		assert_int_equal(io_replace_file(file, row->bytes, 0600, &err), 0);
	struct message *msg = stored_read(&conf, file, &unread, &err);
	(void)unlink(file); /* a row has none */
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(msg != NULL, row->is_read);
	if (msg)
		assert_non_null(message_find(msg, STR_LIT("Subject")));
	else
		assert_int_equal(err.fault, row->fault);
	assert_int_equal(unread.encrypted, row->encrypted);
	assert_int_equal(unread.others, row->others);
	message_free(msg);
}

static void test_limits(void **state)
{
	const struct conf conf = {
		.message_in_memory = 10, .message_max = 50, .spool_dir = STR_LIT("/var/spool")};
	const struct message_limits limits = conf_message_limits(&conf);
	(void)state;
	assert_int_equal(limits.in_memory, 10);
	assert_int_equal(limits.largest, 50);
	assert_string_equal(limits.spool_dir, "/var/spool");
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_limits, "the limits of the configuration"),
	};
	return table_run("stored", tables, sizeof tables / sizeof *tables);
}
