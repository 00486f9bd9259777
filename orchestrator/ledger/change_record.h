/*
 * One change on record: what was planned for one resource, and how far it came.
 *
 *     planned -> intent -> applied -> verified -> rolled_back
 *                   \          \
 *                    `----------`--> failed
 *
 * "intent" and "applied" mean that a call may have been made whose outcome is not known: the change
 * is in flight.
 */
#ifndef REEVE_LEDGER_CHANGE_RECORD_H
#define REEVE_LEDGER_CHANGE_RECORD_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "ledger/run_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANGE_HASH_SIZE 65 /* a SHA-256 in hexadecimal digits, and its NUL */
#define CHANGE_ID_SIZE 32   /* "c-", 16 hexadecimal digits */

enum change_state {
	CHANGE_PLANNED,
	CHANGE_INTENT,
	CHANGE_APPLIED,
	CHANGE_VERIFIED,
	CHANGE_FAILED,
	CHANGE_ROLLED_BACK,
};

enum change_kind {
	CHANGE_REMEDY,
	CHANGE_ROLLBACK,
};

struct change_step {
	enum change_state state;
	int64_t at_ms;
};

/* Why a change failed, or why it is not known what its calls did. */
struct change_cause {
	const char *code, *message, *request_id;
};

/* Texts and JSON values are borrowed: from `source` in a record that was read, else from whoever
 * filled the record. What journal_move adds is kept by the record itself (`kept`). */
struct change_record {
	const char *id;   /* "c-…", new in every run */
	const char *hash; /* change_hash: the same whenever the resource drifts in the same way */
	enum change_kind kind;
	const char *of; /* the change that a rollback undoes; else NULL */
	const char *run;
	int64_t wave;
	const char *account, *account_name;
	const char *cell_region; /* of the cell: "global" for a baseline of the account */
	const char *region;      /* of the resource */
	const char *baseline, *resource;
	const json_t *settings; /* of the baseline, as they were resolved for the account */
	enum tier tier;
	const char *decided_by; /* the rule that decided the tier */
	const json_t *before;   /* whole image (baseline_image) */
	const json_t *after;    /* the fields of the image that change */
	const json_t *calls;
	enum change_state state;
	int64_t at_ms; /* of the last step */
	struct change_step *history;
	size_t history_count;
	const json_t *result;      /* the image after it was verified; else NULL */
	struct change_cause cause; /* code NULL: none */
	const json_t *request_ids;
	json_t *source, *kept;
	struct buf fixed; /* journal.c's: the text of what no move changes */
};

/* Reads a stored change, also one that stands inside of a plan file or an approval. On success
 * change_record_release ends it; ERR_STORE says what can't be read. */
int change_record_decode(const json_t *json, struct change_record *out, struct err *err) MUST_CHECK;
void change_record_release(struct change_record *record); /* a zeroed one is fine */

/* An array of changes that were read. */
struct change_list {
	struct change_record *items;
	size_t count, capacity;
};
/* Adds a copy of a record that was read; both share the `source`. */
void change_list_add(struct change_list *list, const struct change_record *record);
void change_list_remove(struct change_list *list, size_t index);
void change_list_sort(struct change_list *list); /* the newest first */
void change_list_release(struct change_list *list);

/* Return the record as it is stored, as documents show it (without the version), and as a list
 * shows it (also without images, calls and history, but with every other field, null where it is
 * absent). New references. */
json_t *change_record_encode(const struct change_record *record) MUST_CHECK;
json_t *change_record_document(const struct change_record *record) MUST_CHECK;
json_t *change_record_summary(const struct change_record *record) MUST_CHECK;

/* Reads what change_record_document or change_record_summary made. */
int change_record_from_document(const json_t *json, struct change_record *out, struct err *err)
	MUST_CHECK;

/* Append the text of the record's fixed part, which begins with '{', and of the fields that may
 * change, which ends with '}'. Together they are the record. */
void change_record_add_fixed(struct buf *out, const struct change_record *record);
void change_record_add_moving(struct buf *out, const struct change_record *record);
bool change_record_fits(const struct change_record *record);

/* Adds a step to the history and makes it the state. cause and result (an image) may be NULL: the
 * record then keeps what it has. */
void change_record_step(struct change_record *record, enum change_state state,
	const struct err *cause, const json_t *result);

const char *change_state_name(enum change_state state);
int change_state_parse(const char *name, enum change_state *out) MUST_CHECK;
const char *change_kind_name(enum change_kind kind);

/* Returns whether a call may have been made whose outcome is not known yet. */
bool change_state_in_flight(enum change_state state);
/* Returns whether a rollback may undo the change: it is a remediation that was verified, or that
 * failed after its calls were made (it may have taken effect, and only the resource itself shows
 * that). */
bool change_can_be_undone(const struct change_record *record);

#endif
