/*
 * The folders of the configuration: the rules by which they are named (store/folder.h), and those
 * that keys name.
 */
#ifndef MDA_CONF_FOLDERS_H
#define MDA_CONF_FOLDERS_H

#include "mda/conf/conf.h"

/*
 * Sets the rules for names of folders from CONF, which must stay. user_become() calls it. -1 when
 * the keys contradict one another.
 */
int folders_declare(const struct conf *conf, struct err *err);

/* The full name of junk_folder: with folder_prefix, which the key may omit. */
struct str folders_junk(const struct conf *conf, struct arena *mem);

/* The full names of the folders that special_use has for USE, which may start with a backslash. */
struct str_list folders_of_use(const struct conf *conf, struct str use, struct arena *mem);

#endif
