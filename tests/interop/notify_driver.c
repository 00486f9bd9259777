/*
 * Reports some events to the channels of a configuration, as a run does, for notify_sns.py.
 *
 * usage: notify-driver CONFIG STATE EVENTS BASELINES
 */
#include "base/banned.h"
#include "baselines_help.h"
#include "config/values.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "notify/notify.h"
#include "store/store.h"

struct driver {
	struct notify_options options;
	struct notifier *notifier;
	int events, baselines;
};

static MAY_YIELD void tell(void *argument)
{
	struct driver *driver = argument;

	for (int i = 0; i < driver->events; i++) {
		char account[13];
		struct notification event = {
			.kind = i % 2 == 0 ? NOTIFY_ALERT : NOTIFY_APPROVAL,
			.severity = SEVERITY_HIGH,
			.run = "run-1",
			.baseline = baseline_set_at(all_baselines(), (size_t)(i % driver->baselines))->id,
			.account = account,
			.account_name = "na\xc3\xafve \xe2\x80\xae <b>",
			.region = "eu-west-1",
			.resource = "arn:aws:s3:::a&b=c d+e%20",
			.change = i % 2 == 0 ? NULL : "c-1",
			.message = "100% \"public\"\n",
		};

		snprintf(account, sizeof account, "%012d", i);
		notify_event(driver->notifier, &event);
	}
	notify_end_run(driver->notifier, "run-1");
	notify_flush(driver->notifier, NOTIFY_FLUSH_MS);
}

static int run(struct driver *driver, const char *config_path, const char *state,
	struct config **config, struct err *err)
{
	const struct store_options options = { .mode = STORE_WRITE, .holder = "test" };

	if (config_load(config_path, all_catalogue(), config, err) < 0 ||
		loop_new(NULL, &driver->options.loop, err) < 0 ||
		store_open(state, &options, driver->options.loop, &driver->options.store, err) < 0)
		return -1;
	driver->options.config = *config;
	if (notifier_new(&driver->options, &driver->notifier, err) < 0 ||
		fiber_spawn(driver->options.loop, "tell", tell, driver, err) < 0)
		return -1;
	loop_run(driver->options.loop);
	return 0;
}

int main(int argc, char **argv)
{
	struct driver driver = { .events = argc == 5 ? atoi(argv[3]) : 0,
		.baselines = argc == 5 ? atoi(argv[4]) : 0 };
	struct config *config = NULL;
	struct err err = ERR_INIT;

	if (argc != 5 || driver.baselines < 1 ||
		(size_t)driver.baselines > baseline_set_count(all_baselines())) {
		fprintf(stderr, "usage: notify-driver CONFIG STATE EVENTS BASELINES\n");
		return 1;
	}
	int result = run(&driver, argv[1], argv[2], &config, &err);
	notifier_free(driver.notifier);
	if (store_close(driver.options.store, result == 0 ? &err : NULL) < 0)
		result = -1;
	loop_free(driver.options.loop);
	config_free(config);
	if (result < 0)
		fprintf(stderr, "notify-driver: %s\n", err.message);
	return result < 0 ? 1 : 0;
}
