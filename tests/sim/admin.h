/* The paths under /_sim/, by which tests look into the simulator and change its state. */
#ifndef SIM_ADMIN_H
#define SIM_ADMIN_H

#include <jansson.h>

#include "http.h"

void admin_serve(const struct http_request *request, struct http_response *response);
/* /_sim/queue. NULL, or what is wrong with the request. */
const char *admin_queue(const struct http_request *request, struct http_response *response);
/* One {"id":..., "set": {...}} or a list of them. NULL, or what is wrong (static storage). */
const char *admin_apply(const json_t *changes);
/* The state of all accounts, or of one. false: no such account. */
bool admin_write_state(struct buf *b, struct slice only);

#endif
