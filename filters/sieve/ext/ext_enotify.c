/* enotify (RFC 5435) with its method mailto (RFC 5436). */
#include "base/str_list.h"
#include "filters/sieve/check.h"
#include "filters/sieve/mailto.h"
#include "filters/sieve/match.h"
#include "filters/sieve/notify.h"
#include "filters/sieve/run.h"
#include "filters/sieve/variables.h"

#include "base/address.h"

/* ---- methods ---- */

static const char *check_mailto(struct str uri, struct arena *mem)
{
	struct mailto m;
	return mailto_parse(uri, &m, mem);
}

static const struct sv_notify_method methods[] = {{"mailto", check_mailto}, {0}};

static const struct sv_notify_method *find_method(const struct sv_host *host, struct str uri)
{
	struct str scheme = str_slice(uri, 0, str_find(uri, ':'));
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(host, i)); i++)
		for (const struct sv_notify_method *m = ext->notify_methods; m && m->scheme; m++)
			if (scheme.n < uri.n && str_ieq(str_of(m->scheme), scheme))
				return m;
	return NULL;
}

/* Why this URI cannot be used to notify; NULL when it can. */
static const char *bad_method(const struct sv_host *host, struct str uri, struct arena *mem)
{
	const struct sv_notify_method *m = find_method(host, uri);
	return m ? m->check_uri(uri, mem) : "this method is unknown; only mailto: is supported";
}

/* ---- methods that contain variables, whose values may come from senders ---- */

static bool is_encoded(struct str value, size_t i)
{
	static const struct str digits = STR_LIT("0123456789abcdef");
	return value.p[i] == '%' && i + 2 < value.n &&
	       str_find(digits, ascii_lower(value.p[i + 1])) < digits.n &&
	       str_find(digits, ascii_lower(value.p[i + 2])) < digits.n;
}

/* Encodes what separates the parts of a URI. What :encodeurl has encoded stays. */
static void add_value(struct buf *to, struct str value)
{
	static const struct str plain = STR_LIT("-._~!$'()*+,;:@/");
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];
		if (ascii_isalnum(c) || str_find(plain, c) < plain.n || is_encoded(value, i))
			buf_byte(to, c);
		else
			buf_fmt(to, "%%%02X", (unsigned)(unsigned char)c);
	}
}

/* Why VALUE cannot follow the URI's text so far; NULL when it can. */
static const char *misplaced(struct str uri, struct str value)
{
	size_t query = str_find(uri, '?'), start = str_rfind(uri, '&');
	struct str field = str_slice(uri, (start < uri.n ? start : query) + 1, uri.n);
	size_t equals = str_find(field, '=');
	struct str name = str_slice(field, 0, equals);
	if (query < uri.n && equals == field.n)
		return "a variable gives the name of one of its header fields";
	if (query < uri.n && !str_ieq(name, STR_LIT("to")) && !str_ieq(name, STR_LIT("cc")))
		return NULL;
	if (str_find(value, ',') < value.n || str_ifind(value, STR_LIT("%2c")) < value.n)
		return "a variable adds recipients";
	return NULL;
}

/*
 * Makes the URI. *WHY says why that is impossible, else it is NULL. A variable alone is the
 * script's own URI. 0 or -1.
 */
static int read_uri(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	struct str *uri, const char **why)
{
	struct buf b = {0};
	int r = 0;
	*why = NULL;
	if (run_text(run, node, s, uri) < 0)
		return -1;
	for (size_t i = 0; i < s->piece_count && s->piece_count > 1 && r == 0; i++) {
		const struct sv_piece *p = &s->pieces[i];
		struct str value = p->text;
		if (!p->expand) {
			buf_add(&b, value);
			continue;
		}
		r = p->expand(run, p->data, &value);
		if (r == 0 && !*why)
			*why = misplaced(buf_str(&b), value);
		add_value(&b, value);
	}
	if (s->piece_count > 1)
		*uri = arena_str(run->mem, buf_str(&b));
	buf_free(&b);
	if (!*why)
		*why = bad_method(run->host, *uri, run->mem);
	return r;
}

/* ---- notify ---- */

static bool same(const struct sv_action *a, const struct sv_action *b)
{
	const struct sv_notification *x = a->data, *y = b->data;
	return str_eq(a->argument, b->argument) && str_eq(x->message, y->message);
}

const struct sv_action_kind notify_action = {.name = "notify", .effect = SV_ANSWERS, .same = same};

static int text_of(
	struct sv_run *run, const struct sv_node *node, const char *tag, struct str *text)
{
	const struct sv_tagged *t = run_tag(node, tag);
	return t ? run_text(run, node, &t->value.strings[0], text) : 0;
}

static bool is_importance(struct str text)
{
	return text.n == 1 && text.p[0] >= '1' && text.p[0] <= '3';
}

/* "name=value" on one line (section 3.5). */
static bool is_option(struct str text)
{
	size_t equals = str_find(text, '=');
	bool good = equals > 0 && equals < text.n && ascii_isalnum(text.p[0]) &&
		    str_find(text, '\0') == text.n && str_find(text, '\n') == text.n &&
		    str_find(text, '\r') == text.n;
	for (size_t i = 1; i < equals && good; i++)
		good = ascii_isalnum(text.p[i]) || text.p[i] == '.' || text.p[i] == '-' ||
		       text.p[i] == '_';
	return good;
}

static bool is_author(struct str text, struct arena *mem)
{
	struct address_list list = address_parse_list(text, mem);
	return !address_list_is_ambiguous(&list);
}

static int read_options(struct sv_run *run, const struct sv_node *node, struct sv_notification *n)
{
	const struct sv_tagged *t = run_tag(node, ":options");
	for (size_t i = 0; t && i < t->value.count; i++) {
		struct str text;
		if (run_text(run, node, &t->value.strings[i], &text) < 0)
			return -1;
		if (!is_option(text))
			return run_fail(run, node, "write an option as \"name=value\"");
		str_list_add(&n->options, text, run->mem);
	}
	return 0;
}

static int read_importance(
	struct sv_run *run, const struct sv_node *node, struct sv_notification *n)
{
	struct str text = STR_LIT("2");
	if (text_of(run, node, ":importance", &text) < 0)
		return -1;
	if (!is_importance(text))
		return run_fail(run, node, "the importance must be \"1\", \"2\" or \"3\"");
	n->importance = text.p[0];
	return 0;
}

static void describe(const struct sv_notification *n, struct sv_action *a, struct arena *mem)
{
	if (n->from.n)
		action_add_property(a, "from", n->from, mem);
	if (n->importance != '2')
		action_add_property(a, "importance", (struct str){&n->importance, 1}, mem);
	for (size_t i = 0; i < n->options.count; i++)
		action_add_property(a, "options", n->options.items[i], mem);
	if (n->message.n)
		action_add_property(a, "message", n->message, mem);
}

static enum sv_flow run_notify(struct sv_run *run, const struct sv_node *node)
{
	struct sv_notification *n = arena_alloc(run->mem, sizeof *n);
	struct sv_action action = {.kind = &notify_action, .data = n};
	const char *why;
	if (read_uri(run, node, &node->args[0]->strings[0], &action.argument, &why) < 0 ||
		text_of(run, node, ":from", &n->from) < 0 ||
		text_of(run, node, ":message", &n->message) < 0 ||
		read_importance(run, node, n) < 0 || read_options(run, node, n) < 0)
		return SV_FAIL;
	if (why) {
		run_fail(run, node, "\"" STR_FMT "\": %s", STR_ARGS(action.argument), why);
		return SV_FAIL;
	}
	n->method = find_method(run->host, action.argument);
	/* An error that only a variable can cause is ignored (section 3.3). */
	if (n->from.n && !is_author(n->from, run->mem))
		n->from = STR_EMPTY;
	describe(n, &action, run->mem);
	return run_action(run, node, action);
}

/* ---- tests ---- */

static int test_valid_notify_method(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->args[0]->count; i++) {
		struct str uri;
		const char *why;
		if (read_uri(run, node, &node->args[0]->strings[i], &uri, &why) < 0)
			return -1;
		if (!why)
			continue;
		run_note(run, node, "\"" STR_FMT "\": %s", STR_ARGS(uri), why);
		return 0;
	}
	return 1;
}

/* Nobody can know whether a mailbox's owner is present (RFC 5436 section 2.2). */
static int test_capability(struct sv_run *run, const struct sv_node *node)
{
	struct match m;
	struct str uri;
	const char *why;
	if (match_start(&m, run, node) < 0 ||
		read_uri(run, node, &node->args[0]->strings[0], &uri, &why) < 0 ||
		run_text(run, node, &node->args[1]->strings[0], &m.source) < 0)
		return -1;
	if (why || !str_ieq(m.source, STR_LIT("online")))
		return 0;
	match_text(&m, STR_LIT("maybe"));
	return match_end(&m);
}

/* ---- checks ---- */

/*
 * Scripts call valid_notify_method before they use a method that may be missing, so a missing one
 * is not an error.
 */
static void check_method(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	const char *why = bad_method(c->host, s->text, c->mem);
	(void)node;
	if (why)
		check_warn(c, s->place, "\"" STR_FMT "\": %s; the script will fail here",
			STR_ARGS(s->text), why);
}

static void check_from(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!is_author(s->text, c->mem))
		check_error(c, s->place, "\"" STR_FMT "\" is not an address", STR_ARGS(s->text));
}

static void check_importance(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!is_importance(s->text))
		check_error(c, s->place, "the importance must be \"1\", \"2\" or \"3\"");
}

static void check_option(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!is_option(s->text))
		check_error(c, s->place, "write an option as \"name=value\"");
}

/* ---- set :encodeurl (section 6) ---- */

static struct str encode_url(struct str value, struct arena *mem)
{
	struct buf to = {0};
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];
		if (ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			buf_byte(&to, c);
		else
			buf_fmt(&to, "%%%02X", (unsigned)(unsigned char)c);
	}
	struct str encoded = arena_str(mem, buf_str(&to));
	buf_free(&to);
	return encoded;
}

/* ---- the tables ---- */

static const struct sv_word words[] = {
	{
		.name = "notify",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "a method", .check = check_method}},
		.run = run_notify,
	},
	{
		.name = "valid_notify_method",
		.role = SV_TEST,
		.args = {{.type = SV_STRINGS, .what = "methods"}},
		.test = test_valid_notify_method,
	},
	{
		.name = "notify_method_capability",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRING, .what = "a method"},
			{.type = SV_STRING, .what = "a capability"},
			{.type = SV_STRINGS, .what = "the keys to look for", .keys = true}},
		.test = test_capability,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{
		.name = ":from",
		.on = "notify",
		.value = {.type = SV_STRING, .what = "an author", .check = check_from},
	},
	{
		.name = ":importance",
		.on = "notify",
		.value = {.type = SV_STRING, .what = "an importance", .check = check_importance},
	},
	{
		.name = ":options",
		.on = "notify",
		.value = {.type = SV_STRINGS, .what = "options", .check = check_option},
	},
	{
		.name = ":message",
		.on = "notify",
		.value = {.type = SV_STRING, .what = "a text"},
	},
	{
		.name = ":encodeurl",
		.on = "set extracttext",
		.group = "modifiers of rank 15",
		.data = &(const struct variables_modifier){15, encode_url},
	},
	{0},
};

const struct sv_ext ext_enotify = {
	.name = "enotify",
	.rfc = "RFC 5435",
	.words = words,
	.tags = tags,
	.notify_methods = methods,
};
