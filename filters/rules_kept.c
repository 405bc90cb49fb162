#include "filters/rules_kept.h"

static struct rules_script *find(struct rules_kept *kept, struct str path, struct str text)
{
	for (size_t i = 0; i < kept->count; i++)
		if (str_eq(kept->scripts[i].path, path) && str_eq(kept->scripts[i].text, text))
			return &kept->scripts[i];
	return NULL;
}

struct sv_script *rules_kept_compile(struct rules_kept *kept, const struct sv_engine *engine,
	struct str path, struct str text, struct sv_errors *errors)
{
	struct rules_script *s = find(kept, path, text);
	if (!s) {
		s = ARENA_PUSH(kept->mem, kept->scripts, kept->count);
		s->engine = engine;
		s->path = arena_str(kept->mem, path);
		s->text = arena_str(kept->mem, text);
		s->compiled = engine->compile(s->path, s->text, kept->host, kept->mem, &s->errors);
	}
	*errors = s->errors;
	return s->compiled;
}
