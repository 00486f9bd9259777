/* What the files of this room share. No file outside includes it. */
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
/* Complains unless the value is an object (a list); null and nothing count as an empty one. */
bool expect_object(const json_t *value, const struct where *where, struct complaints *complaints);
bool expect_list(const json_t *value, const struct where *where, struct complaints *complaints);

/* --- load.c --- */

/* Parses the text of `complaints` into an object. NULL after complaints. */
json_t *document_parse(struct complaints *complaints);

/* --- sections.c: the list of the sections --- */

const struct config_section *section_find(const char *name);

/* --- sections_*.c: their rows --- */

extern const struct setting organization_rows[], scope_rows[], baselines_rows[], tiers_rows[],
	exceptions_rows[], limits_rows[], rollout_rows[], windows_rows[], people_rows[],
	approvals_rows[], audit_rows[], notifications_rows[];
extern const struct setting region_list_rows[]; /* an item of scope.regions in its long form */
extern const struct setting webhook_rows[];     /* "webhook" in an item of notifications */
extern const struct setting schedule_rows[], events_rows[], security_hub_rows[], http_rows[];
extern const struct setting route_rows[]; /* an item of events.routes */
#define ROUTES_MAX 200 /* the most items: each of them is tried with each event */

#define TARGET_PATTERN "^(root|ou:.+|account:[0-9]{12}|tag:.+)$"
#define REGION_PATTERN "^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$"

/* --- checks.c: what the rows call; each returns -1 with a reason --- */

int check_account(const char *value, const char **reason);
int check_region(const char *value, const char **reason);
int check_role_name(const char *value, const char **reason);
int check_role_arn(const char *value, const char **reason);
int check_external_id(const char *value, const char **reason);
int check_unit(const char *value, const char **reason); /* a target without its "ou:" */
int check_tag(const char *value, const char **reason);  /* a target without its "tag:" */
int check_account_or_any(const char *value, const char **reason);
int check_cron(const char *value, const char **reason);
int check_time_zone(const char *value, const char **reason);
int check_wave(const char *value, const char **reason);
int check_expiry(const char *value, const char **reason);
int check_not_empty(const char *value, const char **reason);
/* The moment at which an exception ends: a date counts to its end, in UTC. */
int parse_expiry(const char *value, int64_t *expires_ms) MUST_CHECK;

/* --- checks_people.c --- */

int check_person_name(const char *value, const char **reason);
int check_system_user(const char *value, const char **reason);
int check_identity_arn(const char *value, const char **reason);
int check_token_hash(const char *value, const char **reason);

/* --- checks_address.c --- */

int check_url(const char *value, const char **reason);
int check_listen(const char *value, const char **reason);
int check_host_name(const char *value, const char **reason);
int check_socket_path(const char *value, const char **reason);
int check_group_name(const char *value, const char **reason);
int check_topic_arn(const char *value, const char **reason);
int check_file_path(const char *value, const char **reason);
int check_variable(const char *value, const char **reason);
/* Whether a host (a name, an IPv4 address, an IPv6 address in brackets) is surely this machine. */
bool host_is_this_machine(const char *host, size_t length);

/* --- checks_audit.c --- */

int check_bucket_name(const char *value, const char **reason);
int check_key_prefix(const char *value, const char **reason);
int check_kms_key_arn(const char *value, const char **reason);

/* --- target.c --- */

/* Whether a target, which was checked, matches the account. */
bool target_matches(const char *target, const struct org_place *place);
bool target_is_tag(const char *target);

/* An index of targets, which finds those that match an account without trying each. */
struct target_match {
	size_t index, level; /* nearer levels are greater */
};
struct target_matches {
	struct target_match *items; /* by level, then by index */
	size_t count, capacity;
};
json_t *target_index_new(void);
void target_index_add(json_t *index, const char *target, size_t number);
void target_index_match(const json_t *index, const struct org_place *place, bool tags,
	struct target_matches *out);
void target_matches_release(struct target_matches *matches);

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

/* Reads the list of that section, which its rows have checked; normalizes it in place. */
void assignments_build(struct config *config, const char *section, struct complaints *complaints,
	struct assignments *out);
void assignments_release(struct assignments *assignments);

/* Two assignments of one level that give different values to one baseline or setting. */
struct disagreement {
	size_t first, second; /* numbers of assignments */
	struct buf what;      /* what they disagree on, for people */
};
/* Looks for one among the assignments that the numbers name. The caller releases found->what. */
bool assignments_disagree(const struct config *config, const struct assignments *assignments,
	const size_t *numbers, size_t count, struct disagreement *found);

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
void exceptions_build(struct config *config, const json_t *given, struct complaints *complaints);
void exceptions_release(struct exceptions *exceptions);

/* --- notifications.c: what is particular to the section `notifications` --- */

/* Resolves each "webhook" in place, with all of its rows; null stays null. */
void notifications_build(struct config *config, struct complaints *complaints);

/* --- serve.c: what is particular to the sections `events` and `http` --- */

/* Resolves each item of events.routes in place. */
void serve_build(struct config *config, struct complaints *complaints);

/* --- people.c: what is particular to the sections `people` and `approvals` --- */

void people_check(const struct config *config, struct complaints *complaints);

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

/* --- catalogue.c --- */

/* Keeps the catalogue, which is borrowed, and the defaults of its entries. */
void catalogue_take(struct config *config, const struct catalogue *catalogue);
/* The number of a baseline, or -1; complains with the nearest known id when complaints are given.
 */
long entry_number(const struct config *config, const char *id, const struct where *where,
	struct complaints *complaints);

bool glob_matches(const char *glob, const char *text); /* * is any characters, ? any one byte */

/* --- scope.c: what is particular to the sections `organization`, `scope` and `rollout` --- */

void account_roles_check(const json_t *organization, struct complaints *complaints);
void scope_build(struct config *config, struct complaints *complaints);
void rollout_build(struct config *config, struct complaints *complaints);
/* Refuses lists of regions of one level that differ; the error names both. */
int regions_check(const struct config *config, const struct org_place *place, struct err *err)
	MUST_CHECK;

#endif
