/* mda-sieve fmt: prints a script in the layout of format.h, or writes it back. */
#include "base/io.h"
#include "base/printable.h"
#include "filters/sieve/format.h"
#include "filters/sieve/parse.h"
#include "filters/sieve/script.h"
#include "mda/aside.h"
#include "mda/conf/owner.h"
#include "mda/conf/textfile.h"
#include "mda/tools/sieve/sieve_tool.h"

#include <string.h>
#include <unistd.h>

/* A layout needs only the grammar, so that scripts for other servers can be formatted. */
static bool has_grammar(struct sieve_tool *tool, struct sieve_script *s)
{
	const struct sv_limits *limits = script_limits(NULL);
	struct errors errors = {&s->errors, tool->mem, s->name, limits->errors};
	errors_source(&errors, s->text);
	(void)parse_script(s->text, limits, &errors); /* only its errors are wanted */
	errors_sort(&errors, 0, 0);
	return s->errors.count + s->errors.untold == 0;
}

/* Appends the script in its new layout. SIEVE_WRONG if it has syntax errors. */
static int lay_out(struct sieve_tool *tool, struct sieve_script *s, struct buf *to)
{
	struct buf errors = {0};
	if (has_grammar(tool, s)) {
		format_script(s->text, tool->mem, to);
		return 0;
	}
	sieve_tell(s, false, &errors);
	/* Nothing can be done if this fails. */
	(void)printable_write(STDERR_FILENO, buf_str(&errors), "standard error", NULL);
	buf_free(&errors);
	return SIEVE_WRONG;
}

static int print_one(struct sieve_tool *tool, const char *path, struct err *err)
{
	struct sieve_script s;
	struct buf out = {0};
	if (sieve_read(tool, path, &s, err) < 0)
		return -1;
	int status = lay_out(tool, &s, &out);
	if (status == 0 && program_print(&out, err) < 0)
		status = -1;
	buf_free(&out);
	return status;
}

/* ---- in its place ---- */

/* A script that is replaced. */
struct replacement {
	struct sieve_tool *tool;
	const char *path;
	struct textfile file;
};

static int open_script(struct replacement *r, bool roots, struct err *err)
{
	const struct textfile_place place = {r->path, roots, 0};
	if (textfile_open(&place, r->tool->mem, &r->file, err) < 0)
		return -1;
	if (!r->file.exists)
		return err_temp(err, "%s does not exist", r->path);
	if (r->file.text.n > r->tool->settings->script_max)
		return err_temp(
			err, "%s is larger than %zu bytes", r->path, r->tool->settings->script_max);
	if (!roots && r->file.before.st_uid != geteuid())
		return err_temp(
			err, "%s belongs to another user: run mda-sieve as that user", r->path);
	return 0;
}

static int lay_out_opened(void *context, struct aside *a, struct err *err)
{
	const struct replacement *r = context;
	struct sieve_script s = {.name = str_of(r->path), .text = r->file.text};
	(void)err; /* the errors of the script are printed */
	return lay_out(r->tool, &s, &a->result);
}

static int write_back(const struct replacement *r, struct str text, struct err *err)
{
	if (str_eq(text, r->file.text))
		return 0;
	return textfile_write(&r->file, text, 0600, err);
}

/* In a process that has the owner's rights. */
static int replace_own(void *context, struct aside *a, struct err *err)
{
	struct replacement *r = context;
	int status = open_script(r, false, err);
	if (status == 0)
		status = lay_out_opened(r, a, err);
	if (status == 0)
		status = write_back(r, buf_str(&a->result), err);
	textfile_close(&r->file);
	return status;
}

/* Root's own script: another account formats it, and root copies the bytes to their place. */
static int replace_roots(
	struct replacement *r, const struct user *account, struct aside *a, struct err *err)
{
	int status = open_script(r, true, err);
	if (status == 0)
		status = aside_run(account, lay_out_opened, r, a, err);
	if (status == 0)
		status = write_back(r, buf_str(&a->result), err);
	textfile_close(&r->file);
	return status;
}

static int replace_one(struct sieve_tool *tool, const char *path, struct err *err)
{
	struct replacement r = {.tool = tool, .path = path, .file = TEXTFILE_NONE};
	struct aside a = {0};
	struct user account;
	int status, whose = 0;
	if (geteuid() == 0)
		whose = owner_of_file(path, tool->mem, &account, err);
	if (whose > 0 && owner_unprivileged(tool->settings, tool->mem, &account, err) < 0)
		whose = -1;
	if (whose < 0)
		status = -1;
	else if (geteuid() != 0)
		status = replace_own(&r, &a, err);
	else
		status = whose > 0 ? replace_roots(&r, &account, &a, err)
				   : aside_run(&account, replace_own, &r, &a, err);
	aside_free(&a);
	return status;
}

static int run(struct sieve_tool *tool, size_t count, char **words, struct err *err)
{
	int worst = 0;
	if (count > 1 && !tool->in_place)
		return err_temp(err, "only one script can be printed; use --in-place for several");
	for (size_t i = 0; i < count; i++) {
		if (tool->in_place && strcmp(words[i], "-") == 0)
			return err_temp(err, "standard input cannot be written back");
		int status = tool->in_place ? replace_one(tool, words[i], err)
					    : print_one(tool, words[i], err);
		if (status < 0)
			return -1;
		if (status > worst)
			worst = status;
	}
	return worst;
}

const struct sieve_command sieve_fmt = {
	{"fmt", "SCRIPT...", "print it in a fixed layout, with its comments", 1}, run};
