/*
 * Inside the store's room: what its files share.
 *
 * Two threads meet here. The loop's thread queues operations and reads; the writer
 * thread owns every write transaction. Fields say which of them touches them; those
 * marked "mutex" are touched by both, under store->mutex. The handles are set at
 * open, before the writer starts, and only read afterwards.
 */
#ifndef REEVE_STORE_INTERNAL_H
#define REEVE_STORE_INTERNAL_H

#include "base/buf.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "store/store.h"

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* --- limits --- */

/* Version of what the databases hold. A store of an earlier one is migrated by its writer, and one
 * of a later one is refused. */
#define STORE_SCHEMA 2
/* The operator is warned from here on. */
#define STORE_WARN_PERCENT 80
/* So much, and a quarter of its bound, may the file be larger than what it holds. */
#define STORE_FREE_BYTES ((uint64_t)64 << 20)
/* No smaller map is tried where address space is limited. */
#define STORE_MAP_LEAST_BYTES ((size_t)128 << 20)
/* Named databases that LMDB has room for: ours, and those that a migration takes away. */
#define STORE_DATABASE_MOST (STORE_DATABASE_COUNT + 8)
/* Bytes of queued and not yet committed operations; more makes the calling fiber wait. */
#define STORE_QUEUE_BYTES ((size_t)16 << 20)
/* One transaction takes at most this much (a batch excepted). Random keys dirty one page each, and
 * LMDB keeps dirty pages in anonymous memory: 2,048 operations of it are some 8 MiB. */
#define STORE_TRANSACTION_BYTES ((size_t)4 << 20)
#define STORE_TRANSACTION_OPERATIONS 2048
/* How long the writer gathers more operations while nobody waits for a commit. */
#define STORE_LINGER_MS 20
/* Commits begin no sooner after each other than so many milliseconds as pieces of work are under
 * way (store_gather_begin), at most this. On a disk that takes longer it changes nothing. */
#define STORE_PACE_MS 25
/* The memory in which values are written is kept up to this size. */
#define STORE_TEXT_KEPT_BYTES ((size_t)256 << 10)
/* A longer value is a bug of the caller or a hostile response. */
#define STORE_VALUE_BYTES ((size_t)64 << 20)
/* Slots of readers that died are cleared this often while there are commits. */
#define STORE_READER_CHECK_MS 60000
/* A key that is cut keeps this much of itself; the rest is the SHA-256 of the whole, in hex. */
#define STORE_KEY_DIGEST_LENGTH 64
#define STORE_KEY_KEPT (sizeof(((struct store_key *)0)->bytes) - STORE_KEY_DIGEST_LENGTH)

/* --- operations --- */

enum store_op_kind { STORE_OP_PUT, STORE_OP_DELETE, STORE_OP_DELETE_PREFIX };

struct store_op {
	struct store_op *next;
	uint32_t value_length;
	uint16_t key_length;
	uint8_t kind, database;
	bool more;             /* the next operation belongs to the same batch */
	bool in_batch;         /* may not be spread over transactions */
	unsigned char bytes[]; /* the key, then the value */
};

struct store_op_list {
	struct store_op *first, *last;
	uint64_t count;
	size_t bytes;
};

/* Where the writer is, as those who may have to tell it to go on see it. */
enum store_writer_state {
	WRITER_WORKS, /* on a commit, or told to go on */
	WRITER_IDLE,  /* waits for the first operation */
	/* gathers more of them; goes on when somebody waits for a commit, or much is queued */
	WRITER_LINGERS,
	/* the same with somebody waiting, in a time of much work; goes on when a caller blocks the
	   thread, or much is queued */
	WRITER_PACES,
};

/* A fiber that waits for a commit; lives on its stack, linked only while it waits. */
struct store_waiter {
	struct fiber_ticket ticket;
	struct store_waiter *next, *previous;
};

/* What a task posted to the loop points to. It outlives the store when the task is still under way.
 */
struct store_wake {
	struct store *store; /* NULL once closed */
};

struct store {
	char *folder;
	enum store_mode mode;
	struct loop *loop;
	struct store *next_open; /* the process's list of open stores */
	dev_t device;            /* with inode and process: the same folder opened twice */
	ino_t inode;
	pid_t process;
	size_t map_bytes;
	bool map_is_fixed; /* by a test: no smaller one is tried */
	uint64_t max_bytes;
	const store_step *steps;
	int64_t test_fsync_ms;
	int lock_fd;
	MDB_env *env;
	MDB_dbi handles[STORE_DATABASE_COUNT];
	bool present[STORE_DATABASE_COUNT]; /* a reader may meet a folder that lacks a newer database */

	/* the loop's thread */
	MDB_txn *read_txn;           /* reset between reads */
	int reading;                 /* depth: a read inside store_each shares its snapshot */
	bool in_batch, batch_broken; /* broken: one of its writes was refused, so none of them lands */
	struct store_op_list batch;
	struct buf text; /* of the value that is being queued; kept for its memory */
	struct store_waiter *waiters_first, *waiters_last;
	struct store_wake *wake;
	bool told_nearly_full;

	/* mutex */
	pthread_mutex_t mutex;
	pthread_cond_t work; /* for the writer */
	pthread_cond_t done; /* for callers outside a fiber */
	struct store_op_list queue;
	uint64_t queued, committed; /* operations since open */
	size_t pending_bytes;       /* queued or taken by the writer, not yet committed */
	int waiting;                /* fibers in the waiters list */
	int waiting_for_room;       /* those, and blocked callers, that wait for room in the queue */
	int blocked;                /* callers outside a fiber */
	int gathering;              /* pieces of work under way beside each other */
	enum store_writer_state writer_state;
	bool closing, posted;
	struct err failure; /* the first cause; set before `failed`, constant afterwards */

	atomic_bool failed;
	atomic_uint_fast64_t commits, writes;
	_Atomic int64_t longest_commit_us;
	atomic_uint_fast64_t used_bytes;

	/* the writer's thread */
	pthread_t writer;
	bool writer_started;
	int64_t readers_checked_us;
	int64_t commit_began_us; /* the last one */
	uint64_t file_bytes;     /* after the last one, with free pages */
	uint64_t file_most;      /* it may not grow beyond this */
};

#endif
