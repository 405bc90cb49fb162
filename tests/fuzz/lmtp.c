/*
 * What an LMTP client sends: every cut of the bytes gives the same replies and the same messages,
 * each reply is well formed, and a message is handed on only with recipients that were accepted.
 */
#include "mda/lmtp/dialog.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const words[] = {"LHLO c\r\n", "MAIL FROM:<a@x>\r\n", "RCPT TO:<b@y>\r\n",
	"RCPT TO:<b@Y>\r\n", "RCPT TO:<B@y>\r\n", "RCPT TO:<no@y>\r\n", "DATA\r\n", "\r\n.\r\n",
	"\n.\n", ".", "\r", "\n", "BDAT 5\r\n", "BDAT 0 LAST\r\n", "RSET\r\n", "NOOP\r\n",
	"QUIT\r\n", "STARTTLS\r\n", "XCLIENT ADDR=1\r\n", "XFORWARD IDENT=2\r\n", " SIZE=10",
	" SMTPUTF8", " ORCPT=rfc822;o+2B", " NOTIFY=NEVER", "+", "<", ">", "\"", "\\", NULL};

struct host {
	struct dialog *dialog;
	struct dialog_mail mail;
	bool is_later, asked, handed, secured;
	size_t count;
	struct buf body, got, replies;
};

static void say_recipient(struct host *h)
{
	struct reply r;
	struct str address = h->mail.recipients[h->mail.count - 1].address;
	h->asked = false;
	FUZZ_CHECK(address.n > 0);
	reply_set(&r, str_starts(address, STR_LIT("no")) ? 550 : 250, "2.0.0", "x");
	dialog_recipient_is(h->dialog, &r);
}

static void say_delivered(struct host *h)
{
	struct reply r;
	size_t count = h->count;
	h->handed = false;
	for (size_t i = 0; i < count; i++) {
		/* In another order when it is later: the replies are in the recipients'. */
		size_t which = h->is_later ? count - 1 - i : i;
		reply_set(&r, 250, "2.0.0", "%zu", which);
		dialog_delivered(h->dialog, which, &r);
	}
}

static void recipient(void *context, const struct dialog_mail *mail)
{
	struct host *h = context;
	h->mail = *mail;
	h->asked = true;
	if (!h->is_later)
		say_recipient(h);
}

static int body(void *context, struct str bytes, struct reply *why)
{
	(void)why;
	buf_add(&((struct host *)context)->body, bytes);
	return 0;
}

/* Each delivery is asked for once. */
static bool is_same(const struct dialog_recipient *a, const struct dialog_recipient *b)
{
	return str_eq(a->address, b->address) &&
	       str_eq(a->parameters.original, b->parameters.original);
}

static void deliver(void *context, const struct dialog_mail *mail)
{
	struct host *h = context;
	FUZZ_CHECK(mail->count > 0 && mail->count <= 3);
	for (size_t i = 0; i < mail->count; i++) {
		FUZZ_CHECK(!str_starts(mail->recipients[i].address, STR_LIT("no")));
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(!is_same(&mail->recipients[i], &mail->recipients[k]));
	}
	buf_add(&h->got, buf_str(&h->body));
	buf_byte(&h->got, '\1');
	h->mail = *mail;
	h->count = mail->count;
	h->handed = true;
	if (!h->is_later)
		say_delivered(h);
}

static void forget(void *context)
{
	buf_clear(&((struct host *)context)->body);
}

static void secure(void *context)
{
	((struct host *)context)->secured = true;
}

static void present(void *context, unsigned command, const struct attributes *a)
{
	struct host *h = context;
	buf_fmt(&h->got, "%u", command);
	buf_add(&h->got, a->address);
	buf_add(&h->got, a->queue_id);
}

static const struct dialog_host functions = {recipient, body, deliver, forget, secure, present};
static const struct dialog_conf conf = {"here.example", 5000, 3};

/* After STARTTLS the client would speak TLS: what it sends is dropped. */
static void run_cut(struct host *h, struct str input, size_t cut, bool is_later)
{
	*h = (struct host){.is_later = is_later};
	h->dialog = dialog_new(&conf, &functions, h);
	const struct dialog_rights rights = {true, true, false};
	dialog_allow(h->dialog, &rights);
	while (input.n) {
		size_t n = dialog_input(h->dialog, str_slice(input, 0, cut));
		struct buf *out = dialog_output(h->dialog);
		input = str_slice(input, n, input.n);
		FUZZ_CHECK(n > 0 || dialog_waits(h->dialog));
		FUZZ_CHECK(out->n < 2 * DIALOG_OUTPUT_MOST);
		buf_add(&h->replies, buf_str(out));
		buf_clear(out);
		if (h->asked)
			say_recipient(h);
		if (h->handed)
			say_delivered(h);
	}
	buf_add(&h->replies, buf_str(dialog_output(h->dialog)));
}

static void check_replies(struct str replies)
{
	struct str line;
	FUZZ_CHECK(replies.n >= 2 && replies.p[replies.n - 1] == '\n');
	while (replies.n) {
		size_t lf = str_find(replies, '\n');
		FUZZ_CHECK(lf < replies.n && lf > 4 && lf < 512 && replies.p[lf - 1] == '\r');
		line = str_slice(replies, 0, lf - 1);
		FUZZ_CHECK(line.p[0] >= '2' && line.p[0] <= '5' && ascii_isdigit(line.p[1]) &&
			   ascii_isdigit(line.p[2]) && (line.p[3] == ' ' || line.p[3] == '-'));
		FUZZ_CHECK(str_find(line, '\r') == line.n);
		replies = str_slice(replies, lf + 1, replies.n);
	}
}

static void end(struct host *h)
{
	dialog_free(h->dialog);
	buf_free(&h->body);
	buf_free(&h->got);
	buf_free(&h->replies);
}

static void run(struct str input, struct arena *mem)
{
	struct host whole, cut;
	size_t step = 1 + fuzz_choose(&input, 40);
	(void)mem;
	run_cut(&whole, input, input.n, false);
	run_cut(&cut, input, step, true);
	struct str a = buf_str(&whole.replies), b = buf_str(&cut.replies);
	check_replies(a);
	FUZZ_CHECK(str_eq(a, b));
	FUZZ_CHECK(str_eq(buf_str(&whole.got), buf_str(&cut.got)));
	end(&whole);
	end(&cut);
}

#define BEGUN "xLHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n"

static void seeds(struct arena *mem)
{
	fuzz_seed(STR_LIT(BEGUN "DATA\r\nx: y\r\n\r\n..z\r\n.\r\nQUIT\r\n"));
	fuzz_seed(STR_LIT(BEGUN "RCPT TO:<c@y>\r\nRCPT TO:<b@Y>\r\nDATA\r\n\r\n.\r\nQUIT\r\n"));
	fuzz_seed(STR_LIT(BEGUN "RCPT TO:<no@y>\r\nBDAT 3\r\nabcBDAT 2 LAST\r\nde"));
	fuzz_seed(STR_LIT(
		"xLHLO c\r\nXCLIENT ADDR=192.0.2.1 LOGIN=u+40v\r\nLHLO d\r\nXFORWARD IDENT=4Q\r\n"
		"MAIL FROM:<> SIZE=9 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb\r\n"
		"RCPT TO:<\"b>c\"@y> NOTIFY=SUCCESS,DELAY ORCPT=utf-8;\\x{20AC}@z\r\n"));
	fuzz_seed(STR_LIT("xLHLO c\r\nNOOP\nQUIT\r\nSTARTTLS\r\n\x16\x03"));
	fuzz_seed(ARENA_JOIN(mem, STR_LIT(BEGUN "DATA\r\n"),
		fuzz_repeat(mem, STR_LIT("\n.\n\r\n.\n\r.\r"), 300), STR_LIT("\r\n.\r\n")));
	fuzz_seed(ARENA_JOIN(mem, STR_LIT("xNOOP "), fuzz_repeat(mem, STR_LIT("x"), 9000)));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 3000};
