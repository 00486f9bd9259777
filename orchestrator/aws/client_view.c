/* Readers and writers: they check the declared permissions, keep request ids as evidence, and read
 * through the cache. */
#include "aws/client_view.h"

#include "aws/client_call.h"
#include "aws/client_private.h"
#include "aws/read_cache.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/log.h"

void aws_trace_release(struct aws_trace *trace)
{
	json_decref(trace->request_ids);
	trace->request_ids = NULL;
}

/* Logs one line for each call, with --verbose --verbose. */
static void log_call(const struct client_call *call, int result, const struct err *err)
{
	if (log_level() < LOG_DEBUG)
		return;
	log_write(LOG_DEBUG, &(struct log_place){ .account = call->account_id, .region = call->region },
		"%s %s: %s %s", call->operation->service->id, call->operation->name,
		result < 0 && err != NULL ? err->code : "answered", call->request_id);
}

/* Adds "service.Operation:request-id"; nothing for an empty id. */
static void trace_add(struct aws_trace *trace, const struct aws_operation *operation,
	const char *request_id)
{
	CLEANUP_BUF struct buf text = BUF_INIT(192);

	if (trace == NULL || *request_id == '\0')
		return;
	if (trace->request_ids == NULL)
		trace->request_ids = json_array();
	buf_add_string(&text, operation->service->id);
	buf_add_char(&text, '.');
	buf_add_string(&text, operation->name);
	buf_add_char(&text, ':');
	buf_add_string(&text, request_id);
	json_array_append_new(trace->request_ids, json_text(text.data));
}

/* Returns the row that declares the action, or NULL when there is none. */
static const struct aws_permission *find_declared(const struct aws_permission *declared,
	const char *action)
{
	if (declared == NULL)
		return NULL;
	for (; declared->action != NULL; declared++)
		if (strcmp(declared->action, action) == 0)
			return declared;
	return NULL;
}

static int refuse_undeclared(const struct aws_operation *operation, const char *account_id,
	struct err *err)
{
	return err_set(err, ERR_UNDECLARED, "UndeclaredAction",
		"%s %s (account %s) needs %s, which the baseline or component that calls it has not "
		"declared: add it to its permissions, so that the role's policy grants it",
		operation->service->id, operation->name, account_id, operation->iam_action);
}

int aws_read(struct aws_reader *reader, const struct aws_call *call, json_t **out, struct err *err)
{
	const struct aws_operation *operation = call->operation;
	const struct aws_permission *declared = find_declared(reader->declared, operation->iam_action);
	struct client_call own = {
		.aws = reader->aws,
		.session = reader->session,
		.account_id = reader->account_id,
		.operation = operation,
		.region = call->region,
		.params = call->params,
		.charged = reader->charged,
		.hold_ms = call->hold_ms,
		.max_attempts = call->max_attempts,
		.abandonable = call->abandonable,
	};
	bool cached = false;
	int result;

	if (operation->mutating)
		result = err_set(err, ERR_UNDECLARED, "MutatingRead",
			"%s %s changes something: a reader may not call it", operation->service->id,
			operation->name);
	else if (declared == NULL)
		result = refuse_undeclared(operation, reader->account_id, err);
	else if (reader->cache != NULL && declared->reused)
		result = read_cache_call(reader->cache, &own, &cached, out, err);
	else
		result = client_call(&own, out, err);
	CLIENT_COUNT(&own, cache_hits, cached);
	log_call(&own, result, err);
	trace_add(call->trace, operation, own.request_id);
	json_decref(call->params);
	return result;
}

int aws_write(struct aws_writer *writer, const struct aws_call *call, json_t **out, struct err *err)
{
	const struct aws_operation *operation = call->operation;
	struct client_call own = {
		.aws = writer->aws,
		.session = writer->session,
		.account_id = writer->account_id,
		.operation = operation,
		.region = call->region,
		.params = call->params,
		.charged = writer->charged,
		.hold_ms = call->hold_ms,
		.max_attempts = call->max_attempts,
		.abandonable = call->abandonable,
		.writer = writer,
	};
	int result;

	if (find_declared(writer->declared, operation->iam_action) == NULL)
		result = refuse_undeclared(operation, writer->account_id, err);
	else
		result = client_call(&own, out, err);
	log_call(&own, result, err);
	trace_add(call->trace, operation, own.request_id);
	if (operation->mutating && writer->done != NULL)
		writer->done(writer->permit_argument, operation, own.request_id, result < 0 ? err : NULL);
	json_decref(call->params);
	return result;
}
