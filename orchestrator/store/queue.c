/*
 * The loop's side of writing: operations are queued here, and callers wait here for a commit.
 * Nothing in this file uses LMDB.
 */
#include "store/queue.h"

#include "base/json_write.h"
#include "store/errors.h"
#include "store/internal.h"
#include "store/space.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"

#include <assert.h>

size_t store_op_bytes(const struct store_op *op)
{
	return sizeof(*op) + op->key_length + op->value_length;
}

void store_op_list_free(struct store_op_list *list)
{
	while (list->first != NULL) {
		struct store_op *op = list->first;
		list->first = op->next;
		free(op);
	}
	*list = (struct store_op_list){ 0 };
}

static void add(struct store_op_list *list, struct store_op *op)
{
	op->next = NULL;
	if (list->last != NULL)
		list->last->next = op;
	else
		list->first = op;
	list->last = op;
	list->count++;
	list->bytes += store_op_bytes(op);
}

bool store_queue_is_full(const struct store *store)
{
	return store->queue.bytes >= STORE_TRANSACTION_BYTES ||
		store->queue.count >= STORE_TRANSACTION_OPERATIONS;
}

/* Puts a list at the end of the queue; called with the mutex held. Returns whether the writer must
 * be told. */
static bool enqueue(struct store *store, struct store_op_list *list)
{
	if (store->queue.last != NULL)
		store->queue.last->next = list->first;
	else
		store->queue.first = list->first;
	store->queue.last = list->last;
	store->queue.count += list->count;
	store->queue.bytes += list->bytes;
	store->queued += list->count;
	store->pending_bytes += list->bytes;
	*list = (struct store_op_list){ 0 };
	bool tell = store->writer_state == WRITER_IDLE ||
		(store->writer_state != WRITER_WORKS && store_queue_is_full(store));
	if (tell)
		store->writer_state = WRITER_WORKS; /* signalled once, since each signal is a system call */
	return tell;
}

/* --- waiting --- */

void store_wake_task(void *argument)
{
	struct store_wake *wake = argument;
	struct store *store = wake->store;

	if (store == NULL) {
		free(wake);
		return;
	}
	pthread_mutex_lock(&store->mutex);
	store->posted = false;
	pthread_mutex_unlock(&store->mutex);
	/* Every waiter wakes and checks whether its own condition is true. */
	for (struct store_waiter *waiter = store->waiters_first; waiter != NULL; waiter = waiter->next)
		fiber_wake(waiter->ticket, 0);
}

static void link_waiter(struct store *store, struct store_waiter *waiter)
{
	waiter->next = NULL;
	waiter->previous = store->waiters_last;
	if (store->waiters_last != NULL)
		store->waiters_last->next = waiter;
	else
		store->waiters_first = waiter;
	store->waiters_last = waiter;
	store->waiting++;
}

static void unlink_waiter(struct store *store, struct store_waiter *waiter)
{
	*(waiter->previous != NULL ? &waiter->previous->next : &store->waiters_first) = waiter->next;
	*(waiter->next != NULL ? &waiter->next->previous : &store->waiters_last) = waiter->previous;
	store->waiting--;
}

/* Waits once, with the mutex held on entry and on return, for the next commit or failure. A fiber
 * keeps its place among the waiters until its caller unlinks it. */
MAY_YIELD static int wait_for_news(struct store *store, struct store_waiter *waiter, bool *linked)
{
	bool blocks = fiber_self() == NULL || store->loop == NULL;
	int result;

	assert(store->reading == 0 && !store->in_batch);
	if (store->writer_state == WRITER_LINGERS || (store->writer_state == WRITER_PACES && blocks)) {
		store->writer_state = WRITER_WORKS;
		pthread_cond_signal(&store->work);
	}
	if (blocks) {
		store->blocked++;
		pthread_cond_wait(&store->done, &store->mutex);
		store->blocked--;
		return 0;
	}
	waiter->ticket = fiber_ticket();
	if (!*linked)
		link_waiter(store, waiter);
	*linked = true;
	pthread_mutex_unlock(&store->mutex);
	result = fiber_wait(FIBER_FOREVER);
	pthread_mutex_lock(&store->mutex);
	return result;
}

/* A fiber that comes while others wait queues behind them. A caller outside of a fiber does not,
 * since it blocks the thread on which those fibers would go on. */
static bool must_wait(const struct store *store, size_t bytes, bool waits_already)
{
	if (store_failed(store))
		return false;
	if (!waits_already && store->waiting_for_room > 0 && fiber_self() != NULL)
		return true;
	return store->pending_bytes > 0 && store->pending_bytes + bytes > STORE_QUEUE_BYTES;
}

/* Waits, with the mutex held, while the queue is full. FIBER_CANCELLED when the run stops
 * meanwhile. */
MAY_YIELD static int wait_for_room(struct store *store, size_t bytes)
{
	struct store_waiter waiter;
	bool linked = false;
	int result = 0;

	if (!must_wait(store, bytes, false))
		return 0;
	store->waiting_for_room++;
	do
		result = wait_for_news(store, &waiter, &linked);
	while (result != FIBER_CANCELLED && must_wait(store, bytes, true));
	store->waiting_for_room--;
	if (linked)
		unlink_waiter(store, &waiter);
	return result;
}

static int refuse(const struct store *store, struct err *err)
{
	if (err != NULL)
		*err = store->failure;
	return -1;
}

int store_flush(struct store *store, struct err *err)
{
	struct store_waiter waiter;
	bool linked = false;
	int result = 0;

	assert(store->mode == STORE_WRITE);
	pthread_mutex_lock(&store->mutex);
	uint64_t target = store->queued;
	while (result != FIBER_CANCELLED && !store_failed(store) && store->committed < target)
		result = wait_for_news(store, &waiter, &linked);
	if (linked)
		unlink_waiter(store, &waiter);
	bool committed = store->committed >= target;
	pthread_mutex_unlock(&store->mutex);
	if (store_failed(store))
		return refuse(store, err);
	if (!committed)
		return err_set(err, ERR_CANCELLED, "Cancelled",
			"stopped while waiting for the state to be written");
	store_space_warn(store);
	return 0;
}

static void gather(struct store *store, int change)
{
	pthread_mutex_lock(&store->mutex);
	store->gathering += change;
	assert(store->gathering >= 0);
	pthread_mutex_unlock(&store->mutex);
}

void store_gather_begin(struct store *store)
{
	gather(store, 1);
}

void store_gather_end(struct store *store)
{
	gather(store, -1);
}

/* --- operations --- */

static struct store_op *new_op(enum store_op_kind kind, enum store_database database,
	const struct store_key *key, const void *value, size_t length)
{
	struct store_op *op = xmalloc(sizeof(*op) + key->length + length);

	*op = (struct store_op){
		.value_length = (uint32_t)length,
		.key_length = (uint16_t)key->length,
		.kind = (uint8_t)kind,
		.database = (uint8_t)database,
	};
	if (key->length > 0)
		memcpy(op->bytes, key->bytes, key->length);
	if (length > 0)
		memcpy(op->bytes + key->length, value, length);
	return op;
}

MAY_YIELD static int submit(struct store *store, struct store_op *op, struct err *err)
{
	struct store_op_list list = { 0 };
	bool tell;
	int result;

	assert(store->mode == STORE_WRITE);
	if (store->in_batch) {
		op->in_batch = true;
		add(&store->batch, op);
		return store_failed(store) ? refuse(store, err) : 0;
	}
	add(&list, op);
	pthread_mutex_lock(&store->mutex);
	result = wait_for_room(store, list.bytes);
	if (store_failed(store)) {
		pthread_mutex_unlock(&store->mutex);
		store_op_list_free(&list);
		return refuse(store, err);
	}
	tell = enqueue(store, &list);
	pthread_mutex_unlock(&store->mutex);
	if (tell)
		pthread_cond_signal(&store->work);
	if (result == FIBER_CANCELLED)
		return err_set(err, ERR_CANCELLED, "Cancelled",
			"stopped while the state was being written");
	return 0;
}

/* A batch with a write that was refused is dropped as a whole. */
static int refuse_write(struct store *store, struct err *err, const char *code, const char *what,
	size_t size, size_t most)
{
	store->batch_broken = store->in_batch;
	return err_set(err, ERR_LIMIT, code, "%s for state folder %s is too large: %zu, at most %zu",
		what, store->folder, size, most);
}

int store_put(struct store *store, enum store_database database, const struct store_key *key,
	const void *value, size_t length, struct err *err)
{
	assert(key->length > 0);
	if (length > STORE_VALUE_BYTES)
		return refuse_write(store, err, "ValueTooLong", "a value", length, STORE_VALUE_BYTES);
	return submit(store, new_op(STORE_OP_PUT, database, key, value, length), err);
}

struct buf *store_text(struct store *store)
{
	if (store->text.capacity > STORE_TEXT_KEPT_BYTES)
		buf_release(&store->text);
	buf_reset(&store->text);
	return &store->text;
}

int store_put_json(struct store *store, enum store_database database, const struct store_key *key,
	const json_t *value, struct err *err)
{
	/* A value that is nested too deeply to be read again is refused. */
	if (!json_fits(value, JSON_MAX_DEPTH)) {
		store->batch_broken = store->in_batch;
		return err_set(err, ERR_LIMIT, "TooDeep",
			"a value for state folder %s is nested deeper than %d levels", store->folder,
			JSON_MAX_DEPTH);
	}
	struct buf *text = store_text(store);
	json_add_text(text, value);
	return store_put(store, database, key, text->data, text->length, err);
}

int store_delete(struct store *store, enum store_database database, const struct store_key *key,
	struct err *err)
{
	assert(key->length > 0);
	return submit(store, new_op(STORE_OP_DELETE, database, key, NULL, 0), err);
}

int store_delete_prefix(struct store *store, enum store_database database,
	const struct store_key *prefix, struct err *err)
{
	static const struct store_key all = { .length = 0 };

	if (prefix != NULL && prefix->length > STORE_KEY_KEPT)
		return refuse_write(store, err, "PrefixTooLong", "a key prefix", prefix->length,
			STORE_KEY_KEPT);
	return submit(store,
		new_op(STORE_OP_DELETE_PREFIX, database, prefix != NULL ? prefix : &all, NULL, 0), err);
}

void store_batch_begin(struct store *store)
{
	assert(!store->in_batch);
	store->in_batch = true;
	store->batch_broken = false;
}

void store_batch_end(struct store *store)
{
	bool tell = false;

	assert(store->in_batch);
	store->in_batch = false;
	if (store->batch.first == NULL)
		return;
	for (struct store_op *op = store->batch.first; op->next != NULL; op = op->next)
		op->more = true;
	pthread_mutex_lock(&store->mutex);
	if (!store_failed(store) && !store->batch_broken)
		tell = enqueue(store, &store->batch);
	pthread_mutex_unlock(&store->mutex);
	store_op_list_free(&store->batch);
	if (tell)
		pthread_cond_signal(&store->work);
}
