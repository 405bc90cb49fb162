/*
 * External lists of rules (RFC 6134): the contacts, the block and allow lists, and the admin's
 * files and maps.
 */
#include "base/str_list.h"
#include "mda/conf/user.h"
#include "mda/rules_host.h"
#include "mda/stage_conf.h"

#include "base/address.h"
#include "base/kv/kv_map.h"
#include "base/path.h"
#include "filters/lists/list_search.h"
#include "mda/asks.h"

/* ---- which list ---- */

/* List names that mean a key of mda.conf. */
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

/*
 * The names of the address book: ":addrbook:default" as in RFC 6134 section 2.7, the same after
 * "urn:ietf:params:sieve", and ours.
 */
static struct str plain_name(struct str list)
{
	struct str urn = STR_LIT("urn:ietf:params:sieve");
	if (str_istarts(list, urn))
		list = str_slice(list, urn.n, list.n);
	return list.n && list.p[0] == ':' ? str_slice(list, 1, list.n) : list;
}

static bool is_contacts(struct str list)
{
	return str_ieq(list, STR_LIT("addrbook:")) || str_ieq(list, STR_LIT("addrbook:default"));
}

static const char *known_path(const struct rules_world *w, struct str list)
{
	if (is_contacts(list))
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

/* The file NAME, or NAME with ENDING, in the first directory that has it; NULL if none has. */
static const char *file_path(const struct rules_world *w, struct str name, const char *ending)
{
	for (size_t i = 0; is_file_name(name) && i < w->conf->list_dirs.count; i++) {
		const char *dir = rules_path(w, w->conf->list_dirs.items[i]);
		if (!dir)
			continue;
		const char *path =
			arena_fmt(w->mem, "%s/" STR_FMT "%s", dir, STR_ARGS(name), ending).p;
		struct err err;
		int there = path_there(path, &err);
		if (there < 0)
			rules_trouble(w, "list", &err);
		if (there > 0)
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

/* ---- in a text file, perhaps compiled ---- */

static void found_hit(void *context, const struct list_hit *hit)
{
	(void)hit;
	*(bool *)context = true;
}

static int matches_in_file(const struct rules_world *w, const char *path, struct str value)
{
	struct address a = address_parse_envelope(value, w->mem);
	struct str key = address_key(&a, w->mem);
	bool found = false;
	struct list_query q = {.path = str_of(path),
		.keys = &key,
		.count = 1,
		.hit = found_hit,
		.context = &found};
	struct err err;
	return list_search(&q, &err) < 0 ? rules_trouble(w, "list", &err) : found;
}

struct search {
	struct str value;
	bool found;
};

static void try_word(void *context, const struct list_line *l)
{
	struct search *s = context;
	s->found = s->found || str_ieq(l->entry, s->value);
}

/* A list may also contain words that are not addresses. */
static int in_file(const struct rules_world *w, const char *path, struct str value)
{
	struct search s = {.value = value};
	struct err err;
	int r = matches_in_file(w, path, value);
	if (r != 0 || str_find(value, '@') < value.n)
		return r;
	r = list_text_walk(str_of(path), list_text_today(), try_word, &s, &err);
	return r < 0 ? rules_trouble(w, "list", &err) : s.found;
}

/* ---- in a map ---- */

/* The keys as Postfix writes and looks them up: in lower case, an address and then its domain. */
static int in_map(const struct rules_world *w, const char *path, struct str value)
{
	struct str key = arena_lower(w->mem, value);
	size_t at = str_rfind(key, '@');
	struct err err;
	int r = kv_map_holds(path, key, &err);
	if (r == 0 && at < key.n)
		r = kv_map_holds(path, str_slice(key, at + 1, key.n), &err);
	return r < 0 ? rules_trouble(w, "list", &err) : r;
}

/* ---- the contacts ---- */

static int is_contact(const struct rules_world *w, struct str value)
{
	struct address a = address_parse_envelope(value, w->mem);
	struct contacts contacts;
	struct contact found;
	struct verdict v;
	struct err err;
	if (stage_conf_contacts(w->conf, w->names, w->mem, &contacts, &err) < 0)
		return rules_trouble(w, "contacts", &err);
	contacts.find_known = asks_known;
	verdict_init(&v, w->mem, 0);
	contacts_find(&contacts, address_key(&a, w->mem), &v, &found);
	if (v.passing.text[0])
		return rules_trouble(w, "contacts", &v.passing);
	return found.kind != CONTACT_NONE;
}

/* The file or map that LIST names; NULL if there is none. */
static const char *find_path(const struct rules_world *w, struct str list, bool *is_map)
{
	const char *path = known_path(w, list);
	struct str name;
	*is_map = !path && has_scheme(list, "lmdb:", &name);
	if (path)
		return path;
	if (*is_map)
		return file_path(w, name, ".lmdb");
	if (!has_scheme(list, "file:", &name))
		name = list;
	return file_path(w, name, "");
}

bool rules_list_exists(void *context, struct str list)
{
	const struct rules_world *w = context;
	bool is_map;
	list = plain_name(list);
	if (is_contacts(list) || str_istarts(list, STR_LIT("addrbook:")))
		return is_contacts(list);
	/* It is unknown whose directories to search. */
	return w->names->user.n == 0 || find_path(w, list, &is_map);
}

int rules_list_holds(void *context, struct str list, struct str value)
{
	const struct rules_world *w = context;
	bool is_map;
	list = plain_name(list);
	const char *path = find_path(w, list, &is_map);
	if (is_contacts(list))
		return is_contact(w, value);
	if (!path)
		return -1;
	return is_map ? in_map(w, path, value) : in_file(w, path, value);
}

/* ---- all of them ---- */

struct collector {
	struct str_list *items;
	struct arena *mem;
};

static void collect(void *context, const struct list_line *l)
{
	struct collector *c = context;
	if (str_find(l->entry, '*') == l->entry.n && str_find(l->entry, '?') == l->entry.n)
		str_list_add(c->items, arena_str(c->mem, l->entry), c->mem);
}

bool rules_list_items(void *context, struct str list, struct arena *mem, struct str_list *items)
{
	const struct rules_world *w = context;
	struct collector c = {items, mem};
	struct err err;
	bool is_map;
	const char *path = find_path(w, plain_name(list), &is_map);
	return path && !is_map &&
	       list_text_walk(str_of(path), list_text_today(), collect, &c, &err) > 0;
}
