/* Checks of the sections `events` and `http` that the rows can't express. */
#ifndef REEVE_CONFIG_SERVE_H
#define REEVE_CONFIG_SERVE_H

struct complaints;
struct config;

/* Resolves each item of events.routes in place. */
void serve_build(struct config *config, struct complaints *complaints);

#endif
