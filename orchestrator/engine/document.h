/*
 * The JSON document of a run, streamed from the store to a file; and the walk over a run's findings
 * that reports for people use as well.
 */
#ifndef REEVE_ENGINE_DOCUMENT_H
#define REEVE_ENGINE_DOCUMENT_H

#include "engine/run.h"
#include "ledger/finding.h"

#include <stdbool.h>
#include <stdio.h>

/* Calls each(argument, finding) for the findings of the run's cells, sorted by account id.
 * Without `all`, findings that need no attention are left out. Findings are borrowed. */
int document_each_finding(const struct run *run, bool all,
	int (*each)(void *argument, const struct finding *finding), void *argument, struct err *err)
	MUST_CHECK;

/* Writes the run's document. A proposed change is in the stored finding and in plan files; the
 * document only has its id. */
int document_write(const struct run *run, bool all, FILE *out, struct err *err) MUST_CHECK;

#endif
