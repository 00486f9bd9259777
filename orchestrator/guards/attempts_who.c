/*
 * Finds who undoes remediations, from CloudTrail. CloudTrail looks events up by one attribute only:
 * by the name of the resource if it has one, else by the names of the calls that can undo the
 * remediation's.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
#include "guards/attempts_who.h"

#include "aws/client_pages.h"
#include "aws/operations/operations.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/log.h"
#include "guards/attempts.h"

/* CloudTrail allows two lookups a second in an account and region, so few are made. */
#define PAGES_MOST 4
#define EVENT_NAMES_MOST 8
#define EVENT_NAME_SIZE 128
#define OWN_SESSION "reeve-"

const struct aws_permission attempts_permissions[] = {
	{ .action = "cloudtrail:LookupEvents", .why = "to find out who keeps undoing a change" },
	AWS_PERMISSIONS_END,
};

struct search {
	const struct attempts_question *question;
	const char *resource; /* the resource's name within the service; NULL when the finding is about
							 the account */
	struct attempts_who *who;
	int64_t found_ms; /* time of the event in `who` */
	size_t pages;
};

/* The last part of an ARN such as "arn:aws:s3:::name" or "arn:…:user/path/name". NULL for a text
 * that is not an ARN. */
static const char *name_of(const char *resource)
{
	const char *slash, *colon;

	if (strncmp(resource, "arn:", 4) != 0)
		return NULL;
	slash = strrchr(resource, '/');
	colon = strrchr(resource, ':');
	return slash != NULL ? slash + 1 : colon + 1;
}

/* Returns whether the session in the ARN ("…:assumed-role/ROLE/SESSION") is one of Reeve's. */
static bool is_own_arn(const char *arn, const char *role)
{
	const char *start = strstr(arn, ":assumed-role/"), *session;

	if (start == NULL)
		return false;
	start += strlen(":assumed-role/");
	session = strchr(start, '/');
	if (session == NULL || strncmp(session + 1, OWN_SESSION, strlen(OWN_SESSION)) != 0)
		return false;
	/* The ARN has the role's name without its path. */
	const char *name = role != NULL && strrchr(role, '/') != NULL ? strrchr(role, '/') + 1 : role;
	return name == NULL ||
		(strlen(name) == (size_t)(session - start) && strncmp(name, start, strlen(name)) == 0);
}

static bool is_own(const json_t *event, const json_t *detail, const char *role)
{
	const char *arn = json_get_string(json_object_get(detail, "userIdentity"), "arn");

	if (arn != NULL)
		return is_own_arn(arn, role);
	return strncmp(json_get_string_or(event, "Username", ""), OWN_SESSION, strlen(OWN_SESSION)) ==
		0;
}

/* Returns whether the event is about the resource; true when there is no name to compare. */
static bool is_about(const json_t *event, const struct search *search)
{
	size_t index;
	json_t *resource;

	if (search->resource == NULL)
		return true;
	json_array_foreach(json_object_get(event, "Resources"), index, resource) {
		const char *name = json_get_string_or(resource, "ResourceName", "");

		if (strcmp(name, search->resource) == 0 ||
			strcmp(name, search->question->key->resource) == 0)
			return true;
	}
	/* Not every service lists the resources; then the request's parameters name them. */
	char quoted[256];
	snprintf(quoted, sizeof quoted, "\"%s\"", search->resource);
	return strstr(json_get_string_or(event, "CloudTrailEvent", ""), quoted) != NULL;
}

static void take_event(const json_t *event, struct search *search)
{
	const char *text = json_get_string(event, "CloudTrailEvent"),
			   *at = json_get_string_or(event, "EventTime", "");
	CLEANUP_JSON json_t *detail = NULL;
	struct err unread = ERR_INIT;
	int64_t at_ms;

	if (strcmp(json_get_string_or(event, "ReadOnly", "false"), "true") == 0 ||
		clock_parse_rfc3339(at, &at_ms) < 0)
		return;
	if (at_ms < search->question->since_ms / 1000 * 1000 || at_ms <= search->found_ms ||
		!is_about(event, search))
		return;
	if (text != NULL && json_parse(text, strlen(text), "CloudTrailEvent", &detail, &unread) < 0)
		detail = NULL;
	/* A call that was refused has undone nothing. */
	if (json_get_string(detail, "errorCode") != NULL ||
		is_own(event, detail, search->question->role))
		return;
	const json_t *identity = json_object_get(detail, "userIdentity");
	const char *principal = json_get_string(identity, "arn");
	if (principal == NULL)
		principal = json_get_string(identity, "invokedBy");
	if (principal == NULL)
		principal = json_get_string(event, "Username");
	if (principal == NULL)
		return;
	search->found_ms = at_ms;
	search->who->known = true;
	snprintf(search->who->principal, sizeof search->who->principal, "%s", principal);
	snprintf(search->who->event, sizeof search->who->event, "%s",
		json_get_string_or(event, "EventName", "?"));
	snprintf(search->who->at, sizeof search->who->at, "%s", at);
	snprintf(search->who->event_id, sizeof search->who->event_id, "%s",
		json_get_string_or(event, "EventId", ""));
}

/* Events are sorted from the newest, so that the first match ends the search. */
static int take_page(void *argument, const json_t *output, struct err *err)
{
	struct search *search = argument;
	int64_t before_ms = search->found_ms;
	size_t index;
	json_t *event;

	(void)err;
	json_array_foreach(json_object_get(output, "Events"), index, event) {
		take_event(event, search);
		if (search->found_ms > before_ms)
			return 1;
	}
	return ++search->pages >= PAGES_MOST;
}

static MAY_YIELD int look_up(struct aws_reader *reader, const char *attribute, const char *value,
	struct search *search, struct err *err)
{
	struct aws_call call = { .operation = &aws_cloudtrail_LookupEvents,
		.region = search->question->region };

	call.params = json_pack("{s:[{s:s, s:o}], s:I}", "LookupAttributes", "AttributeKey", attribute,
		"AttributeValue", json_text(value), "StartTime",
		(json_int_t)(search->question->since_ms / 1000));
	search->pages = 0;
	return aws_read_pages(reader, &call, take_page, search, err);
}

static size_t add_name(char names[EVENT_NAMES_MOST][EVENT_NAME_SIZE], size_t count,
	const char *prefix, const char *name)
{
	if (count == EVENT_NAMES_MOST)
		return count;
	snprintf(names[count], EVENT_NAME_SIZE, "%s%s", prefix, name);
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], names[count]) == 0)
			return count;
	return count + 1;
}

/* "PutX" is undone by another PutX, or by DeleteX. The name of an event is that of the API
 * operation or of the IAM action: both occur. */
static size_t event_names(const json_t *calls, char names[EVENT_NAMES_MOST][EVENT_NAME_SIZE])
{
	static const char *const makers[] = { "Put", "Create", "Update", "Enable" };
	size_t count = 0, index;
	json_t *call;

	json_array_foreach((json_t *)calls, index, call) {
		const char *service = json_get_string_or(call, "service", ""),
				   *name = json_get_string_or(call, "operation", "");
		const struct aws_operation *operation = aws_operation_find(service, name);
		const char *colon = operation != NULL ? strchr(operation->iam_action, ':') : NULL;
		const char *both[] = { name, colon != NULL ? colon + 1 : name };

		for (size_t i = 0; i < ARRAY_LENGTH(both); i++) {
			for (size_t maker = 0; maker < ARRAY_LENGTH(makers); maker++) {
				size_t length = strlen(makers[maker]);

				if (strncmp(both[i], makers[maker], length) == 0)
					count = add_name(names, count,
						strcmp(makers[maker], "Enable") == 0 ? "Disable" : "Delete",
						both[i] + length);
			}
			if (both[i][0] != '\0')
				count = add_name(names, count, "", both[i]);
		}
	}
	return count;
}

void attempts_who(struct aws_reader *reader, const struct attempts_question *question,
	struct attempts_who *who)
{
	struct search search = { .question = question,
		.resource = name_of(question->key->resource),
		.who = who,
		.found_ms = INT64_MIN };
	char names[EVENT_NAMES_MOST][EVENT_NAME_SIZE];
	int result = 0;

	*who = (struct attempts_who){ .known = false };
	if (search.resource != NULL)
		result = look_up(reader, "ResourceName", search.resource, &search, &who->failure);
	if (result == 0 && !who->known) {
		size_t count = event_names(question->calls, names);

		for (size_t i = 0; result == 0 && i < count; i++)
			result = look_up(reader, "EventName", names[i], &search, &who->failure);
	}
	if (result < 0)
		log_info("it is not known who undid the change of %s: %s", question->key->resource,
			who->failure.message);
}

void attempts_add_who(struct attempts_verdict *verdict, const struct attempts_who *who)
{
	size_t used = strlen(verdict->message);

	if (who->known)
		snprintf(verdict->message + used, sizeof verdict->message - used, "; last by %s (%s at %s)",
			who->principal, who->event, who->at);
}
