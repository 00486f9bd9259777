#include "approvals/rules.h"

#include "approvals/check.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

int approval_new(const struct change_record *change, const char *reason,
	const struct approval_requester *requester, const struct approval_terms *terms, int64_t round,
	int64_t now_ms, struct approval_request *out, struct err *err)
{
	CLEANUP_JSON json_t *change_json = change_record_encode(change);
	CLEANUP_JSON json_t *everyone = json_array();
	struct approval_history_step first = { APPROVAL_WAITING, now_ms, reason };
	char id[APPROVAL_ID_SIZE];

	*out = (struct approval_request){ 0 };
	if (approval_check_change(change, err) < 0)
		return -1;
	approval_request_make_id(change->hash, round, id);
	const struct approval_request borrowing = {
		.id = id,
		.hash = change->hash,
		.round = round,
		.state = first.state,
		.change_json = change_json,
		.reason = reason,
		.requested_ms = now_ms,
		.expires_ms = now_ms + terms->expire_ms,
		.requester = *requester,
		.required = terms->required,
		.approvers = terms->approvers != NULL ? terms->approvers : everyone,
		.four_eyes = terms->four_eyes,
		.history = &first,
		.history_count = 1,
	};
	/* A record that was read keeps what it borrows from. */
	CLEANUP_JSON json_t *json = approval_request_encode(&borrowing);
	return approval_request_decode(json, out, err);
}

/* Says why a request in that state takes no answer. */
static int refuse_state(const struct approval_request *request, enum approval_state state,
	struct err *err)
{
	size_t answers = request->answers_count;
	char expired_at[CLOCK_RFC3339_SIZE];

	switch (state) {
	case APPROVAL_APPROVED:
		return err_set(err, ERR_LIMIT, "ApprovedAlready", "%s is approved already", request->id);
	case APPROVAL_DENIED:
		return err_set(err, ERR_LIMIT, "DeniedAlready",
			"%s was denied by %s, and a denied change is never made: remediate the resource by "
			"hand, or add an exception",
			request->id, answers > 0 ? request->answers[answers - 1].name : "somebody");
	case APPROVAL_EXPIRED:
		clock_format_rfc3339(request->expires_ms, expired_at);
		return err_set(err, ERR_LIMIT, "Expired",
			"%s expired at %s; the next sweep that finds the drift requests approval again",
			request->id, expired_at);
	case APPROVAL_DONE:
		return err_set(err, ERR_LIMIT, "DoneAlready", "%s is done: change %s was made", request->id,
			request->made != NULL ? request->made : "?");
	case APPROVAL_VOID:
	case APPROVAL_WAITING:
		break;
	}
	return err_set(err, ERR_LIMIT, "Void",
		"%s is void: the resource or its desired state has changed since the request", request->id);
}

/* Returns whether that person is one of the approvers. An empty list means everyone. */
static bool includes(const json_t *approvers, const char *name)
{
	return json_array_size(approvers) == 0 || json_has_string(approvers, name);
}

static int refuse_person(const struct approval_request *request, const struct approval_event *event,
	struct err *err)
{
	if (includes(request->approvers, event->name) && includes(event->terms->approvers, event->name))
		return 0;
	return err_set(err, ERR_LIMIT, "NotAnApprover",
		"%s may not answer %s: \"approvals\" in the configuration names the approvers", event->name,
		request->id);
}

static int refuse_approval(const struct approval_request *request,
	const struct approval_event *event, struct err *err)
{
	const char *requester = request->requester.name;

	if ((event->terms->four_eyes || request->four_eyes) &&
		(event->is_requester || (requester != NULL && strcmp(requester, event->name) == 0)))
		return err_set(err, ERR_LIMIT, "FourEyes",
			"%s requested %s and may not approve it: another person must", event->name,
			request->id);
	for (size_t i = 0; i < request->answers_count; i++)
		if (strcmp(request->answers[i].name, event->name) == 0 ||
			strcmp(request->answers[i].via, event->via) == 0)
			return err_set(err, ERR_LIMIT, "AnsweredAlready",
				"%s has already answered %s: each person counts once", event->name, request->id);
	return 0;
}

static int take_answer(struct approval_request *request, const struct approval_event *event,
	struct err *err)
{
	enum approval_state state = approval_request_state_at(request, event->now_ms);
	bool approve = event->kind == APPROVAL_EVENT_APPROVE;

	if (state != APPROVAL_WAITING && (approve || state != APPROVAL_APPROVED))
		return refuse_state(request, state, err);
	if (refuse_person(request, event, err) < 0 ||
		(approve && refuse_approval(request, event, err) < 0))
		return -1;
	if (event->note != NULL && strlen(event->note) > APPROVAL_NOTE_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "NoteTooLong", "the note has %zu bytes; the most is %d",
			strlen(event->note), APPROVAL_NOTE_MAX_BYTES);
	approval_request_add_answer(request,
		&(struct approval_answer){ .name = event->name,
			.via = event->via,
			.verdict = approve ? APPROVAL_YES : APPROVAL_NO,
			.at_ms = event->now_ms,
			.note = event->note });
	if (!approve) {
		approval_request_step(request, APPROVAL_DENIED, event->note, event->now_ms);
		return 0;
	}
	/* When more approvals are required now than before, the higher number is stored, so that
	 * everybody sees how many are missing. */
	if (event->terms->required > request->required)
		request->required = event->terms->required;
	if (approval_count(request) >= request->required)
		approval_request_step(request, APPROVAL_APPROVED, NULL, event->now_ms);
	return 0;
}

int approval_step(struct approval_request *request, const struct approval_event *event,
	struct err *err)
{
	enum approval_state state = approval_request_state_at(request, event->now_ms);

	switch (event->kind) {
	case APPROVAL_EVENT_APPROVE:
	case APPROVAL_EVENT_DENY:
		return take_answer(request, event, err);
	case APPROVAL_EVENT_CLOCK:
		if (state == APPROVAL_EXPIRED && request->state != APPROVAL_EXPIRED)
			approval_request_step(request, APPROVAL_EXPIRED, NULL, event->now_ms);
		return 0;
	case APPROVAL_EVENT_VOID:
		if (!approval_state_is_open(state))
			return refuse_state(request, state, err);
		approval_request_step(request, APPROVAL_VOID, event->text, event->now_ms);
		return 0;
	case APPROVAL_EVENT_DONE:
		break;
	}
	if (!approval_was_approved(request) || state == APPROVAL_VOID)
		return err_set(err, ERR_LIMIT, "NotApproved",
			"%s was not approved, so it can't be marked as done", request->id);
	if (state == APPROVAL_DONE)
		return refuse_state(request, state, err);
	approval_request_set_made(request, event->text);
	approval_request_step(request, APPROVAL_DONE, NULL, event->now_ms);
	return 0;
}
