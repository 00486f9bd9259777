#include "baselines/iam/policy_document.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_read.h"

/* A longer text is not decoded. IAM's largest document, a managed policy, has 6,144 characters
 * without white space. */
#define POLICY_MAX_BYTES 16384

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
		: c >= 'a' && c <= 'f'  ? c - 'a' + 10
		: c >= 'A' && c <= 'F'  ? c - 'A' + 10
								: -1;
}

json_t *iam_policy_decode(const char *encoded)
{
	CLEANUP_BUF struct buf text;
	json_t *policy = NULL;
	struct err unused = ERR_INIT;

	buf_init(&text, POLICY_MAX_BYTES);
	for (const char *c = encoded; *c != '\0'; c++) {
		if (*c == '%' && hex_digit(c[1]) >= 0 && hex_digit(c[2]) >= 0) {
			buf_add_char(&text, (char)(hex_digit(c[1]) << 4 | hex_digit(c[2])));
			c += 2;
		} else {
			buf_add_char(&text, *c);
		}
	}
	return json_parse(text.data, text.length, "the policy", &policy, &unused) == 0 ? policy : NULL;
}
