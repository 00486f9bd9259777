/* Tests of TLS: certificates that can't be used, a real handshake, and other bytes in its place. */
#include "test_web_server_help.h"
#include "web/server/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>

static char certificate_file[320], key_file[320], other_key_file[320];

/* --- a certificate --- */

static void write_key(const char *path, EVP_PKEY *key)
{
	FILE *file = fopen(path, "w");

	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	assert_int_equal(chmod(path, 0600), 0);
}

static int setup_certificate(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();

	if (setup_folder(state) < 0)
		return -1;
	snprintf(certificate_file, sizeof certificate_file, "%s/c.pem", test_folder);
	snprintf(key_file, sizeof key_file, "%s/k.pem", test_folder);
	snprintf(other_key_file, sizeof other_key_file, "%s/o.pem", test_folder);
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
		(const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	FILE *file = fopen(certificate_file, "w");
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	fclose(file);
	write_key(key_file, key);
	write_key(other_key_file, other);
	X509_free(certificate);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return 0;
}

#define tls_test(name) cmocka_unit_test_setup_teardown(name, setup_certificate, teardown_folder)

static struct served *serve_tls(void)
{
	CLEANUP_FREE char *http =
		xasprintf("{\"listen\": \"127.0.0.1:0\", \"certificate_file\": \"%s\", \"key_file\": "
				  "\"%s\", \"hosts\": [\"reeve.example.com\"]}",
			certificate_file, key_file);

	return serve(http);
}

/* --- certificates that can't be used --- */

static void tls_fails(const char *certificate, const char *key, const char *code, const char *part)
{
	const struct web_settings settings = { .certificate_file = (char *)certificate,
		.key_file = (char *)key };
	struct err err = ERR_INIT;
	SSL_CTX *tls;

	assert_int_equal(tls_new(&settings, &tls, &err), -1);
	assert_string_equal(err.code, code);
	assert_has(err.message, part);
	assert_null(tls);
}

static void test_certificates_that_fail(void **state)
{
	(void)state;
	tls_fails(certificate_file, NULL, "NoCertificate", "go together");
	tls_fails("/nowhere/c.pem", key_file, "BadCertificate", "http.certificate_file /nowhere/c.pem");
	tls_fails(certificate_file, "/nowhere/k.pem", "BadCertificate", "http.key_file /nowhere/k.pem");
	tls_fails(key_file, key_file, "BadCertificate", "http.certificate_file");
	tls_fails(certificate_file, certificate_file, "KeyOpen", "chmod o=");
	tls_fails(certificate_file, other_key_file, "BadCertificate", "http.key_file");
	assert_int_equal(chmod(key_file, 0644), 0);
	tls_fails(certificate_file, key_file, "KeyOpen", key_file);
}

/* --- handshakes --- */

struct handshake {
	struct served *served;
	int highest;           /* version; 0: any */
	const char *protocols; /* ALPN, in wire form; NULL: none */
	const char *bytes;     /* sent as they are, without TLS; NULL: a handshake */
	char got[4096];
	int result;
	struct fiber_ticket waiter;
};

static void handshake_over(void *argument)
{
	fiber_wake(((struct handshake *)argument)->waiter, 0);
}

static void talk_tls(struct handshake *handshake, int fd)
{
	static const char request[] = "GET /things HTTP/1.1\r\nHost: reeve.example.com\r\nOrigin: "
								  "https://reeve.example.com\r\n" VIEWER LAST;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int length, got = 0;

	if (handshake->highest != 0) {
		SSL_CTX_set_security_level(context, 0);
		SSL_CTX_set_min_proto_version(context, 0);
		SSL_CTX_set_max_proto_version(context, handshake->highest);
	}
	SSL *ssl = SSL_new(context);
	if (handshake->protocols != NULL)
		SSL_set_alpn_protos(ssl, (const unsigned char *)handshake->protocols,
			(unsigned int)strlen(handshake->protocols));
	SSL_set_fd(ssl, fd);
	handshake->result = SSL_connect(ssl);
	if (handshake->result == 1 && SSL_write(ssl, request, sizeof request - 1) > 0)
		while ((length = SSL_read(ssl, handshake->got + got,
					(int)sizeof handshake->got - 1 - got)) > 0)
			got += length;
	SSL_free(ssl);
	SSL_CTX_free(context);
}

static void *handshake_run(void *argument)
{
	struct handshake *handshake = argument;
	const struct talk talk = { .served = handshake->served };
	int fd = talk_connect(&talk);

	if (handshake->bytes == NULL)
		talk_tls(handshake, fd);
	else if (send(fd, handshake->bytes, strlen(handshake->bytes), MSG_NOSIGNAL) > 0)
		handshake->result = (int)recv(fd, handshake->got, sizeof handshake->got - 1, 0);
	close(fd);
	loop_post_from_thread(handshake->served->loop, handshake_over, handshake);
	return NULL;
}

static MAY_YIELD void handshake_there(void *argument)
{
	struct handshake *handshake = argument;
	pthread_t thread;

	handshake->waiter = fiber_ticket();
	if (pthread_create(&thread, NULL, handshake_run, handshake) != 0)
		abort();
	(void)!fiber_wait(FIBER_FOREVER);
	pthread_join(thread, NULL);
}

static const char *shake(struct served *served, struct handshake handshake)
{
	static struct handshake shared;

	shared = handshake;
	shared.served = served;
	spawn(served->loop, handshake_there, &shared);
	loop_run(served->loop);
	return shared.got;
}

static void test_handshakes(void **state)
{
	struct served *served = serve_tls();

	(void)state;
	assert_has(shake(served, (struct handshake){ .highest = 0 }), "HTTP/1.1 200 OK");
	assert_has(shake(served, (struct handshake){ .highest = TLS1_2_VERSION }), "HTTP/1.1 200 OK");
	assert_has(shake(served, (struct handshake){ .protocols = "\x02h2\x08http/1.1" }),
		"\"person\":\"Vic\"");
	/* A version that is too old, another protocol, plain HTTP and garbage get no answer of HTTP. */
	assert_string_equal(shake(served, (struct handshake){ .highest = TLS1_1_VERSION }), "");
	assert_string_equal(shake(served, (struct handshake){ .protocols = "\x04imap" }), "");
	assert_lacks(shake(served,
					 (struct handshake){
						 .bytes = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" }),
		"ok");
	assert_lacks(shake(served,
					 (struct handshake){ .bytes = "\x16\x03\x01\xff\xff garbage garbage garbage" }),
		"HTTP");
	assert_has(shake(served, (struct handshake){ .highest = 0 }), "HTTP/1.1 200 OK");
	/* A renewed certificate is used. With a broken one the old certificate stays. */
	struct err err = ERR_INIT;
	assert_ok(web_reload(served->web, &err));
	assert_int_equal(unlink(certificate_file), 0);
	assert_int_equal(web_reload(served->web, &err), -1);
	assert_has(shake(served, (struct handshake){ .highest = 0 }), "HTTP/1.1 200 OK");
	/* TLS may be switched off, since the address is loopback. */
	assert_ok(stub_configure(&served->stub, PLAIN_HTTP, &err));
	assert_ok(web_reload(served->web, &err));
	ask(served, "GET /healthz", "", NULL, 200, "ok");
	served->web->tcp->loopback = false;
	assert_int_equal(web_reload(served->web, &err), -1);
	assert_string_equal(err.code, "NoCertificate");
	unserve(served);
}

int main(void)
{
	const struct CMUnitTest tests[] = { tls_test(test_certificates_that_fail),
		tls_test(test_handshakes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
