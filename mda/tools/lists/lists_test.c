/*
 * mda-lists test: says what the lists decide about mail from an address, and which entry decides.
 */
#include "base/address.h"
#include "base/json.h"
#include "base/printable.h"
#include "filters/lists/list_search.h"
#include "filters/lists/lists.h"
#include "mda/delivery/delivery.h"
#include "mda/stage_conf.h"
#include "mda/stages.h"
#include "mda/tools/lists/lists_tool.h"

#include <stdlib.h>

/* The address in question. */
struct query {
	struct lists_tool *tool;
	const struct conf *settings; /* with the user's own */
	struct lists_conf conf;
	struct str address, key;
	struct verdict verdict;
	const struct reason *decides; /* NULL: no entry decides */
	struct buf *out;
	struct json json; /* to OUT */
	const char *list; /* the current list: its name and path, and the matches in it */
	struct str path;
	struct list_hit *hits;
	size_t hit_count;
};

static const char *const words[] = {
	[LISTED_NOT] = "not listed", [LISTED_BLOCK] = "blocked", [LISTED_ALLOW] = "allowed"};

static const char *meaning_of(const struct query *q)
{
	static const char *const of_block[] = {
		[BLOCKED_TO_JUNK] = "its mail goes to the junk folder",
		[BLOCKED_MARK] = "its mail is marked",
		[BLOCKED_REFUSE] = "its mail is refused",
	};
	if (q->verdict.lists.listing == LISTED_BLOCK)
		return of_block[q->settings->blocked_action];
	return q->verdict.lists.listing == LISTED_ALLOW ? "its mail skips the anti-spam check"
							: "the anti-spam check decides";
}

/* As a delivery does it, but that nothing is known to be wrong with the sender. */
static int ask_lists(struct query *q, const struct message *msg, struct err *err)
{
	struct session *s = &q->tool->session;
	struct envelope env = session_envelope(s, msg);
	struct delivery d = session_delivery(s, &env, msg);
	if (delivery_find_origin(&d, s->file, &s->keys, &env, err) < 0)
		return -1;
	if (!q->tool->has_owner)
		d.user = NULL;
	stages_personal(&d, &q->verdict);
	q->settings = d.conf;
	q->verdict.auth = (struct auth){.dmarc = AUTH_PASS, .sender = AUTH_PASS};
	if (stage_conf_lists(&d, &q->verdict, &q->conf, err) < 0)
		return -1;
	return lists_judge(&q->conf, msg, &env, d.origin.is_mailbox, &q->verdict, err);
}

/* The address is both the envelope sender and the From. */
static int judge(struct query *q, struct err *err)
{
	struct arena *mem = q->tool->mem;
	struct str bytes = arena_fmt(mem, "From: <" STR_FMT ">\n\n", STR_ARGS(q->address));
	struct message *msg = message_borrow(bytes, err);
	if (!msg)
		return -1;
	q->tool->session.inv.sender = arena_cstr(mem, q->address);
	verdict_init(&q->verdict, mem, message_header_count(msg));
	int r = ask_lists(q, msg, err);
	message_free(msg);
	if (q->verdict.lists.listing != LISTED_NOT)
		q->decides = &q->verdict.lists.reason;
	return r;
}

static bool is_decisive(const struct query *q, const struct list_hit *hit)
{
	return q->decides && str_eq(q->decides->file, q->path) && q->decides->line == hit->line;
}

static void tell_hit(struct query *q, const struct list_hit *hit)
{
	bool decides = is_decisive(q, hit);
	if (!q->tool->json) {
		buf_fmt(q->out, "  %-13s " STR_FMT ":%u  ", q->list, STR_ARGS(q->path), hit->line);
		printable_add(q->out, hit->entry);
		buf_text(q->out, decides ? "  decides\n" : "  also matches\n");
		return;
	}
	json_begin_object(&q->json);
	json_text(&q->json, "list", str_of(q->list));
	json_text(&q->json, "path", q->path);
	json_number(&q->json, "line", hit->line);
	json_text(&q->json, "entry", hit->entry);
	json_bool(&q->json, "decides", decides);
	json_end_object(&q->json);
}

static void take_hit(void *context, const struct list_hit *hit)
{
	struct query *q = context;
	struct list_hit *kept = ARENA_PUSH(q->tool->mem, q->hits, q->hit_count);
	*kept = *hit;
	kept->entry = arena_str(q->tool->mem, hit->entry);
}

static int by_line(const void *a, const void *b)
{
	const struct list_hit *x = a, *y = b;
	return (x->line > y->line) - (x->line < y->line);
}

static int tell_list(struct query *q, const char *name, struct str path, struct err *err)
{
	struct list_query query = {
		.path = path, .keys = &q->key, .count = 1, .hit = take_hit, .context = q};
	q->list = name;
	q->path = path;
	q->hits = NULL;
	q->hit_count = 0;
	if (path.n && list_search(&query, err) < 0)
		return -1;
	if (q->hit_count)
		qsort(q->hits, q->hit_count, sizeof *q->hits, by_line);
	for (size_t i = 0; i < q->hit_count; i++)
		if (i == 0 || q->hits[i].line != q->hits[i - 1].line)
			tell_hit(q, &q->hits[i]);
	return 0;
}

/* ---- near misses ---- */

struct near {
	struct query *q;
	const char *list;
	struct str path;
	bool wants_tree; /* the entry is "*.d"; otherwise it is "d" */
	size_t told;
};

enum { NEAR_MOST = 5 };

static bool is_matching(const struct near *n, struct str entry)
{
	struct wild w;
	const char *why;
	return wild_parse(entry, n->q->tool->mem, &w, &why) && wild_matches(&w, n->q->key);
}

/* "*.d" matches the subdomains of d, but not d. "d" matches d, but not its subdomains. */
static void on_near(void *context, const struct list_hit *hit)
{
	struct near *n = context;
	size_t at = str_rfind(hit->entry, '@');
	struct str domain =
		at < hit->entry.n ? str_slice(hit->entry, at + 1, hit->entry.n) : hit->entry;
	bool is_tree = str_istarts(domain, STR_LIT("*."));
	struct str base = is_tree ? str_slice(domain, 2, domain.n) : domain;
	if (is_tree != n->wants_tree || str_find(base, '*') < base.n ||
		str_find(base, '?') < base.n || is_matching(n, hit->entry) ||
		n->told++ >= NEAR_MOST)
		return;
	verdict_note(&n->q->verdict,
		"%s " STR_FMT ":%u does not match: " STR_FMT " is for %s; *" STR_FMT
		" would be for both",
		n->list, STR_ARGS(n->path), hit->line, STR_ARGS(hit->entry),
		is_tree ? "subdomains, not for the domain itself"
			: "the domain itself, not for subdomains",
		STR_ARGS(base));
}

static int look_near(struct near *n, struct str domain, struct err *err)
{
	struct str local = str_slice(n->q->key, 0, str_rfind(n->q->key, '@'));
	struct str key =
		arena_fmt(n->q->tool->mem, STR_FMT "@" STR_FMT, STR_ARGS(local), STR_ARGS(domain));
	struct list_query query = {
		.path = n->path, .keys = &key, .count = 1, .hit = on_near, .context = n};
	return list_search(&query, err) < 0 ? -1 : 0;
}

/* Looks for entries that would match if the address were in a subdomain, or in a parent domain. */
static int find_near(struct query *q, const char *name, struct str path, struct err *err)
{
	struct near n = {.q = q, .list = name, .path = path, .wants_tree = true};
	struct str domain = str_slice(q->key, str_rfind(q->key, '@') + 1, q->key.n);
	if (path.n == 0 || domain.n == 0 || domain.p[0] == '[')
		return 0;
	struct str below = arena_fmt(q->tool->mem, "x." STR_FMT, STR_ARGS(domain));
	if (look_near(&n, below, err) < 0)
		return -1;
	n.wants_tree = false;
	for (size_t dot; (dot = str_find(domain, '.')) < domain.n;) {
		domain = str_slice(domain, dot + 1, domain.n);
		if (str_find(domain, '.') < domain.n && look_near(&n, domain, err) < 0)
			return -1;
	}
	return 0;
}

static int find_all_near(struct query *q, struct err *err)
{
	if (find_near(q, "global block", q->conf.global_block, err) < 0 ||
		find_near(q, "global allow", q->conf.global_allow, err) < 0 ||
		find_near(q, "block", q->conf.address_block, err) < 0 ||
		find_near(q, "allow", q->conf.address_allow, err) < 0)
		return -1;
	return 0;
}

static int tell_lists(struct query *q, struct err *err)
{
	if (tell_list(q, "global block", q->conf.global_block, err) < 0 ||
		tell_list(q, "global allow", q->conf.global_allow, err) < 0 ||
		tell_list(q, "block", q->conf.address_block, err) < 0 ||
		tell_list(q, "allow", q->conf.address_allow, err) < 0)
		return -1;
	return 0;
}

static int tell_text(struct query *q, struct err *err)
{
	printable_add(q->out, q->address);
	buf_fmt(q->out, ": %s: %s\n", words[q->verdict.lists.listing], meaning_of(q));
	if (tell_lists(q, err) < 0)
		return -1;
	for (size_t i = 0; i < q->verdict.notes.count; i++) {
		buf_text(q->out, "  note: ");
		printable_add(q->out, q->verdict.notes.items[i]);
		buf_byte(q->out, '\n');
	}
	return 0;
}

static int tell_json(struct query *q, struct err *err)
{
	struct json *json = &q->json;
	json_begin_object(json);
	json_text(json, "address", q->address);
	json_text(json, "recipient", q->tool->mailbox);
	json_text(json, "says", str_of(words[q->verdict.lists.listing]));
	json_named_array(json, "matches");
	if (tell_lists(q, err) < 0)
		return -1;
	json_end_array(json);
	json_texts(json, "notes", q->verdict.notes.items, q->verdict.notes.count);
	json_end_object(json);
	json_end_line(json);
	return 0;
}

static int test_address(struct query *q, struct err *err)
{
	struct address a = address_parse_envelope(q->address, q->tool->mem);
	if (a.invalid || a.local.n == 0 || a.domain.n == 0)
		return err_temp(err, STR_FMT " is not an address", STR_ARGS(q->address));
	q->key = address_key(&a, q->tool->mem);
	q->address = a.spec;
	if (judge(q, err) < 0 || find_all_near(q, err) < 0)
		return -1;
	return q->tool->json ? tell_json(q, err) : tell_text(q, err);
}

static int run(struct lists_tool *tool, size_t count, char **addresses, struct err *err)
{
	struct session *s = &tool->session;
	struct buf out = {0};
	int r = 0;
	if (lists_become_reader(tool, NULL, 0, err) < 0)
		return -1;
	s->inv.original = tool->original;
	/* If the aliases cannot be read, there are none. A delivery would be deferred instead. */
	(void)session_resolve(s, NULL);
	for (size_t i = 0; i < count && r == 0; i++) {
		struct query q = {.tool = tool, .out = &out, .json = {.to = &out}};
		q.address = str_of(addresses[i]);
		r = test_address(&q, err);
	}
	if (r == 0)
		r = program_print(&out, err);
	buf_free(&out);
	return r;
}

const struct lists_command lists_test = {
	{"test", "ADDRESS...", "say what the lists decide about an address, and why", 1}, run};
