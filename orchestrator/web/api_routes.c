/* The table of routes. Whoever adds one adds its handler to api_private.h. */
#include "web/api_private.h"
#include "web/api_schemas.h"

#include "base/banned.h"

#define END { .name = NULL }
#define PAGING \
	{ "limit", OF_LIMIT, false, "items of a page at most; 100 when not given" }, { "after", OF_CURSOR, false, "the next of the page before" }, END

static const struct api_field status_query[] = {
	{ "findings", OF_FLAG, false, "also how many findings there are of each status, for which all of them are read" },
	END,
};

static const struct api_field account_query[] = {
	{ "state", OF_TEXT, false, "only accounts of this state, e.g. ACTIVE" },
	{ "in_scope", OF_FLAG, false, "only accounts in scope, or only the others" },
	PAGING,
};

static const struct api_field cell_query[] = {
	{ "account", OF_ACCOUNT, false, "only this account" },
	{ "region", OF_REGION, false, "only this region, or global" },
	{ "baseline", OF_BASELINE, false, "only this baseline" },
	{ "status", OF_STATUS, false, "only cells of this status" },
	PAGING,
};

static const struct api_field finding_query[] = {
	{ "account", OF_ACCOUNT, false, "only this account" },
	{ "region", OF_REGION, false, "only resources of this region, or global" },
	{ "baseline", OF_BASELINE, false, "only this baseline" },
	{ "status", OF_STATUS, false, "only findings of this status" },
	{ "severity", JSON({"type": "string", "enum": ["informational", "low", "medium", "high", "critical"]}), false, "only findings of this severity" },
	PAGING,
};

static const struct api_field change_query[] = {
	{ "account", OF_ACCOUNT, false, "only this account" },
	{ "region", OF_REGION, false, "only this region, or global" },
	{ "baseline", OF_BASELINE, false, "only this baseline" },
	{ "state", JSON({"type": "string", "enum": ["planned", "intent", "applied", "verified", "failed", "rolled_back"]}), false, "only changes in this state" },
	{ "kind", JSON({"type": "string", "enum": ["remedy", "rollback"]}), false, "only remedies, or only what undid one" },
	{ "run", OF_RUN, false, "only changes of this run" },
	{ "since", OF_TIME, false, "only changes whose state is of this time or later" },
	{ "full", OF_FLAG, false, "each with its images, calls and history; a page may have fewer of them" },
	PAGING,
};

static const struct api_field page_query[] = { PAGING };

static const struct api_field approval_query[] = {
	{ "all", OF_FLAG, false, "also those that were denied, made, void or have expired" },
	PAGING,
};

static const struct api_field exception_query[] = {
	{ "state", JSON({"type": "string", "enum": ["in_force", "expired", "ended"]}), false, "only those in this state" },
	PAGING,
};

static const struct api_field signal_query[] = {
	{ "account", OF_ACCOUNT, false, "only signals about this account" },
	{ "source", OF_TEXT, false, "only signals of this source, e.g. guardduty" },
	{ "outcome", OF_TEXT, false, "only signals with this outcome" },
	{ "limit", OF_LIMIT, false, "at most so many; 100 when not given" },
	END,
};

static const struct api_field rollback_body[] = {
	{ "force", OF_FLAG, false, "undo also where the resource has changed since; takes the role admin" },
	{ "reason", OF_TEXT, false, "why; is recorded" },
	END,
};

static const struct api_field run_rollback_body[] = {
	{ "accounts", OF_ACCOUNTS, false, "only changes in these accounts" },
	{ "since", OF_TIME, false, "only changes of this time or later" },
	{ "force", OF_FLAG, false, "undo also where a resource has changed since" },
	{ "reason", OF_TEXT, false, "why; is recorded" },
	END,
};

static const struct api_field account_rollback_body[] = {
	{ "accounts", OF_ACCOUNTS, true, "the accounts whose changes are undone" },
	{ "since", OF_TIME, true, "from when on" },
	{ "force", OF_FLAG, false, "undo also where a resource has changed since" },
	{ "reason", OF_TEXT, false, "why; is recorded" },
	END,
};

static const struct api_field note_body[] = {
	{ "note", OF_TEXT, false, "why: kept with the answer and in the audit log" },
	END,
};

static const struct api_field exception_body[] = {
	{ "account", OF_TEXT, false, "12 digits, or * for every account" },
	{ "ou", OF_TEXT, false, "accounts below this OU, by id or path" },
	{ "tag", OF_TEXT, false, "accounts with this tag, KEY or KEY=VALUE" },
	{ "region", OF_TEXT, false, "only this region; * for all" },
	{ "baseline", OF_TEXT, true, "the baseline that it is an exception of" },
	{ "resource", OF_TEXT, false, "only this resource; * and ? match any characters and any one" },
	{ "reason", OF_TEXT, true, "why" },
	{ "owner", OF_TEXT, true, "who answers for it" },
	{ "ticket", OF_TEXT, false, "where it was decided" },
	{ "expires", OF_TEXT, true, "when it ends: a date (to its end, in UTC) or an RFC 3339 time" },
	END,
};

static const struct api_field pause_body[] = {
	{ "account", OF_ACCOUNT, false, "only changes in this account" },
	{ "baseline", OF_BASELINE, false, "only changes of this baseline" },
	{ "reason", OF_TEXT, false, "why; is recorded" },
	END,
};

const struct api_route api_routes[] = {
	/* For probes and scrapes; nothing of the organization is told. */
	{ .method = "GET", .path = "/healthz", .id = "getHealth", .role = API_PUBLIC, .summary = "Whether the process answers", .handle = api_health },
	{ .method = "GET", .path = "/readyz", .id = "getReadiness", .role = API_PUBLIC, .summary = "Whether the process is ready to work (503: not yet, and why)",
	  .handle = api_readiness },
	{ .method = "GET", .path = "/metrics", .id = "getMetrics", .role = API_VIEWER, .summary = "Metrics, in Prometheus' text form", .handle = api_metrics },
	{ .method = "GET", .path = "/openapi.json", .id = "getOpenapi", .role = API_PUBLIC, .summary = "This document", .answer = JSON({"type": "object"}),
	  .handle = api_openapi },

	{ .method = "GET", .path = "/api/v1/status", .id = "getStatus", .role = API_VIEWER, .summary = "How the process and what it knows are doing",
	  .query = status_query, .answer = STATUS_ANSWER, .handle = api_status },
	{ .method = "GET", .path = "/api/v1/accounts", .id = "listAccounts", .role = API_VIEWER, .summary = "The accounts of the last walk, in the order of their ids",
	  .query = account_query, .answer = PAGE("accounts", ACCOUNT), .handle = api_list_accounts },
	{ .method = "GET", .path = "/api/v1/accounts/{id}", .parameter = OF_ACCOUNT, .id = "getAccount", .role = API_VIEWER,
	  .summary = "One account", .answer = ONE("account", ACCOUNT), .handle = api_get_account },
	{ .method = "GET", .path = "/api/v1/cells", .id = "listCells", .role = API_VIEWER,
	  .summary = "The latest status of each cell: account, region and baseline", .query = cell_query, .answer = PAGE("cells", CELL), .handle = api_list_cells },
	{ .method = "GET", .path = "/api/v1/findings", .id = "listFindings", .role = API_VIEWER, .summary = "The latest finding of each resource",
	  .query = finding_query, .answer = PAGE("findings", FINDING), .handle = api_list_findings },
	{ .method = "GET", .path = "/api/v1/findings/ocsf", .id = "exportFindings", .role = API_VIEWER,
	  .summary = "The same as OCSF 1.6 Compliance Findings (class 2003), for other tools", .query = finding_query,
	  .answer = PAGE("findings", JSON({"type": "object", "required": ["class_uid", "type_uid", "time", "severity_id", "metadata", "finding_info", "compliance"],
	                                   "additionalProperties": true})),
	  .handle = api_export_findings },

	{ .method = "GET", .path = "/api/v1/changes", .id = "listChanges", .role = API_VIEWER, .summary = "The journal of changes, the newest first",
	  .query = change_query, .answer = PAGE("changes", CHANGE_ROW), .handle = api_list_changes },
	{ .method = "GET", .path = "/api/v1/changes/{id}", .parameter = OF_CHANGE, .id = "getChange", .role = API_VIEWER,
	  .summary = "One change, with its images and calls", .answer = ONE("change", CHANGE), .handle = api_get_change },
	{ .method = "POST", .path = "/api/v1/changes/{id}/rollback", .parameter = OF_CHANGE, .id = "rollbackChange", .role = API_RESPONDER,
	  .summary = "Undo one change", .body = rollback_body, .answer = ONE("result", DOCUMENT), .handle = api_rollback_change },
	{ .method = "POST", .path = "/api/v1/rollback", .id = "rollbackAccounts", .role = API_ADMIN, .summary = "Undo the changes of accounts since a time",
	  .body = account_rollback_body, .answer = ONE("result", DOCUMENT), .handle = api_rollback_changes },

	{ .method = "GET", .path = "/api/v1/runs", .id = "listRuns", .role = API_VIEWER, .summary = "The runs, the newest first", .query = page_query,
	  .answer = PAGE("runs", RUN), .handle = api_list_runs },
	{ .method = "GET", .path = "/api/v1/runs/{id}", .parameter = OF_RUN, .id = "getRun", .role = API_VIEWER,
	  .summary = "One run with its totals", .answer = ONE("run", RUN), .handle = api_get_run },
	{ .method = "POST", .path = "/api/v1/runs/{id}/rollback", .parameter = OF_RUN, .id = "rollbackRun", .role = API_ADMIN,
	  .summary = "Undo the changes of a run, the newest first",
	  .body = run_rollback_body, .answer = ONE("result", DOCUMENT), .handle = api_rollback_run },

	{ .method = "GET", .path = "/api/v1/approvals", .id = "listApprovals", .role = API_VIEWER, .summary = "What waits for a person, the oldest first",
	  .query = approval_query, .answer = PAGE("approvals", APPROVAL), .handle = api_list_approvals },
	{ .method = "GET", .path = "/api/v1/approvals/{id}", .parameter = OF_APPROVAL, .id = "getApproval", .role = API_VIEWER,
	  .summary = "One request: what would happen, to what and why. The id may be cut short", .answer = ONE("approval", APPROVAL), .handle = api_get_approval },
	{ .method = "POST", .path = "/api/v1/approvals/{id}/approve", .parameter = OF_APPROVAL, .id = "approveRequest", .role = API_RESPONDER,
	  .summary = "Approve; when enough have, the change is made at once", .body = note_body, .answer = ANSWERED, .handle = api_approve },
	{ .method = "POST", .path = "/api/v1/approvals/{id}/deny", .parameter = OF_APPROVAL, .id = "denyRequest", .role = API_RESPONDER,
	  .summary = "Deny: one denial denies", .body = note_body, .answer = ANSWERED, .handle = api_deny },

	{ .method = "GET", .path = "/api/v1/exceptions", .id = "listExceptions", .role = API_VIEWER, .summary = "What is exempt, why and until when",
	  .query = exception_query, .answer = PAGE("exceptions", EXCEPTION), .handle = api_list_exceptions },
	{ .method = "POST", .path = "/api/v1/exceptions", .id = "addException", .role = API_ADMIN, .summary = "Add an exception", .body = exception_body,
	  .answer = ONE("exception", EXCEPTION), .handle = api_add_exception },
	{ .method = "DELETE", .path = "/api/v1/exceptions/{id}", .parameter = OF_EXCEPTION, .id = "endException", .role = API_ADMIN,
	  .summary = "End an exception that was added, now", .answer = ONE("exception", EXCEPTION), .handle = api_end_exception },

	{ .method = "GET", .path = "/api/v1/pauses", .id = "listPauses", .role = API_VIEWER, .summary = "Where no change is made", .answer = ONE("pauses", PAUSES),
	  .handle = api_list_pauses },
	{ .method = "POST", .path = "/api/v1/pauses", .id = "pause", .role = API_RESPONDER,
	  .summary = "The kill switch: make no more changes, of an account, of a baseline, or at all", .body = pause_body, .answer = PAUSED, .urgent = true,
	  .handle = api_pause },
	{ .method = "POST", .path = "/api/v1/pauses/record", .id = "recordPauses", .role = API_RESPONDER,
	  .summary = "Look at the file of pauses now, and record in the audit log what is new", .answer = PAUSED, .handle = api_record_pauses },
	{ .method = "POST", .path = "/api/v1/resume", .id = "resume", .role = API_ADMIN, .summary = "End the pauses of just this scope", .body = pause_body,
	  .answer = PAUSED, .may_miss = true, .handle = api_resume },
	{ .method = "POST", .path = "/api/v1/sweep", .id = "sweepNow", .role = API_ADMIN, .summary = "Begin a sweep now (202: begun, or under way)",
	  .answer = ONE("accepted", JSON({"type": "boolean"})), .status = 202, .handle = api_sweep },

	{ .method = "GET", .path = "/api/v1/signals", .id = "listSignals", .role = API_VIEWER, .summary = "The latest signals and what came of them, the newest first",
	  .query = signal_query, .answer = SIGNALS, .handle = api_list_signals },
	{ .method = "POST", .path = "/api/v1/signals", .id = "putSignals", .role = API_INGEST,
	  .summary = "Hand in findings or events, as the event queue takes them (ASFF, OCSF, EventBridge); responders and admins may too", .any_body = true,
	  .answer = SIGNAL_OUTCOMES, .handle = api_put_signals },
	{ .method = NULL },
};
