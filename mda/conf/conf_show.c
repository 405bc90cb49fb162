#include "mda/conf/conf_show.h"

#include "base/log.h"
#include "mda/conf/conf_setting.h"

const char *const conf_setter_names[] = {
	[SET_BY_DEFAULT] = "default",
	[SET_BY_FILE] = "file",
	[SET_BY_DOMAIN] = "domain",
	[SET_BY_ADDRESS] = "address",
	[SET_BY_TABLE] = "address_settings",
	[SET_BY_SOURCE] = "users",
	[SET_BY_ORGANIZATION] = "organization",
	[SET_BY_COMMAND_LINE] = "-o",
	[SET_BY_PERSON] = "user",
};

/* ---- one key ---- */

/* Appends the values as they are written in mda.conf, without the braces of a list. */
static void add_values(const struct str_list *values, struct buf *to)
{
	for (size_t i = 0; i < values->count; i++) {
		struct buf value = {0};
		log_escape(&value, values->items[i]);
		bool quoted = value.n && value.p[0] == '"';
		buf_fmt(to, quoted ? "%s" STR_FMT : "%s\"" STR_FMT "\"", i ? ", " : "",
			STR_ARGS(buf_str(&value)));
		buf_free(&value);
	}
}

void conf_show_line(const struct conf_shown *shown, struct buf *to)
{
	struct buf text = {0};
	bool is_list = shown->key->type->is_list;
	add_values(shown->values, &text);
	buf_fmt(to, is_list ? "%-20s = {%s%s%s}" : "%-20s =%s%s%s", shown->key->name,
		text.n ? " " : "", buf_cstr(&text), text.n && is_list ? " " : "");
	buf_free(&text);
	if (shown->where.n)
		buf_fmt(to, "   # " STR_FMT "\n", STR_ARGS(shown->where));
	else
		buf_fmt(to, "   # %s\n", conf_setter_names[shown->by]);
}

/* ---- who has set it ---- */

static enum conf_setter setter_of(const struct setting *s)
{
	if (!s)
		return SET_BY_DEFAULT;
	if (!s->place.text)
		return SET_BY_COMMAND_LINE;
	if (s->is_asked)
		return SET_BY_TABLE;
	switch (s->scope) {
	case SCOPE_DOMAIN:
		return SET_BY_DOMAIN;
	case SCOPE_ADDRESS:
		return SET_BY_ADDRESS;
	case SCOPE_ORGANIZATION:
		return SET_BY_ORGANIZATION;
	case SCOPE_GLOBAL:
		break;
	}
	return SET_BY_FILE;
}

static struct str place_of(const struct setting *s, struct arena *mem)
{
	const struct conf_text *text = s ? s->place.text : NULL;
	if (!text)
		return STR_EMPTY;
	if (s->is_asked)
		return arena_str(mem, str_of(text->path));
	struct str place = arena_fmt(mem, "%s:%u", text->path, conf_text_line(text, s->place.at));
	if (s->title.n == 0)
		return place;
	return arena_fmt(
		mem, STR_FMT ", section \"" STR_FMT "\"", STR_ARGS(place), STR_ARGS(s->title));
}

/* ---- all of them ---- */

struct view {
	const struct conf_file *file;
	const struct conf_personal *personal;
	const struct conf_source *source;
	conf_shown_visit *visit;
	void *context;
};

static const struct conf_given *find_given(
	const struct conf_source *source, const struct conf_key *key)
{
	for (size_t i = 0; source && i < source->count; i++)
		if (source->items[i].key == key)
			return &source->items[i];
	return NULL;
}

static void show_setting(void *context, const struct conf_key *key, const struct setting *s)
{
	const struct view *v = context;
	struct arena *mem = v->file->mem;
	struct conf_shown shown = {.key = key};
	struct str_list defaults = conf_key_default(key, mem);
	const struct conf_own *own = v->personal ? conf_personal_find(v->personal, key) : NULL;
	const struct conf_given *given = find_given(v->source, key);
	shown.values = own ? &own->values : given ? &given->values : s ? &s->values : &defaults;
	shown.by = own ? SET_BY_PERSON : given ? SET_BY_SOURCE : setter_of(s);
	shown.where = own     ? arena_fmt(mem, "%s:%u, user", v->personal->path, own->line)
		      : given ? str_of(v->source->where)
			      : place_of(s, mem);
	v->visit(v->context, &shown);
}

int conf_show(const struct conf_file *file, struct str recipient,
	const struct conf_personal *personal, const struct conf_source *source,
	conf_shown_visit *visit, void *context, struct err *err)
{
	struct view v = {file, personal, source, visit, context};
	return conf_each_setting(file, recipient, show_setting, &v, err);
}

static void print_line(void *context, const struct conf_shown *shown)
{
	struct buf line = {0};
	conf_show_line(shown, &line);
	fprintf(context, "%s", buf_cstr(&line));
	buf_free(&line);
}

int conf_print(const struct conf_file *file, struct str recipient,
	const struct conf_personal *personal, const struct conf_source *source, FILE *out,
	struct err *err)
{
	return conf_show(file, recipient, personal, source, print_line, out, err);
}
