/* Lists the accounts that the last walk of the organization found. */
#ifndef REEVE_WEB_API_ACCOUNTS_H
#define REEVE_WEB_API_ACCOUNTS_H

#include "config/config.h"
#include "ledger/account_record.h"

#define API_TAGS_MOST 64 /* AWS allows 50 tags on an account */

struct api_place {
	struct org_tag tags[API_TAGS_MOST];
	struct org_place place;
};
/* Returns the place of a stored account in the organization; it borrows from the record and from
 * the storage. */
const struct org_place *api_place(const struct account_record *account, struct api_place *storage);

#endif
