#include "approvals/rules.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "ledger/change.h"

int approval_state_parse(const char *name, enum approval_state *out)
{
	for (int i = APPROVAL_WAITING; i <= APPROVAL_DONE; i++) {
		if (strcmp(approval_state_name((enum approval_state)i), name) == 0) {
			*out = (enum approval_state)i;
			return 0;
		}
	}
	return -1;
}

bool approval_has_state(const json_t *request, enum approval_state state)
{
	enum approval_state found;

	return approval_state_parse(json_get_string_or(request, "state", ""), &found) == 0 &&
		found == state;
}

/* --- a new one --- */

static json_t *time_text(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(ms, text);
	return json_string(text);
}

/* The functions from here on are the only ones that set a state. */
static void move(json_t *request, enum approval_state state, const char *why, int64_t now_ms)
{
	json_object_set_new(request, "state", json_string(approval_state_name(state)));
	json_array_append_new(json_object_get(request, "history"),
		json_pack("{s:s, s:o, s:o}", "state", approval_state_name(state), "at", time_text(now_ms),
			"why", json_text(why)));
}

static int check_change(const json_t *json, struct err *err)
{
	struct change_record change;
	char hash[CHANGE_HASH_SIZE];
	int result = 0;

	if (change_record_decode(json, &change, err) < 0)
		return -1;
	change_hash(&change, hash);
	if (strcmp(hash, change.hash) != 0)
		result = err_set(err, ERR_STORE, "InvalidRecord",
			"the change %s does not match its hash: it was altered", change.id);
	change_record_release(&change);
	return result;
}

int approval_new(const json_t *change, const char *reason,
	const struct approval_requester *requester, const struct approval_terms *terms, int64_t round,
	int64_t now_ms, json_t **out, struct err *err)
{
	const char *hash = json_get_string(change, "hash");
	char id[APPROVAL_ID_SIZE];

	if (check_change(change, err) < 0)
		return -1;
	approval_request_make_id(hash, round, id);
	json_t *request = json_pack("{s:s, s:s, s:I, s:s, s:o, s:o}", "id", id, "hash", hash, "round",
		(json_int_t)round, "state", "", "change", json_incref((json_t *)change), "reason",
		json_text(reason));
	json_object_set_new(request, "requested_at", time_text(now_ms));
	json_object_set_new(request, "expires_at", time_text(now_ms + terms->expire_ms));
	json_object_set_new(request, "requester",
		json_pack("{s:o, s:o, s:o}", "name", json_text(requester->name), "user",
			json_text(requester->user), "run", json_text(requester->run)));
	json_object_set_new(request, "required", json_integer((json_int_t)terms->required));
	json_object_set_new(request, "approvers",
		terms->approvers != NULL ? json_deep_copy(terms->approvers) : json_array());
	json_object_set_new(request, "four_eyes", json_boolean(terms->four_eyes));
	json_object_set_new(request, "answers", json_array());
	json_object_set_new(request, "made", json_null());
	json_object_set_new(request, "history", json_array());
	move(request, APPROVAL_WAITING, reason, now_ms);
	*out = request;
	return 0;
}

json_t *approval_copy(const json_t *request)
{
	static const char *const appended_to[] = { "answers", "history" };
	json_t *copy = json_copy((json_t *)request);

	for (size_t i = 0; i < ARRAY_LENGTH(appended_to); i++)
		json_object_set_new(copy, appended_to[i],
			json_deep_copy(json_object_get(request, appended_to[i])));
	return copy;
}

/* --- what a request says --- */

static bool lists(const json_t *names, const char *name)
{
	size_t index;
	json_t *item;

	json_array_foreach(names, index, item)
		if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
			return true;
	return false;
}

static bool is_answer(const json_t *answer, const char *which)
{
	return strcmp(json_get_string_or(answer, "answer", ""), which) == 0;
}

int64_t approval_count(const json_t *request)
{
	int64_t count = 0;
	size_t index;
	json_t *answer;

	json_array_foreach(json_object_get(request, "answers"), index, answer)
		count += is_answer(answer, "approve");
	return count;
}

int64_t approval_needed(const json_t *request, const struct approval_terms *terms)
{
	int64_t then = json_get_integer_or(request, "required", APPROVALS_REQUIRED_MAX);

	return terms != NULL && terms->required > then ? terms->required : then;
}

static int64_t time_of(const json_t *object, const char *key)
{
	int64_t ms = 0;

	return clock_parse_rfc3339(json_get_string_or(object, key, ""), &ms) == 0 ? ms : INT64_MIN;
}

static enum approval_state stored_state(const json_t *request)
{
	enum approval_state state;

	return approval_state_parse(json_get_string_or(request, "state", ""), &state) == 0
		? state
		: APPROVAL_VOID;
}

enum approval_state approval_state_at(const json_t *request, int64_t now_ms)
{
	enum approval_state state = stored_state(request);
	bool open = state == APPROVAL_WAITING || state == APPROVAL_APPROVED;

	return open && now_ms >= time_of(request, "expires_at") ? APPROVAL_EXPIRED : state;
}

static bool was_approved(const json_t *request)
{
	size_t index;
	json_t *step;

	json_array_foreach(json_object_get(request, "history"), index, step)
		if (approval_has_state(step, APPROVAL_APPROVED))
			return true;
	return false;
}

/* --- whether it is consistent --- */

static int inconsistent(const json_t *request, const char *what, struct err *err)
{
	return err_set(err, ERR_STORE, "InvalidRecord",
		"approval request %.64s is not as Reeve wrote it: %s; it allows nothing",
		json_get_string_or(request, "id", "?"), what);
}

static int check_form(const json_t *request, struct err *err)
{
	const char *hash = json_get_string_or(request, "hash", "");
	const json_t *approvers = json_object_get(request, "approvers"),
				 *requester = json_object_get(request, "requester");
	json_int_t required = json_get_integer_or(request, "required", 0),
			   round = json_get_integer_or(request, "round", -1);
	enum approval_state state;
	char id[APPROVAL_ID_SIZE];

	if (!json_is_object(request) ||
		approval_state_parse(json_get_string_or(request, "state", ""), &state) < 0)
		return inconsistent(request, "it has no state", err);
	if (check_change(json_object_get(request, "change"), err) < 0)
		return -1;
	if (strcmp(hash, json_get_string_or(json_object_get(request, "change"), "hash", "")) != 0)
		return inconsistent(request, "its change has another hash", err);
	approval_request_make_id(hash, round, id);
	if (round < 0 || strcmp(id, json_get_string_or(request, "id", "")) != 0)
		return inconsistent(request, "its id does not fit its hash", err);
	if (time_of(request, "requested_at") == INT64_MIN ||
		time_of(request, "expires_at") <= time_of(request, "requested_at"))
		return inconsistent(request, "its times", err);
	if (required < 1 || required > APPROVALS_REQUIRED_MAX || !json_is_array(approvers) ||
		!json_is_boolean(json_object_get(request, "four_eyes")) || !json_is_object(requester))
		return inconsistent(request, "its terms", err);
	return 0;
}

/* Checks that each recorded answer could have been given. */
static int check_answer(const json_t *request, size_t number, struct err *err)
{
	const json_t *answers = json_object_get(request, "answers"),
				 *answer = json_array_get(answers, number);
	const json_t *approvers = json_object_get(request, "approvers");
	const char *name = json_get_string(answer, "name");
	const char *requester = json_get_string(json_object_get(request, "requester"), "name");

	if (name == NULL || json_get_string(answer, "via") == NULL ||
		time_of(answer, "at") == INT64_MIN ||
		time_of(answer, "at") >= time_of(request, "expires_at"))
		return inconsistent(request, "an answer has no name, or came too late", err);
	if (json_array_size(approvers) > 0 && !lists(approvers, name))
		return inconsistent(request, "an answer is by somebody who is not an approver", err);
	if (is_answer(answer, "deny"))
		return number + 1 == json_array_size(answers)
			? 0
			: inconsistent(request, "an answer follows a denial", err);
	if (!is_answer(answer, "approve"))
		return inconsistent(request, "an answer is neither an approval nor a denial", err);
	if (json_is_true(json_object_get(request, "four_eyes")) && requester != NULL &&
		strcmp(name, requester) == 0)
		return inconsistent(request, "the requester approved it", err);
	for (size_t i = 0; i < number; i++)
		if (strcmp(json_get_string_or(json_array_get(answers, i), "name", ""), name) == 0)
			return inconsistent(request, "one person approved it twice", err);
	return 0;
}

static int check_state(const json_t *request, struct err *err)
{
	const json_t *history = json_object_get(request, "history"),
				 *answers = json_object_get(request, "answers");
	const json_t *last = json_array_get(history, json_array_size(history) - 1),
				 *final = json_array_get(answers, json_array_size(answers) - 1);
	enum approval_state state = stored_state(request);
	bool denied = final != NULL && is_answer(final, "deny"), approved = was_approved(request);

	if (last == NULL ||
		strcmp(json_get_string_or(last, "state", ""), approval_state_name(state)) != 0)
		return inconsistent(request, "its history ends in another state", err);
	if (approved && approval_count(request) < json_get_integer_or(request, "required", 0))
		return inconsistent(request, "it has too few approvals", err);
	if ((state == APPROVAL_APPROVED || state == APPROVAL_DONE) && !approved)
		return inconsistent(request, "it was never approved", err);
	if (state == APPROVAL_DENIED ? !denied : denied && state != APPROVAL_DONE)
		return inconsistent(request, "its answers contradict its state", err);
	if (json_is_string(json_object_get(request, "made")) != (state == APPROVAL_DONE))
		return inconsistent(request, "the change that it records contradicts its state", err);
	return 0;
}

int approval_check(const json_t *request, struct err *err)
{
	const json_t *answers = json_object_get(request, "answers");

	if (check_form(request, err) < 0)
		return -1;
	if (!json_is_array(answers) || !json_is_array(json_object_get(request, "history")))
		return inconsistent(request, "it has no answers or no history", err);
	for (size_t i = 0; i < json_array_size(answers); i++)
		if (check_answer(request, i, err) < 0)
			return -1;
	return check_state(request, err);
}

/* --- the events --- */

static const char *id_of(const json_t *request)
{
	return json_get_string_or(request, "id", "?");
}

/* Says why a request in that state takes no answer. */
static int refuse_state(const json_t *request, enum approval_state state, struct err *err)
{
	const json_t *answers = json_object_get(request, "answers");
	const char *last = json_get_string_or(json_array_get(answers, json_array_size(answers) - 1),
		"name", "somebody");

	switch (state) {
	case APPROVAL_APPROVED:
		return err_set(err, ERR_LIMIT, "ApprovedAlready", "%s is approved already", id_of(request));
	case APPROVAL_DENIED:
		return err_set(err, ERR_LIMIT, "DeniedAlready",
			"%s was denied by %s, and a denied change is never made: remediate the resource by "
			"hand, or add an exception",
			id_of(request), last);
	case APPROVAL_EXPIRED:
		return err_set(err, ERR_LIMIT, "Expired",
			"%s expired at %s; the next sweep that finds the drift requests approval again",
			id_of(request), json_get_string_or(request, "expires_at", "?"));
	case APPROVAL_DONE:
		return err_set(err, ERR_LIMIT, "DoneAlready", "%s is done: change %s was made",
			id_of(request), json_get_string_or(request, "made", "?"));
	case APPROVAL_VOID:
	case APPROVAL_WAITING:
		break;
	}
	return err_set(err, ERR_LIMIT, "Void",
		"%s is void: the resource or its desired state has changed since the request",
		id_of(request));
}

static int refuse_person(const json_t *request, const struct approval_event *event, struct err *err)
{
	const json_t *then = json_object_get(request, "approvers"), *now = event->terms->approvers;

	if ((json_array_size(then) == 0 || lists(then, event->name)) &&
		(json_array_size(now) == 0 || lists(now, event->name)))
		return 0;
	return err_set(err, ERR_LIMIT, "NotAnApprover",
		"%s may not answer %s: \"approvals\" in the configuration names the approvers", event->name,
		id_of(request));
}

static int refuse_approval(const json_t *request, const struct approval_event *event,
	struct err *err)
{
	const char *requester = json_get_string(json_object_get(request, "requester"), "name");
	bool four_eyes = event->terms->four_eyes || json_is_true(json_object_get(request, "four_eyes"));
	size_t index;
	json_t *answer;

	if (four_eyes &&
		(event->is_requester || (requester != NULL && strcmp(requester, event->name) == 0)))
		return err_set(err, ERR_LIMIT, "FourEyes",
			"%s requested %s and may not approve it: another person must", event->name,
			id_of(request));
	json_array_foreach(json_object_get(request, "answers"), index, answer)
		if (strcmp(json_get_string_or(answer, "name", ""), event->name) == 0 ||
			strcmp(json_get_string_or(answer, "via", ""), event->via) == 0)
			return err_set(err, ERR_LIMIT, "AnsweredAlready",
				"%s has already answered %s: each person counts once", event->name, id_of(request));
	return 0;
}

static int take_answer(json_t *request, const struct approval_event *event, struct err *err)
{
	enum approval_state state = approval_state_at(request, event->now_ms);
	bool approve = event->kind == APPROVAL_EVENT_APPROVE;

	if (state != APPROVAL_WAITING && (approve || state != APPROVAL_APPROVED))
		return refuse_state(request, state, err);
	if (refuse_person(request, event, err) < 0 ||
		(approve && refuse_approval(request, event, err) < 0))
		return -1;
	if (event->note != NULL && strlen(event->note) > APPROVAL_NOTE_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "NoteTooLong", "the note has %zu bytes; the most is %d",
			strlen(event->note), APPROVAL_NOTE_MAX_BYTES);
	json_array_append_new(json_object_get(request, "answers"),
		json_pack("{s:s, s:o, s:s, s:o, s:o}", "name", event->name, "via", json_text(event->via),
			"answer", approve ? "approve" : "deny", "at", time_text(event->now_ms), "note",
			json_text(event->note)));
	if (!approve) {
		move(request, APPROVAL_DENIED, event->note, event->now_ms);
		return 0;
	}
	/* When more approvals are required now than before, the higher number is stored, so that
	 * everybody sees how many are missing. */
	json_object_set_new(request, "required",
		json_integer((json_int_t)approval_needed(request, event->terms)));
	if (approval_count(request) >= approval_needed(request, NULL))
		move(request, APPROVAL_APPROVED, NULL, event->now_ms);
	return 0;
}

int approval_step(json_t *request, const struct approval_event *event, struct err *err)
{
	enum approval_state state = approval_state_at(request, event->now_ms);

	switch (event->kind) {
	case APPROVAL_EVENT_APPROVE:
	case APPROVAL_EVENT_DENY:
		return take_answer(request, event, err);
	case APPROVAL_EVENT_CLOCK:
		if (state == APPROVAL_EXPIRED && stored_state(request) != APPROVAL_EXPIRED)
			move(request, APPROVAL_EXPIRED, NULL, event->now_ms);
		return 0;
	case APPROVAL_EVENT_VOID:
		if (state != APPROVAL_WAITING && state != APPROVAL_APPROVED)
			return refuse_state(request, state, err);
		move(request, APPROVAL_VOID, event->text, event->now_ms);
		return 0;
	case APPROVAL_EVENT_DONE:
		break;
	}
	if (!was_approved(request) || state == APPROVAL_VOID)
		return err_set(err, ERR_LIMIT, "NotApproved",
			"%s was not approved, so it can't be marked as done", id_of(request));
	if (state == APPROVAL_DONE)
		return refuse_state(request, state, err);
	json_object_set_new(request, "made", json_text(event->text));
	move(request, APPROVAL_DONE, NULL, event->now_ms);
	return 0;
}
