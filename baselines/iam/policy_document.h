/* Policy documents as IAM returns them: percent-encoded (RFC 3986) JSON. */
#ifndef REEVE_BASELINES_IAM_POLICY_DOCUMENT_H
#define REEVE_BASELINES_IAM_POLICY_DOCUMENT_H

#include <jansson.h>

/* Decodes and parses the document; NULL when the text is not JSON. New reference. */
json_t *iam_policy_decode(const char *encoded);

#endif
