/* What the files of security_hub.h share: a finding as Security Hub sees it, what was imported, and
 * the calls. */
#ifndef REEVE_SECURITY_HUB_INTERNAL_H
#define REEVE_SECURITY_HUB_INTERNAL_H

#include "aws/client.h"
#include "baselines/set.h"
#include "ledger/status.h"
#include "security_hub/security_hub.h"
#include "store/store.h"

/* ASFF's bounds, in characters; text is cut to as many bytes, which is never more.
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

/* Why there is a finding of a resource that has none in the store. */
enum hub_end {
	HUB_PRESENT, /* there is one */
	HUB_GONE,    /* the resource was not there when its cell was observed */
	HUB_RETIRED, /* its baseline is not wanted in the account any more, or it is imported elsewhere
				  */
};

/* A stored finding, read. Borrowed from it. */
struct hub_view {
	const char *account, *account_name, *region, *resource, *run, *change, *tier, *severity,
		*cause_code, *cause_message;
	const char *baseline_id;
	const char *detector;            /* GuardDuty: the detector's id; NULL */
	const struct baseline *baseline; /* NULL: not known to this version */
	enum status status;              /* unknown where the finding has none of ours */
	int64_t observed_ms;             /* 0: not told */
	enum hub_end end;
};
void hub_view_of(const struct baseline_set *baselines, const json_t *finding, struct hub_view *out);

/* The same for one account, region, baseline and resource for ever; nothing else has it. The region
 * is the finding's. */
void hub_finding_id(const struct hub_view *view, char out[HUB_ID_MAX + 1]);
/* What makes a finding worth sending again: not its times, its run and change, and texts that tell
 * of them. HUB_FORMAT counts up when an ASFF is made otherwise than before, so that all are sent
 * anew. */
#define HUB_FORMAT 1
#define HUB_TOLD_SIZE 400
void hub_told(const struct hub_view *view, char out[HUB_TOLD_SIZE]);
/* Where the finding belongs: its own region, or the home region of what has none. */
const char *hub_region_of(const struct hub_view *view, const char *home_region);

/* --- text.c: for people, the same in ASFF and OCSF --- */

/* At most max_bytes of text from outside, escaped, never cut inside a character; " " when it is
 * empty. New reference. */
json_t *hub_text(const char *text, size_t max_bytes);
json_t *hub_title(const struct hub_view *view);
json_t *hub_description(const struct hub_view *view);
json_t *hub_remedy(const struct hub_view *view);
/* "PASSED", "FAILED" or "NOT_AVAILABLE". */
const char *hub_compliance(const struct hub_view *view);
const char *hub_reason_code(const struct hub_view *view);
/* "CIS AWS Foundations 5.0 2.1.4" for each control. New reference. */
json_t *hub_requirements(const struct hub_view *view);
/* The frameworks of the baseline's controls, each once, AWS's own left out. New reference. */
json_t *hub_frameworks(const struct hub_view *view);
/* {"type": "AwsS3Bucket", "id": "arn:…"} in ASFF's words. New reference. */
json_t *hub_resource(const struct hub_view *view, const char *partition, const char *region);

/* --- asff.c --- */

json_t *hub_asff(const struct hub_view *view, const char *partition, const char *home_region,
	const char *first_seen, const char *now);

/* --- imported.c: what was imported last, in the database security-hub --- */

/* {"region", "told", "first_seen", "sent_at", "finding": {what a finding needs when its resource is
 * gone}} */
int hub_memory_get(struct store *store, const char *account, const char *region, const char *id,
	json_t **out, struct err *err) MUST_CHECK;
MAY_YIELD int hub_memory_put(struct store *store, const char *account, const char *region,
	const char *id, const json_t *record, struct err *err) MUST_CHECK;
MAY_YIELD int hub_memory_forget(struct store *store, const char *account, const char *region,
	const char *id, struct err *err) MUST_CHECK;
int hub_memory_each(struct store *store, const char *account,
	int (*each)(void *argument, const struct store_key *key, const json_t *record), void *argument,
	struct err *err) MUST_CHECK;
/* Whether the run has found that the account has no Security Hub in that region. */
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
/* The calls must not move while they are used. */
void hub_calls_prepare(struct hub_calls *calls, const struct hub_run *run, const char *account,
	struct aws_session *session, const struct aws_permission *declared, const char *action);
/* Whether the configuration asks for it ("import", "update"), and the run may. */
bool hub_wanted(const struct hub_run *run, const char *what);

/* --- import.c --- */

/* Less in tests. */
struct hub_bounds {
	size_t findings, bytes; /* of one call */
	size_t at_once;         /* findings held in memory */
};
extern const struct hub_bounds hub_bounds;
MAY_YIELD void hub_import(const struct hub_run *run, const char *account_id,
	struct aws_session *session, const struct hub_bounds *bounds);

#endif
