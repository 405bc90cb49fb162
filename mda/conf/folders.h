/*
 * Folders as the configuration has them: by which rules they are named (store/folder.h), and which
 * of them it names.
 */
#ifndef MDA_CONF_FOLDERS_H
#define MDA_CONF_FOLDERS_H

#include "mda/conf/conf.h"

/*
 * From now on folders are named as CONF says, which must stay; user_become() calls it. -1 when its
 * keys do not go together.
 */
int folders_declare(const struct conf *conf, struct err *err);

/* junk_folder, whole: with folder_prefix, which the key may leave out. */
struct str folders_junk(const struct conf *conf, struct arena *mem);

/* The folders, whole, that special_use names for USE, which may have its backslash. */
struct str_list folders_of_use(const struct conf *conf, struct str use, struct arena *mem);

#endif
