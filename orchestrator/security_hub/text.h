/* Describes a finding in words and in Security Hub's terms, for both ASFF and OCSF. */
#ifndef REEVE_SECURITY_HUB_TEXT_H
#define REEVE_SECURITY_HUB_TEXT_H

#include "security_hub/internal.h"

#include <jansson.h>
#include <stddef.h>

struct baseline_set;

/* The view borrows from the finding. */
void hub_view_of(const struct baseline_set *baselines, const struct finding *finding,
	struct hub_view *out);

/* Makes the id of a finding: it is always the same for one account, region, baseline and resource,
 * and different for others. The region is the finding's. */
void hub_finding_id(const struct hub_view *view, char out[HUB_ID_MAX + 1]);
void hub_told(const struct hub_view *view, char out[HUB_TOLD_SIZE]);
/* Returns the region that the finding belongs to: its own, or the home region if it has none. */
const char *hub_region_of(const struct hub_view *view, const char *home_region);

/* Returns at most max_bytes of text from outside, escaped, and never cut inside a character; " "
 * when it is empty. New reference. */
json_t *hub_text(const char *text, size_t max_bytes);
json_t *hub_title(const struct hub_view *view);
json_t *hub_description(const struct hub_view *view);
json_t *hub_remedy(const struct hub_view *view);
/* "PASSED", "FAILED" or "NOT_AVAILABLE". */
const char *hub_compliance(const struct hub_view *view);
const char *hub_reason_code(const struct hub_view *view);
/* A text such as "CIS AWS Foundations 5.0 2.1.4" for each control. New reference. */
json_t *hub_requirements(const struct hub_view *view);
/* The frameworks of the baseline's controls, each once, without AWS's own. New reference. */
json_t *hub_frameworks(const struct hub_view *view);
/* The resource in ASFF's terms: {"type": "AwsS3Bucket", "id": "arn:…"}. New reference. */
json_t *hub_resource(const struct hub_view *view, const char *partition, const char *region);

#endif
