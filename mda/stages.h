/*
 * The stages, as the table in pipeline.c names them: each gives a filter its settings
 * (stage_conf.h), and has it write the verdict.
 */
#ifndef MDA_STAGES_H
#define MDA_STAGES_H

struct delivery;
struct err;
struct verdict;

typedef int stages_run(struct delivery *d, struct verdict *v, struct err *err);

/* What a stamp of ours says that another mailbox's filter decided. */
stages_run stages_stamp;
/* Which header fields are not believed, and what our MTA found out about the sender. */
stages_run stages_firewall;
stages_run stages_lists;
stages_run stages_attachments;
stages_run stages_spam;
/* What is done with spam and blocked mail; else the scripts. */
stages_run stages_rules;
stages_run stages_tag;

/* Works out the sender's label (v->label), unless that was done before: rules may ask for it. */
stages_run stages_label;

#endif
