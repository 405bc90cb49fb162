/*
 * What Postfix, or somebody who pretends to be it, sends to mda-greyd: every cut of the bytes finds
 * the same requests, an answer is one line and an empty one, and a sender's key is always the same.
 */
#include "mda/grey/grey_key.h"
#include "mda/grey/grey_policy.h"
#include "mda/grey/grey_report.h"
#include "mda/server/peer.h"

#include "tests/fuzz/fuzz.h"

static const char *const words[] = {"request=smtpd_access_policy\n", "protocol_state=RCPT\n",
	"client_address=192.0.2.1\n", "client_address=2001:db8::1\n", "client_name=mx.b.test\n",
	"sender=", "recipient=r@l.test\n", "instance=1\n", "sasl_username=", "\n\n", "\n", "=", "@",
	"prvs=", "+", "-1", "SRS0=", NULL};

static size_t end_by_steps(struct str bytes, size_t step)
{
	size_t seen = 0, end = 0;
	for (size_t n = step; n < bytes.n + step && end == 0; n += step)
		end = grey_policy_end(str_slice(bytes, 0, n), &seen);
	return end;
}

static void check_sender(struct str sender, struct arena *mem)
{
	struct buf once = {0}, twice = {0};
	grey_key_sender(&once, sender);
	FUZZ_CHECK(once.n <= sender.n);
	/* What is a key already has no number, no detail and no upper case. */
	if (!str_starts(buf_str(&once), STR_LIT("prvs="))) {
		grey_key_sender(&twice, buf_str(&once));
		FUZZ_CHECK(str_eq(buf_str(&once), buf_str(&twice)));
	}
	(void)mem;
	buf_free(&once);
	buf_free(&twice);
}

static void check_request(struct str bytes, struct arena *mem)
{
	struct grey_request r;
	struct peer client;
	struct buf answer = {0};
	grey_policy_read(bytes, &r);
	const struct str fields[] = {r.kind, r.state, r.client_address, r.client_name, r.sender,
		r.recipient, r.instance, r.login};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		FUZZ_CHECK(fuzz_within(fields[i], bytes));
		FUZZ_CHECK(str_find(fields[i], '\n') == fields[i].n);
	}
	check_sender(r.sender, mem);
	if (grey_policy_doubt(&r) || !peer_read(r.client_address, &client))
		return;
	(void)grey_key_triplet(&client, (struct grey_bits){24, 64}, r.sender, r.recipient);
	const struct grey_decision d = {GREY_REASON_DELAYED, (int64_t)r.sender.n};
	grey_report_answer(&answer, &d, "mx.l.test", (int64_t)r.recipient.n);
	FUZZ_CHECK(answer.n > 2 && str_find(buf_str(&answer), '\n') == answer.n - 2);
	buf_free(&answer);
}

static void run(struct str input, struct arena *mem)
{
	while (input.n) {
		size_t seen = 0, end = grey_policy_end(input, &seen);
		FUZZ_CHECK(end <= input.n);
		if (input.n < 5000)
			FUZZ_CHECK(end == end_by_steps(input, 1) || end == 0);
		FUZZ_CHECK(end == end_by_steps(input, 7));
		if (end == 0)
			break;
		check_request(str_slice(input, 0, end), mem);
		input = str_slice(input, end, input.n);
	}
}

static void seeds(struct arena *mem)
{
	static const struct str request = STR_LIT(
		"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.1\n"
		"client_name=mx.b.test\nsender=list-1+x@b.test\nrecipient=r@l.test\n"
		"instance=1\n\n");
	fuzz_seed(request);
	fuzz_seed(fuzz_repeat(mem, request, 3));
	fuzz_seed(STR_LIT("request=smtpd_access_policy\nsender=prvs=12ab=a-1@b.test\n\n"));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 7000};
