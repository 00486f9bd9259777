/* The kinds of messages, and what is read from a message's record. */
#include "notify/record.h"

#include "base/banned.h"
#include "base/json.h"
#include "baselines/names.h"

static const char *const kind_names[] = { "alert", "approval", "halt", "failure" };

const char *notification_kind_name(enum notification_kind kind)
{
	return kind_names[kind];
}

int notification_kind_parse(const char *name, enum notification_kind *out)
{
	for (int kind = 0; kind < NOTIFICATION_KINDS; kind++) {
		if (strcmp(name, kind_names[kind]) == 0) {
			*out = (enum notification_kind)kind;
			return 0;
		}
	}
	return -1;
}

int notify_severity_parse(const char *name, enum severity *out)
{
	for (int severity = SEVERITY_INFORMATIONAL; severity <= SEVERITY_CRITICAL; severity++) {
		if (strcmp(name, severity_name((enum severity)severity)) == 0) {
			*out = (enum severity)severity;
			return 0;
		}
	}
	return -1;
}

bool notify_is_urgent(const json_t *record)
{
	const char *kind = json_get_string_or(record, "kind", "");

	return strcmp(kind, "halt") == 0 || strcmp(kind, "failure") == 0;
}

json_int_t notify_count(const json_t *record)
{
	return json_get_integer_or(record, "count", 0);
}
