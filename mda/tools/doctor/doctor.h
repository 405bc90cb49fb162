/*
 * What the checks of mda-doctor share: what is known when they run, and how they report. A check
 * is a row of doctor_checks[] and a small function. It looks and changes nothing. A check that does
 * not apply reports nothing.
 */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_H
#define MDA_TOOLS_DOCTOR_DOCTOR_H

#include "base/shell_word.h"
#include "mda/session.h"
#include "mda/tools/doctor/doctor_ask.h"
#include "mda/tools/progress.h"

#include <sys/stat.h>

/* Also the exit status, as of a monitoring plugin. */
enum doctor_status { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_ERROR };
enum { DOCTOR_STATUSES = 3 };

/* What must be known before the check can run. */
enum doctor_need { DOCTOR_ANYTIME, DOCTOR_NEEDS_CONF, DOCTOR_NEEDS_USER };

struct doctor;
struct doctor_check {
	const char *name, *group;
	enum doctor_need need;
	void (*run)(struct doctor *d);
	const char *meaning; /* what it checks, for the list of checks */
};
extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

struct doctor_finding {
	const struct doctor_check *check;
	enum doctor_status status;
	struct str text, mend; /* MEND: the command or change that mends it; or empty */
};

/* A path that mda.conf names, as the user saw it who started the program. */
struct doctor_path {
	bool exists, has_parent;
	struct stat st;
};

/* A table that mda.conf names. It is asked while its file can be read. */
struct doctor_table {
	struct str name; /* empty: there is none */
	bool failed;
	struct err why;
	const char *file; /* which may hold a password; NULL: none */
	struct doctor_path at;
};

struct doctor {
	/* the command line */
	struct session session;
	const char *recorded;                         /* a directory with what the programs print */
	const char *postfix, *exim, *smtpd, *dovecot; /* other configurations than the usual */
	bool all;                                     /* every mailbox */
	size_t jobs;                                  /* of them at once */
	bool json, quiet, list, help, version;

	/* with --all */
	bool every;          /* this is the process of a mailbox */
	bool quiet_progress; /* only all of them show progress */

	/* what was found at the start */
	const struct conf *conf; /* in force for the user, or for everybody; NULL: has errors */
	struct err conf_error, user_error, account_error;
	struct str_list conf_errors; /* further ones */
	bool conf_failed, user_failed, account_failed;
	bool has_user; /* the user of -d was found */
	struct doctor_path file, log, key, users_socket;
	struct doctor_table aliases, settings;

	/* what was found meanwhile */
	struct doctor_output outputs[DOCTOR_SOURCES];
	struct doctor_mailbox *mailbox;
	struct doctor_uids *uids;
	struct doctor_lists *lists;
	struct doctor_postfix *postfix_read;
	struct doctor_dovecot *dovecot_read;
	const struct doctor_check *check; /* the one that runs */
	struct doctor_finding *findings;
	size_t finding_count;
	struct arena *mem;
};

/* Reports something. TEXT and MEND must live as long as D (arena_fmt() in d->mem). */
void doctor_found(struct doctor *d, enum doctor_status status, struct str text, struct str mend);
#define DOCTOR_TEXT(d, ...) arena_fmt((d)->mem, __VA_ARGS__)
/* A path, or the name of the user, as a word of a shell: for the commands of MEND. In d->mem. */
const char *doctor_word(struct doctor *d, const char *text);
const char *doctor_user_word(struct doctor *d);
/* "mda COMMAND" for MEND, with the -c of this run, so that it reads the same configuration. */
const char *doctor_tool(struct doctor *d, const char *command);
/* Reports BAD with the mend if IS_BAD, otherwise that all is well with GOOD. */
void doctor_judge(struct doctor *d, bool is_bad, enum doctor_status status, struct str bad,
	struct str mend, struct str good);

/*
 * Reads the configuration, finds the user and gives up root's rights for good. -1 only when there
 * is no account to become.
 */
int doctor_begin(struct doctor *d, struct err *err);

/* The path of a template for the user; NULL: it has none, or it cannot be expanded. */
const char *doctor_path_of(struct doctor *d, struct str template);

#endif
