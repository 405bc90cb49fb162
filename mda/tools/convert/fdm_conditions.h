/* The conditions of one of fdm's rules, as a test. */
#ifndef MDA_TOOLS_CONVERT_FDM_CONDITIONS_H
#define MDA_TOOLS_CONVERT_FDM_CONDITIONS_H

#include "mda/tools/convert/fdm.h"

/* Those that are next; empty after convert_fail(). */
struct str fdm_conditions(struct fdm_reader *r);

#endif
