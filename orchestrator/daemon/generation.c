#include "daemon/generation.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "baselines/set.h"
#include "config/values.h"
#include "engine/event.h"
#include "engine/sessions.h"
#include "guards/exceptions.h"
#include "guards/windows.h"
#include "notify/notify.h"

static void end(struct generation *generation)
{
	if (generation->notifier_of == NULL)
		notifier_free(generation->notifier);
	session_pool_free(generation->sessions);
	exceptions_free(generation->exceptions);
	windows_free(generation->windows);
	route_table_free(generation->routes);
	if (generation->owns_config) {
		config_free(generation->config);
		baseline_set_free(generation->baselines);
	}
	free(generation);
}

static MAY_YIELD int open_parts(struct generation *generation, struct err *err)
{
	struct engine *engine = &generation->engine;

	if (windows_new(generation->config, &generation->windows, err) < 0 ||
		exceptions_load(generation->config, engine->store, &generation->exceptions, err) < 0)
		return -1;
	generation->routes = event_routes(generation->config);
	engine->config = generation->config;
	engine->routes = generation->routes;
	engine->windows = generation->windows;
	engine->exceptions = generation->exceptions;
	engine->sessions = generation->sessions;
	engine->serving = true;
	return 0;
}

int generation_new(const struct engine *parts, const char *process_id,
	struct baseline_set *baselines, struct config *config, bool owns_config,
	struct generation **retired, struct generation **out, struct err *err)
{
	struct generation *generation = xcalloc(1, sizeof *generation);

	generation->holders = 1;
	generation->flush_ms = NOTIFY_FLUSH_MS;
	generation->retired = retired;
	generation->baselines = baselines;
	generation->config = config;
	generation->owns_config = owns_config;
	generation->engine = *parts;
	generation->sessions = session_pool_new(process_id);
	if (open_parts(generation, err) < 0) {
		end(generation);
		return -1;
	}
	*out = generation;
	return 0;
}

static bool same_notifications(const struct generation *a, const struct generation *b)
{
	return json_equal(config_get(a->config, "notifications"),
		config_get(b->config, "notifications"));
}

int generation_notify(struct generation *generation, struct generation *before, struct err *err)
{
	struct err unused = ERR_INIT;

	if (before != NULL && same_notifications(generation, before)) {
		generation->notifier_of =
			generation_retain(before->notifier_of != NULL ? before->notifier_of : before);
		generation->engine.notifier = generation->notifier = before->notifier;
		return 0;
	}
	/* The old notifier stops first: two that send from the same outbox would send each message
	 * twice. */
	if (before != NULL)
		notify_flush(before->notifier, NOTIFY_FLUSH_MS);
	struct notify_options options = { generation->engine.loop, generation->engine.store,
		generation->engine.config };
	if (notifier_new(&options, &generation->notifier, err) == 0 &&
		notify_start(generation->notifier, err) == 0) {
		generation->engine.notifier = generation->notifier;
		return 0;
	}
	notify_flush(generation->notifier, 0);
	notifier_free(generation->notifier);
	generation->notifier = NULL;
	if (before != NULL && notify_start(before->notifier, &unused) < 0)
		log_error("notifications can't be sent until the next reload or start: %s", unused.message);
	return -1;
}

void generation_flush_within(struct generation *generation, int64_t ms)
{
	struct generation *owner = generation->notifier_of != NULL ? generation->notifier_of
															   : generation;

	owner->flush_ms = ms;
}

struct generation *generation_retain(struct generation *generation)
{
	generation->holders++;
	return generation;
}

void generation_release(struct generation *generation)
{
	if (generation == NULL || --generation->holders > 0)
		return;
	if (generation->notifier_of != NULL)
		generation_release(generation->notifier_of); /* that generation has its own notifier */
	else
		notify_flush(generation->notifier, generation->flush_ms);
	generation->retired_us = clock_monotonic_us();
	generation->next = *generation->retired;
	*generation->retired = generation;
}

void generations_free(struct generation **retired, int64_t before_us)
{
	while (*retired != NULL) {
		struct generation *generation = *retired;

		if (generation->retired_us >= before_us) {
			retired = &generation->next;
			continue;
		}
		*retired = generation->next;
		end(generation);
	}
}
