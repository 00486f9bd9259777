/*
 * The writer thread: the only place with write transactions. It takes all that is
 * queued, commits it in transactions of bounded size, and tells the loop after each.
 */
#include "store/writer.h"

#include "store/errors.h"
#include "store/internal.h"
#include "store/queue.h"
#include "store/space.h"

#include "base/banned.h"
#include "base/clock.h"

#include <errno.h>
#include <signal.h>

#define US_PER_MS 1000

/* The operations and bytes that one transaction has taken so far. */
struct transaction {
	MDB_txn *txn;
	uint64_t operations; /* finished ones */
	size_t queued_bytes; /* the bytes of the finished operations */
	size_t cost;         /* the bytes of everything that was written */
	uint64_t touched;    /* keys written or removed */
	uint64_t used_bytes; /* of the store's pages with records, after it */
};

static bool is_full(const struct transaction *transaction)
{
	return transaction->cost >= STORE_TRANSACTION_BYTES ||
		transaction->touched >= STORE_TRANSACTION_OPERATIONS;
}

/* Removes keys with the prefix until none is left or, outside a batch, the transaction is full. */
static int delete_prefix(struct store *store, struct transaction *transaction,
	const struct store_op *op, bool *unfinished)
{
	MDB_val key, value;
	MDB_dbi handle = store->handles[op->database];
	MDB_cursor *cursor;
	int rc;

	if (op->key_length == 0) /* removes everything, which only frees pages and dirties few */
		return mdb_drop(transaction->txn, handle, 0);
	if ((rc = mdb_cursor_open(transaction->txn, handle, &cursor)) != 0)
		return rc;
	/* After a removal the cursor stands on the next key, but may be past the end of a page,
	 * which only MDB_NEXT would notice. So the key is sought again. */
	for (;;) {
		key = (MDB_val){ op->key_length, (void *)op->bytes };
		rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
		if (rc != 0 || key.mv_size < op->key_length ||
			memcmp(key.mv_data, op->bytes, op->key_length) != 0)
			break;
		if (!op->in_batch && is_full(transaction)) {
			*unfinished = true;
			break;
		}
		transaction->cost += key.mv_size + value.mv_size;
		transaction->touched++;
		if ((rc = mdb_cursor_del(cursor, 0)) != 0)
			break;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int apply(struct store *store, struct transaction *transaction, struct store_op *op,
	bool *unfinished)
{
	MDB_val key = { op->key_length, op->bytes },
			value = { op->value_length, op->bytes + op->key_length };
	MDB_dbi handle = store->handles[op->database];
	int rc;

	transaction->cost += store_op_bytes(op);
	transaction->touched++;
	switch ((enum store_op_kind)op->kind) {
	case STORE_OP_PUT:
		return mdb_put(transaction->txn, handle, &key, &value, 0);
	case STORE_OP_DELETE:
		rc = mdb_del(transaction->txn, handle, &key, NULL);
		return rc == MDB_NOTFOUND ? 0 : rc;
	case STORE_OP_DELETE_PREFIX:
		return delete_prefix(store, transaction, op, unfinished);
	}
	return EINVAL;
}

static int commit(struct store *store, MDB_txn *txn)
{
	int64_t began = clock_monotonic_us();

	store->commit_began_us = began;
	if (store->test_fsync_ms > 0)
		nanosleep(&(struct timespec){ .tv_sec = store->test_fsync_ms / 1000,
					  .tv_nsec = store->test_fsync_ms % 1000 * 1000000 },
			NULL);
	int rc = mdb_txn_commit(txn);
	int64_t took = clock_monotonic_us() - began;
	if (took > atomic_load(&store->longest_commit_us))
		atomic_store(&store->longest_commit_us, took);
	return rc;
}

/* Makes one transaction of as many operations from *next on as fit, and leaves in *next the
 * first operation that is not completely done. After a failure nothing was written. */
static int run_transaction(struct store *store, struct store_op **next,
	struct transaction *transaction)
{
	struct store_op *op = *next;
	bool unfinished = false, inside_batch = false;
	int rc;

	*transaction = (struct transaction){ 0 };
	if ((rc = mdb_txn_begin(store->env, NULL, 0, &transaction->txn)) != 0)
		return rc;
	while (op != NULL && (inside_batch || !is_full(transaction))) {
		rc = apply(store, transaction, op, &unfinished);
		if (rc != 0) {
			mdb_txn_abort(transaction->txn);
			return rc;
		}
		if (unfinished)
			break;
		transaction->operations++;
		transaction->queued_bytes += store_op_bytes(op);
		inside_batch = op->more;
		op = op->next;
	}
	if ((rc = store_space_check(store, transaction->txn, &transaction->used_bytes)) != 0) {
		mdb_txn_abort(transaction->txn);
		return rc;
	}
	if ((rc = commit(store, transaction->txn)) != 0)
		return rc;
	*next = op;
	return 0;
}

/* --- between the threads --- */

/* Wakes everyone who waits. Called with the mutex held: the task reaches the loop before a fiber
 * can stop waiting by itself and the loop can end. */
static void announce(struct store *store)
{
	if (store->blocked > 0)
		pthread_cond_broadcast(&store->done);
	if (store->waiting > 0 && !store->posted) {
		store->posted = true;
		loop_post_from_thread(store->loop, store_wake_task, store->wake);
	}
}

static void note_commit(struct store *store, const struct transaction *transaction)
{
	atomic_fetch_add(&store->commits, 1);
	atomic_fetch_add(&store->writes, transaction->operations);
	pthread_mutex_lock(&store->mutex);
	store->committed += transaction->operations;
	store->pending_bytes -= transaction->queued_bytes;
	announce(store);
	pthread_mutex_unlock(&store->mutex);
}

/* Fails the store for good. The first cause is kept, and everything queued is dropped. */
static void fail(struct store *store, int result)
{
	struct err failure = ERR_INIT;

	if (store_error(store, result, "write", &failure) < 0)
		err_prefix(&failure, "nothing is recorded or changed any more");
	pthread_mutex_lock(&store->mutex);
	store->failure = failure;
	atomic_store_explicit(&store->failed, true, memory_order_release);
	store_op_list_free(&store->queue);
	store->pending_bytes = 0;
	announce(store);
	pthread_mutex_unlock(&store->mutex);
}

/* Clears the slots of readers that died, which keep pages from being used again. Returns how
 * many it cleared. */
static int clear_dead_readers(struct store *store)
{
	int dead = 0;

	store->readers_checked_us = clock_monotonic_us();
	mdb_reader_check(store->env, &dead);
	return dead;
}

static int write_all(struct store *store, struct store_op_list *taken)
{
	struct transaction transaction;
	struct store_op *next = taken->first;

	if (clock_monotonic_us() - store->readers_checked_us > STORE_READER_CHECK_MS * US_PER_MS)
		clear_dead_readers(store);
	while (next != NULL) {
		int rc = run_transaction(store, &next, &transaction);
		if (rc == MDB_MAP_FULL && clear_dead_readers(store) > 0)
			continue;
		if (rc != 0)
			return rc;
		while (taken->first != next) {
			struct store_op *done = taken->first;
			taken->first = done->next;
			free(done);
		}
		rc = store_space_committed(store, transaction.used_bytes);
		note_commit(store, &transaction);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Returns the interval, in microseconds, from the beginning of the last commit to that of the
 * next one. It grows with the work under way, since more callers then share a commit. */
static int64_t pace_us(const struct store *store)
{
	return (store->gathering < STORE_PACE_MS ? store->gathering : STORE_PACE_MS) * US_PER_MS;
}

/* Waits a moment, so that one commit gets many writes: while nobody waits for it and, when much
 * work is under way, also when somebody does. A caller that blocks the loop's thread keeps it
 * from adding writes, so then nothing is gathered. */
static void linger(struct store *store)
{
	int64_t patient_us = clock_monotonic_us() + STORE_LINGER_MS * US_PER_MS;

	while (store->blocked == 0 && !store->closing && !store_queue_is_full(store)) {
		bool awaited = store->waiting > 0;
		int64_t until_us = awaited ? store->commit_began_us + pace_us(store) : patient_us;
		struct timespec until = { .tv_sec = until_us / 1000000,
			.tv_nsec = until_us % 1000000 * 1000 };

		if (clock_monotonic_us() >= until_us)
			break;
		store->writer_state = awaited ? WRITER_PACES : WRITER_LINGERS;
		pthread_cond_timedwait(&store->work, &store->mutex, &until);
	}
	store->writer_state = WRITER_WORKS;
}

/* Waits for operations and takes all of them. Returns false when the store closes and none are
 * left. */
static bool take(struct store *store, struct store_op_list *taken)
{
	pthread_mutex_lock(&store->mutex);
	while (store->queue.first == NULL && !store->closing) {
		store->writer_state = WRITER_IDLE;
		pthread_cond_wait(&store->work, &store->mutex);
	}
	store->writer_state = WRITER_WORKS;
	if (store->queue.first != NULL)
		linger(store);
	*taken = store->queue;
	store->queue = (struct store_op_list){ 0 };
	pthread_mutex_unlock(&store->mutex);
	return taken->first != NULL;
}

static void *writer_main(void *argument)
{
	struct store *store = argument;
	struct store_op_list taken;

	while (take(store, &taken)) {
		int rc = write_all(store, &taken);
		store_op_list_free(&taken);
		if (rc != 0) {
			fail(store, rc);
			break;
		}
	}
	return NULL;
}

int store_writer_start(struct store *store, struct err *err)
{
	sigset_t all, before;

	store->readers_checked_us = clock_monotonic_us();
	/* The loop handles signals. With SIGXFSZ blocked, a write beyond the limit of file sizes
	 * fails with EFBIG. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int rc = pthread_create(&store->writer, NULL, writer_main, store);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(err, ERR_SYSTEM, "NoThread",
			"can't start the writer thread of state folder %s: %s", store->folder,
			mdb_strerror(rc));
	pthread_setname_np(store->writer, "reeve-store");
	store->writer_started = true;
	return 0;
}

void store_writer_stop(struct store *store)
{
	if (!store->writer_started)
		return;
	pthread_mutex_lock(&store->mutex);
	store->closing = true;
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->mutex);
	pthread_join(store->writer, NULL);
	store->writer_started = false;
}
