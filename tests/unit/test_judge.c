/*
 * The judging process, taken over: an attacker's code runs in it at the end of the parsing
 * (judge_test_hook()), as in a delivery. What it does to the machine, and what it hands back, must
 * do no harm.
 */
#include "mda/conf/aliases.h"
#include "mda/conf/user.h"
#include "mda/judge.h"
#include "mda/pipeline.h"

#include "base/confined.h"
#include "base/io.h"
#include "base/limits.h"
#include "mda/asks.h"
#include "mda/deliver.h"
#include "mda/delivery/compose.h"
#include "tests/unit/table.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[64], conf_path[96], key_path[96], script_path[96];

/* It is put together where the file is written: this program holds no copy. */
static const char key_id[] = "1a2b3c4d ", key_half[] = "0011223344556677",
		  key_rest[] = "8899aabbccddeeff";

static const char message_text[] = "From: Bob <bob@b.test>\n"
				   "To: ann@a.test\n"
				   "Received: from b.test; Sat, 28 Nov 2026 12:00:00 +0000\n"
				   "X-Mda-Label: forged\n"
				   "Message-ID: <1@b.test>\n"
				   "Subject: hello\n"
				   "\n"
				   "a body\n";

/* What the attacker does; in the child's copy of this process. */
static void (*attack)(struct delivery *d, struct judgement *out);
/*
 * Only those up to here are attacked: the second judges without rules, the third the header alone.
 */
static int attempts;
static bool attack_once; /* or only the first of all */

void judge_test_hook(struct delivery *d, struct judgement *out);

void judge_test_hook(struct delivery *d, struct judgement *out)
{
	int attempt = d->only_header ? 3 : d->without_rules ? 2 : 1;
	bool is_first = attempt == 1 && !d->without_attachments;
	if (attack && (attempt <= attempts || (attack_once && is_first)))
		attack(d, out);
}

/* ---- a delivery to ann@a.test ---- */

struct setting {
	struct arena *mem;
	struct conf_file *file;
	struct user user;
	struct envelope env;
	struct invocation inv;
	struct stamp_keys keys;
	struct delivery d;
	struct judge_job job;
	struct spent *spent;
	struct err err;
};

/* A message larger than this is in a file. */
static size_t in_memory = 1 << 20;

static struct message *unread(const char *text)
{
	const struct message_limits limits = {.in_memory = in_memory, .spool_dir = "/tmp"};
	struct err err;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write(ends[1], str_of(text), "pipe", &err), 0);
	close(ends[1]);
	struct message *m = message_read_bytes(ends[0], &limits, &err);
	close(ends[0]);
	assert_non_null(m);
	return m;
}

static void set_up(struct setting *s, const char *text, const char *rules)
{
	*s = (struct setting){.mem = arena_new()};
	assert_int_equal(io_replace_file(script_path, str_of(rules), 0600, &s->err), 0);
	s->file = conf_load(conf_path, s->mem, &s->err);
	if (!s->file)
		fail_msg("%s", s->err.text);
	const struct conf *conf = conf_for(s->file, STR_LIT("ann@a.test"), s->mem, &s->err);
	assert_non_null(conf);
	s->user.names = (struct template_values){.user = STR_LIT("ann@a.test"),
		.local = STR_LIT("ann"),
		.domain = STR_LIT("a.test"),
		.home = str_of(home)};
	s->env = (struct envelope){.sender = STR_LIT("bob@b.test"),
		.recipient = STR_LIT("ann@a.test"),
		.original_recipient = STR_LIT("ann@a.test"),
		.mailbox = STR_LIT("ann@a.test")};
	s->inv = (struct invocation){.sender = "bob@b.test", .recipient = "ann@a.test"};
	assert_int_equal(stamp_key_read(key_path, false, &s->keys, &s->err), 0);
	s->d = (struct delivery){.conf = conf,
		.aliases = aliases_open((struct str){"", 0}, STR_LIT("+"), s->mem, &s->err),
		.user = &s->user,
		.env = &s->env,
		.told = s->env,
		.keys = &s->keys,
		.msg = unread(text),
		.mem = s->mem};
	s->job = (struct judge_job){
		.delivery = &s->d, .env = &s->env, .inv = &s->inv, .file = s->file};
}

static void set_to(struct setting *s, const char *setting)
{
	if (conf_override(s->file, setting, &s->err) < 0)
		fail_msg("%s", s->err.text);
	s->d.conf = conf_for(s->file, STR_LIT("ann@a.test"), s->mem, &s->err);
	assert_non_null(s->d.conf);
}

static void tear_down(struct setting *s)
{
	message_free((struct message *)s->d.msg);
	arena_free(s->mem);
	confined_reap();
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static bool has_note_in(const struct notes *notes, const char *text)
{
	for (size_t i = 0; i < notes->count; i++)
		if (str_ifind(notes->items[i], str_of(text)) < notes->items[i].n)
			return true;
	return false;
}

static bool has_note(const struct delivery *d, const char *text)
{
	return has_note_in(&d->verdict->notes, text) || has_note_in(&d->plan->notes, text);
}

static void print_notes(const struct delivery *d)
{
	const struct notes *const lists[] = {&d->verdict->notes, &d->plan->notes};
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->count; i++)
			print_message("# " STR_FMT "\n", STR_ARGS(lists[k]->items[i]));
}

static struct str stored(const struct delivery *d, const struct step *a)
{
	struct pieces p = compose_stored(d, a);
	struct buf all = {0};
	for (size_t i = 0; i < p.count; i++)
		buf_add(&all, p.items[i]);
	struct str text = arena_str(d->mem, buf_str(&all));
	buf_free(&all);
	return text;
}

static void assert_kept(struct setting *s)
{
	assert_int_equal(s->d.plan->step_count, 1);
	assert_int_equal(s->d.plan->steps[0].kind, ACTION_STORE);
	assert_int_equal(s->d.plan->steps[0].argument.n, 0);
	struct str text = stored(&s->d, &s->d.plan->steps[0]);
	assert_true(str_iends(text, STR_LIT("a body\n")));
	assert_int_equal(s->d.plan->outmails.count, 0);
}

/* ---- a verdict comes back as it was decided ---- */

static void test_well(void **state)
{
	struct setting s;
	(void)state;
	attack = NULL;
	set_up(&s, message_text,
		"require [\"fileinto\", \"imap4flags\", \"editheader\", \"copy\", \"vacation\"];\n"
		"addheader \"X-Own\" \"1\"; fileinto :flags [\"\\\\Seen\", \"work\"] \"Lists/A\";\n"
		"redirect :copy \"far@c.test\"; vacation \"away\"; keep;\n");
	if (judge(&s.job, &s.spent, &s.err) < 0)
		fail_msg("%s", s.err.text);
	const struct plan *p = s.d.plan;
	print_notes(&s.d);
	assert_int_equal(p->step_count, 3);
	const struct step *a = &p->steps[0];
	assert_true(str_eq(a->argument, STR_LIT("Lists/A")));
	assert_int_equal(a->flags, FLAG_SEEN);
	assert_int_equal(a->keywords.count, 1);
	assert_int_equal(a->reason.line, 2);
	struct str text = stored(&s.d, a);
	assert_true(str_ifind(text, STR_LIT("X-Own: 1\n")) < text.n);
	assert_int_equal(str_ifind(text, STR_LIT("forged")), text.n);
	assert_true(str_iends(text, STR_LIT("Subject: hello\n\na body\n")));
	assert_int_equal(p->steps[1].kind, ACTION_REDIRECT);
	assert_true(str_eq(p->steps[1].argument, STR_LIT("far@c.test")));
	assert_int_equal(s.d.plan->outmails.count, 1);
	assert_string_equal(s.d.plan->outmails.items[0].kind, "vacation");
	assert_true(p->facts.has_received);
	assert_true(str_eq(p->facts.message_id, STR_LIT("<1@b.test>")));
	assert_int_equal(s.d.verdict->label.kind, LABEL_UNKNOWN);
	tear_down(&s);
}

/* ---- what it does to the machine ---- */

static void report(struct judgement *out, const char *what, bool worked)
{
	notes_add(&out->plan.notes, "attack: %s: %s", what, worked ? "it worked" : "no");
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool reads_key(const struct delivery *d)
{
	for (size_t i = 0; i < d->keys->count; i++)
		for (size_t k = 0; k < HASH_BYTES; k++)
			if (d->keys->items[i].secret.bytes[k])
				return true;
	return false;
}

/* Memory that can be written to, as it was mapped before the child was there. */
static struct range {
	char *from;
	size_t n;
} ranges[512];
static size_t range_count;

#ifdef MDA_SANITIZED /* whose notes about the memory fill terabytes */
static const bool can_look = false;
#else
static const bool can_look = true;
#endif

static void look_at_memory(void)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");
	assert_non_null(maps);
	range_count = 0;
	while (fgets(line, sizeof line, maps) && range_count < sizeof ranges / sizeof *ranges) {
		unsigned long from, to;
		char rights[8];
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 ||
			strncmp(rights, "rw-p", 4) != 0)
			continue;
		ranges[range_count++] = (struct range){(char *)(uintptr_t)from, to - from};
	}
	fclose(maps);
}

/* In two parts each, so that what is looked for is not in this program's own memory. */
static bool finds(const void *first, const void *second, size_t n)
{
	for (size_t i = 0; i < range_count; i++) {
		const char *p = ranges[i].from, *end = p + ranges[i].n, *hit;
		while ((hit = memmem(p, (size_t)(end - p), first, n))) {
			if ((size_t)(end - hit) >= 2 * n && memcmp(hit + n, second, n) == 0)
				return true;
			p = hit + 1;
		}
	}
	return false;
}

/* Is the key anywhere, in the form of the file or in the form that is used? */
static bool finds_key(void)
{
	static const unsigned char first[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77},
				   second[] = {0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	return finds(first, second, sizeof first) ||
	       finds("0011223344556677", "8899aabbccddeeff", 16);
}

static void do_everything(struct delivery *d, struct judgement *out)
{
	char *const none[] = {(char *)"true", NULL};
	char path[128];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	report(out, "open /etc/passwd", opens("/etc/passwd", O_RDONLY));
	report(out, "read mail", opens(home, O_RDONLY | O_DIRECTORY));
	snprintf(path, sizeof path, "%s/Maildir/cur/secret", home);
	report(out, "read a message", opens(path, O_RDONLY));
	report(out, "read the key", opens(key_path, O_RDONLY));
	report(out, "the keys of the parent", reads_key(d) || finds_key());
	report(out, "write a script", opens(script_path, O_WRONLY));
	snprintf(path, sizeof path, "%s/.mda/new", home);
	report(out, "make a file", opens(path, O_WRONLY | O_CREAT));
	report(out, "connect", fd >= 0);
	report(out, "run", execve("/bin/true", none, none) == 0);
	report(out, "fork", fork() >= 0);
	report(out, "signal", kill(getppid(), 0) == 0);
}

static void test_machine(void **state)
{
	struct setting s;
	(void)state;
	if (confined_possible() != (CONFINED_LIMITS | CONFINED_LANDLOCK | CONFINED_SYSCALLS)) {
		print_message("# this kernel lacks Landlock or seccomp\n");
		skip();
	}
	attack = do_everything;
	attempts = 3;
	set_up(&s, message_text, "keep;\n");
	if (can_look)
		look_at_memory();
	assert_int_equal(finds_key(), can_look);
	assert_int_equal(judge(&s.job, &s.spent, &s.err), 0);
	print_notes(&s.d);
	assert_true(has_note(&s.d, "attack: signal: no"));
	assert_false(has_note(&s.d, "it worked"));
	assert_true(s.keys.count > 0 && reads_key(&s.d)); /* here they are */
	tear_down(&s);
}

/* Directories that the configuration lets it read, and that hold what it must not. */
static const struct reading_row {
	const char *name, *key, *value; /* ~ is the home */
} reading_rows[] = {
	{"a list beside the key", "global_allow", "~/allow"},
	{"a list in a directory by a roundabout way", "global_allow", "~/.mda/..//./allow"},
	{"lists in the home", "list_dirs", "~"},
	{"lists in a directory above it", "list_dirs", "~/.."},
	{"lists in the root", "list_dirs", "/"},
	{"contacts in the home", "contacts_dir", "~"},
	{"address books in the home", "address_books", "~/"},
	{"lists by a link to the home", "list_dirs", "~/.mda/link"},
	{"a list by a link to the home", "global_allow", "~/.mda/link/allow"},
	{"scripts in the mailbox", "scripts_before", "~/Maildir/cur/x.sieve"},
	{"metadata in the mailbox", "metadata", "~/Maildir/metadata"},
	{"the key for a list", "global_allow", "~/key"},
};

static void read_private(struct delivery *d, struct judgement *out)
{
	static const char *const names[] = {
		"", "key", "Maildir", "Maildir/cur", "Maildir/cur/secret"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str path = arena_fmt(d->mem, "%s/%s", home, names[i]);
		report(out, path.p, opens(path.p, O_RDONLY));
	}
}

static void test_reading(void **state)
{
	const struct reading_row *row = *state;
	char value[128], setting[192];
	struct setting s;
	if (!(confined_possible() & CONFINED_LANDLOCK))
		skip();
	attack = read_private;
	attempts = 3;
	set_up(&s, message_text, "keep;\n");
	bool is_below = row->value[0] == '~';
	snprintf(value, sizeof value, "%s%s", is_below ? home : "", row->value + is_below);
	snprintf(setting, sizeof setting, "%s=%s", row->key, value);
	set_to(&s, setting);
	assert_int_equal(judge(&s.job, &s.spent, &s.err), 0);
	print_notes(&s.d);
	assert_true(has_note(&s.d, "Maildir/cur/secret: no"));
	assert_false(has_note(&s.d, "it worked"));
	tear_down(&s);
}

/* ---- what it hands back ---- */

static void die(struct delivery *d, struct judgement *out)
{
	(void)d;
	(void)out;
	__builtin_trap();
}

static void leave(struct delivery *d, struct judgement *out)
{
	(void)d;
	(void)out;
	_exit(0);
}

static void grow(struct delivery *d, struct judgement *out)
{
	(void)out;
	for (;;)
		memset(arena_alloc(d->mem, 1 << 24), 1, 1 << 24);
}

static void spin(struct delivery *d, struct judgement *out)
{
	volatile unsigned n = 0;
	(void)d;
	(void)out;
	for (;;)
		n++;
}

static void put_action(struct judgement *out, enum action_kind kind, struct str argument)
{
	out->plan.steps[0].kind = kind;
	out->plan.steps[0].argument = argument;
}

static void go_up(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_STORE, STR_LIT("../../other/Maildir"));
}

static void go_elsewhere(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_STORE, STR_LIT("/etc"));
}

static void fold_folder(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_STORE, STR_LIT("a\nb"));
}

static void redirect_to_option(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_REDIRECT, STR_LIT("-oQ/tmp@b.test"));
}

static void redirect_to_nothing(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_REDIRECT, (struct str){NULL, 0});
}

static void redirect_to_lines(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_REDIRECT, STR_LIT("a@b.test\nRCPT TO:<c@d.test>"));
}

static void redirect_after_line(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_REDIRECT, STR_LIT("\nc@d.test"));
}

static void redirect_to_many(struct delivery *d, struct judgement *out)
{
	for (int i = 0; i < 50; i++)
		plan_add(&out->plan, ACTION_REDIRECT, arena_fmt(d->mem, "a%d@b.test", i),
			verdict_reason_text("mine"));
}

static void pipe_to_program(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_PIPE, STR_LIT("sh"));
}

static void pipe_to_path(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, ACTION_PIPE, STR_LIT("../bin/sh"));
}

static void pipe_with_lines(struct delivery *d, struct judgement *out)
{
	struct str *word = arena_alloc(d->mem, sizeof *word);
	*word = STR_LIT("-c\nid");
	put_action(out, ACTION_PIPE, STR_LIT("sh"));
	out->plan.steps[0].arguments = (struct str_list){word, 1};
}

static void run_program(struct delivery *d, struct judgement *out)
{
	const struct sv_program asked = {.name = STR_LIT("sh")};
	struct str output;
	struct err err;
	enum sv_ran ran = asks_program(d, &asked, d->mem, &output, &err);
	if (ran == SV_RAN_NOT && strstr(err.text, "no such program is allowed"))
		put_action(out, ACTION_REDIRECT, STR_LIT("-x"));
}

static void unknown_kind(struct delivery *d, struct judgement *out)
{
	(void)d;
	put_action(out, (enum action_kind)9, STR_LIT(""));
}

static void unknown_form(struct delivery *d, struct judgement *out)
{
	(void)d;
	out->plan.steps[0].form = 7;
}

static void many_flags(struct delivery *d, struct judgement *out)
{
	(void)d;
	out->plan.steps[0].flags = 0xffffffff;
}

static void fold_keyword(struct delivery *d, struct judgement *out)
{
	struct str *word = arena_alloc(d->mem, sizeof *word);
	*word = STR_LIT("a\n0 b");
	out->plan.steps[0].keywords = (struct str_list){word, 1};
}

static void nothing_decided(struct delivery *d, struct judgement *out)
{
	(void)d;
	out->plan.step_count = 0;
}

static void twice(struct delivery *d, struct judgement *out)
{
	struct pieces *p = &out->plan.forms[0].stored;
	struct str whole = message_bytes(d->msg);
	p->items = arena_alloc(d->mem, 3 * sizeof *p->items);
	p->count = 3;
	for (size_t i = 0; i < 3; i++)
		p->items[i] = whole;
}

static void backwards(struct delivery *d, struct judgement *out)
{
	struct pieces *p = &out->plan.forms[0].sent;
	struct str whole = message_bytes(d->msg);
	p->items = arena_alloc(d->mem, 2 * sizeof *p->items);
	p->count = 2;
	p->items[0] = str_slice(whole, 20, 40);
	p->items[1] = str_slice(whole, 0, 20);
}

/* Each part of the frame as often as it likes: a small frame would fill the disk. */
static void repeat(struct delivery *d, struct judgement *out)
{
	enum { TIMES = 5000, SIZE = 1 << 20 };
	struct pieces *p = &out->plan.forms[0].stored;
	struct str part = {arena_alloc(d->mem, SIZE), SIZE};
	p->items = arena_alloc(d->mem, TIMES * sizeof *p->items);
	p->count = TIMES;
	for (size_t i = 0; i < TIMES; i++)
		p->items[i] = part;
}

/* Many actions, of which each is allowed. */
static void store_often(struct delivery *d, struct judgement *out)
{
	for (int i = 0; i < 2 * LIMIT_RUN_ALL_ACTIONS; i++)
		plan_add(&out->plan, ACTION_STORE, arena_fmt(d->mem, "F%d", i),
			verdict_reason_text("mine"));
}

/* As many as scripts may have, each with much that was added. */
static void store_much(struct delivery *d, struct judgement *out)
{
	enum { TIMES = 100, SIZE = 22 << 20 };
	struct pieces *p = &out->plan.forms[0].stored;
	p->items = arena_alloc(d->mem, sizeof *p->items);
	p->count = 1;
	p->items[0] = (struct str){memset(arena_alloc(d->mem, SIZE), 'x', SIZE), SIZE};
	for (int i = 0; i < TIMES; i++)
		plan_add(&out->plan, ACTION_STORE, arena_fmt(d->mem, "F%d", i),
			verdict_reason_text("mine"));
}

/* Each one has the parent do something. */
static void ask_for_ever(struct delivery *d, struct judgement *out)
{
	int n = 0;
	while (asks_remembered(d, STR_LIT("h"), STR_LIT("k"), &out->plan.notes) >= 0)
		n++;
	struct str note = out->plan.notes.items[out->plan.notes.count - 1];
	/* The stages have asked as well. */
	bool ended = n > 9900 && n <= 10000 && str_ifind(note, STR_LIT("too often")) < note.n;
	if (ended)
		put_action(out, ACTION_REDIRECT, STR_LIT("-x"));
}

static void seal_another(struct delivery *d, struct judgement *out)
{
	out->plan.forms[0].sealed[0] = arena_str(d->mem, STR_LIT(" boss@a.test"));
}

static void seal_another_body(struct delivery *d, struct judgement *out)
{
	out->plan.forms[0].sealed_body = arena_str(d->mem, STR_LIT("pay"));
}

/* Neither the body nor a piece has an address: for the sanitizers. */
static void seal_nothing(struct delivery *d, struct judgement *out)
{
	struct form *f = &out->plan.forms[0];
	f->sealed_body = (struct str){NULL, 0};
	f->sent.items = arena_alloc(d->mem, sizeof *f->sent.items);
	f->sent.count = 1;
	for (size_t i = 0; i < STAMP_FIELDS; i++)
		f->sealed[i] = (struct str){NULL, 0};
	out->plan.step_count = 0;
}

static void put_report(struct delivery *d, struct judgement *out, struct str path, struct str text)
{
	struct plan *p = &out->plan;
	*(struct report *)ARENA_PUSH(d->mem, p->reports, p->report_count) =
		(struct report){path, text};
}

static void report_elsewhere(struct delivery *d, struct judgement *out)
{
	put_report(d, out, STR_LIT("/etc/cron.d/x"), STR_LIT("* * * * * root x\n"));
}

static void report_above(struct delivery *d, struct judgement *out)
{
	put_report(d, out, arena_fmt(d->mem, "%s/../x.errors", home), STR_LIT("x"));
}

static void another_original(struct delivery *d, struct judgement *out)
{
	(void)d;
	out->original_recipient = STR_LIT("boss@a.test");
}

static void fold_original(struct delivery *d, struct judgement *out)
{
	(void)d;
	out->original_recipient = STR_LIT("a@b.test\nX: 1");
}

static void fold_note(struct delivery *d, struct judgement *out)
{
	struct str *note = arena_alloc(d->mem, sizeof *note);
	*note = STR_LIT("a\nevent=delivery status=stored");
	out->verdict.notes.items = note;
	out->verdict.notes.count = 1;
}

/* COUNT recipients. */
static struct outmail *send_to(
	struct delivery *d, struct judgement *out, const char *kind, struct str to, size_t count)
{
	struct outmail *o = arena_alloc(d->mem, sizeof *o);
	*o = (struct outmail){.kind = kind, .what = str_of(kind), .text = STR_LIT("x")};
	for (size_t i = 0; i < count; i++)
		*(struct str *)ARENA_PUSH(d->mem, o->recipients.items, o->recipients.count) = to;
	out->plan.outmails.items = o;
	out->plan.outmails.count = 1;
	return o;
}

static void send_to_nobody(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", STR_LIT(""), 0);
}

static void send_to_empty(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", STR_LIT(""), 1);
}

static void send_to_absent(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", (struct str){NULL, 0}, 1);
}

static void send_another_kind(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "spam", STR_LIT("a@b.test"), 1);
}

static void send_to_option(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", STR_LIT("-bs"), 1);
}

static void send_to_line(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", STR_LIT("a@b.test\r\n"), 1);
}

static void send_to_many(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", STR_LIT("a@b.test"), LIMIT_NOTIFY_RECIPIENTS + 1);
}

static void report_to_two(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "report", STR_LIT("a@b.test"), 2);
}

static void send_as_another(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", STR_LIT("a@b.test"), 1)->sender = STR_LIT("boss@a.test");
}

static void answer_another(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "vacation", STR_LIT("eve@b.test"), 1);
}

static void answer_two(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "reject", STR_LIT("bob@b.test"), 2);
}

/* The next attempt takes what the journal intends for decided. */
static void redirect_by_journal(struct delivery *d, struct judgement *out)
{
	send_to(d, out, "notify", STR_LIT("a@b.test"), 1)->what = STR_LIT("redirect -bs");
}

static void unknown_label(struct delivery *d, struct judgement *out)
{
	(void)d;
	out->verdict.label.kind = (enum label)77;
}

static void unknown_spam(struct delivery *d, struct judgement *out)
{
	(void)d;
	out->verdict.spam.state = (enum spam_state)77;
}

/* The failure of a result that is not believed does not count either. */
static void fail_and_fold(struct delivery *d, struct judgement *out)
{
	out->failed = true;
	out->failure.text = STR_LIT("no");
	fold_note(d, out);
}

static const struct death_row {
	const char *name;
	void (*attack)(struct delivery *d, struct judgement *out);
	const char *note; /* a part of it */
} death_rows[] = {
	{"it dies", die, "judging the message"},
	{"it ends early", leave, "ended without a result"},
	{"it grows", grow, "of memory"},
	{"it spins", spin, "judging the message"},
	{"a folder above", go_up, "not a folder"},
	{"a folder elsewhere", go_elsewhere, "not a folder"},
	{"a folder of two lines", fold_folder, "not a folder"},
	{"a redirect to an option", redirect_to_option, "not an address"},
	{"a redirect to nothing", redirect_to_nothing, "not an address"},
	{"a redirect of two lines", redirect_to_lines, "not an address"},
	{"a redirect after a line end", redirect_after_line, "not an address"},
	{"too many redirects", redirect_to_many, "more redirects"},
	{"a pipe, where none is allowed", pipe_to_program, "programs are not allowed"},
	{"a pipe to a path", pipe_to_path, "without a slash"},
	{"a pipe with an argument of two lines", pipe_with_lines, "not one line"},
	{"a program, where none is allowed", run_program, "not an address"},
	{"an unknown action", unknown_kind, "too large"},
	{"a form that is not there", unknown_form, "a form that does not exist"},
	{"unknown flags", many_flags, "too large"},
	{"a keyword of two lines", fold_keyword, "not one line"},
	{"nothing decided", nothing_decided, "nothing is decided"},
	{"the message three times", twice, "written twice"},
	{"parts of the message out of order", backwards, "written twice"},
	{"a part of the frame many times", repeat, "larger than"},
	{"more actions than scripts have", store_often, "more actions"},
	{"many copies of a large text", store_much, "add too much"},
	{"a journal that redirects", redirect_by_journal, "another kind than its record"},
	{"questions without end", ask_for_ever, "not an address"},
	{"a stamp for another From", seal_another, "sealed that is not sent"},
	{"a stamp for another body", seal_another_body, "sealed that is not sent"},
	{"a stamp for nothing", seal_nothing, "nothing is decided"},
	{"a report of root's", report_elsewhere, "not next to a script"},
	{"a report above the home", report_above, "not next to a script"},
	{"an original recipient without a stamp", another_original, "none of our stamps"},
	{"an original recipient of two lines", fold_original, "not an address"},
	{"a note of two lines", fold_note, "not one line"},
	{"a failure with a note of two lines", fail_and_fold, "not one line"},
	{"a notification to nobody", send_to_nobody, "to be sent is invalid"},
	{"a notification to an empty address", send_to_empty, "to be sent is invalid"},
	{"a notification to an absent address", send_to_absent, "to be sent is invalid"},
	{"a message of another kind", send_another_kind, "to be sent is invalid"},
	{"a notification to an option", send_to_option, "not an address"},
	{"a notification to a line", send_to_line, "not an address"},
	{"a notification to too many", send_to_many, "sent to too many"},
	{"a report of a message to two", report_to_two, "a report to more than one"},
	{"a notification as somebody else", send_as_another, "this mailbox may not send"},
	{"an answer to somebody else", answer_another, "somebody other than the sender"},
	{"an answer to the sender twice", answer_two, "somebody other than the sender"},
	{"an unknown label", unknown_label, "too large"},
	{"an unknown spam state", unknown_spam, "too large"},
};

static void judge_attacked(const struct death_row *row, struct setting *s)
{
	attack = row->attack;
	set_up(s, message_text, "keep;\n");
	if (judge(&s->job, &s->spent, &s->err) < 0)
		fail_msg("%s", s->err.text);
	if (!has_note(&s->d, row->note))
		print_notes(&s->d);
	assert_true(has_note(&s->d, row->note));
	assert_true(has_note(&s->d, "the message is kept"));
	assert_kept(s);
	tear_down(s);
}

/* Also when judging without rules ends no better: then the message is kept as it came. */
static void test_death(void **state)
{
	struct setting s;
#ifdef MDA_SANITIZED
	if (((const struct death_row *)*state)->attack == grow) {
		print_message("# a sanitized build sets no limit of memory\n");
		return;
	}
#endif
	attempts = 3;
	judge_attacked(*state, &s);
}

/* ---- a message in a file ---- */

/* Its memory is the parent's too, unless somebody took care. */
static void change_message(struct delivery *d, struct judgement *out)
{
	struct str bytes = message_bytes(d->msg);
	uintptr_t page = (uintptr_t)bytes.p & ~(uintptr_t)4095;
	(void)out;
	if (mprotect((void *)page, bytes.n + ((uintptr_t)bytes.p - page), PROT_READ | PROT_WRITE) ==
		0)
		memset((char *)bytes.p, 'X', bytes.n);
	_exit(0);
}

static void test_spooled(void **state)
{
	const struct death_row row = {"", change_message, "ended without a result"};
	struct setting s;
	(void)state;
	in_memory = 10;
	attempts = 3;
	judge_attacked(&row, &s);
	in_memory = 1 << 20;
}

/* ---- what judging leaves out ---- */

/* Only when nothing can read the header, a field that claims to be ours stays. */
static void test_firewall(void **state)
{
	struct setting s;
	(void)state;
	attack = die;
	attempts = 2;
	set_up(&s, message_text, "keep;\n");
	assert_int_equal(judge(&s.job, &s.spent, &s.err), 0);
	assert_kept(&s);
	struct str text = stored(&s.d, &s.d.plan->steps[0]);
	assert_int_equal(str_ifind(text, STR_LIT("forged")), text.n);
	assert_true(s.d.plan->facts.has_received);
	tear_down(&s);
}

/* What a sender or a script may well write is no reason to keep a message unjudged. */
static const struct odd_row {
	const char *name, *message, *rules, *note;
} odd_rows[] = {
	{"a line end in the name of an attachment",
		"Received: x; Sat, 28 Nov 2026 12:00:00 +0000\n"
		"Content-Type: application/octet-stream\n"
		"Content-Disposition: attachment; filename*=utf-8''a%0Ab.exe\n\na body\n",
		"fileinto \"A\";\n", "the attachment"},
	{"a flag that is too long", message_text,
		"set \"a\" \"0123456789012345678901234567890123456789\";"
		"set \"a\" \"${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}\";"
		"set \"a\" \"${a}${a}\"; addflag \"${a}\"; fileinto \"A\";\n",
		"a flag is left out"},
};

static void test_odd(void **state)
{
	const struct odd_row *row = *state;
	struct setting s;
	attack = NULL;
	set_up(&s, row->message, "");
	struct str rules = arena_fmt(
		s.mem, "require [\"fileinto\", \"imap4flags\", \"variables\"];\n%s", row->rules);
	assert_int_equal(io_replace_file(script_path, rules, 0600, &s.err), 0);
	assert_int_equal(judge(&s.job, &s.spent, &s.err), 0);
	print_notes(&s.d);
	assert_true(has_note(&s.d, row->note));
	assert_int_equal(s.d.plan->step_count, 1);
	assert_true(str_eq(s.d.plan->steps[0].argument, STR_LIT("A")));
	tear_down(&s);
}

/* A stage that cannot go on after the rules have decided is a reason to try again, not to keep. */
static void fail_late(struct delivery *d, struct judgement *out)
{
	out->failed = true;
	out->failure.fault = FAULT_TEMP;
	out->failure.text.p = memset(arena_alloc(d->mem, 1020), 'x', 1020);
	out->failure.text.n = 1020;
	out->plan.step_count = 0;
	out->plan.form_count = 0;
}

static void test_failure(void **state)
{
	struct setting s;
	(void)state;
	attack = fail_late;
	attempts = 3;
	set_up(&s, message_text, "keep;\n");
	assert_int_equal(judge(&s.job, &s.spent, &s.err), -1);
	assert_int_equal(s.err.fault, FAULT_TEMP);
	assert_int_equal(s.err.text[0], 'x');
	tear_down(&s);
}

/* ---- a kernel that lacks Landlock ---- */

static bool forbid_landlock(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof code / sizeof *code, code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* 1 when the delivery notes it, 0 when it does not, above when something else is wrong. */
static int deliver_lacking(const char *text)
{
	struct setting s;
	struct outcome out;
	set_up(&s, text, "require \"fileinto\"; fileinto \"A\";\n");
	if (judge(&s.job, &s.spent, &s.err) < 0)
		return 2;
	int noted = has_note(&s.d, "than it could be: no Landlock");
	if (deliver_verdict(&s.d, &out, &s.err) < 0 || out.count != 1)
		return 3;
	tear_down(&s);
	return noted;
}

/* It is told once, and mail is judged by the rules all the same. */
static void test_lack(void **state)
{
	int status = -1;
	(void)state;
	attack = NULL;
	if (confined_possible() != (CONFINED_LIMITS | CONFINED_LANDLOCK | CONFINED_SYSCALLS))
		skip();
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (!forbid_landlock() || deliver_lacking(message_text) != 1)
			_exit(1);
		_exit(deliver_lacking(
			      "Received: x; Sat, 28 Nov 2026 12:00:01 +0000\n\nanother\n") == 0
				? 0
				: 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- attachments that nobody can look at ---- */

/* The stage that looks at them, as if a part of the message ended the process in it. */
static void die_in_attachments(struct delivery *d, struct judgement *out)
{
	(void)out;
	d->mark->stage = 4;
	die(d, out);
}

/*
 * They are refused, and everything else is judged: else such a message would pass all lists. It is
 * not lost: perhaps the machine had too much to do.
 */
static void test_attachments(void **state)
{
	struct setting s;
	(void)state;
	assert_string_equal(pipeline_stages[3].name, "attachments");
	attack = die_in_attachments;
	attempts = 0;
	attack_once = true;
	set_up(&s, message_text, "keep;\n");
	set_to(&s, "spam_action=discard");
	assert_int_equal(judge(&s.job, &s.spent, &s.err), 0);
	attack_once = false;
	print_notes(&s.d);
	assert_true(has_note(&s.d, "in the stage attachments; they count as refused"));
	assert_int_equal(s.d.verdict->spam.state, SPAM_YES);
	assert_true(str_ifind(s.d.verdict->spam.reason.text, STR_LIT("looked at to the end")) <
		    s.d.verdict->spam.reason.text.n);
	assert_int_equal(s.d.plan->step_count, 1);
	assert_true(str_eq(s.d.plan->steps[0].argument, STR_LIT("Junk")));
	assert_int_equal(s.d.verdict->label.kind, LABEL_UNKNOWN);
	tear_down(&s);
}

/* ---- a script at fault ---- */

/* Rules that die are told to their author, and the other stages still judge. */
static void die_in_rules(struct delivery *d, struct judgement *out)
{
	d->mark->stage = 7;
	snprintf(d->mark->script, sizeof d->mark->script, "%s", script_path);
	die(d, out);
}

static void test_script(void **state)
{
	struct setting s;
	(void)state;
	assert_string_equal(pipeline_stages[6].name, "rules");
	attack = die_in_rules;
	attempts = 1;
	set_up(&s, message_text, "keep;\n");
	assert_int_equal(judge(&s.job, &s.spent, &s.err), 0);
	assert_kept(&s);
	struct str text = stored(&s.d, &s.d.plan->steps[0]);
	assert_int_equal(str_ifind(text, STR_LIT("forged")), text.n);
	assert_int_equal(s.d.verdict->label.kind, LABEL_UNKNOWN);
	assert_int_equal(s.d.plan->report_count, 1);
	assert_true(str_iends(s.d.plan->reports[0].path, STR_LIT("/.mda/rules.sieve.errors")));
	assert_true(has_note(&s.d, "in the stage rules"));
	tear_down(&s);
}

/* ---- all of them ---- */

static int make_home(void)
{
	struct err err;
	char path[96];
	strcpy(home, "/tmp/mda-judge.XXXXXX");
	if (!mkdtemp(home))
		return -1;
	snprintf(path, sizeof path, "%s/.mda", home);
	snprintf(script_path, sizeof script_path, "%s/.mda/rules.sieve", home);
	snprintf(key_path, sizeof key_path, "%s/key", home);
	snprintf(conf_path, sizeof conf_path, "%s/mda.conf", home);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/Maildir", home);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/Maildir/cur", home);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/Maildir/cur/secret", home);
	if (io_replace_file(path, STR_LIT("x"), 0600, &err) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/.mda/link", home);
	if (symlink(home, path) < 0)
		return -1;
	struct arena *mem = arena_new();
	struct str text = arena_fmt(mem,
		"users = virtual\nvirtual_user = \"\"\nvirtual_home = \"%s\"\nlog = none\n"
		"stamp_key = \"%s\"\nglobal_allow = \"\"\nglobal_block = \"\"\naliases = \"\"\n"
		"time_limit = 120\nattachments_refuse = { \"*.com\" }\n",
		home, key_path);
	int r = io_replace_file(conf_path, text, 0600, &err);
	char *key = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r < 0 || key == MAP_FAILED)
		return -1;
	snprintf(key, 4096, "%s%s%s%s%s\n", key_id, key_half, key_rest, key_half, key_rest);
	r = io_replace_file(key_path, str_of(key), 0600, &err);
	munmap(key, 4096);
	arena_free(mem);
	return r;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_home(void)
{
	nftw(home, remove_one, 10, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_well, "a verdict comes back as it was decided"),
		TABLE_OF_ONE(test_machine, "an attacker reaches nothing"),
		TABLE(test_reading, reading_rows),
		TABLE(test_death, death_rows),
		TABLE_OF_ONE(test_spooled, "a message in a file stays as it came"),
		TABLE_OF_ONE(
			test_firewall, "a forged field goes also when nothing else can be judged"),
		TABLE(test_odd, odd_rows),
		TABLE_OF_ONE(test_failure, "a stage that fails late"),
		TABLE_OF_ONE(test_lack, "a kernel without Landlock is noted once"),
		TABLE_OF_ONE(test_attachments, "attachments that nobody can look at"),
		TABLE_OF_ONE(test_script, "a script at fault"),
	};
	if (make_home() < 0)
		return 1;
	int failed = table_run("judge", tables, sizeof tables / sizeof *tables);
	remove_home();
	return failed;
}
