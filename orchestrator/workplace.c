#include "workplace.h"

#include "base/banned.h"
#include "base/log.h"
#include "baselines/baseline.h"
#include "engine/audit.h"
#include "engine/pause.h"
#include "engine/windows.h"
#include "io/loop.h"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

/* Fibers beside those of the cells: accounts, and the parallel reads of one cell. */
#define FIBERS_PER_IN_FLIGHT 3
#define FIBERS_MORE 64

int workplace_load_config(const struct invocation *invocation, struct config **out, struct err *err)
{
	return config_load(invocation->config_path, baseline_catalogue(), out, err);
}

static void stop(void *argument)
{
	struct workplace *workplace = argument;

	log_warning("stopping: changes under way are completed, the rest can be continued with `reeve sweep --resume`");
	loop_cancel(workplace->loop);
}

/* The system user's name; the number where it has none. */
static void name_actor(char out[64])
{
	struct passwd entry, *found = NULL;
	char buffer[4096];

	if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
		snprintf(out, 64, "%s", found->pw_name);
	else
		snprintf(out, 64, "uid %ld", (long)getuid());
}

static int open_guards(struct workplace *workplace, const struct invocation *invocation, struct err *err)
{
	name_actor(workplace->actor);
	if (audit_open(workplace->store, invocation->state_folder, NULL, &workplace->audit, err) < 0 ||
	    windows_new(workplace->config, &workplace->windows, err) < 0)
		return -1;
	workplace->pause = pause_new(invocation->state_folder, workplace->store);
	return 0;
}

int workplace_open(struct workplace *workplace, const struct invocation *invocation, const char *holder, struct err *err)
{
	memset(workplace, 0, sizeof *workplace);
	if (workplace_load_config(invocation, &workplace->config, err) < 0)
		return -1;
	int in_flight = (int)config_integer(workplace->config, "limits", "in_flight");
	struct loop_options loop_options = { .fiber_cap = (size_t)in_flight * FIBERS_PER_IN_FLIGHT + FIBERS_MORE };
	if (loop_new(&loop_options, &workplace->loop, err) < 0)
		return -1;
	struct store_options store_options = { .mode = STORE_WRITE, .holder = holder };
	const char *delay = getenv("REEVE_TEST_FSYNC_MS");
	if (delay != NULL)
		store_options.test_fsync_ms = atoi(delay);
	if (holder != NULL && store_open(invocation->state_folder, &store_options, workplace->loop, &workplace->store, err) < 0)
		return -1;
	struct aws_options aws_options = { .in_flight = in_flight, .default_region = config_string(workplace->config, "organization", "home_region") };
	if (aws_new(workplace->loop, &aws_options, &workplace->aws, err) < 0)
		return -1;
	if (loop_on_signal(workplace->loop, SIGINT, stop, workplace, err) < 0 || loop_on_signal(workplace->loop, SIGTERM, stop, workplace, err) < 0)
		return -1;
	if (holder != NULL && open_guards(workplace, invocation, err) < 0)
		return -1;
	workplace->engine = (struct engine){ workplace->loop,  workplace->aws,     workplace->store, workplace->config, workplace->audit,
		                             workplace->pause, workplace->windows, workplace->actor };
	return 0;
}

int workplace_close(struct workplace *workplace, struct err *err)
{
	struct err audit_err = ERR_INIT;
	int audited = audit_close(workplace->audit, &audit_err);

	pause_free(workplace->pause);
	windows_free(workplace->windows);
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
