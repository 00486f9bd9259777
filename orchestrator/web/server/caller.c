/* Checks that a request is meant for this server, and identifies its caller. */
#include "web/server/caller.h"

#include "config/values.h"
#include "web/http/head.h"
#include "web/server/connection.h"
#include "web/server/internal.h"
#include "web/server/listener.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "config/config.h"

#include <strings.h>

#define TOKEN_MAX_BYTES 512

/* --- checks of Host and Origin --- */

static int check_host(struct exchange *exchange, struct authority *host)
{
	const struct connection *connection = exchange->connection;
	const struct listener *listener = exchange->web->tcp;

	if (authority_parse(head_get(&exchange->head, "host"), host) < 0)
		return refuse(&exchange->refusal, 400, "BadHost",
			"Host is not a name or address, with or without a port");
	/* After a reload old connections can outlive their listener, so there may be no listener, or
	 * another one. */
	if (listener == NULL || !listener_has_host(listener, host, &connection->local))
		return refuse(&exchange->refusal, 421, "UnknownHost",
			"this server is not known by the name %.200s; to allow it, add the name to http.hosts "
			"in the configuration",
			host->host);
	return 0;
}

/* Refuses requests that browsers send for pages of other origins: they may not use this API, so
 * there is no CORS either. */
static int check_origin(struct exchange *exchange, const struct authority *host)
{
	const char *origin = head_get(&exchange->head, "origin"),
			   *site = head_get(&exchange->head, "sec-fetch-site");
	struct authority authority;
	bool https;

	if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return refuse(&exchange->refusal, 403, "CrossSite",
			"the request was made by a web page of another site");
	if (origin == NULL)
		return 0;
	/* Behind a proxy that terminates TLS the page has https while this server has not. If this
	 * server has TLS, the page must have https too. */
	if (host == NULL || origin_parse(origin, &https, &authority) < 0 ||
		!authority_equal(&authority, host) || (exchange->is_tls && !https))
		return refuse(&exchange->refusal, 403, "CrossSite",
			"the request was made by a web page of another origin");
	return 0;
}

int caller_means_us(struct exchange *exchange)
{
	struct authority host;

	/* UNIX sockets have no host name, and browsers can't reach them, so they need no check. */
	if (exchange->way != WEB_TCP)
		return check_origin(exchange, NULL);
	if (check_host(exchange, &host) < 0)
		return -1;
	return check_origin(exchange, &host);
}

/* --- the role --- */

static enum api_role role_of(const struct config *config, const char *name)
{
	enum api_role role = API_RESPONDER;
	size_t index;
	json_t *person;

	json_array_foreach(config_get(config, "people"), index, person) {
		const char *text = json_get_string(person, "role");

		/* The configuration's check accepts only roles; an unknown word would give no role. */
		if (strcmp(json_get_string_or(person, "name", ""), name) == 0 && text != NULL &&
			role_parse(text, &role) < 0)
			return API_PUBLIC;
	}
	return role;
}

/* --- callers on a UNIX socket --- */

/* Makes root, or the user of this process, an admin, since both can read and change the store
 * anyway. Where the configuration doesn't name them, they get a name that it can't give to a person
 * (config/people.c), so that they can't count as the second person under four eyes. */
static void take_master(struct exchange *exchange, uid_t uid)
{
	struct person *person = &exchange->person;
	char user[PERSON_USER_SIZE];

	people_user_name(uid, user);
	snprintf(person->name, sizeof person->name, PERSON_SYSTEM_PREFIX "%.*s",
		(int)(sizeof person->name - sizeof PERSON_SYSTEM_PREFIX), user);
	snprintf(person->via, sizeof person->via, "system user %s", user);
	exchange->role = API_ADMIN;
}

/* Refuses a user whom the configuration doesn't name, and counts the refusal. A look-up may ask a
 * directory over the network, which blocks the loop, so an unknown user gets few of them. */
static int refuse_user(struct exchange *exchange, const struct err *err)
{
	exchange->person.name[0] = '\0';
	if (err->kind != ERR_CONFIG)
		return refuse(&exchange->refusal, 503, "NoUserDatabase", "%s", err->message);
	if (exchange->way == WEB_OPERATORS)
		meter_count(exchange->web->failures, exchange->source, clock_monotonic_us());
	return refuse(&exchange->refusal, 403, "UnknownPerson", "%s", err->message);
}

static int identify_peer(struct exchange *exchange, const struct config *config)
{
	uid_t uid = exchange->connection->uid;
	bool master = uid == 0 || uid == exchange->web->own_uid;
	struct person *person = &exchange->person;
	struct err err = ERR_INIT;

	if (exchange->way == WEB_OPERATORS &&
		meter_is_spent(exchange->web->failures, exchange->source, WEB_FAILURES_PER_MINUTE,
			clock_monotonic_us(), &exchange->retry_after_s))
		return refuse(&exchange->refusal, 429, "TooManyFailures",
			"%s is not mapped to a person and has made too many requests; wait a minute",
			exchange->source);
	if (people_by_uid(config, uid, person, &err) == 0)
		exchange->role = master ? API_ADMIN : role_of(config, person->name);
	else if (master && err_is(&err, ERR_CONFIG, "UnknownPerson"))
		take_master(exchange, uid);
	else
		return refuse_user(exchange, &err);
	return 0;
}

/* --- callers with an API token --- */

static const char *bearer(const char *authorization)
{
	if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	authorization += 7 + strspn(authorization + 7, " ");
	return authorization[0] != '\0' && strlen(authorization) <= TOKEN_MAX_BYTES ? authorization
																				: NULL;
}

/* Counts a connection for its person. One person can't take all connections, so that others can
 * still connect. */
static int take_connection(struct exchange *exchange)
{
	struct connection *connection = exchange->connection;

	connection->known = true;
	snprintf(connection->person, sizeof connection->person, "%s", exchange->person.name);
	if (connections_of(exchange->web, connection->person) <= WEB_MAX_OF_PERSON)
		return 0;
	exchange->close_after = true;
	exchange->retry_after_s = 1;
	return refuse(&exchange->refusal, 429, "TooManyConnections",
		"%s has more than the %d connections that a person may have open; close some",
		exchange->person.name, WEB_MAX_OF_PERSON);
}

/* After many wrong tokens from an address, refuses its requests for the rest of the minute, even
 * with a right token, so that tokens can't be guessed. The control socket works meanwhile. */
static int identify_token(struct exchange *exchange, const struct config *config)
{
	const char *token = bearer(head_get(&exchange->head, "authorization"));
	struct meter *failures = exchange->web->failures;
	int64_t now_us = clock_monotonic_us();
	struct err err = ERR_INIT;

	if (token == NULL) {
		exchange->challenge = true;
		return refuse(&exchange->refusal, 401, "NoToken",
			"send an API token: Authorization: Bearer TOKEN");
	}
	if (meter_is_spent(failures, exchange->source, WEB_FAILURES_PER_MINUTE, now_us,
			&exchange->retry_after_s))
		return refuse(&exchange->refusal, 429, "TooManyFailures",
			"too many requests with wrong tokens came from %s; wait a minute", exchange->source);
	if (people_by_token(config, token, &exchange->person, &err) == 0) {
		exchange->role = role_of(config, exchange->person.name);
		return take_connection(exchange);
	}
	exchange->person.name[0] = '\0';
	meter_count(failures, exchange->source, now_us);
	exchange->challenge = exchange->wrong_token = true;
	return refuse(&exchange->refusal, 401, "WrongToken",
		"none of the \"people\" in the configuration has this API token");
}

int caller_identify(struct exchange *exchange)
{
	const struct config *config = web_config(exchange->web);

	return exchange->way != WEB_TCP ? identify_peer(exchange, config)
									: identify_token(exchange, config);
}
