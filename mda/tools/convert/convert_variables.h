/* Variables of another program's rules whose values are known before mail comes. */
#ifndef MDA_TOOLS_CONVERT_CONVERT_VARIABLES_H
#define MDA_TOOLS_CONVERT_CONVERT_VARIABLES_H

#include "mda/tools/convert/convert.h"

struct convert_variable {
	struct str name, value;
	size_t change; /* which change of the variables set it */
	bool known;    /* else a command makes it, or only some mail sets it */
};

struct convert_variables {
	struct convert_variable *items;
	size_t count, changes;
};

/* The length of the name at the start of TEXT; 0: there is none. */
size_t convert_name_length(struct str text);

void convert_set(struct convert *c, struct convert_variables *v, struct str name, struct str value,
	bool known);
bool convert_is_set(const struct convert_variables *v, struct str name);
/* Empty if it is not known. */
struct str convert_value(const struct convert_variables *v, struct str name);

/* TEXT without quotation marks and with its variables, as a shell reads it; else a reason. */
bool convert_expand(
	struct convert *c, const struct convert_variables *v, struct str text, struct str *value);

/* Later, what was set since BEFORE, which is v->changes of then, is no longer known. */
void convert_variables_doubt(struct convert_variables *v, size_t before);

#endif
