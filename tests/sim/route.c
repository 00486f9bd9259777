#include "route.h"

#include <string.h>

bool route_service(struct call *call, struct slice signing_name)
{
	for (size_t i = 0; i < N_SERVICES; i++) {
		if (!slice_is(signing_name, services[i].name) || i == SERVICE_s3control)
			continue;
		call->service = &services[i];
		/* S3 Control signs as s3; its paths begin with its version. */
		if (i == SERVICE_s3 && slice_starts(call->request->path, "/v20180820/"))
			call->service = &services[SERVICE_s3control];
		return true;
	}
	return false;
}

static void by_name(struct call *call, struct slice name)
{
	for (size_t i = 0; i < N_OPERATIONS; i++)
		if (&services[operations[i].service] == call->service && slice_is(name, operations[i].name))
			call->operation = &operations[i];
}

static void route_json(struct call *call)
{
	struct slice target = http_header(call->request, "x-amz-target");
	size_t n = strlen(call->service->target_prefix);

	/* SQS has another protocol for every other content type. */
	if (call->service == &services[SERVICE_sqs] &&
		!slice_is(http_header(call->request, "content-type"), "application/x-amz-json-1.0"))
		return;
	if (target.n > n && slice_starts(target, call->service->target_prefix) && target.p[n] == '.')
		by_name(call, (struct slice){ target.p + n + 1, target.n - n - 1 });
}

static void route_query(struct call *call)
{
	const char *action;

	call->form = pairs_parse(call->arena,
		call->request->body.n ? call->request->body : call->request->query, true);
	action = call_form(call, "Action");
	if (action)
		by_name(call, slice_of(action));
}

static void route_s3control(struct call *call)
{
	struct slice method = call->request->method;

	if (!slice_is(call->request->path, "/v20180820/configuration/publicAccessBlock"))
		return;
	if (slice_is(method, "GET"))
		call->operation = &operations[OP_s3control_GetPublicAccessBlock];
	else if (slice_is(method, "PUT"))
		call->operation = &operations[OP_s3control_PutPublicAccessBlock];
	else if (slice_is(method, "DELETE"))
		call->operation = &operations[OP_s3control_DeletePublicAccessBlock];
}

/* The bucket is in the path, or before .s3 in the host name. */
static void s3_bucket(struct call *call)
{
	struct slice host = http_header(call->request, "host"), path = call->request->path, before;
	const char *mark = host.p ? memmem(host.p, host.n, ".s3", 3) : NULL;

	before = mark ? (struct slice){ host.p, (size_t)(mark - host.p) } : (struct slice){ NULL, 0 };
	if (before.n) {
		call->bucket = before;
		return;
	}
	path = (struct slice){ path.p + 1, path.n - 1 };
	if (slice_cut(&path, '/', &before))
		call->bucket = arena_unescape(call->arena, before, false);
}

static void route_s3(struct call *call)
{
	static const struct {
		const char *method, *parameter;
		enum operation_id operation;
	} table[] = {
		{ "GET", "location", OP_s3_GetBucketLocation },
		{ "GET", "encryption", OP_s3_GetBucketEncryption },
		{ "PUT", "encryption", OP_s3_PutBucketEncryption },
		{ "DELETE", "encryption", OP_s3_DeleteBucketEncryption },
		{ "GET", "logging", OP_s3_GetBucketLogging },
		{ "GET", "policy", OP_s3_GetBucketPolicy },
		{ "GET", "acl", OP_s3_GetBucketAcl },
		{ "GET", "tagging", OP_s3_GetBucketTagging },
	};
	struct slice method = call->request->method;

	s3_bucket(call);
	if (!call->bucket.n) {
		if (slice_is(method, "GET"))
			call->operation = &operations[OP_s3_ListBuckets];
		return;
	}
	if (slice_is(method, "HEAD") && !call->query.n)
		call->operation = &operations[OP_s3_HeadBucket];
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (slice_is(method, table[i].method) && call_query(call, table[i].parameter))
			call->operation = &operations[table[i].operation];
}

/* /detector[/{id}[/rest]] */
static void route_guardduty(struct call *call)
{
	static const struct {
		const char *method, *rest;
		enum operation_id operation;
	} table[] = {
		{ "GET", "", OP_guardduty_GetDetector },
		{ "POST", "", OP_guardduty_UpdateDetector },
		{ "DELETE", "", OP_guardduty_DeleteDetector },
		{ "GET", "administrator", OP_guardduty_GetAdministratorAccount },
		{ "GET", "member", OP_guardduty_ListMembers },
		{ "POST", "member/detector/get", OP_guardduty_GetMemberDetectors },
		{ "POST", "member/detector/update", OP_guardduty_UpdateMemberDetectors },
	};
	struct slice path = call->request->path, method = call->request->method, id = { NULL, 0 };

	if (!slice_starts(path, "/detector"))
		return;
	path = (struct slice){ path.p + 9, path.n - 9 };
	if (!path.n) {
		if (slice_is(method, "GET"))
			call->operation = &operations[OP_guardduty_ListDetectors];
		else if (slice_is(method, "POST"))
			call->operation = &operations[OP_guardduty_CreateDetector];
		return;
	}
	if (path.p[0] != '/')
		return;
	path = (struct slice){ path.p + 1, path.n - 1 };
	slice_cut(&path, '/', &id);
	call->detector = arena_unescape(call->arena, id, false);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (slice_is(method, table[i].method) && slice_is(path, table[i].rest))
			call->operation = &operations[table[i].operation];
}

static void route_securityhub(struct call *call)
{
	static const struct {
		const char *method, *path;
		enum operation_id operation;
	} table[] = {
		{ "GET", "/accounts", OP_securityhub_DescribeHub },
		{ "POST", "/findings", OP_securityhub_GetFindings },
		{ "POST", "/findings/import", OP_securityhub_BatchImportFindings },
		{ "PATCH", "/findings/batchupdate", OP_securityhub_BatchUpdateFindings },
		{ "PATCH", "/findingsv2/batchupdatev2", OP_securityhub_BatchUpdateFindingsV2 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (slice_is(call->request->method, table[i].method) &&
			slice_is(call->request->path, table[i].path))
			call->operation = &operations[table[i].operation];
}

static void route_account(struct call *call)
{
	if (!slice_is(call->request->method, "POST"))
		return;
	if (slice_is(call->request->path, "/listRegions"))
		call->operation = &operations[OP_account_ListRegions];
	else if (slice_is(call->request->path, "/getRegionOptStatus"))
		call->operation = &operations[OP_account_GetRegionOptStatus];
}

void route_operation(struct call *call)
{
	enum protocol p = call->service->protocol;

	call->query = pairs_parse(call->arena, call->request->query, false);
	switch ((enum service_id)(call->service - services)) {
	case SERVICE_s3control:
		route_s3control(call);
		break;
	case SERVICE_s3:
		route_s3(call);
		break;
	case SERVICE_guardduty:
		route_guardduty(call);
		break;
	case SERVICE_account:
		route_account(call);
		break;
	case SERVICE_securityhub:
		route_securityhub(call);
		break;
	default:
		if (p == PROTOCOL_JSON)
			route_json(call);
		else
			route_query(call);
	}
	if ((p == PROTOCOL_JSON || p == PROTOCOL_REST_JSON) && call->request->body.n)
		call->json =
			json_loadb(call->request->body.p, call->request->body.n, JSON_REJECT_DUPLICATES, NULL);
}
