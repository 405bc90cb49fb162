/* What mda-apply has done, as text or JSON. */
#ifndef MDA_TOOLS_APPLY_APPLY_SHOW_H
#define MDA_TOOLS_APPLY_APPLY_SHOW_H

#include "mda/tools/apply/apply_send.h"
#include "mda/tools/refile/refile_table.h"

enum { APPLY_JSON_VERSION = 1 };

/* A message that stays where it is, although the rules would do something else with it. */
struct apply_left {
	size_t discarded, refused, sent, copies, failed;
};

/* A message that people have changed since it was moved. */
struct apply_told {
	struct str folder, message, what;
};

struct apply_result {
	struct str mailbox;
	const char *undo; /* the file that puts all back; NULL: none was written */
	const char *conf; /* the configuration file that was named; NULL: none */
	bool undoes;      /* this run puts all back */
	size_t judged;    /* messages; of an undo, those that the file names */
	const struct apply_moves *moves;
	struct apply_left left;
	const struct apply_sends *sends;  /* NULL: nothing was to be sent */
	size_t unsendable;                /* of an undo: redirects that were sent */
	const struct refile_table *table; /* for messages that were not judged; or NULL */
	struct apply_told *told;
	size_t told_count;
	struct str_list emptied; /* of an undo: folders without messages, by name */
	struct arena *mem;
};

void apply_show_text(const struct apply_result *r, struct buf *to);
void apply_show_json(const struct apply_result *r, struct buf *to);

#endif
