/*
 * The calls that read and change a detector. They handle what is special about GuardDuty's answers:
 * refusals that show an administrator, accounts that were not processed, and features that a region
 * lacks.
 */
#ifndef REEVE_BASELINES_GUARDDUTY_CALLS_H
#define REEVE_BASELINES_GUARDDUTY_CALLS_H

#include "baselines/baseline.h"

/* Makes one call of a change with other parameters, which are taken over, from the account that the
 * call names. The error code is CAUSE_MANAGED_CENTRALLY when an administrator owns the detector. */
MAY_YIELD int guardduty_make_call(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, const json_t *call, json_t *params, struct err *err) MUST_CHECK;

/* Makes the call of a change. When AWS refuses it because of a feature (one that the region does
 * not offer), each feature is set by a call of its own, so that the others are set. */
MAY_YIELD int guardduty_make_change(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err) MUST_CHECK;

/* Sets *id to the id of the region's detector in the reader's account, or to null. New reference.
 */
MAY_YIELD int guardduty_list_detector(struct aws_reader *reader, const char *region,
	struct aws_trace *trace, json_t **id, struct err *err) MUST_CHECK;

#endif
