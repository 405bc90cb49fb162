#include "mda/conf/aliases.h"

#include "base/address.h"
#include "base/kv/kv.h"
#include "base/printable.h"
#include "mda/conf/aliases_map.h"
#include "mda/conf/aliases_text.h"
#include "mda/conf/socketmap.h"

enum { LONGEST_CHAIN = 20, NAMES_MOST = 32, USUAL_SECONDS = 10 };

struct aliases {
	struct str delimiters;
	struct kv *map;  /* NULL: the text is searched */
	struct str text; /* empty when it does not exist */
	const char *stale;
	bool (*is)(void *context, struct str address); /* NULL: it is not known */
	void *context;
	struct str added, added_to; /* one more alias; empty: none */
	struct table *table;        /* of a server; NULL: it is a file */
};

/* What a server has said. */
struct known {
	struct str key, target;
	bool is_alias;
};

struct table {
	struct str name;
	size_t seconds;
	aliases_finder *finder; /* NULL: the server itself */
	void *context;
	struct known *known;
	size_t count;
	struct err *failure; /* the first; NULL: none */
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
	if (path.n == 0)
		return a;
	if (socketmap_is(path)) {
		a->table = arena_alloc(mem, sizeof *a->table);
		*a->table = (struct table){.name = path, .seconds = USUAL_SECONDS, .mem = mem};
		return a;
	}
	int r = aliases_map_open(path, mem, &a->map, &why);
	if (r > 0) {
		arena_on_free(mem, close_map, a->map);
		return a;
	}
	if (r < 0)
		a->stale = arena_str(mem, str_of(why.text)).p;
	return aliases_text_read(arena_cstr(mem, path), mem, &a->text, err) < 0 ? NULL : a;
}

const char *aliases_stale(const struct aliases *aliases)
{
	return aliases ? aliases->stale : NULL;
}

/* ---- a server's table ---- */

void aliases_wait(struct aliases *a, size_t seconds)
{
	if (a->table)
		a->table->seconds = seconds;
}

void aliases_find_by(struct aliases *a, aliases_finder *finder, void *context)
{
	if (!a->table)
		return;
	a->table->finder = finder;
	a->table->context = context;
}

static int ask_server(struct table *t, struct str key, struct str *target, struct err *err)
{
	struct str value = STR_EMPTY;
	int r = socketmap_find(t->name, key, t->seconds, t->mem, &value, err);
	const struct alias entry = {.name = key, .targets = str_trim(value)};
	const char *wrong = r > 0 ? aliases_text_wrong(&entry, t->mem) : NULL;
	if (wrong)
		return err_temp(err, "%s: " STR_FMT ": %s", arena_cstr(t->mem, t->name),
			STR_ARGS(printable_line(key, '?', t->mem)), wrong);
	*target = aliases_text_target(entry.targets);
	return r;
}

/* What was asked once is known, and after a failure nothing is asked. */
static int find_in(struct table *t, struct str key, struct str *target, struct err *err)
{
	for (size_t i = 0; i < t->count; i++)
		if (str_eq(t->known[i].key, key)) {
			*target = t->known[i].target;
			return t->known[i].is_alias;
		}
	if (t->failure) {
		*err = *t->failure;
		return -1;
	}
	struct str found = STR_EMPTY;
	int r = t->finder ? t->finder(t->context, key, t->mem, &found, err)
			  : ask_server(t, key, &found, err);
	if (r < 0) {
		t->failure = arena_alloc(t->mem, sizeof *t->failure);
		*t->failure = *err;
		return -1;
	}
	struct known *k = ARENA_PUSH(t->mem, t->known, t->count);
	*k = (struct known){arena_str(t->mem, key), arena_str(t->mem, found), r > 0};
	*target = k->target;
	return r;
}

static int get(const struct aliases *a, struct str key, struct arena *mem, struct str *target)
{
	struct err err;
	if (a->table)
		return find_in(a->table, key, target, &err) > 0;
	return a->map ? aliases_map_find(a->map, key, mem, target)
		      : aliases_text_find(a->text, key, mem, target);
}

int aliases_find(const struct aliases *a, struct str key, struct arena *mem, struct str *target,
	struct err *err)
{
	return a && a->table ? find_in(a->table, key, target, err)
	       : a           ? get(a, key, mem, target)
			     : 0;
}

int aliases_check(const struct aliases *a, struct err *err)
{
	if (!a || !a->table || !a->table->failure)
		return 0;
	if (err)
		*err = *a->table->failure;
	return -1;
}

/* ---- names and details ---- */

struct parts {
	struct str local, domain; /* with the detail */
};

static struct parts take_apart(struct str address, struct arena *mem)
{
	struct str key = aliases_text_key(address, mem);
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
	struct str key = aliases_text_key(target, mem), name = p->local;
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
	if (aliases->table && another->table) {
		aliases->table->known = another->table->known;
		aliases->table->count = another->table->count;
	}
}

static bool is_added(const struct aliases *a, struct str mailbox)
{
	return a && a->added.n && str_eq(a->added, mailbox);
}

struct str aliases_mailbox(const struct aliases *aliases, struct str address, struct arena *mem)
{
	struct str at = address;
	unsigned steps = 0;
	if (is_added(aliases, aliases_text_key(address, mem)))
		return aliases->added_to;
	if (aliases && (aliases->map || aliases->text.n || aliases->table))
		while (steps < LONGEST_CHAIN && step(aliases, &at, mem))
			steps++;
	struct parts p = take_apart(steps < LONGEST_CHAIN ? at : address, mem);
	struct str mailbox = join(name_in(aliases, &p, false, mem), p.domain, mem);
	return is_added(aliases, mailbox) ? aliases->added_to : mailbox;
}
