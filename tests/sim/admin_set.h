/*
 * Setters for the keys of "set" in POST /_sim/account. Each takes the value of one key, and returns
 * NULL or what is wrong with it (static storage).
 */
#ifndef SIM_ADMIN_SET_H
#define SIM_ADMIN_SET_H

#include <jansson.h>

#include "state.h"

typedef const char *setter(struct account *account, const json_t *value);

setter set_s3_block, set_detectors, set_buckets, set_users, set_security_hub;

/* While events are on, sends the event of the call that a setter stands for. The caller in the
 * event is the IAM user "somebody" of the account, or of the management account for a call to
 * Organizations. Takes over the parameters. */
void admin_events(bool on);
bool admin_events_are_on(void);
void admin_event(const struct account *account, int region, const char *service, const char *name,
	json_t *parameters, const char *resource_type, const char *resource);
void admin_event_organizations(const char *name, json_t *parameters);
/* Sends an event of Organizations itself. */
void admin_event_result(const char *name, json_t *details);
/* Returns the time as Organizations writes it: "Nov 24, 2026 9:20:50 PM". */
const char *admin_event_time(void);

#endif
