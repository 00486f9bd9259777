#include "ledger/request_record.h"

#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/record.h"
#include "ledger/record_read.h"
#include "ledger/record_write.h"

#define ID_KEY "id"

/* --- names --- */

static const char *const state_names[] = {
	[APPROVAL_WAITING] = "waiting",
	[APPROVAL_APPROVED] = "approved",
	[APPROVAL_DENIED] = "denied",
	[APPROVAL_EXPIRED] = "expired",
	[APPROVAL_VOID] = "void",
	[APPROVAL_DONE] = "done",
};
static const struct record_names states = { "state", state_names, ARRAY_LENGTH(state_names) };

static const char *const verdict_names[] = {
	[APPROVAL_YES] = "approve",
	[APPROVAL_NO] = "deny",
};
static const struct record_names verdicts = { "answer", verdict_names,
	ARRAY_LENGTH(verdict_names) };

const char *approval_state_name(enum approval_state state)
{
	return record_name(&states, (int)state);
}

bool approval_state_is_open(enum approval_state state)
{
	return state == APPROVAL_WAITING || state == APPROVAL_APPROVED;
}

enum approval_state approval_request_state_at(const struct approval_request *request,
	int64_t now_ms)
{
	return approval_state_is_open(request->state) && now_ms >= request->expires_ms
		? APPROVAL_EXPIRED
		: request->state;
}

/* --- the tables --- */

static const struct record_field requester_fields[] = {
	RECORD_TEXT(struct approval_requester, name, "name", RECORD_NULLABLE),
	RECORD_TEXT(struct approval_requester, user, "user", RECORD_NULLABLE),
	RECORD_TEXT(struct approval_requester, run, "run", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type requester_type = {
	.name = "requester", .fields = requester_fields, RECORD_PART(struct approval_requester)
};

static const struct record_field answer_fields[] = {
	RECORD_TEXT(struct approval_answer, name, "name", RECORD_REQUIRED),
	RECORD_TEXT(struct approval_answer, via, "via", RECORD_REQUIRED),
	RECORD_ENUM(struct approval_answer, verdict, "answer", RECORD_REQUIRED, &verdicts),
	RECORD_TIME(struct approval_answer, at_ms, "at", RECORD_REQUIRED),
	RECORD_TEXT(struct approval_answer, note, "note", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type answer_type = {
	.name = "answer", .fields = answer_fields, RECORD_PART(struct approval_answer)
};

static const struct record_field step_fields[] = {
	RECORD_ENUM(struct approval_history_step, state, "state", RECORD_REQUIRED, &states),
	RECORD_TIME(struct approval_history_step, at_ms, "at", RECORD_REQUIRED),
	RECORD_TEXT(struct approval_history_step, why, "why", RECORD_NULLABLE),
	RECORD_END,
};
static const struct record_type step_type = {
	.name = "step", .fields = step_fields, RECORD_PART(struct approval_history_step)
};

#define REQUEST struct approval_request
static const struct record_field fields[] = {
	RECORD_TEXT(REQUEST, id, ID_KEY, RECORD_REQUIRED),
	RECORD_TEXT(REQUEST, hash, "hash", RECORD_REQUIRED),
	RECORD_INTEGER(REQUEST, round, "round", RECORD_REQUIRED),
	RECORD_ENUM(REQUEST, state, "state", RECORD_REQUIRED, &states),
	RECORD_OBJECT(REQUEST, change_json, "change", RECORD_REQUIRED),
	RECORD_TEXT(REQUEST, reason, "reason", RECORD_NULLABLE),
	RECORD_TIME(REQUEST, requested_ms, "requested_at", RECORD_REQUIRED),
	RECORD_TIME(REQUEST, expires_ms, "expires_at", RECORD_REQUIRED),
	RECORD_NESTED(REQUEST, requester, "requester", RECORD_REQUIRED, &requester_type),
	RECORD_INTEGER(REQUEST, required, "required", RECORD_REQUIRED),
	RECORD_ARRAY(REQUEST, approvers, "approvers", RECORD_REQUIRED),
	RECORD_FLAG(REQUEST, four_eyes, "four_eyes", RECORD_REQUIRED),
	RECORD_LIST(REQUEST, answers, "answers", RECORD_REQUIRED, &answer_type),
	RECORD_TEXT(REQUEST, made, "made", RECORD_NULLABLE),
	RECORD_LIST(REQUEST, history, "history", RECORD_REQUIRED, &step_type),
	RECORD_END,
};
static const struct record_type stored_type = { .name = "approval request",
	.version = 1,
	.fields = fields,
	.identity = { ID_KEY },
	RECORD_STORED(REQUEST) };
static const struct record_type document_type = {
	.name = "approval request", .fields = fields, .identity = { ID_KEY }, RECORD_PART(REQUEST)
};
#undef REQUEST

static const struct record_field index_fields[] = {
	RECORD_TEXT(struct approval_index, hash, "hash", RECORD_REQUIRED),
	RECORD_END,
};
static const struct record_type index_type = { .name = "approval request of a resource",
	.version = 1,
	.fields = index_fields,
	RECORD_STORED(struct approval_index) };

/* --- reading and writing --- */

/* Says in which request a change is not understood. */
static int fail_in_change(struct approval_request *request, struct err *err)
{
	int result = err_prefix(err, "approval request %.64s", request->id);

	approval_request_release(request);
	return result;
}

int approval_request_decode(const json_t *json, struct approval_request *out, struct err *err)
{
	if (record_decode(&stored_type, json, out, err) < 0)
		return -1;
	return change_record_decode(out->change_json, &out->change, err) < 0 ? fail_in_change(out, err)
																		 : 0;
}

int approval_request_from_document(const json_t *json, struct approval_request *out,
	struct err *err)
{
	if (record_decode(&document_type, json, out, err) < 0)
		return -1;
	out->source = json_incref((json_t *)json);
	return change_record_from_document(out->change_json, &out->change, err) < 0
		? fail_in_change(out, err)
		: 0;
}

void approval_request_release(struct approval_request *request)
{
	change_record_release(&request->change);
	json_decref(request->kept);
	record_release(&stored_type, request);
}

json_t *approval_request_encode(const struct approval_request *request)
{
	return record_encode(&stored_type, request);
}

json_t *approval_request_document(const struct approval_request *request, int64_t now_ms)
{
	CLEANUP_JSON json_t *change = json_copy((json_t *)request->change_json);
	struct approval_request shown = *request;

	json_object_del(change, RECORD_VERSION_KEY);
	shown.change_json = change;
	shown.state = approval_request_state_at(request, now_ms);
	return record_encode(&document_type, &shown);
}

const char *approval_request_id_of(const json_t *json)
{
	return json_get_string_or(json, ID_KEY, "?");
}

void approval_request_make_id(const char *hash, int64_t round, char out[APPROVAL_ID_SIZE])
{
	char text[96], digits[65];

	snprintf(text, sizeof text, "%.64s/%lld", hash, (long long)round);
	sigv4_sha256_hex(text, strlen(text), digits);
	snprintf(out, APPROVAL_ID_SIZE, "a-%.12s", digits);
}

int approval_index_decode(const json_t *json, struct approval_index *out, struct err *err)
{
	return record_decode(&index_type, json, out, err);
}

void approval_index_release(struct approval_index *index)
{
	record_release(&index_type, index);
}

json_t *approval_index_encode(const struct approval_index *index)
{
	return record_encode(&index_type, index);
}

/* --- moving on --- */

static const char *keep_text(struct approval_request *request, const char *text)
{
	json_t *value = json_text(text);

	if (request->kept == NULL)
		request->kept = json_array();
	json_array_append_new(request->kept, value);
	return json_string_value(value);
}

void approval_request_step(struct approval_request *request, enum approval_state state,
	const char *why, int64_t now_ms)
{
	size_t count = ++request->history_count;

	request->state = state;
	request->history = xrealloc(request->history, count * sizeof *request->history);
	request->history[count - 1] =
		(struct approval_history_step){ state, now_ms, keep_text(request, why) };
}

void approval_request_add_answer(struct approval_request *request,
	const struct approval_answer *answer)
{
	size_t count = ++request->answers_count;

	request->answers = xrealloc(request->answers, count * sizeof *request->answers);
	request->answers[count - 1] =
		(struct approval_answer){ .name = keep_text(request, answer->name),
			.via = keep_text(request, answer->via),
			.verdict = answer->verdict,
			.at_ms = answer->at_ms,
			.note = keep_text(request, answer->note) };
}

void approval_request_set_made(struct approval_request *request, const char *change)
{
	request->made = keep_text(request, change);
}
