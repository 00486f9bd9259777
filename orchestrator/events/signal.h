/*
 * A signal: one security event, normalized. Whatever service it comes from and however it is
 * wrapped, it says what happened, to which resource of which account and region, when, how bad, and
 * who did it where that is told.
 *
 * A body is an EventBridge event (also of the older CloudWatch Events form, and one that an SNS
 * topic wrapped), or a finding without an envelope: GuardDuty's, ASFF (one, a list, or {"Findings":
 * […]}), OCSF (the same), a CloudTrail record, a Config notification. It comes from outside and is
 * trusted in nothing: its size, depth, count and strings are bounded, and what can't be decoded is
 * refused with a reason that is safe to print.
 *
 * The account and region are those that the finding is about, not those of the envelope: a
 * delegated administrator or an aggregation region tells of others.
 */
#ifndef REEVE_EVENTS_SIGNAL_H
#define REEVE_EVENTS_SIGNAL_H

#include "base/compiler.h"
#include "base/err.h"
#include "config/trigger.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNAL_MAX_BODY_BYTES (1024 * 1024) /* the most that SQS carries */
#define SIGNAL_MAX_COUNT 100 /* findings in one body: what BatchImportFindings takes at most */

const char *signal_source_name(enum signal_source source); /* "guardduty", "security-hub", ... */

/* What is to be done about it, as far as the event itself says. */
enum signal_state {
	SIGNAL_OPEN,        /* something is, or may be, wrong */
	SIGNAL_CLOSED,      /* the finding says that it is over: passed, resolved, archived, suppressed,
						   deleted */
	SIGNAL_FAILED_CALL, /* a CloudTrail call that was refused and changed nothing */
};

/* An account's life. */
enum signal_account_change {
	SIGNAL_NO_ACCOUNT_CHANGE,
	SIGNAL_ACCOUNT_NEW,    /* created, invited and joined, or enrolled */
	SIGNAL_ACCOUNT_MOVED,  /* another OU; also where its tags or its policies changed */
	SIGNAL_ACCOUNT_CLOSED, /* closed, suspended, removed or left */
};

/* Who did it, where the event carries an identity (CloudTrail's userIdentity). Each may be NULL. */
struct signal_actor {
	char *type; /* "Root", "IAMUser", "AssumedRole", "AWSService", ... */
	char *arn;
	char *role; /* name of the role, of an assumed one, without its path */
	char *session_name;
	char *source_identity;
};

struct signal {
	enum signal_source source;
	enum signal_state state;
	enum signal_account_change account_change;
	char *type; /* finding type, event name, control id ("S3.1"), Config rule, or an item's resource
				   type, ...; never NULL */
	char *service; /* CloudTrail: "s3.amazonaws.com"; else NULL */
	char *account; /* 12 digits; NULL: the event names none */
	char *region; /* a region, or NULL: none is named, or the thing is global (IAM, Organizations, a
					 sign-in, ...) */
	char *resource;      /* ARN, name or id; NULL: none */
	char *resource_type; /* "AwsS3Bucket", "AWS::S3::Bucket", ...; NULL */
	int severity;        /* 0 (informational) to 4 (critical), as `enum severity`; -1: not told */
	char *title;         /* one line for people; NULL */
	int64_t time_ms;     /* when it happened, or was last updated; 0: not told */
	/* What this is a copy of: the same for the copies of one state of one finding that arrive by
	 * the member's account, the administrator's, other regions and aggregation; another as soon as
	 * the finding is updated. Never NULL. */
	char *identity;
	char *event_id; /* the envelope's, or CloudTrail's eventID; NULL */
	/* To update the finding that triggered a fix in Security Hub; NULL where it is none. */
	char *finding_id, *product_arn;
	char *metadata_uid; /* OCSF: metadata.uid, for Security Hub v2 */
	char *request_id;   /* CloudTrail: of the call; NULL */
	struct signal_actor actor;
	/* The event in EventBridge's form, for patterns: what came, or what came in an envelope made
	 * for it
	 * ("source", "detail-type", "account", "region", "time", "detail"). One finding in
	 * "detail.findings" where the envelope had several. Never NULL. */
	json_t *event;
};

struct signal_list {
	struct signal *signals;
	size_t count;
};

/* Decodes one body. -1 (ERR_PROTOCOL, or ERR_LIMIT for what passes a bound): nothing of it can be
 * used; err->code is a word for counting (NotJson, TooLarge, TooDeep, NotAnEvent, MissingField,
 * WrongType, TooManyFindings, ...), and the message says which field of what. Text from the body in
 * it is shortened and escaped. */
int signals_decode(const char *body, size_t length, struct signal_list *out, struct err *err)
	MUST_CHECK;
void signals_release(struct signal_list *list); /* of one that is zeroed, or was decoded */

/* {"source", "type", "service", "account", "region", "resource", "resource_type", "severity",
 * "title", "time", "state", "identity", "event_id", "account_change", "actor": {...}}, for people
 * and for records; null where the event doesn't tell. A new reference. */
json_t *signal_to_json(const struct signal *signal);

#endif
