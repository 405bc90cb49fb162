#include "base/json.h"
#include "mda/tools/try/try.h"

static void put_differs(struct json *json, unsigned differs)
{
	struct str names[REFILE_DIFFERENCES];
	size_t count = 0;
	for (unsigned i = 0; i < REFILE_DIFFERENCES; i++)
		if (differs & (1U << i))
			names[count++] = str_of(refile_table_differences[i]);
	json_texts(json, "differs", names, count);
}

static void put_example(struct json *json, const struct refile_example *e)
{
	json_next_line(json);
	json_begin_object(json);
	json_text(json, "folder", e->folder);
	json_text(json, "message", e->file);
	json_number(json, "date", e->date);
	json_text(json, "from", e->from);
	json_text(json, "subject", e->subject);
	json_text(json, "message_id", e->message_id);
	json_text(json, "reason", e->reason);
	put_differs(json, e->differs);
	json_end_object(json);
}

static void put_rows(struct json *json, const struct refile_table *t)
{
	json_named_array(json, "outcomes");
	for (size_t i = 0; i < t->row_count; i++) {
		const struct refile_row *row = &t->rows[i];
		json_next_line(json);
		json_begin_object(json);
		json_text(json, "old", row->old);
		json_text(json, "new", row->new);
		json_number(json, "messages", row->count);
		json_number(json, "changed", row->changed);
		json_named_array(json, "examples");
		for (size_t k = 0; k < row->example_count; k++)
			put_example(json, &row->examples[k]);
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_rules(struct json *json, const struct refile_table *t)
{
	json_named_array(json, "rules");
	for (size_t i = 0; i < t->rule_count; i++) {
		const struct refile_tally *r = &t->rules[i];
		json_next_line(json);
		json_begin_object(json);
		json_text(json, "script", r->rule.script);
		json_number(json, "line", r->rule.line);
		json_number(json, "column", r->rule.column);
		json_text(json, "text", r->rule.text);
		json_number(json, "tested", r->tested);
		json_number(json, "matched", r->matched);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_notes(struct json *json, const struct refile_table *t)
{
	json_named_array(json, "notes");
	for (size_t i = 0; i < t->note_count; i++) {
		const struct refile_note *n = &t->notes[i];
		json_next_line(json);
		json_begin_object(json);
		json_text(json, "text", n->text);
		json_number(json, "messages", n->count);
		if (n->file.n) {
			json_text(json, "file", n->file);
			json_number(json, "line", n->line);
			json_number(json, "column", n->column);
		}
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_failures(struct json *json, const struct refile_table *t)
{
	json_named_array(json, "failures");
	for (size_t i = 0; i < t->failure_count; i++) {
		const struct refile_failure *f = &t->failures[i];
		json_next_line(json);
		json_begin_object(json);
		json_text(json, "folder", f->folder.n ? f->folder : STR_LIT("INBOX"));
		json_text(json, "message", f->file);
		json_text(json, "why", f->why);
		json_end_object(json);
	}
	json_end_array(json);
}

void try_json(const struct try_result *r, struct buf *to)
{
	struct json json = {.to = to};
	const struct refile_table *t = &r->table;
	json_begin_object(&json);
	json_number(&json, "version", TRY_JSON_VERSION);
	json_text(&json, "mailbox", r->mailbox);
	json_text(&json, "source", r->source);
	json_text(&json, "old", r->compared ? STR_LIT("rules") : STR_LIT("folder"));
	json_number(&json, "messages", r->messages);
	json_number(&json, "judged", t->judged);
	json_number(&json, "changed", t->changed);
	json_number(&json, "gone", t->gone);
	json_key(&json, "differences");
	json_begin_object(&json);
	for (size_t i = 0; i < REFILE_DIFFERENCES; i++)
		json_number(&json, refile_table_differences[i], t->differences[i]);
	json_end_object(&json);
	put_rows(&json, t);
	put_rules(&json, t);
	put_notes(&json, t);
	put_failures(&json, t);
	json_end_object(&json);
	json_end_line(&json);
}
