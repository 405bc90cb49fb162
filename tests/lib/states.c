#include "tests/lib/states.h"

#include "tests/lib/workers.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { RANDOM = 6, SEEN = 1 << 17 };

/* Shared by all processes. */
struct tally {
	size_t tried;
	uint64_t seen[SEEN];
};

struct search {
	const struct states *states;
	struct tally *tally;
	size_t count; /* of events before the crash */
};

/* Many choices end in the same state. */
static bool is_new(struct tally *tally, uint64_t digest)
{
	for (size_t at = digest % SEEN;; at = (at + 1) % SEEN) {
		uint64_t none = 0;
		if (__atomic_compare_exchange_n(&tally->seen[at], &none, digest | 1, false,
			    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
		if (none == (digest | 1))
			return false;
	}
}

static void try_fates(const struct search *s, const enum disk_fate *fates)
{
	const struct states *all = s->states;
	struct disk_image *image = disk_image_new(all->disk, s->count, fates);
	uint64_t digest = disk_image_digest(image) + 2 * (s->count > all->mark);
	if (is_new(s->tally, digest)) {
		__atomic_add_fetch(&s->tally->tried, 1, __ATOMIC_RELAXED);
		all->try(all->context, s->count, image);
	}
	disk_image_free(image);
}

static bool is_data(const struct search *s, size_t event)
{
	return s->states->disk->events[event].kind <= DISK_GROW;
}

static void set_all(const struct search *s, const bool *pending, enum disk_fate *fates,
	enum disk_fate data, enum disk_fate names)
{
	for (size_t i = 0; i < s->count; i++)
		fates[i] = !pending[i] ? DISK_KEPT : is_data(s, i) ? data : names;
}

/* Each change for itself, among others that are all kept or all lost. */
static void try_singles(const struct search *s, const bool *pending, enum disk_fate *fates)
{
	for (size_t i = 0; i < s->count; i++) {
		if (!pending[i])
			continue;
		for (enum disk_fate fate = DISK_KEPT; fate < DISK_FATES; fate++) {
			if (fate > DISK_LOST && !is_data(s, i))
				continue;
			set_all(s, pending, fates, DISK_KEPT, DISK_KEPT);
			fates[i] = fate;
			try_fates(s, fates);
			set_all(s, pending, fates, DISK_LOST, DISK_LOST);
			fates[i] = fate;
			try_fates(s, fates);
		}
	}
}

static void try_random(const struct search *s, const bool *pending, enum disk_fate *fates)
{
	for (size_t n = 0; n < RANDOM; n++) {
		for (size_t i = 0; i < s->count; i++)
			fates[i] = pending[i] ? (enum disk_fate)(
							random() % (is_data(s, i) ? DISK_FATES : 2))
					      : DISK_KEPT;
		try_fates(s, fates);
	}
}

static void crash_after(const struct search *s)
{
	bool pending[DISK_EVENTS];
	enum disk_fate fates[DISK_EVENTS];
	disk_pending(s->states->disk, s->count, s->states->rules, pending);
	for (enum disk_fate data = DISK_KEPT; data < DISK_FATES; data++) {
		set_all(s, pending, fates, data, DISK_KEPT);
		try_fates(s, fates);
		set_all(s, pending, fates, data, DISK_LOST);
		try_fates(s, fates);
	}
	try_singles(s, pending, fates);
	try_random(s, pending, fates);
}

static void crash_share(void *context, size_t number, size_t count)
{
	struct search s = *(struct search *)context;
	srandom(1 + (unsigned)number);
	for (s.count = number; s.count <= s.states->disk->event_count;
		s.count += count * s.states->step)
		crash_after(&s);
}

size_t states_run(const struct states *states, size_t *tried)
{
	struct search s = {.states = states, .tally = workers_share(sizeof *s.tally)};
	size_t failed = workers_run(crash_share, &s);
	*tried = s.tally->tried;
	workers_unshare(s.tally, sizeof *s.tally);
	return failed;
}

size_t states_mark(const struct disk *d)
{
	size_t i = 0;
	while (i < d->event_count && d->events[i].kind != DISK_MARK)
		i++;
	return i;
}
