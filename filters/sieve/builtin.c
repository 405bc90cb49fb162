#include "filters/sieve/builtin.h"

#include "filters/sieve/check_tree.h"
#include "filters/sieve/run.h"

static struct sv_script *compile(struct str name, struct str text, const struct sv_host *host,
	struct arena *mem, struct sv_errors *errors)
{
	const struct sv_source from = {name, text};
	return check_script(&from, host, NULL, (struct str){0}, mem, errors);
}

const struct sv_engine builtin_engine = {"builtin", compile, run_script};
