/*
 * A Maildir that two databases come to share, as two hosts or a link make them do: the first
 * delivery that agrees on UIDs in mda-uids comes while another one, which began when nobody else
 * was there, waits for the mailbox's lock.
 */
#include "tests/lib/tracer.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_store.h"

#include <sys/syscall.h>
#include <sys/wait.h>

struct owner {
	struct box *b;
	struct job job;
};

static int deliver(void *context)
{
	struct owner *o = context;
	return box_deliver(o->b, &o->job) < 0 ? 1 : (int)o->job.receipts[0].uid;
}

/* The mailbox's lock is the first byte; those of deliveries come after it. */
static bool takes_mailbox(const struct tracer_call *call)
{
	struct flock range;
	return call->entry && call->call == SYS_fcntl && call->arguments[1] == F_OFD_SETLK &&
	       tracer_memory(call, call->arguments[2], &range, sizeof range) &&
	       range.l_type == F_WRLCK && range.l_start == 0 && range.l_len == 1;
}

struct other {
	struct box *box;
	struct job job;
	size_t times;
};

/* Its database is in another place, its Maildir is the same. */
static enum tracer_wish let_other_in(void *context, const struct tracer_call *call)
{
	struct other *o = context;
	if (takes_mailbox(call) && o->times++ == 0)
		assert_int_equal(box_deliver(o->box, &o->job), 0);
	return TRACER_GO_ON;
}

/* Each UID follows the previous one without a gap, whoever gave it. */
static void test_first(void **state)
{
	(void)state;
	if (!tracer_works() || workers_in_valgrind())
		skip();
	struct box *b = box_new();
	struct owner owner = {b, {.text = "Subject: 1\n\n", .folders = {"INBOX"}}};
	struct other other = {.box = box_new(),
		.job = {.text = "Subject: 2\n\n", .folders = {"INBOX"}, .shared = true}};
	snprintf(other.box->maildir, sizeof other.box->maildir, "%s", b->maildir);
	assert_int_equal(box_deliver(b, &owner.job), 0);
	assert_int_equal(owner.job.receipts[0].uid, 1);
	owner.job.text = "Subject: 3\n\n";
	int status = tracer_run(deliver, &owner, let_other_in, &other);
	assert_true(other.times > 0 && WIFEXITED(status));
	assert_int_equal(other.job.receipts[0].uid, 2);
	assert_int_equal(WEXITSTATUS(status), 3);
	box_free(other.box);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_first, "the first one that agrees comes in between")};
	return table_run("mda-uids, shared", tables, sizeof tables / sizeof *tables);
}
