/* Checks of single values, for the rows. */
#ifndef REEVE_CONFIG_CHECKS_H
#define REEVE_CONFIG_CHECKS_H

#include "base/compiler.h"

#include <stdint.h>

int check_account(const char *value, const char **reason);
int check_region(const char *value, const char **reason);
int check_role_name(const char *value, const char **reason);
int check_role_arn(const char *value, const char **reason);
int check_external_id(const char *value, const char **reason);
int check_account_or_any(const char *value, const char **reason);
int check_cron(const char *value, const char **reason);
int check_time_zone(const char *value, const char **reason);
int check_wave(const char *value, const char **reason);
int check_expiry(const char *value, const char **reason);
int check_not_empty(const char *value, const char **reason);
/* Reads the moment at which an exception ends: a date counts to its end, in UTC. */
int parse_expiry(const char *value, int64_t *expires_ms) MUST_CHECK;

#endif
