/* Key Management Service, JSON 1.1. https://docs.aws.amazon.com/kms/latest/APIReference/ */
#include <string.h>

#include "call.h"

#define PAGE_MOST 100

/* The keys that an account has in a region, with their aliases. */
static const struct key {
	const char *what, *alias, *state, *manager, *description;
} keys[] = {
	{ "aws/s3", "alias/aws/s3", "Enabled", "AWS",
		"Default key that protects my S3 objects when no other key is defined" },
	{ "data", "alias/data", "Enabled", "CUSTOMER", "Data at rest" },
	{ "retired", "alias/retired", "Disabled", "CUSTOMER", "Disabled" },
	{ "doomed", "alias/doomed", "PendingDeletion", "CUSTOMER", "Scheduled for deletion" },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* alias/data is missing in some accounts. */
static bool has_key(const struct account *account, const struct key *key)
{
	return strcmp(key->what, "data") != 0 || account_has_data_key(account);
}

/* Finds a key of the caller's account in this region by key id, key ARN, alias or alias ARN.
 * Returns NULL when there is none. */
static const struct key *look_up(const struct call *call, const char *name, char id[37])
{
	const struct account *account = call->caller.account;
	const char *prefix = arena_printf(call->arena,
		"arn:aws:kms:%s:%s:", regions[call->region_index].name, account->id);

	if (strncmp(name, prefix, strlen(prefix)) == 0) {
		name += strlen(prefix);
		if (strncmp(name, "key/", 4) == 0)
			name += 4;
	}
	for (size_t i = 0; i < N_KEYS; i++) {
		key_id(account, call->region_index, keys[i].what, id);
		if (has_key(account, &keys[i]) &&
			(strcmp(name, keys[i].alias) == 0 || strcmp(name, id) == 0))
			return &keys[i];
	}
	return NULL;
}

const char *kms_key_arn(const struct call *call)
{
	const char *name = call_json_text(call, "KeyId");
	char id[37];

	if (!name || !look_up(call, name, id))
		return NULL;
	return arena_printf(call->arena, "arn:aws:kms:%s:%s:key/%s", regions[call->region_index].name,
		call->caller.account->id, id);
}

/* Finds a key like look_up, and makes KMS's error when there is none. */
static const struct key *find_key(struct call *call, const char *name, char id[37])
{
	const struct key *key = look_up(call, name, id);
	const char *region = regions[call->region_index].name, *account = call->caller.account->id;

	if (key)
		return key;
	if (strncmp(name, "arn:", 4) == 0)
		call_fail(call, 400,
			strstr(name, ":key/") || strstr(name, ":alias/") ? "NotFoundException"
															 : "InvalidArnException",
			arena_printf(call->arena, "Invalid arn %s", name));
	else if (strncmp(name, "alias/", 6) == 0)
		call_fail(call, 400, "NotFoundException",
			arena_printf(call->arena, "Alias arn:aws:kms:%s:%s:%s is not found.", region, account,
				name));
	else
		call_fail(call, 400, "NotFoundException",
			arena_printf(call->arena, "Key 'arn:aws:kms:%s:%s:key/%s' does not exist", region,
				account, name));
	return NULL;
}

void kms_DescribeKey(struct call *call)
{
	const char *name = call_json_text(call, "KeyId");
	const struct key *key;
	struct buf *b;
	char id[37];

	if (!name || !*name) {
		call_refuse(call, CAUSE_INVALID,
			"1 validation error detected: Value null at 'keyId' failed to satisfy "
			"constraint: Member must not be null");
		return;
	}
	key = find_key(call, name, id);
	if (!key)
		return;
	b = call_answer(call);
	buf_printf(b,
		"{\"KeyMetadata\":{\"AWSAccountId\":\"%s\",\"KeyId\":\"%s\",\"Arn\":\"arn:aws:kms:%s:%s:"
		"key/%s\","
		"\"CreationDate\":1640000000.123,\"Enabled\":%s,\"Description\":\"%s\",\"KeyUsage\":"
		"\"ENCRYPT_DECRYPT\","
		"\"KeyState\":\"%s\",%s\"Origin\":\"AWS_KMS\",\"KeyManager\":\"%s\","
		"\"CustomerMasterKeySpec\":\"SYMMETRIC_DEFAULT\",\"KeySpec\":\"SYMMETRIC_DEFAULT\","
		"\"EncryptionAlgorithms\":[\"SYMMETRIC_DEFAULT\"],\"MultiRegion\":false}}",
		call->caller.account->id, id, regions[call->region_index].name, call->caller.account->id,
		id, strcmp(key->state, "Enabled") == 0 ? "true" : "false", key->description, key->state,
		strcmp(key->state, "PendingDeletion") == 0 ? "\"DeletionDate\":4102444800.0," : "",
		key->manager);
}

void kms_ListAliases(struct call *call)
{
	const char *only = call_json_text(call, "KeyId"), *region = regions[call->region_index].name,
			   *comma = "";
	const struct account *account = call->caller.account;
	const struct key *wanted = NULL, *found[N_KEYS];
	struct page page;
	size_t n = 0;
	struct buf *b;
	char id[37];

	if (only && !(wanted = find_key(call, only, id)))
		return;
	if (!page_read(&page, call_json_text(call, "Marker"),
			(long)json_integer_value(json_object_get(call->json, "Limit")), PAGE_MOST)) {
		call_fail(call, 400, "InvalidMarkerException", "The marker is not valid");
		return;
	}
	for (size_t i = 0; i < N_KEYS; i++)
		if (has_key(account, &keys[i]) && (!wanted || wanted == &keys[i]))
			found[n++] = &keys[i];
	page_fit(&page, n);
	b = call_answer(call);
	buf_str(b, "{\"Aliases\":[");
	for (size_t i = page.from; i < page.from + page.count; i++, comma = ",") {
		key_id(account, call->region_index, found[i]->what, id);
		buf_printf(b,
			"%s{\"AliasName\":\"%s\",\"AliasArn\":\"arn:aws:kms:%s:%s:%s\",\"TargetKeyId\":\"%s\"}",
			comma, found[i]->alias, region, account->id, found[i]->alias, id);
	}
	buf_printf(b, "],\"Truncated\":%s", page.more ? "true" : "false");
	if (page.more) {
		buf_str(b, ",\"NextMarker\":");
		buf_json(b, page_next(call, &page));
	}
	buf_char(b, '}');
}
