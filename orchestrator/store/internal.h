/*
 * The types that the files of this room share. Two threads use them: the loop's thread queues
 * operations and reads; the writer thread owns every write transaction. The comments on fields say
 * which thread uses them; both use those marked "mutex", under store->mutex. The handles are set at
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

/* The version of the databases' content. A store of an earlier version is migrated by its
 * writer; one of a later version is refused. */
#define STORE_SCHEMA 2
/* The part of the bound, in percent, from which on the operator is warned. */
#define STORE_WARN_PERCENT 80
/* The file may be larger than its records by this many bytes and a quarter of the bound. */
#define STORE_FREE_BYTES ((uint64_t)64 << 20)
/* The smallest map that is tried where address space is limited. */
#define STORE_MAP_LEAST_BYTES ((size_t)128 << 20)
/* The most named databases that LMDB can open: those of this version, and those that a migration
 * removes. */
#define STORE_DATABASE_MOST (STORE_DATABASE_COUNT + 8)
/* Bytes of queued and not yet committed operations; more makes the calling fiber wait. */
#define STORE_QUEUE_BYTES ((size_t)16 << 20)
/* The most that one transaction takes, apart from a batch. Random keys dirty one page each, and
 * LMDB keeps dirty pages in anonymous memory: 2,048 operations take about 8 MiB. */
#define STORE_TRANSACTION_BYTES ((size_t)4 << 20)
#define STORE_TRANSACTION_OPERATIONS 2048
/* How long the writer gathers more operations while nobody waits for a commit. */
#define STORE_LINGER_MS 20
/* The longest interval between the beginnings of two commits, in ms. The interval is one
 * millisecond for each piece of work under way (store_gather_begin). A disk on which a commit
 * takes longer makes it irrelevant. */
#define STORE_PACE_MS 25
/* The buffer in which values are written keeps at most this much memory. */
#define STORE_TEXT_KEPT_BYTES ((size_t)256 << 10)
/* A longer value is a bug of the caller or a hostile response. */
#define STORE_VALUE_BYTES ((size_t)64 << 20)
/* Slots of readers that died are cleared this often while there are commits. */
#define STORE_READER_CHECK_MS 60000
/* Of a key that is too long the first STORE_KEY_KEPT bytes are kept; the SHA-256 of the whole
 * key follows, in hexadecimal digits. */
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

/* The state of the writer thread, for those who may have to signal it. */
enum store_writer_state {
	WRITER_WORKS, /* it makes a commit, or was signalled */
	WRITER_IDLE,  /* it waits for the first operation */
	/* it gathers more operations, and goes on when somebody waits for a commit or much is queued */
	WRITER_LINGERS,
	/* the same although somebody waits, since much work is under way; it goes on when a caller
	 * blocks the loop's thread or much is queued */
	WRITER_PACES,
};

/* A fiber that waits for a commit; lives on its stack, linked only while it waits. */
struct store_waiter {
	struct fiber_ticket ticket;
	struct store_waiter *next, *previous;
};

/* The argument of a task that is posted to the loop. It outlives the store while the task is
 * pending. */
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
	bool map_is_fixed; /* set by a test, so no smaller map is tried */
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
	bool in_batch, batch_broken; /* broken: one of its writes was refused, so none of them is
									committed */
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
	int waiting_for_room;       /* fibers and blocked callers that wait for room in the queue */
	int blocked;                /* callers outside a fiber */
	int gathering;              /* the pieces of work under way at the same time */
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
	uint64_t file_most;      /* the bound of its size */
};

#endif
