/*
 * The settings of an address that are not in mda.conf: the table `address_settings` has them, as
 * "key = value" with commas between them.
 */
#ifndef MDA_CONF_CONF_ASKED_H
#define MDA_CONF_CONF_ASKED_H

#include "mda/conf/conf_setting.h"
#include "mda/conf/tables/table.h"

/*
 * Adds what the table has for ADDRESS to SETTINGS. -1 with the table, the address and the reason:
 * it cannot be asked, or what it has is wrong. DROP, whose context is FILE, gives up root's rights
 * in the process that asks a server. Memory is MEM's.
 */
int conf_asked_find(const struct conf_file *file, struct str address, table_drop *drop,
	struct settings *settings, struct arena *mem, struct err *err);

/*
 * Parses VALUE, which the table NAME has for ADDRESS, and adds its settings. -1 with the table, the
 * address and the column of what is wrong. Memory is MEM's.
 */
int conf_asked_parse(const char *name, struct str address, struct str value,
	struct settings *settings, struct arena *mem, struct err *err);

#endif
