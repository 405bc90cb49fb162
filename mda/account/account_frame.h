/* An account as bytes (base/frame.h): what is kept of a delivery. */
#ifndef MDA_ACCOUNT_ACCOUNT_FRAME_H
#define MDA_ACCOUNT_ACCOUNT_FRAME_H

#include "base/frame.h"
#include "mda/account/account.h"

enum { ACCOUNT_VERSION = 1 };

/* The parts that the judgement has too (mda/judgement.c). */
extern const struct frame_type account_frame_reason, account_frame_scan, account_frame_finding;

void account_frame_write(struct buf *to, const struct account *a);

/*
 * Reads a frame, which may have any bytes. Texts are slices of it; lists are in MEM. -1 with what
 * is wrong.
 */
int account_frame_read(struct str frame, struct arena *mem, struct account *a, struct err *err);

#endif
