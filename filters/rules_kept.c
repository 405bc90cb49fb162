#include "filters/rules_kept.h"

const struct rules_script *rules_kept_find(
	const struct rules_kept *kept, struct str path, struct str text)
{
	for (size_t i = 0; kept && i < kept->count; i++)
		if (str_eq(kept->scripts[i].path, path) && str_eq(kept->scripts[i].text, text))
			return &kept->scripts[i];
	return NULL;
}

const struct rules_script *rules_kept_add(
	struct rules_kept *kept, const struct sv_engine *engine, struct str path, struct str text)
{
	struct rules_script *s = ARENA_PUSH(kept->mem, kept->scripts, kept->count);
	s->engine = engine;
	s->path = arena_str(kept->mem, path);
	s->text = arena_str(kept->mem, text);
	s->compiled = engine->compile(s->path, s->text, kept->host, kept->mem, &s->errors);
	return s;
}
