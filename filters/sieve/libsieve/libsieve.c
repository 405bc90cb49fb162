#include "filters/sieve/libsieve/libsieve.h"

#include "base/confined.h"
#include "base/frame_rows.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "filters/sieve/action.h"
#include "filters/sieve/host.h"
#include "filters/sieve/translate.h"
#include "filters/sieve/translate_values.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sieve2.h>

enum {
	CPU_SECONDS = 2,
	WALL_MILLISECONDS = 10000,
	MEMORY = 256 << 20,
	MAX_MESSAGE = 300,
	REPLY_MOST = 256 * 1024
};

struct sv_script {
	struct str name;
	struct translation translation;
};

/* ---- the library, loaded in the child ---- */

static struct library {
	__typeof__(&sieve2_alloc) alloc;
	__typeof__(&sieve2_callbacks) callbacks;
	__typeof__(&sieve2_validate) validate;
	__typeof__(&sieve2_execute) execute;
	__typeof__(&sieve2_errstr) errstr;
	__typeof__(&sieve2_getvalue_string) get_string;
	__typeof__(&sieve2_getvalue_int) get_int;
	__typeof__(&sieve2_setvalue_string) set_string;
	__typeof__(&sieve2_setvalue_stringlist) set_list;
	__typeof__(&sieve2_setvalue_int) set_int;
} lib;

static const struct symbol {
	const char *name;
	size_t offset;
} symbols[] = {
	{"sieve2_alloc", offsetof(struct library, alloc)},
	{"sieve2_callbacks", offsetof(struct library, callbacks)},
	{"sieve2_validate", offsetof(struct library, validate)},
	{"sieve2_execute", offsetof(struct library, execute)},
	{"sieve2_errstr", offsetof(struct library, errstr)},
	{"sieve2_getvalue_string", offsetof(struct library, get_string)},
	{"sieve2_getvalue_int", offsetof(struct library, get_int)},
	{"sieve2_setvalue_string", offsetof(struct library, set_string)},
	{"sieve2_setvalue_stringlist", offsetof(struct library, set_list)},
	{"sieve2_setvalue_int", offsetof(struct library, set_int)},
};

static const char *load(void *context)
{
	(void)context;
	void *handle = dlopen("libsieve.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return "libsieve.so.1 is missing (Debian: libsieve2-1)";
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *found = dlsym(handle, symbols[i].name);
		if (!found)
			return "libsieve.so.1 is not the libsieve that this program knows";
		memcpy((char *)&lib + symbols[i].offset, &found, sizeof found);
	}
	return NULL;
}

/* ---- what the child hands back ---- */

enum record_kind { RECORD_ACTION = 'A', RECORD_ERROR = 'E', RECORD_END = '.' };

/*
 * Action: the number is its place among the commands. Error: the number is the line, or 0, and the
 * text comes after the record.
 */
struct record {
	uint32_t kind, number, size;
};

static void put_record(struct buf *out, enum record_kind kind, uint32_t number, struct str text)
{
	struct record r = {.kind = kind, .number = number, .size = (uint32_t)text.n};
	buf_add(out, (struct str){(const char *)&r, sizeof r});
	buf_add(out, text);
}

/* False at the end, and if the next bytes are not a record. */
static bool take_record(struct str *rest, struct record *r, struct str *text)
{
	if (rest->n < sizeof *r)
		return false;
	memcpy(r, rest->p, sizeof *r);
	if (r->size > rest->n - sizeof *r)
		return false;
	*text = str_slice(*rest, sizeof *r, sizeof *r + r->size);
	*rest = str_slice(*rest, sizeof *r + r->size, rest->n);
	return true;
}

/* ---- callbacks, in the child ---- */

struct session {
	const char *script;
	size_t size; /* of the message */
	char ***values;
	size_t value_count;
	bool run; /* otherwise it is only parsed */
	struct buf *out;
};

static int give_script(sieve2_context_t *c, void *context)
{
	struct session *s = context;
	/* The library wants a writable text; the copy is freed when the process ends. */
	char *copy = strdup(s->script);
	return copy ? lib.set_string(c, "script", copy) : SIEVE2_ERROR_NOMEM;
}

/* The number in a name. The translated script has no other names. */
static bool get_number(sieve2_context_t *c, char *key, size_t max, size_t *number)
{
	unsigned long long n;
	char *text = lib.get_string(c, key);
	if (!str_number(str_of(text), max, &n))
		return false;
	*number = (size_t)n;
	return true;
}

static int give_header(sieve2_context_t *c, void *context)
{
	static char *nothing[] = {NULL};
	struct session *s = context;
	size_t i;
	bool known = get_number(c, (char[]){"header"}, SIZE_MAX, &i) && i < s->value_count;
	return lib.set_list(c, "body", known ? s->values[i] : nothing);
}

static int give_size(sieve2_context_t *c, void *context)
{
	struct session *s = context;
	return lib.set_int(c, "size", s->size < INT_MAX ? (int)s->size : INT_MAX);
}

static int take_action(sieve2_context_t *c, void *context)
{
	struct session *s = context;
	size_t i;
	if (!get_number(c, (char[]){"mailbox"}, UINT32_MAX, &i))
		return SIEVE2_ERROR_EXEC;
	put_record(s->out, RECORD_ACTION, (uint32_t)i, STR_LIT(""));
	return SIEVE2_OK;
}

static int refuse(sieve2_context_t *c, void *context)
{
	(void)c;
	struct session *s = context;
	put_record(
		s->out, RECORD_ERROR, 0, STR_LIT("an action was taken that is not in the script"));
	return SIEVE2_ERROR_EXEC;
}

static int take_error(sieve2_context_t *c, void *context)
{
	struct session *s = context;
	int line = lib.get_int(c, (char[]){"lineno"});
	struct str text = str_of(lib.get_string(c, (char[]){"message"}));
	put_record(s->out, RECORD_ERROR, line > 0 ? (uint32_t)line : 0,
		str_slice(text, 0, MAX_MESSAGE));
	return SIEVE2_OK;
}

static sieve2_callback_t callbacks[] = {
	{SIEVE2_SCRIPT_GETSCRIPT, give_script},
	{SIEVE2_MESSAGE_GETHEADER, give_header},
	{SIEVE2_MESSAGE_GETSIZE, give_size},
	{SIEVE2_ACTION_FILEINTO, take_action},
	{SIEVE2_ACTION_REDIRECT, refuse},
	{SIEVE2_ACTION_REJECT, refuse},
	{SIEVE2_ACTION_DISCARD, refuse},
	{SIEVE2_ACTION_KEEP, refuse},
	{SIEVE2_ERRCALL_RUNTIME, take_error},
	{SIEVE2_ERRCALL_PARSE, take_error},
	{SIEVE2_ERRCALL_HEADER, take_error},
	{SIEVE2_ERRCALL_ADDRESS, take_error},
	{SIEVE2_VALUE_FIRST, NULL},
};

/* The calls must be in this order: the library crashes if execute comes first. */
static int drive(struct session *s)
{
	sieve2_context_t *c = NULL;
	int r = lib.alloc(&c);
	if (r == SIEVE2_OK)
		r = lib.callbacks(c, callbacks);
	if (r == SIEVE2_OK)
		r = lib.validate(c, s);
	if (r == SIEVE2_OK && s->run)
		r = lib.execute(c, s);
	return r; /* the context ends with the process */
}

static void work(void *context, struct buf *out)
{
	struct session *s = context;
	s->out = out;
	int r = drive(s);
	if (r != SIEVE2_OK)
		put_record(out, RECORD_ERROR, 0, str_of(lib.errstr(r)));
	put_record(out, RECORD_END, 0, STR_LIT(""));
}

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

static struct str write_request(const struct session *s, struct arena *mem)
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

static int read_request(struct str bytes, struct arena *mem, struct session *s, struct err *err)
{
	struct request q = {.run = false};
	if (frame_read(bytes, REQUEST_VERSION, &request_type, &q, STR_EMPTY, mem, err) < 0)
		return -1;
	*s = (struct session){.script = arena_cstr(mem, q.script),
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
	struct session s;
	const struct confined_job job = {
		.what = "libsieve",
		.prepare = load,
		.work = work,
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

static int run_session(const struct session *s, const struct sv_host *host, struct arena *mem,
	struct str *result, struct err *err)
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
	struct record r;
	struct str text;
	bool ended = false;
	while (take_record(&result, &r, &text)) {
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
	struct session session = {.script = s->translation.check.p};
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

static int failed(
	const struct sv_script *s, const struct record *r, struct str text, struct err *err)
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
	struct record r;
	struct str text;
	long long last = -1;
	while (take_record(&bytes, &r, &text)) {
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
	struct session session = {
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
