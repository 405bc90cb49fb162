/* Finding records of deliveries (mda/account/kept.h), for the tools that show them. */
#ifndef MDA_TOOLS_RECORDS_H
#define MDA_TOOLS_RECORDS_H

#include "mda/account/kept.h"
#include "mda/session.h"
#include "mda/tools/options.h"

/* What the command line asks for; NULL: anything. All of it must be so. */
struct records_query {
	const char *id, *uid, *folder, *message_id, *from, *subject, *queue_id, *last, *since;
};

/* The options for it, but for UID and folder, of a REQUEST with a member `query`. */
#define RECORDS_OPTIONS(request)                                                                   \
	{"message-id", "id", "deliveries of the message with this Message-ID", 0,                  \
		offsetof(request, query.message_id), NULL},                                        \
		{"from", "text", "deliveries with this text in the sender or the From", 0,         \
			offsetof(request, query.from), NULL},                                      \
		{"subject", "text",                                                                \
			"deliveries with this text in the Subject, if a rule looked at it", 0,     \
			offsetof(request, query.subject), NULL},                                   \
		{"queue-id", "id", "deliveries of what the MTA calls so in its queue", 0,          \
			offsetof(request, query.queue_id), NULL},                                  \
		{"id", "id", "the delivery that the log calls explain=ID", 0,                      \
			offsetof(request, query.id), NULL},                                        \
		{"since", "time", "deliveries since then: 3d, 12h, 2026-11-29", 0,                 \
			offsetof(request, query.since), NULL},                                     \
	{                                                                                          \
		"last", "number", "only the last ones of these deliveries", 0,                     \
			offsetof(request, query.last), NULL                                        \
	}

struct records {
	struct account *items; /* the oldest first */
	size_t count;
	size_t more; /* how many older ones match, beyond --last */
	struct kept_damage damage;
};

/* Does the query ask for anything? The folder alone does not count. */
bool records_asked(const struct records_query *q);

/*
 * Finds the mailbox of the session's invocation (USER, an address or login; NULL: the one who runs
 * the tool) and becomes its owner. The directory with its records, in the session's memory; NULL
 * with the reason.
 */
const char *records_open(struct session *s, const char *user, struct err *err);

/* All memory is the session's. -1 if the query or a file is not valid. */
int records_find(const struct session *s, const char *state_dir, const struct records_query *q,
	struct records *found, struct err *err);

/* "30m", "12h", "3d", "2w" as seconds; false: it is none of these. */
bool records_age(struct str text, uint64_t *seconds);

/* "2026-11-29 16:20:03", the time here; in MEM. */
struct str records_time(uint64_t microseconds, struct arena *mem);

#endif
