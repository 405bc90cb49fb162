/* One delivery, stage by stage. The table of stages in pipeline.c is the program. */
#ifndef MDA_PIPELINE_H
#define MDA_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

struct delivery;
struct err;
struct spent;
struct verdict;

struct stage {
	const char *name;
	/* It also runs when a child died in the other stages. */
	bool plain;
	/*
	 * Reads the delivery and writes only the verdict. -1 when the delivery cannot go on (a
	 * retry may heal it).
	 */
	int (*run)(const struct delivery *d, struct verdict *v, struct err *err);
};

extern const struct stage pipeline_stages[];
extern const size_t pipeline_stage_count;

/* Runs every stage; they write the delivery's verdict V. SPENT gets the microseconds of each. */
int pipeline_run(struct delivery *d, struct verdict *v, struct spent *spent, struct err *err);

/*
 * For tools: runs the stages before the rules, as a delivery does, so that rules can ask what they
 * decided. If a stage cannot go on, there is a note.
 */
void pipeline_run_before_rules(struct delivery *d, struct verdict *v);

#endif
