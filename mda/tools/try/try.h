/* How the result of mda-try is shown; what it is, is in refile_table.h. */
#ifndef MDA_TOOLS_TRY_TRY_H
#define MDA_TOOLS_TRY_TRY_H

#include "base/buf.h"
#include "mda/tools/refile/refile_table.h"

enum { TRY_JSON_VERSION = 1 };

struct try_result {
	struct str mailbox;
	struct str source; /* the Maildir, or the mbox file */
	bool compared;     /* the old outcomes are judged; else they are where the messages are */
	size_t messages;   /* that there are */
	struct refile_table table;
};

void try_text(const struct try_result *r, struct buf *to);
void try_json(const struct try_result *r, struct buf *to);
void try_html(const struct try_result *r, struct buf *to);

#endif
