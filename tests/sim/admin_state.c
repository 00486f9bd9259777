/* The state as JSON, in a fixed order. */
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "security_hub.h"
#include "state.h"

static void write_tags(struct buf *b, const struct tags *tags)
{
	buf_str(b, "\"tags\":{");
	for (size_t i = 0; i < tags->n; i++) {
		if (i)
			buf_char(b, ',');
		buf_json(b, tags->items[i].key);
		buf_char(b, ':');
		buf_json(b, tags->items[i].value);
	}
	buf_char(b, '}');
}

static const char *bool_text(bool value)
{
	return value ? "true" : "false";
}

static void write_block(struct buf *b, const struct detail *d)
{
	if (!d->block_set) {
		buf_str(b, ",\"s3_block\":null");
		return;
	}
	buf_str(b, ",\"s3_block\":{");
	for (int i = 0; i < 4; i++)
		buf_printf(b, "%s\"%s\":%s", i ? "," : "", block_names[i], bool_text(d->block & (1u << i)));
	buf_char(b, '}');
}

static void write_encryption(struct buf *b, const struct encryption *e)
{
	if (e->algorithm == SSE_NONE) {
		buf_str(b, "\"encryption\":null");
		return;
	}
	buf_printf(b, "\"encryption\":{\"algorithm\":\"%s\",\"key\":", sse_names[e->algorithm]);
	if (e->key)
		buf_json(b, e->key);
	else
		buf_str(b, "null");
	buf_printf(b, ",\"bucket_key\":%s,\"blocked\":[%s%s%s]}",
		e->bucket_key < 0 ? "null" : bool_text(e->bucket_key),
		e->blocked & BLOCKED_SSE_C ? "\"SSE-C\"" : "", e->blocked == 3 ? "," : "",
		e->blocked & BLOCKED_NONE ? "\"NONE\"" : "");
}

static void write_buckets(struct buf *b, const struct detail *d)
{
	static const char *const receives[] = { "null", "\"s3-access-logs-by-policy\"",
		"\"s3-access-logs-by-acl\"", "\"elb-logs\"" };
	const char *comma = "";

	buf_str(b, ",\"buckets\":[");
	for (size_t i = 0; i < d->n_buckets; i++) {
		const struct bucket *bucket = &d->buckets[i];

		if (bucket->removed)
			continue;
		buf_printf(b, "%s{\"name\":\"%s\",\"region\":\"%s\",\"receives\":%s,", comma, bucket->name,
			regions[bucket->region].name, receives[bucket->receives]);
		write_encryption(b, &bucket->encryption);
		buf_char(b, ',');
		write_tags(b, &bucket->tags);
		buf_char(b, '}');
		comma = ",";
	}
	buf_char(b, ']');
}

static void write_users(struct buf *b, const struct detail *d)
{
	const char *comma = "";

	buf_str(b, ",\"users\":[");
	for (size_t i = 0; i < d->n_users; i++) {
		const struct user *user = &d->users[i];

		if (user->removed)
			continue;
		buf_printf(b, "%s{\"name\":", comma);
		buf_json(b, user->name);
		buf_printf(b, ",\"password\":%s,\"mfa\":%s,\"policies\":{", bool_text(user->password),
			bool_text(user->mfa));
		for (size_t p = 0; p < user->n_policies; p++) {
			if (p)
				buf_char(b, ',');
			buf_json(b, user->policies[p].name);
			buf_char(b, ':');
			buf_json(b, user->policies[p].document);
		}
		buf_str(b, "}}");
		comma = ",";
	}
	buf_char(b, ']');
}

static void write_detectors(struct buf *b, const struct account *account, const struct detail *d)
{
	const char *comma = "";
	char id[33];

	buf_str(b, ",\"detectors\":{");
	for (int i = 0; i < org.n_regions; i++) {
		const struct detector *detector = &d->detectors[i];
		const char *between = "";

		if (d->regions[i] == REGION_DISABLED)
			continue;
		buf_printf(b, "%s\"%s\":", comma, regions[i].name);
		comma = ",";
		if (!detector->exists) {
			buf_str(b, "null");
			continue;
		}
		detector_id(account, i, id);
		buf_printf(b, "{\"id\":\"%s\",\"status\":\"%s\",\"frequency\":\"%s\",\"features\":[", id,
			detector->enabled ? "ENABLED" : "DISABLED", frequency_names[detector->frequency]);
		for (int f = 0; f < N_FEATURE_BITS; f++) {
			if (!(detector->features >> f & 1))
				continue;
			buf_printf(b, "%s\"%s\"", between, feature_names[f]);
			between = ",";
		}
		buf_str(b, "]}");
	}
	buf_char(b, '}');
}

static void write_hub(struct buf *b, const struct hub *hub)
{
	const char *key, *comma = "";
	json_t *finding;

	buf_printf(b, "{\"enabled\":%s,\"findings\":[", bool_text(hub->enabled));
	json_object_foreach(hub->findings, key, finding) {
		char *text = json_dumps(finding, JSON_COMPACT);

		if (!text)
			die("out of memory");
		buf_str(b, comma);
		buf_str(b, text);
		free(text);
		comma = ",";
	}
	buf_str(b, "]}");
}

/* Adds the regions where Security Hub is enabled or has findings; adds nothing when there are none.
 */
static void write_hubs(struct buf *b, const struct detail *d)
{
	bool any = false;

	for (int i = 0; d->hubs && i < org.n_regions; i++) {
		if (!d->hubs[i].enabled && !json_object_size(d->hubs[i].findings))
			continue;
		buf_printf(b, "%s\"%s\":", any ? "," : ",\"security_hub\":{", regions[i].name);
		write_hub(b, &d->hubs[i]);
		any = true;
	}
	if (any)
		buf_char(b, '}');
}

static void write_account(struct buf *b, struct account *account)
{
	const struct detail *d = account_detail(account);
	struct buf path = { 0 };
	const char *comma = "";

	ou_path(account->ou, &path);
	buf_printf(b, "{\"id\":\"%s\",\"name\":", account->id);
	buf_json(b, account->name);
	buf_printf(b, ",\"ou\":\"%s\",\"ou_path\":", account->ou->id);
	buf_json(b, path.p);
	buf_printf(b, ",\"state\":\"%s\",\"removed\":%s,\"role\":%s,\"gd_admin\":%s%s%s,",
		account_state_names[account->state], bool_text(account->removed),
		bool_text(!account->role_missing), account->gd_admin ? "\"" : "",
		account->gd_admin ? account->gd_admin->id : "null", account->gd_admin ? "\"" : "");
	write_tags(b, &account->tags);
	buf_str(b, ",\"deny\":[");
	for (size_t i = 0; i < account->n_denied; i++) {
		if (i)
			buf_char(b, ',');
		buf_json(b, account->denied[i]);
	}
	buf_str(b, "],\"regions\":[");
	for (int i = 0; i < org.n_regions; i++) {
		if (d->regions[i] == REGION_DISABLED)
			continue;
		buf_printf(b, "%s\"%s\"", comma, regions[i].name);
		comma = ",";
	}
	buf_printf(b, "],\"root_password\":%s,\"root_mfa\":%s", bool_text(d->root_password),
		bool_text(d->root_mfa));
	write_block(b, d);
	write_buckets(b, d);
	write_users(b, d);
	write_detectors(b, account, d);
	write_hubs(b, d);
	buf_char(b, '}');
	buf_free(&path);
}

static void write_organization(struct buf *b)
{
	buf_printf(b,
		"{\"organization\":{\"id\":\"%s\",\"root\":\"%s\",\"management_account\":\"%s\","
		"\"delegated_administrator\":\"%s\",\"role\":",
		org.id, org.root_id, org.management->id, org.delegated->id);
	buf_json(b, org.options->role);
	buf_str(b, ",\"external_id\":");
	buf_json(b, org.options->external_id);
	buf_str(b, ",\"regions\":[");
	for (int i = 0; i < org.n_regions; i++)
		buf_printf(b, "%s\"%s\"", i ? "," : "", regions[i].name);
	buf_str(b, "],\"ous\":[");
	for (size_t i = 0; i < org.n_ous; i++) {
		const struct ou *ou = org.ous[i];
		struct buf path = { 0 };

		ou_path(ou, &path);
		buf_printf(b, "%s{\"id\":\"%s\",\"parent\":\"%s\",\"name\":", i ? "," : "", ou->id,
			ou->parent ? ou->parent->id : org.root_id);
		buf_json(b, ou->name);
		buf_str(b, ",\"path\":");
		buf_json(b, path.p);
		buf_char(b, '}');
		buf_free(&path);
	}
	buf_str(b, "]},\"accounts\":[\n");
}

bool admin_write_state(struct buf *b, struct slice only)
{
	struct account *account = only.p ? account_by_id(only) : NULL;

	if (only.p) {
		if (account)
			write_account(b, account);
		return account != NULL;
	}
	write_organization(b);
	for (size_t i = 0; i < org.n_accounts; i++) {
		write_account(b, &org.accounts[i]);
		buf_str(b, i + 1 < org.n_accounts ? ",\n" : "\n");
	}
	buf_str(b, "]}\n");
	return true;
}
