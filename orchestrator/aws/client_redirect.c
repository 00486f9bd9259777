/* S3's redirects: S3 names the bucket's region when a request went to another one. */
#include "aws/client_redirect.h"

#include "aws/client_private.h"
#include "aws/endpoint/partitions.h"
#include "io/http/response.h"

#include "base/banned.h"

/* An error document is small, and the region is near its beginning. */
enum { SCAN_BYTES = 16 * 1024 };

static bool take(const char *text, size_t length, char out[CLIENT_REGION_SIZE])
{
	if (length == 0 || length >= CLIENT_REGION_SIZE)
		return false;
	memcpy(out, text, length);
	out[length] = '\0';
	/* The region becomes part of a host name that we send signed requests to, so its form is
	 * checked. */
	return aws_region_valid(out);
}

bool client_redirect_region(const struct http_response *response, char out[CLIENT_REGION_SIZE])
{
	static const char opening[] = "<Region>", closing[] = "</Region>";
	const char *header = http_response_header(response, "x-amz-bucket-region");
	size_t length = response->body.length < SCAN_BYTES ? response->body.length : SCAN_BYTES;
	const char *begin, *end;

	if (header != NULL && take(header, strlen(header), out))
		return true;
	if (length == 0 ||
		(begin = memmem(response->body.data, length, opening, sizeof opening - 1)) == NULL)
		return false;
	begin += sizeof opening - 1;
	length -= (size_t)(begin - response->body.data);
	end = memmem(begin, length, closing, sizeof closing - 1);
	return end != NULL && take(begin, (size_t)(end - begin), out);
}
