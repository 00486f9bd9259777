/* The report of a run for people: each difference with its place, severity and next step. */
#ifndef REEVE_CMD_REPORT_H
#define REEVE_CMD_REPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "engine/run.h"
#include "ledger/status.h"

#include <jansson.h>
#include <stdio.h>

int report_print(const struct run *run, bool all, FILE *out, struct err *err) MUST_CHECK;

/* Returns the status as people read it in a run of this kind: in a rollback `remediated` is shown
 * as "rolled back". */
const char *report_status_word(enum run_kind kind, enum status status);

/* Returns the same for the run of a document. */
const char *report_status_in(const json_t *run, enum status status);

/* Adds the differences between observed and desired state: "BlockPublicAcls false → true, …". */
void report_difference(const json_t *observed, const json_t *desired, struct buf *out);

#endif
