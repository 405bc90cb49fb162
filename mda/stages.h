/*
 * The stages that the table in pipeline.c names. Each gives a filter its settings (stage_conf.h)
 * and lets it write the verdict.
 */
#ifndef MDA_STAGES_H
#define MDA_STAGES_H

struct delivery;
struct err;
struct verdict;

typedef int stages_run(const struct delivery *d, struct verdict *v, struct err *err);

/*
 * Before the stages: takes the settings of the user's own file, if they may set any. What is wrong
 * in it becomes a note and a report beside it; it never stops a delivery.
 */
void stages_personal(struct delivery *d, struct verdict *v);

/* Takes over the decisions of another mailbox's filter from a stamp of ours. */
stages_run stages_stamp;
/*
 * Decides which header fields are not believed, and reads what our MTA found out about the sender.
 */
stages_run stages_firewall;
stages_run stages_lists;
stages_run stages_attachments;
stages_run stages_spam;
/* Decides whether the sender is new, so that the message waits in a folder of its own. */
stages_run stages_screener;
/* Decides what is done with spam and blocked mail; runs the scripts for all other mail. */
stages_run stages_rules;
stages_run stages_tag;

/* Works out the sender's label (v->label), unless a rule has asked for it already. */
stages_run stages_label;

#endif
