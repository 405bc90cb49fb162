/* variables (RFC 5229): `set`, the test `string`, and ${name} in strings. */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"
#include "filters/sieve/variables.h"

#include <stdint.h>

extern const struct sv_ext ext_variables;

struct variable {
	struct str name;
	size_t number;                    /* the number among the script's variables */
	const struct sv_namespace *space; /* NULL: it is the script's own */
	struct sv_piece inside;           /* the name in the namespace */
	bool set, shared; /* the script changes it; its value is shared by all scripts */
};

/* For a script: its variables, in the order in which they were found. */
struct names {
	struct variable **items;
	size_t count;
};

/* ---- names ---- */

static size_t digits_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && ascii_isdigit(s.p[n]))
		n++;
	return n;
}

static size_t identifier_length(struct str s)
{
	size_t n = 0;
	if (s.n && !ascii_isdigit(s.p[0]))
		while (n < s.n && (ascii_isalnum(s.p[n]) || s.p[n] == '_'))
			n++;
	return n;
}

static size_t part_length(struct str s)
{
	size_t n = identifier_length(s);
	return n ? n : digits_length(s);
}

/* The length of the name at the start of S, with its namespace; 0 when there is none. */
static size_t name_length(struct str s)
{
	size_t n = part_length(s);
	bool in_namespace = identifier_length(s) > 0;
	while (n && in_namespace && n < s.n && s.p[n] == '.') {
		size_t part = part_length(str_slice(s, n + 1, s.n));
		if (part == 0)
			return 0;
		n += 1 + part;
	}
	return n;
}

static struct variable *find(struct check *c, struct str name)
{
	struct names *names = check_state(c, &ext_variables);
	for (size_t i = 0; i < names->count; i++)
		if (str_ieq(names->items[i]->name, name))
			return names->items[i];
	return NULL;
}

/* An unknown one is made, because a later `set` may give it a value. */
static struct variable *find_or_make(struct check *c, struct sv_place place, struct str name)
{
	struct names *names = check_state(c, &ext_variables);
	struct variable *v = find(c, name);
	if (v)
		return v;
	if (names->count >= c->limits->variables) {
		check_error(c, place, "there are more than %zu variables", c->limits->variables);
		return NULL;
	}
	v = arena_alloc(c->mem, sizeof *v);
	*v = (struct variable){.name = arena_str(c->mem, name), .number = names->count};
	*(struct variable **)ARENA_PUSH(c->mem, names->items, names->count) = v;
	return v;
}

static const struct sv_namespace *find_namespace(const struct check *c, struct str name)
{
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(c->host, i)); i++)
		for (const struct sv_namespace *n = ext->namespaces; n && n->name && c->active[i];
			n++)
			if (str_ieq(name, str_of(n->name)))
				return n;
	return NULL;
}

/* ---- values ---- */

/* For a run: the values of each script's variables, because scripts may include others. */
struct values {
	struct of_script {
		const struct sv_script *script;
		struct str *values;
	} * items;
	size_t count;
	struct shared {
		struct str name, value;
	} * shared;
	size_t shared_count;
};

/* NULL: it has no value */
static struct shared *find_shared(struct sv_run *run, struct str name)
{
	struct values *all = run_state(run, &ext_variables);
	for (size_t i = 0; i < all->shared_count; i++)
		if (str_ieq(all->shared[i].name, name))
			return &all->shared[i];
	return NULL;
}

int variables_charge(struct sv_run *run)
{
	const struct values *all = run_state(run, &ext_variables);
	return run_charge(run, NULL, all->shared_count + all->count);
}

struct str variables_get_shared(struct sv_run *run, struct str name)
{
	const struct shared *s = find_shared(run, name);
	return s ? s->value : STR_EMPTY;
}

int variables_set_shared(struct sv_run *run, struct str name, struct str value)
{
	struct values *all = run_state(run, &ext_variables);
	struct shared *s = find_shared(run, name);
	if (!s && all->shared_count >= run->limits->variables)
		return run_fail(run, NULL, "there are more than %zu global variables",
			run->limits->variables);
	if (!s)
		s = ARENA_PUSH(run->mem, all->shared, all->shared_count);
	*s = (struct shared){name, value};
	return 0;
}

static struct str *values_of(struct sv_run *run)
{
	struct values *all = run_state(run, &ext_variables);
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].script == run->script)
			return all->items[i].values;
	const struct names *names = script_state(run->script, &ext_variables, run->mem);
	struct of_script *fresh = ARENA_PUSH(run->mem, all->items, all->count);
	fresh->script = run->script;
	fresh->values = arena_alloc(run->mem, (names->count + 1) * sizeof *fresh->values);
	return fresh->values;
}

struct str variables_get(struct sv_run *run, const struct variable *v)
{
	if (v->shared)
		return variables_get_shared(run, v->name);
	return v->space ? STR_EMPTY : values_of(run)[v->number];
}

int variables_set(struct sv_run *run, const struct variable *v, struct str value)
{
	struct str kept = variables_cut(value, run->limits->variable);
	if (v->space)
		return v->space->set(run, v->inside.data, kept);
	if (v->shared)
		return variables_set_shared(run, v->name, kept);
	values_of(run)[v->number] = kept;
	return 0;
}

/* ---- references in strings ---- */

static int expand_variable(struct sv_run *run, const void *data, struct str *text)
{
	*text = variables_get(run, data);
	return variables_charge(run);
}

static int expand_match(struct sv_run *run, const void *data, struct str *text)
{
	const size_t *index = data;
	bool there = *index < run->captured.count;
	*text = there ? run->captured.items[*index] : STR_EMPTY;
	return 0;
}

static void refer_to_match(
	struct check *c, const struct sv_string *s, struct str digits, struct sv_piece *piece)
{
	unsigned long long value = 0;
	size_t *index = arena_alloc(c->mem, sizeof *index);
	if (!str_number(digits, c->limits->captured, &value))
		check_error(c, s->place,
			"${" STR_FMT "}: match variables go up to ${%zu} (RFC 5229 section 6)",
			STR_ARGS(digits), c->limits->captured);
	*index = (size_t)value;
	*piece = (struct sv_piece){.expand = expand_match, .data = index};
}

static void refer_to_namespace(
	struct check *c, const struct sv_string *s, struct str name, struct sv_piece *piece)
{
	size_t dot = str_find(name, '.');
	const struct sv_namespace *space = find_namespace(c, str_slice(name, 0, dot));
	*piece = (struct sv_piece){.text = str_slice(name, dot + 1, name.n)};
	if (space)
		space->bind(c, s, piece);
	else
		check_error(c, s->place,
			"${" STR_FMT "}: no required extension has variables \"" STR_FMT
			"\" (RFC 5229 section 3)",
			STR_ARGS(name), STR_ARGS(str_slice(name, 0, dot)));
}

static void refer(
	struct check *c, const struct sv_string *s, struct str name, struct sv_piece *piece)
{
	if (str_find(name, '.') < name.n) {
		refer_to_namespace(c, s, name, piece);
	} else if (ascii_isdigit(name.p[0])) {
		refer_to_match(c, s, name, piece);
	} else {
		*piece = (struct sv_piece){
			.expand = expand_variable, .data = find_or_make(c, s->place, name)};
		if (!piece->data)
			piece->expand = NULL;
	}
}

static void add_text(struct check *c, struct sv_string *s, struct str text)
{
	if (text.n)
		((struct sv_piece *)ARENA_PUSH(c->mem, s->pieces, s->piece_count))->text = text;
}

/* Splits a string with references into pieces; any other string stays constant. */
static void expand_references(struct check *c, struct sv_string *s)
{
	struct str whole = s->text;
	size_t done = 0;
	for (size_t i = 0; i + 1 < whole.n; i++) {
		if (whole.p[i] != '$' || whole.p[i + 1] != '{')
			continue;
		size_t n = name_length(str_slice(whole, i + 2, whole.n));
		if (n == 0 || i + 2 + n >= whole.n || whole.p[i + 2 + n] != '}')
			continue;
		add_text(c, s, str_slice(whole, done, i));
		refer(c, s, str_slice(whole, i + 2, i + 2 + n),
			ARENA_PUSH(c->mem, s->pieces, s->piece_count));
		done = i + 2 + n + 1;
		i = done - 1;
	}
	if (s->piece_count)
		add_text(c, s, str_slice(whole, done, whole.n));
}

/* ---- binding for commands ---- */

bool variables_are_active(const struct check *c)
{
	return check_active(c, &ext_variables);
}

static const struct variable *bind_namespace(struct check *c, const struct sv_string *name)
{
	size_t dot = str_find(name->text, '.');
	const struct sv_namespace *space = find_namespace(c, str_slice(name->text, 0, dot));
	if (!space || !space->set) {
		check_error(c, name->place, "\"" STR_FMT "\" cannot be set", STR_ARGS(name->text));
		return NULL;
	}
	struct variable *v = arena_alloc(c->mem, sizeof *v);
	*v = (struct variable){.name = name->text, .space = space};
	v->inside.text = str_slice(name->text, dot + 1, name->text.n);
	space->bind(c, name, &v->inside);
	return v;
}

static bool is_named(struct check *c, const struct sv_string *name)
{
	bool good = name->text.n && name_length(name->text) == name->text.n;
	if (name->piece_count)
		check_error(c, name->place, "the name of a variable must be constant");
	else if (!good || ascii_isdigit(name->text.p[0]))
		check_error(c, name->place, "\"" STR_FMT "\" cannot be the name of a variable",
			STR_ARGS(name->text));
	else
		return true;
	return false;
}

const struct variable *variables_bind(struct check *c, const struct sv_string *name)
{
	if (!is_named(c, name))
		return NULL;
	if (str_find(name->text, '.') < name->text.n)
		return bind_namespace(c, name);
	struct variable *v = find_or_make(c, name->place, name->text);
	if (v)
		v->set = true;
	return v;
}

void variables_share(struct check *c, const struct sv_string *name)
{
	if (!is_named(c, name))
		return;
	if (str_find(name->text, '.') < name->text.n) {
		check_error(
			c, name->place, "the name of a global variable cannot have a namespace");
		return;
	}
	struct variable *v = find_or_make(c, name->place, name->text);
	if (v && v->set && !v->shared)
		check_error(c, name->place,
			"\"" STR_FMT "\" is already a local variable of this script, set above",
			STR_ARGS(name->text));
	if (v)
		v->shared = true;
}

/* ---- set ---- */

static void check_set(struct check *c, struct sv_node *node)
{
	node->data = (void *)(uintptr_t)variables_bind(c, &node->args[0]->strings[0]);
}

static enum sv_flow run_set(struct sv_run *run, const struct sv_node *node)
{
	const struct variable *v = node->data;
	struct str value;
	if (run_text_cut(run, node, &node->args[1]->strings[0], &value) < 0 ||
		variables_modify(run, node, &value) < 0)
		return SV_FAIL;
	run_note(run, node, STR_FMT " is now \"" STR_FMT "\"", STR_ARGS(v->name),
		STR_ARGS(variables_cut(value, 200)));
	return variables_set(run, v, value) < 0 ? SV_FAIL : SV_NEXT;
}

/* ---- string ---- */

static int test_string(struct sv_run *run, const struct sv_node *node)
{
	struct match m;
	if (match_start(&m, run, node) < 0)
		return -1;
	m.source = STR_LIT("string");
	for (size_t i = 0; i < node->args[0]->count && !m.result; i++) {
		struct str text;
		if (run_text_now(run, node, &node->args[0]->strings[i], &text) < 0)
			return -1;
		/* An empty string is matched but not counted (section 5). */
		if (text.n || !node->match->match_count)
			match_text(&m, text);
	}
	return match_end(&m);
}

/* ---- the tables ---- */

static const struct sv_word words[] = {
	{
		.name = "set",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "the name of a variable"},
			{.type = SV_STRING, .what = "its value"}},
		.check = check_set,
		.run = run_set,
	},
	{
		.name = "string",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRINGS, .what = "what is looked at"},
			{.type = SV_STRINGS, .what = "the keys to look for", .keys = true}},
		.test = test_string,
	},
	{0},
};

const struct sv_ext ext_variables = {
	.name = "variables",
	.rfc = "RFC 5229",
	.words = words,
	.tags = variables_modifiers,
	.captures = true,
	.script_size = sizeof(struct names),
	.string = expand_references,
	.run_size = sizeof(struct values),
};
