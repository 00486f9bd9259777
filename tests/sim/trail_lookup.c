/* CloudTrail, JSON 1.1: LookupEvents.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
#include <string.h>

#include "trail.h"

#define PAGE_MOST 50

struct lookup {
	const char *key, *value; /* the one attribute, or NULL */
	double from, to;         /* seconds since 1970 */
};

static bool invalid(struct call *call, const char *shape, const char *message)
{
	call_fail(call, 400, shape, message);
	return false;
}

static bool read_attribute(struct call *call, struct lookup *lookup)
{
	static const char *const keys[] = { "EventId", "EventName", "ReadOnly", "Username",
		"ResourceType", "ResourceName", "EventSource", "AccessKeyId" };
	const json_t *list = json_object_get(call->json, "LookupAttributes"),
				 *one = json_array_get(list, 0);

	if (!list || !json_array_size(list))
		return true;
	lookup->key = json_string_value(json_object_get(one, "AttributeKey"));
	lookup->value = json_string_value(json_object_get(one, "AttributeValue"));
	for (size_t i = 0; lookup->key && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(lookup->key, keys[i]) == 0 && lookup->value && *lookup->value &&
			json_array_size(list) == 1)
			return true;
	return invalid(call, "InvalidLookupAttributesException",
		"Only one attribute can be specified, and it must be a valid one.");
}

static bool read_times(struct call *call, struct lookup *lookup)
{
	const json_t *from = json_object_get(call->json, "StartTime"),
				 *to = json_object_get(call->json, "EndTime");

	lookup->from = from ? json_number_value(from) : 0;
	lookup->to = to ? json_number_value(to) : (double)http_now() + 1;
	if ((from && !json_is_number(from)) || (to && !json_is_number(to)))
		return invalid(call, "SerializationException", "A time must be a number");
	return lookup->from <= lookup->to ||
		invalid(call, "InvalidTimeRangeException", "The start time must be before the end time.");
}

static bool one_of(const char *value, char *const texts[TRAIL_RESOURCES])
{
	for (int i = 0; i < TRAIL_RESOURCES; i++)
		if (texts[i] && strcmp(texts[i], value) == 0)
			return true;
	return false;
}

static bool has_attribute(const struct lookup *lookup, const struct trail_row *row)
{
	const char *key = lookup->key, *value = lookup->value;
	size_t n = strlen(row->service);

	if (!key)
		return true;
	if (strcmp(key, "EventId") == 0)
		return strcmp(value, row->id) == 0;
	if (strcmp(key, "EventName") == 0)
		return strcmp(value, row->name) == 0;
	if (strcmp(key, "ReadOnly") == 0)
		return strcmp(value, "false") == 0;
	if (strcmp(key, "Username") == 0)
		return row->user && strcmp(value, row->user) == 0;
	if (strcmp(key, "AccessKeyId") == 0)
		return row->key && strcmp(value, row->key) == 0;
	if (strcmp(key, "EventSource") == 0)
		return strncmp(value, row->service, n) == 0 && strcmp(value + n, ".amazonaws.com") == 0;
	return one_of(value, strcmp(key, "ResourceType") == 0 ? row->types : row->names);
}

static bool fits(const struct call *call, const struct lookup *lookup, const struct trail_row *row)
{
	return row->account == call->caller.account && slice_is(call->region, row->region) &&
		(double)row->at >= lookup->from && (double)row->at <= lookup->to &&
		has_attribute(lookup, row);
}

static void write_row(struct buf *b, const struct trail_row *row)
{
	buf_printf(b,
		"{\"EventId\":\"%s\",\"EventName\":\"%s\",\"ReadOnly\":\"false\",\"EventTime\":%lld,"
		"\"EventSource\":\"%s.amazonaws.com\"",
		row->id, row->name, (long long)row->at, row->service);
	if (row->key) {
		buf_str(b, ",\"AccessKeyId\":");
		buf_json(b, row->key);
	}
	if (row->user) {
		buf_str(b, ",\"Username\":");
		buf_json(b, row->user);
	}
	buf_str(b, ",\"Resources\":[");
	for (int i = 0; i < TRAIL_RESOURCES && row->types[i]; i++) {
		buf_printf(b, "%s{\"ResourceType\":\"%s\",\"ResourceName\":", i ? "," : "", row->types[i]);
		buf_json(b, row->names[i] ? row->names[i] : "");
		buf_char(b, '}');
	}
	buf_str(b, "],\"CloudTrailEvent\":");
	buf_json(b, row->text);
	buf_char(b, '}');
}

void cloudtrail_LookupEvents(struct call *call)
{
	const json_t *most = json_object_get(call->json, "MaxResults");
	long asked = most ? (long)json_integer_value(most) : PAGE_MOST;
	struct lookup lookup = { 0 };
	struct page page;
	uint64_t number, oldest;
	size_t n = 0;
	struct buf *b;

	if (!read_attribute(call, &lookup) || !read_times(call, &lookup))
		return;
	if (asked < 1 || asked > PAGE_MOST) {
		invalid(call, "InvalidMaxResultsException", "MaxResults must be from 1 to 50.");
		return;
	}
	/* A token is the number of the row to go on with, so that new events don't move the pages. */
	if (!page_read(&page, call_json_text(call, "NextToken"), asked, PAGE_MOST)) {
		invalid(call, "InvalidNextTokenException",
			"A token is not valid, or was for other parameters.");
		return;
	}
	number = page.from ? page.from : trail_newest();
	oldest = trail_newest() > TRAIL_RING ? trail_newest() - TRAIL_RING : 0;
	b = call_answer(call);
	buf_str(b, "{\"Events\":[");
	for (; number > oldest; number--) {
		const struct trail_row *row = trail_row(number);

		if (!row || !fits(call, &lookup, row))
			continue;
		if (n == page.count)
			break;
		buf_str(b, n++ ? "," : "");
		write_row(b, row);
	}
	buf_char(b, ']');
	if (number > oldest) {
		page = (struct page){ .from = number };
		buf_str(b, ",\"NextToken\":");
		buf_json(b, page_next(call, &page));
	}
	buf_char(b, '}');
}
