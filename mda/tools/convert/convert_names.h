/*
 * Parts of regular expressions: alternatives, groups, and the names of fields that they stand for.
 */
#ifndef MDA_TOOLS_CONVERT_CONVERT_NAMES_H
#define MDA_TOOLS_CONVERT_CONVERT_NAMES_H

#include "mda/tools/convert/convert.h"

/* The end of the part of TEXT from FROM on that is on one level: at a '|', a ')' or the end. */
size_t convert_part_end(struct str text, size_t from);
/* The alternatives of TEXT that are on its own level. */
bool convert_split(struct convert *c, struct str text, struct str_list *parts);
/* The inside of a group that is all of TEXT; else empty. */
struct str convert_whole_group(struct str text);

/* The names that "(Resent-)?(To|Cc)" stands for. False if it is not so plain. */
bool convert_names(struct convert *c, struct str text, struct str_list *names);

#endif
