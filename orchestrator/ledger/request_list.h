/*
 * Approval requests in a list, as `reeve approvals list` and the API show them. A request that is
 * not understood, or that does not agree with itself, is in the list too, with the cause: somebody
 * should see it.
 */
#ifndef REEVE_LEDGER_REQUEST_LIST_H
#define REEVE_LEDGER_REQUEST_LIST_H

#include "base/compiler.h"
#include "base/err.h"
#include "ledger/request_record.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* A request that can't be read: its id and the cause, as documents show them. */
struct unreadable_request {
	const char *id;
	enum { REQUEST_UNREADABLE } state;
	const char *cause;
};

struct request_item {
	struct approval_request request;      /* zeroed when it can't be read */
	struct unreadable_request unreadable; /* its cause is NULL when the request can be read */
	json_t *source;                       /* of `unreadable` */
};

struct request_list {
	struct request_item *items;
	size_t count, capacity;
};

/* Adds a request and takes it over: *request is zeroed. */
void request_list_add(struct request_list *list, struct approval_request *request);
void request_list_add_unreadable(struct request_list *list, const char *id, const char *cause);
void request_list_sort(struct request_list *list); /* the oldest first */
void request_list_release(struct request_list *list);
#define CLEANUP_REQUEST_LIST __attribute__((cleanup(request_list_release)))

/* An array of documents, with the states at now_ms; new reference. */
json_t *request_list_document(const struct request_list *list, int64_t now_ms) MUST_CHECK;
/* Reads what request_list_document made, into an empty list. */
int request_list_from_document(const json_t *array, struct request_list *out, struct err *err)
	MUST_CHECK;

#endif
