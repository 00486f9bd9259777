/* Finds the exceptions that cover a resource. */
#ifndef REEVE_CONFIG_EXCEPTION_H
#define REEVE_CONFIG_EXCEPTION_H

#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct catalogue;
struct complaints;
struct config;
struct exceptions;
struct org_place;

/* Returns the exception in force at now_ms that covers the resource, or NULL; borrowed. `region`
 * "*" etc. are globs. */
const json_t *config_exception(const struct config *config, const struct org_place *place,
	const char *region, const char *baseline, const char *resource, int64_t now_ms);
/* Returns when an exception (an item of config_get(config, "exceptions")) ends. A date counts to
 * its end, in UTC. */
int64_t config_exception_expires_ms(const json_t *exception);
/* Checks one exception that comes from elsewhere, as those of the file are checked. *out is the
 * resolved exception, a new reference. */
int config_exception_resolve(const struct catalogue *catalogue, const json_t *given, json_t **out,
	struct err *err) MUST_CHECK;
/* Returns whether a resolved exception is in force at now_ms and covers the resource. */
bool config_exception_covers(const json_t *exception, const struct org_place *place,
	const char *region, const char *baseline, const char *resource, int64_t now_ms);
void exceptions_build(struct config *config, const json_t *given, struct complaints *complaints);
void exceptions_release(struct exceptions *exceptions);

bool glob_matches(const char *glob, const char *text); /* * is any characters, ? any one byte */

#endif
