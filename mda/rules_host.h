/* The answers to the rule engine's questions about a delivery (see filters/sieve/host.h). */
#ifndef MDA_RULES_HOST_H
#define MDA_RULES_HOST_H

#include "filters/sieve/host.h"
#include "mda/rules_world.h"

/* The host with these answers, in WORLD->mem; WORLD is copied. */
const struct sv_host *rules_host(const struct rules_world *world);

/* ---- the answers, by file; CONTEXT is a struct rules_world ---- */

/* rules_scripts.c */
int rules_read_script(void *context, enum sv_location location, struct str name, struct arena *mem,
	struct sv_source *script, struct err *err);

/* rules_folders.c */
const char *rules_folder_meant(void *context, struct str folder, struct arena *mem);
struct str rules_folder_find(void *context, enum sv_folder_by by, struct str key);
int rules_annotation(
	void *context, struct str folder, struct str name, struct arena *mem, struct str *value);

/* rules_lists.c */
int rules_list_holds(void *context, struct str list, struct str value);
bool rules_list_exists(void *context, struct str list);
bool rules_list_items(void *context, struct str list, struct arena *mem, struct str_list *items);

/* rules_facts.c */
int rules_environment(void *context, struct str item, struct arena *mem, struct str *value);
int rules_scored(void *context, enum sv_scan scan, bool percent, const struct message *header);
int rules_scanned(void *context, enum sv_scan scan);
int rules_duplicate(void *context, struct str handle, struct str id);

/* rules_programs.c */
enum sv_ran rules_run_program(void *context, const struct sv_program *program, struct arena *mem,
	struct str *output, struct err *err);
const char *rules_program_refused(void *context, struct str name, struct arena *mem);

#endif
