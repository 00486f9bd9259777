/* Checks of single values that name a person. */
#ifndef REEVE_CONFIG_CHECKS_PEOPLE_H
#define REEVE_CONFIG_CHECKS_PEOPLE_H

int check_person_name(const char *value, const char **reason);
int check_system_user(const char *value, const char **reason);
int check_identity_arn(const char *value, const char **reason);
int check_token_hash(const char *value, const char **reason);

#endif
