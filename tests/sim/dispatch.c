#include "dispatch.h"

#include <string.h>

#include "admin.h"
#include "faults.h"
#include "limits.h"
#include "permissions.h"
#include "route.h"
#include "session.h"
#include "stats.h"
#include "trail.h"

/* Request ids are unique, and the same for the same seed and order of calls. */
static void make_request_id(struct call *call)
{
	static uint64_t counter;
	uint64_t h = mix(mix((uint64_t)org.options->seed, 0x1d), ++counter);

	hash_uuid(h, call->request_id);
	if (call->service->protocol == PROTOCOL_S3) {
		/* S3's are 16 upper-case letters and digits. */
		for (int i = 0; i < 16; i++, h = mix(h, 5))
			call->request_id[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[h % 36];
		call->request_id[16] = '\0';
	}
}

static void refuse_signature(struct call *call, enum sigv4_result result, const struct sigv4 *sig,
	const char *why)
{
	bool s3 = call->service->protocol == PROTOCOL_S3 ||
		call->service->protocol == PROTOCOL_S3CONTROL;

	switch (result) {
	case SIGV4_MISSING:
		call_refuse(call, CAUSE_UNSIGNED, NULL);
		break;
	case SIGV4_SKEWED:
		call_refuse(call, CAUSE_SKEWED, s3 ? NULL : why);
		break;
	case SIGV4_BODY_MISMATCH:
		call_fail(call, 400, "XAmzContentSHA256Mismatch",
			"The provided 'x-amz-content-sha256' header does not match what was computed.");
		break;
	case SIGV4_UNSIGNED_HEADER:
		if (s3)
			call_fail_with(call, 403, "AccessDenied",
				"There were headers present in the request which were not signed",
				arena_printf(call->arena, "<HeadersNotSigned>%s</HeadersNotSigned>", why));
		else
			call_refuse(call, CAUSE_BAD_SIGNATURE,
				arena_printf(call->arena, "'%s' must be a 'SignedHeader' in the AWS Authorization.",
					why));
		break;
	case SIGV4_MALFORMED:
		if (s3)
			call_fail(call, 400, sig->key.n ? "AuthorizationHeaderMalformed" : "InvalidRequest",
				why);
		else
			call_refuse(call, CAUSE_BAD_SIGNATURE, why);
		break;
	default:
		call_refuse(call, CAUSE_BAD_SIGNATURE, NULL);
	}
}

/* Checks that this service is signed for in the credential scope's region. */
static bool check_scope(struct call *call)
{
	bool query = call->service->protocol == PROTOCOL_QUERY;

	call->region_index = region_index(call->region);
	if (call->service->global && !slice_is(call->region, "us-east-1")) {
		call_refuse(call, CAUSE_BAD_SIGNATURE,
			query ? "Credential should be scoped to a valid region. "
				  : "Credential should be scoped to a valid region, not the one given. ");
		return false;
	}
	/* STS answers in all regions of AWS, also in those that are not simulated. */
	if (call->service->global ||
		(call->service == &services[SERVICE_sts] && region_exists(call->region)))
		return true;
	if (call->region_index < 0 || !region_usable(call->caller.account, call->region_index)) {
		/* The error of a region that the account has not enabled. */
		call_refuse(call, CAUSE_UNKNOWN_KEY, NULL);
		return false;
	}
	return true;
}

/* Finds the caller from a valid signature. */
static bool authenticate(struct call *call, const struct sigv4 *sig)
{
	struct slice token = http_header(call->request, "x-amz-security-token");
	bool s3 = call->service->protocol == PROTOCOL_S3 ||
		call->service->protocol == PROTOCOL_S3CONTROL;
	struct credentials credentials;
	enum sigv4_result result;
	const char *why = NULL;

	/* The credentials of an account that was closed or removed are void. */
	if (!credentials_find(sig->key, &credentials) || credentials.who.account->removed ||
		credentials.who.account->state == STATE_SUSPENDED ||
		credentials.who.account->state == STATE_CLOSED) {
		call_refuse(call, CAUSE_UNKNOWN_KEY, NULL);
		return false;
	}
	if (credentials.token ? !token.p || !slice_is(token, credentials.token) : token.p != NULL) {
		call_refuse(call, CAUSE_BAD_TOKEN, NULL);
		return false;
	}
	result = sigv4_check(call->request, sig, credentials.secret, s3, call->arena, &why);
	if (result != SIGV4_OK) {
		refuse_signature(call, result, sig, why);
		return false;
	}
	call->caller = credentials.who;
	if (call->caller.session && session_expired(call->caller.session)) {
		call_refuse(call, CAUSE_EXPIRED, NULL);
		return false;
	}
	return check_scope(call);
}

static bool json_needed(const struct call *call)
{
	return call->service->protocol == PROTOCOL_JSON ||
		(call->service->protocol == PROTOCOL_REST_JSON &&
			(slice_is(call->request->method, "POST") || slice_is(call->request->method, "PATCH")));
}

/* Handles a call with a valid signature: faults, limits, permissions, and then the operation. */
static void serve(struct call *call)
{
	enum fault fault;

	if (!call->operation) {
		call_refuse(call, CAUSE_UNKNOWN_OPERATION, NULL);
		return;
	}
	stats.calls[call->operation - operations]++;
	stats.mutating += call->operation->mutating;
	fault = faults_choose(call);
	if (fault && faults_before(call, fault))
		return;
	if (!limits_take(call)) {
		call_refuse(call, CAUSE_THROTTLED, NULL);
		return;
	}
	if (!permissions_check(call))
		return;
	if (json_needed(call) && !json_is_object(call->json)) {
		call_fail(call, 400, "SerializationException", "The request body is not a JSON object");
		return;
	}
	call->fault = fault;
	call->operation->serve(call);
	if (call->operation->mutating && !call->failed) {
		stats.effects++;
		trail_call(call);
	}
	if (fault && call->response->delivery != HTTP_LATER)
		faults_after(call->response, fault);
}

static void serve_aws(struct call *call)
{
	struct sigv4 sig;
	const char *why = NULL;
	enum sigv4_result parsed = sigv4_parse(call->request, &sig, &why);

	if (!sig.service.n || !route_service(call, sig.service)) {
		/* Without a service the protocol is unknown; unsigned requests are answered as S3 does. */
		call->service = &services[SERVICE_s3];
		make_request_id(call);
		refuse_signature(call, parsed == SIGV4_OK ? SIGV4_MALFORMED : parsed, &sig, why);
		return;
	}
	call->region = sig.region;
	make_request_id(call);
	route_operation(call);
	if (parsed != SIGV4_OK)
		refuse_signature(call, parsed, &sig, why);
	else if (authenticate(call, &sig))
		serve(call);
	json_decref(call->json);
}

void dispatch(const struct http_request *request, struct http_response *response)
{
	static struct arena arena;
	struct call call = {
		.request = request, .response = response, .arena = &arena, .region_index = -1
	};

	if (slice_starts(request->path, "/_sim/"))
		admin_serve(request, response);
	else
		serve_aws(&call);
	arena_reset(&arena);
}
