#include "mda/tools/sieve/sieve_tool.h"

#include "base/io.h"
#include "base/path.h"
#include "base/process.h"
#include "filters/sieve/errors.h"
#include "mda/conf/folders.h"
#include "mda/conf/owner.h"
#include "mda/conf/user_become.h"
#include "mda/rules_host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

const struct sv_host *sieve_host(
	struct sieve_tool *tool, const struct delivery *d, struct verdict *v, struct trace *trace)
{
	struct rules_world world = {.conf = tool->settings,
		.names = &tool->session.user.names,
		.maildir = tool->maildir,
		.delivery = d,
		.verdict = v,
		.trace = trace,
		.now = tool->now,
		.mem = tool->mem};
	return rules_host(&world);
}

/* ---- files, and whose they are ---- */

static void keep(struct sieve_tool *tool, const char *path, int fd)
{
	if (fd >= 0)
		*(struct sieve_input *)ARENA_PUSH(tool->mem, tool->inputs, tool->input_count) =
			(struct sieve_input){path, fd};
}

/* If the Maildir cannot be read, every folder would seem to be missing. */
static int check_maildir(const struct sieve_tool *tool, struct err *err)
{
	DIR *dir = tool->maildir ? path_opendir(tool->maildir) : NULL;
	if (tool->maildir && !dir && errno == EACCES)
		return err_temp(err, "the Maildir %s cannot be read: %s (-d reads it as its owner)",
			tool->maildir, strerror(errno));
	if (dir)
		closedir(dir);
	return 0;
}

int sieve_become(struct sieve_tool *tool, size_t count, char **words, struct err *err)
{
	struct user owner, account = tool->session.user;
	bool found = tool->has_owner;
	if (folders_declare(tool->settings, err) < 0)
		return -1;
	if (geteuid() != 0)
		return check_maildir(tool, err);
	/*
	 * A file that cannot be opened here cannot be opened later either. That is reported then.
	 */
	for (size_t i = 0; i < count; i++) {
		int named = process_descriptor(words[i]), r = named >= 0 ? 1 : 0;
		if (strcmp(words[i], "-") == 0)
			continue;
		if (named < 0)
			r = owner_of_file(words[i], tool->mem, &owner, NULL);
		if (r > 0)
			keep(tool, words[i],
				named >= 0 ? fcntl(named, F_DUPFD_CLOEXEC, 3)
					   : owner_open_file(words[i], tool->mem, NULL));
		if (r == 0 && !found)
			account = owner;
		found = found || r == 0;
	}
	if ((found ? user_become(&account, err) : owner_drop(tool->settings, tool->mem, err)) < 0)
		return -1;
	return check_maildir(tool, err);
}

int sieve_open(const struct sieve_tool *tool, const char *path, struct err *err)
{
	for (size_t i = 0; i < tool->input_count; i++) {
		const struct sieve_input *in = &tool->inputs[i];
		if (strcmp(in->path, path) != 0)
			continue;
		int fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 3);
		if (fd >= 0 && (lseek(fd, 0, SEEK_SET) == 0 || errno == ESPIPE))
			return fd;
		if (fd >= 0)
			close(fd); /* nothing was written */
		return err_temp(err, "cannot read %s: %s", path, strerror(errno));
	}
	int fd = path_open(path, O_RDONLY, 0);
	return fd < 0 ? err_temp(err, "cannot open %s: %s", path, strerror(errno)) : fd;
}

/* ---- scripts ---- */

static int read_input(
	struct sieve_tool *tool, int fd, const char *name, struct str *text, struct err *err)
{
	struct buf all = {0};
	int r = io_read_all(fd, tool->settings->script_max, &all, name, err);
	if (r >= 0)
		*text = arena_str(tool->mem, buf_str(&all));
	buf_free(&all);
	return r < 0 ? -1 : 0;
}

static int read_opened(struct sieve_tool *tool, const char *path, struct str *text, struct err *err)
{
	int fd = sieve_open(tool, path, err);
	int r = fd < 0 ? -1 : read_input(tool, fd, path, text, err);
	if (fd >= 0)
		close(fd); /* nothing was written */
	return r;
}

int sieve_read(struct sieve_tool *tool, const char *path, struct sieve_script *s, struct err *err)
{
	*s = (struct sieve_script){.name = str_of(path)};
	if (strcmp(path, "-") == 0) {
		s->name = STR_LIT("standard input");
		return read_input(tool, STDIN_FILENO, "standard input", &s->text, err);
	}
	for (size_t i = 0; i < tool->input_count; i++)
		if (strcmp(tool->inputs[i].path, path) == 0)
			return read_opened(tool, path, &s->text, err);
	s->name = path_active(path, tool->mem);
	int r = io_read_file(s->name.p, tool->settings->script_max, tool->mem, &s->text, err);
	if (r == 0)
		return err_temp(err, "%s does not exist", path);
	return r < 0 ? -1 : 0;
}

int sieve_compile(struct sieve_tool *tool, const char *path, const struct sv_host *host,
	struct sieve_script *s, struct err *err)
{
	if (sieve_read(tool, path, s, err) < 0)
		return -1;
	s->compiled = tool->engine->compile(s->name, s->text, host, tool->mem, &s->errors);
	return 0;
}

/* ---- what is wrong ---- */

static void tell_all(const struct sieve_script *s, const struct diag *items, size_t count,
	const char *kind, struct buf *to)
{
	for (size_t i = 0; i < count; i++)
		errors_render(&s->errors, &items[i], kind, to);
}

void sieve_tell(const struct sieve_script *s, bool warnings, struct buf *to)
{
	const struct sv_errors *e = &s->errors;
	tell_all(s, e->items, e->count, "error", to);
	if (e->untold)
		buf_fmt(to, STR_FMT ": and %zu more errors\n", STR_ARGS(s->name), e->untold);
	if (warnings)
		tell_all(s, e->warnings, e->warning_count, "warning", to);
}

void sieve_tell_json(const char *key, const struct diag *items, size_t count, struct json *json)
{
	json_named_array(json, key);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(json);
		json_text(json, "file", items[i].file);
		json_number(json, "line", items[i].line);
		json_number(json, "column", items[i].column);
		json_text(json, "text", items[i].text);
		json_end_object(json);
	}
	json_end_array(json);
}
