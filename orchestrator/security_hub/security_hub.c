/* The permissions for Security Hub, and how each call is checked and recorded in the audit log. */
#include "security_hub/internal.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/json.h"
#include "config/values.h"
#include "store/errors.h"

/* AWS lets each account write only its own default product.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecurityhub.html */
const struct aws_permission security_hub_import_permissions[] = {
	{ .action = "securityhub:BatchImportFindings",
		.resource = "arn:${Partition}:securityhub:*:*:product/*/default",
		.why = "tells the account's Security Hub what Reeve found" },
	AWS_PERMISSIONS_END,
};

/* BatchUpdateFindingsV2 has the same action, on the hub of v2; both are the orchestrator's own. */
const struct aws_permission security_hub_update_permissions[] = {
	{ .action = "securityhub:BatchUpdateFindings",
		.resource = "arn:${Partition}:securityhub:*:*:hub/default",
		.why = "records on a finding what was done about it" },
	{ .action = "securityhub:BatchUpdateFindings",
		.resource = "arn:${Partition}:securityhub:*:*:hubv2/*",
		.why = "the same in the Security Hub of today" },
	AWS_PERMISSIONS_END,
};

bool hub_wanted(const struct hub_run *run, const char *what)
{
	return run->mutates && run->audit != NULL &&
		json_get_bool_or(config_get(run->config, "security_hub"), what, false);
}

static struct audit_entry entry_of(const struct hub_calls *calls,
	const struct aws_operation *operation, const char *outcome)
{
	return (struct audit_entry){
		.kind = AUDIT_CALL,
		.action = calls->action,
		.outcome = outcome,
		.run = calls->run->id,
		.actor = calls->run->actor,
		.account = calls->account,
		.region = calls->region,
		.operation = operation->iam_action,
		.reason = calls->why,
	};
}

/* No pause and no limit holds a report, since it changes nothing that an account runs on. What is
 * not on record is not called. */
static MAY_YIELD int permit(void *argument, const struct aws_operation *operation, struct err *err)
{
	struct hub_calls *calls = argument;
	struct audit_entry entry = entry_of(calls, operation, "intended");

	if (!calls->run->mutates)
		return err_set(err, ERR_UNDECLARED, "PlanMutates", "a plan may not call %s %s",
			operation->service->id, operation->name);
	if (store_failed(calls->run->store))
		return err_set(err, ERR_STORE, "StoreFailed",
			"%s %s is not called, since the state folder can't be written", operation->service->id,
			operation->name);
	if (audit_append(calls->run->audit, &entry, err) < 0)
		return -1;
	return audit_flush(calls->run->audit, err);
}

static MAY_YIELD void done(void *argument, const struct aws_operation *operation,
	const char *request_id, const struct err *failure)
{
	struct hub_calls *calls = argument;
	struct audit_entry entry = entry_of(calls, operation, failure == NULL ? "succeeded" : "failed");
	struct err err = ERR_INIT;

	entry.request_id = request_id;
	if (failure != NULL)
		entry.reason = failure->message;
	/* The call has been made. If its outcome can't be recorded, the store has failed, and the next
	 * call is not made. */
	(void)!audit_append(calls->run->audit, &entry, &err);
}

void hub_calls_prepare(struct hub_calls *calls, const struct hub_run *run, const char *account,
	struct aws_session *session, const struct aws_permission *declared, const char *action)
{
	*calls = (struct hub_calls){ .run = run, .account = account, .action = action };
	calls->writer = (struct aws_writer){
		.aws = run->aws,
		.session = session,
		.account_id = account,
		.declared = declared,
		.permit = permit,
		.done = done,
		.permit_argument = calls,
		.charged = run->stats,
	};
}
