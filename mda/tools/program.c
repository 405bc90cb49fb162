#include "mda/tools/program.h"

#include "base/io.h"
#include "base/printable.h"
#include "base/process.h"
#include "mda/exits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *name = "mda";

/* ---- what it says ---- */

int program_print(struct buf *to, struct err *err)
{
	int r = printable_write(STDOUT_FILENO, buf_str(to), "the result", err);
	buf_clear(to);
	return r;
}

void program_complain(const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	struct buf line = {0};
	buf_fmt(&line, "%s: ", name);
	printable_add(&line, str_of(text));
	buf_byte(&line, '\n');
	(void)printable_write(
		STDERR_FILENO, buf_str(&line), "the complaint", NULL); /* nobody is left to tell */
	buf_free(&line);
}

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void print_commands(const struct program *p)
{
	size_t names = 0, arguments = 0;
	for (const struct command *const *c = p->commands; *c; c++) {
		names = max(names, strlen((*c)->name));
		arguments = max(arguments, strlen((*c)->arguments));
	}
	for (const struct command *const *c = p->commands; *c; c++)
		printf("  %-*s  %-*s%s%s\n", (int)names, (*c)->name, (int)arguments,
			(*c)->arguments, arguments ? "  " : "", (*c)->meaning);
	printf("\n");
}

static void print_usage(const struct program *p)
{
	printf("usage: %s\n\n", p->synopsis);
	if (p->commands)
		print_commands(p);
	if (p->explain)
		p->explain();
	options_print(p->options);
	printf("\n%s\n", p->end);
}

/* ---- the command line ---- */

static const struct command *find_command(
	const struct program *p, const char *word, struct err *err)
{
	if (!p->commands || (!word && p->usual))
		return p->usual;
	for (const struct command *const *c = p->commands; word && *c; c++)
		if (strcmp((*c)->name, word) == 0)
			return *c;
	err_temp(err, "%s%s; see %s --help", word ? "there is no command " : "no command is given",
		word ? word : "", p->name);
	return NULL;
}

static int run(const struct program *p, void *request, char **words, struct err *err)
{
	size_t count = 0;
	const struct command *command = find_command(p, words[0], err);
	if (p->commands && words[0])
		words++;
	while (words[count])
		count++;
	if (!command)
		return -1;
	if (count < command->least)
		return err_temp(err, "usage: %s %s %s", p->name, p->commands ? command->name : "",
			command->arguments);
	return p->run(command, request, count, words, err);
}

static int answer(const struct program *p, void *request, int argc, char **argv, struct err *err)
{
	if (process_start(argc, argv, err) < 0)
		return -1;
	int first = options_take(p->options, p->name, argc, argv, request, err);
	if (first < 0)
		return -1;
	bool help = *(const bool *)((const char *)request + p->help);
	bool version = *(const bool *)((const char *)request + p->version);
	if (help)
		print_usage(p);
	else if (version)
		printf("%s %s\n", p->name, MDA_VERSION);
	if (help || version)
		return io_flush_stdout(err);
	return run(p, request, argv + first, err);
}

int program_main(const struct program *p, void *request, int argc, char **argv)
{
	struct err err;
	name = p->name;
	int status = answer(p, request, argc, argv, &err);
	if (status < 0)
		program_complain("%s", err.text);
	return status < 0 ? EXIT_TRY_AGAIN : status;
}
