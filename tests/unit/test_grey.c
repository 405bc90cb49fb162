/*
 * Greylisting: what is answered to a row of events (tests/unit/grey_events, which postgrey answers
 * alike), the policy protocol, the answers, and the admin's lists of clients and recipients.
 */
#include "base/io.h"
#include "base/path.h"
#include "mda/grey/grey_exempt.h"
#include "mda/grey/grey_key.h"
#include "mda/grey/grey_policy.h"
#include "mda/grey/grey_report.h"
#include "mda/grey/grey_store.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/mda-test-grey.XXXXXX";
static struct arena *mem;

/* ---- events ---- */

enum { EVENTS_MOST = 400, START = 1800000000 };
static const struct grey_terms terms = {300, 2 * 86400, 35 * 86400, 5};

struct event {
	const char *name;
	unsigned story;
	long long at;
	const char *client, *sender, *recipient, *answer;
};
static struct event events[EVENTS_MOST];
static size_t event_count;

static const char *word(struct str *line)
{
	struct str w = STR_EMPTY;
	return str_word(line, &w) ? arena_cstr(mem, w) : "";
}

static void read_events(void)
{
	struct buf text = {0};
	struct str line;
	unsigned story = 0;
	const char *name = "";
	int fd = path_open_file("tests/unit/grey_events", O_RDONLY | O_CLOEXEC, 0);
	assert_int_equal(0, io_read_all(fd, 1 << 20, &text, "grey_events", NULL));
	close(fd);
	struct str rest = arena_str(mem, buf_str(&text));
	buf_free(&text);
	while (str_line(&rest, &line)) {
		if (str_starts(line, STR_LIT("story "))) {
			story++;
			name = arena_cstr(mem, str_slice(line, 6, line.n));
		}
		if (line.n == 0 || !ascii_isdigit(line.p[0]))
			continue;
		assert_true(event_count < EVENTS_MOST);
		struct event *e = &events[event_count++];
		e->story = story;
		e->at = strtoll(word(&line), NULL, 10);
		e->client = word(&line);
		e->sender = word(&line);
		e->recipient = word(&line);
		e->answer = arena_cstr(mem, str_trim(line));
		e->name = arena_fmt(
			mem, "%s: %lld %s %s %s", name, e->at, e->client, e->sender, e->recipient)
				  .p;
	}
}

static struct grey_question question_of(const struct event *e)
{
	struct grey_question q = {.now = START + e->at, .terms = terms};
	struct peer client;
	const char *sender = strcmp(e->sender, "<>") == 0 ? "" : e->sender;
	assert_true(peer_read(str_of(e->client), &client));
	q.triplet = grey_key_triplet(
		&client, (struct grey_bits){24, 64}, str_of(sender), str_of(e->recipient));
	memcpy(q.client, client.bytes, sizeof q.client);
	q.sender_n = (uint16_t)strlen(sender);
	memcpy(q.sender, sender, q.sender_n);
	return q;
}

static const char *words_of(const struct grey_ruling *r, char text[64])
{
	if (grey_rule_defers(r->outcome))
		snprintf(text, 64, "defer %lld", (long long)r->seconds);
	else if (r->outcome == GREY_DELAYED)
		snprintf(text, 64, "prepend %lld", (long long)r->seconds);
	else
		snprintf(text, 64, "dunno");
	return text;
}

static struct grey_store *fresh_store(void)
{
	static unsigned number;
	struct err err;
	const char *place = arena_fmt(mem, "%s/%u", dir, number++).p;
	assert_int_equal(0, path_mkdir(place, 0700));
	struct grey_store *s = grey_store_open(place, &err);
	assert_non_null(s);
	return s;
}

/* The last store is kept, because the rows come in the order of the file. */
static void test_event(void **state)
{
	static struct grey_store *store;
	static unsigned story;
	const struct event *e = *state;
	struct grey_question q = question_of(e), tentative = q;
	struct grey_ruling r = {.seconds = 0}, before = r;
	struct err err;
	char text[64], text_before[64];
	if (e->story != story) {
		grey_store_close(store);
		store = fresh_store();
		story = e->story;
	}
	/* A tentative question changes nothing if the answer is to wait. */
	tentative.is_tentative = true;
	if (strncmp(e->answer, "defer", 5) == 0) {
		assert_int_equal(0, grey_store_rule(store, &tentative, 1, &before, &err));
		assert_string_equal(words_of(&before, text_before), e->answer);
	}
	assert_int_equal(0, grey_store_rule(store, &q, 1, &r, &err));
	assert_string_equal(words_of(&r, text), e->answer);
	if (e == &events[event_count - 1])
		grey_store_close(store);
}

/* A batch is one transaction, in which each question sees what the one before it changed. */
static void test_batch(void **state)
{
	(void)state;
	static const struct event rows[] = {
		{"", 0, 0, "192.0.2.1", "a@b.test", "r@l.test", "defer 300"},
		{"", 0, 100, "192.0.2.1", "a@b.test", "r@l.test", "defer 200"},
		{"", 0, 300, "192.0.2.9", "a@b.test", "r@l.test", "prepend 300"},
		{"", 0, 301, "192.0.2.9", "a@b.test", "r@l.test", "dunno"},
	};
	enum { ROWS = sizeof rows / sizeof *rows };
	struct grey_question q[ROWS];
	struct grey_ruling r[ROWS] = {{.seconds = 0}};
	struct grey_store *s = fresh_store();
	char text[64];
	for (size_t i = 0; i < ROWS; i++)
		q[i] = question_of(&rows[i]);
	assert_int_equal(0, grey_store_rule(s, q, ROWS, r, NULL));
	for (size_t i = 0; i < ROWS; i++)
		assert_string_equal(words_of(&r[i], text), rows[i].answer);
	grey_store_close(s);
}

/* ---- pruning ---- */

static void count_entry(void *context, const struct grey_entry *e)
{
	(void)e;
	++*(size_t *)context;
}

static size_t entries_of(struct grey_store *s)
{
	size_t n = 0;
	assert_int_equal(0, grey_store_walk(s, count_entry, &n, NULL));
	return n;
}

/* A hundred triplets, of which every other one has passed; some at a time. */
static void test_prune(void **state)
{
	enum { COUNT = 100 };
	(void)state;
	struct grey_store *s = fresh_store();
	struct grey_ruling r = {.seconds = 0};
	size_t removed = 0, some, calls = 0;
	bool ended = false;
	char sender[32];
	for (int i = 0; i < COUNT; i++) {
		snprintf(sender, sizeof sender, "x%d@b.test", i);
		struct event e = {"", 0, 0, "192.0.2.1", sender, "r@l.test", ""};
		struct grey_question q = question_of(&e);
		assert_int_equal(0, grey_store_rule(s, &q, 1, &r, NULL));
		q.now += 300;
		if (i % 2 == 0)
			assert_int_equal(0, grey_store_rule(s, &q, 1, &r, NULL));
	}
	assert_int_equal(entries_of(s), COUNT + 1); /* and the client */
	while (!ended && calls++ < COUNT) {
		assert_int_equal(0, grey_store_prune(s, &terms, START + terms.window + 1, 7, &some,
					    &ended, NULL));
		removed += some;
	}
	assert_int_equal(removed, COUNT / 2);
	assert_true(calls > COUNT / 2 / 7);
	assert_int_equal(0, grey_store_prune(s, &terms, START + terms.lifetime + 301, 1000, &some,
				    &ended, NULL));
	assert_true(ended);
	assert_int_equal(entries_of(s), 0);
	grey_store_close(s);
}

/* A damaged database is set aside, and the next questions have answers again. */
static void test_damaged(void **state)
{
	(void)state;
	const struct event e = {"", 0, 0, "192.0.2.1", "a@b.test", "r@l.test", ""};
	struct grey_question q = question_of(&e);
	struct grey_ruling r = {.seconds = 0};
	struct err err;
	const char *place = arena_fmt(mem, "%s/damaged", dir).p;
	assert_int_equal(0, path_mkdir(place, 0700));
	struct grey_store *s = grey_store_open(place, &err);
	assert_int_equal(0, grey_store_rule(s, &q, 1, &r, NULL));
	grey_store_close(s);
	int fd = path_open(arena_fmt(mem, "%s/data.mdb", place).p, O_WRONLY | O_CLOEXEC, 0);
	assert_true(fd >= 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(4096, pwrite(fd, arena_fmt(mem, "%4096d", i).p, 4096, 4096L * i));
	close(fd);
	s = grey_store_open(place, &err);
	assert_non_null(s);
	assert_non_null(grey_store_set_aside(s));
	assert_int_equal(0, grey_store_rule(s, &q, 1, &r, NULL));
	assert_int_equal(r.outcome, GREY_NEW);
	grey_store_close(s);
}

/* ---- the sender ---- */

static const struct sender_row {
	const char *name, *sender, *key;
} senders[] = {
	{"a plain one", "Ann@B.Test", "ann@b.test"},
	{"the null sender", "", ""},
	{"a number alone", "12345@b.test", "#@b.test"},
	{"numbers", "a-1-22@b.test", "a-#-#@b.test"},
	{"no number beside a letter", "a1-2b@b.test", "a1-2b@b.test"},
	{"no number beside _", "a_1@b.test", "a_1@b.test"},
	{"a number beside a byte that is not ASCII",
		"\xc3\xa9"
		"1@b.test",
		"\xc3\xa9"
		"#@b.test"},
	{"a number in quotes", "\"a 1\"@b.test", "\"a #\"@b.test"},
	{"a detail", "a+1+2@b.test", "a@b.test"},
	{"nothing but a detail", "+x@b.test", "@b.test"},
	{"BATV", "prvs=12ab=a@b.test", "a@b.test"},
	{"BATV and a detail", "prvs=12ab=a+x@b.test", "a@b.test"},
	{"BATV, the rest has =", "prvs=12=cd=e@b.test", "cd=e@b.test"},
	{"BATV with an empty tag", "prvs==a@b.test", "a@b.test"},
	{"no BATV: nothing after the tag", "prvs=a@b.test", "prvs=a@b.test"},
	{"no BATV: upper case", "PRVS=12ab=a@b.test", "prvs=12ab=a@b.test"},
	{"the first @ counts", "a-1@b@c-1", "a-#@b@c-1"},
	{"no @", "A-1", "a-1"},
};

static void test_sender(void **state)
{
	const struct sender_row *row = *state;
	struct buf key = {0};
	grey_key_sender(&key, str_of(row->sender));
	assert_string_equal(buf_cstr(&key), row->key);
	buf_free(&key);
}

/* ---- the network ---- */

static const struct network_row {
	const char *name, *a, *b;
	struct grey_bits bits;
	bool same;
} networks[] = {
	{"/24: in it", "192.0.2.0", "192.0.2.255", {24, 64}, true},
	{"/24: beside it", "192.0.2.1", "192.0.3.1", {24, 64}, false},
	{"/32", "192.0.2.1", "192.0.2.2", {32, 64}, false},
	{"/25", "192.0.2.1", "192.0.2.129", {25, 64}, false},
	{"/25: in it", "192.0.2.1", "192.0.2.127", {25, 64}, true},
	{"/1", "1.2.3.4", "127.0.0.1", {1, 64}, true},
	{"/64: in it", "2001:db8::1", "2001:db8::ffff:1", {24, 64}, true},
	{"/64: beside it", "2001:db8::1", "2001:db8:0:1::1", {24, 64}, false},
	{"/128", "2001:db8::1", "2001:db8::2", {24, 128}, false},
	{"/63", "2001:db8::1", "2001:db8:0:1::1", {24, 63}, true},
	{"IPv4 in IPv6", "::ffff:192.0.2.1", "192.0.2.9", {24, 64}, true},
	{"IPv4 is not IPv6", "0.0.0.1", "::1", {1, 1}, false},
};

static void test_network(void **state)
{
	const struct network_row *row = *state;
	struct peer a, b;
	const struct str sender = STR_LIT("s@b.test"), recipient = STR_LIT("r@l.test");
	assert_true(peer_read(str_of(row->a), &a) && peer_read(str_of(row->b), &b));
	struct hash x = grey_key_triplet(&a, row->bits, sender, recipient);
	struct hash y = grey_key_triplet(&b, row->bits, sender, recipient);
	assert_int_equal(hash_same(&x, &y), row->same);
}

/* ---- the protocol ---- */

#define WHOLE                                                                                      \
	"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.1\n"             \
	"client_name=mx.b.test\nsender=a@b.test\nrecipient=r@l.test\ninstance=1.2\n"

static const struct policy_row {
	const char *name, *bytes;
	size_t end;        /* of the request; 0: it is not complete */
	const char *doubt; /* NULL: it is a question about a recipient */
} policies[] = {
	{"nothing", "", 0, NULL},
	{"a whole one", WHOLE "\n", sizeof WHOLE, NULL},
	{"two: the first", WHOLE "\n" WHOLE "\n", sizeof WHOLE, NULL},
	{"without its end", WHOLE, 0, NULL},
	{"an empty line at the start", "\n" WHOLE "\n", 1, "not a question of smtpd"},
	{"another request", "request=junk\n\n", 14, "not a question of smtpd"},
	{"the null sender", "sender=x\n" WHOLE "sender=\n\n", sizeof WHOLE + 17, NULL},
	{"no sender",
		"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=::1\n"
		"recipient=r\n\n",
		80, "incomplete question"},
	{"no client", WHOLE "client_address=\n\n", sizeof WHOLE + 16, "incomplete question"},
	{"no recipient", WHOLE "recipient=\n\n", sizeof WHOLE + 11, "several recipients"},
	{"another state", WHOLE "protocol_state=CONNECT\n\n", sizeof WHOLE + 23,
		"not about a recipient"},
	{"the end of data", WHOLE "protocol_state=END-OF-MESSAGE\n\n", sizeof WHOLE + 30, NULL},
	{"data", WHOLE "protocol_state=DATA\n\n", sizeof WHOLE + 20, NULL},
	{"VRFY", WHOLE "protocol_state=VRFY\n\n", sizeof WHOLE + 20, "not about a recipient"},
	{"an authenticated client", WHOLE "sasl_username=u\n\n", sizeof WHOLE + 16,
		"authenticated client"},
	{"a line without =", WHOLE "junk\n\n", sizeof WHOLE + 5, NULL},
	{"an unknown name", WHOLE "junk=x=y\n\n", sizeof WHOLE + 9, NULL},
	{"CRLF ends no request", "request=smtpd_access_policy\r\n\r\n", 0, NULL},
};

static void test_policy(void **state)
{
	const struct policy_row *row = *state;
	struct str all = str_of(row->bytes);
	struct grey_request r;
	size_t seen = 0, end = 0;
	/* It comes a byte at a time. */
	for (size_t n = 0; n <= all.n && end == 0; n++)
		end = grey_policy_end(str_slice(all, 0, n), &seen);
	assert_int_equal(end, row->end);
	if (end == 0)
		return;
	grey_policy_read(str_slice(all, 0, end), &r);
	const char *doubt = grey_policy_doubt(&r);
	if (!row->doubt)
		assert_null(doubt);
	else
		assert_string_equal(doubt, row->doubt);
}

/* ---- answers ---- */

static const struct answer_row {
	const char *name;
	struct grey_decision decision;
	const char *host, *answer;
} answers[] = {
	{"new", {GREY_REASON_NEW, 300}, "mx.l.test",
		"action=DEFER_IF_PERMIT 4.2.0 Greylisted, try again in 300 s\n\n"},
	{"early", {GREY_REASON_EARLY, 1}, NULL,
		"action=DEFER_IF_PERMIT 4.2.0 Greylisted, try again in 1 s\n\n"},
	{"delayed", {GREY_REASON_DELAYED, 301}, "mx.l.test",
		"action=PREPEND X-Greylist: delayed 301 seconds by mda-greyd at mx.l.test; "
		"Fri, 15 Jan 2027 08:00:00 +0000\n\n"},
	{"delayed, without a field", {GREY_REASON_DELAYED, 301}, NULL, "action=DUNNO\n\n"},
	{"known", {GREY_REASON_KNOWN, 0}, "mx.l.test", "action=DUNNO\n\n"},
	{"a client", {GREY_REASON_CLIENT, 0}, "mx.l.test", "action=DUNNO\n\n"},
	{"a contact", {GREY_REASON_CONTACT, 0}, "mx.l.test", "action=DUNNO\n\n"},
	{"no database", {GREY_REASON_DATABASE, 0}, "mx.l.test", "action=DUNNO\n\n"},
	{"late", {GREY_REASON_LATE, 0}, "mx.l.test", "action=DUNNO\n\n"},
};

static void test_answer(void **state)
{
	const struct answer_row *row = *state;
	struct buf text = {0};
	grey_report_answer(&text, &row->decision, row->host, START);
	assert_string_equal(buf_cstr(&text), row->answer);
	buf_free(&text);
}

/* ---- the admin's lists ---- */

static const struct exempt_row {
	const char *name, *list, *client, *host, *recipient;
	bool is_exempt;
	unsigned wrong; /* lines */
} exempts[] = {
	{"no list", "", "192.0.2.1", "mx.b.test", NULL, false, 0},
	{"an address", "192.0.2.1\n", "192.0.2.1", "unknown", NULL, true, 0},
	{"another one", "192.0.2.1\n", "192.0.2.2", "unknown", NULL, false, 0},
	{"a network", "192.0.2.0/25\n", "192.0.2.127", "unknown", NULL, true, 0},
	{"beside a network", "192.0.2.0/25\n", "192.0.2.128", "unknown", NULL, false, 0},
	{"IPv6", "2001:db8::/32\n", "2001:db8::1", "unknown", NULL, true, 0},
	{"three numbers", "192.0.2\n", "192.0.2.9", "unknown", NULL, true, 0},
	{"two numbers and a dot", "192.0.\n", "192.0.9.9", "unknown", NULL, true, 0},
	{"three numbers, another network", "192.0.2\n", "192.0.22.9", "unknown", NULL, false, 0},
	{"a name", "mx.b.test\n", "192.0.2.1", "MX.b.test", NULL, true, 0},
	{"a name below", "b.test\n", "192.0.2.1", "mx.b.test", NULL, true, 0},
	{"not only the end of a name", "b.test\n", "192.0.2.1", "evilb.test", NULL, false, 0},
	{"a pattern", "mx*.B.test\n", "192.0.2.1", "mx17.b.test", NULL, true, 0},
	{"a pattern that does not match", "mx?.b.test\n", "192.0.2.1", "mx17.b.test", NULL, false,
		0},
	{"an unknown name", "*\n", "192.0.2.1", "unknown", NULL, false, 0},
	{"any name", "*\n", "192.0.2.1", "x.test", NULL, true, 0},
	{"comments and blanks", "# a\n\n  192.0.2.1 # b\n", "192.0.2.1", "unknown", NULL, true, 0},
	{"a regular expression is skipped", "/^mx/\n192.0.2.1\n", "192.0.2.1", "mx.b.test", NULL,
		true, 1},
	{"unix is not a client", "unix\ntls\n", "192.0.2.1", "unknown", NULL, false, 0},
	{"a bad network", "192.0.2.0/33\n", "192.0.2.1", "unknown", NULL, false, 1},
	{"a recipient", "r@l.test\n", NULL, NULL, "R@l.test", true, 0},
	{"another recipient", "r@l.test\n", NULL, NULL, "s@l.test", false, 0},
	{"a recipient with a detail", "r@l.test\n", NULL, NULL, "r+x@l.test", true, 0},
	{"only that detail", "r+y@l.test\n", NULL, NULL, "r+x@l.test", false, 0},
	{"a domain", "l.test\n", NULL, NULL, "r@l.test", true, 0},
	{"its subdomains", "*l.test\n", NULL, NULL, "r@a.l.test", true, 0},
	{"everywhere", "postmaster@*\n", NULL, NULL, "Postmaster@l.test", true, 0},
	{"an old entry", "r@l.test # until 2001-01-01\n", NULL, NULL, "r@l.test", false, 0},
	{"a wrong line", "a b c\nr@l.test\n", NULL, NULL, "r@l.test", true, 1},
};

static unsigned told;
static void tell(const char *fmt, ...)
{
	(void)fmt;
	told++;
}

static void test_exempt(void **state)
{
	const struct exempt_row *row = *state;
	struct str path = arena_fmt(mem, "%s/list", dir), none = STR_LIT("/nowhere/list");
	struct arena *own = arena_new();
	struct peer client;
	assert_int_equal(0, io_replace_file(path.p, str_of(row->list), 0600, NULL));
	told = 0;
	struct grey_exempt *e = grey_exempt_read(
		row->client ? path : none, row->client ? none : path, own, tell, NULL);
	assert_non_null(e);
	assert_int_equal(told, row->wrong);
	if (row->client) {
		assert_true(peer_read(str_of(row->client), &client));
		assert_int_equal(grey_exempt_client(e, &client, str_of(row->host)), row->is_exempt);
	} else {
		assert_int_equal(grey_exempt_recipient(e, str_of(row->recipient), STR_LIT("+")),
			row->is_exempt);
	}
	arena_free(own);
}

static void test_unreadable(void **state)
{
	(void)state;
	struct err err = {.text = ""};
	struct str directory = str_of(dir);
	assert_null(grey_exempt_read(directory, STR_EMPTY, mem, tell, &err));
	assert_true(err.text[0]);
}

int main(void)
{
	mem = arena_new();
	if (!mkdtemp(dir))
		return 1;
	read_events();
	const struct table tables[] = {
		{test_event, events, sizeof *events, event_count},
		TABLE_OF_ONE(test_batch, "a batch"),
		TABLE_OF_ONE(test_prune, "pruning"),
		TABLE_OF_ONE(test_damaged, "a damaged database"),
		TABLE(test_sender, senders),
		TABLE(test_network, networks),
		TABLE(test_policy, policies),
		TABLE(test_answer, answers),
		TABLE(test_exempt, exempts),
		TABLE_OF_ONE(test_unreadable, "a list that cannot be read"),
	};
	int failed = table_run("grey", tables, sizeof tables / sizeof *tables);
	arena_free(mem);
	return tree_remove(dir) < 0 || failed;
}
