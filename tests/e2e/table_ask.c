/*
 * Asks a table for each key, a line of the standard input: "KEY<tab>VALUE" when it is there,
 * nothing when it is not, "KEY<tab>ERROR: reason" otherwise. SECONDS is the limit of a question.
 */
#include "base/io.h"
#include "mda/conf/tables/table.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NOBODY = 65534, INPUT_MOST = 1 << 20 };

static int become_nobody(void *context, struct err *err)
{
	const gid_t group = NOBODY;
	(void)context;
	if (geteuid() != 0)
		return 0;
	if (setgroups(1, &group) < 0 || setgid(group) < 0 || setuid(NOBODY) < 0)
		return err_temp(err, "cannot become nobody");
	return 0;
}

static void ask(struct table_map *t, struct str key)
{
	struct str value = STR_EMPTY;
	struct err err;
	int r = table_find(t, key, &value, &err);
	if (r > 0)
		printf(STR_FMT "\t" STR_FMT "\n", STR_ARGS(key), STR_ARGS(value));
	else if (r < 0)
		printf(STR_FMT "\tERROR: %s\n", STR_ARGS(key), err.text);
}

int main(int argc, char **argv)
{
	struct arena *mem = arena_new();
	struct buf input = {0};
	struct str rest, key;
	if (argc != 3 || io_read_all(STDIN_FILENO, INPUT_MOST, &input, "the keys", NULL) < 0)
		return 1;
	struct table_map *t = table_new(str_of(argv[1]), mem);
	table_wait(t, strtoul(argv[2], NULL, 10));
	table_drop_by(t, become_nobody, NULL);
	rest = buf_str(&input);
	while (str_line(&rest, &key))
		ask(t, key);
	buf_free(&input);
	arena_free(mem);
	return io_flush_stdout(NULL) < 0;
}
