/* Which redirects and pipes a delivery has, and the names by which its journal knows them. */
#ifndef MDA_OUTGOING_SEND_LIST_H
#define MDA_OUTGOING_SEND_LIST_H

#include "mda/outgoing/send.h"

/*
 * Fills S->steps: the redirects and pipes of the plan, then those that an earlier attempt intended.
 * -1: the journal cannot be read.
 */
int send_list_make(struct send_job *s, struct err *err);

/* The name of a redirect to ADDRESS; in MEM. */
struct str send_list_redirect(struct str address, struct arena *mem);
/* The name of a step that sends the message on; empty for other steps. In MEM. */
struct str send_list_name(const struct step *step, struct arena *mem);

#endif
