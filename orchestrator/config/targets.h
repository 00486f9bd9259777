/* Visits every target that the configuration names. */
#ifndef REEVE_CONFIG_TARGETS_H
#define REEVE_CONFIG_TARGETS_H

struct config;

/* Calls `each` with every target that the configuration names and its JSON pointer, so that targets
 * which match no account can be reported. */
void config_each_target(const struct config *config,
	void (*each)(void *user, const char *pointer, const char *target), void *user);

#endif
