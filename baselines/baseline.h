/*
 * The contract of a baseline, which is one rule of desired state.
 *
 * A baseline is one file that defines `const struct baseline baseline_SYMBOL` and one line in
 * baselines.def. It knows AWS through the reader and writer that it is handed, and nothing else: no
 * io, no store, no other baseline. The remediation role's IAM policy, the control mappings, the
 * documentation and `reeve baselines` come from these tables.
 *
 * observe reports the resources as they are. diff, which makes no call, compares one observation
 * with the settings and says what would have to change. remediate makes exactly the calls that diff
 * named; rollback restores the before-image. The state after remediate satisfies diff.
 */
#ifndef REEVE_BASELINES_BASELINE_H
#define REEVE_BASELINES_BASELINE_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "config/setting.h"
#include "config/trigger.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scope {
	SCOPE_ACCOUNT, /* once per account; the cell's region is "global" */
	SCOPE_REGION,  /* once per account and region */
};

enum severity {
	SEVERITY_INFORMATIONAL,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	SEVERITY_COUNT
};

#define REGION_GLOBAL "global"
#define BASELINE_ID_MAX 63 /* bytes of an id */

enum framework {
#define FRAMEWORK(symbol, id, name) FRAMEWORK_##symbol,
#include "baselines/frameworks.def"
#undef FRAMEWORK
	FRAMEWORK_COUNT
};

/* Published controls of one framework that the baseline answers. */
struct control {
	enum framework framework;
	const char *id; /* one id, or several joined by ", " */
};
#define CONTROLS_END { FRAMEWORK_COUNT, NULL }

/* The account and region of a cell: all that a baseline's functions may know of it. Borrowed. */
struct cell_place {
	const char *account_id;  /* 12 digits */
	const char *partition;   /* "aws", "aws-us-gov", "aws-cn" */
	const char *region;      /* the cell's, or "global" */
	const char *home_region; /* the region of account-wide calls, unless the service prescribes one
							  */
	const char *orchestrator_account; /* the account that Reeve's own credentials belong to */
};

/* One resource as it was observed. Everything is borrowed until emit returns. */
struct observation {
	const char *resource;      /* ARN; NULL: the account id */
	const char *region;        /* the resource's own; NULL: the cell's */
	const json_t *state;       /* object; NULL when `failure` says why it could not be observed */
	const struct err *failure; /* NULL when observed */
	const struct aws_trace *trace; /* the calls that the observation was made with */
};

struct baseline_context {
	struct cell_place place;
	struct aws_reader *reader;
	const json_t *settings; /* resolved: every setting has a value */
	/* A reader in another account of the organization (a delegated administrator's), with this
	 * baseline's administrator permissions; NULL with err when that account can't be reached. Owned
	 * by the engine. */
	MAY_YIELD struct aws_reader *(*reader_in)(struct baseline_context *context,
		const char *account_id, struct err *err);
	/* The same for writing; only while a change is made or rolled back. */
	MAY_YIELD struct aws_writer *(*writer_in)(struct baseline_context *context,
		const char *account_id, struct err *err);
	MAY_YIELD void (*emit)(struct baseline_context *context, const struct observation *observation);
	void *engine; /* for the engine only */
};

enum outcome {
	OUTCOME_COMPLIANT,
	OUTCOME_NOT_APPLICABLE,
	OUTCOME_DRIFTED,
	OUTCOME_MANAGED_CENTRALLY, /* differs, and an organization policy or a delegated administrator
								  owns it: `cause` says which one */
	OUTCOME_UNKNOWN,           /* observed, but not enough to tell: `cause` says what is missing */
};

/* The result of diff for one observation. The caller zeroes it before, and releases it with
 * verdict_release after. */
struct verdict {
	enum outcome outcome;
	json_t *desired; /* the desired values, under the same keys as in `state` where they can be
						compared */
	/* Set when a change is possible; NULL when there is nothing to change, or Reeve must not change
	 * it: */
	json_t *after; /* the fields of the image (baseline_image) that change, with their new values */
	json_t *calls; /* [{"service","operation","region","params"[,"account"]}], in order; an
					* "account" names the account, other than the cell's, whose role makes it */
	bool raise_tier; /* this resource needs at least `tier`, whatever is configured */
	enum tier tier;
	char cause_code[64]; /* the reason of a raised tier, of managed_centrally, of unknown, or of the
							drift */
	char cause_message[512];
};

/* One change to one resource, as the journal keeps it and remediate makes it: `before` is a whole
 * image, `after` has the fields that change. Borrowed. */
struct change {
	const char *id;
	const char *resource, *region;
	const json_t *before, *after, *calls;
	const char *client_token; /* for calls that take an idempotency token; the same at every attempt
							   */
};

/* The error code that remediate returns when AWS refuses a change because an organization policy or
 * a delegated administrator owns the resource. */
#define CAUSE_MANAGED_CENTRALLY "ManagedCentrally"

struct baseline {
	const char *id;        /* "s3.account-public-access-block" */
	const char *title;     /* "S3 Block Public Access is on for the account" */
	const char *rationale; /* one or two sentences: the reason for the rule, and what the
							  remediation does not do */
	enum severity severity;
	enum tier tier; /* default */
	enum scope scope;
	const char *service; /* service id, to know in which regions it exists */
	/* Permissions in the member account; end with AWS_PERMISSIONS_END. An action that another
	 * baseline reads too is `reused` in both. */
	const struct aws_permission *reads;
	const struct aws_permission *writes; /* in the member account */
	/* In a delegated administrator's account; NULL: none. */
	const struct aws_permission *administrator_reads;
	const struct aws_permission *administrator_writes;
	const struct control *controls; /* ends with CONTROLS_END */
	const struct trigger *triggers; /* the signals on which it is checked; ends with TRIGGERS_END */
	const struct setting *settings; /* ends with name NULL */
	/* Ends with NULL: the fields of a state that a change touches and rollback restores; nothing
	 * that AWS changes by itself. */
	const char *const *image_fields;
	int64_t inconsistency_ms; /* for so long a read may still show the old state after a write */
	const char *irreversible; /* NULL, or a text that names what rollback can't restore; tier auto
								 is then refused */

	/* Emits one observation for every resource of the cell, or only for `resource` when it is not
	 * NULL. -1 when the cell as a whole could not be observed. */
	MAY_YIELD int (*observe)(struct baseline_context *context, const char *resource,
		struct err *err);
	/* Compares, and makes no call. `resource` and `region` are those of the observation, with its
	 * defaults filled in. */
	void (*diff)(const struct cell_place *place, const char *resource, const char *region,
		const json_t *state, const json_t *settings, struct verdict *verdict);
	/* NULL when Reeve never changes this. */
	MAY_YIELD int (*remediate)(struct baseline_context *context, struct aws_writer *writer,
		const struct change *change, struct err *err);
	MAY_YIELD int (*rollback)(struct baseline_context *context, struct aws_writer *writer,
		const struct change *change, struct err *err);
};

/* An IAM condition for writes: the resource belongs to the account of the role. Not every action
 * supports it: see the action's table in the Service Authorization Reference. */
#define CONDITION_OWN_ACCOUNT \
	"{\"StringEquals\": {\"aws:ResourceAccount\": \"${aws:PrincipalAccount}\"}}"

/* The baselines that are written in C; baselines/set.h makes a set of them. */
#define BASELINE(symbol) extern const struct baseline baseline_##symbol;
#include "baselines/baselines.def"
#undef BASELINE

#endif
