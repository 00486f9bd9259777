/*
 * The data of one cell (one baseline in one region of one account), shared by the code that
 * observes the cell and the code that changes it, and the context that a baseline is called with.
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

/* The state that the cells of one account share while the account is swept. */
struct account_run {
	struct run *run;
	struct account *account;
	struct account_place place_storage;
	const struct org_place *place;
	struct aws_session *session;
	struct aws_read_cache *cache;
	json_t *desired; /* {baseline id: its settings, tier, ...}, from config_desired */
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
	const struct work_item *item; /* the change being handled, in a run over a work list */
	enum status item_status;      /* the status that the item ended with */
	char item_cause[64];
	enum status worst;
	size_t finding_count;
	struct err failure; /* a failure of the store or of the run: the cell is then not recorded as
						   done */
};

/* Fills the reader and the context for the cell. */
void cell_prepare(struct cell *cell, struct baseline_context *context, struct aws_reader *reader);

/* One drifted resource, while the gate decides about its change and the change is made. */
struct drift {
	struct cell *cell;
	const char *resource, *region;
	const struct verdict *verdict;
	const json_t *before; /* the image of the observed state */
	enum tier tier;
	char rule[160];     /* the rule that decided: the one that set the tier, or an approval */
	const char *reason; /* the reason for the verdict, for the person who is asked to approve */
	bool approved; /* a person approved the change: the limit of attempts does not apply then */
	/* Filled by remediation_plan, where there are calls to make; else empty: */
	char change_id[CHANGE_ID_SIZE], hash[CHANGE_HASH_SIZE];
	struct change_record record; /* the journal's record; its state is planned until
									remediation_apply advances it */
	/* Filled by remediation_apply: */
	enum status status;
	char cause_code[96], cause_message[768];
	json_t *observed;    /* the state that was verified; NULL when it is unchanged */
	json_t *request_ids; /* AWS request ids of the verification; NULL when there are none */
};

#endif
