#include "trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue.h"

/* https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
#define EVENT_VERSION "1.11"
#define MAX_PARAMETERS_BYTES (100 * 1024)

static struct trail_row ring[TRAIL_RING];
static uint64_t newest;

static void make_id(uint64_t stream, char out[37])
{
	static uint64_t counter;

	hash_uuid(mix(mix((uint64_t)org.options->seed, stream), ++counter), out);
}

static void write_member(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, text);
}

static void write_value(struct buf *b, const char *name, const char *json)
{
	if (json && strlen(json) > MAX_PARAMETERS_BYTES)
		json = "{\"omitted\":true,\"reason\":\"field size exceeds limit\"}";
	buf_printf(b, ",\"%s\":%s", name, json ? json : "null");
}

static void write_event(struct buf *b, const struct trail_event *e, const char *at, const char *id)
{
	buf_printf(b,
		"{\"eventVersion\":\"" EVENT_VERSION "\",\"userIdentity\":%s,\"eventTime\":\"%s\","
		"\"eventSource\":\"%s.amazonaws.com\",\"eventName\":\"%s\",\"awsRegion\":\"%s\"",
		e->identity, at, e->service, e->name, e->region);
	write_member(b, "sourceIPAddress", e->address);
	write_member(b, "userAgent", e->agent);
	write_value(b, "requestParameters", e->parameters);
	write_value(b, "responseElements", e->response);
	if (e->request_id)
		write_member(b, "requestID", e->request_id);
	buf_printf(b,
		",\"eventID\":\"%s\",\"readOnly\":false,\"eventType\":\"%s\",\"managementEvent\":true,"
		"\"recipientAccountId\":\"%s\"",
		id, e->details ? "AwsServiceEvent" : "AwsApiCall", e->account->id);
	if (e->details)
		write_value(b, "serviceEventDetails", e->details);
	buf_str(b, ",\"eventCategory\":\"Management\"}");
}

static char *copy(const char *text)
{
	return text ? must_strdup(text) : NULL;
}

static void row_clear(struct trail_row *row)
{
	free(row->region);
	free(row->user);
	free(row->key);
	free(row->text);
	for (int i = 0; i < TRAIL_RESOURCES; i++) {
		free(row->types[i]);
		free(row->names[i]);
	}
	*row = (struct trail_row){ 0 };
}

static void row_fill(struct trail_row *row, const struct trail_event *e, const char *text)
{
	row->account = e->account;
	row->service = e->service;
	row->name = e->name;
	row->region = copy(e->region);
	row->user = copy(e->user);
	row->key = copy(e->key);
	row->text = copy(text);
	for (int i = 0; i < TRAIL_RESOURCES && e->resources[i].type; i++) {
		row->types[i] = copy(e->resources[i].type);
		row->names[i] = copy(e->resources[i].name);
	}
	row->shown = clock_ms() + org.options->trail_delay_ms;
}

void trail_record(const struct trail_event *event, bool publish)
{
	static struct buf text;
	struct trail_row *row = &ring[++newest % TRAIL_RING];
	char at[21], source[64];

	row_clear(row);
	row->at = http_now();
	make_id(0x7a11, row->id);
	time_text(row->at, at);
	buf_reset(&text);
	write_event(&text, event, at, row->id);
	row_fill(row, event, text.p);
	if (!publish)
		return;
	snprintf(source, sizeof(source), "aws.%s", event->service);
	trail_publish(event->details ? "AWS Service Event via CloudTrail"
								 : "AWS API Call via CloudTrail",
		source, event->account->id, event->region, row->at, NULL, text.p);
}

void trail_publish(const char *type, const char *source, const char *account, const char *region,
	time_t at, const char *resource, const char *detail)
{
	static struct buf b;
	char id[37], time[21];

	make_id(0xe7e, id);
	time_text(at, time);
	buf_reset(&b);
	buf_printf(&b,
		"{\"version\":\"0\",\"id\":\"%s\",\"detail-type\":\"%s\",\"source\":\"%s\",\"account\":\"%"
		"s\",\"time\":\"%s\","
		"\"region\":\"%s\",\"resources\":[",
		id, type, source, account, time, region);
	if (resource)
		buf_json(&b, resource);
	buf_printf(&b, "],\"detail\":%s}", detail);
	queue_put(queue_events, (struct slice){ b.p, b.n }, org.options->trail_delay_ms, true);
}

uint64_t trail_newest(void)
{
	return newest;
}

const struct trail_row *trail_row(uint64_t number)
{
	const struct trail_row *row = &ring[number % TRAIL_RING];

	return number && number <= newest && newest - number < TRAIL_RING && row->shown <= clock_ms()
		? row
		: NULL;
}
