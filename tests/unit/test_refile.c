/*
 * Judging many stored messages in one confined child: what a stored message says of its delivery, a
 * child that dies, and results that an attacker in the child would hand back.
 */
#include "base/io.h"
#include "base/log.h"
#include "mda/tools/refile/refile_bare.h"
#include "mda/tools/refile/refile_judge.h"
#include "mda/tools/refile/refile_mail.h"
#include "mda/tools/refile/refile_table.h"
#include "mda/tools/refile/refile_wire.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* ---- a stored message as it came ---- */

static const struct bare_row {
	const char *name, *stored, *bare, *sender, *original, *recipient;
	bool is_spam;
} bare_rows[] = {
	{"what its delivery put on top",
		"Return-Path: <bob@b.test>\nX-Original-To: sales@a.test\nDelivered-To: ann@a.test\n"
		"X-Mda-Spam: yes; score=7.50; limit=5; by=rspamd\nReceived: x\nSubject: "
		"a\n\nbody\n",
		"Received: x\nSubject: a\n\nbody\n", "bob@b.test", "sales@a.test", "ann@a.test",
		true},
	{"the null sender", "Return-Path: <>\nReceived: x\n\n", "Received: x\n\n", "", NULL, NULL,
		false},
	{"a sender's own fields below",
		"Received: x\nReturn-Path: <evil@b.test>\nX-Original-To: boss@a.test\n"
		"X-Mda-Spam: no\nDelivered-To: z@a.test\n\n",
		"Received: x\nReturn-Path: <evil@b.test>\nX-Original-To: boss@a.test\n"
		"Delivered-To: z@a.test\n\n",
		NULL, NULL, NULL, false},
	{"never delivered", "X-Original-To: boss@a.test\nReturn-Path: <b@b.test>\n\nbody\n",
		"X-Original-To: boss@a.test\nReturn-Path: <b@b.test>\n\nbody\n", NULL, NULL, NULL,
		false},
	{"our mark in the subject", "Received: x\nSubject: Re: [External] a\nTo: b\n\n",
		"Received: x\nSubject: Re: a\nTo: b\n\n", NULL, NULL, NULL, false},
	{"CR LF", "Return-Path: <b@b.test>\r\nReceived: x\r\n\r\nbody\r\n",
		"Received: x\r\n\r\nbody\r\n", "b@b.test", NULL, NULL, false},
	{"a From line", "From bob@b.test Mon Nov  2 10:00:00 2026\nX-Mda-Label: x\nTo: a\n\nb\n",
		"From bob@b.test Mon Nov  2 10:00:00 2026\nTo: a\n\nb\n", NULL, NULL, NULL, false},
	{"no header", "\nbody\n", "\nbody\n", NULL, NULL, NULL, false},
	{"nothing", "", "", NULL, NULL, NULL, false},
};

static const char *or_none(const char *text)
{
	return text ? text : "(none)";
}

static void test_bare(void **state)
{
	const struct bare_row *row = *state;
	struct arena *mem = arena_new();
	struct refile_bare b = refile_bare(str_of(row->stored), mem);
	assert_true(str_eq(b.bytes, str_of(row->bare)));
	assert_string_equal(or_none(b.sender), or_none(row->sender));
	assert_string_equal(or_none(b.original), or_none(row->original));
	assert_string_equal(or_none(b.recipient), or_none(row->recipient));
	assert_int_equal(b.scan.is_spam, row->is_spam);
	arena_free(mem);
}

static void test_score(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct refile_bare b = refile_bare(
		STR_LIT("X-Mda-Spam: no; score=2.50; limit=6; by=spamd\nReceived: x\n\n"), mem);
	assert_true(b.scan.has_score);
	assert_true(b.scan.score > 2.49 && b.scan.score < 2.51);
	assert_true(b.scan.limit > 5.99 && b.scan.limit < 6.01);
	arena_free(mem);
}

/* ---- a child that dies ---- */

enum { MESSAGES = 7, KILLED = 3 };

struct source {
	size_t next, judged, died;
	size_t died_at;
	char folders[MESSAGES][32], why[200];
	size_t rules;
};

/* The process that judges waits for our answer: it is our only child. */
static void kill_child(void)
{
	char path[64];
	long pid = 0;
	snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &pid), 1);
	fclose(f);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
}

static int next(void *context, bool *whole, struct buf *to, struct err *err)
{
	struct source *s = context;
	(void)whole;
	(void)err;
	if (s->next == MESSAGES)
		return 0;
	buf_clear(to);
	buf_fmt(to, "Received: x\nFrom: b@b.test\nSubject: %s\n\n", s->next % 2 ? "odd" : "even");
	if (s->next == KILLED)
		kill_child();
	s->next++;
	return 1;
}

static int whole_one(void *context, struct buf *to, struct err *err)
{
	(void)context;
	(void)to;
	return err_temp(err, "no rule asks for it");
}

static int judged(void *context, struct str frame, struct err *err)
{
	struct source *s = context;
	struct refile_judged j;
	struct arena *mem = arena_new();
	if (refile_wire_read(frame, mem, &j, err) < 0)
		fail_msg("%s", err->text);
	assert_int_equal(j.outcomes[REFILE_NEW].step_count, 1);
	snprintf(s->folders[s->next - 1], sizeof s->folders[0], STR_FMT,
		STR_ARGS(j.outcomes[REFILE_NEW].steps[0].argument));
	s->rules += j.rule_count;
	s->judged++;
	arena_free(mem);
	return 0;
}

static int died(void *context, const char *why, struct err *err)
{
	struct source *s = context;
	(void)err;
	s->died++;
	s->died_at = s->next - 1;
	snprintf(s->why, sizeof s->why, "%s", why);
	return 0;
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	struct err err;
	snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(io_replace_file(path, str_of(text), 0644, &err), 0);
}

static void test_death(void **state)
{
	(void)state;
	char conf[128], script[128], settings[256];
	struct err err;
	struct refile_session *s;
	struct arena *mem = arena_new();
	struct source source = {.next = 0};
	const struct refile_source from = {.next = next,
		.whole = whole_one,
		.judged = judged,
		.died = died,
		.context = &source};
	/* The tools give up root's rights, and so does this process, for good. */
	bool root = geteuid() == 0;
	snprintf(settings, sizeof settings,
		"users = virtual\nvirtual_user = \"%s\"\nvirtual_home = \"%s/%%d/%%n\"\n"
		"stamp_key = \"\"\n",
		root ? "65534:65534" : "", dir);
	write_file("mda.conf", settings);
	write_file("new.sieve",
		"require \"fileinto\"; if header :is \"subject\" \"odd\" { fileinto \"Odd\"; }");
	snprintf(conf, sizeof conf, "%s/mda.conf", dir);
	snprintf(script, sizeof script, "%s/new.sieve", dir);
	if (root)
		assert_int_equal(chown(dir, 65534, 65534), 0);
	const struct refile_wishes wishes = {
		.recipient = "ann@a.test", .conf = conf, .script = script};
	s = arena_alloc(mem, sizeof *s);
	s->mem = mem;
	if (refile_session_open(s, &wishes, &err) < 0 || refile_judge(s, &from, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(source.died, 1);
	assert_int_equal(source.died_at, KILLED);
	assert_non_null(strstr(source.why, "judging the message"));
	assert_int_equal(source.judged, MESSAGES - 1);
	for (size_t i = 0; i < MESSAGES; i++)
		assert_string_equal(source.folders[i], i % 2 && i != KILLED ? "Odd" : "");
	assert_int_equal(source.rules, 2); /* once by each of the two children */
	arena_free(mem);
}

/* ---- hostile results ---- */

static const struct wire_row {
	const char *name, *folder;
	enum action_kind kind;
	bool good;
} wire_rows[] = {
	{"a folder", "Lists/a", ACTION_STORE, true},
	{"the INBOX", "", ACTION_STORE, true},
	{"a way out", "../../etc", ACTION_STORE, false},
	{"a name in another form", "Lists//a", ACTION_STORE, false},
	{"a control character", "a\nb", ACTION_STORE, false},
	{"an address may be anything", "../x", ACTION_REDIRECT, true},
};

static void test_wire(void **state)
{
	const struct wire_row *row = *state;
	struct arena *mem = arena_new();
	struct refile_step step = {.kind = row->kind, .argument = str_of(row->folder)};
	const struct refile_judged j = {
		.outcomes = {{.steps = &step, .step_count = 1}}, .date = 12};
	struct refile_judged got;
	struct buf frame = {0};
	struct err err;
	refile_wire_write(&frame, &j);
	int r = refile_wire_read(buf_str(&frame), mem, &got, &err);
	assert_int_equal(r, row->good ? 0 : -1);
	if (r == 0)
		assert_true(str_eq(got.outcomes[0].steps[0].argument, step.argument));
	/* No part of it is taken for a whole. */
	for (size_t n = 0; n < frame.n; n++)
		assert_int_equal(
			refile_wire_read(str_slice(buf_str(&frame), 0, n), mem, &got, &err), -1);
	buf_free(&frame);
	arena_free(mem);
}

/* ---- a file that is larger than memory ---- */

static void test_huge(void **state)
{
	struct arena *mem = arena_new();
	struct refile_mail mail = {.root = -1, .mem = mem};
	const struct str_list all = {0};
	struct buf bytes = {0};
	struct err err;
	char path[128];
	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, i ? "%s/box/new" : "%s/box", dir);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	snprintf(path, sizeof path, "%s/box/new/1700000000.M1P1.h", dir);
	assert_int_equal(io_close(open(path, O_CREAT | O_WRONLY, 0600), path, &err), 0);
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	snprintf(path, sizeof path, "%s/box", dir);
	assert_int_equal(refile_mail_list(&mail, path, &all, &all, &err), 0);
	assert_int_equal(mail.message_count, 1);
	for (int i = 0; i < 2; i++) {
		bool whole = i == 1;
		assert_int_equal(
			refile_mail_read(&mail, &mail.messages[0], &whole, &bytes, &err), -1);
		assert_true(bytes.n < 3 * (size_t)REFILE_LARGEST);
	}
	buf_free(&bytes);
	refile_mail_close(&mail);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_bare, bare_rows),
		TABLE_OF_ONE(test_score, "the score that the filter gave"),
		TABLE(test_wire, wire_rows),
		TABLE_OF_ONE(test_death, "a child that dies takes one message along"),
		TABLE_OF_ONE(test_huge, "a file of a terabyte is not read into memory"),
	};
	struct err err;
	snprintf(dir, sizeof dir, "/tmp/mda-refile.XXXXXX");
	if (!mkdtemp(dir) || log_open("none", &err) < 0)
		return 1;
	int failed = table_run("refile", tables, sizeof tables / sizeof *tables);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return failed;
}
