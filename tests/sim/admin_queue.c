/* /_sim/queue: looks into the queues and puts messages in, without an AWS call. */
#include <stdlib.h>

#include "admin.h"
#include "queue.h"

struct listing {
	struct buf *b;
	const char *comma;
};

static void write_body(const struct message *m, void *argument)
{
	struct listing *listing = argument;

	buf_str(listing->b, listing->comma);
	buf_json(listing->b, m->body);
	listing->comma = ",";
}

static void write_counts(struct queue *q, struct buf *b, bool bodies)
{
	struct queue_counts n = queue_count(q), dead = queue_count(queue_dead);
	struct listing listing = { b, "" };

	buf_printf(b,
		"{\"visible\":%zu,\"in_flight\":%zu,\"delayed\":%zu,\"dead\":%zu,\"deleted\":%llu,"
		"\"received\":%llu,"
		"\"sent\":%llu",
		n.visible, n.in_flight, n.delayed, dead.visible + dead.in_flight,
		(unsigned long long)n.deleted, (unsigned long long)n.received, (unsigned long long)n.sent);
	if (bodies) {
		buf_str(b, ",\"bodies\":[");
		queue_each(q, write_body, &listing);
		buf_char(b, ']');
	}
	buf_str(b, "}\n");
}

/* A string is a body; anything else is one in its JSON form. */
static void put(struct queue *q, const json_t *item)
{
	char *text;

	if (json_is_string(item)) {
		queue_put(q, slice_of(json_string_value(item)), 0, false);
		return;
	}
	text = json_dumps(item, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		die("out of memory");
	queue_put(q, slice_of(text), 0, false);
	free(text);
}

static const char *put_all(struct queue *q, struct slice body, struct buf *b)
{
	json_t *list = json_loadb(body.p ? body.p : "", body.n, 0, NULL), *item;
	size_t i;

	if (!json_is_array(list)) {
		json_decref(list);
		return "a JSON list of messages is needed";
	}
	json_array_foreach(list, i, item)
		put(q, item);
	buf_printf(b, "{\"sent\":%zu}\n", json_array_size(list));
	json_decref(list);
	return NULL;
}

static bool asks(struct slice query, const char *what)
{
	struct slice part;

	while (slice_cut(&query, '&', &part))
		if (slice_is(part, what))
			return true;
	return false;
}

const char *admin_queue(const struct http_request *request, struct http_response *r)
{
	struct queue *q = asks(request->query, "dead=1") ? queue_dead : queue_events;

	if (slice_is(request->method, "GET")) {
		write_counts(q, &r->body, asks(request->query, "bodies=1"));
		return NULL;
	}
	if (slice_is(request->method, "POST"))
		return put_all(q, request->body, &r->body);
	if (!slice_is(request->method, "DELETE"))
		return "GET, POST or DELETE";
	queue_purge(q);
	buf_str(&r->body, "{}\n");
	return NULL;
}
