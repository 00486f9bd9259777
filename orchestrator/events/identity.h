#ifndef REEVE_EVENTS_IDENTITY_H
#define REEVE_EVENTS_IDENTITY_H

#include <jansson.h>

/* Returns an identity: KIND and the values at the paths (separated by blanks, each with its
 * alternatives), or a hash of them where they are long or have unusual characters. Equal values
 * give equal identities, and different values different ones. */
char *identity_of(const json_t *from, const char *kind, const char *paths);
/* Returns the identity of the whole value, for events that have no id. */
char *identity_of_whole(const char *kind, const json_t *value);

#endif
