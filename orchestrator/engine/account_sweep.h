/* One account while it is swept: the state that sweep_account.c and account_regions.c share. */
#ifndef REEVE_ENGINE_ACCOUNT_SWEEP_H
#define REEVE_ENGINE_ACCOUNT_SWEEP_H

#include "engine/cell_view.h"
#include "engine/sweep_account.h"
#include "io/fiber.h"

/* When an account's regions are not known at all, its regional cells are recorded under this
 * name. */
#define REGIONS_UNKNOWN "*"

struct account_sweep {
	struct sweep *sweep;
	struct account_run account;
	struct fiber_group group;
	json_t *regions;  /* array of names; NULL when they are not known */
	struct err cause; /* the cause when the account's cells are unknown; ERR_NONE: they can be
						 observed */
	struct err regional_cause; /* the cause when only its regional cells are unknown, since its
								  regions can't be read */
};

#endif
