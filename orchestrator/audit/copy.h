/*
 * The copy of the audit log: at the end of each run that may change something, the entries that are
 * not copied yet go to an S3 bucket with Object Lock, where somebody who controls the state folder
 * can't alter them.
 *
 * An object is an export (export.h) of one range, so that it verifies on its own. Its key is
 * PREFIX LOG-ID/FIRST-LAST.jsonl, with numbers of 12 digits. The objects of a log follow each
 * other: the anchor of one is the head of the one before, and the numbers leave no gap. An object
 * is never overwritten.
 *
 * The database meta holds under "audit-copy" how far the copy has come, for each destination; it is
 * written when S3 has answered. The range of an object is recorded before the object is sent. When
 * a crash or a lost answer leaves open whether the object arrived, the same range is sent again,
 * and S3's answer that the object exists settles it.
 *
 * A failed copy never fails the run: it is logged, the people who are notified of failures are
 * told, `reeve status` shows it, and the end of the next run tries again.
 */
#ifndef REEVE_AUDIT_COPY_H
#define REEVE_AUDIT_COPY_H

#include "aws/client.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct aws_session;
struct audit;
struct loop;
struct notifier;
struct store;

/* The run at whose end the copy is made. All fields are borrowed. */
struct audit_copy_run {
	struct loop *loop;
	struct store *store;
	const struct config *config;
	struct audit *audit;
	struct notifier *notifier; /* notified of a failure; NULL: nobody is */
	const char *id;
	struct aws_session *own;
	const char *account_id; /* the account that `own` belongs to; NULL: not known */
};

/* Makes the copy at the end of a run, in a fiber, after the checkpoint was signed. Takes
 * AUDIT_COPY_WITHIN_MS at most; the rest is left to the next run. Does nothing when no bucket is
 * configured. */
#define AUDIT_COPY_WITHIN_MS 30000
MAY_YIELD void audit_copy(const struct audit_copy_run *run);

/* The permissions that the orchestrator needs for the copy. The rows point into the struct and
 * into the config, and end with AWS_PERMISSIONS_END; there are none without a bucket, or when
 * the config is NULL. */
struct audit_copy_permissions {
	struct aws_permission rows[4];
	char objects[640], condition[160];
};
void audit_copy_permissions(const struct config *config, struct audit_copy_permissions *out);

#endif
