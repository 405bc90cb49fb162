/* Programs of the admin's that rules run. */
#include "mda/asks.h"
#include "mda/outgoing/programs.h"
#include "mda/rules_host.h"

enum sv_ran rules_run_program(void *context, const struct sv_program *program, struct arena *mem,
	struct str *output, struct err *err)
{
	const struct rules_world *w = context;
	*output = STR_EMPTY;
	return w->delivery ? asks_program(w->delivery, program, mem, output, err) : SV_RAN_NEVER;
}

const char *rules_program_refused(void *context, struct str name, struct arena *mem)
{
	const struct rules_world *w = context;
	return programs_refused(w->conf, name, mem);
}
