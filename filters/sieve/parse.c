#include "filters/sieve/parse.h"

#include <string.h>

struct parse {
	struct lex lex;
	struct lex_token now; /* the current token */
	struct sv_place end;  /* the end of the token before it */
	unsigned depth;
	size_t nodes;
	bool stopped;   /* a limit was reached: the rest is not read */
	bool swallowed; /* a string or comment without an end took the rest */
	const struct sv_limits *limits;
	struct errors *errors;
};

struct sv_place parse_place(const struct lex_token *t)
{
	return (struct sv_place){t->line, t->column};
}

/* ---- tokens ---- */

static struct str say(struct parse *p, const char *before, const struct lex_token *t)
{
	enum { LONGEST = 40 };
	if (t->kind == LEX_END)
		return arena_fmt(p->errors->mem, "%s, but the script ends here", before);
	struct str raw = str_slice(t->raw, 0, str_find(t->raw, '\n'));
	const char *more = raw.n > LONGEST ? "..." : "";
	raw = str_slice(raw, 0, LONGEST);
	return arena_fmt(p->errors->mem, "%s, not %s" STR_FMT "%s%s", before,
		t->kind == LEX_STRING ? "the string " : "\"", STR_ARGS(raw), more,
		t->kind == LEX_STRING ? "" : "\"");
}

static void complain(struct parse *p, const char *text)
{
	errors_add(p->errors, parse_place(&p->now), str_of(text));
}

static void expected(struct parse *p, const char *what)
{
	errors_add(p->errors, parse_place(&p->now), say(p, what, &p->now));
}

/* If the meaning of an error is clear, it is reported at once and then taken as meant. */
static void look(struct parse *p)
{
	p->now = lex_next(&p->lex);
	while (p->now.kind == LEX_ERROR && p->now.meant == LEX_A_BLANK) {
		/* For something invisible, the error is at the next visible place. */
		p->now.line = p->lex.line;
		p->now.column = p->lex.column;
		errors_add(p->errors, parse_place(&p->now), p->now.text);
		p->now = lex_next(&p->lex);
	}
	if (p->now.kind == LEX_ERROR && p->now.meant == LEX_A_STRING) {
		errors_add(p->errors, parse_place(&p->now), p->now.text);
		p->now.kind = LEX_STRING;
		p->now.text = p->now.value;
	}
}

/* Other errors of the lexer are reported once, when their token is passed. */
static struct lex_token take(struct parse *p)
{
	struct lex_token t = p->now;
	if (t.kind == LEX_ERROR) {
		errors_add(p->errors, parse_place(&t), t.text);
		p->swallowed |= t.raw.p + t.raw.n == p->lex.script.p + p->lex.script.n;
	}
	if (t.kind == LEX_END)
		return t;
	p->end = (struct sv_place){p->lex.line, p->lex.column};
	look(p);
	return t;
}

static void skip(struct parse *p)
{
	(void)take(p);
}

static bool at_sign(const struct parse *p, const char *signs)
{
	return p->now.kind == LEX_SIGN && strchr(signs, p->now.sign);
}

static bool at_end(const struct parse *p)
{
	return p->now.kind == LEX_END;
}

/* The rest is not read, because its errors could only follow from this one. */
static void stop(struct parse *p, struct str why)
{
	if (!p->stopped)
		errors_add(p->errors, parse_place(&p->now), why);
	p->stopped = true;
	p->now = (struct lex_token){.kind = LEX_END, .line = p->now.line, .column = p->now.column};
}

static bool enter(struct parse *p)
{
	if (++p->depth > p->limits->nesting)
		stop(p, arena_fmt(p->errors->mem, "blocks and tests are nested more than %u deep",
				p->limits->nesting));
	return !p->stopped;
}

static void leave(struct parse *p)
{
	p->depth--;
}

/* ---- arguments ---- */

static void add_string(struct parse *p, struct parse_argument *a)
{
	*(struct lex_token *)ARENA_PUSH(p->errors->mem, a->strings, a->count) = take(p);
}

/* Reads one item of a list and the comma after it. False at the end of the list. */
static bool read_item(struct parse *p, struct parse_argument *a)
{
	if (p->now.kind == LEX_STRING) {
		add_string(p, a);
	} else if (p->now.kind == LEX_ERROR) {
		skip(p);
		a->kind = PARSE_BAD;
	} else if (p->now.kind == LEX_NUMBER || p->now.kind == LEX_WORD || p->now.kind == LEX_TAG ||
		   at_sign(p, ",")) {
		expected(p, "a list can only contain strings in quotes");
		a->kind = PARSE_BAD;
		if (!at_sign(p, ","))
			skip(p);
	} else {
		expected(p, a->count ? "a string must follow the comma"
				     : "a list needs at least one string");
		a->kind = PARSE_BAD;
		return false;
	}
	if (at_sign(p, ",")) {
		skip(p);
		return true;
	}
	if (p->now.kind == LEX_STRING)
		errors_add(p->errors, p->end, STR_LIT("a comma is missing between these strings"));
	return p->now.kind == LEX_STRING || p->now.kind == LEX_ERROR;
}

static struct parse_argument read_list(struct parse *p)
{
	struct parse_argument a = {.kind = PARSE_LIST, .token = p->now};
	skip(p);
	while (read_item(p, &a))
		;
	if (at_sign(p, "]")) {
		skip(p);
	} else if (!p->stopped) {
		if (a.kind == PARSE_LIST)
			expected(p, "a comma or \"]\" is expected here");
		a.kind = PARSE_BAD;
	}
	return a;
}

static struct parse_argument read_argument(struct parse *p)
{
	struct parse_argument a = {.token = p->now};
	switch (p->now.kind) {
	case LEX_NUMBER:
		a.kind = PARSE_NUMBER;
		skip(p);
		return a;
	case LEX_TAG:
		a.kind = PARSE_TAG;
		skip(p);
		return a;
	case LEX_STRING:
		a.kind = PARSE_STRING;
		add_string(p, &a);
		return a;
	case LEX_SIGN:
		return read_list(p);
	default:
		a.kind = PARSE_BAD;
		skip(p);
		return a;
	}
}

/* ---- commands and tests ---- */

static bool read_node(struct parse *p, struct parse_node *n, bool in_list);

static void add_test(struct parse *p, struct parse_node *n, bool in_list)
{
	struct parse_node test = {0};
	if (!read_node(p, &test, in_list)) {
		n->broken = true;
		return;
	}
	*(struct parse_node *)ARENA_PUSH(p->errors->mem, n->tests, n->test_count) = test;
	n->broken |= test.broken;
}

/* Reads the tests up to the closing parenthesis. */
static void read_tests(struct parse *p, struct parse_node *n)
{
	n->test_list = true;
	do {
		skip(p); /* the parenthesis or the comma */
		if (p->now.kind == LEX_WORD) {
			add_test(p, n, true);
			continue;
		}
		expected(p, p->now.kind == LEX_STRING
				    ? "a test is expected here (write a list of strings in [ ])"
				    : "a test is expected here");
		n->broken = true;
	} while (at_sign(p, ","));
	if (n->broken)
		while (!at_end(p) && !at_sign(p, "){};"))
			skip(p);
	if (at_sign(p, ")")) {
		skip(p);
		return;
	}
	if (!n->broken)
		expected(p, "a comma or \")\" is expected here");
	n->broken = true;
}

/*
 * Reads arguments, then a test or tests. A token that can begin neither, and does not end the
 * command, is reported and skipped.
 */
static void read_arguments(struct parse *p, struct parse_node *n, bool in_list)
{
	while (!at_end(p) && !at_sign(p, "{};")) {
		if (in_list && at_sign(p, ",)"))
			return;
		if (p->now.kind == LEX_WORD || at_sign(p, "(")) {
			if (n->test_count || n->test_list)
				return;
			n->args_end = p->end;
			if (at_sign(p, "("))
				read_tests(p, n);
			else
				add_test(p, n, in_list);
		} else if (at_sign(p, "],)")) {
			expected(p, "an argument, a test, \";\" or a block is expected here");
			skip(p);
			n->broken = true;
		} else {
			struct parse_argument a = read_argument(p);
			n->broken |= a.kind == PARSE_BAD;
			*(struct parse_argument *)ARENA_PUSH(
				p->errors->mem, n->args, n->arg_count) = a;
		}
	}
}

/* Reads name and arguments. False at a limit. */
static bool read_node(struct parse *p, struct parse_node *n, bool in_list)
{
	if (++p->nodes > p->limits->nodes)
		stop(p, arena_fmt(p->errors->mem, "there are more than %zu commands and tests",
				p->limits->nodes));
	if (!enter(p)) {
		leave(p);
		return false;
	}
	n->name = take(p);
	n->args_end = p->end;
	read_arguments(p, n, in_list);
	n->end = p->end;
	leave(p);
	return true;
}

static void read_commands(struct parse *p, struct parse_tree *to);

static void read_block(struct parse *p, struct parse_node *n)
{
	struct sv_place open = parse_place(&p->now);
	struct parse_tree inner = {0};
	skip(p);
	n->has_block = true;
	if (enter(p))
		read_commands(p, &inner);
	leave(p);
	n->block = inner.nodes;
	n->block_count = inner.count;
	if (at_sign(p, "}"))
		skip(p);
	else if (!p->stopped && !p->swallowed)
		errors_add(p->errors, open, STR_LIT("this block is not closed: \"}\" is missing"));
}

/* Skips to what may begin a command. */
static void recover(struct parse *p)
{
	while (!at_end(p) && !at_sign(p, "{};"))
		skip(p);
}

/* Only commands with a block have tests. */
static void tell_unended(struct parse *p, struct parse_node *n)
{
	bool has_tests = n->test_count || n->test_list;
	if (!n->broken && !p->stopped)
		errors_add(p->errors, n->end,
			has_tests ? STR_LIT("a block in braces is missing here")
				  : STR_LIT("\";\" is missing here"));
	n->broken |= has_tests;
}

static void end_command(struct parse *p, struct parse_node *n)
{
	if (!at_end(p) && !at_sign(p, "{};")) {
		if (!n->broken)
			expected(p, "\";\" or a block must end the command");
		n->broken = true;
		recover(p);
	}
	if (at_sign(p, ";"))
		skip(p);
	else if (at_sign(p, "{"))
		read_block(p, n);
	else
		tell_unended(p, n);
}

static void read_command(struct parse *p, struct parse_tree *to)
{
	struct parse_node n = {0};
	if (!read_node(p, &n, false))
		return;
	end_command(p, &n);
	*(struct parse_node *)ARENA_PUSH(p->errors->mem, to->nodes, to->count) = n;
}

/* A block without a command: its contents are still checked. */
static void read_orphans(struct parse *p, struct parse_tree *to)
{
	struct parse_node n = {0};
	read_block(p, &n);
	for (size_t i = 0; i < n.block_count; i++)
		*(struct parse_node *)ARENA_PUSH(p->errors->mem, to->nodes, to->count) = n.block[i];
}

/* What begins no command is reported and skipped. */
static void skip_junk(struct parse *p, struct parse_tree *to)
{
	if (at_sign(p, ";")) {
		complain(p, "there is no command before this \";\"");
		skip(p);
		return;
	}
	if (at_sign(p, "{")) {
		complain(p, "there is no command before this block");
		read_orphans(p, to);
		return;
	}
	unsigned line = p->now.line;
	bool told = p->now.kind == LEX_ERROR;
	if (!told)
		expected(p, "a command is expected here");
	skip(p);
	/* After an error, the next line may be correct. */
	if (told && p->now.line > line)
		return;
	recover(p);
	if (at_sign(p, ";"))
		skip(p);
	else if (at_sign(p, "{"))
		read_orphans(p, to);
}

/* Reads commands up to a closing brace or the end. */
static void read_commands(struct parse *p, struct parse_tree *to)
{
	while (!at_end(p) && !at_sign(p, "}")) {
		if (p->now.kind == LEX_WORD)
			read_command(p, to);
		else
			skip_junk(p, to);
	}
}

struct parse_tree parse_script(
	struct str script, const struct sv_limits *limits, struct errors *errors)
{
	struct parse p = {.limits = limits, .errors = errors, .end = {1, 1}};
	struct parse_tree tree = {0};
	lex_start(&p.lex, script, errors->mem);
	look(&p);
	if (script.n > limits->script)
		stop(&p, arena_fmt(errors->mem, "the script is larger than %zu bytes",
				 limits->script));
	while (!at_end(&p)) {
		read_commands(&p, &tree);
		if (at_sign(&p, "}")) {
			complain(&p, "this \"}\" has no matching \"{\"");
			skip(&p);
		}
	}
	return tree;
}
