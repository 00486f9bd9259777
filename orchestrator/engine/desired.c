#include "config/desired.h"
#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "config/values.h"
#include "engine/desired.h"
#include "store/queue.h"
#include "store/read.h"

/* Hashes what the desired state of an account depends on besides the configuration: the account's
 * place in the organization and its tags. */
static void place_digest(const struct org_place *place, char out[65])
{
	CLEANUP_BUF struct buf text;

	buf_init(&text, 256 * 1024);
	for (size_t i = 0; i < place->unit_count; i++)
		buf_add_format(&text, "%s %s\n", place->units[i].id, place->units[i].name);
	for (size_t i = 0; i < place->tag_count; i++)
		buf_add_format(&text, "%zu %s=%s\n", strlen(place->tags[i].key), place->tags[i].key,
			place->tags[i].value);
	sigv4_sha256_hex(text.data, text.length, out);
}

int desired_state(struct run *run, const struct org_place *place, json_t **out, struct err *err)
{
	struct store_key key = STORE_KEY(place->account);
	CLEANUP_JSON json_t *stored = NULL;
	CLEANUP_JSON json_t *record = NULL;
	const char *generation = config_generation(run->engine.config);
	char digest[65];

	place_digest(place, digest);
	if (store_get_json(run->engine.store, STORE_DESIRED, &key, &stored, err) < 0)
		return -1;
	if (stored != NULL && strcmp(json_get_string_or(stored, "generation", ""), generation) == 0 &&
		strcmp(json_get_string_or(stored, "place", ""), digest) == 0) {
		*out = json_incref(json_object_get(stored, "baselines"));
		return 0;
	}
	if (config_desired(run->engine.config, place, out, err) < 0)
		return -1;
	record =
		json_pack("{s:s, s:s, s:O}", "generation", generation, "place", digest, "baselines", *out);
	if (store_put_json(run->engine.store, STORE_DESIRED, &key, record, err) < 0) {
		json_decref(*out);
		*out = NULL;
		return -1;
	}
	return 0;
}
