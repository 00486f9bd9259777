/* The tree of the organization, its accounts, and how to find them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

struct organization org;

/* us-east-1 comes first; the others are ordered so that a short list is spread over the world. */
const struct region regions[MAX_REGIONS] = {
	{ "us-east-1", false },
	{ "eu-west-1", false },
	{ "eu-central-1", false },
	{ "us-west-2", false },
	{ "us-east-2", false },
	{ "ap-northeast-1", false },
	{ "ap-southeast-2", false },
	{ "eu-west-2", false },
	{ "eu-west-3", false },
	{ "eu-north-1", false },
	{ "us-west-1", false },
	{ "ap-south-1", false },
	{ "ap-northeast-2", false },
	{ "ap-northeast-3", false },
	{ "ap-southeast-1", false },
	{ "ca-central-1", false },
	{ "sa-east-1", false },
	{ "af-south-1", true },
	{ "ap-east-1", true },
	{ "eu-south-1", true },
	{ "me-south-1", true },
	{ "ap-southeast-3", true },
	{ "me-central-1", true },
	{ "eu-central-2", true },
	{ "eu-south-2", true },
	{ "ap-south-2", true },
	{ "ap-southeast-4", true },
	{ "il-central-1", true },
	{ "ca-west-1", true },
	{ "ap-southeast-5", true },
	{ "mx-central-1", true },
	{ "ap-southeast-7", true },
	{ "ap-east-2", true },
	{ "ap-southeast-6", true },
};

const char *const account_state_names[] = { "ACTIVE", "SUSPENDED", "PENDING_CLOSURE",
	"PENDING_ACTIVATION", "CLOSED" };

static struct {
	uint32_t *slots; /* index of an account plus one, 0 for none */
	size_t mask;
} by_id;

/* The first units; a parent comes before its children. One has a slash in its name, which AWS
 * allows. */
static const struct {
	const char *name;
	int parent; /* index, -1 for the root */
} first_ous[] = {
	{ "Workloads", -1 },
	{ "Sandbox", -1 },
	{ "Prod", 0 },
	{ "Security", -1 },
	{ "Dev", 0 },
	{ "Infrastructure", -1 },
	{ "Network", 5 },
	{ "PCI", 2 },
	{ "R/D & Labs", -1 },
	{ "Acquisitions", -1 },
};

static const char *const teams[] = { "payments", "ledger", "checkout", "search", "data", "identity",
	"catalog", "mobile", "reports", "media", "risk", "support", "shipping", "pricing", "billing",
	"ml" };

#define N(array) (sizeof(array) / sizeof((array)[0]))

static void base36(uint64_t h, char *out, int n)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (int i = 0; i < n; i++) {
		out[i] = digits[h % 36];
		h = mix(h, 7);
	}
	out[n] = '\0';
}

static void ou_adopt(struct ou *parent, struct ou *child)
{
	child->parent = parent == org.root ? NULL : parent;
	parent->children =
		must_realloc(parent->children, (parent->n_children + 1) * sizeof(parent->children[0]));
	parent->children[parent->n_children++] = child;
}

static void build_ous(uint64_t seed, size_t n)
{
	char text[32];

	base36(mix(seed, 11), org.id + 2, 10);
	memcpy(org.id, "o-", 2);
	base36(mix(seed, 12), org.root_id + 2, 4);
	memcpy(org.root_id, "r-", 2);
	org.root = must_alloc(sizeof(*org.root));
	snprintf(org.root->id, sizeof(org.root->id), "%s", org.root_id);
	org.root->name = must_strdup("Root");
	org.ous = must_alloc((n + 1) * sizeof(org.ous[0]));
	org.n_ous = n;
	for (size_t i = 0; i < n; i++) {
		struct ou *ou = org.ous[i] = must_alloc(sizeof(*ou));
		struct ou *parent = org.root;

		base36(mix(seed, 100 + i), text, 8);
		snprintf(ou->id, sizeof(ou->id), "ou-%.4s-%.8s", org.root_id + 2, text);
		if (i < N(first_ous)) {
			ou->name = must_strdup(first_ous[i].name);
			if (first_ous[i].parent >= 0)
				parent = org.ous[first_ous[i].parent];
		} else {
			/* AWS nests units at most five deep; these are two or three deep. */
			snprintf(text, sizeof(text), "Team-%02zu", i - N(first_ous) + 1);
			ou->name = must_strdup(text);
			parent = org.ous[i % 3 == 0 ? 2 : i % 3 == 1 ? 4 : 5];
		}
		ou_adopt(parent, ou);
	}
}

static void ou_take(struct ou *ou, struct account *account)
{
	account->ou = ou;
	if ((ou->n_accounts & (ou->n_accounts - 1)) == 0)
		ou->accounts = must_realloc(ou->accounts,
			(ou->n_accounts ? ou->n_accounts * 2 : 1) * sizeof(ou->accounts[0]));
	ou->accounts[ou->n_accounts++] = account;
}

void account_move(struct account *account, struct ou *to)
{
	struct ou *from = account->ou;
	size_t i = 0;

	while (from->accounts[i] != account)
		i++;
	memmove(&from->accounts[i], &from->accounts[i + 1],
		(from->n_accounts - i - 1) * sizeof(from->accounts[0]));
	from->n_accounts--;
	/* The capacity is not kept, so grow exactly. */
	to->accounts = must_realloc(to->accounts, (to->n_accounts + 1) * 2 * sizeof(to->accounts[0]));
	to->accounts[to->n_accounts++] = account;
	account->ou = to;
}

/* Finds the slot of an account number: its own, or the free one where it belongs. */
static uint32_t *slot_of(uint64_t number)
{
	size_t i = mix(number, 3) & by_id.mask;

	while (by_id.slots[i] && org.accounts[by_id.slots[i] - 1].number != number)
		i = (i + 1) & by_id.mask;
	return &by_id.slots[i];
}

static void account_number(struct account *account, uint64_t seed)
{
	uint64_t number = 100000000000u + mix(mix(seed, 21), account->index) % 899999999999u;
	uint32_t *slot = slot_of(number);

	while (*slot)
		slot = slot_of(++number);
	account->number = number;
	*slot = (uint32_t)account->index + 1;
	snprintf(account->id, sizeof(account->id), "%012llu", (unsigned long long)number);
}

static const char *environment(const struct ou *ou)
{
	for (; ou; ou = ou->parent) {
		if (strcmp(ou->name, "Prod") == 0)
			return "prod";
		if (strcmp(ou->name, "Dev") == 0)
			return "dev";
		if (strcmp(ou->name, "Sandbox") == 0)
			return "sandbox";
	}
	return "shared";
}

static void account_place(struct account *account, uint64_t h)
{
	const char *team = teams[h % N(teams)], *env;
	struct ou *ou = org.root;
	char name[64];

	if (org.n_ous > 0)
		ou = org.ous[(h >> 8) % org.n_ous];
	if (strcmp(ou->name, "Security") == 0)
		ou = org.ous[(h >> 8) % 3];
	env = environment(ou);
	if (account->index == 0) {
		ou = org.root;
		snprintf(name, sizeof(name), "management");
		team = env = "shared";
	} else if (account->index == 1) {
		ou = org.n_ous > 3 ? org.ous[3] : org.root;
		snprintf(name, sizeof(name), "security-tooling");
		team = "security";
		env = "shared";
	} else if (account->index == 2) {
		/* A hostile name, which programs must escape. */
		snprintf(name, sizeof(name),
			"\"><script>alert('1')</script>\x1b[31m \xc3\x9c\xe6\x97\xa5\xe6\x9c\xac\\");
	} else {
		snprintf(name, sizeof(name), "%s-%s-%04zu", team, env, account->index);
	}
	account->name = must_strdup(name);
	ou_take(ou, account);
	tags_set(&account->tags, "env", env);
	tags_set(&account->tags, "owner", team);
	if ((h >> 24) % 8 == 0)
		tags_set(&account->tags, "public-website", "yes");
}

static enum account_state first_state(size_t index, uint64_t h)
{
	if (org.n_accounts < 20 || index < 3)
		return STATE_ACTIVE;
	if (index == 5 || h % 128 == 0)
		return STATE_SUSPENDED;
	if (index == 9 || h % 128 == 1)
		return STATE_PENDING_CLOSURE;
	return h % 512 == 2 ? STATE_CLOSED : STATE_ACTIVE;
}

static void choose_gd_admin(const char *admin)
{
	const struct account *account;

	if (!admin)
		return;
	account = strcmp(admin, "delegated") == 0 ? org.delegated : account_by_id(slice_of(admin));
	if (!account)
		die("--gd-admin: there is no account '%s'", admin);
	for (size_t i = 0; i < org.n_accounts; i++)
		if (&org.accounts[i] != account)
			org.accounts[i].gd_admin = account;
}

void organization_build(const struct options *options)
{
	uint64_t seed = mix((uint64_t)options->seed, 0x5eed);

	org.options = options;
	org.n_regions = (int)options->regions;
	build_ous(seed, (size_t)options->ous);
	org.n_accounts = (size_t)options->accounts;
	org.accounts = must_alloc((org.n_accounts + SPARE_ACCOUNTS) * sizeof(org.accounts[0]));
	for (by_id.mask = 1; by_id.mask < (org.n_accounts + SPARE_ACCOUNTS) * 2; by_id.mask *= 2)
		;
	by_id.slots = must_alloc(by_id.mask * sizeof(by_id.slots[0]));
	by_id.mask--;
	for (size_t i = 0; i < org.n_accounts; i++) {
		struct account *account = &org.accounts[i];

		account->index = i;
		account_number(account, seed);
		account_place(account, mix(mix(seed, 31), i));
		account->state = first_state(i, mix(mix(seed, 41), i));
	}
	org.management = &org.accounts[0];
	org.delegated = &org.accounts[1];
	choose_gd_admin(options->gd_admin);
}

struct account *organization_add(struct slice id, const char *name, struct ou *ou)
{
	struct account *account = &org.accounts[org.n_accounts];
	uint64_t number = 0;

	if (org.n_accounts == (size_t)org.options->accounts + SPARE_ACCOUNTS || id.n != 12 ||
		account_by_id(id))
		return NULL;
	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] < '0' || id.p[i] > '9')
			return NULL;
		number = number * 10 + (uint64_t)(id.p[i] - '0');
	}
	account->index = org.n_accounts++;
	account->number = number;
	*slot_of(number) = (uint32_t)account->index + 1;
	snprintf(account->id, sizeof(account->id), "%.12s", id.p);
	account->name = must_strdup(name);
	/* As in account_move(), the capacity isn't kept. */
	ou->accounts = must_realloc(ou->accounts, (ou->n_accounts + 1) * 2 * sizeof(ou->accounts[0]));
	ou->accounts[ou->n_accounts++] = account;
	account->ou = ou;
	return account;
}

struct account *account_by_id(struct slice id)
{
	uint64_t number = 0;
	uint32_t *slot;

	if (id.n != 12)
		return NULL;
	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] < '0' || id.p[i] > '9')
			return NULL;
		number = number * 10 + (uint64_t)(id.p[i] - '0');
	}
	slot = slot_of(number);
	return *slot ? &org.accounts[*slot - 1] : NULL;
}

struct ou *ou_by_id(struct slice id)
{
	if (slice_is(id, org.root_id))
		return org.root;
	for (size_t i = 0; i < org.n_ous; i++)
		if (slice_is(id, org.ous[i]->id))
			return org.ous[i];
	return NULL;
}

void ou_path(const struct ou *ou, struct buf *out)
{
	if (ou == org.root) {
		buf_char(out, '/');
		return;
	}
	if (ou->parent) {
		ou_path(ou->parent, out);
		buf_char(out, '/');
	}
	/* As in the configuration of reeve, a slash within a name is written \/ */
	for (const char *c = ou->name; *c; c++) {
		if (*c == '/')
			buf_char(out, '\\');
		buf_char(out, *c);
	}
}

int region_index(struct slice name)
{
	for (int i = 0; i < org.n_regions; i++)
		if (slice_is(name, regions[i].name))
			return i;
	return -1;
}

bool region_exists(struct slice name)
{
	for (int i = 0; i < MAX_REGIONS; i++)
		if (slice_is(name, regions[i].name))
			return true;
	return false;
}

void tags_set(struct tags *tags, const char *key, const char *value)
{
	size_t i = 0;

	while (i < tags->n && strcmp(tags->items[i].key, key) != 0)
		i++;
	if (i < tags->n) {
		free(tags->items[i].value);
		if (value) {
			tags->items[i].value = must_strdup(value);
			return;
		}
		free(tags->items[i].key);
		memmove(&tags->items[i], &tags->items[i + 1], (tags->n - i - 1) * sizeof(tags->items[0]));
		tags->n--;
	} else if (value) {
		tags->items = must_realloc(tags->items, (tags->n + 1) * sizeof(tags->items[0]));
		tags->items[tags->n++] = (struct tag){ must_strdup(key), must_strdup(value) };
	}
}
