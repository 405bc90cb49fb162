/*
 * What the rules make of a message that was delivered before: the shared part of mda-try, which
 * shows it, and mda-apply, which files the message there.
 */
#ifndef MDA_TOOLS_REFILE_REFILE_H
#define MDA_TOOLS_REFILE_REFILE_H

#include "base/verdict.h"

/* One thing that would be done with the message. */
struct refile_step {
	enum action_kind kind;
	struct str argument; /* the folder, empty for the INBOX; the address, text or program */
	unsigned flags;      /* of verdict.h */
	struct str_list keywords;
	struct reason reason;
};

/* A message of our own that would be sent. */
struct refile_answer {
	const char *kind; /* "vacation", "notify" and so on */
	struct str_list recipients;
};

/* An `if` or `elsif` of a script that this message reached. */
struct refile_test {
	struct str script;
	unsigned line, column;
	bool matched;
};

/* An `if` or `elsif` of a script, whether a message reaches it or not. */
struct refile_rule {
	struct str script, text; /* TEXT: its line in the script */
	unsigned line, column;
};

/* What one configuration makes of the message. */
struct refile_outcome {
	bool failed; /* a delivery would have been put off or refused, because of FAILURE */
	struct str failure;
	struct refile_step *steps;
	size_t step_count;
	struct refile_answer *answers;
	size_t answer_count;
	struct refile_test *tests;
	size_t test_count;
	struct str_list notes; /* errors in scripts and lists, and the like */
};

enum { REFILE_NEW, REFILE_OLD, REFILE_SIDES };

/* A message that was judged, as the process that judged it hands it back. */
struct refile_judged {
	struct refile_outcome outcomes[REFILE_SIDES];
	struct str from, subject, message_id;
	uint64_t date; /* seconds since 1970; 0: unknown */
	/* The rules of the new scripts, if they were read since the last message. */
	struct refile_rule *rules;
	size_t rule_count;
	/*
	 * For a message that is sent on: its bytes as it came, its envelope sender, and what
	 * judgement_read() makes of the new outcome. Else empty.
	 */
	struct str message, sender, judgement;
};

#endif
