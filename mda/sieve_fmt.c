/* mda-sieve fmt: a script in the one layout of format.h, printed, or in its place. */
#include "filters/sieve/format.h"
#include "filters/sieve/parse.h"
#include "filters/sieve/script.h"
#include "mda/base/io.h"
#include "mda/sieve_tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A layout needs the grammar only, so that a script for another server can have it. */
static bool has_grammar(struct sieve_tool *tool, struct sieve_script *s)
{
	const struct sv_limits *limits = script_limits(NULL);
	struct errors errors = {&s->errors, tool->mem, s->name, limits->errors};
	errors_source(&errors, s->text);
	parse_script(s->text, limits, &errors);
	errors_sort(&errors, 0, 0);
	return s->errors.count + s->errors.untold == 0;
}

/* Through a link to where the file lies; with its rights, and only for its owner, whose it stays. */
static int replace(struct sieve_tool *tool, const char *path, struct str text, struct err *err)
{
	struct stat st;
	char *real = realpath(path, NULL);
	if (!real || stat(real, &st) < 0) {
		free(real);
		return err_temp(err, "cannot find %s: %s", path, strerror(errno));
	}
	const char *target = arena_cstr(tool->mem, str_of(real));
	free(real);
	if (st.st_uid != geteuid())
		return err_temp(err, "%s belongs to another user: run mda-sieve as that one", path);
	return io_replace_file(target, text, st.st_mode & 07777, err);
}

static int format_one(struct sieve_tool *tool, const char *path, struct err *err)
{
	struct sieve_script s;
	struct buf out = {0};
	int status = SIEVE_WRONG;
	if (sieve_read(tool, path, &s, err) < 0)
		return -1;
	if (!has_grammar(tool, &s)) {
		sieve_tell(&s, false, &out);
		/* Nobody is left to tell when this fails. */
		(void)io_write(STDERR_FILENO, buf_str(&out), "standard error", err);
		buf_free(&out);
		return status;
	}
	format_script(s.text, tool->mem, &out);
	if (!tool->in_place)
		status = program_print(&out, err);
	else if (str_eq(buf_str(&out), s.text))
		status = 0;
	else
		status = replace(tool, path, buf_str(&out), err);
	buf_free(&out);
	return status;
}

static int run(struct sieve_tool *tool, size_t count, char **words, struct err *err)
{
	int worst = 0;
	if (count > 1 && !tool->in_place)
		return err_temp(err, "one script at a time, or --in-place");
	for (size_t i = 0; i < count; i++) {
		if (tool->in_place && strcmp(words[i], "-") == 0)
			return err_temp(err, "standard input has no place to be written to");
		int status = format_one(tool, words[i], err);
		if (status < 0)
			return -1;
		if (status > worst)
			worst = status;
	}
	return worst;
}

const struct sieve_command sieve_fmt = {
	{"fmt", "SCRIPT...", "print it in one canonical layout, comments kept", 1}, run};
