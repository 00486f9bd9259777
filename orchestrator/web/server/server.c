/* The life of the server: start, reload, stop. */
#include "web/server/internal.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "web/server/connection.h"
#include "web/server/control.h"
#include "web/server/listener.h"
#include "web/server/operators.h"
#include "web/server/settings.h"
#include "web/server/tls.h"

#include <unistd.h>

const struct config *web_config(const struct web *web)
{
	return web->process.config(web->process.context);
}

static void release(struct web *web)
{
	routes_free(web->routes);
	web_settings_release(&web->settings);
	meter_free(web->requests);
	meter_free(web->failures);
	meter_free(web->records);
	replays_free(web->replays);
	free(web);
}

void web_unhold(struct web *web)
{
	web->holds--;
	if (web->holds > 0)
		return;
	if (web->freed)
		release(web);
	else if (web->awaited)
		fiber_wake(web->waiter, 0);
}

/* --- start --- */

int web_start(struct loop *loop, const struct web_process *process, const struct api_route *routes,
	struct web **out, struct err *err)
{
	struct web *web = xcalloc(1, sizeof *web);

	*out = NULL;
	web->loop = loop;
	web->process = *process;
	web->own_uid = geteuid();
	web->request_ms = WEB_REQUEST_MS;
	web->idle_ms = WEB_IDLE_MS;
	web->requests = meter_new(METER_FORGETS);
	web->failures = meter_new(METER_FORGETS);
	web->records = meter_new(METER_SHARES);
	web->replays = replays_new();
	web_settings_read(web_config(web), &web->settings);
	if (routes_new(routes, &web->routes, err) < 0 ||
		control_new(web, process->state_folder, &web->control, err) < 0 ||
		(web->settings.socket != NULL &&
			operators_new(web, &web->settings, &web->operators, err) < 0) ||
		(web->settings.listen != NULL && listener_new(web, &web->settings, &web->tcp, err) < 0)) {
		web_free(web);
		return -1;
	}
	*out = web;
	return 0;
}

/* --- reload --- */

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The parts that a reload prepares before it takes effect. */
struct reload {
	struct web_settings settings;
	bool same_tcp, same_operators;
	struct listener *tcp, *operators; /* new ones; NULL: none */
	SSL_CTX *tls; /* the new context of a TCP listener that stays; NULL: plain */
};

/* Reads the certificate again, which may have been renewed in the same file. */
static int renew_tls(const struct listener *listener, const struct web_settings *settings,
	SSL_CTX **tls, struct err *err)
{
	if (settings->certificate_file != NULL || settings->key_file != NULL)
		return tls_new(settings, tls, err);
	if (listener->loopback)
		return 0;
	return err_set(err, ERR_CONFIG, "NoCertificate",
		"http.listen %s can be reached from other machines, so it needs TLS: set "
		"http.certificate_file and http.key_file",
		settings->listen);
}

static int prepare_tcp(struct web *web, struct reload *reload, struct err *err)
{
	const struct web_settings *settings = &reload->settings;

	reload->same_tcp = web->tcp != NULL && same_text(settings->listen, web->settings.listen);
	if (reload->same_tcp)
		return renew_tls(web->tcp, settings, &reload->tls, err);
	return settings->listen != NULL ? listener_new(web, settings, &reload->tcp, err) : 0;
}

/* Gives a group to the socket in use, or makes a socket again whose file was removed. This is the
 * last step that can fail. */
static int prepare_operators(struct web *web, struct reload *reload, struct err *err)
{
	const struct web_settings *settings = &reload->settings;

	reload->same_operators = web->operators != NULL &&
		same_text(settings->socket, web->settings.socket) && socket_is_there(web->operators);
	if (!reload->same_operators)
		return settings->socket != NULL ? operators_new(web, settings, &reload->operators, err) : 0;
	return same_text(settings->socket_group, web->settings.socket_group)
		? 0
		: operators_regroup(web->operators, settings, err);
}

static void replace(struct listener **place, struct listener *listener)
{
	listener_free(*place);
	*place = listener;
}

int web_reload(struct web *web, struct err *err)
{
	struct reload reload = { .tls = NULL };

	web_settings_read(web_config(web), &reload.settings);
	if (prepare_tcp(web, &reload, err) < 0 || prepare_operators(web, &reload, err) < 0) {
		listener_free(reload.tcp);
		SSL_CTX_free(reload.tls);
		web_settings_release(&reload.settings);
		return -1;
	}
	if (!reload.same_operators)
		replace(&web->operators, reload.operators);
	if (!reload.same_tcp) {
		replace(&web->tcp, reload.tcp);
	} else {
		SSL_CTX_free(web->tcp->tls);
		web->tcp->tls = reload.tls;
	}
	web_settings_release(&web->settings);
	web->settings = reload.settings;
	return 0;
}

/* --- stop --- */

static void stop_listening(struct web *web)
{
	listener_free(web->tcp);
	listener_free(web->control);
	listener_free(web->operators);
	web->tcp = web->control = web->operators = NULL;
}

static void close_all(struct web *web)
{
	for (struct connection *connection = web->connections, *next; connection != NULL;
		connection = next) {
		next = connection->next;
		connection_close(connection);
	}
}

MAY_YIELD void web_stop(struct web *web, int64_t timeout_ms)
{
	int64_t until_us = clock_monotonic_us() + timeout_ms * 1000;

	web->stopping = true;
	stop_listening(web);
	connections_end_idle(web);
	/* The shield lets the fiber wait although the process is stopping. */
	fiber_shield();
	for (int64_t left_us; web->holds > 0 && (left_us = until_us - clock_monotonic_us()) > 0;) {
		web->waiter = fiber_ticket();
		web->awaited = true;
		if (fiber_wait(left_us / 1000 + 1) == FIBER_TIMED_OUT)
			break;
	}
	web->awaited = false;
	fiber_unshield();
	close_all(web);
}

void web_free(struct web *web)
{
	if (web == NULL)
		return;
	web->freed = true;
	web->holds++;
	stop_listening(web);
	close_all(web);
	web_unhold(web);
}
