#include "mda/tools/apply/apply_show.h"

#include "base/json.h"
#include "base/printable.h"
#include "base/shell_word.h"
#include "store/folder.h"

/* ---- sums ---- */

struct sum {
	struct str from, to;
	size_t count;
};

struct sums {
	struct sum *items;
	size_t count;
};

static struct sums sums_of(const struct apply_result *r)
{
	struct sums sums = {0};
	for (size_t i = 0; i < r->moves->count; i++) {
		const struct apply_move *m = &r->moves->items[i];
		struct sum *last = sums.count ? &sums.items[sums.count - 1] : NULL;
		if (!m->move.moved)
			continue;
		/* The moves are sorted by their folders. */
		if (!last || !str_eq(last->from, m->from) || !str_eq(last->to, m->to)) {
			last = ARENA_PUSH(r->mem, sums.items, sums.count);
			*last = (struct sum){.from = m->from, .to = m->to};
		}
		last->count++;
	}
	return sums;
}

/* ---- text ---- */

static void put_left(struct buf *to, size_t count, const char *what)
{
	if (count)
		buf_fmt(to, "%8zu  stay: %s\n", count, what);
}

static void put_message(
	struct buf *to, const char *lead, struct str folder, struct str message, struct str text)
{
	buf_text(to, lead);
	printable_add(to, folder);
	buf_byte(to, ' ');
	printable_add(to, message);
	buf_text(to, ": ");
	printable_add(to, text);
	buf_byte(to, '\n');
}

static void put_told(struct buf *to, const struct apply_result *r)
{
	for (size_t i = 0; i < r->told_count; i++)
		put_message(to, "  ", r->told[i].folder, r->told[i].message, r->told[i].what);
}

static void put_sends(struct buf *to, const struct apply_sends *s)
{
	if (!s)
		return;
	if (s->sent)
		buf_fmt(to, "%8zu  redirects sent\n", s->sent);
	if (s->again)
		buf_fmt(to, "%8zu  redirects were sent by an earlier run\n", s->again);
	if (s->failed)
		buf_fmt(to, "%8zu  redirects not sent: the messages stay\n", s->failed);
	for (size_t i = 0; i < s->unsent_count; i++)
		put_message(to, "  not sent: ", s->unsent[i].folder, s->unsent[i].message,
			s->unsent[i].why);
}

static void put_emptied(struct buf *to, const struct apply_result *r)
{
	for (size_t i = 0; i < r->emptied.count; i++) {
		buf_text(to, i ? ", " : "  empty now, but not removed: ");
		printable_add(to, r->emptied.items[i]);
	}
	if (r->emptied.count)
		buf_byte(to, '\n');
}

static void put_failures(struct buf *to, const struct refile_table *t)
{
	for (size_t i = 0; t && i < t->failure_count; i++) {
		buf_text(to, "  not judged: ");
		printable_add(to, t->failures[i].file);
		buf_text(to, ": ");
		printable_add(to, t->failures[i].why);
		buf_byte(to, '\n');
	}
	for (size_t i = 0; t && i < t->note_count; i++) {
		buf_text(to, "  note: ");
		printable_add(to, t->notes[i].text);
		buf_byte(to, '\n');
	}
}

static void put_word(
	struct buf *to, const struct apply_result *r, const char *option, struct str word)
{
	buf_text(to, option);
	printable_add(to, shell_word(word, r->mem));
}

static void put_way_back(struct buf *to, const struct apply_result *r)
{
	buf_text(to, "to put all back: mda apply");
	if (r->conf)
		put_word(to, r, " -c ", str_of(r->conf));
	put_word(to, r, " -d ", r->mailbox);
	put_word(to, r, " --undo ", str_of(r->undo));
	buf_byte(to, '\n');
}

void apply_show_text(const struct apply_result *r, struct buf *to)
{
	const struct sums sums = sums_of(r);
	for (size_t i = 0; i < sums.count; i++) {
		buf_fmt(to, "%8zu  ", sums.items[i].count);
		printable_add(to, folder_name(sums.items[i].from, r->mem));
		buf_text(to, " -> ");
		printable_add(to, folder_name(sums.items[i].to, r->mem));
		buf_byte(to, '\n');
	}
	put_left(to, r->left.discarded,
		"the rules discard them (--discard moves them to the Trash)");
	put_left(to, r->left.refused, "the rules refuse them");
	put_left(to, r->left.sent,
		r->sends ? "the rules only send them on"
			 : "the rules only send them on (--send does it)");
	put_left(to, r->left.failed, "a delivery would be put off");
	put_sends(to, r->sends);
	if (r->unsendable)
		buf_fmt(to, "%8zu  redirects were sent, and cannot be taken back\n", r->unsendable);
	put_told(to, r);
	put_emptied(to, r);
	put_failures(to, r->table);
	buf_fmt(to, "%zu messages: %zu %s", r->judged, r->moves->done,
		r->undoes ? "put back" : "moved");
	if (r->moves->gone)
		buf_fmt(to, ", %zu gone meanwhile", r->moves->gone);
	if (r->moves->interrupted)
		buf_fmt(to, "; interrupted: the same command %s the rest",
			r->undoes ? "puts back" : "moves");
	buf_byte(to, '\n');
	if (r->undo && r->moves->done)
		put_way_back(to, r);
}

/* ---- JSON ---- */

static void json_moves(struct json *json, const struct apply_result *r)
{
	const struct sums sums = sums_of(r);
	json_named_array(json, "moves");
	for (size_t i = 0; i < sums.count; i++) {
		json_next_line(json);
		json_begin_object(json);
		json_text(json, "from", folder_name(sums.items[i].from, r->mem));
		json_text(json, "to", folder_name(sums.items[i].to, r->mem));
		json_number(json, "messages", sums.items[i].count);
		json_end_object(json);
	}
	json_end_array(json);
}

/* KEY names the TEXT. */
static void json_message(
	struct json *json, struct str folder, struct str message, const char *key, struct str text)
{
	json_next_line(json);
	json_begin_object(json);
	json_text(json, "folder", folder);
	json_text(json, "message", message);
	json_text(json, key, text);
	json_end_object(json);
}

static void json_told(struct json *json, const struct apply_result *r)
{
	json_named_array(json, "changed_since");
	for (size_t i = 0; i < r->told_count; i++)
		json_message(json, r->told[i].folder, r->told[i].message, "what", r->told[i].what);
	json_end_array(json);
}

static void json_failures(struct json *json, const struct refile_table *t)
{
	json_named_array(json, "failures");
	for (size_t i = 0; t && i < t->failure_count; i++) {
		json_next_line(json);
		json_begin_object(json);
		json_text(json, "message", t->failures[i].file);
		json_text(json, "why", t->failures[i].why);
		json_end_object(json);
	}
	json_end_array(json);
	json_named_array(json, "notes");
	for (size_t i = 0; t && i < t->note_count; i++) {
		json_next_line(json);
		json_begin_object(json);
		json_text(json, "text", t->notes[i].text);
		json_number(json, "messages", t->notes[i].count);
		json_end_object(json);
	}
	json_end_array(json);
}

static void json_sends(struct json *json, const struct apply_sends *s)
{
	static const struct apply_sends none;
	const struct apply_sends *all = s ? s : &none;
	json_key(json, "redirects");
	json_begin_object(json);
	json_number(json, "sent", all->sent);
	json_number(json, "sent_before", all->again);
	json_number(json, "failed", all->failed);
	json_end_object(json);
	json_named_array(json, "unsent");
	for (size_t i = 0; i < all->unsent_count; i++)
		json_message(json, all->unsent[i].folder, all->unsent[i].message, "why",
			all->unsent[i].why);
	json_end_array(json);
}

void apply_show_json(const struct apply_result *r, struct buf *to)
{
	struct json json = {.to = to};
	json_begin_object(&json);
	json_number(&json, "version", APPLY_JSON_VERSION);
	json_text(&json, "mailbox", r->mailbox);
	json_text(&json, "done", r->undoes ? STR_LIT("undo") : STR_LIT("apply"));
	json_number(&json, "messages", r->judged);
	json_number(&json, "moved", r->moves->done);
	json_number(&json, "gone", r->moves->gone);
	json_key(&json, "left");
	json_begin_object(&json);
	json_number(&json, "discard", r->left.discarded);
	json_number(&json, "reject", r->left.refused);
	json_number(&json, "redirect", r->left.sent);
	json_number(&json, "failure", r->left.failed);
	json_end_object(&json);
	if (r->undoes)
		json_number(&json, "cannot_be_taken_back", r->unsendable);
	else
		json_sends(&json, r->sends);
	if (r->moves->interrupted)
		json_bool(&json, "interrupted", true);
	json_moves(&json, r);
	json_told(&json, r);
	if (r->undoes)
		json_texts(&json, "emptied", r->emptied.items, r->emptied.count);
	json_failures(&json, r->table);
	if (r->undo)
		json_text(&json, "undo", str_of(r->undo));
	json_end_object(&json);
	json_end_line(&json);
}
