/* Checks of the sections `people` and `approvals` across their items. */
#ifndef REEVE_CONFIG_PEOPLE_H
#define REEVE_CONFIG_PEOPLE_H

struct complaints;
struct config;

void people_check(const struct config *config, struct complaints *complaints);

#endif
