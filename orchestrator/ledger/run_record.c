#include "ledger/run_record.h"

#include "base/banned.h"

const char *run_kind_name(enum run_kind kind)
{
	static const char *const names[] = { "plan", "sweep", "apply", "rollback", "event" };

	return names[kind];
}
