/*
 * Findings back into Security Hub, where the configuration asks for it ("security_hub").
 *
 * import: Reeve's own findings as ASFF by BatchImportFindings, in each account's own name (the
 * default product of that account, with that account's session) and in each region where they
 * belong; batched by 100 and by size; a finding that was imported as FAILED is imported again as
 * PASSED when it is mended, exempt or gone (then archived, too). What was imported last is
 * remembered in the store, so that an unchanged finding is not sent again.
 *
 * update: the workflow of the finding that triggered a fix, by BatchUpdateFindings
 * (BatchUpdateFindingsV2 for v2): RESOLVED with a note once mended and verified, NOTIFIED where it
 * waits for a person. Each such update comes back as an event, and is known by its workflow status
 * and note.
 *
 * A failure here never fails the run: it is logged; an import is tried again with the next, an
 * update is not. A plan sends nothing. A pause holds changes and not reports.
 */
#ifndef REEVE_SECURITY_HUB_SECURITY_HUB_H
#define REEVE_SECURITY_HUB_SECURITY_HUB_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>

struct baseline_set;

/* The beginning of the ids and the GeneratorId of our findings: an event about one of them was
 * caused by our own import. */
#define SECURITY_HUB_GENERATOR "reeve/"
/* The beginning of the note or comment of each of our updates, by which the event that it causes
 * is recognized. */
#define SECURITY_HUB_NOTE_MARKER "[reeve] "

/* The permissions for every account's role (import) and for the orchestrator's account (update);
 * each ends with AWS_PERMISSIONS_END. */
extern const struct aws_permission security_hub_import_permissions[],
	security_hub_update_permissions[];

struct audit;
struct cell_locks;
struct store;

/* The run that sends findings or updates. Everything is borrowed. */
struct hub_run {
	struct store *store;
	struct audit *audit; /* NULL: nothing is sent, since each call has to be on record */
	const struct config *config;
	struct aws *aws;
	struct cell_locks *locks; /* NULL: no other run is under way */
	struct aws_stats *stats;  /* the calls are charged to it */
	const char *id;
	const char *actor; /* who asked for the run; NULL: the process itself */
	bool mutates;      /* false: a plan, which sends nothing */
	/* The process's own credentials and the account that they belong to; updates are made with
	 * them. */
	struct aws_session *own;
	const char *own_account;
};

/* The outcome for a finding that triggered a change. */
struct security_hub_update {
	const char *finding_id, *product_arn; /* ASFF; NULL with metadata_uid */
	const char *metadata_uid;             /* OCSF */
	const char *region;                   /* where the finding was seen; NULL: the home region */
	bool mended;                          /* remediated; false: the change waits for a person */
	const char *note;                     /* one line: run and changes */
};

#endif
