/*
 * CloudTrail's records of management events that changed something. The last ones are in a ring,
 * which LookupEvents reads. With --trail-events each also goes into the event queue, in the
 * envelope that EventBridge puts around it. Texts named JSON are put into the event as they are.
 */
#ifndef SIM_TRAIL_H
#define SIM_TRAIL_H

#include <time.h>

#include "call.h"

#define TRAIL_RING 16384
#define TRAIL_RESOURCES 2

struct trail_resource {
	const char *type, *name; /* "AWS::S3::Bucket"; type NULL: none */
};

struct trail_event {
	const struct account *account; /* the account whose trail has it */
	const char *region;
	const char *service, *name; /* "s3", "PutBucketEncryption": with static storage */
	const char *identity;       /* userIdentity, JSON */
	const char *user, *key;     /* the caller's name and access key id; NULL: none */
	const char *address, *agent;
	const char *parameters, *response; /* JSON; NULL: null */
	const char *request_id;
	/* serviceEventDetails, JSON: an event of the service itself, not a call; else NULL */
	const char *details;
	struct trail_resource resources[TRAIL_RESOURCES];
};

/* Adds an event to the ring and, when published, to the queue. */
void trail_record(const struct trail_event *event, bool publish);
/* Records a call that has taken effect. */
void trail_call(struct call *call);
/* Puts an event of another source into the queue; detail is JSON, resource may be NULL. */
void trail_publish(const char *type, const char *source, const char *account, const char *region,
	time_t at, const char *resource, const char *detail);

struct trail_row {
	const struct account *account;
	const char *service, *name;
	char *region, *user, *key, *text; /* text: the event, JSON */
	char *types[TRAIL_RESOURCES], *names[TRAIL_RESOURCES];
	char id[37];
	time_t at;
	int64_t shown; /* when LookupEvents begins to show it, monotonic */
};

/* Returns the number of the newest row, from 1, or 0 when there is none. */
uint64_t trail_newest(void);
/* Returns a row by its number. NULL when it is no longer in the ring, or not shown yet. */
const struct trail_row *trail_row(uint64_t number);

#endif
