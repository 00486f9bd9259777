/* A Security Hub that records its calls, and a process with everything that imports and updates
 * need. */
#ifndef REEVE_UNIT_TEST_SECURITY_HUB_HELP_H
#define REEVE_UNIT_TEST_SECURITY_HUB_HELP_H

#define FAKE_REQUEST_BYTES ((1 << 20) + (64 << 10))
#include "audit/audit.h"
#include "aws/credentials/credentials.h"
#include "aws/session.h"
#include "aws_fake_server.h"
#include "base/log.h"
#include "baselines_help.h"
#include "ledger/cell_lock.h"
#include "ledger/desired_record.h"
#include "security_hub/import.h"
#include "security_hub/internal.h"
#include "security_hub/update.h"
#include "store/errors.h"
#include "store/queue.h"
#include "test_audit_help.h"
#include "test_coverage_help.h"

#define ACCOUNT "111122223333"
#define OTHER_ACCOUNT "444455556666"
#define HOME "eu-west-1"

/* cmocka's assertions jump off the stack, which they must not do on a fiber: there, this macro is
 * used. */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

enum { CALLS_MAX = 256 };

struct hub_call {
	char region[32], target[64], method[16];
	json_t *body;
};

struct hub {
	struct fake_server server;
	pthread_mutex_t mutex;
	struct hub_call calls[CALLS_MAX];
	int count;
	json_t *findings; /* {"REGION ID": the finding as imported last} */
	/* How it misbehaves: */
	const char *absent_region; /* not enabled there; "*": nowhere */
	const char *refuse_id;     /* an import's finding that ends with this fails by itself */
	const char *poison_id;     /* a call with a finding that ends with this is refused as a whole */
	const char *deny_code;     /* every call fails with this code (403) */
	int throttles;             /* so many calls are throttled first */
	bool counts_only;          /* failed findings are counted and not named */
	json_t *unprocessed;       /* answered to updates */
};

static inline bool ends_with(const char *text, const char *end)
{
	return end != NULL && strlen(text) >= strlen(end) &&
		strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static inline void hub_refuse(struct fake_answer *answer, int status, const char *code)
{
	answer->status = status;
	snprintf(answer->headers, sizeof answer->headers,
		"Content-Type: application/json\r\nx-amzn-ErrorType: %s\r\n", code);
	snprintf(answer->body, sizeof answer->body, "{\"Message\":\"said the hub\",\"Code\":\"%s\"}",
		code);
}

static inline void hub_say(struct fake_answer *answer, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

	if (strlen(text) >= sizeof answer->body)
		abort();
	snprintf(answer->headers, sizeof answer->headers,
		"Content-Type: application/json\r\nx-amzn-RequestId: req-1\r\n");
	snprintf(answer->body, sizeof answer->body, "%s", text);
	free(text);
	json_decref(body);
}

static inline void hub_take(struct hub *hub, const struct hub_call *call,
	struct fake_answer *answer)
{
	json_t *failed = json_array(), *finding;
	size_t index;

	json_array_foreach(json_object_get(call->body, "Findings"), index, finding) {
		const char *id = json_string_value(json_object_get(finding, "Id"));

		if (ends_with(id, hub->poison_id)) {
			json_decref(failed);
			hub_refuse(answer, 400, "InvalidInputException");
			return;
		}
	}
	json_array_foreach(json_object_get(call->body, "Findings"), index, finding) {
		const char *id = json_string_value(json_object_get(finding, "Id"));

		if (ends_with(id, hub->refuse_id)) {
			json_array_append_new(failed,
				json_pack("{s:s, s:s, s:s}", "Id", id, "ErrorCode", "InvalidInput", "ErrorMessage",
					"not \x1b[31m so"));
			continue;
		}
		char *key = xasprintf("%s %s", call->region, id);
		json_object_set(hub->findings, key, finding);
		free(key);
	}
	json_int_t count = (json_int_t)json_array_size(failed);
	if (hub->counts_only)
		json_array_clear(failed);
	hub_say(answer,
		json_pack("{s:I, s:I, s:o}", "FailedCount", count, "SuccessCount",
			(json_int_t)json_array_size(json_object_get(call->body, "Findings")) - count,
			"FailedFindings", failed));
}

static inline void hub_answer(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	struct hub *hub = argument;
	char authorization[512];

	pthread_mutex_lock(&hub->mutex);
	if (hub->count == CALLS_MAX)
		abort();
	struct hub_call *call = &hub->calls[hub->count++];
	fake_header(request, "Authorization", authorization, sizeof authorization);
	if (sscanf(authorization, "%*[^/]/%*[^/]/%31[^/]/", call->region) != 1)
		abort();
	snprintf(call->target, sizeof call->target, "%.*s", (int)sizeof call->target - 1,
		request->target);
	snprintf(call->method, sizeof call->method, "%s", request->method);
	call->body = json_loadb(request->body, request->body_length, 0, NULL);
	if (call->body == NULL)
		abort();
	if (hub->throttles > 0 && hub->throttles-- > 0)
		hub_refuse(answer, 429, "LimitExceededException");
	else if (hub->absent_region != NULL &&
		(strcmp(hub->absent_region, "*") == 0 || strcmp(hub->absent_region, call->region) == 0))
		hub_refuse(answer, 401, "InvalidAccessException");
	else if (hub->deny_code != NULL)
		hub_refuse(answer, 403, hub->deny_code);
	else if (strcmp(call->target, "/findings/import") == 0)
		hub_take(hub, call, answer);
	else
		hub_say(answer,
			json_pack("{s:[], s:O}", "ProcessedFindings", "UnprocessedFindings", hub->unprocessed));
	pthread_mutex_unlock(&hub->mutex);
}

static inline struct hub *hub_start(void)
{
	struct hub *hub = xcalloc(1, sizeof *hub);

	pthread_mutex_init(&hub->mutex, NULL);
	hub->findings = json_object();
	hub->unprocessed = json_array();
	fake_server_start(&hub->server, hub_answer, hub);
	unsetenv("AWS_PROFILE");
	unsetenv("AWS_SESSION_TOKEN");
	setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_REGION", "us-east-1", 1);
	setenv("AWS_ACCESS_KEY_ID", "AKIATEST", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret-of-test", 1);
	setenv("AWS_ENDPOINT_URL", hub->server.url, 1);
	return hub;
}

static inline void hub_forget_calls(struct hub *hub)
{
	for (int i = 0; i < hub->count; i++)
		json_decref(hub->calls[i].body);
	hub->count = 0;
}

static inline void hub_stop(struct hub *hub)
{
	fake_server_stop(&hub->server);
	pthread_mutex_destroy(&hub->mutex);
	hub_forget_calls(hub);
	json_decref(hub->findings);
	json_decref(hub->unprocessed);
	free(hub);
}

/* Returns the finding as the hub of that region has it; NULL: it has none. */
static inline const json_t *hub_has(const struct hub *hub, const char *region, const char *id)
{
	char *key = xasprintf("%s %s", region, id);
	const json_t *finding = json_object_get(hub->findings, key);

	free(key);
	return finding;
}

static inline const char *compliance_in(const struct hub *hub, const char *region, const char *id)
{
	return json_get_string_or(json_object_get(hub_has(hub, region, id), "Compliance"), "Status",
		"(none)");
}

/* --- the process --- */

struct hub_process {
	struct loop *loop;
	struct config *config;
	struct hub_run run;
	struct aws_stats stats;
	/* The account and its data: */
	bool plan;
	json_t *findings; /* of the account, as the store is to have them; NULL: as it has them */
	const char *const *seen;  /* "REGION BASELINE STATUS" of cells that the run has observed; ends
								 with NULL */
	const json_t *desired;    /* {"BASELINE": {}}; NULL: not stored */
	const char *security_hub; /* the section of the configuration */
	const struct hub_bounds *bounds;           /* NULL: the real ones, by security_hub_import */
	const struct security_hub_update *updates; /* to tell, instead of an import */
	size_t update_count;
	/* NULL, or on the fiber, when the store is filled */
	void (*before)(struct hub_process *process);
	void (*after)(struct hub_process *process); /* the same, when the work is done */
	void *user;
	bool full; /* the store has little room, and may fail */
};

/* Each process is a run of its own. */
static inline const char *test_run_id(void)
{
	static char id[32];
	static int runs;

	snprintf(id, sizeof id, "run-%d", ++runs);
	return id;
}

static inline void process_findings(struct hub_process *process)
{
	struct store_key prefix = STORE_KEY(ACCOUNT);
	struct err err = ERR_INIT;
	size_t index;
	json_t *finding;

	MUST(store_delete_prefix(process->run.store, STORE_FINDINGS, &prefix, &err) == 0);
	json_array_foreach(process->findings, index, finding) {
		const char *baseline = json_get_string_or(finding, "baseline", "");
		bool global = strncmp(baseline, "guardduty", 9) != 0;
		struct store_key key = STORE_KEY(ACCOUNT,
			global ? "global" : json_get_string_or(finding, "region", ""), baseline,
			json_get_string_or(finding, "resource", ""));

		if (json_object_get(finding, "run") == NULL)
			json_object_set_new(finding, "run", json_string(process->run.id));
		MUST(store_put_json(process->run.store, STORE_FINDINGS, &key, finding, &err) == 0);
	}
}

static inline void process_cells(struct hub_process *process)
{
	struct err err = ERR_INIT;

	for (const char *const *seen = process->seen; seen != NULL && *seen != NULL; seen++) {
		char region[32], baseline[128], name[32];
		enum status status;

		MUST(sscanf(*seen, "%31s %127s %31s", region, baseline, name) == 3 &&
			status_parse(name, &status) == 0);
		MUST(put_covered(process->run.store, process->run.id, ACCOUNT, region, baseline, status,
				 &err) == 0);
	}
	if (process->desired != NULL) {
		const struct desired_record record = {
			.generation = "g", .place = "p", .baselines = process->desired
		};

		MUST(desired_record_put(process->run.store, ACCOUNT, &record, &err) == 0);
	}
}

static inline void process_fiber(void *argument)
{
	struct hub_process *process = argument;
	struct err err = ERR_INIT;

	if (process->findings != NULL)
		process_findings(process);
	process_cells(process);
	if (process->before != NULL)
		process->before(process);
	if (process->updates != NULL)
		security_hub_send_updates(&process->run, process->updates, process->update_count);
	else if (process->bounds != NULL)
		hub_import(&process->run, ACCOUNT, process->run.own, process->bounds);
	else
		security_hub_import(&process->run, ACCOUNT, process->run.own);
	if (process->after != NULL) {
		MUST(store_flush(process->run.store, &err) == 0 || store_failed(process->run.store));
		process->after(process);
	}
}

/* Runs one process from its start to its end, in the test's state folder. */
static inline void run_process(struct hub_process *process)
{
	const char *section = process->security_hub != NULL ? process->security_hub
														: "{\"import\":true,\"update\":true}";
	char *text =
		xasprintf("{\"organization\":{\"home_region\":\"" HOME "\"},\"security_hub\":%s}", section);
	struct aws *aws = NULL;
	struct err err = ERR_INIT;

	process->loop = new_loop(64);
	assert_ok(config_parse(text, strlen(text), "reeve.json", all_catalogue(), &process->config,
		&err));
	free(text);
	assert_ok(aws_new(process->loop, &(struct aws_options){ .max_attempts = 3 },
		credentials_resolve, &aws, &err));
	struct store *store = open_store((struct store_options){ .mode = STORE_WRITE,
										 .map_bytes = process->full ? 2 << 20 : 0 },
		process->loop);
	process->run = (struct hub_run){ .store = store,
		.audit = open_audit(store),
		.config = process->config,
		.aws = aws,
		.stats = &process->stats,
		.id = test_run_id(),
		.actor = "Ann Example",
		.mutates = !process->plan,
		.own = aws_session_default(aws),
		.own_account = OTHER_ACCOUNT };
	spawn(process->loop, process_fiber, process);
	loop_run(process->loop);
	aws_session_release(process->run.own);
	if (audit_close(process->run.audit, &err) < 0 && !process->full)
		fail_msg("%s", err.message);
	aws_free(aws);
	if (store_close(store, &err) < 0 && !process->full)
		fail_msg("%s", err.message);
	loop_free(process->loop);
	config_free(process->config);
}

/* --- what is found --- */

#define BUCKETS "s3.bucket-default-encryption"
#define BLOCK "s3.account-public-access-block"
#define ID_PAYROLL "reeve/" BUCKETS "/" ACCOUNT "/eu-central-1/arn:aws:s3:::payroll"
#define ID_BLOCK "reeve/" BLOCK "/" ACCOUNT "/global/" ACCOUNT
#define ID_DETECTOR "reeve/guardduty.detector/" ACCOUNT "/eu-west-3/" ACCOUNT

static inline json_t *sample_finding(const char *baseline, const char *region, const char *resource,
	const char *status)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:s}", "account", ACCOUNT,
		"region", region, "baseline", baseline, "resource", resource, "status", status, "severity",
		"high", "tier", "auto", "change", "cause", "observed_at", "2026-11-24T08:00:00Z");
}

static inline json_t *bucket(const char *status)
{
	return sample_finding(BUCKETS, "eu-central-1", "arn:aws:s3:::payroll", status);
}

__attribute__((unused)) static const char *const saw_buckets[] = { "global " BUCKETS " compliant",
	NULL };

/* Runs one sweep with these findings, which it takes over. */
static inline void sweep(struct hub_process process, json_t *findings)
{
	process.findings = findings;
	run_process(&process);
	json_decref(findings);
}

static inline json_t *many_buckets(int count, const char *status)
{
	json_t *findings = json_array();

	for (int i = 0; i < count; i++) {
		char arn[64];

		snprintf(arn, sizeof arn, "arn:aws:s3:::bucket-%04d", i);
		json_array_append_new(findings, sample_finding(BUCKETS, "eu-central-1", arn, status));
	}
	return findings;
}

static inline size_t size_of_call(const struct hub *hub, int call)
{
	return json_array_size(json_object_get(hub->calls[call].body, "Findings"));
}

#endif
