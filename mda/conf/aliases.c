#include "mda/conf/aliases.h"

#include "base/address.h"
#include "base/kv/kv.h"
#include "base/printable.h"
#include "mda/conf/aliases_map.h"
#include "mda/conf/aliases_text.h"
#include "mda/conf/tables/table.h"

enum { LONGEST_CHAIN = 20, NAMES_MOST = 32 };

struct aliases {
	struct str delimiters;
	struct kv *map;  /* NULL: the text is searched */
	struct str text; /* empty when it does not exist */
	const char *stale;
	bool (*is)(void *context, struct str address); /* NULL: it is not known */
	void *context;
	struct str added, added_to; /* one more alias; empty: none */
	struct table_map *table;    /* NULL: it is a file of ours */
	struct err *wrong;          /* the first of its values that is no alias; NULL: none */
	struct arena *mem;
};

static void close_map(void *data)
{
	kv_close(data);
}

struct aliases *aliases_open(
	struct str path, struct str delimiters, struct arena *mem, struct err *err)
{
	struct aliases *a = arena_alloc(mem, sizeof *a);
	struct err why;
	a->delimiters = delimiters;
	a->mem = mem;
	if (path.n == 0)
		return a;
	if (table_is(path)) {
		a->table = table_new(path, mem);
		return a;
	}
	int r = aliases_map_open(path, mem, &a->map, &why);
	if (r > 0) {
		arena_on_free(mem, close_map, a->map);
		return a;
	}
	if (r < 0)
		a->stale = arena_str(mem, str_of(why.text)).p;
	return table_text_read(arena_cstr(mem, path), mem, &a->text, err) < 0 ? NULL : a;
}

const char *aliases_stale(const struct aliases *aliases)
{
	return aliases ? aliases->stale : NULL;
}

/* ---- a table ---- */

struct table_map *aliases_table(const struct aliases *a)
{
	return a ? a->table : NULL;
}

static int fail_wrong(struct aliases *a, struct str key, const char *why)
{
	if (a->wrong)
		return -1;
	a->wrong = arena_alloc(a->mem, sizeof *a->wrong);
	return err_temp(a->wrong, "%s: " STR_FMT ": %s", table_name(a->table),
		STR_ARGS(printable_line(key, '?', a->mem)), why);
}

/* A failure is noted: aliases_check() reports it. */
static int find_in_table(const struct aliases *a, struct str key, struct str *target)
{
	struct str value = STR_EMPTY;
	struct err err;
	int r = table_find(a->table, key, &value, &err);
	const struct table_entry entry = {.name = key, .value = str_trim(value)};
	const char *wrong = r > 0 ? aliases_text_wrong(&entry, a->mem) : NULL;
	if (wrong)
		return fail_wrong((struct aliases *)a, key, wrong);
	*target = aliases_text_target(entry.value);
	return r;
}

static int get(const struct aliases *a, struct str key, struct arena *mem, struct str *target)
{
	if (a->table)
		return find_in_table(a, key, target) > 0;
	return a->map ? aliases_map_find(a->map, key, mem, target)
		      : aliases_text_find(a->text, key, mem, target);
}

int aliases_check(const struct aliases *a, struct err *err)
{
	if (!a || !a->table)
		return 0;
	if (!a->wrong)
		return table_check(a->table, err);
	if (err)
		*err = *a->wrong;
	return -1;
}

/* ---- names and details ---- */

struct parts {
	struct str local, domain; /* with the detail */
};

static struct parts take_apart(struct str address, struct arena *mem)
{
	struct str key = table_text_key(address, mem);
	size_t at = str_rfind(key, '@');
	return (struct parts){str_slice(key, 0, at), str_slice(key, at + 1, key.n)};
}

static struct str join(struct str local, struct str domain, struct arena *mem)
{
	if (domain.n == 0)
		return local;
	return arena_fmt(mem, STR_FMT "@" STR_FMT, STR_ARGS(local), STR_ARGS(domain));
}

/*
 * Cuts off the last delimiter and what follows it; false when there is none. A delimiter at the
 * start belongs to the name.
 */
static bool shorten(const struct aliases *a, struct str *local)
{
	for (size_t n = local->n; n-- > 1;)
		if (str_find(a->delimiters, local->p[n]) < a->delimiters.n) {
			local->n = n;
			return true;
		}
	return false;
}

static bool is_mailbox(const struct aliases *a, struct str address)
{
	return a->is && a->is(a->context, address);
}

/* The longest name that is a mailbox, or an alias if those count; else up to a delimiter. */
static struct str name_in(
	const struct aliases *a, const struct parts *p, bool aliases_count, struct arena *mem)
{
	struct str first, detail, target, name = p->local;
	if (!a)
		return p->local;
	address_split_detail(p->local, a->delimiters, &first, &detail);
	if (first.n == p->local.n)
		return first;
	for (unsigned i = 0; i < NAMES_MOST; i++) {
		struct str address = join(name, p->domain, mem);
		if (is_mailbox(a, address) || (aliases_count && get(a, address, mem, &target) > 0))
			return name;
		if (!shorten(a, &name))
			break;
	}
	return first;
}

/* Does the target of an alias lead back to one of the names that were looked up? */
static bool is_itself(
	const struct aliases *a, const struct parts *p, struct str target, struct arena *mem)
{
	struct str key = table_text_key(target, mem), name = p->local;
	for (unsigned i = 0; i < NAMES_MOST; i++) {
		if (str_eq(key, join(name, p->domain, mem)))
			return true;
		if (!shorten(a, &name))
			return false;
	}
	return false;
}

/* One step of the chain, in the order of virtual(5): with the detail, without it, the domain. */
static bool step(const struct aliases *a, struct str *address, struct arena *mem)
{
	struct parts p = take_apart(*address, mem);
	struct str target = STR_EMPTY, name = p.local;
	int found = get(a, join(name, p.domain, mem), mem, &target);
	for (unsigned i = 0; !found && i < NAMES_MOST && shorten(a, &name); i++)
		found = get(a, join(name, p.domain, mem), mem, &target);
	if (!found)
		(void)get(a, arena_fmt(mem, "@" STR_FMT, STR_ARGS(p.domain)), mem, &target);
	if (target.n == 0)
		return false;
	if (target.p[0] == '@')
		target = join(p.local, str_slice(target, 1, target.n), mem);
	else if (str_find(target, '@') == target.n)
		target = join(target, p.domain, mem);
	if (is_itself(a, &p, target, mem))
		return false; /* an exception from a catch-all domain */
	*address = target;
	return true;
}

void aliases_ask(struct aliases *a, bool (*is)(void *context, struct str address), void *context)
{
	a->is = is;
	a->context = context;
}

size_t aliases_user_length(const struct aliases *aliases, struct str address, struct arena *mem)
{
	struct parts p = take_apart(address, mem);
	return name_in(aliases, &p, true, mem).n;
}

void aliases_add(struct aliases *aliases, struct str from, struct str to)
{
	aliases->added = from;
	aliases->added_to = to;
}

void aliases_add_those_of(struct aliases *aliases, const struct aliases *another)
{
	if (!another)
		return;
	aliases_add(aliases, another->added, another->added_to);
	if (aliases->table && another->table)
		table_learn(aliases->table, another->table);
}

static bool is_added(const struct aliases *a, struct str mailbox)
{
	return a && a->added.n && str_eq(a->added, mailbox);
}

struct str aliases_mailbox(const struct aliases *aliases, struct str address, struct arena *mem)
{
	struct str at = address;
	unsigned steps = 0;
	if (is_added(aliases, table_text_key(address, mem)))
		return aliases->added_to;
	if (aliases && (aliases->map || aliases->text.n || aliases->table))
		while (steps < LONGEST_CHAIN && step(aliases, &at, mem))
			steps++;
	struct parts p = take_apart(steps < LONGEST_CHAIN ? at : address, mem);
	struct str mailbox = join(name_in(aliases, &p, false, mem), p.domain, mem);
	return is_added(aliases, mailbox) ? aliases->added_to : mailbox;
}
