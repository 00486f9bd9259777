/* Makes CloudTrail's record of a call: the caller, and the parameters in the form of each service.
 */
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "trail.h"
#include "xml.h"

#define MAX_AGENT 256

static const char *dump(struct arena *arena, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	const char *kept;

	if (!text)
		die("out of memory");
	kept = arena_text(arena, slice_of(text));
	free(text);
	json_decref(json);
	return kept;
}

/* --- userIdentity --- */

static json_t *session_context(const struct call *call, const struct session *s,
	const char *role_id)
{
	char issued[21];
	json_t *context;

	time_text(s->issued, issued);
	context = json_pack("{s:{s:s,s:s,s:s++,s:s,s:s},s:{s:s,s:s}}", "sessionIssuer", "type", "Role",
		"principalId", role_id, "arn", "arn:aws:iam::", s->account->id,
		arena_printf(call->arena, ":role/%s", org.options->role), "accountId", s->account->id,
		"userName", org.options->role, "attributes", "creationDate", issued, "mfaAuthenticated",
		"false");
	if (s->source_identity[0])
		json_object_set_new(context, "sourceIdentity", json_string(s->source_identity));
	return context;
}

static const char *identity_of(const struct call *call)
{
	const struct principal *who = &call->caller;
	const char *arn = principal_arn(call, who), *id, *colon;
	json_t *identity;

	if (!who->session)
		return dump(call->arena,
			json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "type", "IAMUser", "principalId",
				"AIDASIMULATEDUSER000", "arn", arn, "accountId", who->account->id, "accessKeyId",
				who->key, "userName", who->user));
	id = session_user_id(call->arena, who->session);
	colon = strchr(id, ':');
	identity = json_pack("{s:s,s:s,s:s,s:s,s:s}", "type", "AssumedRole", "principalId", id, "arn",
		arn, "accountId", who->account->id, "accessKeyId", who->key);
	json_object_set_new(identity, "sessionContext",
		session_context(call, who->session,
			arena_text(call->arena, (struct slice){ id, (size_t)(colon - id) })));
	return dump(call->arena, identity);
}

/* --- requestParameters --- */

/* Converts an XML element to JSON as S3 does in requestParameters: its children by name (a list
 * where a name comes twice), and true and false as booleans. */
static json_t *xml_json(const struct xml *element)
{
	json_t *object;

	if (!element->first) {
		if (strcmp(element->text, "true") == 0 || strcmp(element->text, "false") == 0)
			return json_boolean(element->text[0] == 't');
		return json_string(element->text);
	}
	object = json_object();
	for (const struct xml *child = element->first; child; child = child->next) {
		char name[64];
		json_t *old;

		if (child->name.n >= sizeof(name))
			continue;
		memcpy(name, child->name.p, child->name.n);
		name[child->name.n] = '\0';
		old = json_object_get(object, name);
		if (json_is_array(old))
			json_array_append_new(old, xml_json(child));
		else if (old)
			json_object_set_new(object, name, json_pack("[O,o]", old, xml_json(child)));
		else
			json_object_set_new(object, name, xml_json(child));
	}
	return object;
}

static void add_body(const struct call *call, json_t *parameters, const char *name)
{
	const struct xml *root = call->request->body.n ? xml_parse(call->arena, call->request->body)
												   : NULL;
	json_t *body = root ? xml_json(root) : NULL;

	if (!json_is_object(body)) {
		json_decref(body);
		return;
	}
	json_object_set_new(body, "xmlns", json_string(call->service->xmlns));
	json_object_set_new(parameters, name, body);
}

static json_t *s3_parameters(const struct call *call, bool account)
{
	const char *id = call->caller.account->id, *region = arena_text(call->arena, call->region);
	const char *host = account
		? arena_printf(call->arena, "%s.s3-control.%s.amazonaws.com", id, region)
		: arena_printf(call->arena, "s3.%s.amazonaws.com", region);
	json_t *parameters =
		json_pack("{s:[s],s:[s]}", "host", host, account ? "publicAccessBlock" : "encryption", "");

	if (account)
		json_object_set_new(parameters, "accountId", json_string(id));
	else
		json_object_set_new(parameters, "bucketName",
			json_string(arena_text(call->arena, call->bucket)));
	add_body(call, parameters,
		account ? "PublicAccessBlockConfiguration" : "ServerSideEncryptionConfiguration");
	return parameters;
}

/* Returns the parameters of a query call, with their first letter in lower case. */
static json_t *query_parameters(const struct call *call)
{
	json_t *parameters = json_object();

	for (size_t i = 0; i < call->form.n; i++) {
		char *name = arena_text(call->arena, call->form.items[i].name);

		if (strcmp(name, "Action") == 0 || strcmp(name, "Version") == 0)
			continue;
		if (*name >= 'A' && *name <= 'Z')
			*name = (char)(*name - 'A' + 'a');
		json_object_set_new(parameters, name, json_string(call->form.items[i].value.p));
	}
	return parameters;
}

static const char *parameters_of(const struct call *call)
{
	json_t *parameters;

	switch (call->service->protocol) {
	case PROTOCOL_S3CONTROL:
		return dump(call->arena, s3_parameters(call, true));
	case PROTOCOL_S3:
		return dump(call->arena, s3_parameters(call, false));
	case PROTOCOL_QUERY:
		return dump(call->arena, query_parameters(call));
	default:
		break;
	}
	parameters = json_is_object(call->json) ? json_copy(call->json) : json_object();
	if (call->detector.n)
		json_object_set_new(parameters, "detectorId",
			json_string(arena_text(call->arena, call->detector)));
	return dump(call->arena, parameters);
}

/* --- resources --- */

static void resources_of(const struct call *call, struct trail_event *e)
{
	if (call->service == &services[SERVICE_s3]) {
		e->resources[0] =
			(struct trail_resource){ "AWS::S3::Bucket", arena_text(call->arena, call->bucket) };
	} else if (call->service == &services[SERVICE_iam]) {
		e->resources[0] = (struct trail_resource){ "AWS::IAM::User", call_form(call, "UserName") };
		e->resources[1] =
			(struct trail_resource){ "AWS::IAM::Policy", call_form(call, "PolicyName") };
	} else if (call->service == &services[SERVICE_guardduty]) {
		char id[33];

		detector_id(call->caller.account, call->region_index, id);
		e->resources[0] = (struct trail_resource){ "AWS::GuardDuty::Detector",
			arena_text(call->arena, slice_of(id)) };
	}
}

/* S3's account-level calls have other names in CloudTrail than in the API. */
static const char *name_of(const struct call *call)
{
	if (call->operation == &operations[OP_s3control_PutPublicAccessBlock])
		return "PutAccountPublicAccessBlock";
	if (call->operation == &operations[OP_s3control_DeletePublicAccessBlock])
		return "DeleteAccountPublicAccessBlock";
	return call->operation->name;
}

/* Returns the user agent from its header, which may have any bytes. */
static const char *agent_of(const struct call *call)
{
	struct slice agent = http_header(call->request, "user-agent");
	char *text;

	if (agent.n > MAX_AGENT)
		agent.n = MAX_AGENT;
	text = arena_text(call->arena, agent);
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

void trail_call(struct call *call)
{
	const struct principal *who = &call->caller;
	struct trail_event e = {
		.account = who->account,
		.region = arena_text(call->arena, call->region),
		.service = call->service == &services[SERVICE_s3control] ? "s3" : call->service->name,
		.name = name_of(call),
		.identity = identity_of(call),
		.user = who->session ? who->session->name : who->user,
		.key = who->key,
		.address = "203.0.113.10",
		.agent = agent_of(call),
		.parameters = parameters_of(call),
		.request_id = call->request_id,
	};

	if (call->operation == &operations[OP_guardduty_CreateDetector])
		e.response = arena_text(call->arena,
			(struct slice){ call->response->body.p, call->response->body.n });
	resources_of(call, &e);
	trail_record(&e, org.options->trail_events);
}
