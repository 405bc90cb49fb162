#include "mda/conf/userdb_reader.h"

#include "base/printable.h"

enum { SHOWN = 100 };

int userdb_reader_refuse(struct userdb_reader *r, const char *why)
{
	struct str value = printable_line(str_slice(r->value, 0, SHOWN), '?', r->mem);
	return err_temp(r->err, "Dovecot's userdb gives %s=" STR_FMT ": %s",
		arena_cstr(r->mem, printable_line(str_slice(r->field, 0, SHOWN), '?', r->mem)),
		STR_ARGS(value), why);
}
