#include "mda/sieve_tool.h"

#include "filters/sieve/errors.h"
#include "mda/base/io.h"
#include "mda/json.h"
#include "mda/rules_host.h"

#include <string.h>
#include <unistd.h>

const struct sv_host *sieve_host(struct sieve_tool *tool, struct delivery *d, struct trace *trace)
{
	struct rules_world world = {.conf = tool->settings,
		.names = &tool->names,
		.maildir = tool->maildir,
		.delivery = d,
		.trace = trace,
		.now = tool->now,
		.mem = tool->mem};
	return rules_host(&world);
}

/* ---- scripts ---- */

static int read_input(struct sieve_tool *tool, struct str *text, struct err *err)
{
	struct buf all = {0};
	int r = io_read_all(STDIN_FILENO, tool->settings->script_max, &all, "standard input", err);
	if (r >= 0)
		*text = arena_str(tool->mem, buf_str(&all));
	buf_free(&all);
	return r < 0 ? -1 : 0;
}

int sieve_read(struct sieve_tool *tool, const char *path, struct sieve_script *s, struct err *err)
{
	*s = (struct sieve_script){.name = str_of(path)};
	if (strcmp(path, "-") == 0) {
		s->name = STR_LIT("standard input");
		return read_input(tool, &s->text, err);
	}
	int r = io_read_file(path, tool->settings->script_max, tool->mem, &s->text, err);
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

void sieve_tell_json(const char *key, const struct diag *items, size_t count, struct buf *to)
{
	json_key(to, key);
	buf_byte(to, '[');
	for (size_t i = 0; i < count; i++) {
		buf_text(to, i ? ",{" : "{");
		json_text(to, "file", items[i].file);
		json_number(to, "line", items[i].line);
		json_number(to, "column", items[i].column);
		json_text(to, "text", items[i].text);
		buf_byte(to, '}');
	}
	buf_byte(to, ']');
}
