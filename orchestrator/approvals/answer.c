#include "approvals/answer.h"

#include "approvals/rules.h"
#include "approvals/store.h"
#include "approvals/terms.h"
#include "audit/audit.h"
#include "base/banned.h"

static void audit_texts(const struct approval_request *request, const struct person *person,
	const char *note, char *why, size_t why_size, char *rule, size_t rule_size)
{
	snprintf(why, why_size, "%s%s%s", person != NULL ? person->via : "", note != NULL ? "; " : "",
		note != NULL ? note : "");
	snprintf(rule, rule_size, "approval %s, %lld required%s", request->id,
		(long long)request->required, request->four_eyes ? ", four eyes" : "");
}

static MAY_YIELD int record(struct audit *audit, const struct approval_request *request,
	const struct person *person, bool approve, const char *note, const struct err *refused,
	struct err *err)
{
	const struct change_record *change = &request->change;
	char why[PERSON_VIA_SIZE + APPROVAL_NOTE_MAX_BYTES], rule[96];
	const struct audit_entry entry = {
		.kind = AUDIT_DECISION,
		.action = approve ? "approve" : "deny",
		.outcome = refused == NULL ? "accepted" : "refused",
		.run = change->run,
		.actor = person != NULL ? person->name : NULL,
		.account = change->account,
		.region = change->region,
		.baseline = change->baseline,
		.resource = change->resource,
		.change = change->id,
		.reason = refused == NULL ? why : refused->message,
		.rule = rule,
		.before = change->before,
		.after = change->after,
	};

	if (audit == NULL)
		return 0;
	audit_texts(request, person, note, why, sizeof why, rule, sizeof rule);
	return audit_append(audit, &entry, err);
}

int approvals_record_refusal(struct audit *audit, const struct approval_request *request,
	bool approve, const struct err *refused, struct err *err)
{
	return record(audit, request, NULL, approve, NULL, refused, err);
}

/* Reads the request again; it must still be the one that the person has seen. */
static int read_again(struct approvals *approvals, const struct approval_request *request,
	struct approval_request *out, struct err *err)
{
	bool found;

	if (approvals_by_hash(approvals, request->hash, out, &found, err) < 0)
		return -1;
	if (found && strcmp(out->id, request->id) == 0)
		return 0;
	approval_request_release(out);
	return err_set(err, ERR_LIMIT, "Superseded",
		"%s is out of date: the change was requested again since, or its record was deleted",
		request->id);
}

static MAY_YIELD int write_answer(struct approvals *approvals,
	const struct approval_request *request, bool approve, struct err *err)
{
	const struct approvals_write write = { APPROVALS_REQUEST, request };

	return approvals_write(approvals, &write, 1, approve ? NULL : request->change.id, err);
}

/* Applies the answer to the request as it is now. A refusal is recorded; *err says then why. */
static MAY_YIELD int apply(struct approvals *approvals, struct audit *audit,
	const struct approval_request *request, const struct person *person,
	const struct approval_event *event, struct approval_request *now, struct err *err)
{
	bool approve = event->kind == APPROVAL_EVENT_APPROVE;
	struct err refused = ERR_INIT;

	if (read_again(approvals, request, now, &refused) == 0) {
		if (approval_step(now, event, &refused) == 0)
			return 0;
		approval_request_release(now);
	}
	if (refused.kind == ERR_LIMIT &&
		record(audit, request, person, approve, event->note, &refused, err) < 0)
		return -1;
	*err = refused;
	return -1;
}

int approvals_answer(struct approvals *approvals, const struct config *config, struct audit *audit,
	const struct approval_request *request, const struct person *person, bool approve,
	const char *note, int64_t now_ms, struct approval_request *updated, struct err *err)
{
	struct approval_terms terms = approval_terms_of(config);
	const char *user = request->requester.user != NULL ? request->requester.user : "";
	struct approval_event event = { .kind = approve ? APPROVAL_EVENT_APPROVE : APPROVAL_EVENT_DENY,
		.now_ms = now_ms,
		.terms = &terms,
		.name = person->name,
		.via = person->via,
		.note = note };

	*updated = (struct approval_request){ 0 };
	if (!people_exists(config, person->name))
		return err_set(err, ERR_LIMIT, "UnknownPerson",
			"%s is not one of the \"people\" in the configuration", person->name);
	event.is_requester = people_has_user(config, person->name, user);
	/* The request is read twice: appending to the audit log may wait, and another person may answer
	 * meanwhile. That other answer counts first; nothing waits between the second reading and the
	 * write. */
	if (apply(approvals, audit, request, person, &event, updated, err) < 0)
		return -1;
	approval_request_release(updated);
	if (record(audit, request, person, approve, note, NULL, err) < 0 ||
		apply(approvals, audit, request, person, &event, updated, err) < 0)
		return -1;
	if (write_answer(approvals, updated, approve, err) == 0 && approvals_flush(approvals, err) == 0)
		return 0;
	approval_request_release(updated);
	return -1;
}
