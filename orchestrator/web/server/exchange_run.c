/* Handles a request on a fiber. A request that would change something is recorded in the audit log
 * before it is done, and its outcome afterwards; a refused one has one entry. GET changes nothing
 * and is not recorded. */
#include "web/server/exchange_run.h"

#include "web/http/head.h"
#include "web/http/routes.h"
#include "web/server/answer.h"
#include "web/server/exchange.h"
#include "web/server/internal.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/log.h"
#include "io/loop.h"

static void describe(const struct exchange *exchange, const char *more, struct buf *out)
{
	buf_add_format(out, "%s %.600s from %s%s", exchange->head.method,
		exchange->head.target != NULL ? exchange->head.target : "?", exchange->address,
		exchange->is_tls ? " over TLS" : "");
	if (more != NULL && more[0] != '\0')
		buf_add_format(out, ": %.300s", more);
}

static MAY_YIELD int record(const struct exchange *exchange, const char *outcome, const char *more,
	struct err *err)
{
	const struct web_process *process = &exchange->web->process;
	struct audit *audit = process->audit(process->context);
	const struct api_route *row = exchange->route != NULL ? exchange->route->row : NULL;
	const struct person *person = &exchange->person;
	bool known = person->name[0] != '\0';
	CLEANUP_BUF struct buf reason = BUF_INIT(2048);
	char rule[64] = "", operation[160] = "";

	if (audit == NULL)
		return err_set(err, ERR_STORE, "NoAudit", "there is no audit log");
	describe(exchange, more, &reason);
	if (row != NULL) {
		snprintf(operation, sizeof operation, "%s %s", row->method, row->path);
		snprintf(rule, sizeof rule, "role %s, of at least %s", api_role_name(exchange->role),
			api_role_name(row->role));
	}
	const struct audit_entry entry = {
		.kind = AUDIT_COMMAND,
		.action = row != NULL ? row->id : "request",
		.outcome = outcome,
		/* Neither may be NULL, since NULL would name the process itself. */
		.actor = known ? person->name : PERSON_UNKNOWN,
		.user = known ? person->via : exchange->address,
		.operation = row != NULL ? operation : NULL,
		.reason = reason.data,
		.rule = row != NULL ? rule : NULL,
	};
	return audit_append(audit, &entry, err);
}

static MAY_YIELD void handle(struct exchange *exchange)
{
	const struct api_request request = {
		.host = exchange->web->process.host,
		.person = exchange->person.name[0] != '\0' ? &exchange->person : NULL,
		.role = exchange->role,
		.parameters = { exchange->parameters[0], exchange->parameters[1] },
		.query = exchange->target.query,
		.body = exchange->json,
		.text = exchange->body.data,
		.text_length = exchange->body.length,
	};

	_Static_assert(API_MAX_PARAMETERS == 2, "each parameter is passed on");
	exchange->handled = true;
	if (exchange->route->row->handle(&request, &exchange->response, &exchange->failure) == 0)
		err_clear(&exchange->failure);
	else if (exchange->failure.kind == ERR_NONE)
		err_set(&exchange->failure, ERR_SYSTEM, "Internal",
			"the handler failed without an error message; please report this");
	if (exchange->response.status == 0)
		exchange->response.status = exchange->route->row->status != 0 ? exchange->route->row->status
																	  : 200;
}

static void refuse_unrecorded(struct exchange *exchange, const struct err *err)
{
	log_error("a request was refused because it could not be recorded in the audit log: %s",
		err->message);
	refuse(&exchange->refusal, 503, "AuditFailed",
		"nothing was done, because the request could not be recorded in the audit log: %s",
		err->message);
}

static MAY_YIELD void run_recorded(struct exchange *exchange)
{
	bool refused = exchange->refusal.status != 0;
	struct err err = ERR_INIT;
	char more[400];

	snprintf(more, sizeof more, "%d %s: %.300s", exchange->refusal.status,
		refused ? exchange->refusal.code : "", exchange->refusal.message);
	if (record(exchange,
			refused                  ? "refused"
				: exchange->replayed ? "replayed"
									 : "asked",
			refused ? more : NULL, &err) < 0) {
		refuse_unrecorded(exchange, &err);
		return;
	}
	if (refused || exchange->replayed)
		return;
	handle(exchange);
	bool failed = exchange->failure.kind != ERR_NONE;
	int status = failed ? answer_status(&exchange->failure) : exchange->response.status;
	snprintf(more, sizeof more, "%d %s: %.300s", status, exchange->failure.code,
		exchange->failure.message);
	/* The answer must say that the request is done even when recording its outcome fails; the
	 * engine's own entries in the audit log say what it changed. */
	if (record(exchange,
			status < 400       ? "succeeded"
				: status < 500 ? "refused"
							   : "failed",
			status < 400 ? NULL : more, &err) < 0)
		log_error("the outcome of a request could not be recorded in the audit log: %s",
			err.message);
}

MAY_YIELD void exchange_run(void *argument)
{
	struct exchange *exchange = argument;

	if (exchange_mutates(exchange))
		run_recorded(exchange);
	else
		handle(exchange);
	/* exchange_finish must run on the loop's own stack. */
	loop_post(exchange->web->loop, exchange_finish, exchange);
}
