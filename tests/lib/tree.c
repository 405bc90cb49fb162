#include "tests/lib/tree.h"

#include <ftw.h>
#include <stdio.h>

enum { DESCRIPTORS = 16 };

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

int tree_remove(const char *path)
{
	return nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
