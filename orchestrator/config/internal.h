/* The types that the files of this room share. No file outside includes it. */
#ifndef REEVE_CONFIG_INTERNAL_H
#define REEVE_CONFIG_INTERNAL_H

#include "base/buf.h"
#include "config/config.h"
#include "config/document/complain.h"
#include "config/setting.h"

/* --- setting.c: settings against their rows, every complaint reported --- */

/* Adds each given setting to `out` after its check, and, with fill_defaults, the defaults of the
 * others. */
void settings_collect(const struct setting *rows, const json_t *given, const struct where *where,
	bool fill_defaults, struct complaints *complaints, json_t *out);
/* Complains unless the value is an object (a list). A value that is null or absent counts as an
 * empty one. */
bool expect_object(const json_t *value, const struct where *where, struct complaints *complaints);
bool expect_list(const json_t *value, const struct where *where, struct complaints *complaints);

/* --- sections_*.c: their rows --- */

extern const struct setting organization_rows[], scope_rows[], baselines_rows[], tiers_rows[],
	exceptions_rows[], limits_rows[], rollout_rows[], windows_rows[], people_rows[],
	approvals_rows[], audit_rows[], notifications_rows[];
extern const struct setting region_list_rows[]; /* an item of scope.regions in its long form */
extern const struct setting webhook_rows[];     /* "webhook" in an item of notifications */
extern const struct setting schedule_rows[], events_rows[], security_hub_rows[], http_rows[];
extern const struct setting route_rows[]; /* an item of events.routes */
#define ROUTES_MAX 200 /* the most items, since each of them is tried with each event */

#define TARGET_PATTERN "^(root|ou:.+|account:[0-9]{12}|tag:.+)$"
#define REGION_PATTERN "^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$"

/* --- target.c --- */

/* An index of targets, which finds those that match an account without trying each. */
struct target_match {
	size_t index, level; /* nearer levels are greater */
};
struct target_matches {
	struct target_match *items; /* by level, then by index */
	size_t count, capacity;
};

/* --- assign.c: the lists `baselines` and `tiers` --- */

enum assigned_kind { ASSIGN_SET, ASSIGN_UNSET, ASSIGN_TIER };
struct assigned {
	enum assigned_kind kind;
	size_t entry;           /* of the catalogue */
	const json_t *settings; /* of ASSIGN_SET; borrowed from the sections */
	enum tier tier;         /* of ASSIGN_TIER */
};
struct assignment {
	const char *target; /* borrowed from the sections */
	struct assigned *items;
	size_t count;
};
struct assignments {
	struct assignment *items;
	size_t count;
	json_t *index; /* of the targets */
};

/* Two assignments of one level that give different values to one baseline or setting. */
struct disagreement {
	size_t first, second; /* numbers of assignments */
	struct buf what;      /* what they disagree on, for people */
};

/* --- exception.c --- */

struct exception {
	const json_t *value; /* resolved; borrowed from the sections */
	int64_t expires_ms;
	const char *account, *region, *resource; /* of the value; region and resource are globs */
	char *unit, *tag;                        /* targets, or NULL */
};
struct exceptions {
	struct exception *items; /* as many as the section has; those with complaints are empty */
	size_t count;
	struct exception_list {
		size_t *numbers, count;
	} *by_entry; /* one for each entry of the catalogue */
	size_t entry_count;
};

/* --- config.c --- */

struct config {
	char *path;
	const struct catalogue *catalogue;
	json_t *entry_numbers;   /* baseline id -> its number in the catalogue */
	json_t **entry_defaults; /* the settings of each entry by their defaults */
	json_t *sections;        /* resolved: what config_get returns */
	struct assignments baselines, tiers;
	json_t *include, *exclude; /* indexes of targets */
	json_t *region_lists;      /* index of targets, or NULL where one list serves all */
	json_t *waves;             /* index of targets: the number of the wave */
	struct exceptions exceptions;
	json_t *desired_cache; /* what config_desired compiled, by the assignments that matched */
	bool uses_tags;
	char generation[65];
};

#endif
