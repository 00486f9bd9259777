/* The declarations that the files of this room share: a finding in Security Hub's terms, and the
 * calls. */
#ifndef REEVE_SECURITY_HUB_INTERNAL_H
#define REEVE_SECURITY_HUB_INTERNAL_H

#include "aws/client.h"
#include "baselines/set.h"
#include "ledger/finding.h"
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
	enum status status;
	int64_t observed_ms; /* 0: not known */
	enum hub_end end;
};

/* A text that changes when a finding must be sent again: it leaves out its times, its run and
 * change, and texts that contain these. HUB_FORMAT must be increased when the ASFF is made
 * differently, so that all findings are sent again. */
#define HUB_FORMAT 1
#define HUB_TOLD_SIZE 400

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
/* Returns whether the configuration asks for it ("import", "update") and the run may do it. */
bool hub_wanted(const struct hub_run *run, const char *what);

/* --- import.c --- */

/* Limits, which tests make smaller. */
struct hub_bounds {
	size_t findings, bytes; /* the largest call */
	size_t at_once;         /* findings held in memory */
};
extern const struct hub_bounds hub_bounds;

#endif
