/*
 * turns COUNT SIZE BASE < PLAN: delivers COUNT messages of SIZE bytes to each program of the plan,
 * in turns (A B C A B C ...), so that whatever else the machine does meets all of them. Each
 * message is one of a kind, as the MTA's are. Prints the wall time of each program and the ratio of
 * its median to that of the program called BASE.
 *
 * A line of the plan: name TAB directory TAB program TAB argument ... The directory is where its
 * messages are stored, or "-" for a program that stores nothing. A figure is printed only when as
 * many messages were stored as were given.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROGRAMS = 32, MAX_ARGUMENTS = 32 };

struct program {
	char *name, *directory;
	char *argv[MAX_ARGUMENTS + 1];
	double *times; /* microseconds, a turn each */
	long stored;   /* before the first turn */
};

static struct program programs[MAX_PROGRAMS];
static size_t program_count;

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "turns: %s: %s\n", what, why);
	exit(1);
}

static bool read_line(char *line)
{
	if (program_count == MAX_PROGRAMS)
		fail(line, "too many programs");
	struct program *p = &programs[program_count];
	char *rest = NULL, *word = strtok_r(line, "\t\n", &rest);
	if (!word || *word == '#')
		return false;
	p->name = word;
	p->directory = strtok_r(NULL, "\t\n", &rest);
	size_t n = 0;
	while ((word = strtok_r(NULL, "\t\n", &rest)) && n < MAX_ARGUMENTS)
		p->argv[n++] = word;
	if (n == 0 || word)
		fail(p->name, "a line is: name TAB directory TAB program TAB argument ...");
	program_count++;
	return true;
}

static void read_plan(long count)
{
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) > 0) {
		if (!read_line(line))
			continue;
		struct program *p = &programs[program_count - 1];
		p->times = calloc((size_t)count, sizeof *p->times);
		if (!p->times)
			fail(p->name, strerror(errno));
		line = NULL; /* its words are the program's */
	}
	free(line);
}

/* Messages are the files in new/ and cur/, of every folder. */
static long found;

static int count_file(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	static const char *const shown[] = {"/new/", "/cur/"};
	for (size_t i = 0; kind == FTW_F && i < 2; i++)
		found += at->base >= 5 && strncmp(path + at->base - 5, shown[i], 5) == 0;
	return 0;
}

static long stored(const char *directory)
{
	found = 0;
	if (strcmp(directory, "-") != 0 && nftw(directory, count_file, 32, FTW_PHYS) < 0 &&
		errno != ENOENT)
		fail(directory, strerror(errno));
	return found;
}

/* Message NUMBER for program P: its queue id and Message-ID are its own. */
static size_t make_message(char *message, size_t size, size_t p, long number)
{
	int n = snprintf(message, size,
		"Received: from client.outside.test (client.outside.test [192.0.2.7])\n"
		"\tby mx.example.com (Postfix) with ESMTPS id 4B%02zX%06lX\n"
		"\tfor <bob@example.com>; Mon, 2 Nov 2026 10:00:00 +0000 (UTC)\n"
		"From: Alice <alice@outside.test>\n"
		"To: Bob <bob@example.com>\n"
		"Subject: Minutes of the meeting\n"
		"Date: Mon, 2 Nov 2026 10:00:00 +0000\n"
		"Message-ID: <%ld.%zu.%ld@outside.test>\n"
		"MIME-Version: 1.0\n"
		"Content-Type: text/plain; charset=utf-8\n\n",
		p, number & 0xffffff, number, p, (long)getpid());
	static const char line[] = "A line of some sixty characters, such as there are in mail.\n";
	for (size_t at = (size_t)n; at < size; at++)
		message[at] = at + 1 == size ? '\n' : line[(at - (size_t)n) % (sizeof line - 1)];
	return size;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/*
 * A program that does not read all of it (true) is a program that ended: its exit status says
 * whether that was right.
 */
static void feed(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		bytes += n;
		length -= (size_t)n;
	}
	close(fd);
}

static pid_t start(struct program *p, int input[2])
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	if (pipe2(input, O_CLOEXEC) < 0 || posix_spawn_file_actions_init(&files) != 0 ||
		posix_spawn_file_actions_adddup2(&files, input[0], STDIN_FILENO) != 0)
		fail(p->name, "no pipe");
	int e = posix_spawnp(&pid, p->argv[0], &files, NULL, p->argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (e != 0)
		fail(p->name, strerror(e));
	close(input[0]);
	return pid;
}

static double run(struct program *p, const char *message, size_t size)
{
	int input[2], status;
	double begin = now();
	pid_t pid = start(p, input);
	feed(input[1], message, size);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail(p->name, strerror(errno));
	double took = now() - begin;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		char why[64];
		snprintf(why, sizeof why, "ended with the status 0x%x", (unsigned)status);
		fail(p->name, why);
	}
	return took;
}

/* The first turn warms up: it makes folders and databases, and is not counted. */
static void take_turns(long count, size_t size)
{
	char *message = malloc(size + 1024);
	if (!message)
		fail("a message", strerror(errno));
	for (size_t p = 0; p < program_count; p++)
		programs[p].stored = stored(programs[p].directory);
	for (long turn = -1; turn < count; turn++)
		for (size_t p = 0; p < program_count; p++) {
			double took = run(
				&programs[p], message, make_message(message, size, p, turn + 1));
			if (turn >= 0)
				programs[p].times[turn] = took;
		}
	free(message);
	for (size_t p = 0; p < program_count; p++) {
		long expected = strcmp(programs[p].directory, "-") == 0 ? 0 : count + 1;
		long got = stored(programs[p].directory) - programs[p].stored;
		if (got == expected)
			continue;
		char why[80];
		snprintf(why, sizeof why, "stored %ld messages of %ld", got, expected);
		fail(programs[p].name, why);
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median_of(const char *name, long count)
{
	for (size_t p = 0; p < program_count; p++)
		if (strcmp(programs[p].name, name) == 0)
			return programs[p].times[count / 2];
	fail(name, "is not in the plan");
}

static void print_figures(const char *base_name, long count)
{
	for (size_t p = 0; p < program_count; p++)
		qsort(programs[p].times, (size_t)count, sizeof *programs[p].times, ascending);
	double base = median_of(base_name, count);
	printf("%-34s %9s %9s %9s   x %s\n", "microseconds", "median", "10 %", "95 %", base_name);
	for (size_t p = 0; p < program_count; p++) {
		const double *t = programs[p].times;
		printf("%-34s %9.0f %9.0f %9.0f %8.2f\n", programs[p].name, t[count / 2],
			t[count / 10], t[count * 95 / 100], t[count / 2] / base);
	}
}

int main(int argc, char **argv)
{
	long count = argc == 4 ? strtol(argv[1], NULL, 10) : 0;
	long size = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	if (count < 1 || size < 1024) {
		fprintf(stderr, "usage: turns COUNT SIZE BASE < PLAN (SIZE: 1024 bytes or more)\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	read_plan(count);
	take_turns(count, (size_t)size);
	print_figures(argv[3], count);
	return fflush(stdout) == 0 ? 0 : 1;
}
