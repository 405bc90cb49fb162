#include "mda/conf/aliases.h"

#include "base/address.h"
#include "base/idn.h"
#include "base/io.h"
#include "base/kv/kv.h"
#include "base/path.h"
#include "filters/lists/list_record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ALIASES_MAX = 256 * 1024 * 1024,
	LONGEST_CHAIN = 20,
	NAMES_MOST = 32,
	LINES_PER_ARENA = 1000
};

enum { INFO, TARGETS, TABLES };
static const char *const table_names[TABLES] = {"info", "targets"};
static const struct kv_layout layout = {"compiled aliases", table_names, TABLES, 1, 0};

struct aliases {
	struct str delimiters;
	struct kv *map;  /* NULL: the text is asked */
	struct str text; /* empty when there is none */
	const char *stale;
	bool (*is)(void *context, struct str address); /* NULL: nobody can tell */
	void *context;
};

/* ---- the text ---- */

/* An alias and what it stands for, as they are written. */
struct alias {
	struct str name, targets;
	unsigned line;
};

static bool is_comment(struct str line)
{
	struct str s = str_trim(line);
	return s.n == 0 || s.p[0] == '#';
}

/*
 * Takes a logical line off *REST. *LINE counts the lines that are behind it, *START is its first.
 */
static bool next_logical(struct str *rest, unsigned *line, unsigned *start, struct str *logical)
{
	struct str next;
	while (str_line(rest, logical)) {
		*start = ++*line;
		if (is_comment(*logical))
			continue;
		while (rest->n && ascii_isblank(rest->p[0]) && str_line(rest, &next)) {
			++*line;
			logical->n = (size_t)(next.p + next.n - logical->p);
		}
		return true;
	}
	return false;
}

static bool next_alias(struct str *rest, unsigned *line, struct alias *a)
{
	struct str logical;
	if (!next_logical(rest, line, &a->line, &logical))
		return false;
	a->targets = logical;
	a->name = (struct str){"", 0};
	if (str_word(&a->targets, &a->name))
		a->targets = str_trim(a->targets);
	return true;
}

/* How an address, or "@domain", is compared. */
static struct str key_of(struct str text, struct arena *mem)
{
	struct str domain = str_slice(text, 1, text.n);
	if (text.n && text.p[0] == '@')
		return arena_fmt(mem, "@" STR_FMT, STR_ARGS(idn_domain(domain, mem)));
	struct address a = address_parse_envelope(text, mem);
	return address_key(&a, mem);
}

/* The one target; empty when there are several, or none. */
static struct str sole_target(struct str targets)
{
	struct str word = str_slice(targets, 0, str_find(targets, ','));
	struct str rest = str_trim(str_slice(targets, word.n + 1, targets.n));
	struct str one;
	if (rest.n || !str_word(&word, &one) || str_trim(word).n)
		return (struct str){"", 0};
	return one;
}

static bool is_target(struct str text, struct arena *mem)
{
	struct address a = address_parse_envelope(text, mem);
	if (text.n && text.p[0] == '@')
		return text.n > 1;
	return !a.invalid && a.local.n;
}

static const char *what_is_wrong(const struct alias *a, struct arena *mem)
{
	struct str one = sole_target(a->targets);
	if (a->targets.n == 0)
		return "behind an alias stands the address that it is for";
	if (!is_target(a->name, mem) || str_find(a->name, '@') == a->name.n)
		return "an alias is user@domain or @domain";
	if (one.n && !is_target(one, mem))
		return "what it stands for is no address";
	return NULL;
}

/* 1 when TEXT has it, 0 not. */
static int look_in_text(struct str text, struct str key, struct arena *mem, struct str *target)
{
	struct alias a;
	unsigned line = 0;
	int found = 0;
	struct arena *scratch = arena_new();
	for (unsigned n = 1; !found && next_alias(&text, &line, &a); n++) {
		if (n % LINES_PER_ARENA == 0) {
			arena_free(scratch);
			scratch = arena_new();
		}
		if (!str_eq(key_of(a.name, scratch), key) || what_is_wrong(&a, scratch))
			continue;
		*target = arena_str(mem, sole_target(a.targets));
		found = 1;
	}
	arena_free(scratch);
	return found;
}

static int read_text(const char *path, struct arena *mem, struct str *text, struct err *err)
{
	int r = io_read_file(path, ALIASES_MAX, mem, text, err);
	if (r > 0 && str_istarts(*text, STR_LIT("\xef\xbb\xbf")))
		*text = str_slice(*text, 3, text->n);
	if (r == 0)
		*text = (struct str){"", 0};
	return r;
}

int aliases_walk(struct str path, list_visit *visit, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	struct str text;
	struct alias a;
	unsigned line = 0;
	int r = read_text(arena_cstr(mem, path), mem, &text, err);
	while (r > 0 && next_alias(&text, &line, &a)) {
		struct arena *scratch = arena_new();
		const struct list_line l = {.entry = a.name,
			.line = a.line,
			.column = 1,
			.wrong = what_is_wrong(&a, scratch)};
		visit(context, &l);
		arena_free(scratch);
	}
	arena_free(mem);
	return r;
}

/* ---- the compiled form ---- */

struct pair {
	struct str key, target;
	size_t number; /* the first of equals counts */
};

struct compiling {
	struct list_state state;
	struct pair *pairs;
	size_t count;
	struct arena *mem;
};

static int by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int r = memcmp(x->key.p, y->key.p, n);
	if (r == 0)
		r = (x->key.n > y->key.n) - (x->key.n < y->key.n);
	return r ? r : (x->number > y->number) - (x->number < y->number);
}

static void collect(struct compiling *c, struct str text)
{
	struct alias a;
	unsigned line = 0;
	while (next_alias(&text, &line, &a)) {
		struct str key = key_of(a.name, c->mem);
		if (what_is_wrong(&a, c->mem) || key.n == 0 || key.n > KV_KEY_MAX)
			continue;
		struct pair *p = ARENA_PUSH(c->mem, c->pairs, c->count);
		*p = (struct pair){key, sole_target(a.targets), c->count};
	}
	if (c->count)
		qsort(c->pairs, c->count, sizeof *c->pairs, by_key);
}

static int write_pairs(struct kv *kv, void *context, struct err *err)
{
	const struct compiling *c = context;
	struct str state = {(const char *)&c->state, sizeof c->state};
	for (size_t i = 0; i < c->count; i++) {
		if (i && str_eq(c->pairs[i].key, c->pairs[i - 1].key))
			continue;
		if (kv_append(kv, TARGETS, c->pairs[i].key, c->pairs[i].target, err) < 0)
			return -1;
	}
	return kv_put(kv, INFO, STR_LIT(LIST_INFO_KEY), state, err);
}

static int fill(struct kv *kv, void *context, struct err *err)
{
	return kv_write(kv, write_pairs, context, err);
}

int aliases_compile(struct str path, size_t *count, struct err *err)
{
	struct arena *mem = arena_new();
	int r = aliases_compile_to(path, list_record_path(path, mem), count, err);
	arena_free(mem);
	return r;
}

int aliases_compile_to(struct str path, const char *to, size_t *count, struct err *err)
{
	struct compiling c = {.mem = arena_new()};
	const char *file = arena_cstr(c.mem, path);
	struct str text;
	struct stat st;
	int r = list_state_settled(file, &c.state, err);
	if (r > 0)
		r = read_text(file, c.mem, &text, err);
	if (r > 0) {
		mode_t mode = path_stat(file, &st) == 0 ? (st.st_mode & 0444) | 0200 : 0600;
		collect(&c, text);
		*count = c.count;
		r = kv_build(&layout, to, mode, fill, &c, err) < 0 ? -1 : 1;
	}
	arena_free(c.mem);
	return r;
}

static int read_state(struct kv *kv, void *context, struct err *err)
{
	struct str value;
	int r = kv_get(kv, INFO, STR_LIT(LIST_INFO_KEY), &value, err);
	if (r < 0)
		return -1;
	if (r == 0 || value.n != sizeof(struct list_state))
		return kv_bad_record(kv, err);
	memcpy(context, value.p, value.n);
	return 0;
}

/* 1 when it can be used, 0 when there is none, -1. */
static int open_map(struct aliases *a, const char *text, const char *path, struct err *err)
{
	struct list_state now, then;
	if (path_exists(path) < 0)
		return 0;
	int r = list_state_of(text, &now, err);
	if (r <= 0)
		return r;
	a->map = kv_open_file(&layout, path, err);
	if (!a->map || kv_read(a->map, read_state, &then, err) < 0)
		return -1;
	if (!list_state_same(&now, &then))
		return err_temp(err, "%s was changed after it was compiled", text);
	return 1;
}

struct looking {
	struct str key, *target;
	struct arena *mem;
	int found;
};

static int look(struct kv *kv, void *context, struct err *err)
{
	struct looking *l = context;
	struct str value;
	l->found = kv_get(kv, TARGETS, l->key, &value, err);
	if (l->found > 0)
		*l->target = arena_str(l->mem, value);
	return l->found < 0 ? -1 : 0;
}

/* ---- asking ---- */

static void close_map(void *data)
{
	kv_close(data);
}

struct aliases *aliases_open(
	struct str path, struct str delimiters, struct arena *mem, struct err *err)
{
	struct aliases *a = arena_alloc(mem, sizeof *a);
	const char *text = arena_cstr(mem, path);
	struct err why;
	a->delimiters = delimiters;
	if (path.n == 0)
		return a;
	int r = open_map(a, text, list_record_path(path, mem), &why);
	if (r < 0) {
		a->stale = arena_str(mem, str_of(why.text)).p;
		kv_close(a->map);
		a->map = NULL;
	} else if (a->map) {
		arena_on_free(mem, close_map, a->map);
	}
	if (r > 0)
		return a;
	return read_text(text, mem, &a->text, err) < 0 ? NULL : a;
}

const char *aliases_stale(const struct aliases *aliases)
{
	return aliases ? aliases->stale : NULL;
}

static int get(const struct aliases *a, struct str key, struct arena *mem, struct str *target)
{
	struct looking l = {.key = key, .target = target, .mem = mem};
	struct err err;
	if (!a->map)
		return look_in_text(a->text, key, mem, target);
	if (key.n == 0 || key.n > KV_KEY_MAX || kv_read(a->map, look, &l, &err) < 0)
		return 0;
	return l.found;
}

struct parts {
	struct str local, domain; /* with the detail */
};

static struct parts take_apart(struct str address, struct arena *mem)
{
	struct str key = key_of(address, mem);
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
 * Cuts the last delimiter off, with what is behind it; false when there is none. One in front
 * belongs to the name.
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

/* The name in LOCAL: the longest that is one, else what is in front of the first delimiter. */
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

/* Does an alias's target lead back to one of the names that were looked for? */
static bool is_itself(
	const struct aliases *a, const struct parts *p, struct str target, struct arena *mem)
{
	struct str key = key_of(target, mem), name = p->local;
	for (unsigned i = 0; i < NAMES_MOST; i++) {
		if (str_eq(key, join(name, p->domain, mem)))
			return true;
		if (!shorten(a, &name))
			return false;
	}
	return false;
}

/* One step along the chain, as virtual(5) looks: with its detail, without, the domain. */
static bool step(const struct aliases *a, struct str *address, struct arena *mem)
{
	struct parts p = take_apart(*address, mem);
	struct str target = {"", 0}, name = p.local;
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
		return false; /* as catch-all domains have it for those that are there */
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

struct str aliases_mailbox(const struct aliases *aliases, struct str address, struct arena *mem)
{
	struct str at = address;
	unsigned steps = 0;
	if (aliases && (aliases->map || aliases->text.n))
		while (steps < LONGEST_CHAIN && step(aliases, &at, mem))
			steps++;
	struct parts p = take_apart(steps < LONGEST_CHAIN ? at : address, mem);
	return join(name_in(aliases, &p, false, mem), p.domain, mem);
}
