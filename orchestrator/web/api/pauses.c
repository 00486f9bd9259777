/* The kill switch, and starting a sweep. Pauses are written to their file first and to the audit
 * log afterwards, so that they are in force even when everything else here fails. */
#include "web/api/private.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/json.h"
#include "guards/pause.h"
#include "guards/pause_file.h"
#include "web/api/input.h"

#include <unistd.h>

int api_list_pauses(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	json_t *pauses = NULL;

	if (pause_read(request->host->state_folder, &pauses, err) < 0)
		return -1;
	api_answer(response, "pauses", pauses);
	return 0;
}

/* Reads the account or baseline of the body; with neither, everything is paused. The texts are
 * borrowed from the body. */
static int read_scope(const struct api_request *request, struct pause_request *scope,
	struct err *err)
{
	*scope = (struct pause_request){ .account = json_get_string(request->body, "account"),
		.baseline = json_get_string(request->body, "baseline"),
		.by = request->person->name,
		.uid = getuid() };
	if (scope->account != NULL && scope->baseline != NULL)
		return err_set(err, ERR_USAGE, "TwoScopes",
			"a pause covers an account or a baseline, not both; make two pauses");
	return api_check_id(API_ID_ACCOUNT, scope->account, err) < 0 ||
			api_check_id(API_ID_BASELINE, scope->baseline, err) < 0 ||
			api_reason(request, "reason", &scope->reason, err) < 0
		? -1
		: 0;
}

static MAY_YIELD int audit_pauses(const struct api_request *request, struct err *err)
{
	const struct engine *engine = api_engine(request);
	char why[PAUSE_WHY_SIZE];

	(void)pause_check(engine->pause, NULL, NULL, why); /* makes the process read the file */
	if (pause_audit(engine->pause, engine->audit, NULL, err) < 0)
		return -1;
	if (audit_flush(api_engine(request)->audit, err) < 0)
		return -1;
	return request->host->exceptions_changed(request->host->daemon, err);
}

static int answer(const struct api_request *request, json_t *resumed, struct api_response *response,
	struct err *err)
{
	json_t *pauses = NULL;

	if (pause_read(request->host->state_folder, &pauses, err) < 0)
		return -1;
	response->json =
		json_pack("{s:o, s:O*, s:b}", "pauses", pauses, "resumed", resumed, "recorded", true);
	return 0;
}

MAY_YIELD int api_pause(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct pause_request scope;

	if (read_scope(request, &scope, err) < 0 ||
		pause_add(request->host->state_folder, &scope, 1, err) < 0)
		return -1;
	if (audit_pauses(request, err) < 0)
		return err_prefix(err,
			"the pause is in force, but it could not be recorded in the audit log");
	return answer(request, NULL, response, err);
}

MAY_YIELD int api_record_pauses(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	return audit_pauses(request, err) < 0 ? -1 : answer(request, NULL, response, err);
}

MAY_YIELD int api_resume(const struct api_request *request, struct api_response *response,
	struct err *err)
{
	struct pause_request scope;
	CLEANUP_JSON json_t *ended = NULL;

	if (read_scope(request, &scope, err) < 0 ||
		pause_remove(request->host->state_folder, &scope, 1, &ended, err) < 0)
		return -1;
	if (audit_pauses(request, err) < 0)
		return err_prefix(err,
			"the pause has ended, but that could not be recorded in the audit log yet");
	/* Without this a mistyped account would look as if it had been resumed. */
	if (json_array_size(ended) == 0 && (scope.account != NULL || scope.baseline != NULL))
		return err_set(err, ERR_USAGE, "NotFound",
			"nothing was resumed: no pause has exactly this scope");
	return answer(request, ended, response, err);
}

int api_sweep(const struct api_request *request, struct api_response *response, struct err *err)
{
	if (request->host->sweep_now(request->host->daemon, request->person, err) < 0)
		return -1;
	api_answer(response, "accepted", json_true());
	return 0;
}
