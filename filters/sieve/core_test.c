/* address, allof, anyof, exists, false, header, not, size, true (RFC 5228 section 5). */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"
#include "filters/sieve/warn.h"

/* ---- logic ---- */

static int test_true(struct sv_run *run, const struct sv_node *node)
{
	(void)run;
	(void)node;
	return 1;
}

static int test_false(struct sv_run *run, const struct sv_node *node)
{
	(void)run;
	(void)node;
	return 0;
}

static int test_allof(struct sv_run *run, const struct sv_node *node)
{
	int r = 1;
	for (size_t i = 0; i < node->test_count && r > 0; i++)
		r = run_test(run, &node->tests[i]);
	return r;
}

static int test_anyof(struct sv_run *run, const struct sv_node *node)
{
	int r = 0;
	for (size_t i = 0; i < node->test_count && r == 0; i++)
		r = run_test(run, &node->tests[i]);
	return r;
}

/* For a list of tests: one that is ENDS decides it; it is ALL when each of them is. */
static enum sv_known list_truth(const struct sv_node *node, enum sv_known ends, enum sv_known all)
{
	enum sv_known truth = all;
	for (size_t i = 0; i < node->test_count && truth != ends; i++) {
		enum sv_known one = warn_truth(&node->tests[i]);
		if (one != all)
			truth = one == ends ? ends : SV_DEPENDS;
	}
	return truth;
}

static enum sv_known truth_true(const struct sv_node *node)
{
	(void)node;
	return SV_ALWAYS;
}

static enum sv_known truth_false(const struct sv_node *node)
{
	(void)node;
	return SV_NEVER;
}

static enum sv_known truth_allof(const struct sv_node *node)
{
	return list_truth(node, SV_NEVER, SV_ALWAYS);
}

static enum sv_known truth_anyof(const struct sv_node *node)
{
	return list_truth(node, SV_ALWAYS, SV_NEVER);
}

static const enum sv_known opposite[] = {
	[SV_DEPENDS] = SV_DEPENDS, [SV_ALWAYS] = SV_NEVER, [SV_NEVER] = SV_ALWAYS};

static enum sv_known truth_not(const struct sv_node *node)
{
	return opposite[warn_truth(&node->tests[0])];
}

static void check_not(struct check *c, struct sv_node *node)
{
	(void)c;
	node->known = opposite[node->tests[0].known];
}

static int test_not(struct sv_run *run, const struct sv_node *node)
{
	int r = run_test(run, &node->tests[0]);
	return r < 0 ? r : !r;
}

/* ---- header fields ---- */

/* A name that cannot exist matches nothing and is not an error (RFC 5228 section 2.4.2.2). */
void check_header_name(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	bool good = s->text.n > 0;
	(void)node;
	for (size_t i = 0; i < s->text.n; i++)
		good &= s->text.p[i] > ' ' && s->text.p[i] < 0x7f && s->text.p[i] != ':';
	if (!good)
		check_warn(c, s->place,
			"\"" STR_FMT "\" cannot be the name of a header, so it never matches",
			STR_ARGS(s->text));
}

static int each_text(struct sv_run *run, struct value_field *field, struct match *m)
{
	match_value(m, value_text(field, run->limits->field, run->mem));
	return 0;
}

static int test_header(struct sv_run *run, const struct sv_node *node)
{
	return run_match_fields(run, node, node->args[0], each_text);
}

static int test_exists(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->args[0]->count; i++) {
		struct value_fields found;
		struct str name;
		if (run_text(run, node, &node->args[0]->strings[i], &name) < 0 ||
			run_fields(run, node, name, &found) < 0)
			return -1;
		if (found.count == 0)
			return 0;
	}
	return 1;
}

/* ---- addresses ---- */

/* Fields with addresses: those of the RFCs, and others that mailers write as lists of addresses. */
static const char *const address_headers[] = {
	"from",
	"to",
	"cc",
	"bcc",
	"sender",
	"reply-to",
	"resent-from",
	"resent-to",
	"resent-cc",
	"resent-bcc",
	"resent-sender",
	"resent-reply-to",
	"return-path",
	"delivered-to",
	"envelope-to",
	"apparently-to",
	"errors-to",
	"mail-followup-to",
	"mail-reply-to",
	"disposition-notification-to",
	"return-receipt-to",
	"read-receipt-to",
	"registered-mail-reply-requested-by",
	"x-confirm-reading-to",
	"x-original-to",
	"x-original-from",
	"x-envelope-to",
	"x-envelope-from",
	"x-forwarded-to",
	"x-forwarded-for",
	"x-beenthere",
	"x-admin",
	"x-complaints-to",
	"x-report-abuse-to",
	"abuse-reports-to",
	"for-approval",
	"for-handling",
	"for-comment",
	"original-recipient",
	"original-from",
};

static bool holds_addresses(struct str name)
{
	for (size_t i = 0; i < sizeof address_headers / sizeof *address_headers; i++)
		if (str_ieq(name, str_of(address_headers[i])))
			return true;
	return false;
}

void check_address_header(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!holds_addresses(s->text))
		check_error(c, s->place,
			"\"" STR_FMT "\" is not an address header; test it with \"header\"",
			STR_ARGS(s->text));
}

static bool names_person(struct str name)
{
	static const char *const names[] = {"from", "to", "cc", "bcc", "sender", "reply-to"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq(name, str_of(names[i])))
			return true;
	return false;
}

/* Is it `a@b.example`, without the name and the brackets that the field may have? */
static bool is_bare_address(struct str s)
{
	size_t at = str_find(s, '@');
	return at > 0 && at + 1 < s.n && str_find(s, '<') == s.n && str_find(s, ' ') == s.n;
}

/* :is compares the whole field. */
static void check_header(struct check *c, struct sv_node *node)
{
	const struct sv_given *names = node->args[0], *keys = node->keys;
	if (node->tag_count || !str_eq(str_of(node->match->name), STR_LIT(":is")))
		return;
	for (size_t i = 0; i < names->count; i++)
		for (size_t k = 0; k < keys->count; k++)
			if (names_person(names->strings[i].text) &&
				keys->strings[k].piece_count == 0 &&
				is_bare_address(keys->strings[k].text)) {
				check_warn(c, keys->strings[k].place,
					"header compares the whole field, including the name; to "
					"compare the address, write address instead of header");
				return;
			}
}

/* Memory for each byte of text: at worst, every second byte is an address of one letter. */
enum { ADDRESS_COST = sizeof(struct address) };

static int each_address(struct sv_run *run, struct value_field *field, struct match *m)
{
	if (!field->addresses && run_room(run, m->node, ADDRESS_COST * field->header.value.n) < 0)
		return -1;
	const struct address_list *list = value_addresses(field, run->limits->field, run->mem);
	for (size_t i = 0; i < list->count && !m->result; i++)
		match_address(m, &list->items[i]);
	return 0;
}

static int test_address(struct sv_run *run, const struct sv_node *node)
{
	return run_match_fields(run, node, node->args[0], each_address);
}

/* ---- size ---- */

/* memchr() searches them, so a byte counts as a sixteenth of a step. */
static int measure(struct sv_run *run, const struct sv_node *node, struct str bytes, size_t *size)
{
	if (run_charge(run, node, bytes.n / 16) < 0)
		return -1;
	*size = message_mail_size(bytes);
	return 0;
}

/* The size of the message as the script has changed it: fields and body. */
static int size_now(struct sv_run *run, const struct sv_node *node, size_t *size)
{
	struct str body = message_body(run->input->msg);
	size_t before = 0, now = 0;
	if (!run->size && measure(run, node, message_bytes(run->input->msg), &run->size) < 0)
		return -1;
	*size = run->size;
	for (size_t i = 0; run->changed && i < run->header.count; i++) {
		const struct value_field *f = run->header.items[i];
		size_t n = message_mail_size(f->header.whole);
		if (f->number == VALUE_ADDED && !f->gone)
			*size += n;
		else if (f->number < VALUE_TRACE && f->gone)
			*size -= n;
	}
	if (run->changed && run_charge(run, node, run->header.count) < 0)
		return -1;
	if (!run->body)
		return 0;
	if (measure(run, node, body, &before) < 0 || measure(run, node, *run->body, &now) < 0)
		return -1;
	*size = *size - before + now;
	return 0;
}

static int test_size(struct sv_run *run, const struct sv_node *node)
{
	size_t size;
	const struct sv_tagged *over = run_tag(node, ":over");
	if (size_now(run, node, &size) < 0)
		return -1;
	run_note(run, node, "the message has %zu bytes", size);
	return over ? size > over->value.number : size < run_tag(node, ":under")->value.number;
}

static enum sv_known truth_size(const struct sv_node *node)
{
	const struct sv_tagged *under = run_tag(node, ":under");
	return under && under->value.number == 0 ? SV_NEVER : SV_DEPENDS;
}

static const struct sv_tag tags[] = {
	{
		.name = ":over",
		.on = "size",
		.value = {.type = SV_NUMBER, .what = "a number of bytes"},
		.group = ":over or :under",
	},
	{
		.name = ":under",
		.on = "size",
		.value = {.type = SV_NUMBER, .what = "a number of bytes"},
		.group = ":over or :under",
	},
	{0},
};

#define NAMES                                                                                      \
	{                                                                                          \
		.type = SV_STRINGS, .what = "the names of headers", .check = check_header_name     \
	}
#define KEYS                                                                                       \
	{                                                                                          \
		.type = SV_STRINGS, .what = "the keys to look for", .keys = true                   \
	}

static const struct sv_word words[] = {
	{.name = "true", .role = SV_TEST, .test = test_true, .truth = truth_true},
	{.name = "false", .role = SV_TEST, .test = test_false, .truth = truth_false},
	{
		.name = "not",
		.role = SV_TEST,
		.takes = SV_ONE_TEST,
		.check = check_not,
		.test = test_not,
		.truth = truth_not,
	},
	{
		.name = "allof",
		.role = SV_TEST,
		.takes = SV_TEST_LIST,
		.decided_by = SV_NEVER,
		.test = test_allof,
		.truth = truth_allof,
	},
	{
		.name = "anyof",
		.role = SV_TEST,
		.takes = SV_TEST_LIST,
		.decided_by = SV_ALWAYS,
		.test = test_anyof,
		.truth = truth_anyof,
	},
	{
		.name = "header",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {NAMES, KEYS},
		.check = check_header,
		.test = test_header,
	},
	{
		.name = "address",
		.role = SV_TEST,
		.takes = SV_MATCHES | SV_ADDRESS_PARTS,
		.args = {{.type = SV_STRINGS,
				 .what = "the names of headers",
				 .check = check_address_header},
			KEYS},
		.test = test_address,
	},
	{.name = "exists", .role = SV_TEST, .args = {NAMES}, .test = test_exists},
	{.name = "size",
		.role = SV_TEST,
		.one_of = ":over or :under",
		.test = test_size,
		.truth = truth_size},
	{0},
};

const struct sv_ext ext_tests = {.rfc = "RFC 5228", .words = words, .tags = tags};
