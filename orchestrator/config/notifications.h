/* Checks of the section `notifications` that the rows can't express. */
#ifndef REEVE_CONFIG_NOTIFICATIONS_H
#define REEVE_CONFIG_NOTIFICATIONS_H

struct complaints;
struct config;

/* Resolves each "webhook" in place, with all of its rows; null stays null. */
void notifications_build(struct config *config, struct complaints *complaints);

#endif
