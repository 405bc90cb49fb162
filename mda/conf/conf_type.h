/* The types of configuration keys: how the words in the file become the value of a field. */
#ifndef MDA_CONF_CONF_TYPE_H
#define MDA_CONF_CONF_TYPE_H

#include "base/arena.h"

struct conf_type {
	const char *name; /* for messages: "yes or no", "a size such as 16M" */
	bool is_list;
	/*
	 * Writes VALUES into the field at TO. False when they are not of this type; *WHY may then
	 * give a further reason.
	 */
	bool (*set)(void *to, const struct str_list *values, const char *const *choices,
		struct arena *mem, const char **why);
	/*
	 * What each of the values must be, apart from that; NULL: anything. It was asked before
	 * SET, and need not be asked again. *WHY is NULL, and may get a further reason.
	 */
	bool (*is_valid)(struct str value, struct arena *mem, const char **why);
};

extern const struct conf_type conf_type_submission, conf_type_text, conf_type_separator,
	conf_type_prefix, conf_type_engine, conf_type_path, conf_type_list, conf_type_words,
	conf_type_paths, conf_type_switch, conf_type_auto, conf_type_choice, conf_type_number,
	conf_type_size, conf_type_age, conf_type_period, conf_type_retention, conf_type_quota,
	conf_type_quota_warnings, conf_type_socket, conf_type_attachments, conf_type_shows,
	conf_type_table, conf_type_sender, conf_type_senders, conf_type_domains, conf_type_folder;

#endif
