#include "mda/outgoing/send_list.h"

#include "base/str_list.h"
#include "mda/outgoing/programs.h"

/* ---- names ---- */

static const struct str redirect_word = STR_LIT("redirect "), pipe_word = STR_LIT("pipe ");

struct str send_list_redirect(struct str address, struct arena *mem)
{
	return arena_fmt(mem, STR_FMT STR_FMT, STR_ARGS(redirect_word), STR_ARGS(address));
}

/* The name of a pipe: a line for the program and one for each argument. */
static struct str name_of_pipe(const struct step *step, struct arena *mem)
{
	struct buf name = {0};
	buf_add(&name, pipe_word);
	buf_add(&name, step->argument);
	for (size_t i = 0; i < step->arguments.count; i++) {
		buf_byte(&name, '\n');
		buf_add(&name, step->arguments.items[i]);
	}
	struct str kept = arena_str(mem, buf_str(&name));
	buf_free(&name);
	return kept;
}

struct str send_list_name(const struct step *step, struct arena *mem)
{
	return step->kind == ACTION_REDIRECT ? send_list_redirect(step->argument, mem)
	       : step->kind == ACTION_PIPE   ? name_of_pipe(step, mem)
					     : STR_EMPTY;
}

/* ---- the list ---- */

static bool is_planned(const struct send_job *s, struct str what)
{
	for (size_t i = 0; i < s->step_count; i++)
		if (str_eq(send_list_name(&s->steps[i], s->delivery->mem), what))
			return true;
	return false;
}

static struct step *add_step(struct send_job *s, enum action_kind kind, struct str argument)
{
	struct step *step = ARENA_PUSH(s->delivery->mem, s->steps, s->step_count);
	*step = (struct step){.kind = kind,
		.argument = argument,
		.reason = verdict_reason_text("an earlier attempt was to do it")};
	return step;
}

/* WHAT is as name_of_pipe() writes it. */
static void add_pipe(struct send_job *s, struct str what)
{
	struct str rest = str_slice(what, pipe_word.n, what.n);
	size_t end = str_find(rest, '\n');
	struct step *step = add_step(s, ACTION_PIPE, str_slice(rest, 0, end));
	while (end < rest.n) {
		rest = str_slice(rest, end + 1, rest.n);
		end = str_find(rest, '\n');
		str_list_add(&step->arguments, str_slice(rest, 0, end), s->delivery->mem);
	}
}

/* An earlier attempt decided on this and stored the message; then the script was changed. */
static void add_intended(struct send_job *s, struct str what)
{
	if (is_planned(s, what))
		return;
	if (str_istarts(what, redirect_word))
		(void)add_step(s, ACTION_REDIRECT, str_slice(what, redirect_word.n, what.n));
	else if (str_istarts(what, pipe_word) && programs_allowed(s->delivery->conf))
		add_pipe(s, what);
}

static void add_planned(struct send_job *s)
{
	const struct plan *p = s->delivery->plan;
	for (size_t i = 0; i < p->step_count; i++)
		if (p->steps[i].kind == ACTION_REDIRECT || p->steps[i].kind == ACTION_PIPE)
			*(struct step *)ARENA_PUSH(s->delivery->mem, s->steps, s->step_count) =
				p->steps[i];
}

int send_list_make(struct send_job *s, struct err *err)
{
	const struct delivery *d = s->delivery;
	struct str_list intended;
	if (store_intended(s->store, s->id, d->mem, &intended, err) < 0)
		return -1;
	add_planned(s);
	for (size_t i = 0; i < intended.count; i++)
		add_intended(s, intended.items[i]);
	return 0;
}
