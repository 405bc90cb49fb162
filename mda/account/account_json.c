#include "mda/account/account_json.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static void put_null(struct json *json, const char *key)
{
	json_key(json, key);
	json_raw(json, STR_LIT("null"));
}

/* A text that may be unknown. */
static void put_known(struct json *json, const char *key, struct str value)
{
	if (value.n)
		json_text(json, key, value);
	else
		put_null(json, key);
}

/* JSON has no infinities. */
static void put_real(struct json *json, const char *key, double value)
{
	char text[40];
	if (!isfinite(value)) {
		put_null(json, key);
		return;
	}
	snprintf(text, sizeof text, "%.6g", value); /* it fits */
	json_key(json, key);
	json_raw(json, str_of(text));
}

static void put_time(struct json *json, const char *key, uint64_t microseconds)
{
	char text[64];
	time_t seconds = (time_t)(microseconds / 1000000);
	struct tm utc;
	if (microseconds == 0 || microseconds / 1000000 > 253402300799 ||
		!gmtime_r(&seconds, &utc)) {
		put_null(json, key);
		return;
	}
	size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
	/* it fits */
	snprintf(text + n, sizeof text - n, ".%06uZ", (unsigned)(microseconds % 1000000));
	json_text(json, key, str_of(text));
}

static void put_reason(struct json *json, const char *key, const struct reason *r)
{
	if (r->file.n == 0 && r->text.n == 0) {
		put_null(json, key);
		return;
	}
	json_key(json, key);
	json_begin_object(json);
	put_known(json, "file", r->file);
	if (r->line)
		json_number(json, "line", r->line);
	else
		put_null(json, "line");
	put_known(json, "text", r->text);
	json_end_object(json);
}

static void put_envelope(struct json *json, const struct account *a)
{
	json_key(json, "envelope");
	json_begin_object(json);
	json_text(json, "recipient", a->recipient);
	json_text(json, "original_recipient", a->original);
	json_text(json, "sender", a->sender);
	put_known(json, "submitter", a->submitter);
	put_known(json, "queue_id", a->queue_id);
	json_text(json, "mailbox", a->mailbox);
	json_end_object(json);
	json_key(json, "message");
	json_begin_object(json);
	put_known(json, "message_id", a->message_id);
	json_number(json, "size", a->size);
	json_end_object(json);
}

static void put_scan(struct json *json, const struct spam_result *scan)
{
	if (scan->by.n == 0) {
		put_null(json, "scan");
		return;
	}
	json_key(json, "scan");
	json_begin_object(json);
	json_text(json, "by", scan->by);
	if (scan->has_score) {
		put_real(json, "score", scan->score);
		put_real(json, "limit", scan->limit);
	} else {
		put_null(json, "score");
		put_null(json, "limit");
	}
	json_text(json, "symbols", scan->symbols);
	json_end_object(json);
}

static void put_decision(struct json *json, const struct account *a)
{
	json_key(json, "decision");
	json_begin_object(json);
	json_text(json, "list", a->list);
	json_text(json, "spam", a->spam);
	json_text(json, "label", a->label);
	put_known(json, "auth", a->auth);
	put_scan(json, &a->scan);
	json_end_object(json);
}

static void put_finding(struct json *json, const struct finding *f)
{
	json_begin_object(json);
	json_text(json, "kind", str_of(account_finding_kinds[f->kind]));
	put_known(json, "field", f->field);
	if (f->field.n || f->value.n)
		json_text(json, "value", f->value);
	else
		put_null(json, "value");
	put_reason(json, "at", &f->at);
	put_known(json, "why", f->why);
	json_end_object(json);
}

static void put_stage(struct json *json, const struct account *a, const struct account_stage *s)
{
	json_begin_object(json);
	json_text(json, "name", s->name);
	put_known(json, "result", s->result);
	put_reason(json, "because_of", &s->why);
	json_number(json, "microseconds", s->microseconds);
	json_named_array(json, "found");
	for (size_t i = 0; i < a->finding_count; i++)
		if (str_eq(s->name, str_of(a->findings[i].stage)))
			put_finding(json, &a->findings[i]);
	json_end_array(json);
	json_end_object(json);
}

static void put_action(struct json *json, const struct account_action *a)
{
	json_begin_object(json);
	json_text(json, "action", a->kind);
	json_text(json, "target", a->target);
	json_text(json, "flags", a->flags);
	put_reason(json, "because_of", &a->why);
	json_bool(json, "done", a->done);
	json_bool(json, "repeated", a->again);
	put_known(json, "folder", a->folder);
	if (a->uid) {
		json_number(json, "uid", a->uid);
		json_number(json, "uidvalidity", a->uidvalidity);
	} else {
		put_null(json, "uid");
		put_null(json, "uidvalidity");
	}
	put_known(json, "file", a->file);
	json_end_object(json);
}

static void put_done(struct json *json, const struct account *a)
{
	json_named_array(json, "actions");
	for (size_t i = 0; i < a->action_count; i++)
		put_action(json, &a->actions[i]);
	json_end_array(json);
	json_named_array(json, "messages");
	for (size_t i = 0; i < a->letter_count; i++) {
		json_begin_object(json);
		json_text(json, "kind", a->letters[i].kind);
		json_text(json, "to", a->letters[i].to);
		put_reason(json, "because_of", &a->letters[i].why);
		json_end_object(json);
	}
	json_end_array(json);
	put_known(json, "answered", a->answered);
	json_texts(json, "unanswered", a->unanswered.items, a->unanswered.count);
	json_texts(json, "notes", a->notes.items, a->notes.count);
}

static void put_error(struct json *json, const struct account *a)
{
	if (a->error.text.n == 0) {
		put_null(json, "error");
		return;
	}
	json_key(json, "error");
	json_begin_object(json);
	json_text(json, "fault", a->error.fault);
	put_known(json, "dsn", a->error.dsn);
	json_text(json, "text", a->error.text);
	json_end_object(json);
}

void account_json(struct json *json, const struct account *a, struct str trace)
{
	json_begin_object(json);
	json_text(json, "schema", STR_LIT("mda-explain/1"));
	put_known(json, "id", a->id);
	put_time(json, "time", a->time);
	json_text(json, "status", a->status);
	put_envelope(json, a);
	put_decision(json, a);
	json_named_array(json, "stages");
	for (size_t i = 0; i < a->stage_count; i++)
		put_stage(json, a, &a->stages[i]);
	json_end_array(json);
	put_done(json, a);
	put_error(json, a);
	json_named_array(json, "trace");
	json_raw(json, trace);
	json_end_array(json);
	json_end_object(json);
}
