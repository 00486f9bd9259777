/* Decodes any bytes as a finding in OCSF, in an envelope and alone. */
#include "events_check.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";

	expect_wrapped(
		"{\"source\":\"aws.securityhub\",\"detail-type\":\"Findings Imported "
		"V2\",\"account\":\"999988887777\",\"region\":\"us-east-1\",\"detail\":{\"findings\":[",
		text, size, "]}}");
	expect_body(text, size);
	return 0;
}
