/*
 * The document of a run: the contract's JSON, streamed from the store to a file, and the
 * walk over a run's findings that the reports for people use too.
 */
#ifndef REEVE_ENGINE_DOCUMENT_H
#define REEVE_ENGINE_DOCUMENT_H

#include "engine/run.h"
#include "ledger/finding.h"

#include <stdbool.h>
#include <stdio.h>

/* Calls each(argument, finding) for every finding of the run's cells, account by account in the
 * order of ids; with `all`, also for those that need nobody's attention. Findings are borrowed. */
int document_each_finding(const struct run *run, bool all,
	int (*each)(void *argument, const struct finding *finding), void *argument, struct err *err)
	MUST_CHECK;

/* Writes the document of the contract. What a finding proposes is in the stored finding and in plan
 * files; the document names its id. */
int document_write(const struct run *run, bool all, FILE *out, struct err *err) MUST_CHECK;

#endif
