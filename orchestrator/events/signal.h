/*
 * A signal: one security event, normalized. Whatever service sent it and however it is wrapped, a
 * signal says what happened, to which resource of which account and region, when, how severe it
 * is, and who did it where the event says so.
 *
 * A body is an EventBridge event (also in the older form of CloudWatch Events, and wrapped by an
 * SNS topic), or a finding without an envelope: GuardDuty's, ASFF (one, a list, or {"Findings":
 * […]}), OCSF (the same), a CloudTrail record, a Config notification. It comes from outside and
 * nothing in it is trusted: its size, depth, count and strings are bounded, and a body that can't
 * be decoded is refused with a reason that is safe to print.
 *
 * The account and region are those that the finding is about, not those of the envelope: a
 * delegated administrator or an aggregation region sends findings about others.
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

/* Returns whether something has to be done, as far as the event itself says. */
enum signal_state {
	SIGNAL_OPEN,        /* something is, or may be, wrong */
	SIGNAL_CLOSED,      /* the finding says that it is over: passed, resolved, archived, suppressed,
						   deleted */
	SIGNAL_FAILED_CALL, /* a CloudTrail call that was refused and changed nothing */
};

/* What happened to the account itself. */
enum signal_account_change {
	SIGNAL_NO_ACCOUNT_CHANGE,
	SIGNAL_ACCOUNT_NEW,    /* created, invited and joined, or enrolled */
	SIGNAL_ACCOUNT_MOVED,  /* another OU; also where its tags or its policies changed */
	SIGNAL_ACCOUNT_CLOSED, /* closed, suspended, removed or left */
};

/* Who did it, where the event has an identity (CloudTrail's userIdentity). Each member may be NULL.
 */
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
	int severity;    /* 0 (informational) to 4 (critical), as `enum severity`; -1 when the event has
						none */
	char *title;     /* one line for people; NULL */
	int64_t time_ms; /* when it happened, or was last updated; 0 when the event has no time */
	/* It is the same for all copies of one state of one finding, whether they arrive through the
	 * member's account, the administrator's, another region or an aggregation region. It differs as
	 * soon as the finding is updated. Never NULL. */
	char *identity;
	char *event_id; /* the envelope's, or CloudTrail's eventID; NULL */
	/* They identify the finding that triggered a fix, so that it can be updated in Security Hub;
	 * NULL where the event is no finding. */
	char *finding_id, *product_arn;
	char *metadata_uid; /* OCSF: metadata.uid, for Security Hub v2 */
	char *request_id;   /* of the CloudTrail call; NULL */
	struct signal_actor actor;
	/* The event in EventBridge's form, for patterns: as it came, or in an envelope that was made
	 * for it ("source", "detail-type", "account", "region", "time", "detail"). Where the envelope
	 * had several findings, "detail.findings" has this one only. Never NULL. */
	json_t *event;
};

struct signal_list {
	struct signal *signals;
	size_t count;
};

/* Frees the items of a list that is zeroed or was filled by signals_decode. */
void signals_release(struct signal_list *list);

/* Returns {"source", "type", "service", "account", "region", "resource", "resource_type",
 * "severity", "title", "time", "state", "identity", "event_id", "account_change", "actor": {...}},
 * for people and for records; members that the event doesn't give are null. Returns a new
 * reference. */
json_t *signal_to_json(const struct signal *signal);
/* Sets every field to unset. */
void signal_init(struct signal *signal);

#endif
