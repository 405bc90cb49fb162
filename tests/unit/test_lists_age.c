/* Lists that age: what counts as a use, when an entry was added, how it becomes a comment. */
#include "base/buf.h"
#include "base/io.h"
#include "base/message.h"
#include "filters/lists/list_edit.h"
#include "filters/lists/lists.h"
#include "mda/acts/acts_age.h"
#include "mda/acts/acts_sender.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- the date of an entry ---- */

static const struct added_row {
	const char *name, *comment;
	unsigned day;
} added_rows[] = {
	{"as mda-lists writes it", "# added 2026-11-29: gambling", 20261129},
	{"after the last day", "# until 2027-01-31; added 2026-11-29", 20261129},
	{"at the end", "# added 2026-11-29", 20261129},
	{"in capitals", "# Added 2026-11-29", 20261129},
	{"a date that is none", "# added 2026-13-29", 0},
	{"too short", "# added 2026-11-2", 0},
	{"another word", "# 2026-11-29", 0},
	{"the word alone", "# added ", 0},
	{"no comment", "", 0},
};

static void test_added(void **state)
{
	const struct added_row *row = *state;
	assert_int_equal(list_text_added(str_of(row->comment)), row->day);
}

/* ---- a comment is made of an entry ---- */

static const struct edit_row {
	const char *name, *text, *entry, *result; /* NULL: as it was */
	size_t lines;
} edit_rows[] = {
	{"one entry", "a@b.c\nx@y.z # mine\nd@e.f\n", "x@y.z",
		"a@b.c\n# old: x@y.z # mine\nd@e.f\n", 1},
	{"however it is written", "  *@Y.Z\r\n", "y.z", "# old:   *@Y.Z\r\n", 1},
	{"twice in the list", "y.z\n*@y.z", "y.z", "# old: y.z\n# old: *@y.z", 2},
	{"after a BOM", "\xef\xbb\xbfy.z\n", "y.z", "# old: \xef\xbb\xbfy.z\n", 1},
	{"not in the list", "a@y.z\n# y.z\n", "y.z", NULL, 0},
	{"an empty list", "", "y.z", NULL, 0},
};

static void test_edit(void **state)
{
	const struct edit_row *row = *state;
	struct buf to = {0};
	const char *result = row->result ? row->result : row->text;
	assert_int_equal(
		list_edit_disable(str_of(row->text), str_of(row->entry), STR_LIT("old"), &to),
		row->lines);
	assert_int_equal(to.n, strlen(result));
	if (to.n)
		assert_memory_equal(to.p, result, to.n);
	buf_free(&to);
}

/* ---- what is a use ---- */

static char dir[] = "/tmp/mda-lists-age.XXXXXX";

static const struct use_row {
	const char *name, *gb, *ga, *ab, *aa; /* the lists, NULL: none */
	const char *doubt;
	bool redirected;
	const char *used; /* list and entry of each, in the order in which they are asked */
} use_rows[] = {
	{"nothing matches", .gb = "x@y.z\n", .used = ""},
	{"one entry", .ab = "bob@b.test\n", .used = "block bob@b.test,"},
	{"all that match, not only the one that decides", .ab = "bob@b.test\nb.test\n",
		.used = "block bob@b.test,block b.test,"},
	{"of every list", .gb = "b.test\n", .ga = "bob@*\n", .ab = "*b.test\n",
		.aa = "bob@b.test\n",
		.used = "global block b.test,global allow bob@*,block *b.test,allow bob@b.test,"},
	{"an allow entry that does not count", .ab = "b.test\n", .aa = "bob@b.test\n",
		.doubt = "dmarc=fail", .used = "block b.test,"},
	{"redirected from another address", .ga = "b.test\n", .aa = "bob@b.test\n",
		.redirected = true, .used = "global allow b.test,"},
	{"the same entry twice", .aa = "bob@b.test\nbob@b.test\n", .used = "allow bob@b.test,"},
	{"an entry that is over", .aa = "bob@b.test # until 2001-01-01\n", .used = ""},
};

static struct str list_file(const char *name, const char *text, struct arena *mem)
{
	struct str path = arena_fmt(mem, "%s/%s", dir, name);
	(void)remove(path.p); /* it may not be there */
	if (text)
		assert_int_equal(io_replace_file(path.p, str_of(text), 0600, NULL), 0);
	return path;
}

static void test_use(void **state)
{
	const struct use_row *row = *state;
	struct arena *mem = arena_new();
	const struct lists_conf conf = {.global_block = list_file("gb", row->gb, mem),
		.global_allow = list_file("ga", row->ga, mem),
		.address_block = list_file("ab", row->ab, mem),
		.address_allow = list_file("aa", row->aa, mem),
		.doubt = row->doubt,
		.sender_doubt = row->doubt};
	const struct envelope env = {.sender = STR_LIT("bob@b.test")};
	struct message *msg = message_borrow(STR_LIT("From: bob@b.test\n\nText\n"), NULL);
	struct verdict v;
	struct buf used = {0};
	verdict_init(&v, mem, 1);
	assert_int_equal(lists_judge(&conf, msg, &env, !row->redirected, &v, NULL), 0);
	for (size_t i = 0; i < v.lists.used_count; i++) {
		const struct listed *l = &v.lists.used[i];
		buf_fmt(&used, "%s%s " STR_FMT ",", l->is_global ? "global " : "",
			l->listing == LISTED_ALLOW ? "allow" : "block", STR_ARGS(l->entry));
	}
	if (!str_eq(buf_str(&used), str_of(row->used)))
		fail_msg("used: \"" STR_FMT "\"", STR_ARGS(buf_str(&used)));
	buf_free(&used);
	message_free(msg);
	arena_free(mem);
}

/* ---- through which entries a message came ---- */

#define OURS "Authentication-Results: mx.a.test; "
#define IN   "Received: from x by mx.a.test\n"

static const struct claim_row {
	const char *name;
	enum authres_requires requires;
	const char *header, *keys;
} claim_rows[] = {
	{"DMARC passed", ALLOW_PASS, OURS "dmarc=pass\n" IN "From: X <x@b.test>\n", "x@b.test,"},
	{"nothing is known, and that is enough", ALLOW_NOT_FAILED, IN "From: x@b.test\n",
		"x@b.test,"},
	{"nothing is known, and that is not enough", ALLOW_PASS, IN "From: x@b.test\n", ""},
	{"DMARC failed", ALLOW_NOT_FAILED, OURS "dmarc=fail\n" IN "From: x@b.test\n", ""},
	{"SPF of the envelope sender", ALLOW_PASS,
		"Return-Path: <l@list.test>\n" OURS "spf=pass smtp.mailfrom=list.test\n" IN
		"From: x@b.test\n",
		"l@list.test,"},
	{"both", ALLOW_NOT_FAILED,
		"Return-Path: <l@list.test>\n" OURS "spf=pass smtp.mailfrom=list.test\n" IN
		"From: x@b.test\n",
		"x@b.test,l@list.test,"},
	{"the same in both", ALLOW_PASS,
		"Return-Path: <x@b.test>\n" OURS "dmarc=pass; spf=pass smtp.mailfrom=b.test\n" IN
		"From: x@b.test\n",
		"x@b.test,"},
	{"two authors", ALLOW_NOT_FAILED, IN "From: x@b.test, y@b.test\n", ""},
	{"no author", ALLOW_NOT_FAILED, IN "Subject: x\n", ""},
};

static void test_claims(void **state)
{
	const struct claim_row *row = *state;
	struct arena *mem = arena_new();
	struct str id = STR_LIT("mx.a.test");
	const struct conf conf = {
		.authserv_id = {&id, 1}, .own_received = 1, .allow_requires = row->requires};
	struct notes notes = {.mem = mem};
	const struct acts a = {
		.conf = &conf, .mailbox = STR_LIT("ann@a.test"), .notes = &notes, .mem = mem};
	struct str message = arena_fmt(mem, "%s\nText\n", row->header);
	struct str_list keys;
	struct buf got = {0};
	struct err err;
	assert_int_equal(acts_sender_claims(&a, message, &keys, &err), 0);
	for (size_t i = 0; i < keys.count; i++)
		buf_fmt(&got, STR_FMT ",", STR_ARGS(keys.items[i]));
	if (!str_eq(buf_str(&got), str_of(row->keys)))
		fail_msg("keys: \"" STR_FMT "\"", STR_ARGS(buf_str(&got)));
	buf_free(&got);
	arena_free(mem);
}

/* ---- since when an entry is idle ---- */

enum { DAY = 24 * 3600, COUNTED = 1767268800 /* 2026-01-01, noon */ };

static const struct idle_row {
	const char *name, *comment;
	int64_t since, last, noted;
	int64_t idle;
} idle_rows[] = {
	{"never used: when counting began", "", COUNTED, 0, 0, COUNTED},
	{"never used, and added later", "# added 2026-01-11", COUNTED, 0, 0, COUNTED + 10 * DAY},
	{"never used, and added before", "# added 2025-01-11", COUNTED, 0, 0, COUNTED},
	{"found later", "", COUNTED, 0, COUNTED + DAY, COUNTED + DAY},
	{"used", "# added 2026-01-01", COUNTED, COUNTED + 5 * DAY, 0, COUNTED + 5 * DAY},
	{"used, removed and added again", "# added 2026-01-11", COUNTED, COUNTED + 5 * DAY, 0,
		COUNTED + 10 * DAY},
	{"nothing was counted yet", "# added 2026-01-11", 0, 0, 0, 0},
};

static void test_idle(void **state)
{
	const struct idle_row *row = *state;
	const struct uses uses = {.since = row->since};
	const struct uses_record record = {.last = row->last, .noted = row->noted};
	const struct list_line line = {.comment = str_of(row->comment)};
	bool has_record = row->last || row->noted;
	assert_int_equal(acts_age_idle_since(&uses, has_record ? &record : NULL, &line), row->idle);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_added, added_rows), TABLE(test_edit, edit_rows),
		TABLE(test_use, use_rows), TABLE(test_claims, claim_rows),
		TABLE(test_idle, idle_rows)};
	if (setenv("TZ", "UTC", 1) < 0 || !mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	int failed = table_run("lists that age", tables, sizeof tables / sizeof *tables);
	if (tree_remove(dir) < 0)
		perror(dir);
	return failed;
}
