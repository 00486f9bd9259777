/* Checks of single values in the section `audit`. */
#ifndef REEVE_CONFIG_CHECKS_AUDIT_H
#define REEVE_CONFIG_CHECKS_AUDIT_H

int check_bucket_name(const char *value, const char **reason);
int check_key_prefix(const char *value, const char **reason);
int check_kms_key_arn(const char *value, const char **reason);

#endif
