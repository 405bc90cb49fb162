#include "mda/conf/tables/table.h"

#include "base/kv/kv.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "mda/conf/tables/socketmap.h"
#include "mda/conf/tables/table_lmdb.h"
#include "mda/conf/tables/table_text.h"

#include <unistd.h>

enum { USUAL_SECONDS = 10 };

/* What was asked for. */
struct known {
	struct str key, value;
	bool is_there;
};

struct kind;

struct table_map {
	struct str name, place; /* all of the name, and what follows its kind */
	const struct kind *kind;
	size_t seconds;
	table_drop *drop;
	table_finder *finder; /* NULL: the table itself */
	void *drop_context, *finder_context;
	struct str text; /* of a text file, once it is read */
	bool is_read;
	struct kv *kv;
	struct table_asker *asker;
	struct known *known;
	size_t count;
	struct err *failure; /* the first; NULL: none */
	struct arena *mem;
};

struct kind {
	struct str name; /* with its colon */
	const struct table_driver *driver;
	table_finder *find; /* the context is the table */
	const char *(*wrong)(struct str name);
};

/* ---- kinds ---- */

static const char *wrong_path(struct str name)
{
	struct str path = str_slice(name, str_find(name, ':') + 1, name.n);
	return path.n > 1 && path.p[0] == '/' ? NULL : "after the kind of the table comes a path";
}

static const char *wrong_socketmap(struct str name)
{
	return socketmap_valid(name)
		       ? NULL
		       : "this is not socketmap:inet:host:port:name or socketmap:unix:/path:name";
}

/* As postmap joins lines. */
static struct str in_one_line(struct str value, struct arena *mem)
{
	struct str copy = arena_str(mem, value);
	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '\n' || copy.p[i] == '\r' || copy.p[i] == '\t')
			((char *)copy.p)[i] = ' ';
	return copy;
}

static int find_text(
	void *table, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	struct table_map *t = table;
	const char *path = arena_cstr(t->mem, t->place);
	int r = t->is_read ? 1 : table_text_read(path, t->mem, &t->text, err);
	(void)mem;
	if (r == 0)
		err_temp(err, "the file does not exist");
	t->is_read = r > 0;
	r = r > 0 ? table_text_find(t->text, key, value) : -1;
	if (r > 0)
		*value = in_one_line(*value, t->mem);
	return r;
}

static void close_kv(void *data)
{
	kv_close(data);
}

static int find_lmdb(
	void *table, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	struct table_map *t = table;
	if (!t->kv) {
		t->kv = table_lmdb_open(t->place, t->mem, err);
		if (!t->kv)
			return -1;
		arena_on_free(t->mem, close_kv, t->kv);
	}
	return table_lmdb_find(t->kv, key, mem, value, err);
}

static int find_socketmap(
	void *table, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	struct table_map *t = table;
	return socketmap_find(t->name, key, t->seconds, mem, value, err);
}

static int keep_rights(void *context, struct err *err)
{
	(void)context;
	return geteuid() ? 0 : err_temp(err, "root must not ask a server itself");
}

static int find_server(
	void *table, struct str key, struct arena *mem, struct str *value, struct err *err)
{
	struct table_map *t = table;
	if (!t->asker)
		t->asker = table_asker_start(t->kind->driver, arena_cstr(t->mem, t->place),
			t->drop ? t->drop : keep_rights, t->drop_context, t->mem, err);
	return t->asker ? table_asker_find(t->asker, key, (unsigned)t->seconds, mem, value, err)
			: -1;
}

static const struct kind kinds[] = {
	{STR_LIT("text:"), NULL, find_text, wrong_path},
	{STR_LIT("lmdb:"), NULL, find_lmdb, wrong_path},
	{STR_LIT("socketmap:"), NULL, find_socketmap, wrong_socketmap},
	{STR_LIT("pgsql:"), &table_pgsql, find_server, wrong_path},
	{STR_LIT("mysql:"), &table_mysql, find_server, wrong_path},
	{STR_LIT("ldap:"), &table_ldap, find_server, wrong_path},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct kind *kind_of(struct str name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (str_starts(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

/* A path is "/..." and has no colon before its slash; "hash:/path" is a kind that is unknown. */
bool table_is(struct str name)
{
	size_t colon = str_find(name, ':');
	return colon < name.n && str_find(str_slice(name, 0, colon), '/') == colon;
}

const char *table_wrong_name(struct str name)
{
	const struct kind *kind = kind_of(name);
	if (!kind)
		return "a table is text:, lmdb:, socketmap:, pgsql:, mysql: or ldap:";
	return kind->wrong(name);
}

const char *table_password_file(struct str name, struct arena *mem)
{
	const struct kind *kind = kind_of(name);
	return kind && kind->driver ? arena_cstr(mem, str_slice(name, kind->name.n, name.n)) : NULL;
}

/* ---- a table ---- */

struct table_map *table_new(struct str name, struct arena *mem)
{
	struct table_map *t = arena_alloc(mem, sizeof *t);
	*t = (struct table_map){.name = arena_str(mem, name),
		.kind = kind_of(name),
		.seconds = USUAL_SECONDS,
		.mem = mem};
	if (t->kind)
		t->place = str_slice(t->name, t->kind->name.n, t->name.n);
	return t;
}

const char *table_name(const struct table_map *t)
{
	return t->name.p;
}

void table_wait(struct table_map *t, size_t seconds)
{
	t->seconds = seconds;
}

void table_drop_by(struct table_map *t, table_drop *drop, void *context)
{
	t->drop = drop;
	t->drop_context = context;
}

void table_find_by(struct table_map *t, table_finder *finder, void *context)
{
	t->finder = finder;
	t->finder_context = context;
}

/* ---- asking ---- */

static const char *wrong_value(struct str value)
{
	if (value.n > TABLE_VALUE_MOST)
		return "the value is too long";
	if (printable_has_control(value))
		return "the value has a control character, such as a line end";
	return utf8_valid(value) ? NULL : "the value is not UTF-8";
}

/* A parent has already named the table and the key. */
static int ask_finder(struct table_map *t, struct str key, struct str *value, struct err *err)
{
	return t->finder(t->finder_context, key, t->mem, value, err);
}

static int ask(struct table_map *t, struct str key, struct str *value, struct err *err)
{
	struct err why;
	const char *wrong = table_wrong_name(t->name);
	if (t->finder)
		return ask_finder(t, key, value, err);
	int r = wrong ? err_temp(&why, "%s", wrong) : t->kind->find(t, key, t->mem, value, &why);
	if (r > 0 && (wrong = wrong_value(*value)))
		r = err_temp(&why, "%s", wrong);
	if (r >= 0)
		return r;
	struct str shown = printable_line(str_slice(key, 0, 200), '?', t->mem);
	return err_temp(err, "%s: " STR_FMT ": %s", t->name.p, STR_ARGS(shown), why.text);
}

int table_find(struct table_map *t, struct str key, struct str *value, struct err *err)
{
	struct str found = STR_EMPTY;
	struct err why;
	for (size_t i = 0; i < t->count; i++)
		if (str_eq(t->known[i].key, key)) {
			*value = t->known[i].value;
			return t->known[i].is_there;
		}
	if (table_check(t, err) < 0)
		return -1;
	int r = ask(t, key, &found, &why);
	if (r < 0) {
		t->failure = arena_alloc(t->mem, sizeof *t->failure);
		*t->failure = why;
		return table_check(t, err);
	}
	struct known *k = ARENA_PUSH(t->mem, t->known, t->count);
	*k = (struct known){arena_str(t->mem, key), arena_str(t->mem, found), r > 0};
	*value = k->value;
	return r;
}

int table_check(const struct table_map *t, struct err *err)
{
	if (!t->failure)
		return 0;
	if (err)
		*err = *t->failure;
	return -1;
}

void table_learn(struct table_map *t, const struct table_map *another)
{
	t->known = another->known;
	t->count = another->count;
}
