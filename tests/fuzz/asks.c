/*
 * The questions of the process that judges, as an attacker in that process may write them: each
 * gets an answer that can be read or one line that says why not, no answer holds a key or a file,
 * only what a seal of ours covers is believed to be sealed, and nothing is made.
 */
#include "mda/asks.h"
#include "mda/asks_serve.h"
#include "mda/conf/mailboxes.h"
#include "mda/stage_conf.h"

#include "base/frame_rows.h"
#include "mda/delivery/stamp_key.h"
#include "store/seen.h"
#include "store/store.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* asks.c's kinds, from 1. */
enum { SEAL = 1, REMEMBERED, KNOWN, SPAM, FOLDER, LIBSIEVE, PROGRAM, ALIAS };

enum { VERSION = 1, MOST = 1 << 20 };

static const char between[] = "\xff\xfe\xff\xfe";
static const char key_text[] =
	"1f2e3d4c 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
static const char sealed_text[] = "v=2; k=1f2e3d4c; t=1795000000; o=abc@example.com; "
				  "r=ann@a.test; s=no; p=abc@example.com; h=; b=";

/* ---- what is asked, as it is written (asks.c) ---- */

struct question {
	struct str first, second;
	struct str_list parts;
};

/* Of the message's body the place is sent, and not the bytes. */
struct program_question {
	struct str name;
	struct str_list arguments, input;
	bool wants_output, is_test;
};

FRAME_TEXTS(sealed_part, MOST, NULL);
FRAME_ROWS(seal_question, ROW_TEXT(1, struct question, first, MOST, NULL),
	ROW_TEXT(2, struct question, second, MOST, NULL),
	ROW_LIST(3, struct question, parts.items, parts.count, 64, sealed_part));
FRAME_ROWS(pair_question, ROW_TEXT(1, struct question, first, MOST, NULL),
	ROW_TEXT(2, struct question, second, MOST, NULL));
FRAME_TEXTS(argument, MOST, NULL);
FRAME_PARTS(piece, 1ULL << 40);
FRAME_ROWS(program_question, ROW_TEXT(1, struct program_question, name, MOST, NULL),
	ROW_LIST(2, struct program_question, arguments.items, arguments.count, 128, argument),
	ROW_LIST(3, struct program_question, input.items, input.count, 4, piece),
	ROW_NUMBER(4, struct program_question, wants_output, 1),
	ROW_NUMBER(5, struct program_question, is_test, 1));

/* ---- a delivery to ann@a.test ---- */

static struct world {
	struct conf_file *file;
	struct user user;
	struct envelope env;
	struct stamp_keys keys;
	const struct conf *conf;
	const char *maildir, *state_dir;
	struct arena *mem;
} world;

static void remember_one(const struct world *w, struct err *err)
{
	const struct seen_item item = {
		.key = seen_tracked_key(STR_LIT("handle"), STR_LIT("id")), .seconds = 3600 * 24};
	const struct str part = STR_LIT("another delivery");
	struct store_id id = store_id_of(&part, 1);
	FUZZ_CHECK(seen_remember(w->state_dir, &item, 1, &id, (int64_t)time(NULL), err) == 0);
}

static void store_one(const struct world *w, struct err *err)
{
	const struct store_conf conf = {.maildir = w->maildir};
	const struct str text = STR_LIT("Subject: x\n\nsecret mail\n");
	const struct store_item item = {
		.folder = STR_LIT("Lists/A"), .pieces = &text, .piece_count = 1};
	struct store_receipt receipt;
	struct store_id id = store_id_of(&text, 1);
	struct store *s = store_open(&conf, err);
	FUZZ_CHECK(s && store_put(s, &id, &item, 1, w->mem, &receipt, err) == 0 &&
		   store_finish(s, &id, 1, err) == 0);
	store_close(s);
}

static void know_one(const struct world *w, struct err *err)
{
	struct contacts contacts;
	FUZZ_CHECK(stage_conf_contacts(w->conf, &w->user.names, w->mem, &contacts, err) == 0);
	struct known_changes *c = contacts_known_open(contacts_known_dir(&contacts, w->mem), err);
	FUZZ_CHECK(c != NULL);
	contacts_known_mark(c, STR_LIT("eve@b.test"), STR_LIT("Eve"), KNOWN_ADDED, 0);
	FUZZ_CHECK(contacts_known_commit(c, err) == 0);
	contacts_known_close(c);
}

static void make_world(void)
{
	struct world *w = &world;
	struct err err = {.text = ""};
	w->mem = arena_new();
	const char *home = fuzz_path(w->mem, "home"), *conf = fuzz_path(w->mem, "mda.conf"),
		   *key = fuzz_path(w->mem, "key"), *programs = fuzz_path(w->mem, "programs");
	fuzz_write(key, str_of(key_text));
	fuzz_write(
		conf, arena_fmt(w->mem,
			      "users = virtual\nvirtual_user = \"\"\nvirtual_home = \"%s\"\nlog = "
			      "none\nstamp_key = \"%s\"\nprograms_dir = \"%s\"\naliases = "
			      "\"\"\naddress \"abc@example.com\" "
			      "{\n label = no\n}\n",
			      home, key, programs));
	/* One that nobody can run. */
	FUZZ_CHECK(mkdir(programs, 0755) == 0);
	fuzz_write(fuzz_path(w->mem, "programs/plain"), STR_LIT("x\n"));
	w->file = conf_load(conf, w->mem, &err);
	FUZZ_CHECK(w->file && mkdir(home, 0700) == 0);
	w->conf = conf_for(w->file, STR_LIT("ann@a.test"), w->mem, &err);
	w->user.names = (struct template_values){.user = STR_LIT("ann@a.test"),
		.local = STR_LIT("ann"),
		.domain = STR_LIT("a.test"),
		.home = str_of(home)};
	w->env = (struct envelope){.sender = STR_LIT("bob@b.test"),
		.recipient = STR_LIT("ann@a.test"),
		.original_recipient = STR_LIT("ann@a.test"),
		.mailbox = STR_LIT("ann@a.test")};
	FUZZ_CHECK(w->conf && mailboxes_paths(w->conf, &w->user.names, w->mem, &w->maildir,
				      &w->state_dir, &err) == 0);
	w->state_dir = store_state_dir(w->maildir, w->mem);
	FUZZ_CHECK(mkdir(fuzz_path(w->mem, "home/.mda"), 0700) == 0);
	store_one(w, &err);
	fuzz_write(fuzz_path(w->mem, "home/Maildir/.Lists.A/dovecot-uidlist"),
		STR_LIT("3 V1 N2 G0f0e0d0c\n"));
	remember_one(w, &err);
	know_one(w, &err);
}

/* ---- what comes out ---- */

static bool holds(struct str text, struct str part)
{
	return str_ifind(text, part) < text.n;
}

static void check_secret(struct str text)
{
	static const unsigned char raw[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
	FUZZ_CHECK(!holds(text, STR_LIT("0011223344556677")));
	FUZZ_CHECK(!holds(text, (struct str){(const char *)raw, sizeof raw}));
	FUZZ_CHECK(!holds(text, STR_LIT("secret mail")));
}

/* The number of names below the home. */
static unsigned names_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static unsigned names(struct arena *mem)
{
	return names_in(world.user.names.home.p) + names_in(world.maildir) +
	       names_in(world.state_dir) + names_in(fuzz_path(mem, "home/.mda"));
}

static void ask(struct asks_server *a, unsigned kind, struct str request, struct arena *mem)
{
	struct str reply = {"", 0};
	struct err err = {.text = ""};
	if (asks_serve(a, kind, request, mem, &reply, &err) == 0) {
		FUZZ_CHECK(str_istarts(reply, STR_LIT("MDAF")));
		check_secret(reply);
		return;
	}
	struct str why = str_of(err.text);
	FUZZ_CHECK(why.n > 0 && str_find(why, '\n') == why.n);
	check_secret(why);
}

static void check_sealed(const struct asks_server *a)
{
	for (size_t i = 0; i < a->sealed.count; i++)
		FUZZ_CHECK(str_eq(a->sealed.items[i], str_of(sealed_text)));
}

/* ---- */

static struct str take_question(struct str *input)
{
	struct str mark = {between, sizeof between - 1};
	struct str one = fuzz_take(input, str_ifind(*input, mark));
	(void)fuzz_take(input, mark.n); /* if it is there */
	return one;
}

static void run(struct str input, struct arena *mem)
{
	struct err err;
	if (!world.file)
		make_world();
	struct message *msg =
		message_borrow(STR_LIT("From: Eve <eve@b.test>\nSubject: x\n\nbody\n"), &err);
	struct delivery d = {.conf = world.conf,
		.user = &world.user,
		.env = &world.env,
		.told = world.env,
		.keys = &world.keys,
		.msg = msg,
		.mem = mem};
	struct asks_server a = {.delivery = &d,
		.file = world.file,
		.maildir = world.maildir,
		.state_dir = world.state_dir};
	unsigned before = names(mem);
	while (input.n) {
		struct str question = take_question(&input);
		unsigned kind = fuzz_choose(&question, 9);
		/* Each starts a process, so that one an input is enough. */
		if (kind != LIBSIEVE || a.asked[kind] == 0)
			ask(&a, kind, question, mem);
	}
	check_sealed(&a);
	FUZZ_CHECK(names(mem) == before);
	message_free(msg);
}

/* ---- seeds ---- */

static void put(struct buf *b, unsigned kind, const struct frame_type *type, struct question q)
{
	if (b->n)
		buf_text(b, between);
	buf_byte(b, (char)kind);
	frame_write(b, VERSION, type, &q, (struct str){"", 0});
}

static struct question seal(struct arena *mem)
{
	struct str *parts = arena_alloc(mem, 2 * sizeof *parts);
	struct hash secret, *h = arena_alloc(mem, sizeof *h);
	parts[0] = str_of(sealed_text);
	parts[1] = STR_LIT("body");
	FUZZ_CHECK(hash_from_hex(str_slice(str_of(key_text), 9, 9 + 64), &secret));
	*h = hash_hmac((struct str){(const char *)secret.bytes, HASH_BYTES}, parts, 2);
	return (struct question){.first = STR_LIT("1f2e3d4c"),
		.second = {(const char *)h->bytes, sizeof h->bytes},
		.parts = {parts, 2}};
}

/* A request of libsieve's engine (libsieve.c). */
static struct str libsieve_request(struct arena *mem)
{
	struct buf b = {0};
	const struct question script = {
		.first = STR_LIT("require \"fileinto\";\nif header :is \"0\" "
				 "\"x\" { fileinto \"0\"; }\n")};
	frame_write(&b, 1, &pair_question, &script, (struct str){"", 0});
	struct str bytes = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return bytes;
}

static void seeds(struct arena *mem)
{
	const struct question handle = {.first = STR_LIT("handle"), .second = STR_LIT("id")};
	const struct {
		unsigned kind;
		const struct frame_type *type;
		struct question question;
	} all[] = {
		{SEAL, &seal_question, seal(mem)},
		{REMEMBERED, &pair_question, handle},
		{KNOWN, &pair_question, {.first = STR_LIT("eve@b.test")}},
		{KNOWN, &pair_question, {.first = fuzz_repeat(mem, STR_LIT("../"), 3000)}},
		{SPAM, &pair_question, {.first = STR_LIT("abc@example.com")}},
		{FOLDER, &pair_question, {.first = STR_LIT("0f0e0d0c")}},
		{LIBSIEVE, &pair_question, {.first = libsieve_request(mem)}},
		{ALIAS, &pair_question, {.first = STR_LIT("abc@example.com")}},
	};
	struct str text = STR_LIT("-x"), pieces[] = {STR_LIT("x: y\n\n"), STR_LIT("body\n")};
	const struct program_question programs[] = {
		{STR_LIT("plain"), {&text, 1}, {pieces, 2}, true, false},
		{STR_LIT("../key"), {0}, {pieces, 1}, false, true},
	};
	struct buf every = {0};
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct buf one = {0};
		buf_byte(&one, PROGRAM);
		frame_write(&one, VERSION, &program_question, &programs[i], (struct str){"", 0});
		fuzz_seed(buf_str(&one));
		buf_text(&every, i ? between : "");
		buf_add(&every, buf_str(&one));
		buf_free(&one);
	}
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct buf one = {0};
		put(&one, all[i].kind, all[i].type, all[i].question);
		put(&every, all[i].kind, all[i].type, all[i].question);
		fuzz_seed(buf_str(&one));
		buf_free(&one);
	}
	fuzz_seed(buf_str(&every));
	buf_free(&every);
}

const struct fuzz_target fuzz_target = {.run = run, .seeds = seeds, .quick_runs = 2000};
