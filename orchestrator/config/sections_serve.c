/* The rows of what `serve` does: its schedule, its events, its HTTP API. */
#include "config/internal.h"

#include "base/banned.h"
#include "config/checks.h"
#include "config/checks_address.h"

const struct setting schedule_rows[] = {
	{ .name = "sweep",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 256,
		.check = check_cron,
		.help = "When `serve` sweeps: a cron expression of five fields, by the clocks of the time "
				"zone; null means never." },
	{ .name = "time_zone",
		.type = SETTING_STRING,
		.default_json = "\"UTC\"",
		.maximum = 64,
		.check = check_time_zone,
		.pattern = "^[A-Za-z0-9_+-][A-Za-z0-9_+/-]*$",
		.help = "A zone of the tz database, such as \"Europe/Berlin\"." },
	{ .name = "jitter_seconds",
		.type = SETTING_INTEGER,
		.default_json = "0",
		.minimum = 0,
		.maximum = 3600,
		.help = "A sweep begins up to so many seconds later, at random, so that not everything in "
				"the organization runs at once." },
	{ .name = "catch_up",
		.type = SETTING_BOOLEAN,
		.default_json = "true",
		.help = "Whether a sweep whose time came while `serve` did not run is made once when it "
				"starts." },
	{ .name = NULL },
};

const struct setting events_rows[] = {
	{ .name = "queue_url",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_url,
		.pattern = "^https?://[^/].*$",
		.maximum = 2048,
		.help = "The SQS queue that `serve` takes events from; null means none." },
	{ .name = "queue_region",
		.type = SETTING_STRING,
		.default_json = "null",
		.check = check_region,
		.pattern = REGION_PATTERN,
		.help = "The region of the queue, where its URL does not name it; null means "
				"organization.home_region." },
	{ .name = "receivers",
		.type = SETTING_INTEGER,
		.default_json = "4",
		.minimum = 1,
		.maximum = 32,
		.help = "How many requests wait for messages of the queue at the same time." },
	{ .name = "most_held",
		.type = SETTING_INTEGER,
		.default_json = "10000",
		.minimum = 10,
		.maximum = 100000,
		.help = "The most messages that are held at a time; no more are received until some are "
				"done." },
	{ .name = "visibility_seconds",
		.type = SETTING_INTEGER,
		.default_json = "120",
		.minimum = 30,
		.maximum = 43200,
		.help = "For how long a received message is hidden from other receivers; it is renewed "
				"while the message is worked on." },
	{ .name = "settle_seconds",
		.type = SETTING_INTEGER,
		.default_json = "10",
		.minimum = 0,
		.maximum = 600,
		.help = "How long it must be quiet around a cell after its first event before it is "
				"checked once more for those that followed." },
	{ .name = "settle_limit_seconds",
		.type = SETTING_INTEGER,
		.default_json = "60",
		.minimum = 1,
		.maximum = 3600,
		.help =
			"How long that check waits at most while events go on; not less than settle_seconds." },
	{ .name = "retention_days",
		.type = SETTING_INTEGER,
		.default_json = "4",
		.minimum = 1,
		.maximum = 30,
		.help = "How long an event is remembered, so that a copy of it is known as one." },
	{ .name = "limits_minutes",
		.type = SETTING_INTEGER,
		.default_json = "60",
		.minimum = 1,
		.maximum = 1440,
		.help = "The limits of a run hold for all events of so many minutes together." },
	{ .name = "attempts",
		.type = SETTING_INTEGER,
		.default_json = "5",
		.minimum = 1,
		.maximum = 20,
		.help =
			"How often a message is handled before it is left to the queue's dead-letter queue." },
	{ .name = "routes",
		.type = SETTING_ANY,
		.default_json = "[]",
		.help = "Rules for what an event leads to, in their order and before those that are built "
				"in; the first that matches decides." },
	{ .name = NULL },
};

static const char *const route_actions[] = { "check", "sweep", "retire", "ignore", NULL };

const struct setting route_rows[] = {
	{ .name = "name",
		.type = SETTING_STRING,
		.check = check_wave,
		.pattern = "^[A-Za-z0-9_.-]{1,64}$",
		.help = "The name of the rule." },
	{ .name = "pattern",
		.type = SETTING_ANY,
		.help = "Which events the rule is for: an event pattern, as Amazon EventBridge has them." },
	{ .name = "action",
		.type = SETTING_CHOICE,
		.default_json = "\"check\"",
		.choices = route_actions,
		.help = "What such an event leads to: a check of the baselines in its account and region, "
				"a sweep of its account, the end of "
				"an account that is gone, or nothing." },
	{ .name = "baselines",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.minimum = 0,
		.maximum = 64,
		.help =
			"The ids of the baselines to check; for the action \"check\" only, which needs one." },
	{ .name = NULL },
};

const struct setting security_hub_rows[] = {
	{ .name = "import",
		.type = SETTING_BOOLEAN,
		.default_json = "false",
		.help = "Whether Reeve's own findings are imported into Security Hub, in the account that "
				"each is about." },
	{ .name = "update",
		.type = SETTING_BOOLEAN,
		.default_json = "false",
		.help = "Whether a finding of Security Hub that led to a change is updated with what came "
				"of it." },
	{ .name = NULL },
};

const struct setting http_rows[] = {
	{ .name = "listen",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 280,
		.check = check_listen,
		.pattern = "^.+:[0-9]{1,5}$",
		.help =
			"The address and port on which `serve` answers HTTP; null means that it does not." },
	{ .name = "certificate_file",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 4096,
		.check = check_file_path,
		.pattern = "^/",
		.help = "A file with the TLS certificate and its chain, in PEM; needed unless \"listen\" "
				"is an address of this machine alone." },
	{ .name = "key_file",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 4096,
		.check = check_file_path,
		.pattern = "^/",
		.help = "A file with the certificate's private key, in PEM; nobody else may be able to "
				"read it." },
	{ .name = "hosts",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_host_name,
		.pattern = "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
		.minimum = 0,
		.maximum = 100,
		.help = "Further names by which the API is reached; a request that names another host is "
				"refused." },
	{ .name = "requests_per_minute",
		.type = SETTING_INTEGER,
		.default_json = "600",
		.minimum = 1,
		.maximum = 100000,
		.help = "The most requests that one caller can make in a minute." },
	{ .name = "socket",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 107,
		.check = check_socket_path,
		.pattern = "^/(.*/)?[^/]+$",
		.help = "A UNIX socket on which `serve` answers the people's system users, such as "
				"\"/run/reeve/reeve.sock\"; nobody but root "
				"and the daemon's user may be able to write to its folder." },
	{ .name = "socket_group",
		.type = SETTING_STRING,
		.default_json = "null",
		.maximum = 256,
		.check = check_group_name,
		.pattern = "^[^ :/]+$",
		.help = "The system group whose members can connect to \"socket\"; null means root and the "
				"daemon's user only." },
	{ .name = NULL },
};
