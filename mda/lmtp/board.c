#include "mda/lmtp/board.h"

#include "mda/server/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

/* Upper ends of the histogram's buckets, in microseconds. */
static const long long bucket_ends[BOARD_BUCKETS] = {1000, 2000, 5000, 10000, 20000, 50000, 100000,
	200000, 500000, 1000000, 2000000, 5000000, 20000000, 60000000};

struct board *board_new(struct err *err)
{
	struct board *b =
		mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED) {
		err_system(err, errno, "cannot share memory");
		return NULL;
	}
	if (getrandom(b->seed, sizeof b->seed, 0) == sizeof b->seed)
		return b;
	err_system(err, errno, "cannot get random bytes");
	munmap(b, sizeof *b);
	return NULL;
}

void board_reset_now(struct board_row *row)
{
	row->connections = 0;
	row->waiting = 0;
	row->running = 0;
	for (size_t i = 0; i < BOARD_CLIENTS; i++)
		row->clients[i] = 0;
}

uint64_t board_connections(const struct board *b)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < BOARD_WORKERS; i++)
		sum += b->rows[i].connections;
	return sum;
}

unsigned board_bucket(const struct board *b, const struct peer *p)
{
	return peer_bucket(p, (struct str){b->seed, sizeof b->seed}, BOARD_CLIENTS);
}

uint64_t board_client(const struct board *b, const struct peer *p)
{
	unsigned bucket = board_bucket(b, p);
	uint64_t sum = 0;
	for (size_t i = 0; i < BOARD_WORKERS; i++) {
		int32_t n = b->rows[i].clients[bucket];
		sum += n > 0 ? (uint64_t)n : 0;
	}
	return sum;
}

void board_took(struct board_row *row, long long microseconds)
{
	for (size_t i = 0; i < BOARD_BUCKETS; i++)
		row->within[i] += microseconds <= bucket_ends[i];
	row->within[BOARD_BUCKETS]++;
	row->microseconds += (uint64_t)microseconds;
}

/* ---- Prometheus' text ---- */

#define AT(field)   offsetof(struct board_row, field)
#define EACH(field) AT(field), sizeof(((struct board_row *)0)->field) / sizeof(uint64_t)

static const char *const outcome_words[] = {"delivered", "deferred", "refused", "no-user"};
static const char *const refusal_words[] = {
	"unknown-recipient", "full-mailbox", "recipient-later", "connections", "client", "mailbox"};
static const char *const spam_words[] = {"unknown", "no", "yes", "skipped"};
static const char *const label_words[] = {"none", "external", "unknown"};
static const char *const stage_words[] = {"read", "judge", "deliver"};

/* Each is summed over the workers; one with a label has a value for each of its WORDS. */
static const struct metric {
	const char *name, *kind, *help, *label;
	const char *const *words;
	size_t offset, count;
	bool is_time;
} metrics[] = {
	{"mda_lmtp_connections_total", "counter", "Connections that were accepted.", NULL, NULL,
		AT(connections_total), 1, false},
	{"mda_lmtp_connections", "gauge", "Connections that are open.", NULL, NULL, AT(connections),
		1, false},
	{"mda_lmtp_messages_total", "counter", "Messages that were handed over.", NULL, NULL,
		AT(messages_total), 1, false},
	{"mda_lmtp_deliveries_waiting", "gauge", "Deliveries that wait for their turn.", NULL, NULL,
		AT(waiting), 1, false},
	{"mda_lmtp_deliveries_running", "gauge", "Deliveries that are under way.", NULL, NULL,
		AT(running), 1, false},
	{"mda_lmtp_deliveries_total", "counter", "Deliveries by outcome.", "outcome", outcome_words,
		EACH(outcomes), false},
	{"mda_lmtp_refusals_total", "counter", "What was refused before its delivery.", "reason",
		refusal_words, EACH(refusals), false},
	{"mda_lmtp_spam_total", "counter", "Deliveries by what is known of spam.", "spam",
		spam_words, EACH(spam), false},
	{"mda_lmtp_label_total", "counter", "Deliveries by label.", "label", label_words,
		EACH(labels), false},
	{"mda_lmtp_stage_seconds_total", "counter", "Time that deliveries spent in each stage.",
		"stage", stage_words, EACH(stages), true},
};

static uint64_t sum_at(const struct board *b, size_t offset)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < BOARD_WORKERS; i++) {
		const char *row = (const char *)&b->rows[i];
		sum += *(const _Atomic uint64_t *)(const void *)(row + offset);
	}
	return sum;
}

static void print_value(struct buf *to, uint64_t value, bool is_time)
{
	if (is_time)
		buf_fmt(to, " %.6f\n", (double)value / 1e6);
	else
		buf_fmt(to, " %llu\n", (unsigned long long)value);
}

static void print_metric(const struct board *b, const struct metric *m, struct buf *to)
{
	status_head(to, m->name, m->kind, m->help);
	for (size_t i = 0; i < m->count; i++) {
		buf_text(to, m->name);
		if (m->label)
			buf_fmt(to, "{%s=\"%s\"}", m->label, m->words[i]);
		print_value(to, sum_at(b, m->offset + i * sizeof(uint64_t)), m->is_time);
	}
}

static void print_histogram(const struct board *b, struct buf *to)
{
	static const char name[] = "mda_lmtp_delivery_seconds";
	status_head(to, name, "histogram", "How long deliveries took.");
	for (size_t i = 0; i <= BOARD_BUCKETS; i++) {
		if (i < BOARD_BUCKETS)
			buf_fmt(to, "%s_bucket{le=\"%g\"}", name, (double)bucket_ends[i] / 1e6);
		else
			buf_fmt(to, "%s_bucket{le=\"+Inf\"}", name);
		print_value(to, sum_at(b, AT(within) + i * sizeof(uint64_t)), false);
	}
	buf_fmt(to, "%s_sum", name);
	print_value(to, sum_at(b, AT(microseconds)), true);
	buf_fmt(to, "%s_count", name);
	print_value(to, sum_at(b, AT(within[BOARD_BUCKETS])), false);
}

static void print_own(const struct board *b, struct buf *to)
{
	const struct {
		const char *name, *kind, *help;
		uint64_t value;
	} own[] = {
		{"mda_lmtp_workers", "gauge", "Workers that run.", b->workers},
		{"mda_lmtp_workers_replaced_total", "counter", "Workers that had done their share.",
			b->replaced},
		{"mda_lmtp_workers_died_total", "counter", "Workers that died.", b->died},
		{"mda_lmtp_reloads_total", "counter",
			"Times that the configuration was read again.", b->reloads},
	};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		status_head(to, own[i].name, own[i].kind, own[i].help);
		buf_text(to, own[i].name);
		print_value(to, own[i].value, false);
	}
}

void board_print(const struct board *b, struct buf *to)
{
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
		print_metric(b, &metrics[i], to);
	print_histogram(b, to);
	print_own(b, to);
}
