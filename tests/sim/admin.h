/* Serves the paths under /_sim/, by which tests look into the simulator and change its state. */
#ifndef SIM_ADMIN_H
#define SIM_ADMIN_H

#include <jansson.h>

#include "http.h"

void admin_serve(const struct http_request *request, struct http_response *response);
/* Serves /_sim/queue. Returns NULL, or what is wrong with the request. */
const char *admin_queue(const struct http_request *request, struct http_response *response);
/* Applies one {"id":..., "set": {...}} or a list of them. Returns NULL, or what is wrong (static
 * storage). */
const char *admin_apply(const json_t *changes);
/* Writes the state of all accounts, or of one. Returns false when there is no such account. */
bool admin_write_state(struct buf *b, struct slice only);

#endif
