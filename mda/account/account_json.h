/*
 * An account as JSON: the schema "mda-explain/1", which is in mda-explain(1) and, for programs, in
 * explain.schema.json beside this file.
 */
#ifndef MDA_ACCOUNT_ACCOUNT_JSON_H
#define MDA_ACCOUNT_ACCOUNT_JSON_H

#include "base/json.h"
#include "mda/account/account.h"

/* One object. TRACE has the events of the rules as JSON values with commas between (trace.h). */
void account_json(struct json *json, const struct account *a, struct str trace);

#endif
