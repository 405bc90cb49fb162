#include "filters/engines.h"

#include "filters/sieve/builtin.h"
#include "filters/sieve/libsieve/libsieve.h"

static const struct sv_engine *const engines[] = {
	&builtin_engine,
	&libsieve_engine,
	NULL,
};

const struct sv_engine *engines_find(struct str name)
{
	for (size_t i = 0; engines[i]; i++)
		if (str_eq(name, str_of(engines[i]->name)))
			return engines[i];
	return NULL;
}

const char *engines_name(size_t i)
{
	size_t known = 0;
	while (known < i && engines[known])
		known++;
	return engines[known] ? engines[known]->name : NULL;
}
