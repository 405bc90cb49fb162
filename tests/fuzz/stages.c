/*
 * What the stages make of a message: the header firewall, senders, attachments, labels, and what is
 * then stored.
 */
#include "base/envelope.h"
#include "filters/attachments.h"
#include "filters/firewall.h"
#include "filters/label/tag.h"
#include "filters/lists/list_senders.h"
#include "tests/fuzz/fuzz.h"

static const char *const words[] = {"From: Ann <ann@example.org>\n",
	"Sender: \"B\" <b@example.net>\n", "X-Mda-Label: x\n", "X-Spam-Flag\x00: YES\n",
	"Content-Type: multipart/mixed; boundary=b\n\n--b\n", "--b\n", "--b--\n",
	"Content-Disposition: attachment; filename=\"a.exe\"\n", "filename*=utf-8''a.exe",
	"Content-Type: application/zip\n", "Content-Transfer-Encoding: base64\n\n", "PK\x03\x04",
	"UEsDBBQAAAAAAA==", "begin 644 a.exe\n", "From: =?utf-8?q?Ann?= <", ",", "\r", "\n ",
	"\n\n", NULL};

static const struct envelope env = {.sender = STR_LIT("ann@example.org"),
	.recipient = STR_LIT("bob@example.net"),
	.mailbox = STR_LIT("bob@example.net")};

/* A name that outsiders may not use is gone from what is kept, however it is written. */
static void check_firewall(const struct message *msg, struct verdict *v)
{
	struct str names[] = {STR_LIT("X-Mda-*"), STR_LIT("X-Spam-Flag")};
	const struct str_list list = {names, 2};
	firewall_apply(&list, msg, v);
	for (size_t i = 0; i < v->header.field_count; i++) {
		struct str name = message_header(msg, i)->name;
		if (str_istarts(name, STR_LIT("X-Mda-")) || str_ieq(name, names[1]))
			FUZZ_CHECK(v->header.removed[i]);
	}
}

/* Every address that is looked up in an allow list is looked up in a block list, too. */
static void check_senders(const struct message *msg, struct arena *mem)
{
	struct list_senders s = list_senders_of(msg, &env, mem);
	FUZZ_CHECK(s.all.count > 0 && s.all.count <= LIST_SENDERS_MOST && s.envelope.n > 0);
	if (message_find(msg, STR_LIT("From")) == NULL)
		FUZZ_CHECK(s.ambiguous != NULL);
	for (size_t i = 0; i < s.from.count && !s.hidden; i++) {
		size_t at = 0;
		while (at < s.all.count && !str_eq(s.all.items[at], s.from.items[i]))
			at++;
		FUZZ_CHECK(at < s.all.count);
	}
}

static void check_label(const struct message *msg, struct verdict *v)
{
	struct str domains[] = {STR_LIT("example.net"), STR_LIT("*.example.net")};
	const struct organization org = {.name = STR_LIT("x"), .domains = {domains, 2}};
	const struct tag_conf conf = {
		.enabled = true, .organizations = &org, .organization_count = 1};
	tag_decide(&conf, msg, &env, v);
	FUZZ_CHECK(v->label.known);
	tag_write(TAG_HEADER | TAG_KEYWORD | TAG_SUBJECT, v);
	for (size_t i = 0; i < v->header.added_count; i++) {
		struct str field = v->header.added[i];
		FUZZ_CHECK(field.n > 1 && str_find(field, '\n') == field.n - 1);
	}
}

static void check_attachments(const struct message *msg, struct verdict *v)
{
	struct str patterns[] = {STR_LIT("*.exe"), STR_LIT("application/x-dosexec")};
	const struct str_list list = {patterns, 2};
	attachments_judge(&list, msg, v);
}

static void run(struct str input, struct arena *mem)
{
	struct err err;
	struct verdict v;
	struct message *msg = message_borrow(input, &err);
	if (!msg)
		return;
	verdict_init(&v, mem, message_header_count(msg));
	check_firewall(msg, &v);
	check_senders(msg, mem);
	check_attachments(msg, &v);
	check_label(msg, &v);
	message_free(msg);
}

static void seeds(struct arena *mem)
{
	static const char head[] = "From: Ann <ann@example.org>\nSubject: x\n";
	static const char zip[] = "UEsDBAoAAAAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS5leGVQSwECHgMKAAAAAAAA"
				  "ACEAAAAAAAAAAAAAAAAABQAA\n"
				  "AAAAAAAAAAAAoIEAAAAAYS5leGVQSwUGAAAAAAEAAQAzAAAAIwAAAAAA\n";
	fuzz_seed(arena_fmt(mem,
		"%sMIME-Version: 1.0\nContent-Type: application/zip; "
		"name=a.zip\nContent-Transfer-Encoding: base64\n\n%s",
		head, zip));
	fuzz_seed(arena_fmt(mem,
		"%sContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/x; "
		"name=a.txt\n\nMZ\n--b--\n",
		head));
	fuzz_seed(arena_fmt(mem, "%s\nbegin 644 a.exe\n#0V%%T\n`\nend\n", head));
	fuzz_seed(arena_fmt(mem, STR_FMT "\n\nx",
		STR_ARGS(fuzz_repeat(mem, STR_LIT("From: a@b.test\nSender: c@d.test\n"), 1000))));
	fuzz_seed(arena_fmt(mem, "From: " STR_FMT "\n\nx",
		STR_ARGS(fuzz_repeat(mem, STR_LIT("\"a\" <a@b.test>, "), 300))));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 800};
