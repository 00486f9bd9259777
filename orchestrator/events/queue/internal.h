/*
 * What the files of the event queue share.
 *
 * queue.c         starts, stops and drains the queue
 * entries.c       the messages that are held or waiting in an outbox, and what the taker calls
 * receive.c       the receivers: they poll, and hand messages over
 * workers.c       the workers: they send batches of deletions, releases and renewals when these are
 * due batch_answer.c  what an answer to a batch means for each of its messages url.c           the
 * region and the ARN in a queue's URL; pure
 *
 * An entry is one message. It is held from its receipt until its taker gives it back, then stands
 * in the outbox until the call that ends it is made. Fibers that wait for a call keep it by
 * counting.
 */
#ifndef REEVE_EVENTS_QUEUE_INTERNAL_H
#define REEVE_EVENTS_QUEUE_INTERNAL_H

#include "base/json.h"
#include "base/mem.h"
#include "events/queue/queue.h"
#include "io/fiber.h"

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

enum {
	QUEUE_BATCH = 10,                 /* messages of one call; SQS's bound */
	QUEUE_WAIT_SECONDS = 20,          /* of a long poll; SQS's bound */
	QUEUE_MAX_HIDDEN_SECONDS = 43200, /* from its receipt; SQS's bound */
	QUEUE_HIDDEN_MARGIN_SECONDS = 60, /* the clock of that bound is SQS's */
	QUEUE_LINGER_MS = 200,            /* how long the first of a batch waits for company */
	QUEUE_BACKOFF_MS = 1000,          /* after the first failure; doubles */
	QUEUE_BACKOFF_MAX_MS = 60000,
	QUEUE_MAX_TRIES = 8,     /* of a deletion or release; then the message comes back by itself */
	QUEUE_MAX_OUTBOX = 1000, /* deletions that are not made: nothing more is received meanwhile */
	QUEUE_TICK_MS = 5000,    /* how old the age in the metrics may be */
	QUEUE_MAX_RECEIVERS = 64,
	QUEUE_MAX_URL_BYTES = 2048,
};

enum queue_place { QUEUE_HELD, QUEUE_DELETING, QUEUE_RELEASING, QUEUE_GONE };

struct queue_entry {
	struct queue_message message; /* first: the way back from the taker's pointer */
	enum queue_place place;
	int references;
	json_t *id, *receipt, *body;
	struct queue_entry *previous, *next; /* in its list */
	UT_hash_handle hh;                   /* among those held, by id */
	/* While held: when it is to be renewed next; INT64_MAX: no more. */
	int64_t renew_us;
	bool renewing; /* a renewal is under way: a release must not be overtaken by it */
	/* In the outbox. */
	int64_t due_us;        /* when it goes, even alone */
	int64_t not_before_us; /* after a failure */
	int tries;
	int seconds; /* of a release, or of the renewal under way */
};

struct queue_list {
	struct queue_entry *first, *last;
	size_t count;
};

struct queue_receiver {
	struct queue *queue;
	struct fiber_ref fiber;
	struct fiber_ticket room; /* of its wait for room */
	bool waits_for_room, taking;
	int reserved;      /* messages that its poll may bring */
	int most;          /* messages that it asks for; fewer where they were too large together */
	int failures;      /* in a row */
	int quick_empties; /* in a row: answers without a message, well before their time */
	bool running;
};

struct queue_worker {
	struct queue *queue;
	struct fiber_ref fiber;
	struct fiber_ticket idle;
	bool waits;
};

enum queue_state { QUEUE_STATE_UNKNOWN, QUEUE_STATE_UP, QUEUE_STATE_DOWN };

struct queue {
	struct loop *loop;
	struct queue_options options; /* with copies of its texts */
	struct aws_reader reader;
	struct aws_writer writer;
	char *region;
	struct queue_list held, deleting, releasing;
	struct queue_entry *by_id; /* those held */
	size_t outbox_count;       /* in the two outboxes, and in batches of theirs under way */
	int reserved;
	struct queue_receiver *receivers;
	struct queue_worker *workers;
	int worker_count, receivers_running, workers_running;
	struct fiber_group fibers;
	struct fiber_ticket drainer;
	bool stopping, draining, ended, orphaned;
	enum queue_state state;
	int failures;        /* receives in a row, of all receivers */
	bool outbox_failing; /* told */
	int64_t backoff_ms;  /* QUEUE_BACKOFF_MS; tests are less patient */
	uint64_t random;
	struct queue_stats stats; /* the counters alone */
};

/* --- entries.c --- */

void queue_list_add(struct queue_list *list, struct queue_entry *entry);
void queue_list_remove(struct queue_list *list, struct queue_entry *entry);
void queue_entry_release(struct queue_entry *entry);
/* An entry of an outbox has ended, one way or the other. */
void queue_entry_end(struct queue *queue, struct queue_entry *entry);
/* Full jitter: evenly from 0 to the bound that the failures in a row have reached. */
int64_t queue_backoff(struct queue *queue, int failures);
void queue_count(const char *outcome);
/* The gauges. */
void queue_gauge(const struct queue *queue);
/* To be called when room was made. */
void queue_wake_receivers(struct queue *queue);
/* How many more messages may be held, and how many at least are worth a poll. */
int queue_room(const struct queue *queue);
int queue_worthwhile(const struct queue *queue);
void queue_wake_worker(struct queue *queue);
/* A message was received (again) at now_us, or its visibility was extended then. */
void queue_renew_later(const struct queue *queue, struct queue_entry *entry, int64_t now_us);
/* Last in a fiber's body. */
void queue_fiber_ended(struct queue *queue);

/* --- url.c --- */

/* The region of the queue: from the host, else `region`, else `otherwise`; caller frees. -1 for a
 * URL that is none. */
int queue_url_region(const char *url, const char *region, const char *otherwise, char **out,
	struct err *err) MUST_CHECK;

/* --- receive.c --- */

MAY_YIELD void queue_receive(void *receiver); /* body of a fiber */

/* --- workers.c --- */

MAY_YIELD void queue_work(void *worker); /* body of a fiber */

/* --- batch_answer.c --- */

/* Messages of one call. */
struct queue_batch {
	enum queue_place kind; /* QUEUE_HELD: a renewal */
	struct queue_entry *entries[QUEUE_BATCH];
	size_t count;
	int64_t begun_us;
};
/* The call was answered; entries that the answer does not name have failed. */
void queue_settle(struct queue *queue, struct queue_batch *batch, const json_t *output);
/* The call failed as a whole. */
void queue_settle_failure(struct queue *queue, struct queue_batch *batch, const struct err *err);

#endif
