#include "aws/read_cache.h"

#include "aws/client_call.h"
#include "base/banned.h"
#include "base/json_write.h"
#include "io/fiber.h"
#include "io/fiber_sync.h"

enum { MAX_KEY_BYTES = 256 * 1024 };

struct entry {
	struct fiber_once once;
	json_t *output; /* NULL: the call failed */
	struct err *failure;
	char request_id[72];
	UT_hash_handle hh;
	char key[];
};

struct aws_read_cache {
	struct entry *entries;
};

struct aws_read_cache *aws_read_cache_new(void)
{
	return xcalloc(1, sizeof(struct aws_read_cache));
}

void aws_read_cache_free(struct aws_read_cache *cache)
{
	struct entry *entry, *next;

	if (cache == NULL)
		return;
	entry = cache->entries;
	HASH_CLEAR(hh, cache->entries);
	for (; entry != NULL; entry = next) {
		next = entry->hh.next;
		json_decref(entry->output);
		free(entry->failure);
		free(entry);
	}
	free(cache);
}

/* Builds the key: operation, endpoint and parameters, byte for byte. A global service has one
 * endpoint for all regions. */
static int build_key(struct client_call *call, struct buf *key, struct err *err)
{
	struct {
		const struct aws_operation *operation;
		const struct client_endpoint *place;
	} head;

	if (client_endpoint_of(call, err) < 0)
		return -1;
	head.operation = call->operation;
	head.place = call->endpoint->canonical;
	buf_add(key, &head, sizeof head);
	if (call->params != NULL && json_object_size(call->params) > 0)
		json_add_canonical(key, call->params);
	if (!buf_ok(key))
		return err_set(err, ERR_LIMIT, "RequestTooLarge",
			"the parameters of a read are larger than %d bytes", MAX_KEY_BYTES);
	return 0;
}

static struct entry *find_or_add(struct aws_read_cache *cache, struct buf *key)
{
	struct entry *entry;
	unsigned hash;

	HASH_VALUE(key->data, key->length, hash);
	HASH_FIND_BYHASHVALUE(hh, cache->entries, key->data, key->length, hash, entry);
	if (entry != NULL)
		return entry;
	entry = xcalloc(1, sizeof *entry + key->length);
	memcpy(entry->key, key->data, key->length);
	HASH_ADD_BYHASHVALUE(hh, cache->entries, key, key->length, hash, entry);
	return entry;
}

MAY_YIELD static void make_call(struct entry *entry, struct client_call *call)
{
	struct err err = ERR_INIT;

	free(entry->failure);
	entry->failure = NULL;
	if (client_call(call, &entry->output, &err) < 0) {
		entry->failure = xmalloc(sizeof err);
		*entry->failure = err;
	}
	memcpy(entry->request_id, call->request_id, sizeof entry->request_id);
	fiber_once_finish(&entry->once);
}

int read_cache_call(struct aws_read_cache *cache, struct client_call *call, bool *cached,
	json_t **out, struct err *err)
{
	struct buf key CLEANUP_BUF;
	struct entry *entry;

	buf_init(&key, MAX_KEY_BYTES);
	if (build_key(call, &key, err) < 0)
		return -1;
	entry = find_or_add(cache, &key);
	*cached = true;
	/* If the fiber that makes the call is cancelled there is no outcome, and a waiter that isn't
	 * cancelled makes the call. */
	while (entry->once.state != FIBER_ONCE_DONE ||
		(entry->failure != NULL && entry->failure->kind == ERR_CANCELLED)) {
		if (entry->once.state == FIBER_ONCE_DONE) {
			if (fiber_stopping())
				break;
			fiber_once_reset(&entry->once);
		}
		if (fiber_once_begin(&entry->once)) {
			*cached = false;
			make_call(entry, call);
			break;
		}
	}
	memcpy(call->request_id, entry->request_id, sizeof call->request_id);
	if (entry->failure != NULL) {
		if (err != NULL)
			*err = *entry->failure;
		return -1;
	}
	if (out != NULL)
		*out = json_incref(entry->output);
	return 0;
}
