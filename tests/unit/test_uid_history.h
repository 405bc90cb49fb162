/* The UIDs that messages of a test's mailbox ever had. */
#ifndef TESTS_UNIT_TEST_UID_HISTORY_H
#define TESTS_UNIT_TEST_UID_HISTORY_H

#include "tests/unit/test_store_audit.h"

enum { HISTORY = 200 };

struct history {
	struct {
		struct known known;
		size_t text; /* the number of the message */
	} items[HISTORY];
	size_t count;
};

/* Is this the file of that message, whatever its flags are? */
static inline bool known_is_file(const struct known *k, const char *name)
{
	size_t n = strcspn(name, ":");
	return strlen(k->base) == n && memcmp(k->base, name, n) == 0;
}

static inline bool known_same_uid(const struct known *a, const struct known *b)
{
	return a->uid == b->uid && a->uidvalidity == b->uidvalidity &&
	       strcmp(a->directory, b->directory) == 0;
}

/* Fails if the UID ever meant another message. */
static inline void history_add(
	struct history *h, const struct known *k, size_t text, const char *when)
{
	for (size_t i = 0; i < h->count; i++)
		if (known_same_uid(&h->items[i].known, k) && h->items[i].text != text)
			fail_msg("%s: UID %lu means another message now", when,
				(unsigned long)k->uid);
	assert_true(h->count < HISTORY);
	h->items[h->count].known = *k;
	h->items[h->count++].text = text;
}

/* Fails if the message ever had another UID. */
static inline void assert_uid_kept(
	const struct history *h, const struct known *k, size_t text, const char *when)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->items[i].text == text && !known_same_uid(&h->items[i].known, k))
			fail_msg("%s: message %zu had UID %lu, not %lu", when, text + 1,
				(unsigned long)h->items[i].known.uid, (unsigned long)k->uid);
}

#endif
