#include "mda/rules_world.h"

#include "mda/conf/template.h"

int rules_trouble(const struct rules_world *w, const char *what, const struct err *err)
{
	if (w->delivery)
		verdict_trouble(w->verdict, what, err);
	return -1;
}

const char *rules_path(const struct rules_world *w, struct str template)
{
	const char *path;
	if (!w->names || template_expand(template, w->names, w->mem, &path, NULL) < 0)
		return NULL;
	return path;
}
