/* What one script wants, as a part of the verdict. */
#ifndef FILTERS_RULES_RESULT_H
#define FILTERS_RULES_RESULT_H

#include "filters/rules.h"

/* The message that the action wants to send in addition. */
struct answer rules_answer(const struct sv_action *a);

/*
 * Why a script's actions cannot be carried out, and the action that is one too many; WHY NULL: no
 * conflict.
 */
struct rules_conflict {
	const char *why;
	const struct sv_action *at;
};

/* Conflicts of these actions with each other and with what earlier scripts decided. */
struct rules_conflict rules_conflict(
	const struct sv_result *r, const struct rules_conf *conf, const struct verdict *v);

/* A script's keep, which is held back so that later scripts can decide. */
struct rules_keep {
	struct reason reason;
	struct str_list flags;
	const struct changes *changes;
};

/*
 * Takes the actions of one script. Returns whether the message would be kept; the caller adds an
 * explicit keep after later scripts have run. discard only cancels the implicit keep (RFC 5228
 * section 4.4), so it counts only when nothing else is done. A script without any action keeps.
 * NEXT becomes what the next script sees.
 */
bool rules_take(const struct rules_conf *conf, const struct sv_result *result,
	struct sv_input *next, struct verdict *v, struct rules_keep *keep);

#endif
