/*
 * The simulated organization. Everything follows from the seed: the tree and
 * the names are made at the start, the details of an account (S3 block, users,
 * buckets, detectors) when it is first asked about, and changed in place after.
 */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "util.h"

#define MAX_REGIONS 34
#define DEFAULT_REGIONS 17

enum account_state {
	STATE_ACTIVE,
	STATE_SUSPENDED,
	STATE_PENDING_CLOSURE,
	STATE_PENDING_ACTIVATION,
	STATE_CLOSED
};
enum region_status { REGION_ENABLED_BY_DEFAULT, REGION_ENABLED, REGION_DISABLED };

struct tag {
	char *key, *value;
};

struct tags {
	struct tag *items;
	size_t n;
};

enum sse { SSE_NONE, SSE_AES256, SSE_KMS, SSE_DSSE };
enum blocked { BLOCKED_SSE_C = 1, BLOCKED_NONE = 2 };

struct encryption {
	enum sse algorithm;
	int bucket_key;   /* -1: the element is absent */
	unsigned blocked; /* bits of enum blocked; 0: the element is absent */
	char *key;        /* KMSMasterKeyID or NULL */
};

/* The services that write to a bucket. */
enum receives {
	RECEIVES_NOTHING,
	RECEIVES_S3_LOGS_BY_POLICY,
	RECEIVES_S3_LOGS_BY_ACL,
	RECEIVES_ELB_LOGS
};

struct bucket {
	char *name;
	int region;
	bool removed;
	bool old_location_name; /* eu-west-1 is answered as EU */
	enum receives receives;
	struct encryption encryption;
	struct tags tags;
	struct bucket_lag *lag; /* see lag.h; also below */
};

struct user_policy {
	char *name, *document;
};

struct user {
	char *name;
	bool password, mfa, removed;
	struct user_policy *policies;
	size_t n_policies;
	struct user_lag *lag;
};

/* Bits of a detector's features; the order is the one GetDetector answers in. */
enum feature {
	FEATURE_S3_DATA_EVENTS,
	FEATURE_EKS_AUDIT_LOGS,
	FEATURE_EBS_MALWARE_PROTECTION,
	FEATURE_RDS_LOGIN_EVENTS,
	FEATURE_EKS_RUNTIME_MONITORING,
	FEATURE_LAMBDA_NETWORK_LOGS,
	FEATURE_RUNTIME_MONITORING,
	N_FEATURES,
	/* additional configuration; the first belongs to both kinds of runtime monitoring */
	FEATURE_EKS_ADDON_MANAGEMENT = N_FEATURES,
	FEATURE_ECS_FARGATE_AGENT_MANAGEMENT,
	FEATURE_EC2_AGENT_MANAGEMENT,
	N_FEATURE_BITS,
	FEATURE_EKS_RUNTIME_ADDON = N_FEATURE_BITS /* EKS_ADDON_MANAGEMENT of EKS_RUNTIME_MONITORING */
};

enum frequency {
	FREQUENCY_FIFTEEN_MINUTES,
	FREQUENCY_ONE_HOUR,
	FREQUENCY_SIX_HOURS,
	N_FREQUENCIES
};

extern const char *const feature_names[N_FEATURE_BITS];
extern const char *const frequency_names[N_FREQUENCIES];
extern const char *const sse_names[];
extern const char *const account_state_names[];
struct detector {
	bool exists, enabled;
	uint8_t frequency;
	uint16_t features;
	uint16_t generation; /* counts creations, so that a new detector has a new id */
	uint64_t token;      /* hash of the client token that created it, 0 for none */
};

/* Bits of the account's S3 block, in the order of the API. */
enum block_bit {
	BLOCK_PUBLIC_ACLS = 1,
	IGNORE_PUBLIC_ACLS = 2,
	BLOCK_PUBLIC_POLICY = 4,
	RESTRICT_PUBLIC_BUCKETS = 8
};
extern const char *const block_names[4];

struct detail {
	bool block_set;
	unsigned block;
	bool root_mfa, root_password;
	uint8_t regions[MAX_REGIONS]; /* enum region_status */
	struct detector detectors[MAX_REGIONS];
	struct bucket *buckets;
	size_t n_buckets;
	struct user *users;
	size_t n_users;
	struct detail_lag *lag;
	struct hub *hubs;  /* Security Hub, by region; NULL: was never enabled anywhere */
	char *report;      /* the credential report, CSV */
	bool report_asked; /* GenerateCredentialReport said STARTED */
};

struct ou {
	char id[40];
	char *name;
	struct ou *parent; /* NULL: the root */
	struct account **accounts;
	size_t n_accounts;
	struct ou **children;
	size_t n_children;
};

struct account {
	uint64_t number;
	size_t index;
	char id[13];
	char *name;
	struct ou *ou;
	enum account_state state;
	bool removed;      /* no longer in the organization */
	bool role_missing; /* the remediation role was deleted */
	struct tags tags;
	char **denied; /* IAM action patterns denied in this account */
	size_t n_denied;
	const struct account *gd_admin; /* GuardDuty administrator, where it has a detector */
	uint64_t sessions_void_before;  /* sessions with a lower serial are expired */
	struct detail *detail;          /* see account_detail() */
};

struct region {
	const char *name;
	bool opt_in;
};

struct organization {
	const struct options *options;
	char id[16], root_id[8];
	/* holds the accounts and units directly under the root; its id is the root's */
	struct ou *root;
	struct ou **ous;
	size_t n_ous;
	struct account *accounts;
	size_t n_accounts; /* the array never moves: it has room for accounts that are added later */
	struct account *management, *delegated;
	int n_regions;
};

extern struct organization org;
extern const struct region regions[MAX_REGIONS];

void organization_build(const struct options *options);
struct account *account_by_id(struct slice id);
struct ou *ou_by_id(struct slice id);
struct detail *account_detail(struct account *account);
/* Accounts that can be made at run time. */
#define SPARE_ACCOUNTS 1000
/* Adds an account. Returns NULL when the id is invalid or isn't new, or when there is no room. */
struct account *organization_add(struct slice id, const char *name, struct ou *ou);
/* Moves an account to another OU. */
void account_move(struct account *account, struct ou *to);
/* Writes "/" for the root, else e.g. "Workloads/Prod"; a slash within a name is written \/ */
void ou_path(const struct ou *ou, struct buf *out);

/* Returns the index of a region of this organization, or -1. */
int region_index(struct slice name);
/* Returns whether the name is a region of AWS at all. */
bool region_exists(struct slice name);
bool region_usable(struct account *account, int region);
/* Return whether GuardDuty has a feature in a region, and the features that CreateDetector enables
 * when it names none. */
bool region_has_feature(int region, int feature);
uint16_t features_default(int region);

struct bucket *bucket_by_name(struct slice name, struct account **owner);
struct user *user_by_name(struct account *account, const char *name);
/* Writes the id of the account's detector in a region. out needs 33 bytes. */
void detector_id(const struct account *account, int region, char *out);
/* Writes the id of one of the account's keys; `what` is "aws/s3", "data", "retired" or "doomed".
 * out needs 37 bytes. */
void key_id(const struct account *account, int region, const char *what, char *out);
bool account_has_data_key(const struct account *account);

void tags_set(struct tags *tags, const char *key, const char *value);

#endif
