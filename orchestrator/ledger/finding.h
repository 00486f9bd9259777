/*
 * A finding: the outcome for one resource of a cell, as it is stored and printed.
 *
 * Most resources are compliant, and a compliant resource can be observed again. So its finding is
 * stored in a short form, unless the whole one was asked for: the status, the time of the
 * observation, and a digest of the observed state. The short form does not repeat what its key says
 * (account, region of the cell, baseline, resource).
 */
#ifndef REEVE_LEDGER_FINDING_H
#define REEVE_LEDGER_FINDING_H

#include "base/buf.h"
#include "baselines/baseline.h"
#include "config/config.h"
#include "ledger/record.h"
#include "ledger/status.h"
#include "store/store.h"

#include <jansson.h>

struct finding_cause {
	const char *code, *message;
};

struct finding {
	const char *account, *account_name;
	const char *cell_region; /* the cell's: part of the key */
	const char *region;      /* the resource's */
	const char *baseline;    /* its id */
	const char *resource;
	enum status status;
	const char *severity;
	enum tier tier;
	const char *decided_by;           /* the rule that decided the tier */
	const json_t *observed, *desired; /* may be NULL */
	const char *change;               /* id or NULL */
	const json_t *proposal; /* the change as a journal record, for whoever reviews it; NULL: none */
	struct finding_cause cause; /* without a code: none */
	int64_t observed_ms;
	const json_t *request_ids; /* may be NULL */
	const char *run;
	const char *digest; /* of what was observed, in the short form; NULL: in the whole form */
	json_t *source;     /* of one that was read */
};

/* Returns whether a finding is stored whole although it is compliant. */
enum finding_form { FINDING_SHORT_IF_COMPLIANT, FINDING_WHOLE };

MAY_YIELD int finding_store(struct store *store, const struct finding *finding,
	enum finding_form form, struct err *err) MUST_CHECK;

/* Removes the findings of the cell, before it is observed anew. */
MAY_YIELD int finding_forget_cell(struct store *store, const char *account, const char *cell_region,
	const char *baseline, struct err *err) MUST_CHECK;

/* --- reading --- */

/* Fills *out, which finding_release ends, from a stored record and its key. A record in the short
 * form has no observed state. A record that is not understood is an error (ERR_STORE). */
int finding_decode(const struct store_key *key, const json_t *record, struct finding *out,
	struct err *err) MUST_CHECK;
void finding_release(struct finding *finding);

/* The part of a finding that tells Security Hub of it when its resource is gone; it is read by
 * finding_from_document. `observed` may be NULL. New reference. */
json_t *finding_brief(const struct finding *finding, const json_t *observed) MUST_CHECK;

/* *found is false when there is no such finding. */
int finding_read(struct store *store, const char *account, const char *cell_region,
	const char *baseline, const char *resource, struct finding *out, bool *found, struct err *err)
	MUST_CHECK;

/* Calls each(argument, finding) for every finding below the prefix (NULL: all), in the order of
 * keys: 0 to go on, 1 to stop. It may not yield. */
int finding_each(struct store *store, const struct store_key *prefix,
	int (*each)(void *argument, const struct finding *finding), void *argument, struct err *err)
	MUST_CHECK;

/* The finding as documents and the API show it, without the proposal, which is for whoever reviews
 * the change; only of a finding that was read. New reference. */
json_t *finding_document(const struct finding *finding) MUST_CHECK;
/* Reads what finding_document made. */
int finding_from_document(const json_t *json, struct finding *out, struct err *err) MUST_CHECK;

/* --- text, for documents of hundreds of thousands of findings --- */

/* The fields that decide whether a record is wanted; "" where the record lacks one. */
struct finding_gist {
	char run[40], status[32];
	bool is_short;
};

/* Copies the record's members to `out` as documents show them, and fills the gist. Returns -1 for a
 * text that is not a stored finding: finding_decode then says what is wrong. */
int finding_copy_text(const void *text, size_t length, struct finding_gist *gist, struct buf *out)
	MUST_CHECK;

#endif
