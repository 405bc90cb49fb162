/* Scripts that rules include (RFC 6609). */
#include "mda/conf/user.h"
#include "mda/rules_host.h"

#include "base/io.h"
#include "base/path.h"

#include <sys/stat.h>

/* A link in a user's directory may lead anywhere; a link of the admin's is intended. */
static bool may_be_read(const char *path, enum sv_location location)
{
	struct stat st;
	return location == SV_GLOBAL || path_lstat(path, &st) < 0 || S_ISREG(st.st_mode);
}

/* The engine has checked that NAME is the name of a file and not a path. */
int rules_read_script(void *context, enum sv_location location, struct str name, struct arena *mem,
	struct sv_source *script, struct err *err)
{
	const struct rules_world *w = context;
	const struct conf *conf = w->conf;
	const struct str_list *dirs =
		location == SV_GLOBAL ? &conf->scripts_global : &conf->scripts_personal;
	for (size_t i = 0; i < dirs->count; i++) {
		const char *dir = rules_path(w, dirs->items[i]);
		if (!dir)
			continue;
		const char *path = arena_fmt(mem, "%s/" STR_FMT ".sieve", dir, STR_ARGS(name)).p;
		if (!may_be_read(path, location))
			return err_temp(err, "%s is not a regular file", path);
		script->name = str_of(path);
		int r = io_read_file(path, conf->script_max, mem, &script->text, err);
		if (r < 0 && err)
			return rules_trouble(w, "include", err);
		if (r != 0)
			return r;
	}
	return 0;
}
