/* Reads the certificate authorities that TLS trusts. A bundle has some 150 of them and takes 25 ms
 * to read. So it is read once, when the first request needs it, and on a thread, since the loop
 * must not stand still for so long. */
#include "io/http/trust.h"

#include "io/fiber_sync.h"
#include "io/http/private.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"

#include <openssl/err.h>
#include <pthread.h>

/* After these times the bundle is read again, in case it was renewed; the second one holds after a
 * failure. */
#define TRUST_AGE_US (INT64_C(24) * 3600 * 1000000)
#define RETRY_AGE_US (INT64_C(10) * 1000000)

struct loading {
	struct http_client *client;
	struct fiber_ticket waiter;
	X509_STORE *store;  /* NULL: `reason` */
	const char *reason; /* static text */
	bool over;
};

static const char *bundle_name(const struct http_client *client)
{
	return client->ca_bundle != NULL ? client->ca_bundle : "of the system";
}

static void read_authorities(struct loading *loading)
{
	const char *bundle = loading->client->ca_bundle;
	X509_STORE *store = X509_STORE_new();

	if (store == NULL)
		abort(); /* no memory */
	ERR_clear_error();
	if ((bundle != NULL ? X509_STORE_load_locations(store, bundle, NULL)
						: X509_STORE_set_default_paths(store)) == 1) {
		/* An intermediate authority in the bundle is trusted like a root, as curl and most others
		 * do. */
		X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
		loading->store = store;
		return;
	}
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	loading->reason = reason != NULL ? reason : "there is no certificate in it";
	ERR_clear_error();
	X509_STORE_free(store);
}

static void on_over(void *argument)
{
	struct loading *loading = argument;

	loading->over = true;
	fiber_wake(loading->waiter, 0);
}

static void *run_thread(void *argument)
{
	struct loading *loading = argument;

	read_authorities(loading);
	loop_post_from_thread(loading->client->loop, on_over, loading);
	return NULL;
}

/* This wait is shielded from cancellation, since the thread uses this stack; it ends soon. */
static MAY_YIELD void read_beside(struct loading *loading)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_thread, loading) != 0) {
		read_authorities(loading);
		return;
	}
	fiber_shield();
	while (!loading->over) {
		loading->waiter = fiber_ticket();
		(void)!fiber_wait(FIBER_FOREVER);
	}
	fiber_unshield();
	pthread_join(thread, NULL);
}

/* When the bundle can't be read again, the authorities that were read before stay in force. */
static MAY_YIELD void renew(struct http_client *client)
{
	struct loading loading = { .client = client };

	read_beside(&loading);
	client->trust_read_us = clock_monotonic_us();
	if (loading.store == NULL) {
		client->trust_problem = loading.reason;
		if (client->trust != NULL)
			log_warning(
				"cannot read the CA bundle %s again: %s; what was read before stays in force",
				bundle_name(client), client->trust_problem);
		return;
	}
	X509_STORE_free(client->trust);
	client->trust = loading.store;
}

int http_trust_wait(struct http_client *client, struct err *err)
{
	int64_t age_us = fiber_now_us() - client->trust_read_us;

	if (client->trust_once.state == FIBER_ONCE_DONE &&
		age_us > (client->trust != NULL ? TRUST_AGE_US : RETRY_AGE_US))
		fiber_once_reset(&client->trust_once);
	if (fiber_once_begin(&client->trust_once)) {
		renew(client);
		fiber_once_finish(&client->trust_once);
	}
	if (client->trust != NULL)
		return 0;
	return err_set(err, ERR_CONFIG, "CaBundleUnusable",
		"cannot use the CA bundle %s: %s; give a PEM file of certificates", bundle_name(client),
		client->trust_problem);
}

void http_trust_release(struct http_client *client)
{
	X509_STORE_free(client->trust);
}
