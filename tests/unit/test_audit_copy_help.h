/* A fake S3 bucket that remembers its objects, and a process with everything that copying the audit
 * log needs. */
#ifndef REEVE_UNIT_TEST_AUDIT_COPY_HELP_H
#define REEVE_UNIT_TEST_AUDIT_COPY_HELP_H

#define FAKE_REQUEST_BYTES ((9 << 20) + (64 << 10))
#include "audit/copy_internal.h"
#include "audit/copy_position.h"
#include "aws/credentials/credentials.h"
#include "aws_fake_environment.h"
#include "base/log.h"
#include "baselines_help.h"
#include "test_audit_help.h"

#include <openssl/evp.h>

enum { OBJECTS_MAX = 64, FATES_MAX = 16 };

/* The fate of a request: its object is stored and it is answered, or one of these failures
 * happens. */
enum fate {
	FATE_STORED,
	FATE_LOST_ANSWER, /* stored, but the connection ends without an answer */
	FATE_HUNG_UP,     /* neither stored nor answered */
	FATE_UNAVAILABLE, /* 503 */
	FATE_CONFLICT,    /* 409 */
	FATE_DENIED,      /* 403 */
	FATE_THERE,       /* 412, though nobody has put it */
	FATE_REDIRECT,    /* 301: the bucket is elsewhere */
};

struct object {
	char *target, *body, *head;
	size_t length;
};

struct bucket {
	struct fake_server server;
	pthread_mutex_t mutex;
	struct object objects[OBJECTS_MAX];
	int count;
	enum fate fates[FATES_MAX];  /* of the nth request; later requests are stored */
	char scopes[FATES_MAX][128]; /* the credential scope of the nth request's signature */
};

/* Returns the object with that path, or NULL. */
static inline struct object *bucket_find(struct bucket *bucket, const char *target)
{
	for (int i = 0; i < bucket->count; i++)
		if (strcmp(bucket->objects[i].target, target) == 0)
			return &bucket->objects[i];
	return NULL;
}

static inline void bucket_refuse(struct fake_answer *answer, int status, const char *code)
{
	answer->status = status;
	snprintf(answer->headers, sizeof answer->headers, "Content-Type: application/xml\r\n%s",
		status == 301 ? "x-amz-bucket-region: ap-southeast-2\r\n" : "");
	snprintf(answer->body, sizeof answer->body,
		"<Error><Code>%s</Code><Message>said the bucket</Message></Error>", code);
}

/* Answers 412 when the object exists already, since the client sends If-None-Match. */
static inline void bucket_put(struct bucket *bucket, const struct fake_request *request,
	struct fake_answer *answer)
{
	if (bucket_find(bucket, request->target) != NULL) {
		bucket_refuse(answer, 412, "PreconditionFailed");
		return;
	}
	if (bucket->count == OBJECTS_MAX)
		abort();
	bucket->objects[bucket->count++] = (struct object){
		.target = xstrdup(request->target),
		.head = xstrndup(request->head, (size_t)(request->body - request->head)),
		.body = xstrndup(request->body, request->body_length),
		.length = request->body_length,
	};
}

static inline void bucket_answer(void *argument, const struct fake_request *request,
	struct fake_answer *answer)
{
	struct bucket *bucket = argument;
	enum fate fate = request->index < FATES_MAX ? bucket->fates[request->index] : FATE_STORED;
	char authorization[512], *scope;

	pthread_mutex_lock(&bucket->mutex);
	fake_header(request, "Authorization", authorization, sizeof authorization);
	if (request->index < FATES_MAX && (scope = strchr(authorization, '/')) != NULL)
		snprintf(bucket->scopes[request->index], sizeof bucket->scopes[0], "%.*s",
			(int)strcspn(scope, ","), scope);
	switch (fate) {
	case FATE_STORED:
		bucket_put(bucket, request, answer);
		break;
	case FATE_LOST_ANSWER:
		bucket_put(bucket, request, answer);
		answer->hang_up = true;
		break;
	case FATE_HUNG_UP:
		answer->hang_up = true;
		break;
	case FATE_UNAVAILABLE:
		bucket_refuse(answer, 503, "ServiceUnavailable");
		break;
	case FATE_CONFLICT:
		bucket_refuse(answer, 409, "ConditionalRequestConflict");
		break;
	case FATE_DENIED:
		bucket_refuse(answer, 403, "AccessDenied");
		break;
	case FATE_THERE:
		bucket_refuse(answer, 412, "PreconditionFailed");
		break;
	case FATE_REDIRECT:
		bucket_refuse(answer, 301, "PermanentRedirect");
		break;
	}
	pthread_mutex_unlock(&bucket->mutex);
}

static inline struct bucket *bucket_start(void)
{
	struct bucket *bucket = xcalloc(1, sizeof *bucket);

	pthread_mutex_init(&bucket->mutex, NULL);
	fake_server_start(&bucket->server, bucket_answer, bucket);
	fake_environment(bucket->server.url, "us-east-1");
	return bucket;
}

static inline void bucket_stop(struct bucket *bucket)
{
	fake_server_stop(&bucket->server);
	pthread_mutex_destroy(&bucket->mutex);
	for (int i = 0; i < bucket->count; i++) {
		free(bucket->objects[i].target);
		free(bucket->objects[i].head);
		free(bucket->objects[i].body);
	}
	free(bucket);
}

/* Reads the numbers of the first and last entry and the anchor from an object's header. */
static inline void bucket_range(const struct object *object, uint64_t *first, uint64_t *last,
	char anchor[AUDIT_HASH_SIZE])
{
	json_t *header = json_loadb(object->body, strcspn(object->body, "\n"), 0, NULL);

	assert_non_null(header);
	*first = (uint64_t)json_get_integer_or(header, "first", 0);
	*last = (uint64_t)json_get_integer_or(header, "last", 0);
	snprintf(anchor, AUDIT_HASH_SIZE, "%s", json_get_string_or(header, "anchor", ""));
	json_decref(header);
}

/* Copies the head from the trailer, which is the object's last line. */
static inline void bucket_head(const struct object *object, char head[AUDIT_HASH_SIZE])
{
	const char *line = memrchr(object->body, '\n', object->length - 1);
	json_t *trailer = json_loads(line + 1, JSON_DISABLE_EOF_CHECK, NULL);

	assert_non_null(trailer);
	snprintf(head, AUDIT_HASH_SIZE, "%s", json_get_string_or(trailer, "head", ""));
	json_decref(trailer);
}

/* Asserts that every object is whole, and that together they hold the entries from the first one to
 * `entries` without a gap. */
static inline void assert_bucket_whole(struct bucket *bucket, int objects, uint64_t entries)
{
	char head[AUDIT_HASH_SIZE] = "", anchor[AUDIT_HASH_SIZE];
	uint64_t first, last, next = 1;

	assert_int_equal(bucket->count, objects);
	for (int i = 0; i < objects; i++) {
		const struct object *object = &bucket->objects[i];
		char name[64];

		assert_true(text_whole(object->body, object->length));
		bucket_range(object, &first, &last, anchor);
		assert_int_equal(first, next);
		if (i > 0)
			assert_string_equal(anchor, head);
		bucket_head(object, head);
		snprintf(name, sizeof name, "/%012d-%012d.jsonl", (int)first, (int)last);
		assert_string_equal(object->target + strlen(object->target) - strlen(name), name);
		next = last + 1;
	}
	assert_int_equal(next, entries + 1);
}

/* --- the process --- */

struct process {
	struct loop *loop;
	struct aws *aws;
	struct audit_copy_run run;
	struct config *config;
	const struct audit_copy_bounds *bounds;
	int entries; /* appended before the copy */
	int result;
	struct err err;
};

#define AUDIT_SECTION "{\"bucket\":\"reeve-audit\",\"region\":\"eu-central-1\"}"

static const struct audit_copy_bounds test_bounds = {
	.object_bytes = 20000, .within_ms = 3000, .attempt_ms = 1000, .backoff_ms = 5
};

static inline struct config *copy_config(const char *section)
{
	char *text =
		xasprintf("{\"organization\":{\"home_region\":\"eu-west-1\"},\"audit\":%s}", section);
	struct config *config = NULL;
	struct err err = ERR_INIT;

	if (config_parse(text, strlen(text), "reeve.json", all_catalogue(), &config, &err) < 0)
		fail_msg("%s", err.message);
	free(text);
	return config;
}

static inline void process_body(void *argument)
{
	struct process *process = argument;
	struct err err = ERR_INIT;

	for (int i = 0; i < process->entries; i++)
		MUST(append_numbered(process->run.audit, i, &err) == 0);
	MUST(audit_checkpoint(process->run.audit, &err) == 0);
	process->run.own = aws_session_default(process->aws);
	process->result = audit_copy_now(&process->run, process->bounds, &process->err);
}

/* Runs one process from its start to its end, which appends that many entries and a checkpoint and
 * copies them. Returns the result of the copy. */
static inline int process_copies(const char *section, int entries,
	const struct audit_copy_bounds *bounds, struct err *failure)
{
	struct process process = { .bounds = bounds, .entries = entries };
	struct err err = ERR_INIT;

	process.loop = new_loop(64);
	process.config = copy_config(section);
	assert_ok(aws_new(process.loop, NULL, credentials_resolve, &process.aws, &err));
	struct store *store = open_writer(process.loop);
	process.run = (struct audit_copy_run){
		.loop = process.loop, .store = store, .audit = open_audit(store), .config = process.config
	};
	spawn(process.loop, process_body, &process);
	loop_run(process.loop);
	close_audit(process.run.audit);
	aws_free(process.aws);
	close_store(store);
	loop_free(process.loop);
	config_free(process.config);
	if (process.result < 0)
		*failure = process.err;
	return process.result;
}

static inline void assert_copies(int entries)
{
	struct err err = ERR_INIT;

	assert_ok(process_copies(AUDIT_SECTION, entries, &test_bounds, &err));
}

static inline json_t *copy_status(void)
{
	struct store *store = open_reader();
	struct err err = ERR_INIT;
	json_t *status = NULL;

	assert_ok(audit_copy_status(store, &status, &err));
	close_store(store);
	return status;
}

/* A NULL code means that the last copy did not fail. */
static inline void assert_status(int copied, int last, const char *code)
{
	json_t *status = copy_status();
	const json_t *failed = json_object_get(status, "failed");

	assert_int_equal(json_get_integer_or(status, "copied", -1), copied);
	assert_int_equal(json_get_integer_or(status, "last", -1), last);
	if (code == NULL)
		assert_true(json_is_null(failed));
	else
		assert_string_equal(json_get_string_or(failed, "code", ""), code);
	json_decref(status);
}

#endif
