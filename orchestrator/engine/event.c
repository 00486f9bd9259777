#include "engine/event.h"

#include "audit/audit.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "baselines/set.h"
#include "engine/own_change.h"

struct route_table *event_routes(const struct config *config)
{
	const struct baseline_set *baselines = baselines_of(config);
	struct route_table *routes = route_table_new();

	for (size_t i = 0; i < baseline_set_count(baselines); i++) {
		const struct baseline *baseline = baseline_set_at(baselines, i);

		route_table_add(routes, baseline->id, baseline->triggers);
	}
	return routes;
}

static void nothing(struct event_plan *plan, enum handled_outcome outcome, const char *why)
{
	plan->outcome = outcome;
	snprintf(plan->why, sizeof plan->why, "%s", why);
}

static void add_cell(struct event_plan *plan, const struct baseline *baseline, const char *region)
{
	if (baseline != NULL && plan->count < ARRAY_LENGTH(plan->cells))
		plan->cells[plan->count++] = (struct wanted_cell){ baseline, region };
}

/* Returns the region of the cells to check. A signal that names no region concerns all regions. */
static const char *region_for(const struct baseline *baseline, const char *region)
{
	if (baseline == NULL || baseline->scope == SCOPE_ACCOUNT)
		return REGION_GLOBAL;
	return region != NULL ? region : EVENT_EVERY_REGION;
}

size_t event_whole_account(const struct config *config, struct wanted_cell *wanted)
{
	const struct baseline_set *baselines = baselines_of(config);
	size_t count = baseline_set_count(baselines);

	for (size_t i = 0; i < count; i++) {
		const struct baseline *baseline = baseline_set_at(baselines, i);

		wanted[i] = (struct wanted_cell){ baseline, region_for(baseline, NULL) };
	}
	return count;
}

static void choose_cells(const struct config *config, const struct signal *signal,
	struct event_plan *plan)
{
	if (plan->route.action == ROUTE_SWEEP)
		plan->count = event_whole_account(config, plan->cells);
	for (size_t i = 0; plan->route.action == ROUTE_CHECK && i < plan->route.baseline_count; i++) {
		const struct baseline *baseline =
			baseline_set_find(baselines_of(config), plan->route.baselines[i]);

		add_cell(plan, baseline, region_for(baseline, signal->region));
	}
}

void event_plan(const struct engine *engine, const struct own_changes *own,
	const struct signal *signal, struct event_plan *plan)
{
	memset(plan, 0, sizeof *plan);
	route_signal(engine->routes, engine->config, signal, &plan->route);
	snprintf(plan->why, sizeof plan->why, "%s", plan->route.why);
	plan->look = signal->account_change == SIGNAL_ACCOUNT_NEW ||
		signal->account_change == SIGNAL_ACCOUNT_MOVED;
	plan->retire = plan->route.action == ROUTE_RETIRE;
	if (plan->route.action == ROUTE_IGNORE)
		nothing(plan, HANDLED_IGNORED, plan->route.why);
	else if (signal->account == NULL)
		nothing(plan, HANDLED_NO_ACCOUNT, "the event names no account");
	else if (!plan->retire)
		choose_cells(engine->config, signal, plan);
	if (plan->outcome == HANDLED_NONE &&
		own_change_caused(engine, own, signal, plan->cells, plan->count, plan->why,
			sizeof plan->why))
		plan->outcome = HANDLED_OWN;
}

static const char *action_name(enum route_action action)
{
	static const char *const names[] = { "check", "sweep", "retire", "ignore" };

	return names[action];
}

json_t *event_plan_to_json(const struct signal *signal, const struct event_plan *plan)
{
	json_t *cells = json_array();

	for (size_t i = 0; plan->outcome == HANDLED_NONE && i < plan->count; i++)
		json_array_append_new(cells,
			json_pack("{s:s, s:s}", "region", plan->cells[i].region, "baseline",
				plan->cells[i].baseline->id));
	return json_pack("{s:o, s:o, s:s, s:o, s:s*, s:o}", "signal", signal_to_json(signal), "rule",
		json_text(plan->route.rule), "action", action_name(plan->route.action), "why",
		json_text(plan->why), "outcome",
		plan->outcome != HANDLED_NONE ? handled_outcome_name(plan->outcome) : NULL, "cells", cells);
}

static const char *or_null(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

void event_record(const struct signal *signal, const struct event_plan *plan,
	const struct event_outcome *outcome, struct handled_event *out)
{
	*out = (struct handled_event){ .identity = signal->identity,
		.at_ms = clock_now_ms(),
		.signal_source = signal_source_name(signal->source),
		.type = signal->type,
		.account = or_null(signal->account),
		.region = or_null(signal->region),
		.resource = or_null(signal->resource),
		.severity = signal->severity,
		.title = or_null(signal->title),
		.outcome = outcome->outcome,
		.rule = plan->route.rule,
		.why = or_null(plan->why),
		.run = or_null(outcome->run),
		.changes = (int64_t)outcome->changes,
		.message = or_null(outcome->message_id),
		.by = or_null(outcome->by) };
}

int event_audit(struct audit *audit, const struct signal *signal, const struct event_plan *plan,
	const char *by, struct err *err)
{
	struct audit_entry entry = {
		.kind = AUDIT_DECISION,
		.action = "event",
		.outcome = "accepted",
		.actor = by,
		.account = signal->account,
		.region = signal->region,
		.resource = signal->resource,
		.rule = plan->route.rule,
		.reason = signal->identity,
	};

	return audit_append(audit, &entry, err);
}
