#include "mda/tools/apply/apply_plan.h"

#include "base/str_list.h"
#include "store/base_name.h"
#include "store/folder.h"

static const struct refile_step *first(const struct refile_outcome *o, enum action_kind kind)
{
	for (size_t i = 0; i < o->step_count; i++)
		if (o->steps[i].kind == kind)
			return &o->steps[i];
	return NULL;
}

static bool stores_into(const struct refile_outcome *o, struct str folder)
{
	for (size_t i = 0; i < o->step_count; i++)
		if (o->steps[i].kind == ACTION_STORE && str_eq(o->steps[i].argument, folder))
			return true;
	return false;
}

static struct str_list kept(const struct str_list *words, struct arena *mem)
{
	struct str_list list = {0};
	for (size_t i = 0; i < words->count; i++)
		str_list_add(&list, arena_str(mem, words->items[i]), mem);
	return list;
}

static void add(struct apply_plan *p, size_t number, struct str to, const struct refile_step *step)
{
	const struct refile_message *message = &p->mail->messages[number];
	struct apply_move *m = ARENA_PUSH(p->mem, p->moves->items, p->moves->count);
	*m = (struct apply_move){.from = p->mail->folders[message->folder].directory,
		.to = to,
		.number = number,
		.move = {.base = base_name_of(str_of(message->file)),
			.file = message->file,
			.in_cur = message->in_cur}};
	if (!step)
		return;
	m->move.add = step->flags;
	m->move.add_keywords = kept(&step->keywords, p->mem);
}

static void leave(struct apply_plan *p, const struct refile_outcome *o)
{
	if (o->failed)
		p->left->failed++;
	else if (first(o, ACTION_REJECT))
		p->left->refused++;
	else if (first(o, ACTION_REDIRECT) || first(o, ACTION_PIPE))
		p->left->sent++;
	else
		p->left->discarded++;
}

/* Where it goes: a refusal is for a message that comes, so nothing of that is sent. */
static void add_send(struct apply_plan *p, size_t m, const struct refile_outcome *o, bool moves)
{
	struct apply_send send = {.number = m, .move = moves ? p->moves->count : 0};
	for (size_t i = 0; i < o->step_count; i++)
		if (o->steps[i].kind == ACTION_REDIRECT)
			str_list_add(
				&send.addresses, arena_str(p->mem, o->steps[i].argument), p->mem);
	if (send.addresses.count)
		*(struct apply_send *)ARENA_PUSH(p->mem, p->sends->items, p->sends->count) = send;
}

void apply_plan_add(struct apply_plan *p, size_t m, const struct refile_judged *judged)
{
	size_t before = p->moves->count;
	const struct refile_outcome *o = &judged->outcomes[REFILE_NEW];
	const struct refile_folder *now = &p->mail->folders[p->mail->messages[m].folder];
	const struct refile_step *step = first(o, ACTION_STORE);
	struct str directory;
	bool only_discarded =
		!o->failed && !step && (o->step_count == 0 || first(o, ACTION_DISCARD));
	bool sends = p->sends && !o->failed && !first(o, ACTION_REJECT);
	/* What is only sent on is not kept. */
	if (sends && !step && first(o, ACTION_REDIRECT) && !first(o, ACTION_PIPE))
		only_discarded = true;
	if (only_discarded && p->discards && !str_eq(now->directory, p->trash))
		add(p, m, p->trash, NULL);
	else if (o->failed || !step)
		leave(p, o);
	else if (!stores_into(o, now->name) &&
		 folder_directory(step->argument, p->mem, &directory, NULL) == 0 &&
		 !str_eq(directory, now->directory))
		add(p, m, directory, step);
	if (sends)
		add_send(p, m, o, p->moves->count > before);
}
