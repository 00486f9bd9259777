/* The settings that AWS's tools share. */
#ifndef REEVE_AWS_CLIENT_SETTINGS_H
#define REEVE_AWS_CLIENT_SETTINGS_H

#include "base/compiler.h"
#include "base/err.h"

struct aws_options;
struct aws_service;
struct client_settings;
struct profile_set;

int client_settings_load(struct client_settings *settings, const struct aws_options *options,
	struct err *err) MUST_CHECK;
void client_settings_release(struct client_settings *settings);
/* Reads both shared files anew. */
int client_settings_profiles(struct profile_set **out, struct err *err) MUST_CHECK;
/* Returns the setting from the environment, else from the profile in use, else NULL. An empty value
 * counts as absent. */
const char *client_setting(const struct client_settings *settings, const char *environment_name,
	const char *profile_key);
/* Returns the custom endpoint of a service, or NULL. */
const char *client_settings_endpoint_url(const struct client_settings *settings,
	const struct aws_service *service);

#endif
