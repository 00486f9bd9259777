/*
 * Readers and writers in a delegated administrator's account, shared by all accounts of
 * a run: one session and one read cache for each such account.
 */
#ifndef REEVE_ENGINE_ADMINISTRATORS_H
#define REEVE_ENGINE_ADMINISTRATORS_H

#include "aws/client.h"
#include "baselines/baseline.h"

struct run;
struct administrators;

struct administrators *administrators_new(struct run *run);
void administrators_free(struct administrators *administrators);

/* Both are owned by the set and valid until it is freed. The writer is a template: the code that
 * makes a change copies it and sets its permit function. */
struct aws_reader *administrators_reader(struct administrators *administrators,
	const struct baseline *baseline, const char *account_id);
struct aws_writer *administrators_writer(struct administrators *administrators,
	const struct baseline *baseline, const char *account_id);

#endif
