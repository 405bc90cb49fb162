/* What the child process does before it becomes the program (extprogram.h). */
#ifndef MDA_OUTGOING_EXTPROGRAM_CHILD_H
#define MDA_OUTGOING_EXTPROGRAM_CHILD_H

#include "mda/outgoing/extprogram.h"

#include <sys/types.h>

struct extprogram_child {
	const struct extprogram *program;
	int file;                     /* of the program */
	int input, output, complaint; /* its standard streams */
	int status;                   /* gets errno, as an int, if the program cannot be started */
	char **arguments, **environment;
	pid_t parent;
};

_Noreturn void extprogram_child(const struct extprogram_child *c);

#endif
