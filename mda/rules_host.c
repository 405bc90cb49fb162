#include "mda/rules_host.h"

#include <string.h>

struct host {
	struct sv_host calls;
	struct sv_limits limits;
	const struct conf *conf;
};

static struct str setting(void *context, const char *name)
{
	const struct host *h = context;
	if (strcmp(name, "recipient_delimiter") == 0)
		return h->conf->recipient_delimiter;
	return (struct str){"", 0};
}

const struct sv_host *rules_host(const struct conf *conf, struct arena *mem)
{
	struct host *h = arena_alloc(mem, sizeof *h);
	h->conf = conf;
	h->limits = (struct sv_limits)SV_LIMITS_DEFAULT;
	h->limits.script = conf->script_max;
	h->limits.redirects = conf->redirects_max;
	h->calls = (struct sv_host){.context = h, .limits = &h->limits, .setting = setting};
	return &h->calls;
}
