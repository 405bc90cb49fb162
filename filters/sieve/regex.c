#include "filters/sieve/regex.h"

#include "base/utf8.h"
#include "filters/sieve/regex_class.h"
#include "filters/sieve/regex_program.h"

#include <stdlib.h>
#include <string.h>

/* Means "no character": before the text and at its end. */
enum { NOTHING = 0x110000 };

#define NO_PLACE UINT32_MAX

struct regex {
	struct regex_program program;
	bool starts[256]; /* the bytes that a match may start with */
	bool may_be_empty;
};

/* ---- how a match may start ---- */

static void add_start(struct regex *r, const struct regex_op *op)
{
	for (unsigned c = 0; c < 0x80; c++)
		if (op->kind == REGEX_ANY ||
			(op->kind == REGEX_SET && regex_set_has(&r->program.sets[op->value], c)))
			r->starts[c] = true;
	if (op->kind == REGEX_CHARACTER && op->value < 0x80) {
		char c = (char)op->value;
		bool letter = r->program.ignore_case && c >= 'a' && c <= 'z';
		r->starts[op->value] = true;
		r->starts[letter ? op->value - 'a' + 'A' : op->value] = true;
	} else {
		/* One byte of a UTF-8 character says too little, so all of them are possible. */
		memset(&r->starts[0x80], true, 0x80);
	}
}

/* Follows every operation that takes no character; assertions are assumed to hold. */
static void find_starts(struct regex *r)
{
	const struct regex_program *p = &r->program;
	bool *seen = mem_alloc(p->count * sizeof *seen);
	uint32_t *todo = mem_alloc((p->count + 1) * sizeof *todo);
	size_t n = 0;
	todo[n++] = 0;
	while (n) {
		uint32_t at = todo[--n];
		while (!seen[at]) {
			const struct regex_op *op = &p->ops[at];
			seen[at] = true;
			if (op->kind == REGEX_SPLIT || op->kind == REGEX_REPEAT)
				todo[n++] = (uint32_t)((int32_t)at + op->offset);
			if (op->kind == REGEX_MATCH)
				r->may_be_empty = true;
			else if (op->kind <= REGEX_SET)
				add_start(r, op);
			if (op->kind == REGEX_MATCH || op->kind <= REGEX_SET)
				break;
			at = op->kind == REGEX_JUMP ? (uint32_t)((int32_t)at + op->offset) : at + 1;
		}
	}
	free(seen);
	free(todo);
}

struct regex *regex_new(struct str pattern, bool ignore_case, struct arena *mem,
	unsigned long long *steps, const char **why)
{
	struct regex *r = arena_alloc(mem, sizeof *r);
	r->program.ignore_case = ignore_case;
	bool good = regex_parse(pattern, &r->program, mem, why);
	*steps += r->program.work;
	if (!good)
		return NULL;
	if (r->program.never)
		*why = arena_fmt(mem, "%s; it matches nothing", *why).p;
	else
		find_starts(r);
	return r;
}

size_t regex_groups(const struct regex *r)
{
	return r->program.groups;
}

/* ---- running the program ---- */

/*
 * The operations that wait for the next character, the preferred ones first, each with what it
 * remembers.
 */
struct threads {
	uint32_t *ops;
	uint32_t *places;
	size_t count;
};

/* Work for later: an operation to follow, or a place to restore. */
struct task {
	uint32_t op, slot, old;
};

struct matcher {
	const struct regex_program *program;
	struct str text;
	size_t at;           /* the place in the text where THREADS wait */
	uint32_t last, here; /* the characters before AT and at AT */
	size_t length;       /* the length of HERE in bytes */
	struct threads now, next;
	uint32_t *followed; /* for each operation: the last round that reached it */
	uint32_t round;
	struct task *pending;
	size_t slots;   /* how many places a thread remembers; 0: none are wanted */
	uint32_t *work; /* the places of the current thread */
	uint32_t *best; /* the places of the best match so far */
	bool matched;
	unsigned long long steps, most;
};

static bool is_word(uint32_t c)
{
	if (c < 0x80)
		return ascii_isalnum((char)c) || c == '_';
	return c < NOTHING && regex_class_has(1U << REGEX_ALNUM, c);
}

/* Does the assertion hold between LAST and HERE? */
static bool holds(enum regex_assertion a, uint32_t last, uint32_t here)
{
	switch (a) {
	case REGEX_START:
		return last == NOTHING;
	case REGEX_END:
		return here == NOTHING;
	case REGEX_WORD_EDGE:
		return is_word(last) != is_word(here);
	case REGEX_NO_WORD_EDGE:
		return is_word(last) == is_word(here);
	case REGEX_WORD_START:
		return !is_word(last) && is_word(here);
	case REGEX_WORD_END:
		return is_word(last) && !is_word(here);
	}
	return false;
}

static void add_thread(struct matcher *m, struct threads *to, uint32_t op)
{
	if (m->slots) {
		memcpy(&to->places[to->count * m->slots], m->work, m->slots * sizeof *m->work);
		m->steps += m->slots / 4;
	}
	to->ops[to->count++] = op;
}

/* Where OP leads without taking a character. NO_PLACE: it waits, or leads nowhere. */
static uint32_t go_on(struct matcher *m, struct threads *to, uint32_t op, size_t *pending)
{
	const struct regex_op *o = &m->program->ops[op];
	uint32_t other = (uint32_t)((int32_t)op + o->offset);
	switch (o->kind) {
	case REGEX_JUMP:
		return other;
	case REGEX_SPLIT:
		m->pending[(*pending)++] = (struct task){.op = other, .slot = NO_PLACE};
		return op + 1;
	case REGEX_REPEAT:
		m->pending[(*pending)++] = (struct task){.op = op + 1, .slot = NO_PLACE};
		return other;
	case REGEX_SAVE:
		if (m->slots) {
			m->pending[(*pending)++] =
				(struct task){.slot = o->value, .old = m->work[o->value]};
			m->work[o->value] = (uint32_t)m->at;
		}
		return op + 1;
	case REGEX_ASSERT:
		return holds(o->value, m->last, m->here) ? op + 1 : NO_PLACE;
	default:
		add_thread(m, to, op);
		return NO_PLACE;
	}
}

/*
 * Adds what OP leads to at the current place, each operation once in a round: the first way to it
 * counts.
 */
static void follow(struct matcher *m, struct threads *to, uint32_t op)
{
	size_t n = 0;
	m->pending[n++] = (struct task){.op = op, .slot = NO_PLACE};
	while (n) {
		struct task t = m->pending[--n];
		if (t.slot != NO_PLACE) {
			m->work[t.slot] = t.old;
			continue;
		}
		for (op = t.op; op != NO_PLACE && m->followed[op] != m->round; m->steps++) {
			m->followed[op] = m->round;
			op = go_on(m, to, op, &n);
		}
	}
}

/* ---- the text ---- */

static uint32_t character_at(const struct matcher *m, size_t at, size_t *length)
{
	struct str rest = str_slice(m->text, at, m->text.n);
	uint32_t c;
	*length = 1;
	if (rest.n == 0)
		return NOTHING;
	if ((unsigned char)rest.p[0] < 0x80 || !utf8_next(&rest, &c))
		return (unsigned char)m->text.p[at]; /* a byte that is not UTF-8 */
	*length = m->text.n - at - rest.n;
	return c;
}

static bool takes(const struct regex_program *p, const struct regex_op *op, uint32_t c)
{
	if (c == NOTHING)
		return false;
	if (op->kind == REGEX_CHARACTER)
		return op->value ==
		       (p->ignore_case && c < 0x80 ? (uint32_t)ascii_lower((char)c) : c);
	return op->kind == REGEX_ANY ||
	       (op->kind == REGEX_SET && regex_set_has(&p->sets[op->value], c));
}

/*
 * The character that ends at AT, which is not the start. A byte that is not UTF-8 is a character.
 */
static uint32_t character_before(const struct matcher *m, size_t at)
{
	enum { LONGEST = 4 };
	for (size_t n = at < LONGEST ? at : LONGEST; n > 0; n--) {
		size_t length;
		uint32_t c = character_at(m, at - n, &length);
		if (length == n)
			return c;
	}
	return (unsigned char)m->text.p[at - 1];
}

/* Skips to the first place from m->at on where a match may start; for when none is in progress. */
static void leap(struct matcher *m, const struct regex *r)
{
	size_t at = m->at;
	while (at < m->text.n && !r->starts[(unsigned char)m->text.p[at]])
		at++;
	if (at == m->at)
		return;
	m->steps += (at - m->at) / 8;
	m->last = character_before(m, at);
	m->at = at;
	m->here = character_at(m, at, &m->length);
	m->round++;
}

/* ---- matching ---- */

static void take_match(struct matcher *m, const uint32_t *places, size_t end)
{
	m->matched = true;
	if (!m->slots)
		return;
	bool first = m->best[0] == NO_PLACE || places[0] < m->best[0];
	if (!first && (places[0] > m->best[0] || end <= m->best[1]))
		return;
	memcpy(m->best, places, m->slots * sizeof *places);
	m->best[1] = (uint32_t)end;
}

static void start(struct matcher *m)
{
	if (m->slots) {
		memset(m->work, 0xff, m->slots * sizeof *m->work);
		m->work[0] = (uint32_t)m->at;
	}
	follow(m, &m->now, 0);
}

/* Goes over the character that the threads wait for. */
static void step(struct matcher *m)
{
	uint32_t c = m->here;
	size_t now = m->at;
	m->round++;
	m->next.count = 0;
	m->last = c;
	m->at += c == NOTHING ? 0 : m->length;
	m->here = character_at(m, m->at, &m->length);
	for (size_t i = 0; i < m->now.count; i++) {
		const struct regex_op *op = &m->program->ops[m->now.ops[i]];
		const uint32_t *places = &m->now.places[i * m->slots];
		m->steps++;
		if (op->kind == REGEX_MATCH) {
			take_match(m, places, now);
		} else if (takes(m->program, op, c) &&
			   !(m->matched && m->slots && places[0] > m->best[0])) {
			if (m->slots)
				memcpy(m->work, places, m->slots * sizeof *places);
			follow(m, &m->next, m->now.ops[i] + 1);
		}
	}
	struct threads swapped = m->now;
	m->now = m->next;
	m->next = swapped;
}

/* 1, 0, or -1 when it takes too many steps. */
static int run(struct matcher *m, const struct regex *r)
{
	for (;;) {
		if (!m->matched && m->now.count == 0 && !r->may_be_empty)
			leap(m, r);
		if (!m->matched)
			start(m);
		bool ends = m->here == NOTHING;
		if (m->steps > m->most)
			return -1;
		if (!m->matched || m->now.count)
			step(m);
		if (ends || (m->matched && (m->now.count == 0 || !m->slots)))
			return m->matched;
	}
}

static struct threads new_threads(const struct matcher *m, struct arena *mem)
{
	size_t n = m->program->count;
	return (struct threads){.ops = arena_alloc(mem, n * sizeof(uint32_t)),
		.places = arena_alloc(mem, n * m->slots * sizeof(uint32_t))};
}

static void prepare(struct matcher *m, struct arena *mem)
{
	size_t n = m->program->count;
	m->now = new_threads(m, mem);
	m->next = new_threads(m, mem);
	m->followed = arena_alloc(mem, n * sizeof *m->followed);
	m->pending = arena_alloc(mem, (n + 1) * sizeof *m->pending);
	m->work = arena_alloc(mem, (m->slots + 1) * sizeof *m->work);
	m->best = arena_alloc(mem, (m->slots + 1) * sizeof *m->best);
	memset(m->best, 0xff, (m->slots + 1) * sizeof *m->best);
	m->round = 1;
	m->last = NOTHING;
	m->here = character_at(m, 0, &m->length);
	/* The memory was cleared, which counts as work. */
	m->steps = n * (3 + m->slots) / 8;
}

int regex_match(const struct regex *r, struct str text, size_t *places, unsigned long long *steps,
	struct arena *scratch)
{
	struct matcher m = {.program = &r->program,
		.text = str_slice(text, 0, NO_PLACE - 1),
		.slots = places ? 2 * (1 + r->program.groups) : 0,
		.most = *steps};
	if (r->program.never) {
		*steps = 1;
		return 0;
	}
	prepare(&m, scratch);
	int result = run(&m, r);
	*steps = m.steps;
	for (size_t i = 0; places && result > 0 && i < m.slots; i += 2) {
		bool took_part = m.best[i] != NO_PLACE && m.best[i + 1] != NO_PLACE;
		places[i] = took_part ? m.best[i] : 0;
		places[i + 1] = took_part ? m.best[i + 1] : 0;
	}
	return result;
}
