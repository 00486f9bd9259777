/*
 * The export of the log for auditors: lines of canonical JSON. The first line is a header (format,
 * log, public key, range, count, and the anchor, which is the hash that the first entry is linked
 * to); then come the entries, then a trailer with the hash of the last entry and a signature over
 * header and hash. So any removal is noticed, even of all entries.
 */
#ifndef REEVE_AUDIT_EXPORT_H
#define REEVE_AUDIT_EXPORT_H

#include "audit/audit.h"
#include "base/buf.h"

#include <stddef.h>

/* The entries first..last. 0 means from the first, or to the last that is on disk. In an empty
 * range, first = last + 1. */
struct audit_range {
	uint64_t first, last;
};

/* Called with each piece of the export. It may yield, since nothing of the store is held
 * meanwhile. */
struct audit_sink {
	int (*write)(void *argument, const void *bytes, size_t length, struct err *err);
	void *argument;
};

/* Writes the export with bounded memory. The chain is checked at the same time: if it is broken,
 * the export ends with an error and without a trailer, so that nothing broken is signed.
 * ERR_USAGE when the range is not in the log. */
MAY_YIELD int audit_export(struct audit *audit, const struct audit_range *range,
	const struct audit_sink *sink, struct err *err) MUST_CHECK;
/* The same into a buffer; ERR_LIMIT when it is too large for the buffer. */
MAY_YIELD int audit_export_to_buffer(struct audit *audit, const struct audit_range *range,
	struct buf *out, struct err *err) MUST_CHECK;

/* Finds the number of the first entry that was made at that time or later; one past the last when
 * there is none. */
int audit_find_since(struct audit *audit, int64_t since_ms, uint64_t *seq, struct err *err)
	MUST_CHECK;

#endif
