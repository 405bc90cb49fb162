#include "mda/trace.h"

#include "base/json.h"
#include "base/printable.h"
#include "base/utf8.h"

/* ---- lines ---- */

enum { SHOWN = 120 };

static void put_value(struct buf *to, struct str value)
{
	struct str rest = value;
	uint32_t c;
	for (size_t n = 0; n < SHOWN && rest.n; n++)
		if (!utf8_next(&rest, &c))
			rest = str_slice(rest, 1, rest.n);
	buf_byte(to, '"');
	printable_add(to, str_slice(value, 0, value.n - rest.n));
	buf_byte(to, '"');
	if (rest.n)
		buf_text(to, "...");
}

static void put_match(struct buf *to, const struct sv_event *e)
{
	bool usual = !e->comparator || str_eq(str_of(e->comparator), STR_LIT("i;ascii-casemap"));
	if (e->source.n) {
		printable_add(to, e->source);
		buf_text(to, ": ");
	}
	put_value(to, e->value);
	buf_fmt(to, " %s ", e->match);
	put_value(to, e->key);
	if (!usual)
		buf_fmt(to, " (%s)", e->comparator);
	buf_text(to, e->result ? ": yes" : ": no");
}

static void put_event(struct buf *to, const struct sv_event *e)
{
	switch (e->kind) {
	case SV_EVENT_COMMAND:
	case SV_EVENT_TEST:
		buf_text(to, e->name);
		break;
	case SV_EVENT_MATCH:
		put_match(to, e);
		break;
	case SV_EVENT_RESULT:
		buf_text(to, e->result ? "  = true" : "  = false");
		break;
	case SV_EVENT_ACTION:
		buf_text(to, "=> ");
		printable_add(to, e->text);
		break;
	case SV_EVENT_NOTE:
		printable_add(to, e->text);
		break;
	case SV_EVENT_ERROR:
		buf_text(to, "error: ");
		printable_add(to, e->text);
		break;
	}
}

static void add_line(struct trace *t, const struct sv_event *e)
{
	bool has_line = e->line && (e->kind == SV_EVENT_COMMAND || e->kind == SV_EVENT_TEST);
	if (!str_eq(e->script, t->script)) {
		printable_add(&t->text, e->script);
		buf_byte(&t->text, '\n');
		t->script = e->script;
	}
	if (has_line)
		buf_fmt(&t->text, "%5u  ", e->line);
	else
		buf_text(&t->text, "       ");
	buf_fmt(&t->text, "%*s", (int)(2 * e->depth), "");
	put_event(&t->text, e);
	buf_byte(&t->text, '\n');
}

/* ---- JSON ---- */

static const char *const kinds[] = {
	[SV_EVENT_COMMAND] = "command",
	[SV_EVENT_TEST] = "test",
	[SV_EVENT_MATCH] = "match",
	[SV_EVENT_RESULT] = "result",
	[SV_EVENT_ACTION] = "action",
	[SV_EVENT_NOTE] = "note",
	[SV_EVENT_ERROR] = "error",
};

static void add_json_match(struct json *json, const struct sv_event *e)
{
	json_text(json, "source", e->source);
	json_text(json, "value", e->value);
	json_text(json, "match", str_of(e->match));
	json_text(json, "key", e->key);
	json_text(json, "comparator", str_of(e->comparator));
}

static void add_json(struct trace *t, const struct sv_event *e)
{
	struct json json = {.to = &t->text, .comma = t->text.n > 0};
	json_begin_object(&json);
	json_text(&json, "event", str_of(kinds[e->kind]));
	json_text(&json, "script", e->script);
	json_number(&json, "line", e->line);
	json_number(&json, "column", e->column);
	json_number(&json, "depth", e->depth);
	json_text(&json, "name", str_of(e->name));
	if (e->kind == SV_EVENT_MATCH)
		add_json_match(&json, e);
	if (e->kind == SV_EVENT_MATCH || e->kind == SV_EVENT_RESULT)
		json_bool(&json, "result", e->result);
	if (e->text.n)
		json_text(&json, "text", e->text);
	json_end_object(&json);
}

void trace_add(struct trace *t, const struct sv_event *event)
{
	if (t->watch)
		t->watch(t->context, event);
	else if (t->json)
		add_json(t, event);
	else
		add_line(t, event);
}
