#include "filters/sieve/check_tree.h"

#include "filters/sieve/advice.h"
#include "filters/sieve/check_args.h"
#include "filters/sieve/warn.h"

/* ---- finding the word of a command ---- */

static void unknown_word(struct check *c, const struct parse_node *from, enum sv_role role)
{
	struct str name = from->name.text;
	enum sv_role other = role == SV_TEST ? SV_COMMAND : SV_TEST;
	const char *what = role == SV_TEST ? "test" : "command";
	const char *similar = lookup_similar_word(&c->in, name, role);
	const char *how = advice_word(name, role);
	const struct sv_ext *off = lookup_off(&c->in, name, role);
	if (off)
		how = off->off;
	if (how)
		check_error(c, parse_place(&from->name), "there is no %s \"" STR_FMT "\": %s", what,
			STR_ARGS(name), how);
	else if (lookup_word(&c->in, name, other).word)
		check_error(c, parse_place(&from->name), "\"" STR_FMT "\" is a %s, not a %s",
			STR_ARGS(name), other == SV_TEST ? "test" : "command", what);
	else if (similar)
		check_error(c, parse_place(&from->name),
			"there is no %s \"" STR_FMT "\"; did you mean \"%s\"?", what,
			STR_ARGS(name), similar);
	else
		check_error(c, parse_place(&from->name), "there is no %s \"" STR_FMT "\"", what,
			STR_ARGS(name));
}

static const struct sv_word *find_word(
	struct check *c, const struct parse_node *from, enum sv_role role, struct sv_node *node)
{
	struct lookup found = lookup_word(&c->in, from->name.text, role);
	/* If the extension is a draft's and was not required, its word has today's meaning. */
	if (found.word && !found.active && advice_word(from->name.text, role))
		found.word = NULL;
	if (!found.word)
		unknown_word(c, from, role);
	else if (!found.active)
		check_missing(c, parse_place(&from->name), found.ext,
			arena_fmt(c->mem, "\"%s\"", found.word->name));
	else
		check_uses(c, node, found.ext);
	return found.word;
}

/* ---- tests ---- */

static bool check_commands(
	struct check *c, const struct parse_node *from, size_t count, struct sv_block *to);
static bool check_node(
	struct check *c, const struct parse_node *from, enum sv_role role, struct sv_node *node);

static bool bind_tests(struct check *c, const struct parse_node *from, struct sv_node *node)
{
	bool good = true;
	node->tests = arena_alloc(c->mem, from->test_count * sizeof *node->tests);
	for (size_t i = 0; i < from->test_count; i++) {
		struct sv_node *test = &node->tests[i];
		good &= check_node(c, &from->tests[i], SV_TEST, test);
		node->test_count++;
		if (node->word && node->word->decided_by && test->known == node->word->decided_by) {
			node->known = test->known;
			break;
		}
	}
	return good;
}

/*
 * `keep stop;` is parsed as a command with a test. The swallowed word is checked as the command
 * that it is.
 */
static bool find_swallowed(struct check *c, const struct parse_node *from, enum sv_role role)
{
	struct sv_node ignored = {0};
	struct parse_node command = from->tests[0];
	if (from->test_list || !lookup_word(&c->in, command.name.text, SV_COMMAND).word)
		return false;
	check_error(c, from->args_end, "\"%s\" is missing here, before \"" STR_FMT "\"",
		role == SV_TEST ? "{" : ";", STR_ARGS(command.name.text));
	command.has_block = from->has_block;
	command.block = from->block;
	command.block_count = from->block_count;
	(void)check_node(c, &command, SV_COMMAND, &ignored); /* its errors are in the list */
	return true;
}

/* `"I am "away" until"`: a word follows a string directly. */
static bool ends_in_word(const struct parse_node *from)
{
	const struct parse_argument *last =
		from->arg_count ? &from->args[from->arg_count - 1] : NULL;
	if (from->test_list || from->test_count == 0 || !last || last->kind != PARSE_STRING)
		return false;
	return last->token.raw.p + last->token.raw.n == from->tests[0].name.raw.p;
}

static bool unwanted_tests(struct check *c, const struct parse_node *from, enum sv_role role)
{
	struct str name = from->name.text, first = name;
	if (from->test_count)
		first = from->tests[0].name.text;
	if (from->broken)
		return false;
	if (str_ieq(name, STR_LIT("else")) && str_ieq(first, STR_LIT("if")))
		check_error(c, parse_place(&from->name), "write \"elsif\" instead of \"else if\"");
	else if (str_ieq(first, STR_LIT("and")) || str_ieq(first, STR_LIT("or")))
		check_error(c, parse_place(&from->tests[0].name),
			"join tests with allof (TEST, TEST), if all must be true, or with anyof "
			"(TEST, TEST)");
	else if (ends_in_word(from))
		check_error(c, parse_place(&from->tests[0].name),
			"the string ends before \"" STR_FMT
			"\"; inside a string, write a quotation mark as \\\"",
			STR_ARGS(first));
	else if (from->test_count && find_swallowed(c, from, role))
		return false;
	else if (role == SV_TEST && from->test_count)
		check_error(c, from->args_end,
			"\"" STR_FMT "\" takes no test; is a comma missing before \"" STR_FMT "\"?",
			STR_ARGS(name), STR_ARGS(first));
	else
		check_error(c, from->args_end, "\"" STR_FMT "\" takes no test", STR_ARGS(name));
	return false;
}

/* Does the word take its tests in this form? */
static bool check_test_form(
	struct check *c, const struct parse_node *from, const struct sv_word *word)
{
	bool any = from->test_count || from->test_list;
	if (!(word->takes & (SV_ONE_TEST | SV_TEST_LIST)))
		return any ? unwanted_tests(c, from, word->role) : true;
	if (from->broken && !any)
		return false;
	if (!any)
		check_error(c, from->args_end, "\"%s\" needs %s here", word->name,
			word->takes & SV_ONE_TEST ? "a test" : "a list of tests in parentheses");
	else if ((word->takes & SV_ONE_TEST) && from->test_list)
		check_error(c, from->args_end,
			"\"%s\" takes one test, without parentheses; "
			"for several, write allof (...) or anyof (...)",
			word->name);
	else if ((word->takes & SV_TEST_LIST) && !from->test_list)
		check_error(c, from->args_end, "the tests of \"%s\" must be in parentheses",
			word->name);
	else
		return true;
	return false;
}

/* ---- blocks ---- */

static bool check_inside(struct check *c, const struct parse_node *from, struct sv_node *node)
{
	const struct sv_node *outer = c->loop;
	node->loop = outer;
	if (node->word->takes & SV_LOOP)
		c->loop = node;
	bool good = check_commands(c, from->block, from->block_count, &node->block);
	c->loop = outer;
	return good;
}

/* GOOD: the tests before it are correct. */
static bool bind_block(
	struct check *c, const struct parse_node *from, struct sv_node *node, bool good)
{
	bool wanted = node->word->takes & SV_BLOCK;
	if (wanted && !from->has_block) {
		if (!from->broken && good)
			check_error(c, from->end, "\"%s\" needs a block in braces here",
				node->word->name);
		return false;
	}
	if (!wanted && from->has_block) {
		struct sv_block ignored;
		if (!from->test_count)
			check_error(c, from->end, "\"%s\" does not take a block; write \";\" here",
				node->word->name);
		if (!from->test_count) /* for its errors */
			(void)check_commands(c, from->block, from->block_count, &ignored);
		return false;
	}
	return !wanted || node->known == SV_NEVER || check_inside(c, from, node);
}

/* ---- a command or test ---- */

/* The tests and commands in an unknown command are still checked: their errors are reported. */
static void look_inside(struct check *c, const struct parse_node *from)
{
	struct sv_node ignored = {0};
	struct sv_block block;
	(void)bind_tests(c, from, &ignored);
	(void)check_commands(c, from->block, from->block_count, &block);
}

static bool check_node(
	struct check *c, const struct parse_node *from, enum sv_role role, struct sv_node *node)
{
	node->place = parse_place(&from->name);
	node->script = c->script;
	node->word = find_word(c, from, role, node);
	if (!node->word) {
		look_inside(c, from);
		return false;
	}
	bool good = check_arguments(c, from, node);
	c->require_broken |= node->word->first && from->broken;
	if (check_test_form(c, from, node->word))
		good &= bind_tests(c, from, node);
	else
		good = false;
	if (role == SV_COMMAND && (node->word->takes & SV_BRANCH) && node->test_count)
		node->known = node->tests[0].known;
	if (role == SV_COMMAND)
		good &= bind_block(c, from, node, good);
	if (good && node->word->check)
		node->word->check(c, node);
	if (node->word->warning)
		check_warn(c, node->place, "%s", node->word->warning);
	return good;
}

/* ---- a sequence of commands ---- */

struct sequence {
	struct sv_node *last; /* NULL: there is none, or it has errors */
	const char *last_name;
	bool decided; /* one branch is always taken, so the following ones never are */
};

static bool follow(struct check *c, struct sequence *q, const struct parse_node *from,
	const struct sv_word *word)
{
	const char *follows = word ? word->follows : NULL;
	if (!follows) {
		q->decided = false;
		return true;
	}
	if (q->last_name && lookup_listed(follows, str_of(q->last_name)))
		return true;
	check_error(c, parse_place(&from->name),
		"\"%s\" must directly follow the block of an \"if\" or \"elsif\"", word->name);
	return false;
}

/* Called before the block is checked, because the block comes after the word. */
static void order(struct check *c, const struct parse_node *from, const struct sv_word *word)
{
	if (word && !word->first)
		c->begun = true;
	else if (word && c->begun)
		check_error(c, parse_place(&from->name), "%s", word->first);
}

static bool check_command(
	struct check *c, struct sequence *q, const struct parse_node *from, struct sv_node *node)
{
	const struct sv_word *word = lookup_word(&c->in, from->name.text, SV_COMMAND).word;
	bool good = follow(c, q, from, word);
	order(c, from, word);
	good &= check_room(c, parse_place(&from->name));
	if (good && q->decided) {
		node->word = word;
		node->known = SV_NEVER;
	} else {
		good &= check_node(c, from, SV_COMMAND, node);
	}
	if (!node->word) {
		/* A misspelt `if` must not cause a second error at its `else`. */
		q->last_name = "if";
		q->last = NULL;
		return false;
	}
	if (node->word->follows && q->last)
		q->last->next_branch = node;
	q->decided |= node->known == SV_ALWAYS;
	q->last = good ? node : NULL;
	q->last_name = node->word->name;
	return good;
}

static bool check_commands(
	struct check *c, const struct parse_node *from, size_t count, struct sv_block *to)
{
	struct sequence q = {0};
	bool good = true;
	*to = (struct sv_block){arena_alloc(c->mem, count * sizeof *to->nodes), count};
	for (size_t i = 0; i < count; i++)
		good &= check_command(c, &q, &from[i], &to->nodes[i]);
	return good;
}

/* ---- a script ---- */

static void start(struct check *c)
{
	struct sv_script *s = c->script;
	const struct sv_ext *ext;
	s->ext_count = ext_count(c->host);
	c->active = arena_alloc(c->mem, s->ext_count * sizeof *c->active);
	c->by_ihave = arena_alloc(c->mem, s->ext_count * sizeof *c->by_ihave);
	s->states = arena_alloc(c->mem, s->ext_count * sizeof *s->states);
	s->active = c->active;
	c->in = (struct lookup_in){
		c->host, c->active, arena_alloc(c->mem, sizeof(struct lookup_memo))};
	c->strings = arena_alloc(c->mem, s->ext_count * sizeof *c->strings);
	for (size_t i = 0; (ext = ext_at(c->host, i)); i++) {
		c->active[i] = ext->always || !ext->name;
		if (ext->string)
			c->strings[c->string_count++] = i;
	}
}

static void finish(struct check *c)
{
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(c->host, i)); i++)
		if (ext->check_end && c->active[i])
			ext->check_end(c);
}

struct sv_script *check_script(const struct sv_source *from, const struct sv_host *host,
	const struct check *parent, struct str included_as, struct arena *mem,
	struct sv_errors *errors)
{
	struct sv_script *script = arena_alloc(mem, sizeof *script);
	const struct sv_limits *limits = script_limits(host);
	struct check_included included = {.held = arena_bytes(mem)};
	size_t before = errors->count, warned = errors->warning_count;
	size_t untold = errors->untold;
	struct check c = {
		.script = script,
		.host = host,
		.limits = limits,
		.mem = mem,
		.errors = {errors, mem, from->name, limits->errors},
		.parent = parent,
		.included_as = included_as,
		.included = parent ? parent->included : &included,
	};
	*script = (struct sv_script){.name = from->name, .text = from->text, .host = host};
	errors_source(&c.errors, from->text);
	start(&c);
	struct parse_tree tree = parse_script(from->text, limits, &c.errors);
	(void)check_commands(
		&c, tree.nodes, tree.count, &script->block); /* the errors are counted */
	finish(&c);
	bool good = errors->count == before && errors->untold == untold;
	if (good)
		warn_script(&c, &script->block);
	errors_sort(&c.errors, before, warned);
	return good ? script : NULL;
}
