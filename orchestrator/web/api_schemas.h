/*
 * Private to the table of routes: JSON Schemas (draft 2020-12, as OpenAPI 3.1 has it), written as JSON and kept as text.
 * Answers may get further keys; readers pass over those that they don't know.
 */
#ifndef REEVE_WEB_API_SCHEMAS_H
#define REEVE_WEB_API_SCHEMAS_H

#define JSON(...) #__VA_ARGS__

/* --- the forms of parameters and keys --- */

/* A pattern is for the reader: the handlers refuse what does not fit it, in words of their own (api_check_id). */
#define OF_ACCOUNT JSON({"type": "string", "minLength": 12, "maxLength": 12, "pattern": "^[0-9]{12}$"})
#define OF_REGION JSON({"type": "string", "minLength": 1, "maxLength": 32, "pattern": "^[a-z0-9-]{1,32}$"})
#define OF_BASELINE JSON({"type": "string", "minLength": 1, "maxLength": 96, "pattern": "^[a-z0-9.-]{1,96}$"})
#define OF_CHANGE JSON({"type": "string", "pattern": "^c-[0-9a-f]{16}$"})
#define OF_RUN JSON({"type": "string", "minLength": 1, "maxLength": 39, "pattern": "^[0-9a-fTZ.-]{1,39}$"})
#define OF_APPROVAL JSON({"type": "string", "pattern": "^(a-)?[0-9a-f]{1,12}$"})
#define OF_EXCEPTION JSON({"type": "string", "pattern": "^x-[0-9a-f]{16}$"})
#define OF_TIME JSON({"type": "string", "format": "date-time", "minLength": 20, "maxLength": 40})
#define OF_TEXT JSON({"type": "string", "maxLength": 1024})
#define OF_FLAG JSON({"type": "boolean"})
#define OF_LIMIT JSON({"type": "integer", "minimum": 1, "maximum": 1000})
#define OF_CURSOR JSON({"type": "string", "maxLength": 1100})
#define OF_ACCOUNTS JSON({"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "string", "pattern": "^[0-9]{12}$"}})
#define OF_STATUS JSON({"type": "string", "enum": ["unknown", "drifted", "awaiting_approval", "alerted", "managed_centrally", "remediated", \
	"exempt", "compliant", "not_applicable"]})

/* --- parts of answers --- */

#define TEXT JSON({"type": "string"})
#define TEXT_OR_NULL JSON({"type": ["string", "null"]})
#define CAUSE JSON({"type": ["object", "null"], "properties": {"code": {"type": "string"}, "message": {"type": "string"}}})

/* {NAME: [ITEM...], "next": …} */
#define PAGE(name, item) "{\"type\": \"object\", \"required\": [\"" name "\", \"next\"], \"properties\": {\"" name \
	"\": {\"type\": \"array\", \"maxItems\": 1000, \"items\": " item "}, \"next\": {\"type\": [\"string\", \"null\"], " \
	"\"description\": \"the after of the next page; null at the end\"}}}"
/* {NAME: VALUE} */
#define ONE(name, value) "{\"type\": \"object\", \"required\": [\"" name "\"], \"properties\": {\"" name "\": " value "}}"

#define ACCOUNT JSON({"type": "object", "required": ["id", "name", "state", "path", "in_scope", "regions"], "properties": { \
	"id": {"type": "string"}, "name": {"type": "string"}, "state": {"type": "string"}, "path": {"type": "string"}, \
	"units": {"type": "array", "items": {"type": "object"}}, "tags": {"type": ["object", "null"]}, "in_scope": {"type": "boolean"}, \
	"regions": {"type": ["array", "null"], "items": {"type": "string"}}}})

#define CELL JSON({"type": "object", "required": ["account", "region", "baseline", "status", "findings", "observed_at", "run"], "properties": { \
	"account": {"type": "string"}, "region": {"type": "string"}, "baseline": {"type": "string"}, "status": {"type": "string"}, \
	"findings": {"type": "integer"}, "observed_at": {"type": ["string", "null"]}, "run": {"type": ["string", "null"]}}})

#define FINDING_KEYS \
	"account": {"type": "string"}, "account_name": {"type": ["string", "null"]}, "region": {"type": "string"}, "baseline": {"type": "string"}, \
	"resource": {"type": "string"}, "status": {"type": "string"}, "severity": {"type": "string"}, "tier": {"type": "string"}, "observed": {}, \
	"desired": {}, "change": {"type": ["string", "null"]}, "cause": {"type": ["object", "null"]}, "observed_at": {"type": "string"}, \
	"run": {"type": "string"}, "decided_by": {"type": ["string", "object", "null"], "description": "what gave the baseline its tier there"}, \
	"request_ids": {"type": ["array", "object", "null"], "description": "of the calls that changed something"}
#define EXPANDED(...) JSON(__VA_ARGS__)
#define FINDING EXPANDED({"type": "object", "required": ["account", "region", "baseline", "resource", "status"], "properties": {FINDING_KEYS}})
#define FINDING_OR_NULL EXPANDED({"type": ["object", "null"], "properties": {FINDING_KEYS}})

#define CHANGE_KEYS \
	"id": {"type": "string"}, "kind": {"type": ["string", "null"], "description": "remedy or rollback"}, "of": {"type": ["string", "null"]}, \
	"run": {"type": ["string", "null"]}, "account": {"type": ["string", "null"]}, "account_name": {"type": ["string", "null"]}, \
	"region": {"type": ["string", "null"]}, "baseline": {"type": ["string", "null"]}, "resource": {"type": ["string", "null"]}, \
	"tier": {"type": ["string", "null"]}, "decided_by": {"type": ["string", "object", "null"]}, \
	"state": {"type": ["string", "null"], "description": "planned, intent, applied, verified, failed or rolled_back"}, \
	"at": {"type": ["string", "null"]}, "cause": {"type": ["object", "null"]}, \
	"cell_region": {"type": ["string", "null"], "description": "that of its cell: global where the resource has a region and its baseline not"}, \
	"wave": {"type": ["integer", "null"], "description": "of the rollout, from 0"}
#define CHANGE_PARTS "hash": {"type": "string"}, "before": {}, "after": {}, "result": {}, "calls": {"type": "array"}, "history": {"type": "array"}, \
	"settings": {"description": "of the baseline there"}
#define CHANGE_ROW EXPANDED({"type": "object", "required": ["id", "state", "at"], "properties": {CHANGE_KEYS, CHANGE_PARTS}})
#define CHANGE EXPANDED({"type": "object", "required": ["id"], "properties": {CHANGE_KEYS, CHANGE_PARTS}})

#define RUN JSON({"type": "object", "required": ["id", "kind", "state"], "properties": { \
	"id": {"type": "string"}, "kind": {"type": "string"}, "state": {"type": "string"}, "started": {"type": "string"}, \
	"finished": {"type": ["string", "null"]}, "cells": {"type": "object"}, "changes": {"type": "integer"}, \
	"accounts_in_scope": {"type": "integer"}, "accounts_inactive": {"type": "integer"}, "selection": {"type": "object"}, \
	"generation": {"type": "string", "description": "of the configuration: runs of one generation wanted the same"}, "halt": {"type": "object"}}})

#define APPROVAL JSON({"type": "object", "required": ["id", "state"], "properties": { \
	"id": {"type": "string"}, "hash": {"type": "string"}, "round": {"type": "integer", "description": "how often it was asked for before"}, \
	"state": {"type": "string"}, "cause": {"type": ["string", "null"], "description": "of the state unreadable"}, "change": {"type": "object"}, "reason": {"type": ["string", "null"]}, \
	"requested_at": {"type": "string"}, "expires_at": {"type": "string"}, "requester": {"type": "object"}, "required": {"type": "integer"}, \
	"approvers": {"type": "array"}, "four_eyes": {"type": "boolean"}, "answers": {"type": "array"}, "made": {"type": ["string", "null"]}, \
	"history": {"type": "array"}}})

#define EXCEPTION JSON({"type": "object", "required": ["id", "source", "baseline", "reason", "owner", "expires"], "properties": { \
	"id": {"type": "string"}, "source": {"type": "string"}, "state": {"type": "string"}, "days_left": {"type": ["integer", "null"]}, \
	"account": {"type": ["string", "null"]}, "ou": {"type": ["string", "null"]}, "tag": {"type": ["string", "null"]}, \
	"region": {"type": ["string", "null"]}, "baseline": {"type": "string"}, "resource": {"type": ["string", "null"]}, "reason": {"type": "string"}, \
	"owner": {"type": "string"}, "ticket": {"type": ["string", "null"]}, "expires": {"type": "string"}, "added": {"type": ["string", "null"]}, \
	"by": {"type": ["string", "null"]}, "ended": {"type": ["object", "null"]}}})

#define PAUSES JSON({"type": "array", "items": {"type": "object", "required": ["scope", "by", "at"], "properties": { \
	"scope": {"type": "string"}, "account": {"type": ["string", "null"]}, "baseline": {"type": ["string", "null"]}, "by": {"type": "string"}, \
	"uid": {"type": "integer", "description": "of the system user whose process wrote it"}, "at": {"type": "string"}, "reason": {"type": ["string", "null"]}}}})

/* The document of a run; the command line's is the same. */
#define DOCUMENT_KEYS "run": {"type": "object"}, "organization": {"type": "object"}, "cells": {"type": "object"}, "findings": {"type": "array"}
#define DOCUMENT EXPANDED({"type": "object", "required": ["run", "cells", "findings"], "properties": {DOCUMENT_KEYS}})
#define DOCUMENT_OR_NULL EXPANDED({"type": ["object", "null"], "properties": {DOCUMENT_KEYS}})

/* --- whole answers that are neither a page nor one thing --- */

#define STATUS_ANSWER "{\"type\": \"object\", \"required\": [\"daemon\", \"ready\", \"pauses\", \"runs\"], \"properties\": {" \
	"\"daemon\": {\"type\": \"object\"}, \"ready\": {\"type\": \"boolean\"}, \"not_ready\": " TEXT_OR_NULL ", \"pauses\": " PAUSES \
	", \"pauses_unreadable\": " TEXT_OR_NULL ", \"notifications\": {\"type\": \"object\"}, \"findings\": {\"type\": \"object\", \"additionalProperties\": {\"type\": \"integer\"}}, \"audit_copy\": {\"type\": [\"object\", \"null\"]}, " \
	"\"accounts\": {\"type\": \"integer\"}, \"cells\": {\"type\": [\"object\", \"null\"]}, \"runs\": {\"type\": \"array\", \"items\": " RUN "}}}"

#define ANSWERED "{\"type\": \"object\", \"required\": [\"approval\", \"person\", \"outcome\", \"cause\", \"finding\", \"result\"], \"properties\": {" \
	"\"approval\": " APPROVAL ", \"person\": {\"type\": \"object\", \"required\": [\"name\", \"via\"]}, \"outcome\": {\"enum\": [null, \"verified\", " \
	"\"moved\", \"not needed\", \"held\", \"failed\", \"unknown\"], \"description\": \"what came of the change; null: it was not to be made yet\"}, " \
	"\"cause\": " CAUSE ", \"finding\": " FINDING_OR_NULL ", \"result\": " DOCUMENT_OR_NULL "}}"

#define PAUSED "{\"type\": \"object\", \"required\": [\"pauses\", \"recorded\"], \"properties\": {\"pauses\": " PAUSES \
	", \"resumed\": {\"type\": \"array\"}, \"recorded\": {\"type\": \"boolean\"}}}"

#define SIGNAL_KEYS \
	"identity": {"type": "string", "description": "of the event itself: the same for its copies"}, "at": {"type": "string"}, "source": {"type": "string"}, \
	"type": {"type": ["string", "null"]}, "account": {"type": ["string", "null"]}, "region": {"type": ["string", "null"]}, \
	"resource": {"type": ["string", "null"]}, "severity": {"type": ["integer", "null"], "description": "0 (informational) to 4 (critical); -1: not told"}, \
	"title": {"type": ["string", "null"]}, "outcome": {"type": "string"}, "rule": {"type": ["string", "null"]}, "why": {"type": ["string", "null"]}, "run": {"type": ["string", "null"]}, \
	"changes": {"type": ["integer", "null"]}, "message": {"type": ["string", "null"], "description": "the id that the queue gave it"}, \
	"by": {"type": ["string", "null"], "description": "who handed it in, where it did not come from the queue"}, \
	"code": {"type": "string", "description": "why it was refused"}, "bytes": {"type": "integer", "description": "of what was refused"}
#define SIGNAL_OUTCOMES EXPANDED({"type": "object", "required": ["signals", "put_off"], "properties": { \
	"signals": {"type": "array", "items": {"type": "object", "properties": {SIGNAL_KEYS}}}, \
	"put_off": {"type": "boolean", "description": "true: not all of it could be done; hand it in again later"}}})

#define SIGNALS EXPANDED({"type": "object", "required": ["signals", "complete"], "properties": { \
	"signals": {"type": "array", "maxItems": 1000, "items": {"type": "object", "properties": {SIGNAL_KEYS}}}, \
	"complete": {"type": "boolean", "description": "false: there are more than could be looked through"}}})

#endif
