/*
 * The message as it is stored or sent: its bytes as they came, with changes to the header spliced
 * in. Its forms are worked out where the message is judged, by who knows its header; whoever
 * carries the plan out puts our own trace fields in front.
 */
#ifndef MDA_DELIVERY_COMPOSE_H
#define MDA_DELIVERY_COMPOSE_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"

/* Works out the plan's forms, which of them each of its actions has, and the facts. */
void compose_forms(const struct delivery *d, struct plan *p);

/*
 * What the action STORE puts into its folder: Return-Path (RFC 5321 section 4.4), X-Original-To and
 * Delivered-To on top of its form. What goes into Junk says so, with X-Mda-Filed.
 */
struct pieces compose_stored(const struct delivery *d, const struct action *store);

/*
 * The fields among these that say where the message came from and went to, with their LF: what
 * rules see in front of it.
 */
struct str_list compose_trace(const struct delivery *d);

/* Does a stored message say that it was put into Junk when it was delivered? */
bool compose_was_junk(const struct message *stored);

/* The header of the message with CHANGES, and the blank line behind it. */
struct str compose_header(const struct delivery *d, const struct changes *changes);

/* What the action A, a redirect or a pipe, sends: TOP, whole fields, on top of its form. */
struct pieces compose_redirected(const struct delivery *d, struct str top, const struct action *a);

#endif
