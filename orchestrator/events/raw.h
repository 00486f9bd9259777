/*
 * Private to the decoding half of this room: findings and records that come without an envelope,
 * known by their members.
 */
#ifndef REEVE_EVENTS_RAW_H
#define REEVE_EVENTS_RAW_H

#include "base/err.h"

#include <jansson.h>

/* An envelope of EventBridge's form around one, without the place and time: a new reference. NULL,
 * with NotAnEvent, where it is nothing that is known. */
json_t *raw_envelope(json_t *value, struct err *err);

#endif
