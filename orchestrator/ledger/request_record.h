/*
 * The record of an approval request: a change that waits for a person, and the answers to it.
 *
 *     waiting -> approved -> done
 *        |          |
 *        `----------`--> denied, expired, void
 *
 * A waiting or approved request expires by the clock, whether or not that was recorded: so
 * approval_request_state_at, and not the member `state`, tells what a request is worth now. A
 * record that is not understood is an error where it is read, and approves nothing.
 */
#ifndef REEVE_LEDGER_REQUEST_RECORD_H
#define REEVE_LEDGER_REQUEST_RECORD_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/change_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APPROVAL_ID_SIZE 16 /* "a-", 12 hexadecimal digits */

enum approval_state {
	APPROVAL_WAITING,
	APPROVAL_APPROVED,
	APPROVAL_DENIED,
	APPROVAL_EXPIRED,
	APPROVAL_VOID,
	APPROVAL_DONE
};

enum approval_verdict {
	APPROVAL_YES,
	APPROVAL_NO,
};

/* Who requested a change: a person where one is known, else the schedule or a system user who is
 * mapped to no person. */
struct approval_requester {
	const char *name; /* NULL: no person of the configuration */
	const char *user; /* the system user of the process */
	const char *run;  /* the run's id */
};

struct approval_answer {
	const char *name; /* of the person, as the configuration writes it */
	const char *via;  /* the identity that they used */
	enum approval_verdict verdict;
	int64_t at_ms;
	const char *note; /* NULL: none */
};

/* A state that the request has had. */
struct approval_history_step {
	enum approval_state state;
	int64_t at_ms;
	const char *why; /* NULL: it follows from the state */
};

/* Texts and JSON values are borrowed: from `source` in a record that was read, else from whoever
 * filled the record. What is added to a record later is kept by the record itself (`kept`). */
struct approval_request {
	const char *id;   /* "a-…", of the hash and the round */
	const char *hash; /* of the change (change_hash): there is one request for each */
	int64_t round;    /* how many requests there were before for the same change */
	enum approval_state state;
	const json_t *change_json; /* the record of the change, as it is stored */
	struct change_record change;
	const char *reason; /* why the change is wanted: the finding's cause; NULL: not known */
	int64_t requested_ms, expires_ms;
	struct approval_requester requester;
	int64_t required;        /* how many people must approve */
	const json_t *approvers; /* the names of who may; an empty array: everyone */
	bool four_eyes;          /* the requester may not approve */
	struct approval_answer *answers;
	size_t answers_count;
	const char *made; /* the id of the change that was made; NULL: none was */
	struct approval_history_step *history;
	size_t history_count;
	json_t *source, *kept;
};

/* Reads a stored request. On success approval_request_release ends it; ERR_STORE says what is not
 * understood. Whether the record agrees with itself is the rules' question (approvals/check.h). */
int approval_request_decode(const json_t *json, struct approval_request *out, struct err *err)
	MUST_CHECK;
void approval_request_release(struct approval_request *request); /* a zeroed one is fine */
#define CLEANUP_REQUEST __attribute__((cleanup(approval_request_release)))

/* Return the request as it is stored, and as documents and the API show it: without versions,
 * and with its state at now_ms. New references. */
json_t *approval_request_encode(const struct approval_request *request) MUST_CHECK;
json_t *approval_request_document(const struct approval_request *request, int64_t now_ms)
	MUST_CHECK;
/* Reads what approval_request_document made. */
int approval_request_from_document(const json_t *json, struct approval_request *out,
	struct err *err) MUST_CHECK;

/* The id that a stored request gives itself, for messages about one that is not understood: "?"
 * where it gives none. Borrowed. */
const char *approval_request_id_of(const json_t *json);
void approval_request_make_id(const char *hash, int64_t round, char out[APPROVAL_ID_SIZE]);

const char *approval_state_name(enum approval_state state);
/* Returns whether the change may still be made by such a request, now or once enough people
 * approve. */
bool approval_state_is_open(enum approval_state state);
/* Returns the state at a time: a waiting or approved request has expired from expires_ms on. */
enum approval_state approval_request_state_at(const struct approval_request *request,
	int64_t now_ms);

/* Adds a step to the history and makes it the state. why may be NULL. */
void approval_request_step(struct approval_request *request, enum approval_state state,
	const char *why, int64_t now_ms);
/* Adds an answer, whose texts are copied. */
void approval_request_add_answer(struct approval_request *request,
	const struct approval_answer *answer);
void approval_request_set_made(struct approval_request *request, const char *change);

/* The record that is stored by resource: the hash of the last request for it. */
struct approval_index {
	const char *hash;
	json_t *source;
};
int approval_index_decode(const json_t *json, struct approval_index *out, struct err *err)
	MUST_CHECK;
void approval_index_release(struct approval_index *index); /* a zeroed one is fine */
json_t *approval_index_encode(const struct approval_index *index) MUST_CHECK;

#endif
