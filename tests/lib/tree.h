/* A test's directory with all that is in it. */
#ifndef TESTS_LIB_TREE_H
#define TESTS_LIB_TREE_H

/* Removes it. 0, or -1 with errno. */
int tree_remove(const char *path);

#endif
