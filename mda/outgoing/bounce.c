#include "mda/outgoing/bounce.h"

#include "base/log.h"
#include "mda/outgoing/srs.h"
#include "mda/outgoing/submit.h"

#include <time.h>

enum { SUBMIT_SECONDS = 120 };

static void tell(const struct envelope *env, const struct message *msg, struct str original)
{
	struct log_line line = {0};
	log_put(&line, "event", STR_LIT("bounce"));
	log_put(&line, "status", STR_LIT("redirected"));
	log_put(&line, "to", env->recipient);
	log_put_number(&line, "size", message_bytes(msg).n);
	log_put(&line, "redirected_to", original);
	(void)log_emit(&line, LOG_LEVEL_INFO); /* no mail waits for the log */
}

int bounce_open(struct str recipient, const struct stamp_keys *keys, struct arena *mem,
	struct str *original, struct err *err)
{
	const char *why;
	if (!srs_reverse(recipient, keys, (int64_t)time(NULL), mem, original, &why))
		return err_no_user(err, "%s", why);
	return 0;
}

int bounce_forward(const struct conf *conf, struct str original, const struct envelope *env,
	const struct message *msg, struct arena *mem, struct err *err)
{
	struct str bytes = message_bytes(msg);
	if (env->sender.n)
		return err_no_user(err, "only bounces go to this address");
	const struct submission s = {.sendmail = conf->sendmail_path.p,
		.smtp = conf->submission.n ? conf->submission.p : NULL,
		.recipients = &original,
		.recipient_count = 1,
		.pieces = &bytes,
		.piece_count = 1,
		.spool_dir = conf->spool_dir.p,
		.seconds = SUBMIT_SECONDS};
	if (submit_message(&s, mem, err) < 0)
		return -1;
	tell(env, msg, original);
	return 0;
}
