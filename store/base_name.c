#include "store/base_name.h"

#include "base/host.h"
#include "base/verdict.h"
#include "store/keywords.h"

#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { HOST_MAX = 96, FACTS_MOST = 60 };

/* A slash would lead to another directory, and a colon would start the flags. */
static void write_host(char *host, size_t size)
{
	size_t n = 0;
	for (const char *p = *host_name() ? host_name() : "localhost"; *p && n + 5 < size; p++) {
		if (*p == '/' || *p == ':')
			n += (size_t)snprintf(host + n, size - n, "\\%03o", (unsigned)*p);
		else
			host[n++] = *p > ' ' && *p < 0x7f ? *p : '_';
	}
	host[n] = '\0';
}

/* Counts line feeds without a carriage return before them, over all pieces. */
static size_t count_bare_lf(const struct str *pieces, size_t count)
{
	size_t bare = 0;
	char before = '\0';
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n == 0)
			continue;
		const char *p = pieces[i].p, *end = p + pieces[i].n;
		for (const char *lf; p < end && (lf = memchr(p, '\n', (size_t)(end - p)));
			p = lf + 1)
			bare += (lf == pieces[i].p ? before : lf[-1]) != '\r';
		before = end[-1];
	}
	return bare;
}

static const char *new_name(const struct str *pieces, size_t count, const int64_t *arrived,
	const char *mark, struct arena *mem)
{
	static unsigned counter;
	char host[HOST_MAX];
	struct timeval now;
	size_t size = 0;
	for (size_t i = 0; i < count; i++)
		size += pieces[i].n;
	gettimeofday(&now, NULL);
	write_host(host, sizeof host);
	return arena_fmt(mem, "%lld.M%06ldP%ldQ%u%s.%s,S=%zu,W=%zu",
		(long long)(arrived ? *arrived : now.tv_sec), (long)now.tv_usec, (long)getpid(),
		++counter, mark, host, size, size + count_bare_lf(pieces, count))
		.p;
}

const char *base_name_new(const struct str *pieces, size_t count, struct arena *mem)
{
	return new_name(pieces, count, NULL, "", mem);
}

const char *base_name_dated(struct str bytes, int64_t arrived, struct arena *mem)
{
	return new_name(&bytes, 1, &arrived, "i", mem);
}

const char *base_name_moved(struct str base, struct arena *mem)
{
	static unsigned counter;
	char host[HOST_MAX];
	struct timeval now;
	size_t digits = 0;
	while (digits < base.n && digits < 12 && ascii_isdigit(base.p[digits]))
		digits++;
	/* Only fields that start as ",S=" does are sizes or other facts about the bytes. */
	struct str facts = str_slice(base, str_find(base, ','), base.n);
	bool is_long = facts.n > FACTS_MOST;
	gettimeofday(&now, NULL);
	write_host(host, sizeof host);
	if (digits == 0)
		base = arena_fmt(mem, "%lld", (long long)now.tv_sec);
	return arena_fmt(mem, STR_FMT ".M%06ldP%ldQ%um.%s" STR_FMT,
		STR_ARGS(str_slice(base, 0, digits ? digits : base.n)), (long)now.tv_usec,
		(long)getpid(), ++counter, host, STR_ARGS(is_long ? STR_EMPTY : facts))
		.p;
}

struct str base_name_of(struct str file_name)
{
	return str_slice(file_name, 0, str_find(file_name, ':'));
}

/* Sorted, because readers expect the letters in this order. */
static const struct {
	unsigned bit;
	char letter;
} table[] = {{FLAG_DRAFT, 'D'}, {FLAG_FLAGGED, 'F'}, {FLAG_PASSED, 'P'}, {FLAG_REPLIED, 'R'},
	{FLAG_SEEN, 'S'}, {FLAG_TRASHED, 'T'}};

static unsigned bit_of(char letter)
{
	if (letter >= 'a' && letter < 'a' + KEYWORDS_MAX)
		return (unsigned)KEYWORDS_FIRST_BIT << (letter - 'a');
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].letter == letter)
			return table[i].bit;
	return 0;
}

unsigned base_name_read_flags(struct str file_name)
{
	size_t colon = str_find(file_name, ':');
	struct str info = str_slice(file_name, colon, file_name.n);
	unsigned flags = 0;
	if (!str_starts(info, STR_LIT(":2,")))
		return 0;
	for (size_t i = 3; i < info.n; i++)
		flags |= bit_of(info.p[i]);
	return flags;
}

void base_name_flags(unsigned flags, char letters[BASE_NAME_FLAGS])
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (flags & table[i].bit)
			letters[n++] = table[i].letter;
	for (unsigned i = 0; i < KEYWORDS_MAX; i++)
		if (flags & (unsigned)KEYWORDS_FIRST_BIT << i)
			letters[n++] = (char)('a' + i);
	letters[n] = '\0';
}

bool base_name_size(struct str name, int64_t *size)
{
	unsigned long long v;
	struct str rest = base_name_of(name);
	while (rest.n) {
		rest = str_slice(rest, str_find(rest, ',') + 1, rest.n);
		struct str field = str_slice(rest, 0, str_find(rest, ','));
		if (field.n < 2 || field.p[0] != 'S' || field.p[1] != '=')
			continue;
		if (!str_number(str_slice(field, 2, field.n), INT64_MAX, &v))
			return false;
		*size = (int64_t)v;
		return true;
	}
	return false;
}
