/* Which regions of an account have no Security Hub, as far as this run has found out. */
#include "security_hub/imported.h"

#include "base/banned.h"
#include "base/log.h"
#include "ledger/hub_import_record.h"
#include "security_hub/security_hub.h"

bool hub_is_absent(const struct hub_run *run, const char *account, const char *region)
{
	struct err unused = ERR_INIT;
	bool absent;

	/* If the record can't be read, AWS is asked again. */
	return hub_absence_read(run->store, account, region, run->id, &absent, &unused) == 0 && absent;
}

void hub_set_absent(const struct hub_run *run, const char *account, const char *region)
{
	struct err unused = ERR_INIT;

	/* If this can't be recorded, AWS is asked again. */
	(void)!hub_absence_put(run->store, account, region, run->id, &unused);
	log_write(LOG_INFO, &(struct log_place){ .run = run->id, .account = account, .region = region },
		"Security Hub is not enabled in this region; findings are not imported");
}
