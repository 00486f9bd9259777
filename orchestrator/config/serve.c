/* Checks of the sections `events` and `http` that the rows can't express. */
#include "config/serve.h"

#include "config/catalogue.h"
#include "config/checks_address.h"
#include "config/internal.h"
#include "config/pattern/check.h"

#include "base/banned.h"
#include "base/json.h"

static const struct where top = { .up = NULL };

/* --- events --- */

static void check_settling(const json_t *events, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "events" },
					   place = { .up = &section, .key = "settle_limit_seconds" };
	const json_t *settle = json_object_get(events, "settle_seconds"),
				 *limit = json_object_get(events, "settle_limit_seconds");

	if (settle != NULL && limit != NULL && json_integer_value(limit) < json_integer_value(settle))
		complain(complaints, &place, "OutOfRange",
			"is %" JSON_INTEGER_FORMAT ", less than settle_seconds, %" JSON_INTEGER_FORMAT
			": the check would never wait for quiet",
			json_integer_value(limit), json_integer_value(settle));
}

static void check_route_baselines(const struct config *config, const json_t *route,
	const struct where *item, struct complaints *complaints)
{
	const struct where list = { .up = item, .key = "baselines" };
	const char *action = json_get_string(route, "action");
	const json_t *baselines = json_object_get(route, "baselines");
	size_t index;
	json_t *id;

	json_array_foreach(baselines, index, id)
		(void)entry_number(config, json_string_value(id),
			&(struct where){ .up = &list, .index = index }, complaints);
	if (action == NULL || baselines == NULL)
		return; /* it is missing because there was a complaint about it */
	if (strcmp(action, "check") == 0 && json_array_size(baselines) == 0)
		complain(complaints, &list, "Conflict",
			"must name at least one baseline for the action \"check\"; `reeve baselines` lists "
			"them");
	if (strcmp(action, "check") != 0 && json_array_size(baselines) > 0)
		complain(complaints, &list, "Conflict",
			"must be left out for the action \"%s\": baselines are for \"check\" only", action);
}

static json_t *take_route(const struct config *config, const json_t *given, json_t *names,
	const struct where *item, struct complaints *complaints)
{
	const struct where at_name = { .up = item, .key = "name" },
					   at_pattern = { .up = item, .key = "pattern" };
	json_t *route = json_object();

	if (json_is_null(given)) {
		complain(complaints, item, "WrongType", "must be an object, {…}, not null");
		return route;
	}
	settings_collect(route_rows, given, item, true, complaints, route);
	const char *name = json_get_string(route, "name");
	if (name != NULL && json_object_get(names, name) != NULL)
		complain(complaints, &at_name, "Duplicate", "there is a rule %s already", quote(name).text);
	if (name != NULL)
		json_object_set_new(names, name, json_true());
	if (json_object_get(route, "pattern") != NULL)
		pattern_complain(json_object_get(route, "pattern"), &at_pattern, complaints);
	check_route_baselines(config, route, item, complaints);
	return route;
}

static void take_routes(const struct config *config, json_t *events, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "events" },
					   list = { .up = &section, .key = "routes" };
	CLEANUP_JSON json_t *given = json_incref(json_object_get(events, "routes"));
	CLEANUP_JSON json_t *names = json_object();
	json_t *routes = json_array(), *item;
	size_t index;

	json_object_set_new(events, "routes", routes);
	if (!expect_list(given, &list, complaints))
		return;
	if (json_array_size(given) > ROUTES_MAX) {
		complain(complaints, &list, "OutOfRange", "has %zu items; at most %d are possible",
			json_array_size(given), ROUTES_MAX);
		return;
	}
	json_array_foreach(given, index, item) {
		const struct where place = { .up = &list, .index = index };

		json_array_append_new(routes, take_route(config, item, names, &place, complaints));
	}
}

/* --- http --- */

/* Returns whether the host of ADDRESS:PORT is this machine. */
static bool listens_here_only(const char *listen)
{
	const char *colon = strrchr(listen, ':');

	return colon != NULL && host_is_this_machine(listen, (size_t)(colon - listen));
}

static void check_tls(const json_t *http, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "http" };
	const char *listen = json_get_string(http, "listen"),
			   *certificate = json_get_string(http, "certificate_file"),
			   *key = json_get_string(http, "key_file");
	const struct where at_listen = { .up = &section, .key = "listen" };

	/* A value that had a complaint of its own is absent. */
	if (json_object_get(http, "certificate_file") == NULL ||
		json_object_get(http, "key_file") == NULL)
		return;
	if ((certificate == NULL) != (key == NULL))
		complain(complaints, &section, "Conflict", "has \"%s\" without \"%s\"; TLS needs both",
			certificate != NULL ? "certificate_file" : "key_file",
			certificate != NULL ? "key_file" : "certificate_file");
	else if (listen != NULL && certificate == NULL && !listens_here_only(listen))
		complain(complaints, &at_listen, "NeedsTls",
			"%s is reached from other machines, which needs TLS: give \"certificate_file\" and "
			"\"key_file\", or listen on "
			"\"127.0.0.1:8443\" behind a proxy",
			quote(listen).text);
}

static void check_socket(const json_t *http, struct complaints *complaints)
{
	const struct where section = { .up = &top, .key = "http" },
					   place = { .up = &section, .key = "socket_group" };

	/* A value that had a complaint of its own is absent. */
	if (json_is_null(json_object_get(http, "socket")) &&
		json_get_string(http, "socket_group") != NULL)
		complain(complaints, &place, "Conflict",
			"is given without \"socket\", the socket that is for the group");
}

void serve_build(struct config *config, struct complaints *complaints)
{
	json_t *events = json_object_get(config->sections, "events");

	check_settling(events, complaints);
	take_routes(config, events, complaints);
	check_tls(json_object_get(config->sections, "http"), complaints);
	check_socket(json_object_get(config->sections, "http"), complaints);
}
