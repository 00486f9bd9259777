#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_EXPIRED_S 3600

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Open addressing over access keys; the table is rebuilt when it is three quarters full. */
static struct {
	struct session **slots;
	size_t mask, used;
	uint64_t serial;
} table;

static void random_text(char *out, size_t n, const char *alphabet, size_t letters, uint64_t h)
{
	for (size_t i = 0; i < n; i++) {
		h = mix(h, i);
		out[i] = alphabet[h % letters];
	}
	out[n] = '\0';
}

static size_t slot_of(struct slice key)
{
	size_t i = hash_bytes(1, key.p, key.n) & table.mask;

	while (table.slots[i] && !slice_is(key, table.slots[i]->key))
		i = (i + 1) & table.mask;
	return i;
}

/* Makes room by removing sessions that ended long ago. */
static void table_rebuild(void)
{
	struct session **old = table.slots;
	size_t n = old ? table.mask + 1 : 0, live = 0;
	time_t now = http_now();

	for (size_t i = 0; i < n; i++) {
		if (old[i] && old[i]->expires + KEEP_EXPIRED_S < now) {
			free(old[i]);
			old[i] = NULL;
		}
		live += old[i] != NULL;
	}
	for (table.mask = 1024; table.mask < live * 4; table.mask *= 2)
		;
	table.slots = must_alloc(table.mask * sizeof(table.slots[0]));
	table.mask--;
	table.used = live;
	for (size_t i = 0; i < n; i++)
		if (old[i])
			table.slots[slot_of(slice_of(old[i]->key))] = old[i];
	free(old);
}

struct session *session_new(struct account *account, long seconds)
{
	struct session *s = must_alloc(sizeof(*s));
	uint64_t h = mix(mix((uint64_t)org.options->seed, 0x5e55), ++table.serial);

	if (!table.slots || table.used * 4 > table.mask * 3)
		table_rebuild();
	memcpy(s->key, "ASIA", 4);
	random_text(s->key + 4, 16, base32, 32, mix(h, 1));
	random_text(s->secret, 40, base64, 64, mix(h, 2));
	memcpy(s->token, "IQoJb3JpZ2luX2Vj", 16);
	random_text(s->token + 16, 356, base64, 64, mix(h, 3));
	strcat(s->token, "==");
	s->account = account;
	s->serial = table.serial;
	s->issued = http_now();
	s->expires = s->issued + seconds;
	table.slots[slot_of(slice_of(s->key))] = s;
	table.used++;
	return s;
}

bool credentials_find(struct slice access_key, struct credentials *found)
{
	struct session *s;

	if (slice_is(access_key, "AKIASIMORCHESTRATOR0")) {
		*found = (struct credentials){ { org.delegated, NULL, "reeve-orchestrator",
										   "AKIASIMORCHESTRATOR0" },
			"sim-orchestrator-secret", NULL };
		return true;
	}
	if (slice_is(access_key, "AKIASIMMANAGEMENT000")) {
		*found =
			(struct credentials){ { org.management, NULL, "administrator", "AKIASIMMANAGEMENT000" },
				"sim-management-secret", NULL };
		return true;
	}
	s = table.slots ? table.slots[slot_of(access_key)] : NULL;
	if (s)
		*found = (struct credentials){ { s->account, s, NULL, s->key }, s->secret, s->token };
	return s != NULL;
}

bool session_expired(const struct session *session)
{
	return session->expires <= http_now() ||
		session->serial < session->account->sessions_void_before;
}

void sessions_expire(struct account *account)
{
	account->sessions_void_before = table.serial + 1;
}

const char *session_arn(struct arena *arena, const struct session *session)
{
	return arena_printf(arena, "arn:aws:sts::%s:assumed-role/%s/%s", session->account->id,
		org.options->role, session->name);
}

const char *session_user_id(struct arena *arena, const struct session *session)
{
	char id[17];

	random_text(id, 16, base32, 32, mix(session->account->number, 9));
	return arena_printf(arena, "AROA%s:%s", id, session->name);
}
