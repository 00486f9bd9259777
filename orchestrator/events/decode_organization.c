/*
 * Creation, moves and the end of accounts, as CloudTrail records them: calls of Organizations and
 * their results, and lifecycle events of Control Tower. Most are recorded in the management
 * account; AcceptHandshake and LeaveOrganization are recorded in the account that joins or
 * leaves.
 */
#include "events/decode_organization.h"

#include "base/banned.h"
#include "base/mem.h"
#include "events/decode.h"
#include "events/fields.h"

#include <strings.h>

#define ORGANIZATIONS "organizations.amazonaws.com"
#define CONTROL_TOWER "controltower.amazonaws.com"
#define CREATED "serviceEventDetails.createAccountStatus"
#define CLOSED "serviceEventDetails.closeAccountStatus"
#define ENROLLED "serviceEventDetails.createManagedAccountStatus"
#define UPDATED "serviceEventDetails.updateManagedAccountStatus"

enum target {
	RECIPIENT, /* the account that the record is of */
	ACCOUNT,   /* the account at the path */
	ANYTHING,  /* the id at the path: of an account, a root, an organizational unit or a policy */
};

static const struct life {
	const char *service, *event;
	const char *path;       /* path of the account's id */
	const char *state_path; /* "SUCCEEDED", or the change did not happen; NULL: no state */
	enum target target;
	enum signal_account_change change;
} lives[] = {
	/* This is the request; an event with the result follows. */
	{ ORGANIZATIONS, "CreateAccount", NULL, NULL, RECIPIENT, SIGNAL_NO_ACCOUNT_CHANGE },
	{ ORGANIZATIONS, "CreateGovCloudAccount", NULL, NULL, RECIPIENT, SIGNAL_NO_ACCOUNT_CHANGE },
	{ ORGANIZATIONS, "CreateAccountResult", CREATED ".accountId", CREATED ".state", ACCOUNT,
		SIGNAL_ACCOUNT_NEW },
	{ ORGANIZATIONS, "InviteAccountToOrganization", NULL, NULL, RECIPIENT,
		SIGNAL_NO_ACCOUNT_CHANGE },
	{ ORGANIZATIONS, "AcceptHandshake", NULL, NULL, RECIPIENT, SIGNAL_ACCOUNT_NEW },
	{ ORGANIZATIONS, "MoveAccount", "requestParameters.accountId", NULL, ACCOUNT,
		SIGNAL_ACCOUNT_MOVED },
	{ ORGANIZATIONS, "TagResource", "requestParameters.resourceId", NULL, ANYTHING,
		SIGNAL_ACCOUNT_MOVED },
	{ ORGANIZATIONS, "UntagResource", "requestParameters.resourceId", NULL, ANYTHING,
		SIGNAL_ACCOUNT_MOVED },
	{ ORGANIZATIONS, "AttachPolicy", "requestParameters.targetId", NULL, ANYTHING,
		SIGNAL_ACCOUNT_MOVED },
	{ ORGANIZATIONS, "DetachPolicy", "requestParameters.targetId", NULL, ANYTHING,
		SIGNAL_ACCOUNT_MOVED },
	{ ORGANIZATIONS, "CloseAccount", "requestParameters.accountId", NULL, ACCOUNT,
		SIGNAL_NO_ACCOUNT_CHANGE },
	{ ORGANIZATIONS, "CloseAccountResult", CLOSED ".accountId", CLOSED ".state", ACCOUNT,
		SIGNAL_ACCOUNT_CLOSED },
	{ ORGANIZATIONS, "RemoveAccountFromOrganization", "requestParameters.accountId", NULL, ACCOUNT,
		SIGNAL_ACCOUNT_CLOSED },
	{ ORGANIZATIONS, "LeaveOrganization", NULL, NULL, RECIPIENT, SIGNAL_ACCOUNT_CLOSED },
	{ CONTROL_TOWER, "CreateManagedAccount", ENROLLED ".account.accountId", ENROLLED ".state",
		ACCOUNT, SIGNAL_ACCOUNT_NEW },
	{ CONTROL_TOWER, "UpdateManagedAccount", UPDATED ".account.accountId", UPDATED ".state",
		ACCOUNT, SIGNAL_ACCOUNT_MOVED },
};

static const struct life *life_of(const struct signal *signal)
{
	for (size_t i = 0; i < ARRAY_LENGTH(lives); i++) {
		if (strcmp(lives[i].service, signal->service) == 0 &&
			strcmp(lives[i].event, signal->type) == 0)
			return &lives[i];
	}
	return NULL;
}

static void set_text(char **target, const char *text)
{
	free(*target);
	*target = text == NULL ? NULL : xstrdup(text);
}

/* The target of the call becomes the resource. Where the target is an account, the signal is about
 * that account. */
static void set_target(const struct decoding *in, const struct life *life, struct signal *signal)
{
	const char *id = field_text(in->finding, life->path);

	set_text(&signal->resource, id);
	set_text(&signal->resource_type, NULL);
	if (id != NULL && is_account(id))
		set_text(&signal->account, id);
	else if (life->target == ACCOUNT)
		set_text(&signal->account, NULL); /* the account that recorded it does not count */
	else
		signal->account_change = SIGNAL_NO_ACCOUNT_CHANGE;
}

/* Handshakes serve other purposes, too, for example enabling all features. */
static void read_handshake(const struct decoding *in, struct signal *signal)
{
	const json_t *parties = field_at(in->finding, "responseElements.handshake.parties");
	const char *action = field_text(in->finding, "responseElements.handshake.action");

	if (action != NULL && strcasecmp(action, "INVITE") != 0)
		signal->account_change = SIGNAL_NO_ACCOUNT_CHANGE;
	for (size_t i = 0; i < json_array_size(parties); i++) {
		const json_t *party = json_array_get(parties, i);
		const char *id = field_text(party, "id");

		if (field_is(party, "type", "ACCOUNT") && id != NULL && is_account(id))
			set_text(&signal->account, id);
	}
}

void decode_organization(const struct decoding *in, struct signal *signal)
{
	const struct life *life = life_of(signal);

	if (life == NULL)
		return;
	signal->source = SIGNAL_ORGANIZATION;
	signal->account_change = life->change;
	if (life->path != NULL)
		set_target(in, life, signal);
	if (strcmp(life->event, "AcceptHandshake") == 0)
		read_handshake(in, signal);
	if (life->state_path != NULL && !field_is(in->finding, life->state_path, "SUCCEEDED"))
		signal->state = SIGNAL_FAILED_CALL;
	if (signal->state == SIGNAL_FAILED_CALL)
		signal->account_change = SIGNAL_NO_ACCOUNT_CHANGE;
}
