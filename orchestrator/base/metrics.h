/*
 * Metrics of the process, in Prometheus' terms and text form. metrics.def names each once, with its
 * type, unit in its name, help and labels. Counting is cheap and from the loop's thread only;
 * nothing here yields or fails. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef REEVE_BASE_METRICS_H
#define REEVE_BASE_METRICS_H

#include "base/buf.h"
#include "base/compiler.h"

enum metric {
#define METRIC(symbol, type, name, help, ...) METRIC_##symbol,
#include "base/metrics.def"
#undef METRIC
	METRIC_COUNT
};

/* The values of the metric's labels, in metrics.def's order; short ones of a small set (a series is
 * kept for each combination, and beyond 1,000 of one metric the rest is counted together as
 * "other"). */
#define METRIC_LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define METRIC_NO_LABELS ((const char *const[]){ NULL })

void metric_add(enum metric metric, const char *const *labels, double amount);    /* a counter */
void metric_set(enum metric metric, const char *const *labels, double value);     /* a gauge */
void metric_observe(enum metric metric, const char *const *labels, double value); /* a histogram */
/* Returns the value of a counter or gauge, or a histogram's count; 0 when nothing was counted. */
double metric_value(enum metric metric, const char *const *labels);
/* Removes a gauge's series of all label values, before they are set again. */
void metric_clear(enum metric metric);

/* Writes all metrics as the text of a scrape. */
void metrics_add_text(struct buf *out);
/* Removes all series. For tests only. */
void metrics_reset(void);

#endif
