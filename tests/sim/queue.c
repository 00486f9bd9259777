#include "queue.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

#define NOT_IN_HEAP SIZE_MAX

TAILQ_HEAD(message_list, message);

struct queue {
	const char *name;
	struct queue *dead; /* dead-letter queue, or NULL */
	long max_receives;
	struct message_list visible;
	struct message **slots; /* each message at its slot; free slots are NULL */
	size_t *free_slots, n_slots, n_free;
	struct message **heap; /* messages that are not visible, by the time when they are due */
	size_t n_heap, heap_cap;
	uint64_t serial;
	struct queue_counts counts;
};

struct queue *queue_events, *queue_dead;
static void (*listener)(struct queue *queue);

static struct queue *queue_new(const char *name)
{
	struct queue *q = must_alloc(sizeof(*q));

	q->name = name;
	TAILQ_INIT(&q->visible);
	return q;
}

void queues_open(const struct options *options)
{
	queue_events = queue_new(QUEUE_EVENTS);
	queue_dead = queue_new(QUEUE_DEAD);
	queue_events->dead = queue_dead;
	queue_events->max_receives = options->max_receive_count;
}

struct queue *queue_named(const char *name)
{
	if (strcmp(name, QUEUE_EVENTS) == 0)
		return queue_events;
	return strcmp(name, QUEUE_DEAD) == 0 ? queue_dead : NULL;
}

const char *queue_name(const struct queue *queue)
{
	return queue->name;
}

const struct queue *queue_redrive(const struct queue *queue, long *max_receives)
{
	*max_receives = queue->max_receives;
	return queue->dead;
}

void queue_listen(void (*changed)(struct queue *queue))
{
	listener = changed;
}

static void tell(struct queue *q)
{
	if (listener)
		listener(q);
}

/* --- those that are not visible, the next one first --- */

static void heap_set(struct queue *q, size_t at, struct message *m)
{
	q->heap[at] = m;
	m->heap_at = at;
}

static void heap_up(struct queue *q, size_t at)
{
	struct message *m = q->heap[at];

	for (; at && q->heap[(at - 1) / 2]->due > m->due; at = (at - 1) / 2)
		heap_set(q, at, q->heap[(at - 1) / 2]);
	heap_set(q, at, m);
}

static void heap_down(struct queue *q, size_t at)
{
	struct message *m = q->heap[at];
	size_t child;

	while ((child = 2 * at + 1) < q->n_heap) {
		if (child + 1 < q->n_heap && q->heap[child + 1]->due < q->heap[child]->due)
			child++;
		if (q->heap[child]->due >= m->due)
			break;
		heap_set(q, at, q->heap[child]);
		at = child;
	}
	heap_set(q, at, m);
}

static void heap_add(struct queue *q, struct message *m)
{
	if (q->n_heap == q->heap_cap) {
		q->heap_cap = q->heap_cap ? q->heap_cap * 2 : 64;
		q->heap = must_realloc(q->heap, q->heap_cap * sizeof(q->heap[0]));
	}
	q->heap[q->n_heap] = m;
	heap_up(q, q->n_heap++);
}

static void heap_remove(struct queue *q, struct message *m)
{
	struct message *last = q->heap[--q->n_heap];
	size_t at = m->heap_at;

	m->heap_at = NOT_IN_HEAP;
	if (last == m)
		return;
	heap_set(q, at, last);
	heap_up(q, at);
	heap_down(q, last->heap_at);
}

/* --- states --- */

static size_t *counter(struct queue *q, enum message_state state)
{
	if (state == MESSAGE_VISIBLE)
		return &q->counts.visible;
	return state == MESSAGE_IN_FLIGHT ? &q->counts.in_flight : &q->counts.delayed;
}

/* Takes the message out of the list or heap in which its state keeps it. */
static void leave(struct queue *q, struct message *m)
{
	--*counter(q, m->state);
	if (m->state == MESSAGE_VISIBLE)
		TAILQ_REMOVE(&q->visible, m, link);
	else
		heap_remove(q, m);
}

static void enter(struct queue *q, struct message *m, enum message_state state)
{
	m->state = state;
	++*counter(q, state);
	if (state == MESSAGE_VISIBLE)
		TAILQ_INSERT_TAIL(&q->visible, m, link);
	else
		heap_add(q, m);
}

/* Makes the messages visible whose time has come. */
static void advance(struct queue *q)
{
	int64_t now;

	if (!q->n_heap)
		return;
	now = clock_ms();
	while (q->n_heap && q->heap[0]->due <= now) {
		struct message *m = q->heap[0];

		if (m->state == MESSAGE_COMING)
			m->sent_ms = http_now_ms();
		leave(q, m);
		enter(q, m, MESSAGE_VISIBLE);
	}
}

static void take_slot(struct queue *q, struct message *m)
{
	if (!q->n_free) {
		size_t n = q->n_slots ? q->n_slots * 2 : 64;

		q->slots = must_realloc(q->slots, n * sizeof(q->slots[0]));
		q->free_slots = must_realloc(q->free_slots, n * sizeof(q->free_slots[0]));
		for (size_t i = n; i-- > q->n_slots;) {
			q->slots[i] = NULL;
			q->free_slots[q->n_free++] = i;
		}
		q->n_slots = n;
	}
	m->slot = q->free_slots[--q->n_free];
	m->serial = ++q->serial;
	q->slots[m->slot] = m;
}

static void leave_slot(struct queue *q, struct message *m)
{
	q->slots[m->slot] = NULL;
	q->free_slots[q->n_free++] = m->slot;
}

static void forget(struct queue *q, struct message *m)
{
	leave(q, m);
	leave_slot(q, m);
	free(m);
}

static void make_md5(struct slice body, char out[33])
{
	static EVP_MD *md5;
	static EVP_MD_CTX *context;
	unsigned char digest[16];

	if (!md5) {
		md5 = EVP_MD_fetch(NULL, "MD5", NULL);
		context = EVP_MD_CTX_new();
	}
	if (EVP_DigestInit_ex2(context, md5, NULL) != 1)
		die("MD5 is not available");
	EVP_DigestUpdate(context, body.p, body.n);
	EVP_DigestFinal_ex(context, digest, NULL);
	for (int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

const struct message *queue_put(struct queue *q, struct slice body, int64_t delay_ms, bool coming)
{
	struct message *m = must_realloc(NULL, sizeof(*m) + body.n + 1);

	*m = (struct message){
		.sent_ms = http_now_ms(), .due = clock_ms() + delay_ms, .length = body.n
	};
	if (body.n)
		memcpy(m->body, body.p, body.n);
	m->body[body.n] = '\0';
	take_slot(q, m);
	hash_uuid(hash_bytes(m->serial, q->name, strlen(q->name)), m->id);
	make_md5(body, m->md5);
	q->counts.sent++;
	enter(q, m, delay_ms <= 0 ? MESSAGE_VISIBLE : coming ? MESSAGE_COMING : MESSAGE_DELAYED);
	tell(q);
	return m;
}

void queue_duplicate(struct queue *q, const struct message *message)
{
	struct message *m = must_copy(message, sizeof(*m) + message->length);

	take_slot(q, m);
	enter(q, m, MESSAGE_VISIBLE);
	tell(q);
}

/* Moves a message to the dead-letter queue. It keeps its id and the time when it was first sent. */
static void bury(struct queue *q, struct message *m)
{
	leave(q, m);
	leave_slot(q, m);
	take_slot(q->dead, m);
	m->receives = 0;
	q->dead->counts.sent++;
	enter(q->dead, m, MESSAGE_VISIBLE);
	tell(q->dead);
}

struct message *queue_receive(struct queue *q, long visibility_s)
{
	struct message *m;

	advance(q);
	while ((m = TAILQ_FIRST(&q->visible)) && q->dead &&
		m->receives >= (unsigned long)q->max_receives)
		bury(q, m);
	if (!m)
		return NULL;
	leave(q, m);
	m->receives++;
	m->received = clock_ms();
	m->due = m->received + visibility_s * 1000;
	if (!m->first_ms)
		m->first_ms = http_now_ms();
	q->counts.received++;
	enter(q, m, visibility_s ? MESSAGE_IN_FLIGHT : MESSAGE_VISIBLE);
	tell(q);
	return m;
}

/* --- receipt handles have the message's slot and serial number, the number of the receive, and a
 * check value, so that a client can't make one up --- */

static void handle_make(const struct queue *q, size_t slot, uint64_t serial, unsigned receives,
	char out[QUEUE_HANDLE_SIZE])
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t h = mix(mix(hash_bytes(7, q->name, strlen(q->name)), slot), mix(serial, receives));
	int n = snprintf(out, QUEUE_HANDLE_SIZE, "AQEB%08zx%016llx%08x", slot,
		(unsigned long long)serial, receives);

	for (; n < QUEUE_HANDLE_SIZE - 3; n++, h = mix(h, 1))
		out[n] = letters[h % 64];
	memcpy(out + n, "==", 3);
}

void queue_handle(const struct queue *q, const struct message *m, char out[QUEUE_HANDLE_SIZE])
{
	handle_make(q, m->slot, m->serial, m->receives, out);
}

/* Finds the message of a handle, which must be that of its last receive. */
static enum queue_result find(struct queue *q, const char *handle, struct message **found)
{
	char again[QUEUE_HANDLE_SIZE];
	unsigned long long serial;
	unsigned receives;
	size_t slot;

	if (strlen(handle) != QUEUE_HANDLE_SIZE - 1 ||
		sscanf(handle, "AQEB%8zx%16llx%8x", &slot, &serial, &receives) != 3)
		return QUEUE_BAD_HANDLE;
	handle_make(q, slot, serial, receives, again);
	if (strcmp(handle, again) != 0)
		return QUEUE_BAD_HANDLE;
	advance(q);
	*found = slot < q->n_slots ? q->slots[slot] : NULL;
	return *found && (*found)->serial == serial && (*found)->receives == receives ? QUEUE_OK
																				  : QUEUE_GONE;
}

enum queue_result queue_delete(struct queue *q, const char *handle)
{
	struct message *m;
	enum queue_result result = find(q, handle, &m);

	if (result != QUEUE_OK)
		return result == QUEUE_GONE ? QUEUE_OK : result;
	forget(q, m);
	q->counts.deleted++;
	return QUEUE_OK;
}

enum queue_result queue_change(struct queue *q, const char *handle, long visibility_s)
{
	struct message *m;
	enum queue_result result = find(q, handle, &m);
	int64_t now = clock_ms();

	if (result != QUEUE_OK)
		return result;
	if (m->state != MESSAGE_IN_FLIGHT)
		return QUEUE_NOT_IN_FLIGHT;
	if (now + visibility_s * 1000 > m->received + QUEUE_MAX_VISIBILITY_S * 1000 + 999)
		return QUEUE_TOO_LONG;
	leave(q, m);
	m->due = now + visibility_s * 1000;
	enter(q, m, visibility_s ? MESSAGE_IN_FLIGHT : MESSAGE_VISIBLE);
	tell(q);
	return QUEUE_OK;
}

void queue_purge(struct queue *q)
{
	for (size_t i = 0; i < q->n_slots; i++)
		if (q->slots[i])
			forget(q, q->slots[i]);
}

struct queue_counts queue_count(struct queue *q)
{
	advance(q);
	return q->counts;
}

static int by_age(const void *a, const void *b)
{
	const struct message *const *x = a, *const *y = b;

	return ((*x)->serial > (*y)->serial) - ((*x)->serial < (*y)->serial);
}

void queue_each(struct queue *q, void (*each)(const struct message *message, void *argument),
	void *argument)
{
	struct message **all = must_alloc((q->n_slots + 1) * sizeof(all[0]));
	size_t n = 0;

	advance(q);
	for (size_t i = 0; i < q->n_slots; i++)
		if (q->slots[i])
			all[n++] = q->slots[i];
	qsort(all, n, sizeof(all[0]), by_age);
	for (size_t i = 0; i < n; i++)
		each(all[i], argument);
	free(all);
}

int64_t queue_next_due(struct queue *q)
{
	return q->n_heap ? q->heap[0]->due : -1;
}
