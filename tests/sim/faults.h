/*
 * Injected faults: KIND[@service[.Operation]]=RATE[:COUNT], chosen by the seed
 * and a counter of each fault. A faulted call has no effect, except for
 * reset-after and trickle.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "call.h"

/* FAULT(identifier, name) */
/* clang-format off */
#define FAULTS \
	FAULT(5XX, "5xx") \
	FAULT(HTML, "html") \
	FAULT(RESET, "reset") \
	FAULT(RESET_AFTER, "reset-after") \
	FAULT(STALL, "stall") \
	FAULT(TRUNCATE, "truncate") \
	FAULT(THROTTLE, "throttle") \
	FAULT(EXPIRED, "expired") \
	FAULT(TRICKLE, "trickle") \
	FAULT(REGION, "region") \
	FAULT(SKEW, "skew") \
	FAULT(ENDLESS, "endless") \
	FAULT(ENTITY, "entity") \
	FAULT(DENIED, "denied") \
	FAULT(DUPLICATE_MESSAGE, "duplicate-message") \
	FAULT(PARTIAL_BATCH, "partial-batch")
/* clang-format on */

enum fault {
	FAULT_NONE,
#define FAULT(id, name) FAULT_##id,
	FAULTS
#undef FAULT
		N_FAULTS
};

/* Replaces all faults; NULL or "" is none. Returns false and an error text when it can't be read.
 */
bool faults_set(const char *text, char error[256]);
/* The fault that strikes this call, or FAULT_NONE. Those that strike a part of a call are left to
 * faults_part. */
enum fault faults_choose(const struct call *call);
/* Answers in place of the operation. false: the operation is to run, and faults_after follows. */
bool faults_before(struct call *call, enum fault fault);
/* Spoils the answer that the operation made. */
void faults_after(struct http_response *response, enum fault fault);
/* Whether one message or one entry of a batch is struck by a kind that there is for these. */
bool faults_part(enum fault kind, const struct operation *operation);

#endif
