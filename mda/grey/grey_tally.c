#include "mda/grey/grey_tally.h"

#include "mda/server/status.h"

#include <stddef.h>

const char *const grey_tally_words[GREY_REASONS] = {
	[GREY_REASON_NEW] = "new",
	[GREY_REASON_EARLY] = "early",
	[GREY_REASON_DELAYED] = "delayed",
	[GREY_REASON_KNOWN] = "known",
	[GREY_REASON_CLIENT] = "client",
	[GREY_REASON_ALLOWED_CLIENT] = "allowed-client",
	[GREY_REASON_ALLOWED_RECIPIENT] = "allowed-recipient",
	[GREY_REASON_ALLOWED_SENDER] = "allowed-sender",
	[GREY_REASON_CONTACT] = "contact",
	[GREY_REASON_QUESTION] = "question",
	[GREY_REASON_DATABASE] = "database",
	[GREY_REASON_LATE] = "late",
};

static void print_number(
	struct buf *to, const char *name, const char *kind, const char *help, uint64_t value)
{
	status_head(to, name, kind, help);
	buf_fmt(to, "%s %llu\n", name, (unsigned long long)value);
}

void grey_tally_print(const struct grey_tally *t, struct buf *to)
{
	static const char name[] = "mda_grey_decisions_total";
	print_number(to, "mda_grey_connections_total", "counter", "Connections that were accepted.",
		t->connections_total);
	print_number(
		to, "mda_grey_connections", "gauge", "Connections that are open.", t->connections);
	print_number(to, "mda_grey_closed_total", "counter",
		"Connections that were closed because they were slow or to make room.", t->closed);
	print_number(to, "mda_grey_searches_total", "counter",
		"How often a sender was looked for among contacts.", t->searches);
	status_head(to, name, "counter", "Requests by the reason of their answer.");
	for (size_t i = 0; i < GREY_REASONS; i++)
		buf_fmt(to, "%s{reason=\"%s\"} %llu\n", name, grey_tally_words[i],
			(unsigned long long)t->reasons[i]);
}
