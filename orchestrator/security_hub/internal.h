/* What the files of this room share: a finding in Security Hub's terms, records of imports, and
 * the calls. */
#ifndef REEVE_SECURITY_HUB_INTERNAL_H
#define REEVE_SECURITY_HUB_INTERNAL_H

#include "aws/client.h"
#include "baselines/set.h"
#include "ledger/status.h"
#include "security_hub/security_hub.h"
#include "store/store.h"

/* ASFF's limits, in characters. Texts are cut to as many bytes, which are never more characters.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
 */
#define HUB_ID_MAX 512
#define HUB_TITLE_MAX 256
#define HUB_DESCRIPTION_MAX 1024
#define HUB_REMEDY_MAX 512
#define HUB_REASON_MAX 512
#define HUB_FIELD_MAX 2048
#define HUB_REQUIREMENT_MAX 64
#define HUB_REQUIREMENTS_MAX 32
#define HUB_RESOURCE_MAX 512

/* Why a finding is sent for a resource that has none in the store. */
enum hub_end {
	HUB_PRESENT, /* there is a finding in the store */
	HUB_GONE,    /* the resource was not there when its cell was observed */
	HUB_RETIRED, /* its baseline is not wanted in the account any more, or it is imported elsewhere
				  */
};

/* The fields of a stored finding. Borrowed from it. */
struct hub_view {
	const char *account, *account_name, *region, *resource, *run, *change, *tier, *severity,
		*cause_code, *cause_message;
	const char *baseline_id;
	const char *detector;            /* GuardDuty: the detector's id; NULL */
	const struct baseline *baseline; /* NULL: not known to this version */
	enum status status;              /* unknown when the finding has no status that we know */
	int64_t observed_ms;             /* 0: not known */
	enum hub_end end;
};
void hub_view_of(const struct baseline_set *baselines, const json_t *finding, struct hub_view *out);

/* The id of a finding: always the same for one account, region, baseline and resource, and
 * different for others. The region is the finding's. */
void hub_finding_id(const struct hub_view *view, char out[HUB_ID_MAX + 1]);
/* A text that changes when a finding must be sent again: it leaves out its times, its run and
 * change, and texts that contain these. HUB_FORMAT must be increased when the ASFF is made
 * differently, so that all findings are sent again. */
#define HUB_FORMAT 1
#define HUB_TOLD_SIZE 400
void hub_told(const struct hub_view *view, char out[HUB_TOLD_SIZE]);
/* The region that the finding belongs to: its own, or the home region if it has none. */
const char *hub_region_of(const struct hub_view *view, const char *home_region);

/* --- text.c: for people, the same in ASFF and OCSF --- */

/* At most max_bytes of text from outside, escaped, and never cut inside a character; " " when it
 * is empty. New reference. */
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

/* --- asff.c --- */

json_t *hub_asff(const struct hub_view *view, const char *partition, const char *home_region,
	const char *first_seen, const char *now);

/* --- imported.c: what was imported last, in the database security-hub --- */

/* The record of an import: {"region", "told", "first_seen", "sent_at", "finding": {what a
 * finding needs when its resource is gone}} */
int hub_memory_get(struct store *store, const char *account, const char *region, const char *id,
	json_t **out, struct err *err) MUST_CHECK;
MAY_YIELD int hub_memory_put(struct store *store, const char *account, const char *region,
	const char *id, const json_t *record, struct err *err) MUST_CHECK;
MAY_YIELD int hub_memory_forget(struct store *store, const char *account, const char *region,
	const char *id, struct err *err) MUST_CHECK;
int hub_memory_each(struct store *store, const char *account,
	int (*each)(void *argument, const struct store_key *key, const json_t *record), void *argument,
	struct err *err) MUST_CHECK;
/* Whether this run has found that the account has no Security Hub in that region. */
bool hub_memory_is_absent(const struct hub_run *run, const char *account, const char *region);
MAY_YIELD void hub_memory_set_absent(const struct hub_run *run, const char *account,
	const char *region);

/* --- security_hub.c: the calls --- */

struct hub_calls {
	const struct hub_run *run;
	const char *account, *region, *action; /* for the audit log */
	char why[96];
	struct aws_writer writer;
};
/* *calls must not move afterwards, since its writer points to it. */
void hub_calls_prepare(struct hub_calls *calls, const struct hub_run *run, const char *account,
	struct aws_session *session, const struct aws_permission *declared, const char *action);
/* Whether the configuration asks for it ("import", "update") and the run may do it. */
bool hub_wanted(const struct hub_run *run, const char *what);

/* --- import.c --- */

/* Limits, which tests make smaller. */
struct hub_bounds {
	size_t findings, bytes; /* the largest call */
	size_t at_once;         /* findings held in memory */
};
extern const struct hub_bounds hub_bounds;
MAY_YIELD void hub_import(const struct hub_run *run, const char *account_id,
	struct aws_session *session, const struct hub_bounds *bounds);

#endif
