/*
 * spawn COUNT FILE PROGRAM [ARGUMENT...]: runs the program COUNT times with FILE as its standard
 * input, one after the other, and prints the median and the 90th percentile of the wall time in
 * microseconds. Exit status 1 when a run of the program failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int run_once(const char *file, char **argv)
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	int status;
	if (posix_spawn_file_actions_init(&files) != 0 ||
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO, file, O_RDONLY, 0) != 0)
		return -1;
	int e = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (e != 0) {
		fprintf(stderr, "spawn: %s: %s\n", argv[0], strerror(e));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	long count = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
	if (count < 1) {
		fprintf(stderr, "usage: spawn COUNT FILE PROGRAM [ARGUMENT...]\n");
		return 1;
	}
	double *times = calloc((size_t)count, sizeof *times);
	if (!times)
		return 1;
	for (long i = 0; i < count; i++) {
		double start = now();
		if (run_once(argv[2], argv + 3) < 0) {
			fprintf(stderr, "spawn: %s failed\n", argv[3]);
			free(times);
			return 1;
		}
		times[i] = now() - start;
	}
	qsort(times, (size_t)count, sizeof *times, ascending);
	printf("%.0f %.0f\n", times[count / 2], times[count * 9 / 10]);
	free(times);
	return 0;
}
