#include "mda/conf/conf_asked.h"

#include "base/printable.h"
#include "mda/conf/conf_parse.h"

/* ---- the table ---- */

/* What is set outside of sections, the command line last; empty: nothing. */
static struct str value_of(const struct conf_file *file, size_t field)
{
	struct str value = STR_EMPTY;
	for (size_t i = 0; i < file->settings.count; i++) {
		const struct setting *s = &file->settings.items[i];
		if (s->scope == SCOPE_GLOBAL && s->key->offset == field && s->values.count)
			value = s->values.items[0];
	}
	return value;
}

static struct table_map *open_table(const struct conf_file *file)
{
	struct str name = value_of(file, offsetof(struct conf, address_settings));
	struct str seconds = value_of(file, offsetof(struct conf, address_settings_timeout));
	unsigned long long number;
	if (name.n == 0)
		return NULL;
	struct table_map *t = table_new(name, file->mem);
	if (str_number(seconds, UINT_MAX, &number))
		table_wait(t, (size_t)number);
	return t;
}

struct table_map *conf_settings_table(const struct conf_file *file)
{
	struct conf_asked *a = file->asked;
	if (!a->is_known)
		a->table = open_table(file);
	a->is_known = true;
	return a->table;
}

/* ---- a value ---- */

int conf_asked_parse(const char *name, struct str address, struct str value,
	struct settings *settings, struct arena *mem, struct err *err)
{
	struct conf_text *text = arena_alloc(mem, sizeof *text);
	struct str shown = printable_line(address, '?', mem), copy = arena_str(mem, value);
	size_t before = settings->count;
	*text = (struct conf_text){.path = arena_fmt(mem, "%s: " STR_FMT, name, STR_ARGS(shown)).p,
		.p = copy.p,
		.n = copy.n};
	if (conf_load_value(text, address, settings, mem, err) < 0)
		return -1;
	for (size_t i = before; i < settings->count; i++)
		settings->items[i].is_asked = true;
	return 0;
}

int conf_asked_find(const struct conf_file *file, struct str address, table_drop *drop,
	struct settings *settings, struct arena *mem, struct err *err)
{
	struct table_map *t = conf_settings_table(file);
	struct str value;
	if (!t || address.n == 0 || address.p[0] == '@')
		return 0;
	table_drop_by(t, drop, (struct conf_file *)file);
	int r = table_find(t, address, &value, err);
	return r > 0 ? conf_asked_parse(table_name(t), address, value, settings, mem, err) : r;
}
