/* Lists outside of the rules (RFC 6134): the contacts, the block and allow lists, files and maps of the admin's. */
#include "mda/rules_host.h"

#include "filters/lists.h"
#include "mda/base/address.h"
#include "mda/base/kv_map.h"
#include "mda/base/wild.h"

#include <unistd.h>

/* ---- which list ---- */

/* Names that stand for keys of mda.conf. */
static const struct {
	const char *name;
	size_t offset; /* in struct conf */
} known[] = {
	{"addrbook:default", offsetof(struct conf, contacts)},
	{"mda:allow", offsetof(struct conf, user_allow)},
	{"mda:block", offsetof(struct conf, user_block)},
	{"mda:global-allow", offsetof(struct conf, global_allow)},
	{"mda:global-block", offsetof(struct conf, global_block)},
};

static const char *known_path(const struct rules_world *w, struct str list)
{
	if (str_ieq(list, STR_LIT("addrbook:")))
		list = STR_LIT("addrbook:default");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_ieq(list, str_of(known[i].name)))
			return rules_path(
				w, *(const struct str *)(const void *)((const char *)w->conf +
								       known[i].offset));
	return NULL;
}

static bool is_file_name(struct str name)
{
	return name.n && name.n < 200 && name.p[0] != '.' && str_find(name, '/') == name.n &&
	       str_find(name, '\0') == name.n;
}

/* NAME, or NAME with ENDING, in the first directory that has it; NULL: none has. */
static const char *file_path(const struct rules_world *w, struct str name, const char *ending)
{
	for (size_t i = 0; is_file_name(name) && i < w->conf->list_dirs.count; i++) {
		const char *dir = rules_path(w, w->conf->list_dirs.items[i]);
		if (!dir)
			continue;
		const char *path =
			arena_fmt(w->mem, "%s/" STR_FMT "%s", dir, STR_ARGS(name), ending).p;
		if (access(path, F_OK) == 0)
			return path;
	}
	return NULL;
}

/* "SCHEME:name" -> name. */
static bool has_scheme(struct str list, const char *scheme, struct str *name)
{
	if (!str_istarts(list, str_of(scheme)))
		return false;
	*name = str_slice(list, str_of(scheme).n, list.n);
	return true;
}

/* ---- in a text file ---- */

struct search {
	struct str value, key;
	bool found;
};

static void try_entry(
	void *context, const struct wild *entry, struct str text, const struct diag *where)
{
	struct search *s = context;
	(void)where;
	s->found = s->found || str_ieq(text, s->value) || (entry && wild_matches(entry, s->key));
}

static int in_file(const struct rules_world *w, const char *path, struct str value)
{
	struct address a = address_parse_envelope(value, w->mem);
	struct search s = {.value = value, .key = address_key(&a, w->mem)};
	struct err err;
	return lists_walk(str_of(path), try_entry, &s, &err) < 0 ? -1 : s.found;
}

/* ---- in a map ---- */

/* As Postfix writes and asks them: in small letters, an address and then its domain. */
static int in_map(const struct rules_world *w, const char *path, struct str value)
{
	struct str key = arena_lower(w->mem, value);
	size_t at = str_rfind(key, '@');
	struct err err;
	int r = kv_map_holds(path, key, &err);
	if (r == 0 && at < key.n)
		r = kv_map_holds(path, str_slice(key, at + 1, key.n), &err);
	return r;
}

int rules_list_holds(void *context, struct str list, struct str value)
{
	const struct rules_world *w = context;
	const char *path = known_path(w, list);
	struct str name;
	if (path)
		return in_file(w, path, value);
	if (has_scheme(list, "lmdb:", &name))
		return (path = file_path(w, name, ".lmdb")) ? in_map(w, path, value) : -1;
	if (!has_scheme(list, "file:", &name))
		name = list;
	return (path = file_path(w, name, "")) ? in_file(w, path, value) : -1;
}

/* ---- all of them ---- */

struct collecting {
	struct str_list *items;
	struct arena *mem;
};

static void collect(
	void *context, const struct wild *entry, struct str text, const struct diag *where)
{
	struct collecting *c = context;
	(void)entry;
	(void)where;
	if (str_find(text, '*') == text.n && str_find(text, '?') == text.n)
		*(struct str *)ARENA_PUSH(c->mem, c->items->items, c->items->count) =
			arena_str(c->mem, text);
}

bool rules_list_items(void *context, struct str list, struct arena *mem, struct str_list *items)
{
	const struct rules_world *w = context;
	const char *path = known_path(w, list);
	struct collecting c = {items, mem};
	struct str name = list;
	struct err err;
	(void)has_scheme(list, "file:", &name); /* with the scheme or without */
	if (!path)
		path = file_path(w, name, "");
	return path && lists_walk(str_of(path), collect, &c, &err) > 0;
}
