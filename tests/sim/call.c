/* Parameters, error forms and answer forms of each protocol. */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "stats.h"

const struct service services[N_SERVICES] = {
#define SERVICE(name, protocol, prefix, version, xmlns, global) \
	[SERVICE_##name] = { #name, protocol, prefix, version, xmlns, global },
	SERVICES
#undef SERVICE
};

const struct operation operations[N_OPERATIONS] = {
#define OP(service, name, action, resource, mutating) \
	[OP_##service##_## \
		name] = { SERVICE_##service, #name, action, resource, mutating, service##_##name },
#include "operations.def"
#undef OP
};

struct pairs pairs_parse(struct arena *arena, struct slice text, bool form)
{
	struct pairs pairs = { NULL, 0 };
	struct slice part, name;
	size_t most = 1;

	if (!text.n)
		return pairs;
	for (size_t i = 0; i < text.n; i++)
		most += text.p[i] == '&';
	pairs.items = arena_alloc(arena, most * sizeof(pairs.items[0]));
	while (slice_cut(&text, '&', &part)) {
		if (!part.n)
			continue;
		slice_cut(&part, '=', &name);
		pairs.items[pairs.n++] =
			(struct pair){ arena_unescape(arena, name, form), arena_unescape(arena, part, form) };
	}
	return pairs;
}

static const char *pairs_get(const struct pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (slice_is(pairs->items[i].name, name))
			return pairs->items[i].value.p; /* terminated by arena_unescape */
	return NULL;
}

const char *call_form(const struct call *call, const char *name)
{
	return pairs_get(&call->form, name);
}

const char *call_query(const struct call *call, const char *name)
{
	return pairs_get(&call->query, name);
}

const char *call_json_text(const struct call *call, const char *name)
{
	return json_string_value(json_object_get(call->json, name));
}

struct cause_row {
	int status;
	const char *code, *message;
};

/* The name of each refusal in each protocol.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
static const struct cause_row json_causes[N_CAUSES] = {
	[CAUSE_BAD_SIGNATURE] = { 400, "InvalidSignatureException",
		"The request signature we calculated does not match the signature you provided. Check your "
		"AWS Secret "
		"Access Key and signing method. Consult the service documentation for details." },
	[CAUSE_UNKNOWN_KEY] = { 400, "UnrecognizedClientException",
		"The security token included in the request is invalid." },
	[CAUSE_BAD_TOKEN] = { 400, "UnrecognizedClientException",
		"The security token included in the request is invalid." },
	[CAUSE_EXPIRED] = { 400, "ExpiredTokenException",
		"The security token included in the request is expired" },
	[CAUSE_SKEWED] = { 400, "InvalidSignatureException", "Signature expired" },
	[CAUSE_UNSIGNED] = { 400, "MissingAuthenticationTokenException",
		"Missing Authentication Token" },
	[CAUSE_DENIED] = { 400, "AccessDeniedException",
		"You don't have permissions to access this resource." },
	[CAUSE_THROTTLED] = { 400, "ThrottlingException", "Rate exceeded" },
	[CAUSE_INTERNAL] = { 500, "InternalFailure",
		"The request processing has failed because of an unknown error" },
	[CAUSE_UNAVAILABLE] = { 503, "ServiceUnavailableException", "Service is unavailable" },
	[CAUSE_UNKNOWN_OPERATION] = { 400, "UnknownOperationException", NULL },
	[CAUSE_INVALID] = { 400, "ValidationException", "The request is not valid" },
};

static const struct cause_row query_causes[N_CAUSES] = {
	[CAUSE_BAD_SIGNATURE] = { 403, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your "
		"AWS Secret "
		"Access Key and signing method. Consult the service documentation for details." },
	[CAUSE_UNKNOWN_KEY] = { 403, "InvalidClientTokenId",
		"The security token included in the request is invalid" },
	[CAUSE_BAD_TOKEN] = { 403, "InvalidClientTokenId",
		"The security token included in the request is invalid" },
	[CAUSE_EXPIRED] = { 403, "ExpiredToken",
		"The security token included in the request is expired" },
	[CAUSE_SKEWED] = { 403, "SignatureDoesNotMatch", "Signature expired" },
	[CAUSE_UNSIGNED] = { 403, "MissingAuthenticationToken",
		"Request is missing Authentication Token" },
	[CAUSE_DENIED] = { 403, "AccessDenied", "Access denied" },
	[CAUSE_THROTTLED] = { 400, "Throttling", "Rate exceeded" },
	[CAUSE_INTERNAL] = { 500, "InternalFailure",
		"The request processing has failed because of an unknown error" },
	[CAUSE_UNAVAILABLE] = { 503, "ServiceUnavailable", "Service is unavailable" },
	[CAUSE_UNKNOWN_OPERATION] = { 400, "InvalidAction", NULL },
	[CAUSE_INVALID] = { 400, "ValidationError", "The request is not valid" },
};

static const struct cause_row ec2_causes[N_CAUSES] = {
	[CAUSE_BAD_SIGNATURE] = { 401, "AuthFailure",
		"AWS was not able to validate the provided access credentials" },
	[CAUSE_UNKNOWN_KEY] = { 401, "AuthFailure",
		"AWS was not able to validate the provided access credentials" },
	[CAUSE_BAD_TOKEN] = { 401, "AuthFailure",
		"AWS was not able to validate the provided access credentials" },
	[CAUSE_EXPIRED] = { 400, "RequestExpired", "Request has expired." },
	[CAUSE_SKEWED] = { 401, "AuthFailure",
		"AWS was not able to validate the provided access credentials" },
	[CAUSE_UNSIGNED] = { 400, "MissingAuthenticationToken",
		"Request is missing Authentication Token" },
	[CAUSE_DENIED] = { 403, "UnauthorizedOperation",
		"You are not authorized to perform this operation." },
	[CAUSE_THROTTLED] = { 503, "RequestLimitExceeded", "Request limit exceeded." },
	[CAUSE_INTERNAL] = { 500, "InternalError", "An internal error has occurred" },
	[CAUSE_UNAVAILABLE] = { 503, "Unavailable",
		"The service is unavailable. Please try again shortly." },
	[CAUSE_UNKNOWN_OPERATION] = { 400, "InvalidAction", NULL },
	[CAUSE_INVALID] = { 400, "InvalidParameterValue", "The request is not valid" },
};

static const struct cause_row s3_causes[N_CAUSES] = {
	[CAUSE_BAD_SIGNATURE] = { 403, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your "
		"key and "
		"signing method." },
	[CAUSE_UNKNOWN_KEY] = { 403, "InvalidAccessKeyId",
		"The AWS Access Key Id you provided does not exist in our records." },
	[CAUSE_BAD_TOKEN] = { 400, "InvalidToken",
		"The provided token is malformed or otherwise invalid." },
	[CAUSE_EXPIRED] = { 400, "ExpiredToken", "The provided token has expired." },
	[CAUSE_SKEWED] = { 403, "RequestTimeTooSkewed",
		"The difference between the request time and the current time is too large." },
	[CAUSE_UNSIGNED] = { 403, "AccessDenied", "Access Denied" },
	[CAUSE_DENIED] = { 403, "AccessDenied", "Access Denied" },
	[CAUSE_THROTTLED] = { 503, "SlowDown", "Please reduce your request rate." },
	[CAUSE_INTERNAL] = { 500, "InternalError",
		"We encountered an internal error. Please try again." },
	[CAUSE_UNAVAILABLE] = { 503, "ServiceUnavailable", "Service is unable to handle request." },
	[CAUSE_UNKNOWN_OPERATION] = { 501, "NotImplemented",
		"A header you provided implies functionality that is not implemented" },
	[CAUSE_INVALID] = { 400, "InvalidArgument", "Invalid Argument" },
};

/*
 * SQS speaks JSON and keeps the codes of its query protocol, in a header of their own.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait
 */
static const struct cause_row sqs_causes[N_CAUSES] = {
	[CAUSE_BAD_SIGNATURE] = { 403, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your "
		"AWS Secret "
		"Access Key and signing method. Consult the service documentation for details." },
	[CAUSE_UNKNOWN_KEY] = { 403, "InvalidClientTokenId",
		"The security token included in the request is invalid." },
	[CAUSE_BAD_TOKEN] = { 403, "InvalidClientTokenId",
		"The security token included in the request is invalid." },
	[CAUSE_EXPIRED] = { 403, "ExpiredToken",
		"The security token included in the request is expired" },
	[CAUSE_SKEWED] = { 403, "SignatureDoesNotMatch", "Signature expired" },
	[CAUSE_UNSIGNED] = { 403, "MissingAuthenticationToken",
		"Request is missing Authentication Token" },
	[CAUSE_DENIED] = { 403, "AccessDenied", "Access to the resource is denied." },
	[CAUSE_THROTTLED] = { 403, "RequestThrottled", "Request is throttled." },
	[CAUSE_INTERNAL] = { 500, "InternalError",
		"We encountered an internal error. Please try again." },
	[CAUSE_UNAVAILABLE] = { 503, "ServiceUnavailable", "Service is currently unavailable." },
	[CAUSE_UNKNOWN_OPERATION] = { 400, "InvalidAction", NULL },
	[CAUSE_INVALID] = { 400, "InvalidParameterValue", "The request is not valid" },
};

#define CORAL "com.amazon.coral.service#"
static const char *const sqs_types[N_CAUSES] = {
	[CAUSE_BAD_SIGNATURE] = CORAL "InvalidSignatureException",
	[CAUSE_UNKNOWN_KEY] = CORAL "UnrecognizedClientException",
	[CAUSE_BAD_TOKEN] = CORAL "UnrecognizedClientException",
	[CAUSE_EXPIRED] = CORAL "ExpiredTokenException",
	[CAUSE_SKEWED] = CORAL "InvalidSignatureException",
	[CAUSE_UNSIGNED] = CORAL "MissingAuthenticationTokenException",
	[CAUSE_DENIED] = CORAL "AccessDeniedException",
	[CAUSE_THROTTLED] = "com.amazonaws.sqs#RequestThrottled",
	[CAUSE_INTERNAL] = CORAL "InternalFailureException",
	[CAUSE_UNAVAILABLE] = CORAL "ServiceUnavailableException",
	[CAUSE_UNKNOWN_OPERATION] = CORAL "UnknownOperationException",
	[CAUSE_INVALID] = CORAL "InvalidParameterValueException",
};

static struct cause_row cause_row(const struct call *call, enum cause cause)
{
	struct cause_row row;

	switch (call->service->protocol) {
	case PROTOCOL_QUERY:
		return query_causes[cause];
	case PROTOCOL_EC2:
		return ec2_causes[cause];
	case PROTOCOL_S3:
	case PROTOCOL_S3CONTROL:
		return s3_causes[cause];
	default:
		break;
	}
	if (call->service == &services[SERVICE_sqs])
		return sqs_causes[cause];
	row = json_causes[cause];
	if (call->service == &services[SERVICE_organizations]) {
		if (cause == CAUSE_THROTTLED)
			row.code = "TooManyRequestsException";
		if (cause == CAUSE_INTERNAL)
			row = (struct cause_row){ 500, "ServiceException",
				"AWS Organizations can't complete your request." };
	}
	if (call->service->protocol == PROTOCOL_REST_JSON) {
		/* The REST services answer refused credentials with 403. */
		if (cause <= CAUSE_DENIED)
			row.status = 403;
		if (cause == CAUSE_THROTTLED)
			row = (struct cause_row){ 429, "TooManyRequestsException", "Too Many Requests" };
		if (cause == CAUSE_UNKNOWN_OPERATION)
			row.status = 404;
		if (cause == CAUSE_INTERNAL)
			row = (struct cause_row){ 500,
				call->service == &services[SERVICE_guardduty] ? "InternalServerErrorException"
					: call->service == &services[SERVICE_securityhub] ? "InternalException"
																	  : "InternalServerException",
				"Internal server error" };
		if (cause == CAUSE_INVALID && call->service == &services[SERVICE_guardduty])
			row.code = "BadRequestException";
	}
	return row;
}

void call_refuse(struct call *call, enum cause cause, const char *message)
{
	struct cause_row row = cause_row(call, cause);

	if (cause == CAUSE_THROTTLED)
		stats.throttled++;
	if (message && call->service->protocol == PROTOCOL_EC2 && cause != CAUSE_DENIED)
		message = NULL;
	call_fail_with(call, row.status, row.code,
		message           ? message
			: row.message ? row.message
						  : "Unknown operation",
		call->service == &services[SERVICE_sqs] ? sqs_types[cause] : NULL);
}

void call_fail(struct call *call, int status, const char *code, const char *message)
{
	call_fail_with(call, status, code, message, NULL);
}

static void error_json(struct call *call, const char *code, const char *message, const char *type)
{
	struct http_response *r = call->response;

	if (call->service->protocol == PROTOCOL_REST_JSON)
		buf_printf(&r->headers, "x-amzn-ErrorType: %s\r\n", code);
	if (call->service == &services[SERVICE_sqs])
		buf_printf(&r->headers, "x-amzn-query-error: %s;%s\r\n", code,
			r->status < 500 ? "Sender" : "Receiver");
	buf_str(&r->body, "{\"__type\":");
	buf_json(&r->body, type ? type : code);
	buf_printf(&r->body,
		",\"%s\":", call->service == &services[SERVICE_organizations] ? "Message" : "message");
	buf_json(&r->body, message);
	buf_char(&r->body, '}');
}

static void error_xml(struct call *call, const char *code, const char *message, const char *extra)
{
	struct buf *b = &call->response->body;
	enum protocol p = call->service->protocol;

	if (p != PROTOCOL_QUERY)
		buf_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (p == PROTOCOL_EC2) {
		buf_str(b, "<Response><Errors>");
	} else if (p == PROTOCOL_S3CONTROL) {
		buf_str(b, "<ErrorResponse>");
	} else if (p == PROTOCOL_QUERY) {
		buf_printf(b, "<ErrorResponse xmlns=\"%s\">\n", call->service->xmlns);
	}
	buf_str(b, "<Error>");
	if (p == PROTOCOL_QUERY)
		buf_tag(b, "Type", call->response->status < 500 ? "Sender" : "Receiver");
	buf_tag(b, "Code", code);
	buf_tag(b, "Message", message);
	if (extra)
		buf_str(b, extra);
	if (p == PROTOCOL_S3) {
		buf_tag(b, "RequestId", call->request_id);
		buf_str(b, "<HostId>c2ltdWxhdGVk</HostId></Error>");
		return;
	}
	buf_str(b, "</Error>");
	if (p == PROTOCOL_EC2)
		buf_str(b, "</Errors>");
	buf_tag(b, p == PROTOCOL_EC2 ? "RequestID" : "RequestId", call->request_id);
	if (p == PROTOCOL_S3CONTROL)
		buf_str(b, "<HostId>c2ltdWxhdGVk</HostId>");
	buf_str(b, p == PROTOCOL_EC2 ? "</Response>" : "</ErrorResponse>");
}

void call_fail_with(struct call *call, int status, const char *code, const char *message,
	const char *extra)
{
	struct buf *body = call_answer(call);

	buf_reset(body);
	call->failed = true;
	call->response->status = status;
	stats_error(status, code);
	if (call->service->protocol == PROTOCOL_JSON || call->service->protocol == PROTOCOL_REST_JSON)
		error_json(call, code, message, extra);
	else
		error_xml(call, code, message, extra);
}

const char *principal_arn(const struct call *call, const struct principal *who)
{
	if (who->session)
		return session_arn(call->arena, who->session);
	return arena_printf(call->arena, "arn:aws:iam::%s:user/%s", who->account->id, who->user);
}

void call_deny(struct call *call, const char *action, const char *resource, const char *because)
{
	const char *on = resource ? arena_printf(call->arena, " on resource: %s%s%s",
									call->service->protocol == PROTOCOL_S3 ? "\"" : "", resource,
									call->service->protocol == PROTOCOL_S3 ? "\"" : "")
							  : "";

	call_refuse(call, CAUSE_DENIED,
		arena_printf(call->arena, "User: %s is not authorized to perform: %s%s because %s",
			principal_arn(call, &call->caller), action, on, because));
}

struct buf *call_answer(struct call *call)
{
	struct http_response *r = call->response;
	const char *header = "x-amzn-RequestId";

	buf_reset(&r->headers);
	switch (call->service->protocol) {
	case PROTOCOL_JSON:
		r->content_type = strcmp(call->service->json_version, "1.0") == 0
			? "application/x-amz-json-1.0"
			: "application/x-amz-json-1.1";
		break;
	case PROTOCOL_REST_JSON:
		r->content_type = "application/json";
		break;
	case PROTOCOL_QUERY:
		r->content_type = "text/xml";
		break;
	case PROTOCOL_EC2:
		r->content_type = "text/xml;charset=UTF-8";
		break;
	default:
		r->content_type = "application/xml";
		header = "x-amz-request-id";
		buf_str(&r->headers, "x-amz-id-2: c2ltdWxhdGVk\r\nServer: AmazonS3\r\n");
		break;
	}
	buf_str(&r->headers, header);
	buf_str(&r->headers, ": ");
	buf_str(&r->headers, call->request_id);
	buf_str(&r->headers, "\r\n");
	return &r->body;
}

struct buf *call_query_begin(struct call *call)
{
	struct buf *b = call_answer(call);

	buf_printf(b, "<%sResponse xmlns=\"%s\"><%sResult>", call->operation->name,
		call->service->xmlns, call->operation->name);
	return b;
}

void call_query_end(struct call *call)
{
	struct buf *b = &call->response->body;

	buf_printf(b, "</%sResult><ResponseMetadata>", call->operation->name);
	buf_tag(b, "RequestId", call->request_id);
	buf_printf(b, "</ResponseMetadata></%sResponse>", call->operation->name);
}
