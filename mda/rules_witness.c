#include "mda/rules_witness.h"

/* A script may compare thousands of values. */
enum { FIELDS_MOST = 16, MATCHES_MOST = 50, MISSES_MOST = 50 };

static size_t count_of(const struct verdict *v, enum finding_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < v->found.count; i++)
		n += v->found.items[i].kind == kind && v->found.items[i].stage[0] == 'r';
	return n;
}

/*
 * Of each field that rules look at, the first value is kept, unless it matches; it may be searched
 * for later. Most rules look at the field of the rule before them.
 */
static void add_field(struct verdict *v, const struct sv_event *e)
{
	size_t fields = 0;
	for (size_t i = v->found.count; i-- > 0 && v->found.items[i].stage[0] == 'r';) {
		const struct finding *f = &v->found.items[i];
		fields += f->kind == FINDING_LOOKED;
		if (str_ieq(f->field, e->source))
			return;
	}
	if (e->source.n && fields < FIELDS_MOST)
		verdict_found(v, FINDINGS_KEPT,
			(struct finding){.stage = "rules",
				.kind = FINDING_LOOKED,
				.field = arena_str(v->mem, e->source),
				.value = e->value});
}

static void add_match(struct verdict *v, const struct sv_event *e)
{
	enum finding_kind kind = e->result ? FINDING_MATCHED : FINDING_LOST;
	enum findings_wanted level = e->result ? FINDINGS_KEPT : FINDINGS_ALL;
	size_t most = e->result ? MATCHES_MOST : MISSES_MOST;
	if (v->found.wanted < level || count_of(v, kind) >= most)
		return;
	struct str key = str_slice(e->key, 0, 100);
	struct str text = ARENA_JOIN(v->mem, str_of(e->match), STR_LIT(" \""), key,
		key.n < e->key.n ? STR_LIT("...\"") : STR_LIT("\""));
	verdict_found(v, level,
		(struct finding){.stage = "rules",
			.kind = kind,
			.field = arena_str(v->mem, e->source),
			.value = e->value,
			.at = {arena_str(v->mem, e->script), e->line, text},
			.why = e->result ? STR_EMPTY : STR_LIT("no")});
}

static void add_said(struct verdict *v, const struct sv_event *e, enum findings_wanted level)
{
	verdict_found(v, level,
		(struct finding){.stage = "rules",
			.kind = FINDING_SAID,
			.at = {arena_str(v->mem, e->script), e->line, STR_EMPTY},
			.why = e->text});
}

void rules_witness(const struct rules_world *w, const struct sv_event *event)
{
	struct verdict *v = w->verdict;
	switch (event->kind) {
	case SV_EVENT_MATCH:
		if (!event->result)
			add_field(v, event);
		add_match(v, event);
		break;
	case SV_EVENT_ERROR:
		add_said(v, event, FINDINGS_KEPT);
		break;
	case SV_EVENT_ACTION:
	case SV_EVENT_NOTE:
		add_said(v, event, FINDINGS_ALL);
		break;
	case SV_EVENT_COMMAND:
	case SV_EVENT_TEST:
	case SV_EVENT_RESULT:
		break;
	}
}
