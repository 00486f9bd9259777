/* Reads one HTTP/1.1 request from the bytes that have arrived. */
#ifndef SIM_HTTP_PARSE_H
#define SIM_HTTP_PARSE_H

#include "http.h"

enum http_parse_result { HTTP_PARSE_MORE, HTTP_PARSE_BAD, HTTP_PARSE_DONE };

struct http_frame {
	size_t length;         /* bytes of the whole request, once its head is complete */
	bool closing;          /* the client will not send another */
	bool expects_continue; /* the head is complete and waits for 100 Continue */
	int status;            /* of the error, when the request is bad */
};

enum http_parse_result http_parse(const char *bytes, size_t n, struct http_request *request,
	struct http_frame *frame);

#endif
