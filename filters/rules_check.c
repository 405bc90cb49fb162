#include "filters/rules_check.h"

#include "base/io.h"
#include "base/path.h"

static void add_warning(
	struct sv_errors *errors, struct str file, struct str text, struct arena *mem)
{
	struct diag *d = ARENA_PUSH(mem, errors->warnings, errors->warning_count);
	*d = (struct diag){.file = file, .text = text};
}

static bool check_script(
	const struct rules_conf *conf, struct str path, struct arena *mem, struct sv_errors *errors)
{
	struct str text;
	struct err err;
	struct sv_errors found = {0};
	int r = io_read_file(path.p, conf->max_script, mem, &text, &err);
	if (r == 0)
		return false;
	if (r < 0) {
		struct diag *d = ARENA_PUSH(mem, errors->items, errors->count);
		*d = (struct diag){.file = path, .text = arena_str(mem, str_of(err.text))};
		return true;
	}
	if (!conf->engine->compile(path, text, conf->host, mem, &found))
		for (size_t i = 0; i < found.count; i++)
			*(struct diag *)ARENA_PUSH(mem, errors->items, errors->count) =
				found.items[i];
	for (size_t i = 0; i < found.warning_count; i++)
		*(struct diag *)ARENA_PUSH(mem, errors->warnings, errors->warning_count) =
			found.warnings[i];
	return true;
}

/*
 * Checks the scripts that rules_run() would use: the first that exists, or where a link to it
 * leads.
 */
static size_t check_users(
	const struct rules_conf *conf, struct arena *mem, struct sv_errors *errors)
{
	size_t found = 0;
	for (size_t i = 0; i < conf->user.count; i++) {
		struct str path = conf->user.items[i], file = path_active(path.p, mem);
		if (found && path_exists(path.p) == 0)
			add_warning(errors, path,
				arena_fmt(mem, "is not run, as there is " STR_FMT,
					STR_ARGS(conf->user.items[found - 1])),
				mem);
		else if (!found && check_script(conf, file, mem, errors))
			found = i + 1;
		else if (!found && !str_eq(file, path))
			add_warning(errors, path,
				arena_fmt(mem, "leads to " STR_FMT ", which does not exist",
					STR_ARGS(file)),
				mem);
	}
	return found > 0;
}

size_t rules_check(const struct rules_conf *conf, struct arena *mem, struct sv_errors *errors)
{
	struct verdict v;
	size_t n = 0;
	verdict_init(&v, mem, 0);
	const struct str_list admins[] = {
		rules_files(&conf->before, &v), rules_files(&conf->after, &v)};
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < admins[k].count; i++) {
			if (check_script(conf, admins[k].items[i], mem, errors)) {
				n++;
				continue;
			}
			struct diag *d = ARENA_PUSH(mem, errors->items, errors->count);
			*d = (struct diag){
				.file = admins[k].items[i], .text = STR_LIT("does not exist")};
		}
	}
	return n + check_users(conf, mem, errors);
}
