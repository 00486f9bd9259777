/* Names of frameworks, severities, scopes and outcomes. */
#ifndef REEVE_BASELINES_NAMES_H
#define REEVE_BASELINES_NAMES_H

#include "baselines/baseline.h"

const char *framework_name(enum framework framework); /* "CIS AWS Foundations 3.0", for people */

extern const char *const severity_names[SEVERITY_COUNT]; /* in the order of the enum */
const char *severity_name(enum severity severity);       /* "critical", ... */
const char *scope_name(enum scope scope);
const char *outcome_name(enum outcome outcome);

#endif
