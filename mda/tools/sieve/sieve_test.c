/* mda-sieve test: shows what a script would do with messages, and why. Nothing is carried out. */
#include "base/date.h"
#include "base/io.h"
#include "base/json.h"
#include "base/printable.h"
#include "filters/sieve/action.h"
#include "mda/delivery/compose.h"
#include "mda/pipeline.h"
#include "mda/rules_host.h"
#include "mda/tools/sieve/sieve_tool.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* One message and the script. */
struct trial {
	struct sieve_tool *tool;
	const struct sieve_script *script;
	struct str message; /* the message's name */
	struct trace trace;
	struct sv_result result;
	struct err failure;
	bool failed;
};

/* ---- words ---- */

static const char *const plans[] = {
	[SV_STORES] = "store into",
	[SV_SENDS] = "redirect to",
	[SV_REFUSES] = "refuse",
	[SV_DROPS] = "discard",
	[SV_PIPES] = "pipe to",
};

static struct str argument(const struct sv_action *a)
{
	bool inbox = a->kind->effect == SV_STORES && a->argument.n == 0;
	return inbox ? STR_LIT("INBOX") : a->argument;
}

static void tell_properties(const struct sv_action *a, struct buf *to)
{
	for (size_t i = 0; i < a->property_count; i++) {
		const struct sv_property *p = &a->properties[i];
		if (p->values.count)
			buf_fmt(to, "  %s", p->name);
		for (size_t k = 0; k < p->values.count; k++) {
			if (p->values.items[k].n)
				buf_byte(to, ' ');
			printable_add(to, p->values.items[k]);
		}
	}
	if (a->copy)
		buf_text(to, "  as a copy");
}

/* LINE is 0 for what happens if no action says otherwise. */
static void tell_action(const struct trial *t, const struct sv_action *a, void *context)
{
	struct buf *to = context;
	bool answers = a->kind->effect == SV_ANSWERS;
	const char *plan = answers ? a->kind->name : plans[a->kind->effect];
	struct str what = argument(a);
	buf_fmt(to, what.n ? "%-12s" : "%s", plan);
	printable_add(to, what);
	tell_properties(a, to);
	buf_text(to, "  because of ");
	if (a->line) {
		printable_add(to, a->script);
		buf_fmt(to, ":%u\n", a->line);
	} else {
		buf_text(to, t->failed ? "the error\n" : "the implicit keep\n");
	}
}

/*
 * A discard only cancels the implicit keep. If there are other actions, it does nothing (RFC 5228,
 * section 4.4).
 */
static bool counts(const struct sv_result *r, const struct sv_action *a)
{
	for (size_t i = 0; a->kind->effect == SV_DROPS && i < r->count; i++)
		if (r->actions[i].kind->effect != SV_DROPS)
			return false;
	return true;
}

/* Calls TELL for each action that would be taken, including the implicit keep. */
static void each_action(const struct trial *t,
	void (*tell)(const struct trial *t, const struct sv_action *a, void *context),
	void *context)
{
	for (size_t i = 0; i < t->result.count; i++)
		if (counts(&t->result, &t->result.actions[i]))
			tell(t, &t->result.actions[i], context);
	if (t->result.implicit_keep)
		tell(t, &t->result.keep, context);
}

static void tell(const struct trial *t, struct buf *to)
{
	printable_add(to, t->message);
	buf_byte(to, '\n');
	buf_add(to, buf_str(&t->trace.text));
	for (size_t i = 0; i < t->result.faults.count; i++)
		buf_fmt(to, "%-12s" STR_FMT "\n", "fault", STR_ARGS(t->result.faults.items[i]));
	if (t->failed)
		buf_fmt(to, "%-12s%s\n", "error", t->failure.text);
	each_action(t, tell_action, to);
}

/* ---- JSON ---- */

static void action_json(const struct trial *t, const struct sv_action *a, void *context)
{
	struct json *json = context;
	(void)t;
	json_begin_object(json);
	json_text(json, "action", str_of(a->kind->name));
	if (a->argument.n)
		json_text(json, "argument", a->argument);
	if (a->line) {
		json_text(json, "script", a->script);
		json_number(json, "line", a->line);
	}
	json_bool(json, "implicit", !a->line);
	json_bool(json, "copy", a->copy);
	for (size_t i = 0; i < a->property_count; i++) {
		const struct sv_property *p = &a->properties[i];
		json_texts(json, p->name, p->values.items, p->values.count);
	}
	json_end_object(json);
}

static void tell_json(const struct trial *t, struct buf *to)
{
	struct json json = {.to = to};
	const struct str_list *faults = &t->result.faults;
	json_begin_object(&json);
	json_text(&json, "script", t->script->name);
	json_text(&json, "message", t->message);
	json_named_array(&json, "actions");
	each_action(t, action_json, &json);
	json_end_array(&json);
	if (t->failed)
		json_text(&json, "error", str_of(t->failure.text));
	if (faults->count)
		json_texts(&json, "faults", faults->items, faults->count);
	if (t->tool->trace) {
		json_named_array(&json, "trace");
		json_raw(&json, buf_str(&t->trace.text));
		json_end_array(&json);
	}
	json_end_object(&json);
	json_end_line(&json);
}

/* ---- a message ---- */

static struct message *read_message(
	const struct sieve_tool *tool, const char *path, struct err *err)
{
	const struct message_limits limits = conf_message_limits(tool->settings);
	int fd = STDIN_FILENO;
	if (strcmp(path, "-") != 0)
		fd = sieve_open(tool, path, err);
	if (fd < 0)
		return NULL;
	struct message *msg = message_read(fd, &limits, err);
	if (fd != STDIN_FILENO)
		close(fd); /* nothing was written */
	return msg;
}

/*
 * Runs the stages before the rules, as a delivery does. The process has given up root's rights, so
 * a stamp of a redirect counts only if everybody can read the keys.
 */
static int judge(struct delivery *d, struct verdict *v, const struct session *s,
	struct envelope *env, struct err *err)
{
	if (delivery_find_origin(d, s->file, &s->keys, env, err) < 0)
		return -1;
	pipeline_run_before_rules(d, v);
	return 0;
}

/* Without -c and -d nothing but the script judges the message. */
static int run_trial(struct trial *t, const struct message *msg, struct err *err)
{
	struct sieve_tool *tool = t->tool;
	struct verdict verdict;
	bool judged = tool->conf || tool->user;
	struct envelope env = session_envelope(&tool->session, msg);
	struct delivery d = session_delivery(&tool->session, &env, msg);
	verdict_init(&verdict, tool->mem, 0);
	if (judged && judge(&d, &verdict, &tool->session, &env, err) < 0)
		return -1;
	struct sv_input input = {.msg = msg,
		.env = &env,
		.hidden = judged ? verdict.header.removed : NULL,
		.trace = compose_trace(&d),
		.host = sieve_host(
			tool, judged ? &d : NULL, &verdict, tool->trace ? &t->trace : NULL)};
	t->failed = tool->engine->run(
			    t->script->compiled, &input, tool->mem, &t->result, &t->failure) < 0;
	/* As a delivery does it. */
	if (t->failed)
		t->result =
			(struct sv_result){.implicit_keep = true, .keep = {.kind = &action_keep}};
	return 0;
}

static int try_message(struct sieve_tool *tool, const struct sieve_script *script, const char *path,
	struct buf *out, struct err *err)
{
	struct trial t = {.tool = tool,
		.script = script,
		.message = str_of(path),
		.trace = {.json = tool->json}};
	struct message *msg = read_message(tool, path, err);
	if (!msg)
		return -1;
	int r = run_trial(&t, msg, err);
	if (r == 0 && tool->json)
		tell_json(&t, out);
	else if (r == 0)
		tell(&t, out);
	message_free(msg);
	buf_free(&t.trace.text);
	return r < 0 ? -1 : t.failed ? SIEVE_WRONG : 0;
}

static int tell_errors(const struct sieve_script *s, struct err *err)
{
	struct buf out = {0};
	sieve_tell(s, false, &out);
	/* Nothing can be done if this fails. */
	(void)printable_write(STDERR_FILENO, buf_str(&out), "standard error", err);
	buf_free(&out);
	return SIEVE_WRONG;
}

/* Parses a day, a day and time (both local), or a date in the form of mail. */
static int read_time(struct sieve_tool *tool, struct err *err)
{
	static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"};
	long long *now = arena_alloc(tool->mem, sizeof *now);
	struct date date;
	tool->now = now;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct tm local = {.tm_isdst = -1};
		const char *end = strptime(tool->at, forms[i], &local);
		if (!end || *end)
			continue;
		*now = (long long)mktime(&local);
		return 0;
	}
	if (!date_parse(str_of(tool->at), &date))
		return err_temp(
			err, "--at takes a date such as 2026-12-24 or \"2026-12-24 09:30\"");
	*now = date.seconds;
	return 0;
}

/* The delivery that the options describe. */
static void begin_session(struct sieve_tool *tool)
{
	struct session *s = &tool->session;
	struct err err;
	s->inv.sender = tool->sender;
	s->inv.recipient = tool->recipient;
	s->inv.original = tool->original;
	s->inv.submitter = tool->submitter;
	s->asks = !tool->programs;
	/* If the aliases cannot be read, there are none. A delivery would be deferred instead. */
	if ((tool->conf || tool->user) && session_resolve(s, &err) < 0)
		s->mailbox = STR_EMPTY;
}

static int run(struct sieve_tool *tool, size_t count, char **words, struct err *err)
{
	if (tool->at && read_time(tool, err) < 0)
		return -1;
	begin_session(tool);
	struct sieve_script script;
	struct buf out = {0};
	int worst = 0;
	const struct sv_host *host = sieve_host(tool, NULL, NULL, NULL);
	if (sieve_compile(tool, words[0], host, &script, err) < 0)
		return -1;
	if (!script.compiled)
		return tell_errors(&script, err);
	for (size_t i = 1; i < count && worst >= 0; i++) {
		int status = try_message(tool, &script, words[i], &out, err);
		if (status == 0 || (status > 0 && worst == 0))
			worst = status ? status : worst;
		if (status < 0)
			worst = -1;
	}
	struct err unprinted;
	if (program_print(&out, &unprinted) < 0 && worst >= 0) {
		*err = unprinted;
		worst = -1;
	}
	buf_free(&out);
	return worst;
}

const struct sieve_command sieve_test = {
	{"test", "SCRIPT MESSAGE...", "print what it would do with messages, and why", 2}, run};
