/*
 * An MTA's sendmail for tests: it takes each message, and counts. Where a test has killed its
 * caller, it ends by itself.
 */
#ifndef TESTS_LIB_SENT_H
#define TESTS_LIB_SENT_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Writes the script DIR/sendmail and the list DIR/sent, which belong to OWNER if that is not 0. The
 * message is taken when the list has a line with its recipient.
 */
void sent_make(const char *dir, uid_t owner);
/* How many lines of the list begin with ADDRESS. */
size_t sent_to(const char *dir, const char *address);
/* Waits until nothing more is sent. */
void sent_settle(const char *dir);

#endif
