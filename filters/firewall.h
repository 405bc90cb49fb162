/* The header firewall: fields that only we may write, and that a sender wrote, are taken out. */
#ifndef FILTERS_FIREWALL_H
#define FILTERS_FIREWALL_H

#include "mda/base/message.h"
#include "mda/base/verdict.h"

/* Removes every inbound field of the X-Mda- namespace, however it is disguised. */
void firewall_apply(const struct message *msg, struct verdict *v);

#endif
