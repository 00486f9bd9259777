/*
 * Private to the decoders: findings and records that come without an envelope are recognized by
 * their members.
 */
#ifndef REEVE_EVENTS_RAW_H
#define REEVE_EVENTS_RAW_H

#include "base/err.h"

#include <jansson.h>

/* Makes an envelope of EventBridge's form around the finding or record, without account, region and
 * time. Returns a new reference, or NULL with the code NotAnEvent in *err when its kind isn't
 * known. */
json_t *raw_envelope(json_t *value, struct err *err);

#endif
