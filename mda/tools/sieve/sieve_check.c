/* mda-sieve check: prints every error and warning of scripts. */
#include "base/json.h"
#include "base/printable.h"
#include "mda/rules_host.h"
#include "mda/tools/sieve/sieve_tool.h"

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void tell(const struct sieve_script *s, struct buf *to)
{
	const struct sv_errors *e = &s->errors;
	size_t errors = e->count + e->untold;
	sieve_tell(s, true, to);
	printable_add(to, s->name);
	buf_fmt(to, ": %zu error%s, %zu warning%s\n", errors, plural(errors), e->warning_count,
		plural(e->warning_count));
}

static void tell_json(const struct sieve_script *s, struct buf *to)
{
	const struct sv_errors *e = &s->errors;
	struct json json = {.to = to};
	json_begin_object(&json);
	json_text(&json, "script", s->name);
	json_bool(&json, "good", s->compiled);
	sieve_tell_json("errors", e->items, e->count, &json);
	json_number(&json, "untold", e->untold);
	sieve_tell_json("warnings", e->warnings, e->warning_count, &json);
	json_end_object(&json);
	json_end_line(&json);
}

static int run(struct sieve_tool *tool, size_t count, char **words, struct err *err)
{
	const struct sv_host *host = sieve_host(tool, NULL, NULL, NULL);
	struct buf out = {0};
	int status = 0;
	bool unread = false;
	for (size_t i = 0; i < count; i++) {
		struct sieve_script s;
		/* If one script cannot be read, the others are still checked. */
		if (sieve_compile(tool, words[i], host, &s, err) < 0) {
			program_complain("%s", err->text);
			unread = true;
			continue;
		}
		if (tool->json)
			tell_json(&s, &out);
		else
			tell(&s, &out);
		if (!s.compiled)
			status = SIEVE_WRONG;
	}
	int r = program_print(&out, err);
	buf_free(&out);
	if (r == 0 && unread)
		return err_temp(err, "not every script could be read");
	return r < 0 ? -1 : status;
}

const struct sieve_command sieve_check = {
	{"check", "SCRIPT...", "print every error and warning", 1}, run};
