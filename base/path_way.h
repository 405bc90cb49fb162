/*
 * How a path is reached: as it is, or beneath a directory of users (see path.h). For the files
 * path*.c.
 */
#ifndef BASE_PATH_WAY_H
#define BASE_PATH_WAY_H

#include <stdbool.h>

/* From DIR by REST; by the rules of beneath.h if a user owns what is below DIR. */
struct path_way {
	bool users;
	int dir;
	const char *rest;
};

/* -1 with errno when the directory cannot be opened. The way ends with the next call but one. */
int path_way_start(const char *path, struct path_way *way);

/* Skips slashes and components ".", which do not change the path. */
const char *path_way_skip(const char *p);
/* The part of PATH below ROOT; NULL when it is not below it. */
const char *path_way_below(const char *root, const char *path);
/* Is ".." in it? */
bool path_way_climbs(const char *path);

#endif
