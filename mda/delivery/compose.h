/*
 * The message as it is stored or sent: its bytes as they came, with changes spliced into the
 * header. Its forms are made where the message is judged, because the header is known there. The
 * process that carries out the plan only puts our own trace fields in front.
 */
#ifndef MDA_DELIVERY_COMPOSE_H
#define MDA_DELIVERY_COMPOSE_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"

/* Makes the forms of the message for the plan, gives each step its form, and fills the facts. */
void compose_forms(const struct delivery *d, struct plan *p);

/*
 * What the step STORE puts into its folder: its form, with Return-Path (RFC 5321 section 4.4),
 * X-Original-To and Delivered-To on top. In Junk it also has the field X-Mda-Filed.
 */
struct pieces compose_stored(const struct delivery *d, const struct step *store);

/*
 * The trace fields that say where the message came from and went to, with their LF. Rules see them
 * in front of the message.
 */
struct str_list compose_trace(const struct delivery *d);

/* Does the header of a stored message say that it was put into Junk at its delivery? */
bool compose_was_junk(const struct message *stored);

/* The header of the message with CHANGES, and the blank line after it. */
struct str compose_header(const struct delivery *d, const struct changes *changes);

/* What STEP, a redirect or a pipe, sends: the fields TOP, then its form. */
struct pieces compose_redirected(const struct delivery *d, struct str top, const struct step *step);

#endif
