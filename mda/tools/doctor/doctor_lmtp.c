#include "mda/tools/doctor/doctor_lmtp.h"

#include "base/io.h"
#include "base/net.h"
#include "base/path.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/doctor/doctor_exim.h"
#include "mda/tools/doctor/doctor_postfix.h"
#include "mda/tools/doctor/doctor_smtpd.h"

#include <errno.h>
#include <string.h>

enum { SECONDS = 5, REPLY_MOST = 64 * 1024 };

/* 0, or -1 with the reason. */
static int greet(const char *server, struct err *err)
{
	static const struct str request = STR_LIT("LHLO mda-doctor\r\nQUIT\r\n");
	const struct net_exchange x = {.server = server,
		.usual_port = "24",
		.pieces = &request,
		.count = 1,
		.most = REPLY_MOST,
		.deadline = io_microseconds() + SECONDS * 1000000LL};
	struct buf reply = {0};
	int r = net_exchange(&x, &reply, err);
	if (r == 0 && !str_starts(buf_str(&reply), STR_LIT("220")))
		r = err_temp(err, "%s: what answers does not speak LMTP", server);
	buf_free(&reply);
	return r;
}

/* A socket may be for the MTA alone: then it is enough that it is there. */
static bool is_for_others(const char *server, const struct err *err)
{
	struct stat st;
	return server[0] == '/' && strstr(err->text, strerror(EACCES)) &&
	       path_stat(server, &st) == 0 && S_ISSOCK(st.st_mode);
}

void doctor_lmtp_answers(struct doctor *d)
{
	const struct str_list *listen = &d->conf->lmtp_listen;
	if (!doctor_postfix_hands_over(d) && !doctor_exim_hands_over(d) &&
		!doctor_smtpd_hands_over(d))
		return;
	for (size_t i = 0; i < listen->count; i++) {
		struct err err;
		const char *server = arena_cstr(d->mem, listen->items[i]);
		bool bad = greet(server, &err) < 0 && !is_for_others(server, &err);
		doctor_judge(d, bad, DOCTOR_ERROR, bad ? DOCTOR_TEXT(d, "%s", err.text) : STR_EMPTY,
			STR_LIT("systemctl start mda-lmtpd, or set lmtp_listen"),
			DOCTOR_TEXT(d, "mda-lmtpd is at %s", server));
	}
}
