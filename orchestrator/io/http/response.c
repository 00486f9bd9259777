#include "io/http/response.h"

#include "io/http/private.h"

#include "base/banned.h"

void http_response_init(struct http_response *response)
{
	response->status = 0;
	response->header_count = 0;
	response->sent = false;
	buf_init(&response->body, HTTP_DEFAULT_MAX_BODY_BYTES);
	buf_init(&response->header_text, HTTP_MAX_HEADER_BYTES);
}

void http_response_release(struct http_response *response)
{
	buf_release_secret(&response->body); /* AssumeRole answers with credentials */
	buf_release(&response->header_text);
	response->header_count = 0;
}

const char *http_response_header(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	return NULL;
}
