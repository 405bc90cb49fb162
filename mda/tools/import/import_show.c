#include "mda/tools/import/import_show.h"

#include "base/json.h"
#include "base/printable.h"

static const char *form_of(const struct import *i)
{
	return i->source.is_mbox ? import_mbox_names[i->source.mbox.dialect] : "maildir";
}

/* ---- text ---- */

static void put_count(struct buf *to, size_t count, const char *what)
{
	if (count)
		buf_fmt(to, ", %zu %s", count, what);
}

static void put_folders(struct buf *to, const struct import *i)
{
	for (size_t f = 0; f < i->source.folder_count; f++) {
		const struct import_count *c = &i->folders[f];
		if (c->found == 0)
			continue;
		buf_fmt(to, "%8zu  ", c->imported);
		printable_add(to, i->source.folders[f].name);
		put_count(to, c->duplicates, "already there");
		buf_byte(to, '\n');
	}
}

void import_show_text(const struct import_result *r, struct buf *to)
{
	const struct import *i = r->run;
	for (size_t n = 0; n < i->notes.count; n++) {
		buf_text(to, "  ");
		printable_add(to, i->notes.items[n]);
		buf_byte(to, '\n');
	}
	if (i->note_count > i->notes.count)
		buf_fmt(to, "  and %zu notes more\n", i->note_count - i->notes.count);
	put_folders(to, i);
	buf_fmt(to, "%zu messages (%s): %zu %s", i->source.count, form_of(i), i->all.imported,
		r->dry_run ? "would be imported" : "imported");
	put_count(to, i->all.duplicates, "already there");
	put_count(to, i->left_out, "left out");
	put_count(to, i->all.same_id, "with the Message-ID of another message");
	if (i->interrupted)
		buf_text(to, "; interrupted: the same command imports the rest");
	buf_byte(to, '\n');
}

/* ---- JSON ---- */

static void json_counts(struct json *json, const struct import_count *c)
{
	json_number(json, "imported", c->imported);
	json_number(json, "duplicates", c->duplicates);
	json_number(json, "same_message_id", c->same_id);
}

void import_show_json(const struct import_result *r, struct buf *to)
{
	const struct import *i = r->run;
	struct json json = {.to = to};
	json_begin_object(&json);
	json_number(&json, "version", IMPORT_JSON_VERSION);
	json_text(&json, "mailbox", r->mailbox);
	json_text(&json, "source", str_of(i->source.path));
	json_text(&json, "format", str_of(form_of(i)));
	json_bool(&json, "dry_run", r->dry_run);
	json_bool(&json, "interrupted", i->interrupted);
	json_number(&json, "messages", i->source.count);
	json_counts(&json, &i->all);
	json_number(&json, "left_out", i->left_out);
	json_named_array(&json, "folders");
	for (size_t f = 0; f < i->source.folder_count; f++) {
		if (i->folders[f].found == 0)
			continue;
		json_next_line(&json);
		json_begin_object(&json);
		json_text(&json, "folder", i->source.folders[f].name);
		json_number(&json, "messages", i->folders[f].found);
		json_counts(&json, &i->folders[f]);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_texts(&json, "notes", i->notes.items, i->notes.count);
	json_end_object(&json);
	json_end_line(&json);
}
