/*
 * The rule of greylisting, as postgrey has it: a triplet passes when it comes again after the delay
 * and within the window. A client of which enough triplets have passed is not greylisted any more.
 */
#ifndef MDA_GREY_GREY_RULE_H
#define MDA_GREY_GREY_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* In seconds. */
struct grey_terms {
	int64_t delay;      /* how long a triplet has to wait */
	int64_t window;     /* how long it may wait */
	int64_t lifetime;   /* how long it is remembered after it was last seen */
	int64_t auto_allow; /* after so many passes a client is allowed; 0: never */
};

/* What is remembered of a triplet and a client, in seconds since 1970; last 0: nothing. */
struct grey_seen {
	int64_t first, last;
};
struct grey_passes {
	int64_t count, last;
};

enum grey_outcome {
	GREY_NEW,     /* it is deferred: seen for the first time */
	GREY_EARLY,   /* it is deferred: again, but too soon */
	GREY_DELAYED, /* it passes for the first time */
	GREY_KNOWN,   /* it has passed before */
	GREY_CLIENT,  /* its client is allowed */
};

struct grey_ruling {
	enum grey_outcome outcome;
	int64_t seconds;           /* deferred: still to wait; delayed: how long it has waited */
	bool has_seen, has_passes; /* this is to be remembered: it was changed */
};

bool grey_rule_defers(enum grey_outcome outcome);

/* Is what is remembered too old at NOW, so that it counts for nothing? */
bool grey_rule_forgets(const struct grey_terms *t, const struct grey_seen *seen, int64_t now);
bool grey_rule_forgets_client(
	const struct grey_terms *t, const struct grey_passes *passes, int64_t now);

/* Rules on a triplet at NOW. Changes SEEN and PASSES to what is to be remembered. */
struct grey_ruling grey_rule(const struct grey_terms *t, int64_t now, struct grey_seen *seen,
	struct grey_passes *passes);

#endif
