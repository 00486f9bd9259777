/* One call to a simulated AWS service: the request, the caller, and the answer while it is made.
 * Everything in it lives as long as the request. */
#ifndef SIM_CALL_H
#define SIM_CALL_H

#include <jansson.h>

#include "http.h"
#include "state.h"

/* SERVICE(name, protocol, X-Amz-Target prefix, JSON version, XML namespace, signed in us-east-1
 * only) */
#define SERVICES \
	SERVICE(organizations, PROTOCOL_JSON, "AWSOrganizationsV20161128", "1.1", NULL, true) \
	SERVICE(sts, PROTOCOL_QUERY, NULL, NULL, "https://sts.amazonaws.com/doc/2011-06-15/", false) \
	SERVICE(iam, PROTOCOL_QUERY, NULL, NULL, "https://iam.amazonaws.com/doc/2010-05-08/", true) \
	SERVICE(s3control, PROTOCOL_S3CONTROL, NULL, NULL, \
		"http://awss3control.amazonaws.com/doc/2018-08-20/", false) \
	SERVICE(s3, PROTOCOL_S3, NULL, NULL, "http://s3.amazonaws.com/doc/2006-03-01/", false) \
	SERVICE(guardduty, PROTOCOL_REST_JSON, NULL, NULL, NULL, false) \
	SERVICE(ec2, PROTOCOL_EC2, NULL, NULL, "http://ec2.amazonaws.com/doc/2016-11-15/", false) \
	SERVICE(account, PROTOCOL_REST_JSON, NULL, NULL, NULL, true) \
	SERVICE(kms, PROTOCOL_JSON, "TrentService", "1.1", NULL, false) \
	SERVICE(sqs, PROTOCOL_JSON, "AmazonSQS", "1.0", NULL, false) \
	SERVICE(cloudtrail, PROTOCOL_JSON, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", \
		"1.1", NULL, false) \
	SERVICE(securityhub, PROTOCOL_REST_JSON, NULL, NULL, NULL, false)

enum protocol {
	PROTOCOL_JSON,
	PROTOCOL_REST_JSON,
	PROTOCOL_QUERY,
	PROTOCOL_EC2,
	PROTOCOL_S3,
	PROTOCOL_S3CONTROL,
	N_PROTOCOLS
};

enum service_id {
#define SERVICE(name, ...) SERVICE_##name,
	SERVICES
#undef SERVICE
		N_SERVICES
};

struct service {
	const char *name;
	enum protocol protocol;
	const char *target_prefix, *json_version, *xmlns;
	bool global;
};

extern const struct service services[N_SERVICES];

enum operation_id {
#define OP(service, name, ...) OP_##service##_##name,
#include "operations.def"
#undef OP
	N_OPERATIONS
};

enum resource_kind {
	RESOURCE_NONE,
	RESOURCE_ANY,
	RESOURCE_BUCKET,
	RESOURCE_USER,
	RESOURCE_DETECTOR,
	RESOURCE_ROLE,
	RESOURCE_KEY,
	RESOURCE_QUEUE
};

struct call;

struct operation {
	enum service_id service;
	const char *name, *action;
	enum resource_kind resource;
	bool mutating;
	void (*serve)(struct call *call);
};

extern const struct operation operations[N_OPERATIONS];

#define OP(service, name, ...) void service##_##name(struct call *call);
#include "operations.def"
#undef OP

struct pair {
	struct slice name, value; /* decoded */
};

struct pairs {
	struct pair *items;
	size_t n;
};

struct session;

/* The caller; arn and session as STS gives them. */
struct principal {
	struct account *account;
	struct session *session; /* NULL: the permanent user of that account */
	const char *user;        /* its name when permanent */
	const char *key;         /* access key id */
};

struct call {
	const struct http_request *request;
	struct http_response *response;
	struct arena *arena;
	const struct service *service;
	const struct operation *operation; /* NULL: unknown */
	struct principal caller;
	struct slice region;
	int region_index; /* -1: not a region of this organization */
	struct pairs query, form;
	json_t *json;                  /* parsed body of the JSON protocols, or NULL */
	struct slice bucket, detector; /* from the path */
	char request_id[37];
	int fault;   /* enum fault: the fault that will be injected into the answer */
	bool failed; /* an error answer was made */
};

/* --- reading the parameters --- */

struct pairs pairs_parse(struct arena *arena, struct slice text, bool form);
/* Return a parameter of the form or of the query, or NULL when it is absent. */
const char *call_form(const struct call *call, const char *name);
const char *call_query(const struct call *call, const char *name);
/* Returns a string member of the JSON body, or NULL when it is absent. */
const char *call_json_text(const struct call *call, const char *name);

/* --- errors, each in the form of the call's protocol --- */

enum cause {
	CAUSE_BAD_SIGNATURE,
	CAUSE_UNKNOWN_KEY,
	CAUSE_BAD_TOKEN,
	CAUSE_EXPIRED,
	CAUSE_SKEWED,
	CAUSE_UNSIGNED,
	CAUSE_DENIED,
	CAUSE_THROTTLED,
	CAUSE_INTERNAL,
	CAUSE_UNAVAILABLE,
	CAUSE_UNKNOWN_OPERATION,
	CAUSE_INVALID,
	N_CAUSES
};

/* Makes the error that the protocol has for this cause. message may be NULL for the usual one. */
void call_refuse(struct call *call, enum cause cause, const char *message);
/* Makes any other error. */
void call_fail(struct call *call, int status, const char *code, const char *message);
/* Makes such an error with further XML elements (S3), or with a __type that differs from the code
 * (GuardDuty, SQS). */
void call_fail_with(struct call *call, int status, const char *code, const char *message,
	const char *extra);
/* Denies the call, with AWS's sentence about caller, action and resource. */
void call_deny(struct call *call, const char *action, const char *resource, const char *because);

/* --- answers --- */

/* Sets content type and status. Returns call->response->body, to which the body is then written. */
struct buf *call_answer(struct call *call);
/* Write <NameResponse xmlns=...><NameResult> and its end, for the query protocol. */
struct buf *call_query_begin(struct call *call);
void call_query_end(struct call *call);

/* --- pages --- */

struct page {
	size_t from, count;
	bool more;
};

/* Reads a page token (NULL or empty: the first page) and the requested size (0: the largest). The
 * size is limited to `most` and to --page-size. Returns false when the token was not made here. */
bool page_read(struct page *page, const char *token, long asked, size_t most);
/* Limits the page to `total` items; returns whether more follow. */
void page_fit(struct page *page, size_t total);
/* Returns the token of the page after this one. */
const char *page_next(const struct call *call, const struct page *page);

/* Returns the ARN of the queue that the call names, or NULL when it names none. */
const char *sqs_queue_arn(const struct call *call);

/* Returns the ARN of the KMS key that the call names by id, ARN or alias, or NULL when there is no
 * such key. */
const char *kms_key_arn(const struct call *call);

/* Returns the ARN that names the caller. */
const char *principal_arn(const struct call *call, const struct principal *who);

#endif
