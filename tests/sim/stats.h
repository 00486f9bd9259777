/* Counts calls by operation and result: the answer to GET /_sim/stats. */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include <stdint.h>

#include "call.h"

struct stats {
	uint64_t calls[N_OPERATIONS];
	uint64_t mutating;  /* calls of operations that change AWS, refused ones included */
	uint64_t effects;   /* those of them that were carried out */
	uint64_t throttled; /* by --limits or by a fault */
};

extern struct stats stats;

/* Counts an error answer under its code, unless it only says that something is absent or elsewhere.
 */
void stats_error(int status, const char *code);
/* Counts an injected fault. */
void stats_fault(const char *kind);
void stats_write(struct buf *out);
void stats_reset(void);

#endif
