#include "mda/tools/doctor/doctor_show.h"

#include "base/printable.h"

const char *const doctor_show_words[DOCTOR_STATUSES] = {"ok", "warning", "error"};

static const enum terminal_tone tones[DOCTOR_STATUSES] = {
	TERMINAL_GOOD, TERMINAL_POOR, TERMINAL_BAD};

void doctor_show_count(struct doctor_tally *t, enum doctor_status status)
{
	t->count[status]++;
	if (status > t->worst)
		t->worst = status;
}

static struct doctor_tally count_findings(const struct doctor *d)
{
	struct doctor_tally t = {.worst = DOCTOR_OK};
	for (size_t i = 0; i < d->finding_count; i++)
		doctor_show_count(&t, d->findings[i].status);
	return t;
}

static bool is_shown(const struct doctor *d, const struct doctor_finding *f)
{
	return !d->quiet || f->status != DOCTOR_OK;
}

/* ---- text ---- */

static void put_status(struct buf *to, const struct terminal *look, enum doctor_status status)
{
	terminal_put(to, look, tones[status], str_of(doctor_show_words[status]));
}

void doctor_show_line(struct buf *to, const struct terminal *look, const struct doctor_finding *f,
	struct str before)
{
	enum { WIDTH = 9 };
	put_status(to, look, f->status);
	buf_fmt(to, "%*s%-22s  ", WIDTH - (int)str_of(doctor_show_words[f->status]).n, "",
		f->check->name);
	printable_add(to, before);
	printable_add(to, f->text);
	if (f->mend.n) {
		terminal_put(to, look, TERMINAL_FAINT, STR_LIT("; mend: "));
		printable_add(to, f->mend);
	}
	buf_byte(to, '\n');
}

void doctor_show_summary(
	struct buf *to, const struct terminal *look, const struct doctor_tally *t, struct str after)
{
	put_status(to, look, t->worst);
	buf_fmt(to, ": %zu error%s, %zu warning%s, %zu ok" STR_FMT "\n", t->count[DOCTOR_ERROR],
		t->count[DOCTOR_ERROR] == 1 ? "" : "s", t->count[DOCTOR_WARNING],
		t->count[DOCTOR_WARNING] == 1 ? "" : "s", t->count[DOCTOR_OK], STR_ARGS(after));
}

/* A monitoring program shows the first line, a person reads the last one first. */
void doctor_show_text(struct buf *to, const struct doctor *d, const struct terminal *look)
{
	struct doctor_tally t = count_findings(d);
	if (d->quiet)
		doctor_show_summary(to, look, &t, STR_EMPTY);
	for (size_t i = 0; i < d->finding_count; i++)
		if (is_shown(d, &d->findings[i]))
			doctor_show_line(to, look, &d->findings[i], STR_EMPTY);
	if (!d->quiet)
		doctor_show_summary(to, look, &t, STR_EMPTY);
}

/* ---- JSON ---- */

void doctor_show_begin(struct json *json, const struct doctor_tally *t)
{
	json_begin_object(json);
	json_text(json, "status", str_of(doctor_show_words[t->worst]));
	json_number(json, "errors", t->count[DOCTOR_ERROR]);
	json_number(json, "warnings", t->count[DOCTOR_WARNING]);
	json_number(json, "ok", t->count[DOCTOR_OK]);
}

void doctor_show_members(struct json *json, const struct doctor_finding *f)
{
	json_text(json, "check", str_of(f->check->name));
	json_text(json, "group", str_of(f->check->group));
	json_text(json, "status", str_of(doctor_show_words[f->status]));
	json_text(json, "text", f->text);
	if (f->mend.n)
		json_text(json, "mend", f->mend);
}

void doctor_show_end(struct json *json)
{
	json_end_object(json);
	json_end_line(json);
}

void doctor_show_json(struct buf *to, const struct doctor *d)
{
	struct json json = {.to = to};
	struct doctor_tally t = count_findings(d);
	doctor_show_begin(&json, &t);
	json_named_array(&json, "findings");
	for (size_t i = 0; i < d->finding_count; i++) {
		if (!is_shown(d, &d->findings[i]))
			continue;
		json_next_line(&json);
		json_begin_object(&json);
		doctor_show_members(&json, &d->findings[i]);
		json_end_object(&json);
	}
	json_end_array(&json);
	doctor_show_end(&json);
}
