#include "filters/sieve/script.h"

bool script_requires(const struct sv_script *s, const struct sv_ext *ext)
{
	size_t i = ext_number(s->host, ext);
	return i < s->ext_count && s->active[i];
}

void *script_state(const struct sv_script *s, const struct sv_ext *ext, struct arena *mem)
{
	size_t i = ext_number(s->host, ext);
	if (i >= s->ext_count)
		return NULL;
	if (!s->states[i])
		s->states[i] = arena_alloc(mem, ext->script_size);
	return s->states[i];
}

const struct sv_limits *script_limits(const struct sv_host *host)
{
	static const struct sv_limits defaults = SV_LIMITS_DEFAULT;
	return host && host->limits ? host->limits : &defaults;
}
