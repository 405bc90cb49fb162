/*
 * vnd.dovecot.pipe, vnd.dovecot.filter, vnd.dovecot.execute (Pigeonhole): the admin's programs. A
 * pipe is an action. The host runs the programs of filter and execute at once. A program that fails
 * changes nothing, and the script continues.
 */
#include "filters/sieve/check.h"
#include "filters/sieve/edit.h"
#include "filters/sieve/programs.h"
#include "filters/sieve/run.h"
#include "filters/sieve/variables.h"

#include "base/utf8.h"

#define NOT_ALLOWED "the admin has not allowed programs (programs_dir in mda.conf)"

enum { NAME_MOST = 128, ARGUMENT_MOST = 1024, ARGUMENTS_MOST = 100 };

/* ---- names and arguments ---- */

static bool is_control(uint32_t c)
{
	enum { LINE_SEPARATOR = 0x2028, PARAGRAPH_SEPARATOR };
	return c < ' ' || (c >= 0x7f && c < 0xa0) || c == LINE_SEPARATOR ||
	       c == PARAGRAPH_SEPARATOR;
}

const char *programs_bad_name(struct str name)
{
	struct str rest = name;
	size_t n = 0;
	uint32_t c;
	if (name.n == 0)
		return "it is empty";
	if (!utf8_valid(name))
		return "it is not UTF-8";
	for (; rest.n; n++) {
		(void)utf8_next(&rest, &c); /* it is valid */
		if (c == '/')
			return "it must be the name of a file, without a slash";
		if (is_control(c))
			return "it contains a control character";
	}
	return n > NAME_MOST ? "it has more than 128 characters" : NULL;
}

const char *programs_bad_argument(struct str argument)
{
	if (argument.n > ARGUMENT_MOST)
		return "it has more than 1,024 bytes";
	for (size_t i = 0; i < argument.n; i++)
		if (argument.p[i] == '\r' || argument.p[i] == '\n' || argument.p[i] == '\0')
			return "it is not one line";
	return NULL;
}

/* ---- compiling ---- */

static void check_name(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	const struct sv_host *host = c->host;
	const char *why = programs_bad_name(s->text);
	(void)node;
	if (why) {
		check_error(c, s->place, "no program is called \"" STR_FMT "\": %s",
			STR_ARGS(s->text), why);
		return;
	}
	if (host && !host->silent && host->program_refused)
		why = host->program_refused(host->context, s->text, c->mem);
	if (why)
		check_warn(c, s->place, "%s", why);
}

static void check_argument(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	const char *why = programs_bad_argument(s->text);
	(void)node;
	if (why)
		check_error(c, s->place, "a program cannot be given this argument: %s", why);
}

static void check_program(struct check *c, struct sv_node *node)
{
	if (!check_constant(node->args[0]))
		check_error(c, node->args[0]->place, "the name of a program must be constant");
	if (node->args[1] && node->args[1]->count > ARGUMENTS_MOST)
		check_error(c, node->args[1]->place, "there are more than %d arguments",
			ARGUMENTS_MOST);
}

static void check_execute(struct check *c, struct sv_node *node)
{
	const struct sv_tagged *output = check_tag(node, ":output");
	check_program(c, node);
	if (output && !variables_are_active(c))
		check_error(c, output->place, "\":output\" needs require \"variables\"");
	else if (output)
		node->data = (void *)(uintptr_t)variables_bind(c, &output->value.strings[0]);
}

/* For each of the commands. */
#define ARGUMENTS                                                                                  \
	{                                                                                          \
		{.type = SV_STRING, .what = "the name of a program", .check = check_name},         \
		{                                                                                  \
			.type = SV_STRINGS, .what = "its arguments", .optional = true,             \
			.check = check_argument                                                    \
		}                                                                                  \
	}

/* ---- running ---- */

static bool can_run(const struct sv_host *host)
{
	return host && host->run_program;
}

static struct str name_of(const struct sv_node *node)
{
	return node->args[0]->strings[0].text;
}

/*
 * A variable may make it an invalid argument: 0 with a fault, because that is most often a sender's
 * doing. 1, 0 or -1.
 */
static int read_arguments(struct sv_run *run, const struct sv_node *node, struct str_list *list)
{
	for (size_t i = 0; node->args[1] && i < node->args[1]->count; i++) {
		struct str *text = ARENA_PUSH(run->mem, list->items, list->count);
		if (run_text(run, node, &node->args[1]->strings[i], text) < 0)
			return -1;
		const char *why = programs_bad_argument(*text);
		if (!why)
			continue;
		run_fault(run, node, "the program \"" STR_FMT "\" is not run: argument %zu: %s",
			STR_ARGS(name_of(node)), i + 1, why);
		return 0;
	}
	return 1;
}

static void tell_end(struct sv_run *run, const struct sv_node *node, const struct sv_program *p,
	enum sv_ran ran, const struct err *err)
{
	if (ran == SV_RAN_NEVER)
		run_note(run, node,
			"the program \"" STR_FMT "\" would be run; its result is unknown",
			STR_ARGS(p->name));
	else if (ran == SV_RAN_NOT || (ran == SV_RAN_ILL && !p->is_test))
		run_fault(run, node, "%s", err->text);
	else if (ran == SV_RAN_ILL)
		run_note(run, node, "%s", err->text);
	else
		run_note(run, node, "the program \"" STR_FMT "\" succeeded", STR_ARGS(p->name));
}

/* 1 it succeeded, 0 it failed, -1. */
static int run_now(
	struct sv_run *run, const struct sv_node *node, struct sv_program *p, struct str *output)
{
	struct err err = {.text = ""};
	p->name = name_of(node);
	p->is_test = node->word->role == SV_TEST;
	*output = STR_EMPTY;
	int r = read_arguments(run, node, &p->arguments);
	if (r <= 0)
		return r;
	if (run_ask(run, node) < 0)
		return -1;
	enum sv_ran ran = can_run(run->host) ? run->host->run_program(run->host->context, p,
						       run->mem, output, &err)
					     : SV_RAN_NEVER;
	tell_end(run, node, p, ran, &err);
	if (run_charge_memory(run, node, output->n) < 0)
		return -1;
	return ran == SV_RAN_WELL;
}

/* The current message, without what the firewall removed. */
static struct pieces message_now(struct sv_run *run)
{
	struct pieces p = {.items = arena_alloc(run->mem, 3 * sizeof *p.items), .count = 3};
	p.items[0] = edit_header(run, run->mem);
	p.items[1] = STR_LIT("\n");
	p.items[2] = edit_current_body(run);
	return p;
}

static enum sv_flow as_command(int r)
{
	return r < 0 ? SV_FAIL : SV_NEXT;
}

/* ---- pipe ---- */

static const char *excludes(const struct sv_action *self, const struct sv_action *other)
{
	if (other->kind == self->kind && str_eq(other->argument, self->argument))
		return "a message can be piped to each program only once";
	return NULL;
}

const struct sv_action_kind programs_action = {
	.name = "pipe", .effect = SV_PIPES, .conflict = excludes};

static enum sv_flow run_pipe(struct sv_run *run, const struct sv_node *node)
{
	struct sv_piped *p = arena_alloc(run->mem, sizeof *p);
	struct sv_action action = {.kind = &programs_action, .argument = name_of(node), .data = p};
	int r = read_arguments(run, node, &p->arguments);
	if (r <= 0)
		return as_command(r);
	p->may_fail = run_tag(node, ":try") != NULL;
	for (size_t i = 0; i < p->arguments.count; i++)
		action_add_property(&action, "arguments", p->arguments.items[i], run->mem);
	if (p->may_fail)
		action_add_property(&action, "try", STR_EMPTY, run->mem);
	return run_action(run, node, action);
}

static const struct sv_word pipe_words[] = {
	{
		.name = "pipe",
		.role = SV_COMMAND,
		.args = ARGUMENTS,
		.check = check_program,
		.run = run_pipe,
	},
	{0},
};

static const struct sv_tag pipe_tags[] = {
	{.name = ":try", .on = "pipe"},
	{0},
};

const struct sv_ext ext_pipe = {
	.name = "vnd.dovecot.pipe",
	.rfc = "Pigeonhole",
	.words = pipe_words,
	.tags = pipe_tags,
	.available = can_run,
	.off = NOT_ALLOWED,
};

/* ---- filter ---- */

/* As an MTA passes a message to a program: lines end with LF. */
static struct str without_cr(struct str text, struct arena *mem)
{
	char *copy = arena_alloc(mem, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r' || i + 1 == text.n || text.p[i + 1] != '\n')
			copy[n++] = text.p[i];
	return (struct str){copy, n};
}

/* A Return-Path is not part of the message: the delivery writes it. */
static void take_fields(struct sv_run *run, const struct message *m)
{
	for (size_t i = 0; i < run->header.count; i++)
		edit_remove(run, run->header.items[i]);
	for (size_t i = 0; i < message_header_count(m); i++) {
		const struct header *h = message_header(m, i);
		size_t n = h->whole.n - str_iends(h->whole, STR_LIT("\n"));
		if (!str_ieq(h->name, STR_LIT("Return-Path")))
			edit_add_raw(run, str_slice(h->whole, 0, n));
	}
}

/* 1, 0 the message stays as it was, or -1. */
static int take_message(struct sv_run *run, const struct sv_node *node, const struct pieces *before,
	struct str output)
{
	struct err err;
	struct str text = without_cr(output, run->mem);
	if (run_charge_memory(run, node, text.n) < 0)
		return -1;
	if (text.n == 0) {
		run_fault(run, node,
			"the program \"" STR_FMT "\" wrote nothing; the message is unchanged",
			STR_ARGS(name_of(node)));
		return 0;
	}
	if (str_eq(text, arena_join(run->scratch, before->items, before->count)))
		return 1;
	struct message *m = message_borrow(text, &err);
	if (!m) {
		run_fault(run, node, "the program \"" STR_FMT "\" did not write a message: %s",
			STR_ARGS(name_of(node)), err.text);
		return 0;
	}
	take_fields(run, m);
	edit_body(run, message_body(m));
	message_free(m);
	return 1;
}

static int test_filter(struct sv_run *run, const struct sv_node *node)
{
	struct sv_program p = {.input = message_now(run), .wants_output = true};
	struct str output;
	int r = run_now(run, node, &p, &output);
	return r == 1 ? take_message(run, node, &p.input, output) : r;
}

static enum sv_flow run_filter(struct sv_run *run, const struct sv_node *node)
{
	return as_command(test_filter(run, node));
}

static const struct sv_word filter_words[] = {
	{
		.name = "filter",
		.role = SV_COMMAND,
		.args = ARGUMENTS,
		.check = check_program,
		.run = run_filter,
	},
	{
		.name = "filter",
		.role = SV_TEST,
		.args = ARGUMENTS,
		.check = check_program,
		.test = test_filter,
	},
	{0},
};

const struct sv_ext ext_filter = {
	.name = "vnd.dovecot.filter",
	.rfc = "Pigeonhole",
	.words = filter_words,
	.available = can_run,
	.off = NOT_ALLOWED,
};

/* ---- execute ---- */

/* 0 or -1. */
static int read_input(struct sv_run *run, const struct sv_node *node, struct pieces *input)
{
	const struct sv_tagged *given = run_tag(node, ":input");
	*input = (struct pieces){0};
	if (run_tag(node, ":pipe"))
		*input = message_now(run);
	if (!given)
		return 0;
	input->items = arena_alloc(run->mem, sizeof *input->items);
	input->count = 1;
	return run_text(run, node, &given->value.strings[0], &input->items[0]);
}

static int test_execute(struct sv_run *run, const struct sv_node *node)
{
	const struct variable *v = node->data;
	struct sv_program p = {.wants_output = v != NULL};
	struct str output;
	if (read_input(run, node, &p.input) < 0)
		return -1;
	int r = run_now(run, node, &p, &output);
	if (r == 1 && v && variables_set(run, v, output) < 0)
		return -1;
	return r;
}

static enum sv_flow run_execute(struct sv_run *run, const struct sv_node *node)
{
	return as_command(test_execute(run, node));
}

static const struct sv_word execute_words[] = {
	{
		.name = "execute",
		.role = SV_COMMAND,
		.args = ARGUMENTS,
		.check = check_execute,
		.run = run_execute,
	},
	{
		.name = "execute",
		.role = SV_TEST,
		.args = ARGUMENTS,
		.check = check_execute,
		.test = test_execute,
	},
	{0},
};

static const struct sv_tag execute_tags[] = {
	{
		.name = ":input",
		.on = "execute",
		.group = "what the program reads",
		.value = {.type = SV_STRING, .what = "a text"},
	},
	{.name = ":pipe", .on = "execute", .group = "what the program reads"},
	{
		.name = ":output",
		.on = "execute",
		.value = {.type = SV_STRING, .what = "the name of a variable"},
	},
	{0},
};

const struct sv_ext ext_execute = {
	.name = "vnd.dovecot.execute",
	.rfc = "Pigeonhole",
	.words = execute_words,
	.tags = execute_tags,
	.available = can_run,
	.off = NOT_ALLOWED,
};
