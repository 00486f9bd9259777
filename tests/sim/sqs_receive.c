/* SQS: ReceiveMessage, and the long polls that wait for a message. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "faults.h"
#include "sqs.h"

#define MAX_IN_FLIGHT 120000

enum {
	WANT_SENDER = 1,
	WANT_SENT = 2,
	WANT_RECEIVES = 4,
	WANT_FIRST = 8,
	WANT_SOURCE = 16,
};

struct receive {
	struct queue *queue;
	long most, visibility_s;
	unsigned want; /* attributes */
};

/* A long poll. */
struct poll {
	TAILQ_ENTRY(poll) link;
	struct receive receive;
	struct conn *conn;
	struct event *end; /* when it has waited long enough */
	int fault;
	char request_id[37];
};

static TAILQ_HEAD(, poll) polls = TAILQ_HEAD_INITIALIZER(polls);
static struct event_base *loop;
static struct event *wake;

/* --- the answer --- */

static void write_attributes(struct buf *b, const struct message *m, const struct receive *r)
{
	const char *comma = "";

	if (!r->want)
		return;
	buf_str(b, ",\"Attributes\":{");
	if (r->want & WANT_SENDER)
		buf_str(b, "\"SenderId\":\"AIDASIMULATEDEVENTS0\""), comma = ",";
	if (r->want & WANT_SENT)
		buf_printf(b, "%s\"SentTimestamp\":\"%lld\"", comma, (long long)m->sent_ms), comma = ",";
	if (r->want & WANT_RECEIVES)
		buf_printf(b, "%s\"ApproximateReceiveCount\":\"%u\"", comma, m->receives), comma = ",";
	if (r->want & WANT_FIRST)
		buf_printf(b, "%s\"ApproximateFirstReceiveTimestamp\":\"%lld\"", comma,
			(long long)m->first_ms),
			comma = ",";
	if (r->want & WANT_SOURCE && r->queue == queue_dead)
		buf_printf(b, "%s\"DeadLetterQueueSourceArn\":\"arn:aws:sqs:%s:%s:%s\"", comma,
			regions[0].name, org.delegated->id, QUEUE_EVENTS);
	buf_char(b, '}');
}

static void write_message(struct buf *b, const struct message *m, const struct receive *r)
{
	char handle[QUEUE_HANDLE_SIZE];

	queue_handle(r->queue, m, handle);
	buf_printf(b,
		"{\"MessageId\":\"%s\",\"ReceiptHandle\":\"%s\",\"MD5OfBody\":\"%s\",\"Body\":", m->id,
		handle, m->md5);
	buf_json(b, m->body);
	write_attributes(b, m, r);
	buf_char(b, '}');
}

/* Receives the visible messages, perhaps none, and writes them. */
static void answer(struct call *call, const struct receive *r)
{
	struct buf *b = call_answer(call);
	/* No message comes twice in one answer, even when it stays visible. */
	size_t visible = queue_count(r->queue).visible;
	struct message *m;
	size_t n = 0;

	while (n < (size_t)r->most && n < visible && (m = queue_receive(r->queue, r->visibility_s))) {
		buf_str(b, n++ ? "," : "{\"Messages\":[");
		write_message(b, m, r);
		if (faults_part(FAULT_DUPLICATE_MESSAGE, &operations[OP_sqs_ReceiveMessage]))
			queue_duplicate(r->queue, m);
	}
	buf_str(b, n ? "]}" : "{}");
}

/* --- long polls --- */

static void poll_free(struct poll *p)
{
	TAILQ_REMOVE(&polls, p, link);
	event_free(p->end);
	free(p);
}

static void poll_gone(void *argument)
{
	poll_free(argument);
}

static void poll_answer(struct poll *p)
{
	static struct http_response response; /* its buffers are reused */
	struct conn *conn = p->conn;
	struct call call = { .response = &response,
		.service = &services[SERVICE_sqs],
		.operation = &operations[OP_sqs_ReceiveMessage] };

	buf_reset(&response.headers);
	buf_reset(&response.body);
	response.status = 200;
	response.delivery = HTTP_NORMAL;
	memcpy(call.request_id, p->request_id, sizeof(call.request_id));
	answer(&call, &p->receive);
	if (p->fault)
		faults_after(&response, (enum fault)p->fault);
	poll_free(p);
	http_resume(conn, &response);
}

static void on_end(evutil_socket_t fd, short what, void *argument)
{
	(void)fd, (void)what;
	poll_answer(argument);
}

static void wake_in(int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(wake, &tv);
}

static struct poll *poll_of(const struct queue *q)
{
	struct poll *p;

	TAILQ_FOREACH(p, &polls, link)
	if (p->receive.queue == q)
		break;
	return p;
}

/* Gives visible messages to waiting polls, the longest waiting first, and sets the timer for the
 * next message. */
static void serve_polls(struct queue *q, int64_t *next)
{
	struct poll *p;
	int64_t due;

	while ((p = poll_of(q)) && queue_count(q).visible)
		poll_answer(p);
	due = p ? queue_next_due(q) : -1;
	if (due >= 0 && (*next < 0 || due < *next))
		*next = due;
}

static void on_wake(evutil_socket_t fd, short what, void *argument)
{
	int64_t next = -1, now;

	(void)fd, (void)what, (void)argument;
	serve_polls(queue_events, &next);
	serve_polls(queue_dead, &next);
	now = clock_ms();
	if (next >= 0)
		wake_in(next > now ? next - now + 1 : 1);
}

/* Waiting polls are answered only after the request that changed the queue. */
static void on_change(struct queue *q)
{
	if (poll_of(q))
		wake_in(0);
}

void sqs_open(struct event_base *base)
{
	loop = base;
	wake = evtimer_new(base, on_wake, NULL);
	if (!wake)
		die("out of memory");
	queue_listen(on_change);
}

static void poll_start(struct call *call, const struct receive *r, long wait_s)
{
	struct poll *p = must_alloc(sizeof(*p));
	struct timeval tv = { .tv_sec = wait_s };

	p->receive = *r;
	p->conn = call->request->conn;
	p->fault = call->fault;
	memcpy(p->request_id, call->request_id, sizeof(p->request_id));
	p->end = evtimer_new(loop, on_end, p);
	if (!p->end)
		die("out of memory");
	event_add(p->end, &tv);
	TAILQ_INSERT_TAIL(&polls, p, link);
	http_wait(p->conn, poll_gone, p);
	call->response->delivery = HTTP_LATER;
	if (queue_next_due(r->queue) >= 0)
		wake_in(0);
}

/* --- the call --- */

/* Reads the names in one of the two lists that ask for attributes. */
static bool read_names(struct call *call, const char *list, unsigned *want)
{
	static const struct {
		const char *name;
		unsigned bits;
	} known[] = {
		{ "All", 31 },
		{ "SenderId", WANT_SENDER },
		{ "SentTimestamp", WANT_SENT },
		{ "ApproximateReceiveCount", WANT_RECEIVES },
		{ "ApproximateFirstReceiveTimestamp", WANT_FIRST },
		{ "DeadLetterQueueSourceArn", WANT_SOURCE },
		{ "SequenceNumber", 0 },
		{ "MessageDeduplicationId", 0 },
		{ "MessageGroupId", 0 },
		{ "AWSTraceHeader", 0 },
	};
	const json_t *names = json_object_get(call->json, list);

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		size_t k = 0;

		while (name && k < sizeof(known) / sizeof(known[0]) && strcmp(name, known[k].name) != 0)
			k++;
		if (!name || k == sizeof(known) / sizeof(known[0])) {
			sqs_fail(call, "InvalidAttributeName", "InvalidAttributeName",
				arena_printf(call->arena, "Unknown Attribute %s.", name ? name : ""));
			return false;
		}
		*want |= known[k].bits;
	}
	return true;
}

void sqs_ReceiveMessage(struct call *call)
{
	struct receive r = { .queue = sqs_queue(call) };
	struct queue_counts counts;
	long wait_s;

	if (!r.queue || !sqs_number(call, "MaxNumberOfMessages", 1, SQS_MAX_MESSAGES, 1, &r.most) ||
		!sqs_number(call, "WaitTimeSeconds", 0, SQS_MAX_WAIT_S, 0, &wait_s) ||
		!sqs_number(call, "VisibilityTimeout", 0, QUEUE_MAX_VISIBILITY_S,
			org.options->queue_visibility_s, &r.visibility_s) ||
		!read_names(call, "AttributeNames", &r.want) ||
		!read_names(call, "MessageSystemAttributeNames", &r.want))
		return;
	counts = queue_count(r.queue);
	if (counts.in_flight >= MAX_IN_FLIGHT) {
		call_fail_with(call, 403, "OverLimit", "Too many messages are in flight.",
			"com.amazonaws.sqs#OverLimit");
		return;
	}
	if (counts.visible || !wait_s)
		answer(call, &r);
	else
		poll_start(call, &r, wait_s);
}
