#include "config/desired.h"
#include "aws/sigv4/sigv4.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "config/values.h"
#include "engine/desired.h"
#include "ledger/desired_record.h"

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

/* Compiles the desired state and puts it on record. */
static MAY_YIELD int compile(struct run *run, const struct org_place *place, const char *digest,
	json_t **out, struct err *err)
{
	if (config_desired(run->engine.config, place, out, err) < 0)
		return -1;
	const struct desired_record record = {
		.generation = config_generation(run->engine.config), .place = digest, .baselines = *out
	};
	if (desired_record_put(run->engine.store, place->account, &record, err) == 0)
		return 0;
	json_decref(*out);
	*out = NULL;
	return -1;
}

int desired_state(struct run *run, const struct org_place *place, json_t **out, struct err *err)
{
	struct desired_record record;
	char digest[65];
	bool found;

	place_digest(place, digest);
	if (desired_record_read(run->engine.store, place->account, &record, &found, err) < 0)
		return -1;
	bool holds = found && strcmp(record.generation, config_generation(run->engine.config)) == 0 &&
		strcmp(record.place, digest) == 0;
	if (holds)
		*out = json_incref((json_t *)record.baselines);
	desired_record_release(&record);
	return holds ? 0 : compile(run, place, digest, out, err);
}
