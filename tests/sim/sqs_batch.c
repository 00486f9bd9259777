/* SQS: batches, in which each entry succeeds or fails on its own. */
#include <string.h>

#include "faults.h"
#include "sqs.h"

#define MAX_DELAY_S 900

/* Handles one entry: writes the members of its success after the Id, or reports its failure. */
struct failure {
	const char *code, *message;
	bool sender; /* the sender's fault */
};

typedef struct failure entry_function(struct call *call, struct queue *q, const json_t *entry,
	struct buf *success);

static const struct failure done = { NULL, NULL, false };

static bool good_id(const char *id)
{
	return id && *id && strlen(id) <= 80 &&
		strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
		strlen(id);
}

/* Errors that make the whole batch fail. */
static bool batch_refused(struct call *call, const json_t *entries)
{
	size_t n = json_array_size(entries), bytes = 0;

#define BATCH(shape, message) \
	(sqs_fail(call, shape, "AWS.SimpleQueueService." shape, message), true)
	if (!n)
		return BATCH("EmptyBatchRequest", "There should be at least one entry in the request.");
	if (n > SQS_MAX_MESSAGES)
		return BATCH("TooManyEntriesInBatchRequest",
			"Maximum number of entries per request are 10.");
	for (size_t i = 0; i < n; i++) {
		const json_t *entry = json_array_get(entries, i);
		const char *id = json_string_value(json_object_get(entry, "Id"));

		if (!good_id(id))
			return BATCH("InvalidBatchEntryId",
				"A batch entry id can only contain alphanumeric characters, hyphens and "
				"underscores. It can be at most 80 letters long.");
		for (size_t k = 0; k < i; k++)
			if (strcmp(id, json_string_value(json_object_get(json_array_get(entries, k), "Id"))) ==
				0)
				return BATCH("BatchEntryIdsNotDistinct",
					arena_printf(call->arena, "Id %s repeated.", id));
		bytes += json_string_length(json_object_get(entry, "MessageBody"));
	}
	if (bytes > QUEUE_MAX_MESSAGE_BYTES)
		return BATCH("BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes.");
#undef BATCH
	return false;
}

static void each_entry(struct call *call, entry_function *function)
{
	const json_t *entries = json_object_get(call->json, "Entries");
	struct buf failed = { 0 }, success = { 0 }, *b;
	struct queue *q = sqs_queue(call);
	const char *comma = "";

	if (!q || batch_refused(call, entries))
		return;
	b = call_answer(call);
	buf_str(b, "{\"Successful\":[");
	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);
		const char *id = json_string_value(json_object_get(entry, "Id"));
		struct failure failure = { "InternalError",
			"We encountered an internal error. Please try again.", false };

		buf_reset(&success);
		if (!faults_part(FAULT_PARTIAL_BATCH, call->operation))
			failure = function(call, q, entry, &success);
		if (!failure.code) {
			buf_printf(b, "%s{\"Id\":\"%s\"%s}", comma, id, success.n ? success.p : "");
			comma = ",";
			continue;
		}
		buf_printf(&failed,
			"%s{\"Id\":\"%s\",\"SenderFault\":%s,\"Code\":\"%s\",\"Message\":", failed.n ? "," : "",
			id, failure.sender ? "true" : "false", failure.code);
		buf_json(&failed, failure.message);
		buf_char(&failed, '}');
	}
	buf_printf(b, "],\"Failed\":[%s]}", failed.n ? failed.p : "");
	buf_free(&failed);
	buf_free(&success);
}

/* Reads a whole number of an entry. Returns false when it isn't from 0 to max. */
static bool number(const json_t *entry, const char *name, long max, long *out)
{
	const json_t *value = json_object_get(entry, name);

	*out = (long)json_integer_value(value);
	return !value || (json_is_integer(value) && *out >= 0 && *out <= max);
}

static struct failure send_one(struct call *call, struct queue *q, const json_t *entry,
	struct buf *success)
{
	const char *body = json_string_value(json_object_get(entry, "MessageBody")),
			   *wrong = sqs_bad_body(body);
	const struct message *m;
	long delay;

	(void)call;
	if (wrong)
		return (struct failure){ body && *body ? "InvalidMessageContents" : "MissingParameter",
			wrong, true };
	if (!number(entry, "DelaySeconds", MAX_DELAY_S, &delay))
		return (struct failure){ "InvalidParameterValue",
			"Value for parameter DelaySeconds is invalid. "
			"Reason: DelaySeconds must be >= 0 and <= 900.",
			true };
	if (json_object_get(entry, "MessageAttributes"))
		return (struct failure){ "AWS.SimpleQueueService.UnsupportedOperation",
			"reeve-sim keeps no message attributes", true };
	m = queue_put(q, slice_of(body), delay * 1000, false);
	buf_printf(success, ",\"MessageId\":\"%s\",\"MD5OfMessageBody\":\"%s\"", m->id, m->md5);
	return done;
}

static struct failure result_of(struct call *call, enum queue_result result, const char *handle)
{
	switch (result) {
	case QUEUE_BAD_HANDLE:
		return (struct failure){ "ReceiptHandleIsInvalid", "The input receipt handle is invalid.",
			true };
	case QUEUE_NOT_IN_FLIGHT:
		return (struct failure){ "AWS.SimpleQueueService.MessageNotInflight",
			"The specified message isn't in flight.", true };
	case QUEUE_GONE:
		return (struct failure){ "InvalidParameterValue",
			arena_printf(call->arena,
				"Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist "
				"or "
				"is not available for visibility timeout change.",
				handle),
			true };
	case QUEUE_TOO_LONG:
		return (struct failure){ "InvalidParameterValue",
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds]", true };
	default:
		return done;
	}
}

static struct failure delete_one(struct call *call, struct queue *q, const json_t *entry,
	struct buf *success)
{
	const char *handle = json_string_value(json_object_get(entry, "ReceiptHandle"));

	(void)success;
	if (!handle)
		return (struct failure){ "MissingParameter",
			"The request must contain the parameter ReceiptHandle.", true };
	return result_of(call, queue_delete(q, handle), handle);
}

static struct failure change_one(struct call *call, struct queue *q, const json_t *entry,
	struct buf *success)
{
	const char *handle = json_string_value(json_object_get(entry, "ReceiptHandle"));
	long seconds;

	(void)success;
	if (!handle)
		return (struct failure){ "MissingParameter",
			"The request must contain the parameter ReceiptHandle.", true };
	if (!json_object_get(entry, "VisibilityTimeout"))
		return (struct failure){ "MissingParameter",
			"The request must contain the parameter VisibilityTimeout.", true };
	if (!number(entry, "VisibilityTimeout", QUEUE_MAX_VISIBILITY_S, &seconds))
		return (struct failure){ "InvalidParameterValue",
			"Value for parameter VisibilityTimeout is invalid. "
			"Reason: Must be between 0 and 43200, if provided.",
			true };
	return result_of(call, queue_change(q, handle, seconds), handle);
}

void sqs_SendMessageBatch(struct call *call)
{
	each_entry(call, send_one);
}

void sqs_DeleteMessageBatch(struct call *call)
{
	each_entry(call, delete_one);
}

void sqs_ChangeMessageVisibilityBatch(struct call *call)
{
	each_entry(call, change_one);
}
