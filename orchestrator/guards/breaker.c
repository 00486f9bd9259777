#include "guards/breaker.h"

#include "base/banned.h"
#include "base/json.h"

/* Space for "account\x1f" and an id. */
#define CIRCUIT_NAME_SIZE 192

struct circuit {
	const char *kind, *id;
	char name[CIRCUIT_NAME_SIZE];
};

static void circuits_of(const struct breaker_change *change, struct circuit out[3])
{
	out[0] = (struct circuit){ .kind = "baseline", .id = change->baseline };
	out[1] = (struct circuit){ .kind = "account", .id = change->account };
	out[2] = (struct circuit){ .kind = "service", .id = change->service };
	for (size_t i = 0; i < 3; i++)
		snprintf(out[i].name, sizeof out[i].name, "%s\x1f%s", out[i].kind,
			out[i].id != NULL ? out[i].id : "");
}

void breaker_init(struct breaker *breaker, int64_t limit)
{
	*breaker = (struct breaker){ .limit = limit, .circuits = json_object() };
}

void breaker_release(struct breaker *breaker)
{
	json_decref(breaker->circuits);
	breaker->circuits = NULL;
}

static int64_t failures_of(const struct breaker *breaker, const char *name)
{
	return json_get_integer_or(json_object_get(breaker->circuits, name), "failures", 0);
}

bool breaker_is_open(const struct breaker *breaker, const struct breaker_change *change,
	char why[BREAKER_WHY_SIZE])
{
	struct circuit circuits[3];

	why[0] = '\0';
	if (breaker->circuits == NULL || breaker->limit <= 0) {
		snprintf(why, BREAKER_WHY_SIZE, "the circuit breaker has no limit");
		return true;
	}
	circuits_of(change, circuits);
	for (size_t i = 0; i < 3; i++) {
		int64_t failures = circuits[i].id != NULL ? failures_of(breaker, circuits[i].name) : 0;

		if (failures < breaker->limit)
			continue;
		snprintf(why, BREAKER_WHY_SIZE,
			"%lld %s of %s %s failed one after another (limits.breaker_failures), the last with %s",
			(long long)failures, failures == 1 ? "change" : "changes", circuits[i].kind,
			circuits[i].id,
			json_get_string_or(json_object_get(breaker->circuits, circuits[i].name), "last",
				"an unknown error"));
		return true;
	}
	return false;
}

/* "AccessDenied on arn:…: the message". */
static json_t *describe(const struct breaker_change *change, const struct err *failure)
{
	char text[BREAKER_WHY_SIZE];

	snprintf(text, sizeof text, "%s%s%.200s: %.200s", failure->code,
		change->resource != NULL ? " on " : "", change->resource != NULL ? change->resource : "",
		failure->message);
	return json_text(text);
}

bool breaker_count(struct breaker *breaker, const struct breaker_change *change,
	const struct err *failure)
{
	struct circuit circuits[3];
	bool opened = false;

	circuits_of(change, circuits);
	for (size_t i = 0; i < 3; i++) {
		int64_t failures = failures_of(breaker, circuits[i].name);

		if (circuits[i].id == NULL || failures >= breaker->limit) /* an open circuit stays open */
			continue;
		if (failure == NULL) {
			json_object_del(breaker->circuits, circuits[i].name);
			continue;
		}
		json_object_set_new(breaker->circuits, circuits[i].name,
			json_pack("{s:I, s:o}", "failures", (json_int_t)(failures + 1), "last",
				describe(change, failure)));
		opened |= failures + 1 >= breaker->limit;
	}
	return opened;
}
