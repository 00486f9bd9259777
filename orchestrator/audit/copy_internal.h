/* Shared by the files of the audit log's copy: its limits, its position, and the upload of one
 * object. */
#ifndef REEVE_AUDIT_COPY_INTERNAL_H
#define REEVE_AUDIT_COPY_INTERNAL_H

#include "audit/copy.h"
#include "audit/internal.h"
#include "base/buf.h"
#include "ledger/audit_copy_record.h"

#include <stdbool.h>

/* Limits, which tests make smaller. */
struct audit_copy_bounds {
	size_t object_bytes; /* the largest object, unless a single entry is larger */
	int64_t within_ms;   /* for the whole copy: an upload that might end later is not begun */
	int64_t attempt_ms;  /* for one upload */
	int64_t backoff_ms;  /* wait before the second attempt, doubled for each one more */
};
extern const struct audit_copy_bounds audit_copy_bounds;

/* The largest size of an export's header and trailer. */
#define AUDIT_COPY_FRAME_BYTES 4096
/* The largest export: a range that an earlier version recorded with other limits is sent again
 * unchanged. */
#define AUDIT_COPY_EXPORT_BYTES ((size_t)32 << 20)

/* The same as audit_copy, but returns the error. 0 also when time was short and entries are
 * left. */
MAY_YIELD int audit_copy_now(const struct audit_copy_run *run,
	const struct audit_copy_bounds *bounds, struct err *err) MUST_CHECK;

/* --- the record in the store --- */

struct audit_copy_position {
	struct audit_copy_record record; /* as it was read; zeroed when there is none of this log */
	struct audit_copy_place place;   /* of the current destination */
	const char *log;
	char *name;         /* of the destination in the record */
	struct err failure; /* has the texts of place.failed */
};

/* --- one object --- */

struct audit_copy_object {
	char key[640];
	const struct buf *text;
	/* In: the object may already have been stored under the key. Out: true also when an attempt
	 * leaves it open whether it was stored. */
	bool maybe_there;
};

#endif
