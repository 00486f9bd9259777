#include "engine/own_change.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/scope.h"
#include "engine/sessions.h"
#include "ledger/run_record.h"
#include "security_hub/security_hub.h"

#define KEPT 1000
#define SESSION_PREFIX "reeve-"
#define CLOCKS_APART_MS (15 * 60 * 1000LL) /* tolerated difference between AWS's clock and ours */

struct own_change {
	char account[13], region[32], baseline[64];
	char resource[256];
	int64_t began_ms, verified_ms;
};

struct own_changes {
	char process_id[RUN_ID_SIZE];
	struct own_change changes[KEPT]; /* a ring buffer */
	size_t count;                    /* recorded so far */
};

struct own_changes *own_changes_new(const char *process_id)
{
	struct own_changes *own = xcalloc(1, sizeof *own);

	snprintf(own->process_id, sizeof own->process_id, "%s", process_id);
	return own;
}

void own_changes_free(struct own_changes *own)
{
	free(own);
}

void own_changes_record(struct own_changes *own, const char *account, const char *region,
	const char *baseline, const char *resource, int64_t began_ms, int64_t verified_ms)
{
	if (own == NULL)
		return;
	struct own_change *change = &own->changes[own->count++ % KEPT];
	snprintf(change->account, sizeof change->account, "%s", account);
	snprintf(change->region, sizeof change->region, "%s", region);
	snprintf(change->baseline, sizeof change->baseline, "%s", baseline);
	snprintf(change->resource, sizeof change->resource, "%s", resource);
	change->began_ms = began_ms;
	change->verified_ms = verified_ms;
}

/* Returns whether a run of that id was under way at that time. A run's id can be read in each
 * account's CloudTrail, so somebody else may name a session after it, but not before the run began,
 * and without any effect once it has ended. */
static bool was_run(const struct engine *engine, const char *id, int64_t time_ms)
{
	struct run_record record;
	struct err err = ERR_INIT;
	bool found;

	if (engine->store == NULL || strlen(id) >= RUN_ID_SIZE || time_ms == 0 ||
		run_record_read(engine->store, id, &record, &found, &err) < 0 || !found)
		return false;
	int64_t began_ms = record.started_ms,
			ended_ms = record.finished_ms != 0 ? record.finished_ms : INT64_MAX - CLOCKS_APART_MS;
	run_record_release(&record);
	return began_ms != 0 && time_ms >= began_ms - CLOCKS_APART_MS &&
		time_ms <= ended_ms + CLOCKS_APART_MS;
}

/* Returns whether the signal's actor is a session of ours. Anybody may choose a session's name; the
 * role is the proof, since only the orchestrator may assume it. */
static bool is_our_session(const struct engine *engine, const struct own_changes *own,
	const struct signal *signal)
{
	const struct signal_actor *actor = &signal->actor;
	const char *role = config_account_role(engine->config, signal->account);

	if (role == NULL || actor->role == NULL || actor->session_name == NULL || actor->arn == NULL)
		return false;
	const char *name = strrchr(role, '/') != NULL ? strrchr(role, '/') + 1 : role; /* the ARN of an
																					  assumed role
																					  has no path */
	const char *account = strstr(actor->arn, "::");
	if (strcmp(actor->role, name) != 0 || account == NULL ||
		strncmp(account + 2, signal->account, 12) != 0 ||
		strncmp(actor->session_name, SESSION_PREFIX, sizeof SESSION_PREFIX - 1) != 0)
		return false;
	const char *id = actor->session_name + sizeof SESSION_PREFIX - 1;
	return (own != NULL && strcmp(id, own->process_id) == 0) ||
		was_run(engine, id, signal->time_ms);
}

/* Returns whether both texts name the same resource: a signal may give the ARN, or only its last
 * part. */
static bool same_resource(const char *named, const char *resource)
{
	size_t named_length = strlen(named), length = strlen(resource);

	if (named_length > length)
		return same_resource(resource, named);
	return strcmp(resource + length - named_length, named) == 0 &&
		(length == named_length || strchr(":/", resource[length - named_length - 1]) != NULL);
}

static bool tells_of(const struct own_change *change, const struct signal *signal,
	const struct wanted_cell *cell)
{
	if (strcmp(change->account, signal->account) != 0 ||
		strcmp(change->baseline, cell->baseline->id) != 0)
		return false;
	if (cell->baseline->scope == SCOPE_REGION && strcmp(change->region, cell->region) != 0)
		return false;
	if (signal->resource != NULL && strcmp(change->resource, signal->account) != 0 &&
		!same_resource(signal->resource, change->resource))
		return false;
	return signal->time_ms >= change->began_ms && signal->time_ms <= change->verified_ms;
}

static bool was_changing(const struct own_changes *own, const struct signal *signal,
	const struct wanted_cell *cell)
{
	size_t kept = own->count < KEPT ? own->count : KEPT;

	for (size_t i = 0; i < kept; i++)
		if (tells_of(&own->changes[i], signal, cell))
			return true;
	return false;
}

/* Returns whether the event is about a record that Reeve itself wrote to Security Hub: a finding of
 * its own, or a note on another finding. A note stays on a finding; when the control fails again,
 * Security Hub sets the workflow back to NEW. */
static bool is_our_finding(const struct signal *signal)
{
	const json_t *finding =
		json_array_get(json_object_get(json_object_get(signal->event, "detail"), "findings"), 0);
	const char *workflow =
		json_get_string_or(json_object_get(finding, "Workflow"), "Status", "NEW");

	if (strncmp(json_get_string_or(finding, "GeneratorId", ""), SECURITY_HUB_GENERATOR,
			strlen(SECURITY_HUB_GENERATOR)) == 0)
		return true;
	if (signal->source == SIGNAL_OCSF)
		return strncmp(json_get_string_or(finding, "comment", ""), SECURITY_HUB_NOTE_MARKER,
				   strlen(SECURITY_HUB_NOTE_MARKER)) == 0 &&
			json_get_integer_or(finding, "status_id", 1) != 1;
	return strcmp(json_get_string_or(json_object_get(finding, "Note"), "UpdatedBy", ""), "reeve") ==
		0 &&
		strcmp(workflow, "NEW") != 0;
}

bool own_change_caused(const struct engine *engine, const struct own_changes *own,
	const struct signal *signal, const struct wanted_cell *cells, size_t count, char *why,
	size_t size)
{
	if (signal->actor.type != NULL) {
		if (!is_our_session(engine, own, signal))
			return false;
		snprintf(why, size, "the call was Reeve's own (session %s)", signal->actor.session_name);
		return true;
	}
	if ((signal->source == SIGNAL_SECURITY_HUB || signal->source == SIGNAL_OCSF) &&
		is_our_finding(signal)) {
		snprintf(why, size, "the finding, or its last update, is Reeve's own");
		return true;
	}
	if (own == NULL || signal->time_ms == 0 || count == 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!was_changing(own, signal, &cells[i]))
			return false;
	snprintf(why, size, "the event is about a change that Reeve made and has verified since");
	return true;
}
