/* Lists the accounts that the last walk of the organization found. */
#ifndef REEVE_WEB_API_ACCOUNTS_H
#define REEVE_WEB_API_ACCOUNTS_H

#include <jansson.h>

struct account_place;
struct org_place;

/* The place of a stored account in the organization (accounts.c); the texts are borrowed from the
 * record. */
const struct org_place *api_place(const json_t *account, struct account_place *storage);

#endif
