/* The result of a run, as text or JSON. */
#include "mda/tools/purge/purge.h"

#include "base/json.h"
#include "base/printable.h"

enum { PURGE_JSON_VERSION = 1 };

struct sum {
	size_t removed, kept_flagged;
	uint64_t bytes;
};

static struct sum sum_of(const struct purge *p)
{
	struct sum sum = {0};
	for (size_t i = 0; i < p->count; i++) {
		sum.removed += p->folders[i].removed;
		sum.kept_flagged += p->folders[i].kept_flagged;
		sum.bytes += p->folders[i].bytes;
	}
	return sum;
}

void purge_show_text(const struct purge *p, bool dry_run, struct buf *to)
{
	const struct sum sum = sum_of(p);
	for (size_t i = 0; i < p->count; i++) {
		const struct purge_folder *f = &p->folders[i];
		buf_fmt(to, "%8zu  ", f->removed);
		printable_add(to, f->name);
		buf_fmt(to, ", of %zu\n", f->found);
	}
	buf_fmt(to, "%zu messages, %llu bytes %s", sum.removed, (unsigned long long)sum.bytes,
		dry_run ? "would be purged" : "purged");
	if (sum.kept_flagged)
		buf_fmt(to, "; %zu that are flagged are kept", sum.kept_flagged);
	buf_byte(to, '\n');
}

static void json_counts(struct json *json, size_t removed, uint64_t bytes, size_t kept_flagged)
{
	json_number(json, "purged", removed);
	json_number(json, "bytes", bytes);
	json_number(json, "kept_flagged", kept_flagged);
}

void purge_show_json(const struct purge *p, struct str mailbox, bool dry_run, struct buf *to)
{
	struct json json = {.to = to};
	const struct sum sum = sum_of(p);
	json_begin_object(&json);
	json_number(&json, "version", PURGE_JSON_VERSION);
	json_text(&json, "mailbox", mailbox);
	json_bool(&json, "dry_run", dry_run);
	json_counts(&json, sum.removed, sum.bytes, sum.kept_flagged);
	json_named_array(&json, "folders");
	for (size_t i = 0; i < p->count; i++) {
		const struct purge_folder *f = &p->folders[i];
		json_next_line(&json);
		json_begin_object(&json);
		json_text(&json, "folder", f->name);
		json_number(&json, "messages", f->found);
		json_counts(&json, f->removed, f->bytes, f->kept_flagged);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
	json_end_line(&json);
}
