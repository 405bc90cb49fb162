/*
 * The work of a process that the back starts for one recipient: a delivery, or the question of
 * RCPT. It ends like the one-shot program: with an exit status, and a line that says why.
 */
#ifndef MDA_LMTP_ERRAND_H
#define MDA_LMTP_ERRAND_H

#include "base/hash.h"
#include "base/message.h"
#include "mda/conf/conf.h"

#include <sys/types.h>

struct rules_warm;

struct errand {
	/* The process that asks for it; its end ends a delivery that has not begun to store. */
	pid_t back;
	const struct conf_file *file;
	const struct conf *conf;
	struct rules_warm *warm;          /* delivering_warm() */
	const char *recipient, *original; /* C strings; ORIGINAL is NULL if it was not given */
	const char *sender, *queue_id, *submitter, *envelope_id; /* likewise */
	bool wants_receipt;
	/* A delivery: */
	struct message *msg; /* NULL if it is only the question about a message of SIZE bytes */
	const struct hash_begun *hash;
	unsigned long long size;
};

/*
 * What a process writes before its line, in one write, when all is done but its end. Where it is
 * missing, a signal has ended the process.
 */
enum { ERRAND_MAGIC = 0x6c6d7470 };
struct errand_result {
	uint32_t magic;
	uint32_t status; /* the exit status that will follow */
	uint32_t line_bytes;
	uint32_t is_judged;                    /* only then are these known: */
	uint32_t spam, label;                  /* enum spam_state, enum label */
	int64_t read_us, judge_us, deliver_us; /* microseconds */
};

/*
 * Does the work, and writes the result and the line to FD. Returns the exit status of the process.
 */
int errand_run(const struct errand *e, int fd);

/*
 * Does the question without ending the process: true if the recipient is accepted. Nothing is
 * logged. The process has the user's rights afterwards.
 */
bool errand_accepts(const struct errand *e);

/*
 * Splits what came from FD. False if it is no whole result: then all of it is the line, and *RESULT
 * is zero. The values in it are checked.
 */
bool errand_read(struct str bytes, struct errand_result *result, struct str *line);

#endif
