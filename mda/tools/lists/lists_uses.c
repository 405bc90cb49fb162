#include "mda/tools/lists/lists_uses.h"

#include "mda/aside.h"
#include "mda/conf/mailboxes.h"
#include "mda/tools/progress.h"

enum uses_list lists_uses_of(const struct named_list *list)
{
	if (list->is_block)
		return list->is_global ? USES_GLOBAL_BLOCK : USES_BLOCK;
	if (list->is_allow)
		return list->is_global ? USES_GLOBAL_ALLOW : USES_ALLOW;
	return USES_LISTS;
}

/* ---- in a mailbox's process ---- */

static int read_mailbox(void *context, struct aside *a, struct err *err)
{
	const struct mailbox *m = context;
	struct arena *mem = arena_new();
	struct uses uses;
	const char *state = m->state ? m->state : store_state_dir(m->maildir, mem);
	int r = uses_read(state, mem, &uses, err);
	if (r == 0)
		buf_fmt(&a->result, "%lld\n", (long long)uses.since);
	for (size_t i = 0; r == 0 && i < uses.count; i++) {
		const struct uses_item *item = &uses.items[i];
		const struct uses_record *n = &item->record;
		if (item->key.list == USES_GLOBAL_BLOCK || item->key.list == USES_GLOBAL_ALLOW)
			buf_fmt(&a->result, "%u %llu %llu %lld %lld " STR_FMT "\n", item->key.list,
				(unsigned long long)n->count, (unsigned long long)n->spam,
				(long long)n->last, (long long)n->last_spam,
				STR_ARGS(item->key.entry));
	}
	arena_free(mem);
	return r;
}

/* ---- in root's process ---- */

static bool take(struct str *rest, unsigned long long most, unsigned long long *n)
{
	struct str word;
	return str_word(rest, &word) && str_number(word, most, n);
}

/* Bytes of the mailbox's owner: what is not such a line is skipped. */
static void add_line(struct uses *uses, struct str line, struct arena *mem)
{
	unsigned long long list, count, spam, last, last_spam;
	if (!take(&line, USES_LISTS - 1, &list) || list < USES_GLOBAL_BLOCK ||
		!take(&line, UINT32_MAX, &count) || !take(&line, UINT32_MAX, &spam) ||
		!take(&line, INT64_MAX, &last) || !take(&line, INT64_MAX, &last_spam))
		return;
	struct use key = {.list = (enum uses_list)list, .entry = str_trim(line)};
	const struct uses_record record = {
		count, spam, (int64_t)last, (int64_t)last_spam, .noted = 0};
	if (key.entry.n > 0 && key.entry.n <= USES_ENTRY_MOST)
		uses_join(uses, &key, &record, mem);
}

static void add_mailbox(struct uses *uses, struct str text, struct arena *mem)
{
	struct str line;
	unsigned long long since;
	if (str_line(&text, &line) && str_number(line, INT64_MAX, &since))
		uses_join_since(uses, (int64_t)since);
	while (str_line(&text, &line))
		add_line(uses, line, mem);
}

static void read_one(const struct lists_tool *tool, struct mailbox *m, struct uses *uses)
{
	struct err err;
	struct aside a = {0};
	if (m->wrong)
		program_complain(STR_FMT ": %s", STR_ARGS(m->name), m->wrong);
	else if (aside_run(&m->user, read_mailbox, m, &a, &err) < 0)
		program_complain(STR_FMT ": %s", STR_ARGS(m->name), err.text);
	else
		add_mailbox(uses, buf_str(&a.result), tool->mem);
	aside_free(&a);
}

int lists_uses_of_all(const struct lists_tool *tool, struct uses *uses, struct err *err)
{
	struct mailboxes all;
	struct progress progress;
	*uses = (struct uses){0};
	if (mailboxes_find(tool->session.file, tool->mem, &all, err) < 0)
		return -1;
	progress_start(&progress, "mailboxes", all.count, tool->json);
	for (size_t i = 0; i < all.count; i++) {
		read_one(tool, &all.items[i], uses);
		progress_at(&progress, i + 1);
	}
	progress_end(&progress);
	uses_fold(uses);
	return 0;
}
