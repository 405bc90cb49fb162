/*
 * What a script has in the place of programs that rules often run.
 */
#ifndef MDA_TOOLS_CONVERT_CONVERT_PROGRAM_H
#define MDA_TOOLS_CONVERT_CONVERT_PROGRAM_H

#include "mda/tools/convert/convert.h"

/*
 * Refuses COMMAND, and says what to use instead. IS_FILTER: what it prints becomes the message.
 * False, as after convert_fail().
 */
bool convert_program(struct convert *c, struct str command, bool is_filter);

#endif
