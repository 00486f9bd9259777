/* Tests of the HTTP client over TLS: which servers it trusts. */
#include "io/http/private.h"
#include "test_io_http_exchange.h"

#include <signal.h>
#include <sys/wait.h>

/* Makes a new client that trusts the authorities of this bundle; NULL: the system's. */
static void trust(const char *bundle)
{
	struct http_options options = { .ca_bundle = bundle, .connect_timeout_ms = 60000 };
	struct err err = ERR_INIT;

	http_client_free(client);
	assert_int_equal(http_client_new(loop, &options, &client, &err), 0);
}

/* Aims the exchange over TLS at the server, which speaks no TLS. */
static void aim_at_plain_server(void)
{
	snprintf(url, sizeof url, "https://127.0.0.1:%d/ok", server->port);
}

static void expect_no_trust(enum err_kind kind, const char *code, const char *part)
{
	struct exchange exchange;

	begin(&exchange, "GET", url);
	finish(&exchange);
	assert_int_equal(exchange.result, -1);
	assert_true(err_is(&exchange.err, kind, code));
	assert_non_null(strstr(exchange.err.message, part));
	assert_false(exchange.response.sent);
	release(&exchange);
}

static void test_tls_failed(void **state)
{
	struct exchange exchange;

	(void)state;
	trust(NULL);
	aim_at_plain_server();
	begin(&exchange, "GET", url);
	finish(&exchange);
	expect_error(&exchange, ERR_NETWORK, "TlsFailed", false);
}

static void test_ca_bundle_unreadable(void **state)
{
	struct http_options options = { .ca_bundle = "/no/such/bundle.pem" };
	struct http_client *other;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(http_client_new(loop, &options, &other, &err), -1);
	assert_null(other);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.message, "/no/such/bundle.pem"));
}

/* With a bundle that has no certificate nothing is trusted, but plain HTTP goes on. */
static void test_ca_bundle_unusable(void **state)
{
	struct exchange exchange;

	(void)state;
	trust("/etc/passwd");
	aim_at_plain_server();
	for (int i = 0; i < 2; i++)
		expect_no_trust(ERR_CONFIG, "CaBundleUnusable", "/etc/passwd");
	assert_int_equal(server->requests, 0);
	get(&exchange, "/ok");
	assert_int_equal(exchange.result, 0);
	release(&exchange);
}

#define LARGE_BYTES 3000000

/* Starts openssl's own server with a certificate of its own and a large file to serve. Returns 0
 * when openssl is not installed. */
static pid_t start_tls_server(const char *folder, int port)
{
	char command[1024];

	snprintf(command, sizeof command,
		"cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
		"-subj /CN=localhost "
		"-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem >/dev/null 2>&1 && head "
		"-c %d /dev/zero >large",
		folder, LARGE_BYTES);
	if (system(command) != 0)
		return 0;
	pid_t child = fork();
	if (child == 0) {
		snprintf(command, sizeof command,
			"cd %s && exec openssl s_server -quiet -WWW -accept 127.0.0.1:%d "
			"-cert cert.pem -key key.pem >/dev/null 2>&1 </dev/null",
			folder, port);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 200; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct sockaddr_in address = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			.sin_port = htons((uint16_t)port) };
		int connected = connect(fd, (struct sockaddr *)&address, sizeof address);

		close(fd);
		if (connected == 0)
			return child;
		usleep(20000);
	}
	return child;
}

/* Requests that come together all wait until the certificate authorities have been read. */
static void expect_crowd_served(const char *target)
{
	static struct exchange crowd[20];

	for (size_t i = 0; i < ARRAY_LENGTH(crowd); i++) {
		begin(&crowd[i], "GET", target);
		spawn(run_exchange, &crowd[i]);
	}
	loop_run(loop);
	for (size_t i = 0; i < ARRAY_LENGTH(crowd); i++) {
		assert_int_equal(crowd[i].result, 0);
		release(&crowd[i]);
	}
}

static void overwrite(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("no certificate", file);
	fclose(file);
}

static void hours_pass(int hours)
{
	client->trust_read_us -= hours * INT64_C(3600000000);
}

/* The authorities are read when they are needed, and again after a day. */
static void check_trust(const char *folder, int port)
{
	char bundle[64], command[128];
	struct exchange exchange;

	snprintf(bundle, sizeof bundle, "%s/bundle.pem", folder);
	snprintf(command, sizeof command, "cp %s/cert.pem %s", folder, bundle);
	assert_int_equal(system(command), 0);
	snprintf(url, sizeof url, "https://127.0.0.1:%d/large", port);
	expect_no_trust(ERR_NETWORK, "TlsUntrusted", "127.0.0.1");

	trust(bundle);
	begin(&exchange, "GET", url);
	finish(&exchange);
	assert_int_equal(exchange.result, 0);
	assert_int_equal(exchange.response.status, 200);
	assert_int_equal(exchange.response.body.length, LARGE_BYTES);
	release(&exchange);
	snprintf(url, sizeof url, "https://127.0.0.1:%d/cert.pem", port);
	expect_crowd_served(url);
	const X509_STORE *before = client->trust;
	hours_pass(25);
	expect_crowd_served(url);
	assert_ptr_not_equal(client->trust, before);

	/* A bundle that is broken by then changes nothing; a new client trusts nobody until it is
	 * mended. */
	before = client->trust;
	overwrite(bundle);
	hours_pass(25);
	expect_crowd_served(url);
	assert_ptr_equal(client->trust, before);
	trust(bundle);
	expect_no_trust(ERR_CONFIG, "CaBundleUnusable", bundle);
	assert_int_equal(system(command), 0);
	hours_pass(1);
	expect_crowd_served(url);

	snprintf(url, sizeof url, "https://localhost:%d/cert.pem", port);
	/* the certificate doesn't have this name */
	expect_no_trust(ERR_NETWORK, "TlsUntrusted", "localhost");
}

static void test_tls_trust(void **state)
{
	char folder[] = "/tmp/test_io_tls.XXXXXX", command[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	/* The listener's port is free again, and nobody else is likely to take it at once. */
	int port = server->port;
	server_stop(server);
	pid_t child = start_tls_server(folder, port);
	server = server_start();
	if (child > 0) {
		check_trust(folder, port);
		kill(child, SIGTERM);
		waitpid(child, NULL, 0);
	}
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	if (child == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tls_failed),
		TEST(test_ca_bundle_unreadable),
		TEST(test_ca_bundle_unusable),
		TEST(test_tls_trust),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
