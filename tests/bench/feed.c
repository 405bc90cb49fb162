#include "tests/bench/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

_Noreturn void feed_fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* Messages are the files in new/ and cur/ of every folder. */
static long found;

static int count_file(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	static const char *const shown[] = {"/new/", "/cur/"};
	for (size_t i = 0; kind == FTW_F && i < 2; i++)
		found += at->base >= 5 && strncmp(path + at->base - 5, shown[i], 5) == 0;
	return 0;
}

long feed_stored(const char *directory)
{
	found = 0;
	if (strcmp(directory, "-") != 0 && nftw(directory, count_file, 32, FTW_PHYS) < 0 &&
		errno != ENOENT)
		feed_fail(directory, strerror(errno));
	return found;
}

bool feed_plan(char *line, struct feed_program *p)
{
	char *rest = NULL, *word = strtok_r(line, "\t\n", &rest);
	size_t n = 0;
	if (!word || *word == '#')
		return false;
	p->name = word;
	p->directory = strtok_r(NULL, "\t\n", &rest);
	while ((word = strtok_r(NULL, "\t\n", &rest)) && n < FEED_ARGUMENTS)
		p->argv[n++] = word;
	if (n == 0 || word)
		feed_fail(p->name, "a line is: name TAB directory TAB program TAB argument ...");
	return true;
}

enum { HEADER_MOST = 1024 };

char *feed_space(size_t size)
{
	char *message = malloc(size + HEADER_MOST);
	if (!message)
		feed_fail("a message", strerror(errno));
	return message;
}

void feed_message(char *message, size_t size, size_t p, long number)
{
	int n = snprintf(message, HEADER_MOST,
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
}

double feed_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/*
 * A program that does not read everything (such as true) has ended: its exit status says whether
 * that was right.
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

static pid_t start(const char *name, char *const argv[], int input[2])
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	if (pipe2(input, O_CLOEXEC) < 0 || posix_spawn_file_actions_init(&files) != 0 ||
		posix_spawn_file_actions_adddup2(&files, input[0], STDIN_FILENO) != 0)
		feed_fail(name, "no pipe");
	int e = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (e != 0)
		feed_fail(name, strerror(e));
	close(input[0]);
	return pid;
}

double feed_run(const char *name, char *const argv[], const char *message, size_t size)
{
	int input[2], status;
	double begin = feed_now();
	pid_t pid = start(name, argv, input);
	feed(input[1], message, size);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			feed_fail(name, strerror(errno));
	double took = feed_now() - begin;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		char why[64];
		snprintf(why, sizeof why, "ended with the status 0x%x", (unsigned)status);
		feed_fail(name, why);
	}
	return took;
}

int feed_ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}
