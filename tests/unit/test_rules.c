/*
 * The rules stage: which scripts run in which order, and what happens to their actions. The engine
 * is a dummy.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "base/path.h"
#include "filters/engines.h"
#include "filters/rules.h"
#include "filters/rules_check.h"
#include "filters/sieve/action.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- an engine whose scripts are the result: one action a line, as "fileinto A" ---- */

struct sv_script {
	struct str name, text;
};

static struct sv_script *compile(struct str name, struct str text, const struct sv_host *host,
	struct arena *mem, struct sv_errors *errors)
{
	(void)host;
	if (str_istarts(text, STR_LIT("broken"))) {
		struct diag *d = ARENA_PUSH(mem, errors->items, errors->count);
		*d = (struct diag){name, 2, 5, STR_LIT("first\nproblem")};
		d = ARENA_PUSH(mem, errors->items, errors->count);
		*d = (struct diag){.file = name, .text = STR_LIT("second problem")};
		return NULL;
	}
	struct sv_script *script = arena_alloc(mem, sizeof *script);
	*script = (struct sv_script){name, text};
	return script;
}

static int run_script(const struct sv_script *script, const struct sv_input *input,
	struct arena *mem, struct sv_result *result, struct err *err)
{
	static const struct sv_action_kind *const kinds[] = {
		&action_keep, &action_fileinto, &action_discard, &action_redirect, &action_reject};
	struct str rest = script->text, line, word;
	(void)input;
	*result = (struct sv_result){.implicit_keep = true, .keep = {.kind = &action_keep}};
	for (unsigned n = 1; str_line(&rest, &line); n++) {
		if (!str_word(&line, &word))
			continue;
		if (str_eq(word, STR_LIT("fail")))
			return err_temp(
				err, STR_FMT ":%u: the engine is tired", STR_ARGS(script->name), n);
		if (str_eq(word, STR_LIT("copy")))
			result->implicit_keep = true;
		for (unsigned k = 0; k < 5; k++) {
			if (!str_eq(word, str_of(kinds[k]->name)))
				continue;
			struct sv_action *a = ARENA_PUSH(mem, result->actions, result->count);
			*a = (struct sv_action){.kind = kinds[k],
				.argument = str_trim(line),
				.script = script->name,
				.line = n};
			result->implicit_keep = false;
		}
		if (str_eq(word, STR_LIT("vanish")))
			result->implicit_keep = false;
	}
	return 0;
}

static const struct sv_engine puppet = {"puppet", compile, run_script};

/* ---- tables ---- */

static const struct row {
	const char *name;
	const char *before, *user, *after; /* texts; NULL: there is no such script */
	const char *actions;               /* "kind argument@script:line", one a line */
	const char *note;                  /* a part of the first note; NULL: none */
} rows[] = {
	{"no scripts", NULL, NULL, NULL, "store @no rule decided otherwise\n", NULL},
	{"empty script", NULL, "", NULL, "store @no rule decided otherwise\n", NULL},
	{"keep", NULL, "\nkeep", NULL, "store @user:2\n", NULL},
	{"fileinto", NULL, "fileinto A", NULL, "store A@user:1\n", NULL},
	{"fileinto and keep", NULL, "fileinto A\nkeep", NULL, "store A@user:1\nstore @user:2\n",
		NULL},
	{"fileinto :copy", NULL, "fileinto A\ncopy", NULL,
		"store A@user:1\nstore @no rule decided otherwise\n", NULL},
	{"fileinto twice", NULL, "fileinto A\nfileinto A", NULL, "store A@user:1\n", NULL},
	{"redirect", NULL, "redirect a@b", NULL, "redirect a@b@user:1\n", NULL},
	{"reject", NULL, "reject no", NULL, "reject no@user:1\n", NULL},
	{"discard", NULL, "discard", NULL, "discard @user:1\n", NULL},
	{"discard twice", NULL, "discard\ndiscard", NULL, "discard @user:1\n", NULL},
	{"discard and keep", NULL, "discard\nkeep", NULL, "store @user:2\n", NULL},
	{"discard and fileinto", NULL, "discard\nfileinto A", NULL, "store A@user:2\n", NULL},
	{"discard twice and redirect", NULL, "discard\ndiscard\nredirect a@b", NULL,
		"redirect a@b@user:3\n", NULL},
	{"nothing at all", NULL, "vanish", NULL, "store @no rule decided otherwise\n", NULL},
	/* one script after the other */
	{"before keeps", "keep", "fileinto A", NULL, "store A@user:1\n", NULL},
	{"before keeps, nobody else", "keep", NULL, NULL, "store @before:1\n", NULL},
	{"before files, so the user is not asked", "fileinto A", "fileinto B", NULL,
		"store A@before:1\n", NULL},
	{"before copies", "fileinto A\ncopy", "fileinto B", NULL,
		"store A@before:1\nstore B@user:1\n", NULL},
	{"before copies, the user discards", "fileinto A\ncopy", "discard", NULL,
		"store A@before:1\ndiscard @user:1\n", NULL},
	{"before discards", "discard", "keep", "keep", "discard @before:1\n", NULL},
	{"all three keep", "keep", "keep", "keep", "store @after:1\n", NULL},
	{"after files what the user keeps", NULL, "keep", "fileinto C", "store C@after:1\n", NULL},
	{"after is not asked", NULL, "fileinto A", "fileinto C", "store A@user:1\n", NULL},
	/* what is wrong */
	{"script that does not compile", NULL, "broken", NULL, "store @no rule decided otherwise\n",
		"script user:2:5: first"},
	{"script that fails", NULL, "fileinto A\nfail", NULL, "store @no rule decided otherwise\n",
		"script user:2: the engine is tired; the message is kept"},
	{"before does not compile, the user files", "broken", "fileinto A", NULL,
		"store A@user:1\n", "script before:2:5: first"},
	{"before fails, the user files", "fail", "fileinto A", NULL, "store A@user:1\n",
		"the engine is tired"},
	{"reject and keep", NULL, "reject no\nkeep", NULL, "store @no rule decided otherwise\n",
		"reject cannot go with"},
	{"reject and fileinto", NULL, "reject no\nfileinto A", NULL,
		"store @no rule decided otherwise\n", "reject cannot go with"},
	{"reject and redirect", NULL, "redirect a@b\nreject no", NULL,
		"store @no rule decided otherwise\n", "reject cannot go with"},
	{"reject twice", NULL, "reject no\nreject never", NULL,
		"store @no rule decided otherwise\n", "reject can be taken only once"},
	{"reject and discard", NULL, "reject no\ndiscard", NULL, "reject no@user:1\n", NULL},
	{"reject after a copy", "fileinto A\ncopy", "reject no", NULL,
		"store A@before:1\nstore @no rule decided otherwise\n", "reject cannot go with"},
	{"redirects, the most", NULL, "redirect a@b\nredirect b@b", NULL,
		"redirect a@b@user:1\nredirect b@b@user:2\n", NULL},
	{"redirects, one more", NULL, "redirect a@b\nredirect b@b\nredirect c@b", NULL,
		"store @no rule decided otherwise\n", "too many redirects"},
	{"redirects, one more in two scripts", "redirect a@b\ncopy", "redirect b@b\nredirect c@b",
		NULL, "redirect a@b@before:1\nstore @no rule decided otherwise\n",
		"too many redirects"},
	{"redirect to nowhere", NULL, "redirect nobody", NULL, "store @no rule decided otherwise\n",
		"redirect needs one address with a domain"},
	{"redirect with a name", NULL, "redirect Ann <a@b>", NULL, "redirect a@b@user:1\n", NULL},
	{"redirect to one, twice", NULL, "redirect a@b\nredirect <a@b>", NULL,
		"redirect a@b@user:1\n", NULL},
	{"redirect to an option", NULL, "redirect -oQ@b", NULL,
		"store @no rule decided otherwise\n", "redirect needs"},
	{"redirect to a group", NULL, "redirect g:a@b;", NULL, "store @no rule decided otherwise\n",
		"redirect needs"},
	{"redirect to two", NULL, "redirect a@b, c@d", NULL, "store @no rule decided otherwise\n",
		"redirect needs one address with a domain"},
};

/* ---- running them ---- */

static char dir[64];

static struct str path_of(const char *name, struct arena *mem)
{
	return arena_fmt(mem, "%s/%s", dir, name);
}

static void write_file(const char *name, struct str text, struct arena *mem)
{
	FILE *f = fopen(path_of(name, mem).p, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
}

static void add_script(struct str_list *list, const char *name, const char *text, struct arena *mem)
{
	if (!text)
		return;
	write_file(name, str_of(text), mem);
	*(struct str *)ARENA_PUSH(mem, list->items, list->count) = path_of(name, mem);
}

static struct verdict run(const struct rules_conf *conf, struct arena *mem)
{
	struct verdict v;
	struct message *m = message_borrow(STR_LIT("A: b\n\n"), NULL);
	const struct envelope env = {0};
	const struct sv_input input = {.msg = m, .env = &env};
	verdict_init(&v, mem, 1);
	rules_run(conf, &input, &v);
	message_free(m);
	return v;
}

static struct str describe(const struct verdict *v, struct arena *mem)
{
	static const char *const kinds[] = {"store", "redirect", "reject", "discard"};
	struct str all = {"", 0};
	for (size_t i = 0; i < v->action_count; i++) {
		const struct action *a = &v->actions[i];
		struct str where = verdict_reason_where(&a->reason, mem);
		size_t slash = str_rfind(where, '/');
		if (slash < where.n)
			where = str_slice(where, slash + 1, where.n);
		all = arena_fmt(mem, STR_FMT "%s " STR_FMT "@" STR_FMT "\n", STR_ARGS(all),
			kinds[a->kind], STR_ARGS(a->argument), STR_ARGS(where));
	}
	return all;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1000, .max_redirects = 2};
	add_script(&conf.before, "before", row->before, mem);
	add_script(&conf.user, "user", row->user, mem);
	add_script(&conf.after, "after", row->after, mem);
	struct verdict v = run(&conf, mem);
	struct str actions = describe(&v, mem);
	if (!str_eq(actions, str_of(row->actions)))
		fail_msg("\n" STR_FMT "instead of\n%s", STR_ARGS(actions), row->actions);
	assert_int_equal(v.notes.count > 0, row->note != NULL);
	struct str note = v.notes.count ? v.notes.items[0] : STR_LIT("");
	const char *wanted = row->note ? row->note : "";
	/* Notes name the whole path. */
	struct str start = arena_fmt(mem, "script %s/", dir);
	if (str_istarts(note, start))
		note = arena_fmt(
			mem, "script " STR_FMT, STR_ARGS(str_slice(note, start.n, note.n)));
	if (str_ifind(note, str_of(wanted)) == note.n && note.n)
		fail_msg("note \"" STR_FMT "\" instead of \"%s\"", STR_ARGS(note), wanted);
	arena_free(mem);
}

/* ---- flags from script to script ---- */

#define FLAGS "require [\"imap4flags\", \"fileinto\", \"copy\"]; "

/* Flags of stores: "folder: flags", one a line. */
static const struct flags_row {
	const char *name, *engine;
	const char *before, *user, *after;
	const char *stored;
} flags_rows[] = {
	{"before sets, the user keeps", "builtin", FLAGS "setflag \"\\\\Flagged\";", "keep;", NULL,
		": F\n"},
	{"before sets, the user has no rules", "builtin", FLAGS "setflag \"\\\\Flagged\";", NULL,
		NULL, ": F\n"},
	{"the user adds, after files", "builtin", NULL, FLAGS "addflag \"\\\\Seen\";",
		"require \"fileinto\"; fileinto \"Junk\";", "Junk: S\n"},
	{"all three", "builtin", FLAGS "keep :flags \"\\\\Flagged\";",
		FLAGS "addflag \"x\"; fileinto :copy \"C\";", FLAGS "removeflag \"\\\\Flagged\";",
		"C: F x\n: x\n"},
	{"one that fails says nothing about them", "builtin", FLAGS "setflag \"\\\\Seen\";",
		"require [\"imap4flags\", \"ihave\"]; setflag \"\\\\Flagged\"; error \"x\";", NULL,
		": S\n"},
	{"the other engine knows none", "libsieve", "require \"fileinto\"; fileinto \"A\";", NULL,
		NULL, "A:\n"},
};

static struct str describe_flags(const struct verdict *v, struct arena *mem)
{
	struct str all = {"", 0};
	for (size_t i = 0; i < v->action_count; i++) {
		const struct action *a = &v->actions[i];
		all = arena_fmt(mem, STR_FMT STR_FMT ":%s%s", STR_ARGS(all), STR_ARGS(a->argument),
			a->flags & FLAG_SEEN ? " S" : "", a->flags & FLAG_FLAGGED ? " F" : "");
		for (size_t k = 0; k < a->keywords.count; k++)
			all = arena_fmt(mem, STR_FMT " " STR_FMT, STR_ARGS(all),
				STR_ARGS(a->keywords.items[k]));
		all = arena_fmt(mem, STR_FMT "\n", STR_ARGS(all));
	}
	return all;
}

static void test_flags(void **state)
{
	const struct flags_row *row = *state;
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = engines_find(str_of(row->engine)),
		.max_script = 1000,
		.max_redirects = 2};
	add_script(&conf.before, "before", row->before, mem);
	add_script(&conf.user, "user", row->user, mem);
	add_script(&conf.after, "after", row->after, mem);
	struct verdict v = run(&conf, mem);
	assert_string_equal(
		arena_fmt(mem, STR_FMT, STR_ARGS(describe_flags(&v, mem))).p, row->stored);
	arena_free(mem);
}

/* An engine that knows no flags leaves them as they are. */
static void test_flags_and_libsieve(void **state)
{
	static const char *const scripts[] = {"require \"fileinto\"; fileinto \"A\";", "keep;", ""};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct arena *mem = arena_new();
		const struct sv_engine *e = engines_find(STR_LIT("libsieve"));
		struct message *m = message_borrow(STR_LIT("A: b\n\n"), NULL);
		struct str flags[] = {STR_LIT("\\Seen"), STR_LIT("x")};
		const struct envelope env = {0};
		const struct sv_input input = {.msg = m, .env = &env, .flags = {flags, 2}};
		struct sv_errors errors = {0};
		struct sv_result r;
		struct sv_script *s =
			e->compile(STR_LIT("t"), str_of(scripts[i]), NULL, mem, &errors);
		assert_non_null(s);
		assert_int_equal(e->run(s, &input, mem, &r, NULL), 0);
		const struct sv_property *p =
			engine_action_property(r.count ? &r.actions[0] : &r.keep, "flags");
		assert_non_null(p);
		assert_int_equal(p->values.count, 2);
		message_free(m);
		arena_free(mem);
	}
}

/* ---- where scripts come from ---- */

/* As ManageSieve leaves it when the active script is removed otherwise. */
static void test_dangling(void **state)
{
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1000};
	struct str link = path_of("active", mem), file = path_of("gone", mem);
	struct sv_errors errors = {0};
	(void)state;
	assert_int_equal(symlink("gone", link.p), 0);
	path_declare(path_of(".", mem).p);
	conf.user = (struct str_list){&link, 1};
	struct verdict v = run(&conf, mem);
	assert_int_equal(v.action_count, 1);
	assert_int_equal(v.notes.count, 1);
	assert_true(str_ifind(v.notes.items[0], STR_LIT("/gone: it does not exist, but ")) <
		    v.notes.items[0].n);
	assert_int_equal(v.rules.report_count, 1);
	assert_true(str_iends(v.rules.reports[0].path, STR_LIT("/active.errors")));
	assert_int_equal(rules_check(&conf, mem, &errors), 0);
	assert_int_equal(errors.count, 0);
	assert_int_equal(errors.warning_count, 1);
	assert_true(str_eq(errors.warnings[0].file, link));
	/* Once it is there it counts, under its own name, and the report goes. */
	write_file("gone", STR_LIT("fileinto Back"), mem);
	v = run(&conf, mem);
	assert_int_equal(v.notes.count, 0);
	assert_true(str_eq(v.actions[0].reason.file, file));
	assert_int_equal(v.rules.reports[0].text.n, 0);
	path_declare_none();
	arena_free(mem);
}

static void test_first_of_the_users(void **state)
{
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1000};
	struct str paths[] = {path_of("missing", mem), path_of("one", mem), path_of("two", mem)};
	(void)state;
	write_file("one", STR_LIT("fileinto One"), mem);
	write_file("two", STR_LIT("fileinto Two"), mem);
	conf.user = (struct str_list){paths, 3};
	struct verdict v = run(&conf, mem);
	assert_int_equal(v.action_count, 1);
	assert_true(str_eq(v.actions[0].argument, STR_LIT("One")));
	/* That there is another one is noted. */
	assert_int_equal(v.notes.count, 1);
	assert_true(str_ifind(v.notes.items[0], STR_LIT("/two is not run, as there is ")) <
		    v.notes.items[0].n);
	/* The file of earlier errors goes. */
	assert_int_equal(v.rules.report_count, 1);
	assert_true(str_iends(v.rules.reports[0].path, STR_LIT("/one.errors")));
	assert_int_equal(v.rules.reports[0].text.n, 0);
	arena_free(mem);
}

static void test_report(void **state)
{
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1000};
	(void)state;
	add_script(&conf.user, "user", "broken", mem);
	struct verdict v = run(&conf, mem);
	struct str wanted =
		arena_fmt(mem, "%s/user:2:5: first\nproblem\n%s/user: second problem\n", dir, dir);
	assert_int_equal(v.rules.report_count, 1);
	assert_true(str_eq(v.rules.reports[0].text, wanted));
	/* The admin's scripts are in nobody's home. */
	add_script(&conf.before, "before", "broken", mem);
	conf.user.count = 0;
	v = run(&conf, mem);
	assert_int_equal(v.rules.report_count, 0);
	arena_free(mem);
}

static void test_directory(void **state)
{
	static const char *const names[] = {"d/20.sieve", "d/10.sieve", "d/30.sieve~", "d/.x.sieve",
		"d/README", "d/sub.sieve/x"};
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1000};
	struct str path = path_of("d", mem);
	(void)state;
	assert_int_equal(mkdir(path.p, 0700), 0);
	assert_int_equal(mkdir(path_of("d/sub.sieve", mem).p, 0700), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		write_file(names[i], arena_fmt(mem, "fileinto %s\ncopy", names[i]), mem);
	conf.before = (struct str_list){&path, 1};
	struct verdict v = run(&conf, mem);
	assert_int_equal(v.action_count, 3);
	assert_true(str_eq(v.actions[0].argument, STR_LIT("d/10.sieve")));
	assert_true(str_eq(v.actions[1].argument, STR_LIT("d/20.sieve")));
	assert_int_equal(v.notes.count, 1); /* the directory that is no script */
	struct sv_errors errors = {0};
	assert_int_equal(rules_check(&conf, mem, &errors), 3);
	assert_int_equal(errors.count, 1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path_of(names[i], mem).p);
	rmdir(path_of("d/sub.sieve", mem).p);
	rmdir(path.p);
	arena_free(mem);
}

static void test_unreadable(void **state)
{
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 10};
	(void)state;
	add_script(&conf.before, "missing", NULL, mem);
	struct str paths[] = {path_of("none", mem), str_of("/dev/zero")};
	conf.before = (struct str_list){paths, 2};
	add_script(&conf.user, "user", "fileinto Larger-Than-Ten", mem);
	struct verdict v = run(&conf, mem);
	assert_true(str_eq(describe(&v, mem), STR_LIT("store @no rule decided otherwise\n")));
	assert_int_equal(v.notes.count, 3);
	assert_true(str_iends(v.notes.items[0], STR_LIT("/none does not exist")));
	assert_true(str_ifind(v.notes.items[1], STR_LIT("/dev/zero is not a regular file")) < 50);
	assert_true(
		str_ifind(v.notes.items[2], STR_LIT("larger than 10 bytes")) < v.notes.items[2].n);
	struct sv_errors errors = {0};
	assert_int_equal(rules_check(&conf, mem, &errors), 2);
	assert_int_equal(errors.count, 3);
	arena_free(mem);
}

/*
 * No descriptor is left: the next attempt may find one, so the message must not be delivered as if
 * there were no rules.
 */
static void test_passing(void **state)
{
	struct arena *mem = arena_new();
	struct rlimit old, none;
	struct rules_conf conf = {.engine = &puppet, .max_script = 1000, .max_redirects = 2};
	(void)state;
	add_script(&conf.user, "passing", "fileinto A", mem);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){0, old.rlim_max};
	setrlimit(RLIMIT_NOFILE, &none);
	struct verdict v = run(&conf, mem);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_true(v.passing.passing);
	assert_non_null(strstr(v.passing.text, "passing"));
	v = run(&conf, mem);
	assert_int_equal(v.passing.text[0], '\0');
	assert_true(str_istarts(describe(&v, mem), STR_LIT("store A")));
	arena_free(mem);
}

/* More than anybody means: each would be a copy of the message. */
static void test_many_actions(void **state)
{
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1 << 20};
	struct buf text = {0};
	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_fmt(&text, "fileinto F%d\n", i);
	add_script(&conf.user, "user", buf_cstr(&text), mem);
	struct verdict v = run(&conf, mem);
	assert_true(str_eq(describe(&v, mem), STR_LIT("store @no rule decided otherwise\n")));
	assert_int_equal(v.notes.count, 1);
	assert_true(str_ifind(v.notes.items[0], STR_LIT("too many actions")) < v.notes.items[0].n);
	buf_free(&text);
	arena_free(mem);
}

/* Nor is the sum of many scripts without a limit. */
static void test_many_scripts(void **state)
{
	enum { OF_EACH = LIMIT_RUN_ACTIONS - 1, SCRIPTS = LIMIT_RUN_ALL_ACTIONS / OF_EACH + 1 };
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1 << 20};
	struct buf text = {0};
	(void)state;
	for (int i = 0; i < SCRIPTS; i++) {
		buf_clear(&text);
		buf_text(&text, "keep\n");
		for (int k = 0; k < OF_EACH; k++)
			buf_fmt(&text, "fileinto F%d.%d\n", i, k);
		add_script(&conf.before, arena_fmt(mem, "s%d", i).p, buf_cstr(&text), mem);
	}
	struct verdict v = run(&conf, mem);
	for (size_t i = 0; i < conf.before.count; i++)
		unlink(conf.before.items[i].p);
	assert_true(v.action_count > (SCRIPTS - 2) * OF_EACH &&
		    v.action_count <= LIMIT_RUN_ALL_ACTIONS);
	assert_int_equal(v.notes.count, 1);
	assert_true(str_ifind(v.notes.items[0], STR_LIT("too many actions")) < v.notes.items[0].n);
	buf_free(&text);
	arena_free(mem);
}

static void test_keep_folder(void **state)
{
	struct arena *mem = arena_new();
	struct rules_conf conf = {.engine = &puppet, .max_script = 1000};
	(void)state;
	conf.keep_folder = STR_LIT("Junk");
	struct verdict v = run(&conf, mem);
	assert_true(str_eq(v.actions[0].argument, STR_LIT("Junk")));
	add_script(&conf.user, "user", "keep\nfileinto Junk", mem);
	v = run(&conf, mem);
	assert_int_equal(v.action_count, 1);
	arena_free(mem);
}

int main(void)
{
	static const char *const names[] = {"before", "user", "after", "one", "two"};
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_flags, flags_rows),
		TABLE_OF_ONE(test_flags_and_libsieve, "flags and an engine that knows none"),
		TABLE_OF_ONE(test_first_of_the_users, "the first of the user's scripts"),
		TABLE_OF_ONE(test_dangling, "a link that leads nowhere"),
		TABLE_OF_ONE(test_report, "errors beside the user's script"),
		TABLE_OF_ONE(test_directory, "a directory of scripts"),
		TABLE_OF_ONE(test_unreadable, "scripts that cannot be read"),
		TABLE_OF_ONE(test_passing, "a script that cannot be read at this moment"),
		TABLE_OF_ONE(test_many_actions, "a script with thousands of actions"),
		TABLE_OF_ONE(test_many_scripts, "many scripts with many actions"),
		TABLE_OF_ONE(test_keep_folder, "keep into another folder"),
	};
	char path[128];
	strcpy(dir, "/tmp/test_rules.XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	int failed = table_run("rules", tables, sizeof tables / sizeof *tables);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	return failed;
}
