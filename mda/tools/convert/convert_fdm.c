/*
 * fdm's rules (fdm.conf(5)):
 *
 *   match "^Name:x" in headers    a test of a field (convert_pattern.c)
 *   match "x" in body             body
 *   match all                     no test
 *   size < 10K                    size
 *   not, and, or                  from left to right
 *   match ... { match ... }       rules in an if
 *   action "x" maildir "path"     fileinto; also mbox
 *   keep, drop                    keep, discard
 *   continue                      :copy, and no stop
 *   $name = "text"                put in where $name is used
 *
 * Accounts have no counterpart: the mail is here already.
 */
#include "mda/tools/convert/convert.h"
#include "mda/tools/convert/convert_program.h"
#include "mda/tools/convert/fdm_conditions.h"

#include <string.h>

enum { ACTIONS_MOST = 256, STEPS_MOST = 16, CALLS_MOST = 5 };

enum step_kind { STEP_FOLDER, STEP_KEEP, STEP_DROP, STEP_CALL };

struct step {
	enum step_kind kind;
	struct str name; /* the folder, or the action that is called */
};

struct action {
	struct str name;
	struct step steps[STEPS_MOST];
	size_t count;
	struct str why; /* it is not converted */
};

struct rules {
	struct fdm_reader r;
	struct convert *c;
	struct action *actions;
	size_t action_count;
	unsigned depth;
	unsigned open;       /* braces of the statement that is read */
	bool at_actions;     /* of the rule that is read */
	bool drop_unmatched; /* else it stays where it was, which is the INBOX */
};

/* ---- actions ---- */

/* A place of fdm's below the Maildir, wherever that is. */
static bool read_folder(struct convert *c, struct str path, struct str *folder)
{
	static const char *const homes[] = {"%h/", "%[home]/", "~/"};
	static const char *const maildirs[] = {
		"$HOME/Maildir", "$HOME/.maildir", "$HOME/Mail", "$HOME/mail", "$HOME/.mail"};
	struct str below = STR_EMPTY;
	for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
		if (str_starts(path, str_of(homes[i])))
			below = str_slice(path, strlen(homes[i]), path.n);
	if (below.n == 0 && c->home.n > 1 && str_starts(path, c->home) && path.n > c->home.n &&
		path.p[c->home.n] == '/')
		below = str_slice(path, c->home.n + 1, path.n);
	if (below.n)
		path = ARENA_JOIN(c->mem, STR_LIT("$HOME/"), below);
	if (str_find(path, '%') < path.n)
		return convert_fail(c, "the path depends on the message");
	for (size_t i = 0; i < sizeof maildirs / sizeof *maildirs; i++)
		if (str_starts(path, str_of(maildirs[i])) &&
			convert_folder(c, path, str_of(maildirs[i]), folder))
			return true;
	return convert_fail(c, "the path is not below a Maildir in the home");
}

static bool add_step(struct convert *c, struct action *a, enum step_kind kind, struct str name)
{
	if (a->count == STEPS_MOST)
		return convert_fail(c, "too many actions");
	a->steps[a->count++] = (struct step){kind, name};
	return true;
}

/* One action behind its name, or in the place of one. */
static bool read_step(struct rules *k, struct action *a)
{
	struct fdm_reader *r = &k->r;
	struct str text, folder;
	if (fdm_take_word(r, "drop"))
		return add_step(k->c, a, STEP_DROP, STR_EMPTY);
	if (fdm_take_word(r, "keep"))
		return add_step(k->c, a, STEP_KEEP, STR_EMPTY);
	if (fdm_take_word(r, "action") || r->kind == FDM_TEXT)
		return fdm_take_text(r, &text) && add_step(k->c, a, STEP_CALL, text);
	if (fdm_is_word(r, "maildir") || fdm_is_word(r, "mbox")) {
		fdm_next(r);
		if (!fdm_take_text(r, &text))
			return false;
		if (fdm_take_word(r, "compress"))
			return convert_fail(k->c, "a compressed mbox file");
		return read_folder(k->c, text, &folder) && add_step(k->c, a, STEP_FOLDER, folder);
	}
	if (fdm_is_word(r, "pipe") || fdm_is_word(r, "exec") || fdm_is_word(r, "rewrite")) {
		bool is_filter = fdm_is_word(r, "rewrite");
		fdm_next(r);
		return fdm_take_text(r, &text) && convert_program(k->c, text, is_filter);
	}
	return convert_fail(
		k->c, "the action " STR_FMT " is not known", STR_ARGS(str_slice(r->text, 0, 60)));
}

/* "{ ... }" or one. */
static bool read_steps(struct rules *k, struct action *a)
{
	if (!fdm_take_sign(&k->r, '{'))
		return read_step(k, a);
	k->open = 1;
	while (!fdm_is_sign(&k->r, '}'))
		if (!read_step(k, a))
			return false;
	k->open = 0;
	fdm_next(&k->r);
	return true;
}

static bool refuse_users(struct rules *k)
{
	return !(fdm_is_word(&k->r, "user") || fdm_is_word(&k->r, "users")) ||
	       convert_fail(k->c, "it is for other users");
}

static const struct action *find_action(const struct rules *k, struct str name)
{
	for (size_t i = k->action_count; i-- > 0;)
		if (str_eq(k->actions[i].name, name))
			return &k->actions[i];
	return NULL;
}

/* To the next statement on this level. */
static void skip_statement(struct rules *k)
{
	size_t depth = k->open;
	for (; k->r.kind != FDM_END; fdm_next(&k->r)) {
		if (depth == 0 && (fdm_at_statement(&k->r) || fdm_is_word(&k->r, "action") ||
					  fdm_is_definition(&k->r)))
			return;
		depth += fdm_is_sign(&k->r, '{');
		depth -= fdm_is_sign(&k->r, '}');
	}
}

/* To the end of a rule, which is behind its actions or its block. */
static void skip_rule(struct rules *k)
{
	size_t depth = k->open;
	bool has_block = false;
	for (; k->r.kind != FDM_END; fdm_next(&k->r)) {
		bool at_action = fdm_is_word(&k->r, "action") || fdm_is_word(&k->r, "actions");
		bool is_condition = !k->at_actions && fdm_is_word(&k->r, "account");
		if (depth == 0 && ((fdm_at_statement(&k->r) && !is_condition) ||
					  (at_action && k->at_actions) || fdm_is_definition(&k->r)))
			return;
		k->at_actions = k->at_actions || (at_action && depth == 0);
		has_block = has_block || (depth && fdm_is_word(&k->r, "match"));
		depth += fdm_is_sign(&k->r, '{');
		depth -= fdm_is_sign(&k->r, '}');
		if (depth == 0 && has_block) {
			fdm_next(&k->r);
			return;
		}
	}
}

/* The bytes from FROM on are not converted: WHY. */
static void write_comment(struct rules *k, size_t from, struct str why)
{
	k->c->reason = why;
	convert_comment(k->c, from, k->r.ended);
}

static void read_action(struct rules *k)
{
	struct convert *c = k->c;
	size_t from = k->r.from;
	struct action a = {0};
	fdm_next(&k->r);
	bool good = fdm_take_text(&k->r, &a.name) && refuse_users(k) && read_steps(k, &a);
	if (good && k->action_count == ACTIONS_MOST)
		good = convert_fail(c, "too many actions");
	if (!good) {
		a.why = c->reason;
		skip_statement(k);
		write_comment(k, from, a.why);
	}
	k->open = 0;
	if (k->action_count < ACTIONS_MOST)
		*(struct action *)ARENA_PUSH(c->mem, k->actions, k->action_count) = a;
}

static bool write_action(struct rules *k, const struct action *a, bool copy, unsigned calls)
{
	struct convert *c = k->c;
	if (a->why.n)
		return convert_fail(c, "its action is not converted");
	for (size_t i = 0; i < a->count; i++) {
		const struct step *s = &a->steps[i];
		const struct action *called = s->kind == STEP_CALL ? find_action(k, s->name) : NULL;
		if (s->kind == STEP_CALL && (!called || calls == CALLS_MOST))
			return convert_fail(c, called ? "too many actions call one another"
						      : "there is no such action");
		if (called && !write_action(k, called, copy, calls + 1))
			return false;
		if (s->kind == STEP_FOLDER && !convert_fileinto(c, s->name, copy))
			return false;
		if (s->kind == STEP_KEEP && !convert_fileinto(c, STR_EMPTY, copy))
			return false;
		if (s->kind == STEP_DROP && !copy)
			convert_line(c, "discard;");
	}
	return true;
}

/* ---- rules ---- */

static void read_all(struct rules *k);

static bool write_block(struct rules *k)
{
	if (k->depth + 1 == CONVERT_NESTING)
		return convert_fail(k->c, "too many blocks in one another");
	fdm_next(&k->r);
	k->depth++;
	read_all(k);
	k->depth--;
	(void)fdm_take_sign(&k->r, '}'); /* or it is the end of the file */
	return true;
}

/* Behind the test: what is done, written. */
static bool write_actions(struct rules *k)
{
	struct action a = {0};
	if (!fdm_take_word(&k->r, "actions") && !fdm_take_word(&k->r, "action"))
		return convert_fail(k->c, "there is no action");
	k->at_actions = true;
	if (!read_steps(k, &a))
		return false;
	bool copy = fdm_take_word(&k->r, "continue");
	if (!write_action(k, &a, copy, 0))
		return false;
	if (!copy)
		convert_line(k->c, "stop;");
	return true;
}

static bool write_rule(struct rules *k)
{
	struct str test = fdm_conditions(&k->r);
	if (test.n == 0 || !refuse_users(k))
		return false;
	bool always = str_eq(test, STR_LIT("true"));
	if (!always)
		convert_line(k->c, "if " STR_FMT " {", STR_ARGS(test));
	k->c->level += !always;
	if (fdm_is_sign(&k->r, '{') ? !write_block(k) : !write_actions(k))
		return false;
	k->c->level -= !always;
	if (!always)
		convert_line(k->c, "}");
	return true;
}

static void read_rule(struct rules *k)
{
	struct convert *c = k->c;
	size_t from = k->r.from;
	unsigned level = c->level;
	struct convert_mark mark = convert_mark(c);
	convert_line(c, "# line %zu", convert_line_number(c, from));
	k->at_actions = false;
	fdm_next(&k->r);
	if (!write_rule(k)) {
		struct str why = c->reason;
		convert_reset(c, mark);
		c->level = level;
		skip_rule(k);
		write_comment(k, from, why);
	}
	k->open = 0;
	/* Then mail may have matched before, also by what is not converted. */
	struct str source = str_slice(c->source, from, k->r.ended);
	k->r.any_continue = k->r.any_continue || str_ifind(source, STR_LIT("continue")) < source.n;
}

/* ---- other statements ---- */

static void read_set(struct rules *k)
{
	fdm_next(&k->r);
	if (fdm_take_word(&k->r, "unmatched-mail"))
		k->drop_unmatched = fdm_is_word(&k->r, "drop");
	skip_statement(k);
}

/* Passwords stay where they are. */
static void read_account(struct rules *k)
{
	struct convert *c = k->c;
	size_t from = k->r.from;
	bool is_fetched = true;
	fdm_next(&k->r);
	while (!fdm_at_statement(&k->r) && !fdm_is_word(&k->r, "action") &&
		!fdm_is_definition(&k->r)) {
		if (fdm_is_word(&k->r, "stdin"))
			is_fetched = false;
		bool opens = fdm_is_sign(&k->r, '{');
		fdm_next(&k->r);
		while (opens && k->r.kind != FDM_END && !fdm_take_sign(&k->r, '}'))
			fdm_next(&k->r);
	}
	convert_fail(c, "an account that mail is fetched from; that stays with fdm");
	if (is_fetched)
		convert_comment(c, from, from);
}

/* "$name = text" */
static void read_definition(struct rules *k)
{
	struct convert *c = k->c;
	size_t from = k->r.from;
	struct str name = str_slice(c->source, from + 1, c->source.n), value = STR_EMPTY;
	name.n = convert_name_length(name);
	fdm_next(&k->r);
	fdm_next(&k->r);
	bool good = k->r.kind == FDM_WORD || fdm_take_text(&k->r, &value);
	if (good && k->r.kind == FDM_WORD && c->source.p[from] == '%') {
		value = k->r.text;
		fdm_next(&k->r);
	}
	if (!good)
		convert_comment(c, from, k->r.ended);
	convert_set(c, &k->r.macros, name, value, good);
}

/* What is not read at all; with what is behind it until `endif`, if it is an `ifdef`. */
static void read_unknown(struct rules *k)
{
	size_t from = k->r.from, depth = 0;
	convert_fail(k->c, STR_FMT " is not converted", STR_ARGS(str_slice(k->r.text, 0, 60)));
	struct str why = k->c->reason;
	do {
		depth += fdm_is_word(&k->r, "ifdef") || fdm_is_word(&k->r, "ifndef");
		depth -= depth && fdm_is_word(&k->r, "endif");
		fdm_next(&k->r);
	} while (depth && k->r.kind != FDM_END);
	skip_statement(k);
	write_comment(k, from, why);
}

/* Until the end of the block, or of the file. */
static void read_all(struct rules *k)
{
	while (k->r.kind != FDM_END) {
		if (fdm_is_sign(&k->r, '}')) {
			if (k->depth)
				return;
			fdm_next(&k->r);
		} else if (fdm_is_word(&k->r, "match")) {
			read_rule(k);
		} else if (fdm_is_word(&k->r, "action")) {
			read_action(k);
		} else if (fdm_is_word(&k->r, "account")) {
			read_account(k);
		} else if (fdm_is_word(&k->r, "set")) {
			read_set(k);
		} else if (fdm_is_definition(&k->r)) {
			read_definition(k);
		} else {
			read_unknown(k);
		}
	}
}

void convert_fdm(struct convert *c)
{
	struct rules k = {.c = c};
	fdm_begin(&k.r, c);
	read_all(&k);
	if (k.drop_unmatched)
		convert_line(c, "discard;");
}
