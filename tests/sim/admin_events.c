/* Sends events for changes by /_sim/account, as if somebody had called AWS. */
#include <stdlib.h>
#include <string.h>

#include "admin_set.h"
#include "trail.h"

#define SOMEBODY "somebody"
#define KEY "AKIASIMSOMEBODY00000"

static bool events;

void admin_events(bool on)
{
	events = on;
}

bool admin_events_are_on(void)
{
	return events;
}

static char *dump(json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (json && !text)
		die("out of memory");
	json_decref(json);
	return text;
}

static void call_of_somebody(const struct account *account, const char *region, const char *service,
	const char *name, json_t *parameters, struct trail_resource resource)
{
	static uint64_t counter;
	char *identity = dump(json_pack("{s:s,s:s,s:s+++,s:s,s:s,s:s}", "type", "IAMUser",
		"principalId", "AIDASIMSOMEBODY00000", "arn", "arn:aws:iam::", account->id, ":user/",
		SOMEBODY, "accountId", account->id, "accessKeyId", KEY, "userName", SOMEBODY));
	char *parameters_text = dump(parameters), request_id[37];
	struct trail_event e = { .account = account,
		.region = region,
		.service = service,
		.name = name,
		.identity = identity,
		.user = SOMEBODY,
		.key = KEY,
		.address = "198.51.100.23",
		.agent = "aws-cli/2.15.0",
		.parameters = parameters_text,
		.request_id = request_id,
		.resources = { resource } };

	hash_uuid(mix(0x50e, ++counter), request_id);
	trail_record(&e, true);
	free(identity);
	free(parameters_text);
}

void admin_event(const struct account *account, int region, const char *service, const char *name,
	json_t *parameters, const char *resource_type, const char *resource)
{
	if (events)
		call_of_somebody(account, regions[region].name, service, name, parameters,
			(struct trail_resource){ resource_type, resource });
	else
		json_decref(parameters);
}

/* Organizations is in us-east-1, and its events go to the management account. */
void admin_event_organizations(const char *name, json_t *parameters)
{
	if (events)
		call_of_somebody(org.management, "us-east-1", "organizations", name, parameters,
			(struct trail_resource){ NULL, NULL });
	else
		json_decref(parameters);
}

void admin_event_result(const char *name, json_t *details)
{
	char *identity = dump(json_pack("{s:s,s:s}", "accountId", org.management->id, "invokedBy",
		"organizations.amazonaws.com"));
	char *details_text = dump(details);
	struct trail_event e = { .account = org.management,
		.region = "us-east-1",
		.service = "organizations",
		.name = name,
		.identity = identity,
		.address = "organizations.amazonaws.com",
		.agent = "organizations.amazonaws.com",
		.details = details_text };

	if (events)
		trail_record(&e, true);
	free(identity);
	free(details_text);
}

const char *admin_event_time(void)
{
	static char text[40];
	time_t now = http_now();
	struct tm tm;

	strftime(text, sizeof(text), "%b %e, %Y %l:%M:%S %p", gmtime_r(&now, &tm));
	return text;
}
