/*
 * Programs that the scripts under test run: those of the directory that the test file sets in
 * Dovecot's names. They are copied, as the tree that they are in may be another user's than the one
 * who runs the tests.
 */
#include "mda/conf/user.h"
#include "tests/sieve/svtest.h"

#include "base/io.h"
#include "mda/outgoing/programs.h"
#include "tests/lib/tree.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRAM_MOST = 1 << 20 };

static char copies[] = "/tmp/svtest-programs.XXXXXX";
static struct str copied; /* the directory whose programs are there */

static void remove_copies(void)
{
	(void)tree_remove(copies); /* /tmp is cleaned */
}

static bool copy(const char *from, const char *name, struct arena *mem)
{
	struct str text;
	struct err err;
	const char *path = arena_fmt(mem, "%s/%s", from, name).p,
		   *to = arena_fmt(mem, "%s/%s", copies, name).p;
	return io_read_file(path, PROGRAM_MOST, mem, &text, &err) == 1 &&
	       io_replace_file(to, text, 0755, &err) == 0;
}

static bool copy_all(const char *from, struct arena *mem)
{
	DIR *d = opendir(from);
	bool good = d != NULL;
	for (const struct dirent *e = d ? readdir(d) : NULL; e && good; e = readdir(d))
		if (e->d_name[0] != '.')
			good = copy(from, e->d_name, mem);
	if (d)
		closedir(d);
	return good;
}

/* The directory of the settings, or NULL. */
static const char *directory(struct svtest *t)
{
	static const char *const names[] = {
		"sieve_pipe_bin_dir", "sieve_filter_bin_dir", "sieve_execute_bin_dir"};
	struct str dir = {"", 0};
	for (size_t i = 0; i < sizeof names / sizeof *names && dir.n == 0; i++)
		dir = svtest_get(t, names[i]);
	if (dir.n == 0)
		return NULL;
	if (str_eq(dir, copied))
		return copies;
	if (copied.n == 0 && (!mkdtemp(copies) || chmod(copies, 0755) < 0 || atexit(remove_copies)))
		return NULL;
	copied = dir;
	return copy_all(arena_cstr(t->mem, dir), t->mem) ? copies : NULL;
}

struct world {
	struct conf conf;
	struct envelope env;
	struct user user;
	struct delivery delivery;
};

/* NULL with the reason. */
static const struct delivery *delivery(struct svtest *t, struct err *err)
{
	const struct conf *conf = svtest_conf(t, err);
	const char *dir = directory(t);
	struct world *w = arena_alloc(t->mem, sizeof *w);
	if (!dir)
		err_refused(err, "there are no programs");
	if (!conf || !dir)
		return NULL;
	w->conf = *conf;
	w->conf.programs_dir = str_of(dir);
	w->env = svtest_envelope(t);
	w->user.names = (struct template_values){.user = w->env.mailbox, .home = STR_LIT("/tmp")};
	w->delivery = (struct delivery){
		.conf = &w->conf, .env = &w->env, .user = &w->user, .msg = t->msg, .mem = t->mem};
	return &w->delivery;
}

enum sv_ran svtest_run_program(void *context, const struct sv_program *program, struct arena *mem,
	struct str *output, struct err *err)
{
	const struct delivery *d = delivery(context, err);
	*output = (struct str){"", 0};
	return d ? programs_run(d, program, mem, output, err) : SV_RAN_NOT;
}

bool svtest_pipe(struct svtest *t, const struct sv_action *a, struct err *err)
{
	const struct sv_piped *piped = a->data;
	const struct step step = {
		.kind = ACTION_PIPE, .argument = a->argument, .arguments = piped->arguments};
	const struct delivery *d = delivery(t, err);
	struct str text = svtest_compose(t, a->changes);
	const struct pieces input = {&text, 1};
	return d && programs_give(programs_pipe(d, &step, &input, t->mem), t->mem, err) == 0;
}
