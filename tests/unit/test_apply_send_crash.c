/*
 * mda-apply --send is killed at its system calls, while it counts, sends, records and moves, and is
 * run again; then all is put back, and it is run once more. Each redirect is sent once, each
 * message is in one folder at every moment, and in the end where the rules want it.
 */
#include "base/io.h"
#include "tests/lib/crash.h"
#include "tests/lib/sent.h"
#include "tests/lib/tree.h"
#include "tests/lib/workers.h"
#include "tests/unit/table.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every seventeenth call: each run starts two programs. */
enum { NOBODY = 65534, MESSAGES = 2, STEP = 17 };
static char dir[64], program[4096];

static const struct scene {
	const char *name, *rules;
	const char *folder; /* where the messages are in the end */
	bool discards;
	size_t least; /* calls */
} scenes[] = {
	{"killed anywhere: copies are sent once, and the messages filed",
		"require [\"copy\", \"fileinto\"]; redirect :copy \"forward@c.test\"; fileinto "
		"\"A\";\n",
		".A", false, 250},
	{"killed anywhere: messages are sent on once, and go to the Trash",
		"redirect \"forward@c.test\";\n", ".Trash", true, 250},
	{"killed anywhere: messages are sent on once, and stay", "redirect \"forward@c.test\";\n",
		"", false, 150},
};

/* ---- the mailbox ---- */

static const char *in_dir(const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void own(const char *path)
{
	if (geteuid() == 0)
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

static void write_file(const char *name, const char *text)
{
	struct err err;
	assert_int_equal(io_replace_file(in_dir(name), str_of(text), 0600, &err), 0);
	own(in_dir(name));
}

static void make_dir(const char *name)
{
	assert_int_equal(mkdir(in_dir(name), 0700), 0);
	own(in_dir(name));
}

static void set_up(const struct scene *scene)
{
	static const char *const dirs[] = {
		"home", "home/Maildir", "home/Maildir/new", "home/Maildir/cur", "home/Maildir/tmp"};
	char text[1024];
	strcpy(dir, "/tmp/test_apply.XXXXXX");
	assert_non_null(mkdtemp(dir));
	own(dir);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		make_dir(dirs[i]);
	snprintf(text, sizeof text,
		"users = virtual\nvirtual_user = \"\"\nvirtual_home = \"%s/home\"\nlog = none\n"
		"aliases = \"\"\nstamp_key = \"\"\nspool_dir = \"%s\"\n"
		"scripts_user = { \"%s/rules.sieve\" }\nsendmail_path = \"%s/sendmail\"\n",
		dir, dir, dir, dir);
	write_file("mda.conf", text);
	write_file("rules.sieve", scene->rules);
	sent_make(dir, geteuid() == 0 ? NOBODY : 0);
	for (int i = 0; i < MESSAGES; i++) {
		char name[64];
		snprintf(name, sizeof name, "home/Maildir/new/100%d.x.y", i);
		snprintf(text, sizeof text, "Received: x\nSubject: %d\n\n%d\n", i, i);
		write_file(name, text);
	}
}

/* ---- a run ---- */

struct wish {
	const struct scene *scene;
	bool undoes;
};

static int apply(void *context)
{
	const struct wish *w = context;
	char conf[512], undo[512];
	snprintf(conf, sizeof conf, "%s", in_dir("mda.conf"));
	snprintf(undo, sizeof undo, "%s", in_dir("home/undo"));
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 ||
		setenv("ASAN_OPTIONS", "exitcode=99:detect_leaks=0", 1) < 0)
		return 99;
	if (w->undoes)
		execl(program, "mda-apply", "-c", conf, "-r", "ann@a.test", "--undo", undo,
			(char *)NULL);
	else
		execl(program, "mda-apply", "-c", conf, "-r", "ann@a.test", "-j1", "--send=2",
			"--undo-file", undo, w->scene->discards ? "--discard" : (char *)NULL,
			(char *)NULL);
	return 99;
}

static void run_whole(const struct scene *scene, bool undoes, size_t n)
{
	struct wish w = {.scene = scene, .undoes = undoes};
	char when[32];
	snprintf(when, sizeof when, "stop %zu", n);
	crash_run_whole(apply, &w, when);
}

/* ---- what came of it ---- */

static size_t count_in(const char *folder)
{
	size_t n = 0;
	for (int i = 0; i < 2; i++) {
		char name[128];
		snprintf(name, sizeof name, "home/Maildir/%s/%s", folder, i ? "cur" : "new");
		DIR *d = opendir(in_dir(name));
		const struct dirent *e;
		while (d && (e = readdir(d)))
			n += e->d_name[0] != '.';
		if (d)
			closedir(d);
	}
	return n;
}

static void check_places(const struct scene *scene, size_t stop, bool final, const char *folder)
{
	size_t there = count_in(folder), all = count_in("");
	if (scene->folder[0])
		all += count_in(scene->folder);
	if (all != MESSAGES)
		fail_msg("stop %zu: there are %zu messages", stop, all);
	if (final && there != MESSAGES)
		fail_msg("stop %zu: %zu messages are in the folder \"%s\"", stop, there, folder);
}

static void check_sent(size_t stop)
{
	size_t sent = sent_to(dir, "forward@c.test");
	if (sent != MESSAGES)
		fail_msg("stop %zu: %zu were sent", stop, sent);
}

static bool kill_once(const void *context, size_t n)
{
	const struct scene *scene = context;
	struct wish first = {.scene = scene};
	set_up(scene);
	bool killed = crash_kill(apply, &first, n);
	sent_settle(dir);
	check_places(scene, n, false, "");
	run_whole(scene, false, n);
	sent_settle(dir);
	check_places(scene, n, true, scene->folder);
	check_sent(n);
	if (access(in_dir("home/undo"), F_OK) == 0)
		run_whole(scene, true, n);
	check_places(scene, n, true, "");
	run_whole(scene, false, n);
	check_places(scene, n, true, scene->folder);
	check_sent(n);
	assert_int_equal(tree_remove(dir), 0);
	return killed;
}

static void test_killed(void **state)
{
	const struct scene *scene = *state;
	const struct crash_sweep sweep = {scene->name, kill_once, scene, STEP, scene->least};
	/* What is run is a program of its own, which Valgrind does not see. */
	if (workers_in_valgrind())
		skip();
	crash_everywhere(&sweep);
}

int main(int argc, char **argv)
{
	const struct table tables[] = {TABLE(test_killed, scenes)};
	char *slash = strrchr(argv[0], '/');
	(void)argc;
	snprintf(program, sizeof program, "%.*s/../../mda-apply",
		slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
	if (access(program, X_OK) < 0)
		return 1;
	return table_run("apply_send_crash", tables, sizeof tables / sizeof *tables);
}
