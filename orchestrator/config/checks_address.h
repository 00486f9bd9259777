/* Checks of single values that say where something is. */
#ifndef REEVE_CONFIG_CHECKS_ADDRESS_H
#define REEVE_CONFIG_CHECKS_ADDRESS_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

/* Checks the address of a webhook that isn't in the configuration itself: https, or http to this
 * machine. Returns -1 with *reason (static text, "must be …"). */
int config_webhook_url_check(const char *url, const char **reason) MUST_CHECK;

int check_url(const char *value, const char **reason);
int check_listen(const char *value, const char **reason);
int check_host_name(const char *value, const char **reason);
int check_socket_path(const char *value, const char **reason);
int check_group_name(const char *value, const char **reason);
int check_topic_arn(const char *value, const char **reason);
int check_file_path(const char *value, const char **reason);
int check_variable(const char *value, const char **reason);
/* Returns whether a host (a name, an IPv4 address, an IPv6 address in brackets) is surely this
 * machine. */
bool host_is_this_machine(const char *host, size_t length);

#endif
