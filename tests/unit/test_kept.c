/* The records of deliveries: what is kept is found again, whatever happens to the files. */
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "mda/account/account_frame.h"
#include "mda/account/account_json.h"
#include "mda/account/account_text.h"
#include "mda/account/kept.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 24 * 3600 };

static struct str hostile = STR_LIT("a\xff\x1b[2J\"\xe2\x80\xae\0b");

/* An account with everything in it. */
static struct account sample(const char *message_id)
{
	static struct reason line = {STR_LIT("/etc/mda/block"), 3, STR_LIT("*@shop.test")};
	static struct finding findings[4];
	static struct account_stage stages[2];
	static struct account_action actions[2];
	static struct account_letter letters[1];
	findings[0] = (struct finding){
		.stage = "lists", .field = STR_LIT("From"), .value = STR_LIT("news@shop.test")};
	findings[1] = (struct finding){.stage = "lists", .kind = FINDING_MATCHED, .at = line};
	findings[2] = (struct finding){
		.stage = "lists", .kind = FINDING_LOST, .at = line, .why = STR_LIT("a tie")};
	findings[3] = (struct finding){.stage = "rules",
		.kind = FINDING_MATCHED,
		.field = STR_LIT("subject"),
		.value = hostile};
	stages[0] = (struct account_stage){STR_LIT("lists"), STR_LIT("block"), line, 12};
	stages[1] = (struct account_stage){.name = STR_LIT("rules"), .result = hostile};
	actions[0] = (struct account_action){.kind = STR_LIT("store"),
		.target = STR_LIT("Junk"),
		.flags = STR_LIT("\\Seen work"),
		.why = line,
		.done = true,
		.again = true,
		.folder = STR_LIT("Junk"),
		.file = STR_LIT("1.M2P3.host,S=5"),
		.uid = 4711,
		.uidvalidity = UINT32_MAX};
	actions[1] = (struct account_action){.kind = STR_LIT("redirect"), .target = hostile};
	letters[0] = (struct account_letter){STR_LIT("vacation"), hostile, line};
	return (struct account){.status = STR_LIT("stored,redirected"),
		.mailbox = STR_LIT("ann@a.test"),
		.recipient = STR_LIT("ann+x@a.test"),
		.original = hostile,
		.sender = STR_LIT("news@shop.test"),
		.message_id = str_of(message_id),
		.size = UINT64_MAX,
		.list = STR_LIT("block"),
		.spam = STR_LIT("yes"),
		.label = STR_LIT("External"),
		.scan = {.by = STR_LIT("rspamd"), .has_score = true, .score = NAN, .limit = 5},
		.stages = stages,
		.stage_count = 2,
		.findings = findings,
		.finding_count = 4,
		.actions = actions,
		.action_count = 2,
		.letters = letters,
		.letter_count = 1,
		.unanswered = {&hostile, 1},
		.notes = {&hostile, 1},
		.error = {STR_LIT("temporary"), STR_LIT("4.2.2"), STR_LIT("it is full")}};
}

/* ---- a mailbox's directory ---- */

struct box {
	char dir[40];
	struct arena *mem;
};

static struct box box_new(void)
{
	struct box b = {.dir = "/tmp/mda-kept.XXXXXX", .mem = arena_new()};
	assert_non_null(mkdtemp(b.dir));
	return b;
}

static void box_free(struct box *b)
{
	assert_int_equal(tree_remove(b->dir), 0);
	arena_free(b->mem);
}

static const char *in(struct box *b, const char *name)
{
	return arena_fmt(b->mem, "%s/%s", b->dir, name).p;
}

static int add(struct box *b, const char *message_id, struct err *err)
{
	struct account a = sample(message_id);
	return kept_add(b->dir, &a, 30 * DAY, b->mem, err);
}

struct seen {
	size_t count;
	struct buf ids; /* Message-IDs, each with a blank after it */
	uint64_t last;
	bool in_order;
};

static bool see(void *context, const struct account *a)
{
	struct seen *s = context;
	s->count++;
	buf_add(&s->ids, a->message_id);
	buf_byte(&s->ids, ' ');
	s->in_order = s->in_order && a->time >= s->last;
	s->last = a->time;
	return true;
}

/* "1 2 3 ", and how many places are damaged. */
static const char *all(struct box *b, size_t *damaged)
{
	struct seen s = {.in_order = true};
	struct kept_damage damage;
	struct err err;
	if (kept_walk(b->dir, 0, see, &s, &damage, &err) < 0)
		fail_msg("%s", err.text);
	*damaged = damage.places;
	assert_true(damage.places == 0 || damage.why.text[0]);
	const char *ids = arena_str(b->mem, buf_str(&s.ids)).p;
	buf_free(&s.ids);
	return ids;
}

static void expect(struct box *b, const char *ids, size_t least, size_t most)
{
	size_t damaged;
	assert_string_equal(all(b, &damaged), ids);
	assert_in_range(damaged, least, most);
}

static void set_time(const char *path, time_t seconds)
{
	const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct str content(struct box *b, const char *name)
{
	static char bytes[1 << 20];
	int fd = open(in(b, name), O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof bytes);
	assert_true(n >= 0);
	close(fd);
	return arena_str(b->mem, (struct str){bytes, (size_t)n});
}

static void write_file(struct box *b, const char *name, const char *p, size_t n)
{
	int fd = open(in(b, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

static size_t file_count(struct box *b)
{
	size_t files;
	struct err err;
	assert_int_equal(kept_forget(b->dir, &files, &err), 0);
	return files;
}

/* ---- tests ---- */

static struct str json_of(const struct account *a, struct arena *mem)
{
	struct buf text = {0};
	struct json json = {.to = &text};
	account_json(&json, a, STR_EMPTY);
	struct str copy = arena_str(mem, buf_str(&text));
	buf_free(&text);
	return copy;
}

static void test_same(void **state)
{
	struct arena *mem = arena_new();
	struct account a = sample("1"), b;
	struct buf frame = {0};
	struct err err;
	(void)state;
	a.id = STR_LIT("6616cc463c484-16bc");
	a.time = 1795969639000000;
	account_frame_write(&frame, &a);
	if (account_frame_read(buf_str(&frame), mem, &b, &err) < 0)
		fail_msg("%s", err.text);
	struct str before = json_of(&a, mem), after = json_of(&b, mem);
	assert_string_equal(before.p, after.p);
	buf_free(&frame);
	arena_free(mem);
}

static void test_order(void **state)
{
	struct box b = box_new();
	struct stat st;
	(void)state;
	expect(&b, "", 0, 0);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(add(&b, arena_fmt(b.mem, "%d", i).p, NULL), 0);
	expect(&b, "1 2 3 ", 0, 0);
	assert_int_equal(stat(in(&b, "explain"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(file_count(&b), 1);
	expect(&b, "", 0, 0);
	box_free(&b);
}

static bool stop(void *context, const struct account *a)
{
	(void)a;
	return ++*(int *)context < 2;
}

static void test_since(void **state)
{
	struct box b = box_new();
	struct account a = sample("2");
	struct kept_damage damage;
	struct seen s = {.in_order = true};
	int calls = 0;
	(void)state;
	assert_int_equal(add(&b, "1", NULL), 0);
	usleep(2);
	assert_int_equal(kept_add(b.dir, &a, DAY, b.mem, NULL), 0);
	assert_int_equal(kept_walk(b.dir, a.time, see, &s, &damage, NULL), 0);
	assert_string_equal(buf_cstr(&s.ids), "2 ");
	assert_int_equal(kept_walk(b.dir, 0, stop, &calls, &damage, NULL), 0);
	assert_int_equal(calls, 2);
	buf_free(&s.ids);
	box_free(&b);
}

/* The first delivery of a day begins a new file, and what is too old goes. */
static void test_age(void **state)
{
	struct box b = box_new();
	time_t now = time(NULL);
	const char *old =
		arena_fmt(b.mem, "explain.%016llx", (unsigned long long)(now - 31 * DAY) * 1000000)
			.p;
	const char *young =
		arena_fmt(b.mem, "explain.%016llx", (unsigned long long)(now - 29 * DAY) * 1000000)
			.p;
	(void)state;
	assert_int_equal(add(&b, "old", NULL), 0);
	assert_int_equal(rename(in(&b, "explain"), in(&b, old)), 0);
	assert_int_equal(add(&b, "young", NULL), 0);
	assert_int_equal(rename(in(&b, "explain"), in(&b, young)), 0);
	write_file(&b, "explain.other", "x", 1);
	assert_int_equal(add(&b, "today", NULL), 0);
	expect(&b, "old young today ", 0, 0);
	set_time(in(&b, "explain"), now - DAY);
	assert_int_equal(add(&b, "tomorrow", NULL), 0);
	expect(&b, "young today tomorrow ", 0, 0);
	assert_int_equal(access(in(&b, "explain.other"), F_OK), 0);
	assert_int_equal(file_count(&b), 3);
	box_free(&b);
}

static void test_size(void **state)
{
	struct box b = box_new();
	unsigned long long now = (unsigned long long)time(NULL) * 1000000;
	off_t total = 0;
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		const char *name = arena_fmt(b.mem, "explain.%016llx", now - 20 + i).p;
		write_file(&b, name, "x", 1);
		assert_int_equal(truncate(in(&b, name), LIMIT_EXPLAIN_FILES / 8), 0);
	}
	assert_int_equal(add(&b, "1", NULL), 0);
	assert_int_equal(truncate(in(&b, "explain"), LIMIT_EXPLAIN_FILES / 8), 0);
	assert_int_equal(add(&b, "2", NULL), 0);
	for (unsigned i = 0; i < 20; i++) {
		struct stat st;
		const char *name = arena_fmt(b.mem, "explain.%016llx", now - 20 + i).p;
		if (stat(in(&b, name), &st) == 0)
			total += st.st_size;
		/* the oldest went first */
		assert_int_equal(access(in(&b, name), F_OK) == 0, i >= 14);
	}
	assert_true(total <= LIMIT_EXPLAIN_FILES);
	size_t damaged;
	assert_non_null(strstr(all(&b, &damaged), "1 2 "));
	box_free(&b);
}

/* Records of deliveries at the same time do not mix, also while files are begun anew. */
static void test_many(void **state)
{
	enum { PROCESSES = 8, RECORDS = 100 };
	struct box b = box_new();
	size_t damaged, count = 0;
	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < RECORDS; k++) {
			if (k % 10 == 0)
				(void)utimensat(AT_FDCWD, in(&b, "explain"),
					(const struct timespec[2]){
						{1000000000, 0}, {1000000000, 0}},
					0);
			if (add(&b, "x", NULL) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (const char *p = all(&b, &damaged); *p; p += 2)
		count++;
	assert_int_equal(damaged, 0);
	assert_int_equal(count, PROCESSES * RECORDS);
	box_free(&b);
}

/* Whatever byte is changed: the record is left out, and the others are found. */
static void test_flipped(void **state)
{
	struct box b = box_new();
	(void)state;
	for (int i = 1; i <= 3; i++)
		assert_int_equal(add(&b, arena_fmt(b.mem, "%d", i).p, NULL), 0);
	struct str whole = content(&b, "explain");
	size_t second = (size_t)((char *)memmem(whole.p + 4, whole.n - 4, "MDAK", 4) - whole.p);
	struct str rest = str_slice(whole, second + 4, whole.n);
	size_t third = second + 4 + (size_t)((char *)memmem(rest.p, rest.n, "MDAK", 4) - rest.p);
	for (size_t at = second; at < third; at += 3) {
		char *p = (char *)whole.p + at;
		*p ^= 0x40;
		write_file(&b, "explain", whole.p, whole.n);
		expect(&b, "1 3 ", 1, 2);
		*p ^= 0x40;
	}
	box_free(&b);
}

/* A record that was not written to its end, and the next ones after it. */
static void test_cut(void **state)
{
	struct box b = box_new();
	(void)state;
	assert_int_equal(add(&b, "1", NULL), 0);
	assert_int_equal(add(&b, "2", NULL), 0);
	struct str whole = content(&b, "explain");
	for (size_t n = 1; n < whole.n / 2; n += 13) {
		write_file(&b, "explain", whole.p, whole.n - n);
		assert_int_equal(add(&b, "3", NULL), 0);
		expect(&b, "1 3 ", 1, 1);
	}
	write_file(&b, "explain", "MDAKMDAKMDAK", 12);
	assert_int_equal(add(&b, "3", NULL), 0);
	expect(&b, "3 ", 1, 3);
	box_free(&b);
}

static void test_full_disk(void **state)
{
	struct box b = box_new();
	struct rlimit before, small;
	struct err err = {.text = ""};
	(void)state;
	assert_int_equal(add(&b, "1", NULL), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = (rlim_t)content(&b, "explain").n + 100;
	setrlimit(RLIMIT_FSIZE, &small);
	int r = add(&b, "2", &err), again = add(&b, "3", NULL);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(r, -1);
	assert_int_equal(again, -1);
	assert_non_null(strstr(err.text, "cannot write to"));
	assert_int_equal(add(&b, "4", NULL), 0);
	expect(&b, "1 4 ", 1, 1);
	box_free(&b);
}

/* What the owner may have put in its place neither hangs nor is written to. */
static const struct trap {
	const char *name;
	const char *kind;
} traps[] = {
	{"trap: a FIFO", "fifo"},
	{"trap: a directory", "dir"},
	{"trap: a link to a file", "link"},
	{"trap: a link to nothing", "dangling"},
	{"trap: no state directory", "none"},
};

static void test_trap(void **state)
{
	const struct trap *t = *state;
	struct box b = box_new();
	struct err err = {.text = ""};
	char kind = t->kind[0];
	write_file(&b, "treasure", "gold", 4);
	if (kind == 'f')
		assert_int_equal(mkfifo(in(&b, "explain"), 0600), 0);
	else if (strcmp(t->kind, "dir") == 0)
		assert_int_equal(mkdir(in(&b, "explain"), 0700), 0);
	else if (kind == 'l')
		assert_int_equal(symlink("treasure", in(&b, "explain")), 0);
	else if (kind == 'd')
		assert_int_equal(symlink("nothing", in(&b, "explain")), 0);
	struct account a = sample("1");
	const char *dir = kind == 'n' ? in(&b, "missing") : b.dir;
	assert_int_equal(kept_add(dir, &a, DAY, b.mem, &err), -1);
	assert_true(err.text[0] && a.id.n == 0);
	assert_int_equal(content(&b, "treasure").n, 4);
	assert_int_equal(access(in(&b, "nothing"), F_OK), -1);
	box_free(&b);
}

static void test_large(void **state)
{
	struct box b = box_new();
	struct account a = sample("1");
	static struct finding many[300];
	static char text[1000];
	(void)state;
	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < 300; i++)
		many[i] = (struct finding){.stage = "rules", .value = {text, sizeof text}};
	a.findings = many;
	a.finding_count = 300;
	assert_int_equal(kept_add(b.dir, &a, DAY, b.mem, NULL), 0);
	assert_true(content(&b, "explain").n < LIMIT_EXPLAIN_RECORD);
	expect(&b, "1 ", 0, 0);
	box_free(&b);
}

/* A frame that is whole but says what no delivery does. */
static void test_wrong(void **state)
{
	struct arena *mem = arena_new();
	struct account good = sample("1"), a;
	struct err err;
	(void)state;
	good.id = STR_LIT("1-1");
	good.time = 1;
	for (int i = 0; i < 6; i++) {
		struct account wrong = good;
		struct buf frame = {0};
		if (i == 0)
			wrong.id = STR_LIT("x");
		else if (i == 1)
			wrong.time = 0;
		else if (i == 2)
			wrong.status = STR_LIT("two\nlines");
		else if (i == 3)
			wrong.list = STR_LIT("else");
		else if (i == 4)
			wrong.error.fault = STR_LIT("mine");
		else
			wrong.time = UINT64_MAX;
		account_frame_write(&frame, &wrong);
		assert_int_equal(account_frame_read(buf_str(&frame), mem, &a, &err), -1);
		assert_true(err.text[0]);
		buf_free(&frame);
	}
	arena_free(mem);
}

/* No byte of a record controls a terminal. */
static void test_text(void **state)
{
	struct account a = sample("1");
	struct buf text = {0};
	(void)state;
	a.id = hostile;
	account_text(&text, &a, (struct terminal){false, 60});
	for (size_t i = 0; i < text.n; i++)
		assert_true((unsigned char)text.p[i] >= ' ' || text.p[i] == '\n');
	assert_non_null(strstr(buf_cstr(&text), "stored in   Junk  uid 4711"));
	buf_free(&text);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_same, "read as it was written"),
		TABLE_OF_ONE(test_order, "in order, for the owner alone"),
		TABLE_OF_ONE(test_since, "since a time"),
		TABLE_OF_ONE(test_age, "pruned by age"),
		TABLE_OF_ONE(test_size, "pruned by size"),
		TABLE_OF_ONE(test_many, "many at once"),
		TABLE_OF_ONE(test_flipped, "a changed byte"),
		TABLE_OF_ONE(test_cut, "a record without its end"),
		TABLE_OF_ONE(test_full_disk, "a full disk"),
		TABLE_OF_ONE(test_large, "a record that is too large"),
		TABLE_OF_ONE(test_wrong, "a frame with impossible values"),
		TABLE_OF_ONE(test_text, "hostile texts on a terminal"),
		TABLE(test_trap, traps),
	};
	return table_run("kept", tables, sizeof tables / sizeof *tables);
}
