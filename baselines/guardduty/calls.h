/*
 * The calls that change a detector, with what is special about GuardDuty's answers: refusals that
 * show an administrator, accounts that were not processed, and features that a region lacks.
 */
#ifndef REEVE_BASELINES_GUARDDUTY_CALLS_H
#define REEVE_BASELINES_GUARDDUTY_CALLS_H

#include "baselines/baseline.h"

/* Makes one call of a change with other parameters, which are taken over, from the account that the
 * call names. The error code is CAUSE_MANAGED_CENTRALLY when an administrator owns the detector. */
MAY_YIELD int guardduty_make_call(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, const json_t *call, json_t *params, struct err *err) MUST_CHECK;

/* Makes the call once for each of its features: a feature that the region does not offer must not
 * prevent the others. -1 with the last error when one of them failed. */
MAY_YIELD int guardduty_set_features_one_by_one(struct baseline_context *context,
	struct aws_writer *writer, const struct change *change, const json_t *call, struct err *err)
	MUST_CHECK;

#endif
