#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

enum kind { KIND_TEXT, KIND_COUNT, KIND_SHARE, KIND_SWITCH };

struct row {
	const char *name;
	const char *value; /* the value's name in --help */
	enum kind kind;
	size_t offset;
	long min, max;
	const char *fallback;
	const char *help;
};

#define AT(member) offsetof(struct options, member)

static const struct row rows[] = {
	{ "listen", "HOST:PORT", KIND_TEXT, AT(listen), 0, 0, "127.0.0.1:0",
		"where to listen; loopback addresses only, port 0 lets the kernel pick" },
	{ "accounts", "N", KIND_COUNT, AT(accounts), 2, 200000, "20",
		"accounts, the management and the delegated-administrator account included" },
	{ "ous", "N", KIND_COUNT, AT(ous), 0, 1000, "6", "organizational units" },
	{ "regions", "N", KIND_COUNT, AT(regions), 1, 34, "17",
		"regions: first those enabled by default, then opt-in ones" },
	{ "buckets", "N", KIND_COUNT, AT(buckets), 0, 99, "3", "S3 buckets per account" },
	{ "users", "N", KIND_COUNT, AT(users), 0, 5000, "2", "IAM users per account" },
	{ "drift", "0..1", KIND_SHARE, AT(drift), 0, 1, "0.2",
		"share of each kind of resource that is drifted" },
	{ "seed", "N", KIND_COUNT, AT(seed), 0, 1L << 62, "1", "all state follows from it" },
	{ "latency", "MS", KIND_COUNT, AT(latency_ms), 0, 600000, "0", "delay of every answer" },
	{ "limits", "aws|none", KIND_TEXT, AT(limits), 0, 0, "none", "throttle as AWS documents it" },
	{ "fault", "KIND=RATE,...", KIND_TEXT, AT(faults), 0, 0, NULL,
		"misbehave; KIND[@service[.Operation]]=RATE[:COUNT], see README.md for the kinds" },
	{ "tls", "CERT,KEY", KIND_TEXT, AT(tls), 0, 0, NULL, "serve TLS with these PEM files" },
	{ "page-size", "N", KIND_COUNT, AT(page_size), 0, 10000, "0",
		"items a page at most, instead of AWS's own sizes" },
	{ "external-id", "ID", KIND_TEXT, AT(external_id), 0, 0, "reeve-sim",
		"AssumeRole without it is denied" },
	{ "role", "NAME", KIND_TEXT, AT(role), 0, 0, "ReeveRemediation",
		"the role that member accounts have" },
	{ "role-policy", "FILE", KIND_TEXT, AT(role_policy), 0, 0, NULL,
		"IAM policy document of that role; without it, a built-in list" },
	{ "orchestrator-policy", "FILE", KIND_TEXT, AT(orchestrator_policy), 0, 0, NULL,
		"IAM policy document of the orchestrator's user; without it, a built-in list" },
	{ "gd-admin", "ACCOUNT", KIND_TEXT, AT(gd_admin), 0, 0, NULL,
		"GuardDuty administrator of all members with a detector: an id, or 'delegated'" },
	{ "gd-frequency", "F", KIND_TEXT, AT(gd_frequency), 0, 0, "SIX_HOURS",
		"finding publishing frequency of detectors that are not drifted" },
	{ "session-seconds", "N", KIND_COUNT, AT(session_seconds), 0, 3600, "0",
		"longest life of an issued session, to test renewal" },
	{ "clock-offset", "SECONDS", KIND_COUNT, AT(clock_offset_s), -1000000, 1000000, "0",
		"how far this clock runs ahead" },
	{ "max-receive-count", "N", KIND_COUNT, AT(max_receive_count), 1, 1000, "5",
		"receives of a message before it goes to the dead-letter queue" },
	{ "queue-visibility", "SECONDS", KIND_COUNT, AT(queue_visibility_s), 0, 43200, "30",
		"visibility timeout of the queues, where a call names none" },
	{ "trail-events", "on|off", KIND_SWITCH, AT(trail_events), 0, 0, "off",
		"put the events of CloudTrail and Security Hub into the queue" },
	{ "trail-delay", "MS", KIND_COUNT, AT(trail_delay_ms), 0, 3600000, "0",
		"how long after the call its event comes, and LookupEvents shows it" },
	{ "lag", "MS", KIND_COUNT, AT(lag_ms), 0, 3600000, "0",
		"how long after a write some reads still show the old state; see README.md" },
	{ "state", "FILE", KIND_TEXT, AT(state), 0, 0, NULL,
		"JSON array of {\"id\":...,\"set\":{...}} applied at the start, as POST /_sim/account "
		"does" },
};

static void help(void)
{
	printf("usage: reeve-sim --listen 127.0.0.1:PORT [options]\n\n"
		   "A simulated AWS organization on a loopback port. Prints its URL when ready.\n\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s %s", rows[i].name, rows[i].value);
		printf("  %-32s %s", left, rows[i].help);
		printf(rows[i].fallback ? " (default %s)\n" : "\n", rows[i].fallback);
	}
	printf("\ncredentials of the orchestrator: AKIASIMORCHESTRATOR0 / sim-orchestrator-secret\n"
		   "credentials of the management account: AKIASIMMANAGEMENT000 / sim-management-secret\n"
		   "GET /_sim/stats, GET /_sim/state, POST /_sim/fault, POST /_sim/reset-stats, POST "
		   "/_sim/account,\n"
		   "GET, POST and DELETE /_sim/queue\n");
}

static void set(struct options *o, const struct row *row, const char *value)
{
	void *field = (char *)o + row->offset;
	char *end = NULL;

	if (row->kind == KIND_TEXT) {
		*(const char **)field = value;
	} else if (row->kind == KIND_COUNT) {
		long n = strtol(value, &end, 10);

		if (!*value || *end || n < row->min || n > row->max)
			die("--%s: '%s' is not a whole number from %ld to %ld", row->name, value, row->min,
				row->max);
		*(long *)field = n;
	} else if (row->kind == KIND_SWITCH) {
		if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
			die("--%s is on or off", row->name);
		*(long *)field = strcmp(value, "on") == 0;
	} else {
		double share = strtod(value, &end);

		if (!*value || *end || !(share >= 0 && share <= 1))
			die("--%s: '%s' is not a number from 0 to 1", row->name, value);
		*(double *)field = share;
	}
}

static const struct row *find(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0)
			return &rows[i];
	return NULL;
}

void options_parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){ 0 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].fallback)
			set(o, &rows[i], rows[i].fallback);

	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *equals;
		const struct row *row;

		if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
			help();
			exit(0);
		}
		if (strncmp(name, "--", 2) != 0)
			die("unexpected argument '%s'; --help lists the options", argv[i]);
		name += 2;
		equals = strchr(name, '=');
		row = find(name, equals ? (size_t)(equals - name) : strlen(name));
		if (!row)
			die("unknown option '%s'; --help lists the options", argv[i]);
		if (!equals && i + 1 == argc)
			die("--%s needs a value", row->name);
		set(o, row, equals ? equals + 1 : argv[++i]);
	}
	if (strcmp(o->limits, "aws") != 0 && strcmp(o->limits, "none") != 0)
		die("--limits is aws or none");
}
