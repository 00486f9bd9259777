/* SQS, JSON 1.0: the queues themselves, and calls about one message. */
#include "sqs.h"

#include <stdio.h>
#include <string.h>

#define CREATED_S 1700000000
#define RETENTION_S 345600
#define PURGE_EVERY_S 60
#define MAX_DELAY_S 900

void sqs_fail(struct call *call, const char *shape, const char *code, const char *message)
{
	call_fail_with(call, 400, code, message,
		arena_printf(call->arena, "com.amazonaws.sqs#%s", shape));
}

static void missing(struct call *call, const char *name)
{
	call_fail_with(call, 400, "MissingParameter",
		arena_printf(call->arena, "The request must contain the parameter %s.", name),
		"com.amazon.coral.service#MissingRequiredParameterException");
}

static void no_queue(struct call *call)
{
	sqs_fail(call, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
		"The specified queue does not exist.");
}

/* Returns the name of the queue that the call asks for, and its account. QueueUrl is
 * .../ACCOUNT/NAME; GetQueueUrl has the name alone, and the owner is the caller unless it names
 * another. */
static const char *names(const struct call *call, const char **account)
{
	const char *url = call_json_text(call, "QueueUrl"), *name = url ? strrchr(url, '/') : NULL;
	const char *owner = call_json_text(call, "QueueOwnerAWSAccountId");

	if (call->operation == &operations[OP_sqs_GetQueueUrl]) {
		*account = owner ? owner : call->caller.account->id;
		return call_json_text(call, "QueueName");
	}
	if (!name || name - url < 13 || name[-13] != '/')
		return NULL;
	*account = arena_text(call->arena, (struct slice){ name - 12, 12 });
	return name + 1;
}

const char *sqs_queue_arn(const struct call *call)
{
	const char *account, *name = names(call, &account);

	return name ? arena_printf(call->arena, "arn:aws:sqs:%.*s:%s:%s", (int)call->region.n,
					  call->region.p, account, name)
				: NULL;
}

struct queue *sqs_queue(struct call *call)
{
	const char *account = NULL, *name = names(call, &account);
	struct queue *q = name ? queue_named(name) : NULL;

	if (!name) {
		missing(call,
			call->operation == &operations[OP_sqs_GetQueueUrl] ? "QueueName" : "QueueUrl");
		return NULL;
	}
	/* The queues are in the delegated administrator's account and the first region. */
	if (!q || strcmp(account, org.delegated->id) != 0 || call->region_index != 0) {
		no_queue(call);
		return NULL;
	}
	if (call->caller.account != org.delegated && call->caller.account != org.management) {
		call_deny(call, call->operation->action, sqs_queue_arn(call),
			"no resource-based policy allows the action");
		return NULL;
	}
	return q;
}

bool sqs_number(struct call *call, const char *name, long min, long max, long fallback, long *out)
{
	const json_t *value = json_object_get(call->json, name);

	*out = fallback;
	if (!value)
		return true;
	*out = (long)json_integer_value(value);
	if (json_is_integer(value) && *out >= min && *out <= max)
		return true;
	call_refuse(call, CAUSE_INVALID,
		arena_printf(call->arena,
			"Value %ld for parameter %s is invalid. Reason: Must be between %ld and %ld, if "
			"provided.",
			*out, name, min, max));
	return false;
}

/* SQS accepts #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF. JSON
 * leaves only low characters to refuse. */
const char *sqs_bad_body(const char *body)
{
	if (!body || !*body)
		return "The request must contain the parameter MessageBody.";
	if (strlen(body) > QUEUE_MAX_MESSAGE_BYTES)
		return "One or more parameters are invalid. Reason: Message must be shorter than 1048576 "
			   "bytes.";
	for (; *body; body++)
		if ((unsigned char)*body < 0x20 && *body != '\t' && *body != '\n' && *body != '\r')
			return "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 "
				   "to #xD7FF | "
				   "#xE000 to #xFFFD | #x10000 to #x10FFFF";
	return NULL;
}

void sqs_GetQueueUrl(struct call *call)
{
	const struct queue *q = sqs_queue(call);
	struct slice host = http_header(call->request, "host");

	if (q)
		buf_printf(call_answer(call), "{\"QueueUrl\":\"%s://%.*s/%s/%s\"}", http_scheme(),
			(int)host.n, host.p, org.delegated->id, queue_name(q));
}

/* Returns the value of an attribute, or NULL when it is unknown or not set. */
static const char *attribute(const struct call *call, struct queue *q, const char *name)
{
	struct queue_counts n = queue_count(q);
	const struct {
		const char *name;
		long value;
	} numbers[] = {
		{ "ApproximateNumberOfMessages", (long)n.visible },
		{ "ApproximateNumberOfMessagesNotVisible", (long)n.in_flight },
		{ "ApproximateNumberOfMessagesDelayed", (long)n.delayed },
		{ "CreatedTimestamp", CREATED_S },
		{ "LastModifiedTimestamp", CREATED_S },
		{ "VisibilityTimeout", org.options->queue_visibility_s },
		{ "MaximumMessageSize", QUEUE_MAX_MESSAGE_BYTES },
		{ "MessageRetentionPeriod", RETENTION_S },
		{ "DelaySeconds", 0 },
		{ "ReceiveMessageWaitTimeSeconds", 0 },
	};
	const char *region = regions[0].name;
	const struct queue *dead;
	long most;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(name, numbers[i].name) == 0)
			return arena_printf(call->arena, "%ld", numbers[i].value);
	if (strcmp(name, "QueueArn") == 0)
		return arena_printf(call->arena, "arn:aws:sqs:%s:%s:%s", region, org.delegated->id,
			queue_name(q));
	if (strcmp(name, "SqsManagedSseEnabled") == 0)
		return "true";
	dead = queue_redrive(q, &most);
	if (strcmp(name, "RedrivePolicy") == 0 && dead)
		return arena_printf(call->arena,
			"{\"deadLetterTargetArn\":\"arn:aws:sqs:%s:%s:%s\",\"maxReceiveCount\":%ld}", region,
			org.delegated->id, queue_name(dead), most);
	return NULL;
}

void sqs_GetQueueAttributes(struct call *call)
{
	static const char *const all[] = {
		"ApproximateNumberOfMessages",
		"ApproximateNumberOfMessagesNotVisible",
		"ApproximateNumberOfMessagesDelayed",
		"CreatedTimestamp",
		"LastModifiedTimestamp",
		"VisibilityTimeout",
		"MaximumMessageSize",
		"MessageRetentionPeriod",
		"DelaySeconds",
		"ReceiveMessageWaitTimeSeconds",
		"QueueArn",
		"SqsManagedSseEnabled",
		"RedrivePolicy",
	};
	const json_t *names_asked = json_object_get(call->json, "AttributeNames");
	bool wanted[sizeof(all) / sizeof(all[0])] = { false };
	struct queue *q = sqs_queue(call);
	const char *comma = "";
	struct buf *b;

	if (!q)
		return;
	for (size_t i = 0; i < json_array_size(names_asked); i++) {
		const char *name = json_string_value(json_array_get(names_asked, i));
		bool known = name && (strcmp(name, "Policy") == 0 || strcmp(name, "All") == 0);

		for (size_t k = 0; name && k < sizeof(all) / sizeof(all[0]); k++) {
			wanted[k] = wanted[k] || strcmp(name, "All") == 0 || strcmp(name, all[k]) == 0;
			known = known || strcmp(name, all[k]) == 0;
		}
		if (!known) {
			sqs_fail(call, "InvalidAttributeName", "InvalidAttributeName",
				arena_printf(call->arena, "Unknown Attribute %s.", name ? name : ""));
			return;
		}
	}
	b = call_answer(call);
	buf_str(b, "{\"Attributes\":{");
	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		const char *value = wanted[k] ? attribute(call, q, all[k]) : NULL;

		if (!value)
			continue;
		buf_printf(b, "%s\"%s\":", comma, all[k]);
		buf_json(b, value);
		comma = ",";
	}
	buf_str(b, "}}");
}

void sqs_SendMessage(struct call *call)
{
	struct queue *q = sqs_queue(call);
	const char *body = call_json_text(call, "MessageBody"), *wrong;
	const struct message *m;
	long delay;

	if (!q || !sqs_number(call, "DelaySeconds", 0, MAX_DELAY_S, 0, &delay))
		return;
	if (json_object_get(call->json, "MessageAttributes")) {
		sqs_fail(call, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation",
			"reeve-sim keeps no message attributes");
		return;
	}
	wrong = sqs_bad_body(body);
	if (!body || !*body) {
		missing(call, "MessageBody");
		return;
	}
	if (wrong && strlen(body) > QUEUE_MAX_MESSAGE_BYTES) {
		call_refuse(call, CAUSE_INVALID, wrong);
		return;
	}
	if (wrong) {
		sqs_fail(call, "InvalidMessageContents", "InvalidMessageContents", wrong);
		return;
	}
	m = queue_put(q, slice_of(body), delay * 1000, false);
	buf_printf(call_answer(call), "{\"MessageId\":\"%s\",\"MD5OfMessageBody\":\"%s\"}", m->id,
		m->md5);
}

void sqs_DeleteMessage(struct call *call)
{
	const char *handle = call_json_text(call, "ReceiptHandle");
	struct queue *q = sqs_queue(call);

	if (!q)
		return;
	if (!handle)
		missing(call, "ReceiptHandle");
	else if (queue_delete(q, handle) == QUEUE_BAD_HANDLE)
		sqs_fail(call, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
			"The input receipt handle is invalid.");
	else
		call_answer(call);
}

void sqs_ChangeMessageVisibility(struct call *call)
{
	const char *handle = call_json_text(call, "ReceiptHandle");
	struct queue *q = sqs_queue(call);
	long seconds;

	if (!q || !sqs_number(call, "VisibilityTimeout", 0, QUEUE_MAX_VISIBILITY_S, -1, &seconds))
		return;
	if (!handle || seconds < 0) {
		missing(call, handle ? "VisibilityTimeout" : "ReceiptHandle");
		return;
	}
	switch (queue_change(q, handle, seconds)) {
	case QUEUE_BAD_HANDLE:
		sqs_fail(call, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
			"The input receipt handle is invalid.");
		break;
	case QUEUE_NOT_IN_FLIGHT:
		sqs_fail(call, "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
			"The specified message isn't in flight.");
		break;
	case QUEUE_GONE:
		call_refuse(call, CAUSE_INVALID,
			arena_printf(call->arena,
				"Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist "
				"or is not available for visibility timeout change.",
				handle));
		break;
	case QUEUE_TOO_LONG:
		call_refuse(call, CAUSE_INVALID,
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
		break;
	case QUEUE_OK:
		call_answer(call);
	}
}

void sqs_PurgeQueue(struct call *call)
{
	static int64_t last[2] = { -PURGE_EVERY_S * 1000, -PURGE_EVERY_S * 1000 };
	struct queue *q = sqs_queue(call);
	int64_t now = clock_ms(), *mine = &last[q == queue_dead];

	if (!q)
		return;
	if (now - *mine < PURGE_EVERY_S * 1000) {
		call_fail_with(call, 403, "AWS.SimpleQueueService.PurgeQueueInProgress",
			arena_printf(call->arena,
				"Only one PurgeQueue operation on %s is allowed every 60 seconds.", queue_name(q)),
			"com.amazonaws.sqs#PurgeQueueInProgress");
		return;
	}
	*mine = now;
	queue_purge(q);
	call_answer(call);
}
