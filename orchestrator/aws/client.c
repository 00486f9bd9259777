/* Makes and frees the process's connection to AWS. */
#include "aws/client_endpoint.h"
#include "aws/client_private.h"
#include "aws/client_settings.h"
#include "aws/session.h"

#include "base/banned.h"
#include "base/clock.h"

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>

/* Keeps the kernel from writing the memory, which holds secret keys, to a core file, and from
 * letting another process of the same user read it. */
static void forbid_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static uint64_t seed(void)
{
	uint64_t random = 0;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		random = (uint64_t)clock_monotonic_us();
	return random | 1;
}

/* Renews the default session. */
MAY_YIELD static int renew(void *argument, bool again, struct aws_stats *charged,
	struct aws_credentials *out, struct err *err)
{
	struct aws *aws = argument;

	(void)charged;
	return aws->provide(aws, again, out, err);
}

int aws_new(struct loop *loop, const struct aws_options *options, aws_provide *provide,
	struct aws **out, struct err *err)
{
	static const struct aws_options defaults;
	struct aws *aws = xcalloc(1, sizeof *aws);

	forbid_core_dumps();
	if (options == NULL)
		options = &defaults;
	aws->loop = loop;
	aws->provide = provide;
	sigv4_texts_init(&aws->signing);
	aws->random = seed();
	if (client_settings_load(&aws->settings, options, err) < 0) {
		aws_free(aws);
		return -1;
	}
	struct http_options http = {
		.in_flight = options->in_flight,
		.ca_bundle = client_setting(&aws->settings, "AWS_CA_BUNDLE", "ca_bundle"),
	};
	if (http_client_new(loop, &http, &aws->http, err) < 0) {
		aws_free(aws);
		return -1;
	}
	aws->ratelimit = ratelimit_new();
	aws->default_session = session_new(&aws->clock_offset_ms,
		&(struct session_source){ .renew = renew, .argument = aws });
	session_own(aws->default_session);
	*out = aws;
	return 0;
}

void aws_free(struct aws *aws)
{
	if (aws == NULL)
		return;
	session_free(aws->default_session);
	client_endpoints_free(aws);
	ratelimit_free(aws->ratelimit);
	if (aws->http != NULL)
		http_client_free(aws->http);
	client_settings_release(&aws->settings);
	sigv4_texts_release(&aws->signing);
	free(aws);
}

const char *aws_region(struct aws *aws)
{
	return aws->settings.region;
}

struct aws_session *aws_session_default(struct aws *aws)
{
	return aws->default_session;
}

struct aws_stats aws_stats_now(const struct aws *aws)
{
	struct http_stats http = http_client_stats(aws->http);
	struct aws_stats stats = aws->stats;

	stats.peak_in_flight = http.peak_in_flight;
	stats.connections = http.connections;
	return stats;
}
