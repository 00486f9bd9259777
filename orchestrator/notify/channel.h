/* Reads the channels from the configuration. */
#ifndef REEVE_NOTIFY_CHANNEL_H
#define REEVE_NOTIFY_CHANNEL_H

#include "base/compiler.h"
#include "base/err.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>

struct aws_permission;
struct config;
struct notification;
struct notifier;
struct notify_channel;

int notify_channel_init(struct notify_channel *channel, struct notifier *notifier,
	const json_t *row, struct err *err) MUST_CHECK;
void notify_channel_release(struct notify_channel *channel);
bool notify_channel_wants(const struct notify_channel *channel, const struct notification *event);

/* The permissions for the configured topics: sns:Publish on each. The array ends with
 * AWS_PERMISSIONS_END and the caller frees it; its texts are borrowed from the config. NULL for
 * the config: no topic. */
struct aws_permission *notify_permissions(const struct config *config) MUST_CHECK;

#endif
