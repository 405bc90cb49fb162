#include "filters/sieve/libsieve/libsieve.h"

#include "base/confined.h"
#include "base/frame_rows.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "filters/sieve/action.h"
#include "filters/sieve/host.h"
#include "filters/sieve/libsieve/libsieve_child.h"
#include "filters/sieve/translate.h"
#include "filters/sieve/translate_values.h"

#include <stdint.h>
#include <stdlib.h>

enum { CPU_SECONDS = 2, WALL_MILLISECONDS = 10000, MEMORY = 256 << 20, REPLY_MOST = 256 * 1024 };

struct sv_script {
	struct str name;
	struct translation translation;
};

/* ---- the request ---- */

enum { REQUEST_VERSION = 1, VALUES_MOST = 1 << 20 };

/* The values of one lookup. */
struct lookup {
	struct str_list values;
};

struct request {
	struct str script;
	size_t size; /* of the message */
	bool run;    /* otherwise it is only parsed */
	struct lookup *lookups;
	size_t lookup_count;
};

FRAME_TEXTS(value_type, LIBSIEVE_REQUEST_MOST, NULL);
FRAME_ROWS(lookup_type,
	ROW_LIST(1, struct lookup, values.items, values.count, VALUES_MOST, value_type));
FRAME_ROWS(request_type, ROW_TEXT(1, struct request, script, LIBSIEVE_REQUEST_MOST, NULL),
	ROW_NUMBER(2, struct request, size, SIZE_MAX), ROW_NUMBER(3, struct request, run, 1),
	ROW_LIST(4, struct request, lookups, lookup_count, VALUES_MOST, lookup_type));

static struct str write_request(const struct libsieve_session *s, struct arena *mem)
{
	struct request q = {.script = str_of(s->script), .size = s->size, .run = s->run};
	struct buf b = {0};
	for (size_t i = 0; i < s->value_count; i++) {
		struct lookup *l = ARENA_PUSH(mem, q.lookups, q.lookup_count);
		for (char **v = s->values[i]; *v; v++)
			str_list_add(&l->values, str_of(*v), mem);
	}
	frame_write(&b, REQUEST_VERSION, &request_type, &q, STR_EMPTY);
	struct str bytes = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return bytes;
}

static int read_request(
	struct str bytes, struct arena *mem, struct libsieve_session *s, struct err *err)
{
	struct request q = {.run = false};
	if (frame_read(bytes, REQUEST_VERSION, &request_type, &q, STR_EMPTY, mem, err) < 0)
		return -1;
	*s = (struct libsieve_session){.script = arena_cstr(mem, q.script),
		.size = q.size,
		.run = q.run,
		.value_count = q.lookup_count,
		.values = arena_alloc(mem, (q.lookup_count + 1) * sizeof *s->values)};
	for (size_t i = 0; i < q.lookup_count; i++) {
		const struct str_list *l = &q.lookups[i].values;
		s->values[i] = arena_alloc(mem, (l->count + 1) * sizeof **s->values);
		for (size_t k = 0; k < l->count; k++)
			s->values[i][k] = (char *)arena_cstr(mem, l->items[k]);
	}
	return 0;
}

int libsieve_answer(struct str request, struct arena *mem, struct str *reply, struct err *err)
{
	struct libsieve_session s;
	const struct confined_job job = {
		.what = "libsieve",
		.prepare = libsieve_load,
		.work = libsieve_work,
		.context = &s,
		.cpu_seconds = CPU_SECONDS,
		.wall_milliseconds = WALL_MILLISECONDS,
		.memory = MEMORY,
		.largest = REPLY_MOST,
	};
	if (read_request(request, mem, &s, err) < 0)
		return -1;
	return confined_run(&job, mem, reply, err) == CONFINED_DONE ? 0 : -1;
}

static int run_session(const struct libsieve_session *s, const struct sv_host *host,
	struct arena *mem, struct str *result, struct err *err)
{
	struct str request = write_request(s, mem);
	if (host && host->apart)
		return host->apart(host->context, request, mem, result, err);
	return libsieve_answer(request, mem, result, err);
}

/* ---- compile ---- */

/* Replaces the names of the parser's own symbols. */
static struct str plain_words(struct str text, struct arena *mem)
{
	static const struct {
		const char *from, *to;
	} terms[] = {{"$undefined", "word or sign"}, {"$end", "end of the script"}};
	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
		struct str from = str_of(terms[i].from);
		size_t at = str_ifind(text, from);
		struct str rest = str_slice(text, at + from.n, text.n);
		if (at < text.n)
			text = arena_fmt(mem, STR_FMT "%s" STR_FMT, (int)at, text.p, terms[i].to,
				STR_ARGS(rest));
	}
	return text;
}

static bool has_line(const struct sv_errors *errors, unsigned line)
{
	for (size_t i = 0; i < errors->count; i++)
		if (errors->items[i].line == line)
			return true;
	return false;
}

/* Adds the library's errors, except in lines for which we have a better one. */
static void add_parse_errors(
	struct str name, struct str result, struct arena *mem, struct sv_errors *errors)
{
	struct sv_errors ours = *errors;
	struct libsieve_record r;
	struct str text;
	bool ended = false;
	while (libsieve_take_record(&result, &r, &text)) {
		ended |= r.kind == RECORD_END;
		if (r.kind != RECORD_ERROR || has_line(&ours, r.number))
			continue;
		/* The library's text contains parts of the script. */
		struct str line = str_trim(printable_line(text, ' ', mem));
		translate_error(errors, mem,
			(struct diag){
				.file = name, .line = r.number, .text = plain_words(line, mem)});
	}
	if (!ended)
		translate_error(errors, mem,
			(struct diag){.file = name, .text = STR_LIT("libsieve gave no answer")});
}

static int by_place(const void *a, const void *b)
{
	const struct diag *x = a, *y = b;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static void parse(struct sv_script *s, const struct sv_host *host, struct arena *mem,
	struct sv_errors *errors)
{
	struct libsieve_session session = {.script = s->translation.check.p};
	struct str result;
	struct err err;
	if (run_session(&session, host, mem, &result, &err) < 0)
		translate_error(errors, mem,
			(struct diag){.file = s->name, .text = arena_str(mem, str_of(err.text))});
	else
		add_parse_errors(s->name, result, mem, errors);
	if (errors->count)
		qsort(errors->items, errors->count, sizeof *errors->items, by_place);
}

static struct sv_script *compile(struct str name, struct str text, const struct sv_host *host,
	struct arena *mem, struct sv_errors *errors)
{
	struct sv_script *s = arena_alloc(mem, sizeof *s);
	*errors = (struct sv_errors){0};
	s->name = name;
	translate_script(name, text, mem, &s->translation, errors);
	if (s->translation.check.p)
		parse(s, host, mem, errors);
	return errors->count ? NULL : s;
}

/* ---- run ---- */

static int failed(const struct sv_script *s, const struct libsieve_record *r, struct str text,
	struct err *err)
{
	if (r->number)
		return err_temp(
			err, STR_FMT ":%u: " STR_FMT, STR_ARGS(s->name), r->number, STR_ARGS(text));
	return err_temp(err, STR_FMT ": " STR_FMT, STR_ARGS(s->name), STR_ARGS(text));
}

/*
 * The message may have taken over the child. All that the child can return is numbers of the
 * script's commands. They must ascend, because a script has no loops.
 */
static int add_action(const struct sv_script *s, uint32_t place, long long *last,
	struct sv_result *result, struct arena *mem, struct err *err)
{
	const struct translation *t = &s->translation;
	if (place >= t->command_count || place <= *last)
		return err_temp(err, STR_FMT ": libsieve took an action that is not there",
			STR_ARGS(s->name));
	*last = place;
	struct sv_action *added = ARENA_PUSH(mem, result->actions, result->count);
	*added = t->commands[place];
	added->script = s->name;
	return 0;
}

static int read_actions(const struct sv_script *s, struct str bytes, struct arena *mem,
	struct sv_result *result, struct err *err)
{
	struct libsieve_record r;
	struct str text;
	long long last = -1;
	while (libsieve_take_record(&bytes, &r, &text)) {
		if (r.kind == RECORD_END)
			return 0;
		if (r.kind != RECORD_ACTION)
			return failed(s, &r, text, err);
		if (add_action(s, r.number, &last, result, mem, err) < 0)
			return -1;
	}
	return err_temp(err, STR_FMT ": libsieve gave no answer", STR_ARGS(s->name));
}

/* libsieve knows no flags, so the message keeps those that an earlier script gave it. */
static void pass_flags(const struct str_list *flags, struct sv_result *result, struct arena *mem)
{
	action_add_flags(&result->keep, flags, mem);
	for (size_t i = 0; i < result->count; i++)
		if (result->actions[i].kind->effect == SV_STORES)
			action_add_flags(&result->actions[i], flags, mem);
}

static int run(const struct sv_script *script, const struct sv_input *input, struct arena *mem,
	struct sv_result *result, struct err *err)
{
	const struct translation *t = &script->translation;
	struct libsieve_session session = {
		.script = t->run.p,
		.size = message_mail_size(message_bytes(input->msg)),
		.values = translate_values(t, input, mem),
		.value_count = t->lookup_count,
		.run = true,
	};
	struct str bytes;
	*result = (struct sv_result){.keep = {.kind = &action_keep}};
	if (run_session(&session, input->host, mem, &bytes, err) < 0 ||
		read_actions(script, bytes, mem, result, err) < 0)
		return -1;
	/*
	 * Each action that libsieve knows cancels the implicit keep (RFC 5228 section 2.10.2, RFC
	 * 5429 section 2.1).
	 */
	result->implicit_keep = result->count == 0;
	pass_flags(&input->flags, result, mem);
	return 0;
}

const struct sv_engine libsieve_engine = {.name = "libsieve", .compile = compile, .run = run};
