#include "approvals/approvals.h"

#include "approvals/private.h"
#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/values.h"
#include "ledger/held_change.h"

#include <unistd.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

/* --- terms and people --- */

static struct approval_terms terms_of(const struct config *config)
{
	const json_t *section = config_get(config, "approvals");

	return (struct approval_terms){
		.approvers = json_object_get(section, "approvers"),
		.required = config_integer(config, "approvals", "required"),
		.four_eyes = json_get_bool_or(section, "four_eyes", true),
		.expire_ms = config_integer(config, "approvals", "expire_hours") * HOUR_MS,
	};
}

int approvals_find_asker(const struct config *config, struct approvals_asker *out, struct err *err)
{
	struct err unknown = ERR_INIT;

	if (people_by_uid(config, getuid(), &out->person, &unknown) < 0) {
		/* A user who is mapped to no person is no error: the schedule runs as such a user. */
		if (strcmp(unknown.code, "UnknownPerson") != 0) {
			*err = unknown;
			return -1;
		}
		out->person.name[0] = '\0';
	}
	people_user_name(getuid(), out->user);
	return 0;
}

/* --- for the gate --- */

/* Voids an open request for the same resource with another hash, since that resource has changed.
 */
static int find_moved(struct approvals *approvals, const json_t *change, int64_t now_ms,
	json_t **moved, struct err *err)
{
	CLEANUP_JSON json_t *index = NULL;
	CLEANUP_JSON json_t *other = NULL;
	const struct approval_event event = { .kind = APPROVAL_EVENT_VOID,
		.now_ms = now_ms,
		.text = "the resource or its desired state has changed since" };

	*moved = NULL;
	if (approvals_read_index(approvals, change, &index, err) < 0)
		return -1;
	const char *hash = json_get_string(index, "hash");
	if (hash == NULL || strcmp(hash, json_get_string_or(change, "hash", "")) == 0)
		return 0;
	/* A request that can't be read is ignored: it allows nothing. */
	if (approvals_by_hash(approvals, hash, &other, NULL) < 0 || other == NULL ||
		approval_step(other, &event, NULL) < 0)
		return 0;
	*moved = json_incref(other);
	return 0;
}

int approvals_request(struct approvals *approvals, const struct config *config,
	const struct change_record *change, const char *reason,
	const struct approval_requester *requester, int64_t now_ms, json_t **request, struct err *err)
{
	struct approval_terms terms = terms_of(config);
	CLEANUP_JSON json_t *before = NULL;
	CLEANUP_JSON json_t *moved = NULL;
	CLEANUP_JSON json_t *made = NULL;
	int64_t round = 0;

	if (approvals_by_hash(approvals, change->hash, &before, err) < 0)
		return -1;
	if (before != NULL) {
		enum approval_state state = approval_state_at(before, now_ms);

		if (state == APPROVAL_WAITING || state == APPROVAL_APPROVED || state == APPROVAL_DENIED) {
			*request = json_incref(before);
			return 0;
		}
		round = json_get_integer_or(before, "round", 0) + 1;
		/* Its final state is stored, also when it was known only from the clock so far (expired).
		 */
		if (approval_step(before,
				&(struct approval_event){ .kind = APPROVAL_EVENT_CLOCK, .now_ms = now_ms },
				err) < 0)
			return -1;
	}
	CLEANUP_JSON json_t *stored = change_record_encode(change);
	if (approval_new(stored, reason, requester, &terms, round, now_ms, &made, err) < 0 ||
		find_moved(approvals, stored, now_ms, &moved, err) < 0)
		return -1;
	const struct approvals_write writes[] = { { APPROVALS_PAST, before },
		{ APPROVALS_REQUEST, moved }, { APPROVALS_REQUEST, made }, { APPROVALS_INDEX, made } };
	if (approvals_write(approvals, writes, ARRAY_LENGTH(writes), NULL, err) < 0)
		return -1;
	*request = json_incref(made);
	return approvals_settle(approvals, err);
}

int approvals_valid_for(struct approvals *approvals, const char *hash, int64_t now_ms,
	json_t **request, struct err *err)
{
	CLEANUP_JSON json_t *found = NULL;

	*request = NULL;
	if (approvals_by_hash(approvals, hash, &found, err) < 0)
		return -1;
	if (found != NULL && approval_state_at(found, now_ms) == APPROVAL_APPROVED)
		*request = json_incref(found);
	return 0;
}

/* Applies an event that is not an answer. When the rules refuse the event, nothing changes. */
static MAY_YIELD int apply(struct approvals *approvals, json_t *request,
	const struct approval_event *event, struct err *err)
{
	struct err refused = ERR_INIT;

	if (approval_step(request, event, &refused) < 0)
		return 0;
	const struct approvals_write write = { APPROVALS_REQUEST, request };
	if (approvals_write(approvals, &write, 1, NULL, err) < 0)
		return -1;
	return approvals_settle(approvals, err);
}

int approvals_done(struct approvals *approvals, const char *hash, const char *change_id,
	int64_t now_ms, struct err *err)
{
	CLEANUP_JSON json_t *request = NULL;
	struct approval_event event = {
		.kind = APPROVAL_EVENT_DONE, .now_ms = now_ms, .text = change_id
	};

	if (approvals_by_hash(approvals, hash, &request, err) < 0)
		return -1;
	if (request == NULL)
		return 0;
	if (approval_state_at(request, now_ms) == APPROVAL_WAITING)
		event = (struct approval_event){ .kind = APPROVAL_EVENT_VOID,
			.now_ms = now_ms,
			.text = "the change was made without an approval being needed" };
	return apply(approvals, request, &event, err);
}

int approvals_void(struct approvals *approvals, const char *hash, const char *why, int64_t now_ms,
	struct err *err)
{
	CLEANUP_JSON json_t *request = NULL;
	const struct approval_event event = {
		.kind = APPROVAL_EVENT_VOID, .now_ms = now_ms, .text = why
	};

	if (approvals_by_hash(approvals, hash, &request, err) < 0)
		return -1;
	return request != NULL ? apply(approvals, request, &event, err) : 0;
}

void approvals_describe(const json_t *request, int64_t now_ms, char *out, size_t size)
{
	enum approval_state state = approval_state_at(request, now_ms);
	const char *id = json_get_string_or(request, "id", "?"),
			   *until = json_get_string_or(request, "expires_at", "?");
	long long needed = approval_needed(request, NULL), count = approval_count(request);

	if (state == APPROVAL_WAITING)
		snprintf(out, size,
			"%s has %lld of %lld approvals and waits until %s; `reeve approvals show %s` tells "
			"more",
			id, count, needed, until, id);
	else if (state == APPROVAL_APPROVED)
		snprintf(out, size, "%s is approved until %s", id, until);
	else
		snprintf(out, size, "%s is %s; `reeve approvals show %s` tells more", id,
			approval_state_name(state), id);
}

/* --- an answer --- */

static void audit_texts(const json_t *request, const struct person *person, const char *note,
	char *why, size_t why_size, char *rule, size_t rule_size)
{
	snprintf(why, why_size, "%s%s%s", person != NULL ? person->via : "", note != NULL ? "; " : "",
		note != NULL ? note : "");
	snprintf(rule, rule_size, "approval %s, %lld required%s",
		json_get_string_or(request, "id", "?"), (long long)approval_needed(request, NULL),
		json_is_true(json_object_get(request, "four_eyes")) ? ", four eyes" : "");
}

static MAY_YIELD int record(struct audit *audit, const json_t *request, const struct person *person,
	bool approve, const char *note, const struct err *refused, struct err *err)
{
	const json_t *change = json_object_get(request, "change");
	char why[PERSON_VIA_SIZE + APPROVAL_NOTE_MAX_BYTES], rule[96];
	const struct audit_entry entry = {
		.kind = AUDIT_DECISION,
		.action = approve ? "approve" : "deny",
		.outcome = refused == NULL ? "accepted" : "refused",
		.run = json_get_string(change, "run"),
		.actor = person != NULL ? person->name : NULL,
		.account = json_get_string(change, "account"),
		.region = json_get_string(change, "region"),
		.baseline = json_get_string(change, "baseline"),
		.resource = json_get_string(change, "resource"),
		.change = json_get_string(change, "id"),
		.reason = refused == NULL ? why : refused->message,
		.rule = rule,
		.before = json_object_get(change, "before"),
		.after = json_object_get(change, "after"),
	};

	if (audit == NULL)
		return 0;
	audit_texts(request, person, note, why, sizeof why, rule, sizeof rule);
	return audit_append(audit, &entry, err);
}

int approvals_record_refusal(struct audit *audit, const json_t *request, bool approve,
	const struct err *refused, struct err *err)
{
	return record(audit, request, NULL, approve, NULL, refused, err);
}

/* Reads the request again; it must still be the one that the person has seen. */
static int read_again(struct approvals *approvals, const json_t *request, json_t **out,
	struct err *err)
{
	const char *id = json_get_string_or(request, "id", "?");

	if (approvals_by_hash(approvals, json_get_string_or(request, "hash", ""), out, err) < 0)
		return -1;
	if (*out != NULL && strcmp(json_get_string_or(*out, "id", ""), id) == 0)
		return 0;
	json_decref(*out);
	*out = NULL;
	return err_set(err, ERR_LIMIT, "Superseded",
		"%s is out of date: the change was requested again since, or its record was deleted", id);
}

static MAY_YIELD int write_answer(struct approvals *approvals, const json_t *request, bool approve,
	struct err *err)
{
	const struct approvals_write write = { APPROVALS_REQUEST, request };
	const char *denied = approve ? NULL
								 : json_get_string_or(json_object_get(request, "change"), "id", "");

	return approvals_write(approvals, &write, 1, denied, err);
}

int approvals_answer(struct approvals *approvals, const struct config *config, struct audit *audit,
	const json_t *request, const struct person *person, bool approve, const char *note,
	int64_t now_ms, json_t **updated, struct err *err)
{
	struct approval_terms terms = terms_of(config);
	struct approval_event event = { .kind = approve ? APPROVAL_EVENT_APPROVE : APPROVAL_EVENT_DENY,
		.now_ms = now_ms,
		.terms = &terms,
		.name = person->name,
		.via = person->via,
		.note = note };
	const char *user = json_get_string_or(json_object_get(request, "requester"), "user", "");
	struct err refused = ERR_INIT;

	*updated = NULL;
	if (!people_exists(config, person->name))
		return err_set(err, ERR_LIMIT, "UnknownPerson",
			"%s is not one of the \"people\" in the configuration", person->name);
	event.is_requester = people_has_user(config, person->name, user);
	/* The request is read twice: appending to the audit log may wait, and another person may answer
	 * meanwhile. That other answer counts first; nothing waits between the second reading and the
	 * write. */
	for (int turn = 0; turn < 2; turn++) {
		CLEANUP_JSON json_t *now = NULL;

		if (read_again(approvals, request, &now, &refused) < 0 ||
			approval_step(now, &event, &refused) < 0) {
			if (refused.kind == ERR_LIMIT &&
				record(audit, request, person, approve, note, &refused, err) < 0)
				return -1;
			*err = refused;
			return -1;
		}
		if (turn == 0 && record(audit, request, person, approve, note, NULL, err) < 0)
			return -1;
		if (turn == 1) {
			if (write_answer(approvals, now, approve, err) < 0)
				return -1;
			*updated = json_deep_copy(now);
		}
	}
	if (approvals_flush(approvals, err) == 0)
		return 0;
	json_decref(*updated);
	*updated = NULL;
	return -1;
}
