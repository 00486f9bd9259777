#include "engine/own_account.h"

#include "accounts/session.h"
#include "aws/client_view.h"
#include "base/banned.h"
#include "base/json.h"
#include "config/values.h"

int own_account_find(struct run *run, struct err *err)
{
	CLEANUP_JSON json_t *output = NULL;
	struct aws_reader reader = { run->engine.aws, run->own, "", session_permissions, NULL,
		&run->stats };
	struct aws_call call = { .operation = &aws_sts_GetCallerIdentity,
		.region = config_string(run->engine.config, "organization", "home_region") };

	if (aws_read(&reader, &call, &output, err) < 0)
		return -1;
	snprintf(run->orchestrator_account, sizeof run->orchestrator_account, "%s",
		json_get_string_or(output, "Account", ""));
	return 0;
}
