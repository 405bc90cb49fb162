/* The types of the keys about spam: who is asked, and how an answer or a header field is read. */
#ifndef MDA_CONF_CONF_TYPE_SPAM_H
#define MDA_CONF_CONF_TYPE_SPAM_H

#include "mda/conf/conf_type.h"

extern const struct conf_type conf_type_antispam, conf_type_servers, conf_type_limit,
	conf_type_score_field, conf_type_score_most, conf_type_score_texts, conf_type_spam_rules;

#endif
