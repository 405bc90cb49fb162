/*
 * The parts of mda-lmtpd that take what others say: networks and addresses, what a delivery's exit
 * becomes, messages between front and back, whose turn it is, what is counted.
 */
#include "mda/lmtp/board.h"
#include "mda/lmtp/channel.h"
#include "mda/lmtp/errand.h"
#include "mda/lmtp/jobs.h"
#include "mda/server/peer.h"
#include "mda/lmtp/reply.h"
#include "tests/unit/table.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- networks ---- */

static const struct network_row {
	const char *name, *network, *address;
	bool is_in;
} network_rows[] = {
	{"an address", "192.0.2.1", "192.0.2.1", true},
	{"another address", "192.0.2.1", "192.0.2.2", false},
	{"a network", "192.0.2.0/24", "192.0.2.255", true},
	{"next to a network", "192.0.2.0/24", "192.0.3.0", false},
	{"half a byte", "192.0.2.0/25", "192.0.2.127", true},
	{"beyond half a byte", "192.0.2.0/25", "192.0.2.128", false},
	{"every IPv4 address", "0.0.0.0/0", "203.0.113.9", true},
	{"no IPv6 address is an IPv4 address", "0.0.0.0/0", "2001:db8::1", false},
	{"IPv6", "2001:db8::1", "2001:DB8:0::1", true},
	{"an IPv6 network", "2001:db8::/32", "2001:db8:ffff::1", true},
	{"next to an IPv6 network", "2001:db8::/33", "2001:db8:8000::1", false},
	{"every IPv6 address", "::/0", "192.0.2.1", true},
	{"an IPv4 address in IPv6", "192.0.2.1", "::ffff:192.0.2.1", true},
	{"as XCLIENT has it", "2001:db8::1", "IPv6:2001:db8::1", true},
	{"unix is no address", "unix", "0.0.0.0", false},
	{"tls is no address", "tls", "192.0.2.1", false},
};

static void test_network(void **state)
{
	const struct network_row *row = *state;
	struct arena *mem = arena_new();
	struct str word = str_of(row->network);
	const struct str_list words = {&word, 1};
	struct peer_networks networks;
	struct peer peer;
	struct err err;
	assert_int_equal(peer_networks_read(&words, "key", mem, &networks, &err), 0);
	assert_true(peer_read(str_of(row->address), &peer));
	assert_int_equal(peer_is_in(&peer, &networks), row->is_in);
	arena_free(mem);
}

static const struct wrong_row {
	const char *name, *word;
} wrong_rows[] = {
	{"a name", "localhost"},
	{"too many bits", "192.0.2.0/33"},
	{"too many bits of IPv6", "2001:db8::/129"},
	{"no bits", "192.0.2.0/"},
	{"negative bits", "192.0.2.0/-1"},
	{"a mask", "192.0.2.0/255.255.255.0"},
	{"three numbers", "192.0.2"},
	{"a port", "192.0.2.1:24"},
	{"nothing", ""},
	{"too long", "2001:0db8:0000:0000:0000:0000:0000:0001:0000:0000:0000:0000:0000:0000:0000"},
};

static void test_wrong(void **state)
{
	const struct wrong_row *row = *state;
	struct arena *mem = arena_new();
	struct str word = str_of(row->word);
	const struct str_list words = {&word, 1};
	struct peer_networks networks;
	struct err err;
	assert_int_equal(peer_networks_read(&words, "lmtp_trusted", mem, &networks, &err), -1);
	assert_non_null(strstr(err.text, "lmtp_trusted"));
	arena_free(mem);
}

static void test_local_and_verified(void **state)
{
	struct arena *mem = arena_new();
	struct str items[] = {STR_LIT("unix"), STR_LIT("tls")};
	const struct str_list words = {items, 2};
	struct peer_networks both, none = {0};
	struct sockaddr_storage address = {.ss_family = AF_UNIX};
	struct peer peer;
	(void)state;
	assert_int_equal(peer_networks_read(&words, "key", mem, &both, NULL), 0);
	peer_of(&address, &peer);
	assert_string_equal(peer.name, "unix");
	assert_true(peer_is_in(&peer, &both));
	assert_false(peer_is_in(&peer, &none));
	address.ss_family = AF_INET;
	peer_of(&address, &peer);
	assert_string_equal(peer.name, "0.0.0.0");
	assert_false(peer_is_in(&peer, &both));
	peer.is_verified = true;
	assert_true(peer_is_in(&peer, &both));
	arena_free(mem);
}

/* ---- what an exit becomes ---- */

static const struct exit_row {
	const char *name;
	int status;
	const char *told;
	unsigned code;
	const char *dsn, *text;
} exit_rows[] = {
	{"done", 0, "", 250, "2.0.0", "delivered"},
	{"done, whatever was said", 0, "5.0.0 no\n", 250, "2.0.0", "delivered"},
	{"no such user", 67, "5.1.1 there is no user \"x\"\n", 550, "5.1.1",
		"there is no user \"x\""},
	{"no such user, silently", 67, "", 550, "5.1.1", "no such user"},
	{"later", 75, "4.3.0 no room\n", 451, "4.3.0", "no room"},
	{"later, silently", 75, "", 451, "4.3.0", "the delivery ended without a result"},
	{"full, later", 75, "4.2.2 mailbox full\n", 452, "4.2.2", "mailbox full"},
	{"refused", 77, "5.7.1 not here\n", 554, "5.7.1", "not here"},
	{"full", 77, "5.2.2 mailbox full\n", 552, "5.2.2", "mailbox full"},
	{"too large", 77, "5.3.4 too large\n", 552, "5.3.4", "too large"},
	{"killed", -1, "", 451, "4.3.0", "the delivery ended without a result"},
	{"killed while it spoke", -1, "5.7.1 not h", 451, "4.3.0",
		"the delivery ended without a result"},
	{"an unknown status", 64, "5.6.0 x\n", 451, "4.3.0", "the delivery ended without a result"},
	{"a code of another class", 75, "5.1.1 gone\n", 451, "4.3.0",
		"the delivery ended without a result"},
	{"a code that is none", 75, "4.3 x\n", 451, "4.3.0", "the delivery ended without a result"},
	{"a code with a line end", 75, "4.3.0 a\r\n250 2.0.0 b\n", 451, "4.3.0", "a"},
	{"controls", 77, "5.7.1 a\x1b[2Jb\n", 554, "5.7.1", "a?[2Jb"},
};

static void test_exit(void **state)
{
	const struct exit_row *row = *state;
	struct reply r;
	reply_of_exit(&r, row->status, str_of(row->told));
	assert_int_equal(r.code, row->code);
	assert_string_equal(r.dsn, row->dsn);
	assert_string_equal(r.text, row->text);
}

/* A reason of a thousand bytes: no line of the reply has more than 512, and none of it is lost. */
static void test_long_reply(void **state)
{
	struct buf out = {0}, words = {0}, again = {0};
	struct reply r;
	struct str rest, line;
	(void)state;
	for (int i = 0; words.n < 990; i++)
		buf_fmt(&words, "%sw\xc3\xb6rd%d", i ? " " : "", i);
	reply_set(&r, 554, "5.7.1", "%s", buf_cstr(&words));
	reply_add(&out, &r);
	rest = buf_str(&out);
	while (rest.n) {
		size_t n = str_find(rest, '\n') + 1;
		line = str_slice(rest, 0, n);
		rest = str_slice(rest, n, rest.n);
		assert_true(n <= 512 && str_starts(line, rest.n ? STR_LIT("554-5.7.1 ")
								: STR_LIT("554 5.7.1 ")));
		if (again.n)
			buf_byte(&again, ' ');
		buf_add(&again, str_slice(line, 10, n - 2));
	}
	assert_string_equal(buf_cstr(&again), r.text);
	buf_free(&out);
	buf_free(&words);
	buf_free(&again);
}

/* ---- what a delivery hands back ---- */

static void test_result(void **state)
{
	const struct {
		struct errand_result result;
		char line[12];
	} whole = {
		{.magic = ERRAND_MAGIC, .status = 75, .line_bytes = 12, .is_judged = 1, .spam = 2},
		"4.2.2 full\r\n"};
	struct errand_result got;
	struct str line, bytes = {(const char *)&whole, sizeof whole.result + 12};
	(void)state;
	assert_true(errand_read(bytes, &got, &line));
	assert_int_equal(got.spam, 2);
	assert_int_equal(got.status, 75);
	assert_true(str_eq(line, STR_LIT("4.2.2 full\r\n")));
}

static void test_no_result(void **state)
{
	const struct errand_result good = {.magic = ERRAND_MAGIC},
				   bad[] = {{.magic = 1}, {.magic = ERRAND_MAGIC, .spam = 99},
					   {.magic = ERRAND_MAGIC, .label = 99},
					   {.magic = ERRAND_MAGIC, .status = 256},
					   {.magic = ERRAND_MAGIC, .line_bytes = 1}};
	struct errand_result got;
	struct str line;
	(void)state;
	assert_true(errand_read((struct str){(const char *)&good, sizeof good}, &got, &line));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(errand_read(
			(struct str){(const char *)&bad[i], sizeof bad[i]}, &got, &line));
		assert_int_equal(got.magic, 0);
		assert_int_equal(line.n, sizeof bad[i]);
	}
	assert_false(errand_read((struct str){(const char *)&good, sizeof good - 1}, &got, &line));
	assert_false(errand_read(STR_LIT("4.3.0 short"), &got, &line));
	assert_int_equal(line.n, 11);
}

/* ---- front and back ---- */

static void test_channel(void **state)
{
	static char buffer[CHANNEL_LARGEST];
	int ends[2], fd = memfd_create("x", MFD_CLOEXEC);
	struct channel_message got;
	const struct channel_message m = {.kind = CHANNEL_MAIL,
		.id = 7,
		.index = 3,
		.number = 1ULL << 40,
		.text = {STR_LIT("a\0b"), STR_EMPTY, STR_LIT("c"), STR_EMPTY},
		.fd = fd};
	struct err err;
	(void)state;
	assert_int_equal(channel_open(ends, &err), 0);
	assert_int_equal(channel_send(ends[0], &m, false), 1);
	assert_int_equal(channel_receive(ends[1], buffer, &got), 1);
	assert_true(got.kind == m.kind && got.id == m.id && got.index == m.index &&
		    got.number == m.number);
	assert_true(
		str_eq(got.text[0], m.text[0]) && str_eq(got.text[2], m.text[2]) && got.fd >= 0);
	assert_int_not_equal(got.fd, fd);
	close(got.fd);
	close(fd);
	/* What is no message is not one. */
	static const struct {
		const char *bytes;
		size_t n;
	} wrong[] = {{"x", 1}, {"0123456789012345678901234567890123456789", 40},
		{"\377\377\377\377\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0",
			40}};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(send(ends[0], wrong[i].bytes, wrong[i].n, 0), (ssize_t)wrong[i].n);
		assert_int_equal(channel_receive(ends[1], buffer, &got), -1);
	}
	close(ends[0]);
	assert_int_equal(channel_receive(ends[1], buffer, &got), 0);
	assert_int_equal(channel_send(ends[1], &(struct channel_message){.fd = -1}, false), -1);
	close(ends[1]);
}

/* ---- whose turn it is ---- */

static struct job *add_job(struct jobs *jobs, struct mail *mail, const char *mailbox)
{
	struct arena *mem = arena_new();
	struct job *job = arena_alloc(mem, sizeof *job);
	*job = (struct job){.mem = mem, .mail = mail, .mailbox = str_of(mailbox)};
	jobs_add(jobs, job);
	return job;
}

static void end_job(struct jobs *jobs, struct job *job)
{
	jobs_remove(jobs, job);
	jobs_free(job);
}

static void test_turns(void **state)
{
	struct jobs jobs;
	struct err err;
	struct mail mail = {.left = 9};
	(void)state;
	assert_int_equal(jobs_init(&jobs, 2, &err), 0);
	struct job *a1 = add_job(&jobs, &mail, "a"), *a2 = add_job(&jobs, &mail, "a");
	struct job *a3 = add_job(&jobs, &mail, "a"), *b = add_job(&jobs, &mail, "b");
	struct job *question = add_job(&jobs, NULL, "c");
	assert_int_equal(jobs_waiting_for(&jobs, STR_LIT("a")), 3);
	assert_int_equal(jobs_waiting_for(&jobs, STR_LIT("c")), 0);
	assert_int_equal(jobs_waiting(&jobs), 5);
	/* Questions first, then each mailbox in turn, and no more than two of it. */
	assert_ptr_equal(jobs_next(&jobs), question);
	assert_ptr_equal(jobs_next(&jobs), a1);
	assert_ptr_equal(jobs_next(&jobs), b);
	assert_ptr_equal(jobs_next(&jobs), a2);
	assert_null(jobs_next(&jobs));
	assert_int_equal(jobs.running.count, 4);
	end_job(&jobs, a1);
	assert_ptr_equal(jobs_next(&jobs), a3);
	assert_int_equal(jobs_waiting(&jobs), 0);
	/* One that waits may be given up, and another may come. */
	struct job *late = add_job(&jobs, &mail, "a");
	end_job(&jobs, late);
	struct job *last = add_job(&jobs, &mail, "d");
	assert_ptr_equal(jobs_next(&jobs), last);
	end_job(&jobs, last);
	end_job(&jobs, a2);
	end_job(&jobs, a3);
	end_job(&jobs, b);
	end_job(&jobs, question);
	assert_int_equal(jobs.running.count, 0);
	assert_null(jobs_next(&jobs));
}

/* The ones that have waited since before the time are found, whoever they are for. */
static void test_late(void **state)
{
	struct jobs jobs;
	struct err err;
	struct mail mail = {.left = 9};
	(void)state;
	assert_int_equal(jobs_init(&jobs, 1, &err), 0);
	struct job *a = add_job(&jobs, &mail, "a"), *b = add_job(&jobs, &mail, "b");
	struct job *running = add_job(&jobs, NULL, ""), *question;
	assert_ptr_equal(jobs_next(&jobs), running);
	question = add_job(&jobs, NULL, "");
	a->since = 10;
	b->since = 20;
	question->since = 30;
	assert_null(jobs_late(&jobs, 10));
	assert_ptr_equal(jobs_late(&jobs, 11), a);
	end_job(&jobs, a);
	assert_ptr_equal(jobs_late(&jobs, 30), b);
	end_job(&jobs, b);
	assert_ptr_equal(jobs_late(&jobs, 31), question);
	end_job(&jobs, question);
	assert_null(jobs_late(&jobs, 100));
	end_job(&jobs, running);
}

/*
 * Looking at every waiting job for each that comes or starts would take hours. PATIENCE is no
 * measure of speed.
 */
static void test_many(void **state)
{
	enum { MANY = 300000, MAILBOXES = 3000, PATIENCE = 300 };
	static struct job all[MANY];
	static char names[MAILBOXES][8];
	struct jobs jobs;
	struct err err;
	struct mail mail = {.left = 9};
	size_t started = 0;
	(void)state;
	assert_int_equal(jobs_init(&jobs, 1, &err), 0);
	alarm(PATIENCE);
	for (size_t i = 0; i < MAILBOXES; i++)
		snprintf(names[i], sizeof names[i], "%zu", i);
	for (size_t i = 0; i < MANY; i++) {
		/* Half of them are for one mailbox, which comes last. */
		all[i] = (struct job){
			.mail = &mail, .mailbox = str_of(names[i % 2 ? 0 : i / 2 % MAILBOXES])};
		jobs_add(&jobs, &all[i]);
	}
	assert_true(jobs_waiting_for(&jobs, STR_LIT("0")) > MANY / 2);
	while (jobs_waiting(&jobs)) {
		size_t before = started;
		while (jobs_next(&jobs))
			started++;
		assert_true(started > before && jobs.running.count == started - before);
		while (jobs.running.first)
			jobs_remove(&jobs, jobs.running.first);
	}
	assert_int_equal(started, MANY);
	alarm(0);
}

/* ---- the board ---- */

static void test_board(void **state)
{
	struct err err;
	struct board *b = board_new(&err);
	struct peer local = {.is_local = true}, far;
	struct buf text = {0};
	(void)state;
	assert_non_null(b);
	assert_true(peer_read(STR_LIT("192.0.2.1"), &far));
	b->rows[0].connections = 2;
	b->rows[255].connections = 3;
	b->rows[1].clients[board_bucket(b, &far)] = 4;
	b->rows[1].outcomes[BOARD_DELIVERED] = 5;
	b->rows[2].outcomes[BOARD_DELIVERED] = 6;
	board_took(&b->rows[3], 1500);
	board_took(&b->rows[4], 100000000);
	assert_int_equal(board_connections(b), 5);
	assert_int_equal(board_client(b, &far), 4);
	assert_int_equal(board_client(b, &local), 0);
	board_print(b, &text);
	static const char *const lines[] = {"\nmda_lmtp_connections 5\n",
		"\nmda_lmtp_deliveries_total{outcome=\"delivered\"} 11\n",
		"\nmda_lmtp_delivery_seconds_bucket{le=\"0.001\"} 0\n",
		"\nmda_lmtp_delivery_seconds_bucket{le=\"0.002\"} 1\n",
		"\nmda_lmtp_delivery_seconds_bucket{le=\"60\"} 1\n",
		"\nmda_lmtp_delivery_seconds_bucket{le=\"+Inf\"} 2\n",
		"\nmda_lmtp_delivery_seconds_sum 100.001500\n",
		"\n# TYPE mda_lmtp_delivery_seconds histogram\n",
		"\nmda_lmtp_spam_total{spam=\"yes\"} 0\n"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_non_null(strstr(buf_cstr(&text), lines[i]));
	board_reset_now(&b->rows[255]);
	assert_int_equal(board_connections(b), 2);
	buf_free(&text);
	munmap(b, sizeof *b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_network, network_rows),
		TABLE(test_wrong, wrong_rows),
		TABLE_OF_ONE(test_local_and_verified, "unix and tls"),
		TABLE(test_exit, exit_rows),
		TABLE_OF_ONE(test_long_reply, "a long reply"),
		TABLE_OF_ONE(test_result, "the result of a delivery"),
		TABLE_OF_ONE(test_no_result, "what is no result"),
		TABLE_OF_ONE(test_channel, "front and back"),
		TABLE_OF_ONE(test_late, "jobs that are late"),
		TABLE_OF_ONE(test_many, "many jobs"),
		TABLE_OF_ONE(test_turns, "turns"),
		TABLE_OF_ONE(test_board, "the board"),
	};
	return table_run("lmtp_parts", tables, sizeof tables / sizeof *tables);
}
