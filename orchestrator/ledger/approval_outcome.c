#include "ledger/approval_outcome.h"

#include "base/banned.h"
#include "ledger/record_read.h"
#include "ledger/record_write.h"

static const char *const outcome_names[] = {
	[APPROVAL_OUTCOME_VERIFIED] = "verified",
	[APPROVAL_OUTCOME_MOVED] = "moved",
	[APPROVAL_OUTCOME_NOT_NEEDED] = "not needed",
	[APPROVAL_OUTCOME_HELD] = "held",
	[APPROVAL_OUTCOME_FAILED] = "failed",
	[APPROVAL_OUTCOME_UNKNOWN] = "unknown",
};
static const struct record_names outcomes = { "outcome", outcome_names,
	ARRAY_LENGTH(outcome_names) };

const char *approval_outcome_name(enum approval_outcome outcome)
{
	return outcome_names[outcome];
}

enum approval_outcome approval_outcome_of(const struct finding *finding)
{
	const char *code = finding->cause.code != NULL ? finding->cause.code : "";

	if (strcmp(code, "Moved") == 0 || strcmp(code, "ResourceGone") == 0)
		return APPROVAL_OUTCOME_MOVED;
	switch (finding->status) {
	case STATUS_UNKNOWN:
		return APPROVAL_OUTCOME_UNKNOWN;
	case STATUS_REMEDIATED:
		return APPROVAL_OUTCOME_VERIFIED;
	case STATUS_COMPLIANT:
	case STATUS_NOT_APPLICABLE:
		return APPROVAL_OUTCOME_NOT_NEEDED;
	default: /* a change that was held back before its first call has a new proposal */
		return finding->proposal != NULL ? APPROVAL_OUTCOME_HELD : APPROVAL_OUTCOME_FAILED;
	}
}

/* --- the document --- */

static const struct record_field person_fields[] = {
	RECORD_TEXT(struct approval_reply_person, name, "name", RECORD_REQUIRED),
	RECORD_TEXT(struct approval_reply_person, via, "via", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type person_type = {
	.name = "person", .fields = person_fields, RECORD_PART(struct approval_reply_person)
};

static const struct record_field cause_fields[] = {
	RECORD_TEXT(struct finding_cause, code, "code", RECORD_REQUIRED),
	RECORD_TEXT(struct finding_cause, message, "message", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type cause_type = {
	.name = "cause", .fields = cause_fields, RECORD_PART(struct finding_cause)
};

#define REPLY struct approval_reply
static const struct record_field fields[] = {
	RECORD_OBJECT(REPLY, approval, "approval", RECORD_REQUIRED),
	RECORD_NESTED(REPLY, person, "person", RECORD_REQUIRED, &person_type),
	RECORD_ENUM(REPLY, outcome, "outcome", RECORD_NULLABLE, &outcomes),
	RECORD_NESTED(REPLY, cause, "cause", RECORD_NULLABLE, &cause_type),
	RECORD_OBJECT(REPLY, finding, "finding", RECORD_NULLABLE),
	RECORD_OBJECT(REPLY, result, "result", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type reply_type = {
	.name = "answer to an approval request", .fields = fields, RECORD_PART(REPLY)
};
#undef REPLY

json_t *approval_reply_document(const struct approval_reply *reply)
{
	return record_encode(&reply_type, reply);
}

int approval_reply_from_document(const json_t *json, struct approval_reply *out, struct err *err)
{
	return record_decode(&reply_type, json, out, err);
}
