/* For commands that are shown to a person, who may paste them into a shell. */
#ifndef BASE_SHELL_WORD_H
#define BASE_SHELL_WORD_H

#include "base/arena.h"

/*
 * TEXT as one word of a command line (POSIX.1-2017, Shell Command Language, section 2.2): as it is
 * when no byte of it means anything to a shell, otherwise in single quotes. A C string, in MEM.
 */
struct str shell_word(struct str text, struct arena *mem);

#endif
