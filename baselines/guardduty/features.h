/*
 * GuardDuty's protection plans ("features"): their names, and the forms in which the API
 * answers and takes them.
 */
#ifndef REEVE_BASELINES_GUARDDUTY_FEATURES_H
#define REEVE_BASELINES_GUARDDUTY_FEATURES_H

#include <jansson.h>

/* The values of the setting `features`; ends with NULL. The agent managements are additional
 * configurations of RUNTIME_MONITORING and are named beside it. */
extern const char *const guardduty_feature_names[];

/* Returns {"S3_DATA_EVENTS": "ENABLED", ...}, the features of GetDetector's answer; new reference.
 */
json_t *guardduty_features_of(const json_t *detector);

/* Returns the features of settings["features"] that are not enabled in state["features"], in the
 * settings' order; new array. */
json_t *guardduty_missing_features(const json_t *state, const json_t *settings);

/* Returns the names as an array in the API's form, each with its status from `statuses`, or
 * ENABLED; new array. */
json_t *guardduty_feature_configurations(const json_t *names, const json_t *statuses);

/* Returns {name: status} for each name: the observed status (DISABLED where there is none), or
 * ENABLED for all when observed is NULL; new object. */
json_t *guardduty_feature_statuses(const json_t *names, const json_t *observed);

#endif
