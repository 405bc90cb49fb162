/* include (RFC 6609): scripts that run others, `return`, and variables that all of them share. */
#include "base/printable.h"
#include "base/str_list.h"
#include "filters/sieve/check_tree.h"
#include "filters/sieve/run.h"
#include "filters/sieve/variables.h"

#include "base/utf8.h"

extern const struct sv_ext ext_include;

/* An include command. */
struct included {
	struct str name; /* with its location, to distinguish scripts */
	const struct sv_script *script;
	const char *why; /* why it cannot run: reported when it is reached */
};

/* For a run: what was included so far. */
struct state {
	struct str_list done;
};

/* ---- compiling ---- */

/* The name of a script is not a path (RFC 5804 section 1.6). */
static const char *bad_name(struct str name)
{
	enum { LONGEST = 200 };
	if (name.n == 0 || name.n > LONGEST || !utf8_valid(name))
		return "the name of a script must be UTF-8 and have 1 to 200 bytes";
	if (str_find(name, '/') < name.n || printable_has_control(name))
		return "the name of a script cannot contain slashes or control characters";
	return name.p[0] == '.' ? "the name of a script cannot start with a dot" : NULL;
}

/* Is it this script itself, or one that includes it? */
static bool is_recursive(const struct check *c, struct str name)
{
	for (; c; c = c->parent)
		if (str_eq(c->included_as, name))
			return true;
	return false;
}

static unsigned depth(const struct check *c)
{
	unsigned n = 0;
	while ((c = c->parent))
		n++;
	return n;
}

/* The errors of an included script are reported with those of this one. */
static void compile(struct check *c, struct included *in, const struct sv_source *from)
{
	c->included->scripts++;
	c->included->bytes += from->text.n;
	in->script = check_script(from, c->host, c, in->name, c->mem, c->errors.to);
	if (!in->script)
		in->why = "it has errors";
}

static void find(struct check *c, struct sv_node *node, struct included *in, struct str name)
{
	bool global = check_tag(node, ":global") != NULL;
	enum sv_location location = global ? SV_GLOBAL : SV_PERSONAL;
	struct sv_source from;
	struct err err;
	in->name = arena_fmt(
		c->mem, "%s script " STR_FMT, global ? "global" : "personal", STR_ARGS(name));
	if (is_recursive(c, in->name)) {
		/* With :once it counts as already included (section 3.2). */
		if (!check_tag(node, ":once"))
			in->why = "it would include itself";
		return;
	}
	if (depth(c) >= c->limits->include_depth || c->included->scripts >= c->limits->included ||
		c->included->bytes > c->limits->script) {
		check_error(c, node->place, "too many scripts are included");
		return;
	}
	int r = 0;
	if (c->host && c->host->read_script)
		r = c->host->read_script(c->host->context, location, name, c->mem, &from, &err);
	if (r > 0)
		compile(c, in, &from);
	else if (r < 0)
		in->why = arena_fmt(c->mem, "%s", err.text).p;
	else if (!check_tag(node, ":optional"))
		in->why = "there is no such script";
	if (r <= 0 && in->why)
		check_warn(c, node->place, "\"" STR_FMT "\": %s", STR_ARGS(name), in->why);
}

static void check_include(struct check *c, struct sv_node *node)
{
	const struct sv_string *s = &node->args[0]->strings[0];
	struct included *in = arena_alloc(c->mem, sizeof *in);
	const char *why = bad_name(s->text);
	node->data = in;
	if (s->piece_count)
		check_error(c, s->place, "the name of a script must be constant");
	else if (why)
		check_error(c, s->place, "\"" STR_FMT "\": %s", STR_ARGS(s->text), why);
	else
		find(c, node, in, s->text);
}

/* ---- running ---- */

/* In a foreverypart, the included script sees the part as the message (section 3.5). */
static enum sv_flow run_for_part(struct sv_run *run, const struct sv_script *script)
{
	const struct mime_part *part = run->part, *view = run->view;
	run->view = part ? part : view;
	run->part = NULL;
	enum sv_flow flow = run_other(run, script);
	run->view = view;
	run->part = part;
	return flow;
}

static enum sv_flow run_include(struct sv_run *run, const struct sv_node *node)
{
	const struct included *in = node->data;
	struct state *state = run_state(run, &ext_include);
	if (in->why) {
		run_fail(run, node, STR_FMT " cannot be included: %s", STR_ARGS(in->name), in->why);
		return SV_FAIL;
	}
	if (!in->script || (run_tag(node, ":once") && str_list_has(&state->done, in->name))) {
		run_note(run, node, STR_FMT " is not included", STR_ARGS(in->name));
		return SV_NEXT;
	}
	str_list_add(&state->done, in->name, run->mem);
	return run_for_part(run, in->script);
}

static enum sv_flow run_return(struct sv_run *run, const struct sv_node *node)
{
	(void)run;
	(void)node;
	return SV_RETURN;
}

/* ---- global variables ---- */

static void check_global(struct check *c, struct sv_node *node)
{
	if (!variables_are_active(c)) {
		check_error(c, node->place, "\"global\" needs require \"variables\"");
		return;
	}
	for (size_t i = 0; i < node->args[0]->count; i++)
		variables_share(c, &node->args[0]->strings[i]);
}

static int expand_shared(struct sv_run *run, const void *data, struct str *text)
{
	const struct str *name = data;
	*text = variables_get_shared(run, *name);
	return variables_charge(run);
}

static int set_shared(struct sv_run *run, const void *data, struct str value)
{
	const struct str *name = data;
	return variables_set_shared(run, *name, value);
}

/* It has no namespaces, and its variables have names and not numbers (section 3.4.2). */
static void bind_shared(struct check *c, const struct sv_string *s, struct sv_piece *piece)
{
	struct str *name = arena_alloc(c->mem, sizeof *name);
	*name = arena_str(c->mem, piece->text);
	if (str_find(*name, '.') < name->n || ascii_isdigit(name->p[0]))
		check_error(c, s->place, "\"global." STR_FMT "\" cannot be the name of a variable",
			STR_ARGS(*name));
	*piece = (struct sv_piece){.text = *name, .expand = expand_shared, .data = name};
}

/* ---- the tables ---- */

/* A draft's form of `global`. */
#define SHARED(word)                                                                               \
	{                                                                                          \
		.name = (word), .role = SV_COMMAND, .check = check_global,                         \
		.args = {{.type = SV_STRINGS, .what = "names of variables"}},                      \
		.warning = "\"" word "\" is from a draft; write \"global\" instead (RFC 6609)",    \
	}

static const struct sv_word words[] = {
	{
		.name = "include",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "the name of a script"}},
		.check = check_include,
		.run = run_include,
	},
	{.name = "return", .role = SV_COMMAND, .takes = SV_ENDS, .run = run_return},
	{
		.name = "global",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRINGS, .what = "names of variables"}},
		.check = check_global,
	},
	SHARED("import"),
	SHARED("export"),
	{0},
};

static const struct sv_tag tags[] = {
	{.name = ":personal", .on = "include", .group = "a place"},
	{.name = ":global", .on = "include", .group = "a place"},
	{.name = ":once", .on = "include"},
	{.name = ":optional", .on = "include"},
	{0},
};

static const struct sv_namespace namespaces[] = {
	{.name = "global", .bind = bind_shared, .set = set_shared}, {0}};

const struct sv_ext ext_include = {
	.name = "include",
	.rfc = "RFC 6609",
	.words = words,
	.tags = tags,
	.namespaces = namespaces,
	.run_size = sizeof(struct state),
};
