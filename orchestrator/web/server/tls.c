/* The TLS side of the listener: TLS 1.2 and 1.3, no renegotiation, no state kept between
 * connections. */
#include "web/server/tls.h"

#include "web/server/internal.h"

#include "base/banned.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/stat.h>

#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static int tls_failed(const char *what, const char *file, struct err *err)
{
	char reason[160];

	ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
	ERR_clear_error();
	return err_set(err, ERR_CONFIG, "BadCertificate", "%s %s can't be used: %s", what, file,
		reason);
}

/* Gives no passphrase; otherwise OpenSSL would ask for it on a terminal, and a daemon has none. */
static int no_passphrase(char *buffer, int size, int writing, void *argument)
{
	(void)buffer, (void)size, (void)writing, (void)argument;
	return 0;
}

/* Refuses a client that wants another protocol on this port, since an attacker has redirected it
 * here (RFC 7301, ALPACA). */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *length,
	const unsigned char *in, unsigned int in_length, void *argument)
{
	static const unsigned char http11[] = "\x08http/1.1";
	unsigned char *selected = NULL;

	(void)ssl, (void)argument;
	if (SSL_select_next_proto(&selected, length, http11, sizeof http11 - 1, in, in_length) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = selected;
	return SSL_TLSEXT_ERR_OK;
}

static int check_key_file(const char *file, struct err *err)
{
	struct stat status;

	if (stat(file, &status) < 0)
		return err_set(err, ERR_CONFIG, "BadCertificate", "http.key_file %s can't be read: %s",
			file, strerror(errno));
	if (status.st_mode & S_IRWXO)
		return err_set(err, ERR_CONFIG, "KeyOpen",
			"http.key_file %s can be read or written by every user of this machine; run chmod o= "
			"on it",
			file);
	return 0;
}

static int load(SSL_CTX *tls, const struct web_settings *settings, struct err *err)
{
	if (check_key_file(settings->key_file, err) < 0)
		return -1;
	if (SSL_CTX_use_certificate_chain_file(tls, settings->certificate_file) != 1)
		return tls_failed("http.certificate_file", settings->certificate_file, err);
	if (SSL_CTX_use_PrivateKey_file(tls, settings->key_file, SSL_FILETYPE_PEM) != 1)
		return tls_failed("http.key_file", settings->key_file, err);
	if (SSL_CTX_check_private_key(tls) != 1)
		return tls_failed("http.key_file", settings->key_file, err);
	return 0;
}

int tls_new(const struct web_settings *settings, SSL_CTX **out, struct err *err)
{
	*out = NULL;
	if (settings->certificate_file == NULL || settings->key_file == NULL)
		return err_set(err, ERR_CONFIG, "NoCertificate",
			"http.certificate_file and http.key_file go together; set the one that is missing");
	ERR_clear_error();
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	if (tls == NULL)
		return tls_failed("TLS for", settings->certificate_file, err);
	SSL_CTX_set_default_passwd_cb(tls, no_passphrase);
	SSL_CTX_set_options(tls,
		SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
			SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(tls, select_protocol, NULL);
	if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
		SSL_CTX_set_cipher_list(tls, TLS12_CIPHERS) != 1 || SSL_CTX_set_num_tickets(tls, 0) != 1) {
		SSL_CTX_free(tls);
		return tls_failed("TLS for", settings->certificate_file, err);
	}
	if (load(tls, settings, err) < 0) {
		SSL_CTX_free(tls);
		return -1;
	}
	*out = tls;
	return 0;
}
