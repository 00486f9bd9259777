/*
 * Shared by the files of the event queue:
 *
 * - queue.c starts, stops and drains the queue.
 * - entries.c keeps the messages that are held or wait in an outbox, and has the taker's calls.
 * - receive.c has the receivers, which poll and hand messages over.
 * - workers.c has the workers, which send batches of deletions, releases and renewals when due.
 * - batch_answer.c finds the result of each message in the answer to a batch.
 * - url.c reads the region and the ARN from a queue's URL.
 *
 * An entry is one message. It is held from its receipt until its taker gives it back, and is then
 * in the outbox until the call that ends it is made. Fibers that wait for a call keep the entry by
 * counting.
 */
#ifndef REEVE_EVENTS_QUEUE_INTERNAL_H
#define REEVE_EVENTS_QUEUE_INTERNAL_H

#include "base/json.h"
#include "base/mem.h"
#include "events/queue/queue.h"
#include "io/fiber.h"

#undef uthash_malloc
#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

enum {
	QUEUE_BATCH = 10,                 /* messages in one call; SQS's limit */
	QUEUE_WAIT_SECONDS = 20,          /* duration of a long poll; SQS's limit */
	QUEUE_MAX_HIDDEN_SECONDS = 43200, /* how long a message may stay invisible after its receipt;
										 SQS's limit */
	QUEUE_HIDDEN_MARGIN_SECONDS = 60, /* tolerance, since SQS's clock decides about that limit */
	QUEUE_LINGER_MS = 200,            /* how long the first message of a batch waits for others */
	QUEUE_BACKOFF_MS = 1000,          /* after the first failure; doubles with each one more */
	QUEUE_BACKOFF_MAX_MS = 60000,
	QUEUE_MAX_TRIES = 8,     /* of a deletion or release; after that the message becomes visible by
								itself */
	QUEUE_MAX_OUTBOX = 1000, /* with so many deletions waiting nothing more is received */
	QUEUE_TICK_MS = 5000,    /* the longest interval at which the age in the metrics is updated */
	QUEUE_MAX_RECEIVERS = 64,
	QUEUE_MAX_URL_BYTES = 2048,
};

enum queue_place { QUEUE_HELD, QUEUE_DELETING, QUEUE_RELEASING, QUEUE_GONE };

struct queue_entry {
	struct queue_message message; /* must be first: the taker's pointer is converted back */
	enum queue_place place;
	int references;
	json_t *id, *receipt, *body;
	struct queue_entry *previous, *next; /* links in its list */
	UT_hash_handle hh;                   /* among those held, by id */
	/* While it is held: when its visibility is renewed next; INT64_MAX: never again. */
	int64_t renew_us;
	bool renewing; /* a renewal is under way; a release must not be sent before it has ended */
	/* While it is in an outbox: */
	int64_t due_us;        /* when it is sent, even as the only message of its call */
	int64_t not_before_us; /* the earliest time of the next try after a failure */
	int tries;
	int seconds; /* visibility timeout in seconds of a release, or of the renewal under way */
};

struct queue_list {
	struct queue_entry *first, *last;
	size_t count;
};

struct queue_receiver {
	struct queue *queue;
	struct fiber_ref fiber;
	struct fiber_ticket room; /* for its wait until there is room */
	bool waits_for_room, taking;
	int reserved; /* how many messages its poll may return */
	int most;     /* how many messages it asks for; fewer after a response that was too large */
	int failures; /* in a row */
	int quick_empties; /* how many responses in a row came early and without a message */
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
	struct queue_options options; /* with its own copies of the texts */
	struct aws_reader reader;
	struct aws_writer writer;
	char *region;
	struct queue_list held, deleting, releasing;
	struct queue_entry *by_id; /* the messages that are held */
	size_t outbox_count;       /* messages in the two outboxes and in their batches under way */
	int reserved;
	struct queue_receiver *receivers;
	struct queue_worker *workers;
	int worker_count, receivers_running, workers_running;
	struct fiber_group fibers;
	struct fiber_ticket drainer;
	bool stopping, draining, ended, orphaned;
	enum queue_state state;
	int failures;        /* failed receives in a row, of all receivers */
	bool outbox_failing; /* the failure was logged */
	int64_t backoff_ms;  /* QUEUE_BACKOFF_MS; shorter in tests */
	uint64_t random;
	struct queue_stats stats; /* only its counters are used */
};

/* --- batch_answer.c --- */

/* The messages of one call. */
struct queue_batch {
	enum queue_place kind; /* QUEUE_HELD: a renewal */
	struct queue_entry *entries[QUEUE_BATCH];
	size_t count;
	int64_t begun_us;
};

#endif
