/* Turns problems and curl's codes into errors. curl's own text is used for TLS only. */
#include "io/http/error.h"

#include "io/http/private.h"

#include "base/banned.h"

#include <errno.h>

#define WHERE_SIZE 300

/* "host:port" of an endpoint. */
static void describe_endpoint(const char *url, char out[WHERE_SIZE])
{
	const char *host = strstr(url, "://") + 3, *colon = strrchr(host, ':');
	bool has_port = colon != NULL && strchr(colon, ']') == NULL;

	snprintf(out, WHERE_SIZE, "%s%s", host,
		has_port                             ? ""
			: strncmp(url, "https:", 6) == 0 ? ":443"
											 : ":80");
}

static int fill_problem(const struct http_transfer *transfer, const char *where, struct err *err)
{
	const struct http_request *request = transfer->request;

	switch (transfer->problem) {
	case PROBLEM_NONE:
	case PROBLEM_CONNECT:
		break;
	case PROBLEM_RESET:
		return err_set(err, ERR_NETWORK, "ConnectionReset",
			"%s broke the connection before it answered; try again", where);
	case PROBLEM_RESET_IN_BODY:
		return err_set(err, ERR_NETWORK, "ConnectionReset",
			"%s broke the connection within its answer; try again", where);
	case PROBLEM_TRUNCATED:
		return err_set(err, ERR_NETWORK, "TruncatedBody",
			"%s ended its answer after %zu bytes, before it was complete; try again", where,
			transfer->response->body.length);
	case PROBLEM_NOT_HTTP:
		return err_set(err, ERR_PROTOCOL, "NotHttp",
			"the answer of %s is not valid HTTP/1.1: %s; is it the right endpoint?", where,
			transfer->reader.fault);
	case PROBLEM_BODY_TOO_LARGE:
		return err_set(err, ERR_LIMIT, "BodyTooLarge",
			"the answer of %s is larger than the %zu bytes that are read; is it the right "
			"endpoint?",
			where, transfer->response->body.max_bytes);
	case PROBLEM_HEADERS_TOO_LARGE:
		return err_set(err, ERR_LIMIT, "HeadersTooLarge",
			"the headers of %s's answer exceed %d bytes or %d lines; is it the right endpoint?",
			where, HTTP_MAX_HEADER_BYTES, HTTP_MAX_HEADERS);
	case PROBLEM_RESEND:
		return err_set(err, ERR_NETWORK, "ConnectionReset",
			"%s closed a reused connection before it answered; it is unknown whether the request "
			"was carried out",
			where);
	case PROBLEM_REQUEST_TIMEOUT:
		return err_set(err, ERR_TIMEOUT, "RequestTimeout",
			"%s did not finish its answer within %lld ms; try again, or check the network", where,
			(long long)(request->timeout_ms > 0 ? request->timeout_ms : HTTP_DEFAULT_TIMEOUT_MS));
	case PROBLEM_IDLE_TIMEOUT:
		return err_set(err, ERR_TIMEOUT, "IdleTimeout",
			"%s sent nothing for %lld ms; try again, or check the network", where,
			(long long)(request->idle_timeout_ms > 0 ? request->idle_timeout_ms
													 : HTTP_DEFAULT_IDLE_TIMEOUT_MS));
	case PROBLEM_CANCELLED:
		return err_set(err, ERR_CANCELLED, "Cancelled", "stopped while waiting for %s", where);
	}
	return -1;
}

static int fill_connect(const struct http_transfer *transfer, const char *where, struct err *err)
{
	if (transfer->socket_errno != 0)
		return err_set(err, ERR_SYSTEM, "NoSocket", "cannot open a socket to %s: %s%s", where,
			strerror(transfer->socket_errno),
			transfer->socket_errno == EMFILE ? "; raise the limit of open files (ulimit -n)" : "");
	if (transfer->request->unix_socket != NULL)
		return err_set(err, ERR_NETWORK,
			transfer->os_errno == ECONNREFUSED ? "ConnectionRefused" : "ConnectionFailed",
			"cannot connect to %s: %s; is the process that listens there running?", where,
			transfer->os_errno != 0 ? strerror((int)transfer->os_errno) : "nobody listens");
	/* curl does not tell whether the endpoint or the proxy refused. */
	const char *proxy =
		transfer->client->proxy_in_environment ? " (or the proxy that HTTPS_PROXY names)" : "";
	if (transfer->os_errno == ECONNREFUSED)
		return err_set(err, ERR_NETWORK, "ConnectionRefused",
			"%s%s refused the connection; check the endpoint, and that it is running", where,
			proxy);
	return err_set(err, ERR_NETWORK, "ConnectionFailed",
		"cannot connect to %s%s: %s; check the endpoint, routes and firewalls", where, proxy,
		transfer->os_errno != 0 ? strerror((int)transfer->os_errno)
								: "no address could be reached");
}

/* A connection broke while it was made. Before TLS begins, only a proxy sends anything. */
static int fill_proxy(const struct http_transfer *transfer, const char *where, struct err *err)
{
	if (transfer->proxy_status != 0 && transfer->proxy_status / 100 != 2)
		return err_set(err, ERR_NETWORK, "ProxyRefused",
			"the proxy refused to connect to %s with status %ld; check HTTPS_PROXY and NO_PROXY",
			where, transfer->proxy_status);
	return err_set(err, ERR_NETWORK, "ConnectionReset",
		"the connection to %s broke while it was made; try again", where);
}

static int fill_not_made(const struct http_transfer *transfer, const char *where, struct err *err)
{
	switch (transfer->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(err, ERR_NETWORK, "NameNotResolved",
			"the name of %s has no address; check the region, the endpoint and DNS", where);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return err_set(err, ERR_NETWORK, "NameNotResolved",
			"the proxy's name has no address (on the way to %s); check HTTPS_PROXY", where);
	case CURLE_COULDNT_CONNECT:
	case CURLE_PROXY:
		return fill_connect(transfer, where, err);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_TIMEOUT, "ConnectTimeout",
			"no connection to %s within %lld ms; check the endpoint, routes and firewalls", where,
			(long long)transfer->client->connect_timeout_ms);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return fill_proxy(transfer, where, err);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return err_set(err, ERR_NETWORK, "TlsUntrusted",
			"the certificate of %s is not trusted (%s); check AWS_CA_BUNDLE, a proxy that inspects "
			"TLS, "
			"and the clock",
			where, transfer->error_text);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
		return err_set(err, ERR_NETWORK, "TlsFailed",
			"no TLS connection to %s (%s); check that the endpoint speaks TLS 1.2 or later", where,
			transfer->error_text);
	case CURLE_URL_MALFORMAT:
		return err_set(err, ERR_USAGE, "BadUrl", "the URL for %s is not one that can be requested",
			where);
	default:
		return err_set(err, ERR_NETWORK, "HttpFailed", "no connection to %s: %s", where,
			curl_easy_strerror(transfer->result));
	}
}

int http_error_fill(const struct http_transfer *transfer, struct err *err)
{
	char where[WHERE_SIZE];

	if (transfer->request->unix_socket != NULL)
		snprintf(where, sizeof where, "the socket %s", transfer->request->unix_socket);
	else
		describe_endpoint(transfer->endpoint_url, where);
	return transfer->problem == PROBLEM_CONNECT ? fill_not_made(transfer, where, err)
												: fill_problem(transfer, where, err);
}
