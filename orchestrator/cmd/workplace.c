#include "cmd/workplace.h"

#include "approvals/store.h"
#include "audit/audit.h"
#include "aws/credentials/credentials.h"
#include "base/banned.h"
#include "base/log.h"
#include "base/test_hook.h"
#include "baselines/set.h"
#include "cmd/invoker.h"
#include "config/values.h"
#include "engine/event.h"
#include "guards/exceptions.h"
#include "guards/pause.h"
#include "guards/windows.h"
#include "io/loop.h"
#include "io/loop_watch.h"
#include "ledger/migrations.h"
#include "notify/notify.h"

#include <signal.h>

/* Each request in flight needs a fiber for the account, the cell and the cell's parallel reads. */
#define FIBERS_PER_IN_FLIGHT 3
#define FIBERS_MORE 64
#define FIBERS_FOR_REQUESTS 256

int workplace_load_config(const struct invocation *invocation, struct config **out, struct err *err)
{
	return config_load(invocation->config_path, baseline_set_catalogue(invocation->baselines), out,
		err);
}

uint64_t workplace_store_bytes(const struct config *config)
{
	int64_t kib = config_integer(config, "limits", "store_gib") << 20;

	return (uint64_t)test_hook("REEVE_TEST_STORE_KIB", kib) << 10;
}

static void stop(void *argument)
{
	struct workplace *workplace = argument;

	log_warning("stopping: changes in flight are completed; `reeve sweep --resume` continues the "
				"sweep later");
	loop_cancel(workplace->loop);
}

/* Opens the audit log, change windows, exceptions, pauses and approvals. */
static int open_guards(struct workplace *workplace, const struct invocation *invocation,
	struct err *err)
{
	if (audit_open(workplace->store, invocation->state_folder, NULL, &workplace->audit, err) < 0 ||
		windows_new(workplace->config, &workplace->windows, err) < 0 ||
		exceptions_load(workplace->config, workplace->store, &workplace->exceptions, err) < 0)
		return -1;
	workplace->pause = pause_new(invocation->state_folder, workplace->store);
	workplace->approvals = approvals_new(workplace->store);
	return 0;
}

int workplace_open(struct workplace *workplace, const struct invocation *invocation,
	const char *holder, struct err *err)
{
	memset(workplace, 0, sizeof *workplace);
	if (workplace_load_config(invocation, &workplace->config, err) < 0)
		return -1;
	workplace->routes = event_routes(workplace->config);
	int in_flight = (int)config_integer(workplace->config, "limits", "in_flight");
	struct loop_options loop_options = { .fiber_cap = (size_t)in_flight * FIBERS_PER_IN_FLIGHT +
			FIBERS_MORE };
	if (holder != NULL && strcmp(holder, "serve") == 0)
		loop_options.fiber_cap += (size_t)in_flight * FIBERS_PER_IN_FLIGHT +
			FIBERS_FOR_REQUESTS; /* for events during a sweep, and for API requests */
	if (loop_new(&loop_options, &workplace->loop, err) < 0)
		return -1;
	struct store_options store_options = { .mode = STORE_WRITE,
		.holder = holder,
		.steps = ledger_migrations,
		.max_bytes = workplace_store_bytes(workplace->config),
		.test_fsync_ms = (int)test_hook("REEVE_TEST_FSYNC_MS", 0) };
	if (holder != NULL &&
		store_open(invocation->state_folder, &store_options, workplace->loop, &workplace->store,
			err) < 0)
		return -1;
	bool serves = holder != NULL && strcmp(holder, "serve") == 0;
	/* Long polls of the event queue get slots of their own, so that they don't take those of other
	 * requests. */
	int for_polls = serves ? (int)config_integer(workplace->config, "events", "receivers") : 0;
	struct aws_options aws_options = { .in_flight = in_flight + for_polls,
		.default_region = config_string(workplace->config, "organization", "home_region") };
	if (aws_new(workplace->loop, &aws_options, credentials_resolve, &workplace->aws, err) < 0)
		return -1;
	/* The daemon handles these signals itself. */
	if (!serves &&
		(loop_on_signal(workplace->loop, SIGINT, stop, workplace, err) < 0 ||
			loop_on_signal(workplace->loop, SIGTERM, stop, workplace, err) < 0))
		return -1;
	if (holder != NULL && open_guards(workplace, invocation, err) < 0)
		return -1;
	workplace->engine = (struct engine){
		.loop = workplace->loop,
		.aws = workplace->aws,
		.store = workplace->store,
		.config = workplace->config,
		.routes = workplace->routes,
		.audit = workplace->audit,
		.pause = workplace->pause,
		.windows = workplace->windows,
		.approvals = workplace->approvals,
		.exceptions = workplace->exceptions,
		.actor = invoker_name(),
	};
	if (holder == NULL || serves)
		return 0;
	struct notify_options notify_options = { workplace->loop, workplace->store, workplace->config };
	if (notifier_new(&notify_options, &workplace->notifier, err) < 0)
		return -1;
	workplace->engine.notifier = workplace->notifier;
	return 0;
}

int workplace_close(struct workplace *workplace, struct err *err)
{
	struct err audit_err = ERR_INIT;
	int audited = audit_close(workplace->audit, &audit_err);

	notifier_free(workplace->notifier);
	approvals_free(workplace->approvals);
	exceptions_free(workplace->exceptions);
	pause_free(workplace->pause);
	windows_free(workplace->windows);
	route_table_free(workplace->routes);
	aws_free(workplace->aws);
	int result = store_close(workplace->store, err);
	if (result == 0 && audited < 0) {
		*err = audit_err;
		result = -1;
	}
	loop_free(workplace->loop);
	config_free(workplace->config);
	memset(workplace, 0, sizeof *workplace);
	return result;
}
