/* The marks that earlier deliveries put into a subject: "Re: [External] Offer". */
#ifndef FILTERS_SPAM_SUBJECT_MARK_H
#define FILTERS_SPAM_SUBJECT_MARK_H

#include "base/arena.h"

/*
 * VALUE, the raw value of a Subject field, without the marks of MARKS ("[External]") that are in
 * front of its text, where replies and lists leave them: among "Re:", "AW:" and "[list]". What a
 * person wrote later in the line stays. Encoded words are looked into where their charset contains
 * ASCII. VALUE itself when it has no mark.
 */
struct str subject_without_marks(struct str value, const struct str_list *marks, struct arena *mem);

#endif
