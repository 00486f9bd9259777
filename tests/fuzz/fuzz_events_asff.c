/* Decodes any bytes as a finding in ASFF: imported, sent by a custom action, and alone. */
#include "events_check.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BEFORE(type) \
	"{\"source\":\"aws.securityhub\",\"detail-type\":\"Security Hub Findings - " type \
	"\",\"account\":\"999988887777\",\"region\":\"us-east-1\",\"detail\":{\"findings\":["

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";

	expect_wrapped(BEFORE("Imported"), text, size, "]}}");
	expect_wrapped(BEFORE("Custom Action"), text, size, "]}}");
	expect_body(text, size);
	return 0;
}
