/* The request's memory and its headers. */
#include "aws/protocol/request.h"

#include "base/banned.h"
#include "base/mem.h"

#include <openssl/rand.h>

/* Limits of a request, in bytes. */
#define REQUEST_MAX_URL (64 * 1024)
#define REQUEST_MAX_BODY (64 * 1024 * 1024)

void aws_request_init(struct aws_request *request)
{
	memset(request, 0, sizeof *request);
	buf_init(&request->path, REQUEST_MAX_URL);
	buf_init(&request->query, REQUEST_MAX_URL);
	buf_init(&request->body, REQUEST_MAX_BODY);
	buf_init(&request->host_prefix, 256);
}

void aws_request_release(struct aws_request *request)
{
	for (size_t i = 0; i < request->header_count; i++) {
		free(request->headers[i].name);
		free(request->headers[i].value);
	}
	buf_release(&request->path);
	buf_release(&request->query);
	buf_release(&request->body);
	buf_release(&request->host_prefix);
	aws_request_init(request);
}

/* Returns whether the text is a token of HTTP (RFC 9110, section 5.6.2). */
static bool is_token(const char *name)
{
	static const char allowed[] =
		"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	return name[0] != '\0' && name[strspn(name, allowed)] == '\0';
}

static bool is_header_value(const char *value)
{
	for (; *value != '\0'; value++)
		if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
			return false;
	return true;
}

int aws_request_add_header(struct aws_request *request, const char *name, const char *value,
	struct err *err)
{
	if (request->header_count == AWS_REQUEST_MAX_HEADERS)
		return err_set(err, ERR_LIMIT, "TooManyHeaders", "a request has more than %d headers",
			AWS_REQUEST_MAX_HEADERS);
	if (!is_token(name) || !is_header_value(value))
		return err_set(err, ERR_UNDECLARED, "BadHeader",
			"header %.60s has a name or value that HTTP doesn't allow",
			is_token(name) ? name : "(unnamed)");
	request->headers[request->header_count++] =
		(struct aws_request_header){ xstrdup(name), xstrdup(value) };
	return 0;
}

void aws_uuid(char out[37])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[16];
	char *cursor = out;

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		abort(); /* without randomness no token is unique, which is as fatal as lacking memory */
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4 */
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
	for (size_t i = 0; i < sizeof bytes; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*cursor++ = '-';
		*cursor++ = digits[bytes[i] >> 4];
		*cursor++ = digits[bytes[i] & 15];
	}
	*cursor = '\0';
}
