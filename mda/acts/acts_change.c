#include "mda/acts/acts_change.h"

#include "base/str_list.h"
#include "mda/acts/acts_list.h"
#include "mda/acts/acts_memory.h"
#include "store/base_name.h"

static void refuse(struct acts_change *c, const struct acts_message *m, struct str why)
{
	struct buf *to = &c->refused[m->folder->allows];
	notes_add(c->acts->notes, STR_FMT ": no entry is made: " STR_FMT, STR_ARGS(m->folder->name),
		STR_ARGS(why));
	buf_fmt(to, STR_FMT ": " STR_FMT ": no entry is made: " STR_FMT "\n",
		STR_ARGS(m->folder->name), STR_ARGS(base_name_of(m->name)), STR_ARGS(why));
}

static int take_back(
	struct acts_change *c, const struct acts_message *m, struct str entry, struct err *err)
{
	const struct acts *a = c->acts;
	if (acts_memory_set_undone(a, base_name_of(m->name), err) < 0 ||
		acts_list_take_back(a, m->folder, entry, err) < 0)
		return -1;
	str_list_add(&c->taken_back, arena_str(a->mem, entry), a->mem);
	notes_add(a->notes, STR_FMT ": " STR_FMT " is no longer %s", STR_ARGS(m->folder->name),
		STR_ARGS(entry), m->folder->allows ? "blocked" : "allowed");
	return 0;
}

/* 1 it was taken back, now or before; 0 there is nothing to take back. */
static int undo(
	struct acts_change *c, const struct acts_message *m, struct str entry, struct err *err)
{
	const struct acts *a = c->acts;
	bool began = str_eq(acts_memory_undone(a), base_name_of(m->name));
	if (!began && str_list_has(&c->taken_back, entry))
		return 1;
	int undoes = began ? 1 : acts_list_undoes(a, m->folder, entry, err);
	if (undoes <= 0)
		return undoes;
	return take_back(c, m, entry, err) < 0 ? -1 : 1;
}

int acts_change_undo(
	struct acts_change *c, const struct acts_message *m, struct str entry, struct err *err)
{
	return undo(c, m, entry, err) < 0 ? -1 : 0;
}

int acts_change_lists(struct acts_change *c, const struct acts_message *m,
	const struct acts_sender *sender, struct err *err)
{
	const struct acts *a = c->acts;
	if (sender->entry.n == 0) {
		refuse(c, m, sender->why);
		return 0;
	}
	int undone = undo(c, m, sender->entry, err);
	if (undone)
		return undone < 0 ? -1 : 0;
	if (acts_list_add(a, m->folder, sender->entry, sender->why, err) < 0)
		return -1;
	notes_add(a->notes, STR_FMT ": " STR_FMT " is %s", STR_ARGS(m->folder->name),
		STR_ARGS(sender->entry), m->folder->allows ? "allowed" : "blocked");
	return 1;
}

int acts_change_done(struct acts_change *c, struct err *err)
{
	return acts_memory_set_undone(c->acts, STR_EMPTY, err);
}

void acts_change_count(struct acts_change *c, struct str folder, int result, const struct err *err)
{
	if (result > 0)
		c->moved++;
	if (result >= 0)
		return;
	c->failed = true;
	notes_add(c->acts->notes, STR_FMT ": %s", STR_ARGS(folder), err->text);
}

void acts_change_report(struct acts_change *c)
{
	struct err err;
	for (int allows = 0; allows < 2; allows++) {
		struct str text = buf_str(&c->refused[allows]);
		if (c->moved && acts_list_report(c->acts, allows, text, &err) < 0)
			notes_add(c->acts->notes, "%s", err.text);
		buf_free(&c->refused[allows]);
	}
}
