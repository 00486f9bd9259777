/* The command line of reeve-sim: one row per option in options.c gives parsing, checks and --help.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *listen;          /* HOST:PORT, loopback only */
	long accounts, ous, regions; /* counts */
	long buckets, users;         /* counts per account */
	double drift;                /* share of each kind of resource, 0..1 */
	long seed;
	long latency_ms;
	long clock_offset_s; /* how far this clock runs ahead of the real one */
	const char *limits;  /* aws | none */
	const char *faults;  /* KIND=RATE,... */
	const char *tls;     /* CERT,KEY */
	long page_size;      /* 0: AWS's own page sizes */
	const char *external_id;
	const char *role;
	const char *role_policy;         /* file or NULL */
	const char *orchestrator_policy; /* file or NULL */
	const char *gd_admin;            /* account id, "delegated" or NULL */
	const char *gd_frequency;        /* the frequency of detectors that are not drifted */
	long session_seconds;            /* 0: as asked for */
	long max_receive_count;          /* receives before a message goes to the dead-letter queue */
	long queue_visibility_s;
	long trail_events; /* 0, 1 */
	long trail_delay_ms, lag_ms;
	const char *state; /* file of overlays or NULL */
};

/* Exits with 0 after --help and with 1 on a usage error. */
void options_parse(struct options *o, int argc, char **argv);

#endif
