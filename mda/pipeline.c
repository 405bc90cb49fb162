#include "mda/pipeline.h"

#include "base/io.h"
#include "mda/conf/conf.h"
#include "mda/delivery/delivery.h"
#include "mda/judgement.h"
#include "mda/stages.h"

const struct stage pipeline_stages[] = {
	{"stamp", false, stages_stamp},
	{"firewall", true, stages_firewall},
	{"lists", false, stages_lists},
	{"attachments", false, stages_attachments},
	{"antispam", false, stages_spam},
	{"screener", false, stages_screener},
	{"rules", true, stages_rules},
	{"tag", false, stages_tag},
};

const size_t pipeline_stage_count = sizeof pipeline_stages / sizeof *pipeline_stages;

static void begin(struct delivery *d, struct verdict *v)
{
	verdict_init(v, d->mem, message_header_count(d->msg));
	if (d->asks)
		v->found.wanted = FINDINGS_ALL;
	else if (d->conf->explain_keep)
		v->found.wanted = FINDINGS_KEPT;
	d->verdict = v;
}

int pipeline_run(struct delivery *d, struct verdict *v, struct spent *spent, struct err *err)
{
	begin(d, v);
	stages_personal(d, v);
	for (size_t i = 0; i < pipeline_stage_count; i++) {
		long long start = io_microseconds();
		if (d->only_header && !pipeline_stages[i].plain)
			continue;
		if (d->mark)
			d->mark->stage = (uint32_t)i + 1;
		if (pipeline_stages[i].run(d, v, err) < 0)
			return -1;
		if (v->passing.text[0]) {
			*err = v->passing;
			return -1;
		}
		spent[i].microseconds = (uint64_t)(io_microseconds() - start);
	}
	return 0;
}

void pipeline_run_before_rules(struct delivery *d, struct verdict *v)
{
	struct err err;
	begin(d, v);
	stages_personal(d, v);
	for (size_t i = 0; pipeline_stages[i].run != stages_rules; i++)
		if (pipeline_stages[i].run(d, v, &err) < 0)
			verdict_note(v, "%s", err.text);
}
