/* The rows of the sections about people: people and approvals. */
#include "config/internal.h"

#include "base/banned.h"
#include "config/checks_people.h"

static const char *const roles[] = { "viewer", "responder", "admin", "ingest", NULL };

const struct setting people_rows[] = {
	{ .name = "name",
		.type = SETTING_STRING,
		.maximum = 128,
		.check = check_person_name,
		.help = "Who it is, as approvals and the audit log name them." },
	{ .name = "system_users",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_system_user,
		.pattern = "^(uid:[0-9]{1,10}|[^ :]+)$",
		.maximum = 100,
		.help = "The system users that they are, by name, or as \"uid:1000\"." },
	{ .name = "aws",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_identity_arn,
		.pattern = "^arn:aws(-us-gov|-cn)?:(iam|sts)::[0-9]{12}:.+$",
		.maximum = 100,
		.help = "The ARNs that sts:GetCallerIdentity shows for them; * and ? match any characters "
				"and any one "
				"within a part, but no colon and no slash." },
	{ .name = "tokens",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_token_hash,
		.pattern = "^[0-9a-f]{64}$",
		.maximum = 100,
		.help = "The SHA-256 of their API tokens, in 64 hexadecimal digits." },
	{ .name = "role",
		.type = SETTING_CHOICE,
		.default_json = "\"responder\"",
		.choices = roles,
		.help = "What they may do over the HTTP API: a viewer reads, a responder also approves, "
				"denies, pauses and undoes a single "
				"change, an admin does everything, and ingest only hands in events." },
	{ .name = NULL },
};

const struct setting approvals_rows[] = {
	{ .name = "approvers",
		.type = SETTING_STRING_LIST,
		.default_json = "[]",
		.check = check_person_name,
		.help = "The names of the people who may approve a change; an empty list means everyone in "
				"\"people\"." },
	{ .name = "required",
		.type = SETTING_INTEGER,
		.default_json = "1",
		.minimum = 1,
		.maximum = 10,
		.help = "How many of them must approve a change; a single one denies it." },
	{ .name = "four_eyes",
		.type = SETTING_BOOLEAN,
		.default_json = "true",
		.help = "Whether the person whose run asked for a change may not approve it." },
	{ .name = "expire_hours",
		.type = SETTING_INTEGER,
		.default_json = "72",
		.minimum = 1,
		.maximum = 8760,
		.help = "How long after it was asked for a change can be approved and made." },
	{ .name = NULL },
};
