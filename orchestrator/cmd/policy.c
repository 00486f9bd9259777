/* policy role|read-only|orchestrator: prints the least-privilege IAM policies. */
#include "cmd/command.h"

#include "base/banned.h"
#include "base/json.h"
#include "cmd/fail.h"
#include "cmd/terminal.h"
#include "cmd/workplace.h"
#include "config/values.h"
#include "engine/policy.h"

static int run(struct invocation *invocation)
{
	static const char *const kinds[] = { [POLICY_ROLE] = "role",
		[POLICY_READ_ONLY] = "read-only",
		[POLICY_ORCHESTRATOR] = "orchestrator" };
	const char *what = invocation->argument_count > 0 ? invocation->arguments[0] : "";
	struct config *config = NULL;
	struct err err = ERR_INIT;
	size_t kind = 0;

	while (kind < ARRAY_LENGTH(kinds) && strcmp(kinds[kind], what) != 0)
		kind++;
	if (kind == ARRAY_LENGTH(kinds)) {
		(void)err_set(&err, ERR_USAGE, "UnknownArgument",
			"`reeve policy` takes role, read-only or orchestrator, not '%s'", what);
		return command_fail(&err);
	}
	/* The policies are needed before a configuration exists; without one the defaults are used. */
	if (workplace_load_config(invocation, &config, &err) < 0 &&
		(invocation->config_path != NULL || !err_is(&err, ERR_CONFIG, "NotFound")))
		return command_fail(&err);
	CLEANUP_JSON json_t *document =
		policy_document((enum policy_kind)kind, invocation->baselines, config);
	print_document(stdout, document);
	config_free(config);
	return EXIT_FINE;
}

const struct command command_policy = {
	.name = "policy",
	.arguments = "role|read-only|orchestrator",
	.summary = "print the least-privilege IAM policies",
	.description =
		"role: prints the policy of the remediation role in each account.\nread-only: prints the "
		"same policy without write actions.\norchestrator: prints the policy of the identity that "
		"Reeve itself runs as.\nThe policies are made from the actions that the code declares. The "
		"code refuses to call an action that it does not declare.",
	.most_arguments = 1,
	.run = run,
};
