#include "filters/sieve/builtin.h"

#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

static struct sv_script *compile(struct str name, struct str text, const struct sv_host *host,
	struct arena *mem, struct sv_errors *errors)
{
	return check_script(name, text, host, NULL, mem, errors);
}

const struct sv_engine builtin_engine = {"builtin", compile, run_script};
