/* Injected faults: KIND[@service[.Operation]]=RATE[:COUNT]. The seed and a counter of each fault
 * decide which calls are hit. A call that is hit has no effect, except for reset-after and trickle.
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
/* Returns the fault that hits this call, or FAULT_NONE. Faults that hit a part of a call are left
 * to faults_part. */
enum fault faults_choose(const struct call *call);
/* Answers instead of the operation. Returns false when the operation has to run, and faults_after
 * after it. */
bool faults_before(struct call *call, enum fault fault);
/* Spoils the answer that the operation made. */
void faults_after(struct http_response *response, enum fault fault);
/* Returns whether a fault of this kind hits one message, or one entry of a batch. */
bool faults_part(enum fault kind, const struct operation *operation);

#endif
