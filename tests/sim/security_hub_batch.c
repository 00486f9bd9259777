/* Security Hub: importing and updating findings. */
#include <stdlib.h>
#include <string.h>

#include "security_hub.h"

#define BATCH_MOST 100

static void invalid(struct call *call, const char *message)
{
	call_fail(call, 400,
		call->operation == &operations[OP_securityhub_BatchUpdateFindingsV2]
			? "ValidationException"
			: "InvalidInputException",
		message);
}

static void write_failed(struct call *call, struct buf *failed, const json_t *finding,
	const char *wrong)
{
	const char *id = json_string_value(json_object_get(finding, "Id"));

	buf_str(failed, failed->n ? ",{\"Id\":" : "{\"Id\":");
	buf_json(failed, id ? id : "");
	buf_str(failed, ",\"ErrorCode\":\"InvalidInput\",\"ErrorMessage\":");
	buf_json(failed,
		arena_printf(call->arena, "Finding does not adhere to Amazon Finding Format. %s", wrong));
	buf_char(failed, '}');
}

void securityhub_BatchImportFindings(struct call *call)
{
	const json_t *findings = json_object_get(call->json, "Findings");
	size_t n = json_array_size(findings), n_failed = 0;
	struct hub *hub = hub_called(call, false);
	struct buf failed = { 0 }, key = { 0 };

	if (!hub)
		return;
	if (n < 1 || n > BATCH_MOST) {
		invalid(call, "Invalid parameter 'Findings'. data should have from 1 to 100 items");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *sent = json_array_get(findings, i);
		const char *wrong = asff_wrong(call, sent);
		json_t *finding;

		if (wrong) {
			write_failed(call, &failed, sent, wrong);
			n_failed++;
			continue;
		}
		hub_key(&key, json_string_value(json_object_get(sent, "ProductArn")),
			json_string_value(json_object_get(sent, "Id")));
		finding = json_deep_copy(sent);
		asff_complete(call, finding, json_object_get(hub->findings, key.p));
		hub_keep(hub, call->region_index, key.p, finding, false);
	}
	buf_printf(call_answer(call),
		"{\"FailedCount\":%zu,\"SuccessCount\":%zu,\"FailedFindings\":[%s]}", n_failed,
		n - n_failed, failed.n ? failed.p : "");
	buf_free(&failed);
	buf_free(&key);
}

/* --- updates --- */

/* Returns the members that the request sets in each finding that it names. Makes the error and
 * returns NULL when the request is invalid. */
static json_t *read_changes(struct call *call)
{
	static const char *const as_they_are[] = { "Severity", "VerificationState", "Confidence",
		"Criticality", "Types", "UserDefinedFields", "RelatedFindings" };
	const json_t *note = json_object_get(call->json, "Note"),
				 *workflow = json_object_get(call->json, "Workflow");
	const char *status = json_string_value(json_object_get(workflow, "Status"));
	const char *text = json_string_value(json_object_get(note, "Text")),
			   *by = json_string_value(json_object_get(note, "UpdatedBy"));
	json_t *changes, *value;

	if (workflow && (!status || !asff_is_workflow(status))) {
		invalid(call,
			"Invalid parameter 'Workflow'. data.Status should be equal to one of the allowed "
			"values");
		return NULL;
	}
	if (note && (!text || !*text || strlen(text) > 512 || !by || !*by || strlen(by) > 512)) {
		invalid(call,
			"Invalid parameter 'Note'. data should have Text and UpdatedBy, of 512 characters at "
			"most");
		return NULL;
	}
	changes = json_object();
	for (size_t i = 0; i < sizeof(as_they_are) / sizeof(as_they_are[0]); i++)
		if ((value = json_object_get(call->json, as_they_are[i])))
			json_object_set(changes, as_they_are[i], value);
	if (workflow)
		json_object_set_new(changes, "Workflow", json_pack("{s:s}", "Status", status));
	if (note)
		json_object_set_new(changes, "Note",
			json_pack("{s:s,s:s,s:s}", "Text", text, "UpdatedBy", by, "UpdatedAt",
				asff_now(call->arena)));
	return changes;
}

static void write_identifier(struct buf *b, const char *product, const char *id)
{
	buf_str(b, "{\"Id\":");
	buf_json(b, id);
	buf_str(b, ",\"ProductArn\":");
	buf_json(b, product);
	buf_char(b, '}');
}

static void change(struct call *call, json_t *finding, json_t *changes)
{
	json_t *copy = json_deep_copy(changes);

	json_object_update(finding, copy);
	json_decref(copy);
	if (org.options->trail_events)
		hub_tell(call->region_index, finding);
}

void securityhub_BatchUpdateFindings(struct call *call)
{
	const json_t *identifiers = json_object_get(call->json, "FindingIdentifiers");
	size_t n = json_array_size(identifiers);
	struct buf processed = { 0 }, unprocessed = { 0 }, key = { 0 };
	json_t *changes;

	if (!hub_called(call, false))
		return;
	if (n < 1 || n > BATCH_MOST) {
		invalid(call,
			"Invalid parameter 'FindingIdentifiers'. data should have from 1 to 100 items");
		return;
	}
	changes = read_changes(call);
	for (size_t i = 0; changes && i < n; i++) {
		const char *id = json_string_value(json_object_get(json_array_get(identifiers, i), "Id"));
		const char *product =
			json_string_value(json_object_get(json_array_get(identifiers, i), "ProductArn"));
		json_t *finding;

		id = id ? id : "";
		product = product ? product : "";
		hub_key(&key, product, id);
		finding = *product ? hub_find(call, key.p) : NULL;
		if (finding) {
			change(call, finding, changes);
			buf_str(&processed, processed.n ? "," : "");
			write_identifier(&processed, product, id);
			continue;
		}
		buf_str(&unprocessed,
			unprocessed.n ? ",{\"FindingIdentifier\":" : "{\"FindingIdentifier\":");
		write_identifier(&unprocessed, product, id);
		buf_str(&unprocessed,
			",\"ErrorCode\":\"FindingNotFound\",\"ErrorMessage\":\"Finding not found.\"}");
	}
	if (changes)
		buf_printf(call_answer(call), "{\"ProcessedFindings\":[%s],\"UnprocessedFindings\":[%s]}",
			processed.n ? processed.p : "", unprocessed.n ? unprocessed.p : "");
	json_decref(changes);
	buf_free(&processed);
	buf_free(&unprocessed);
	buf_free(&key);
}

/* Version 2 has numbers for the status: https://schema.ocsf.io/1.6.0/classes/compliance_finding */
static const char *status_name(long id)
{
	static const char *const status[] = { "Unknown", "New", "In Progress", "Suppressed", "Resolved",
		"Archived" };

	return id >= 0 && id < 6 ? status[id] : id == 99 ? "Other" : NULL;
}

static json_t *read_changes_v2(struct call *call)
{
	const json_t *status = json_object_get(call->json, "StatusId"),
				 *severity = json_object_get(call->json, "SeverityId");
	const char *comment = call_json_text(call, "Comment");
	json_t *changes;

	if ((status && (!json_is_integer(status) || !status_name((long)json_integer_value(status)))) ||
		(severity && !json_is_integer(severity)) || (!status && !severity && !comment)) {
		invalid(call, "A valid StatusId, SeverityId or Comment is needed.");
		return NULL;
	}
	changes = json_object();
	if (status)
		json_object_update_new(changes,
			json_pack("{s:i,s:s}", "status_id", (int)json_integer_value(status), "status",
				status_name((long)json_integer_value(status))));
	if (severity)
		json_object_set_new(changes, "severity_id", json_integer(json_integer_value(severity)));
	if (comment)
		json_object_set_new(changes, "comment", json_string(comment));
	return changes;
}

void securityhub_BatchUpdateFindingsV2(struct call *call)
{
	const json_t *uids = json_object_get(call->json, "MetadataUids");
	size_t n = json_array_size(uids);
	struct buf processed = { 0 }, unprocessed = { 0 }, key = { 0 };
	json_t *changes;

	if (!hub_called(call, true))
		return;
	if (n < 1 || n > BATCH_MOST) {
		invalid(call,
			"From 1 to 100 MetadataUids are needed; reeve-sim doesn't have FindingIdentifiers "
			"here.");
		return;
	}
	changes = read_changes_v2(call);
	for (size_t i = 0; changes && i < n; i++) {
		const char *uid = json_string_value(json_array_get(uids, i));
		struct buf *out;
		json_t *finding;

		uid = uid ? uid : "";
		hub_key_ocsf(&key, uid);
		finding = *uid ? hub_find(call, key.p) : NULL;
		if (finding)
			change(call, finding, changes);
		out = finding ? &processed : &unprocessed;
		buf_str(out, out->n ? ",{\"MetadataUid\":" : "{\"MetadataUid\":");
		buf_json(out, uid);
		buf_str(out,
			finding ? "}"
					: ",\"ErrorCode\":\"ResourceNotFoundException\",\"ErrorMessage\":\"Finding not "
					  "found.\"}");
	}
	if (changes)
		buf_printf(call_answer(call), "{\"ProcessedFindings\":[%s],\"UnprocessedFindings\":[%s]}",
			processed.n ? processed.p : "", unprocessed.n ? unprocessed.p : "");
	json_decref(changes);
	buf_free(&processed);
	buf_free(&unprocessed);
	buf_free(&key);
}
