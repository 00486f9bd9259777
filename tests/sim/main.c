/* reeve-sim: a stand-in for the AWS endpoints of an organization. See README.md. */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "admin.h"
#include "dispatch.h"
#include "faults.h"
#include "options.h"
#include "permissions.h"
#include "queue.h"
#include "sqs.h"
#include "state.h"

static void on_signal(evutil_socket_t fd, short what, void *base)
{
	(void)fd, (void)what;
	event_base_loopbreak(base);
}

static struct event_base *make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	/* One thread, sockets only: no locks, and fewer calls to epoll_ctl. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (!base)
		die("cannot make an event loop");
	return base;
}

static void apply_overlay(const char *file)
{
	json_error_t why;
	json_t *json = json_load_file(file, 0, &why);
	const char *error = json ? admin_apply(json) : why.text;

	if (error)
		die("%s: %s", file, error);
	json_decref(json);
}

int main(int argc, char **argv)
{
	struct options options;
	struct http_options http;
	struct event_base *base;
	struct event *term, *interrupt;
	char error[256];
	int port;

	options_parse(&options, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	organization_build(&options);
	queues_open(&options);
	permissions_load(&options);
	if (!faults_set(options.faults, error))
		die("--fault: %s", error);
	if (options.state)
		apply_overlay(options.state);

	base = make_base();
	sqs_open(base);
	http = (struct http_options){ options.listen, options.tls, options.latency_ms,
		options.clock_offset_s };
	port = http_listen(base, &http, dispatch);
	term = evsignal_new(base, SIGTERM, on_signal, base);
	interrupt = evsignal_new(base, SIGINT, on_signal, base);
	event_add(term, NULL);
	event_add(interrupt, NULL);

	printf("%s://%.*s:%d\n", options.tls ? "https" : "http",
		(int)(strrchr(options.listen, ':') - options.listen), options.listen, port);
	fflush(stdout);
	event_base_dispatch(base);

	http_close();
	event_free(term);
	event_free(interrupt);
	event_base_free(base);
	return 0;
}
