/*
 * A cell (account x region x baseline) as the code that observes and changes it sees it, and what a
 * baseline is handed to read it.
 */
#ifndef REEVE_ENGINE_CELL_VIEW_H
#define REEVE_ENGINE_CELL_VIEW_H

#include "accounts/organization.h"
#include "base/buf.h"
#include "baselines/baseline.h"
#include "engine/run.h"
#include "ledger/change_record.h"

struct administrators;
struct work_item;

/* What the cells of one account share, while it is being swept. */
struct account_run {
	struct run *run;
	struct account *account;
	struct account_place place_storage;
	const struct org_place *place;
	struct aws_session *session;
	struct aws_read_cache *cache;
	json_t *desired; /* by baseline, from config_desired */
	struct administrators *administrators;
};

struct cell {
	struct account_run *account;
	const struct baseline *baseline;
	char region[32];
	const json_t *settings;
	enum tier tier;
	const char *decided_by;
	struct baseline_context context;
	struct aws_reader reader;
	const struct work_item *item; /* the change that is being handled, in a run over a work list */
	enum status item_status;      /* what became of it */
	char item_cause[64];
	enum status worst;
	size_t finding_count;
	struct err failure; /* of the store or the run: the cell is then not recorded as done */
};

/* The reader, context and place of the cell; `reader` and `context` are filled. */
void cell_prepare(struct cell *cell, struct baseline_context *context, struct aws_reader *reader);

/* One drifted resource on its way through the gate. */
struct drift {
	struct cell *cell;
	const char *resource, *region;
	const struct verdict *verdict;
	const json_t *before; /* the image of what was observed */
	enum tier tier;
	char rule[160];     /* what decided: the tier's rule, an approval */
	const char *reason; /* the verdict's, for whoever is asked */
	bool approved;      /* by a person: the attempts limit is not for them */
	/* Filled by remediation_plan, where there are calls to make; else empty: */
	char change_id[CHANGE_ID_SIZE], hash[CHANGE_HASH_SIZE];
	struct change_record record; /* the journal's; planned until remediation_apply moves it on */
	/* Filled by remediation_apply: */
	enum status status;
	char cause_code[96], cause_message[768];
	json_t *observed;    /* as verified; NULL: unchanged */
	json_t *request_ids; /* of the verification; NULL: none */
};

#endif
