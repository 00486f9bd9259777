#include "ledger/finding.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"

static void add_text(struct buf *out, const char *name, const char *text)
{
	buf_add_string(out, name);
	json_add_string(out, text);
}

static void add_value(struct buf *out, const char *name, const json_t *value)
{
	buf_add_string(out, name);
	json_add_text(out, value);
}

/* Written as text at once: a sweep has hundreds of thousands of findings, and reads few of them
 * again. */
void finding_add_json(struct buf *out, const struct finding *finding)
{
	char observed_at[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(finding->observed_ms, observed_at);
	add_text(out, "{\"account\":", finding->account);
	add_text(out, ",\"account_name\":", finding->account_name);
	add_text(out, ",\"region\":", finding->region);
	add_text(out, ",\"baseline\":", finding->baseline->id);
	add_text(out, ",\"resource\":", finding->resource);
	add_text(out, ",\"status\":", status_name(finding->status));
	add_text(out, ",\"severity\":", severity_name(finding->baseline->severity));
	add_text(out, ",\"tier\":", tier_name(finding->tier));
	add_text(out, ",\"decided_by\":", finding->decided_by);
	add_value(out, ",\"observed\":", finding->observed);
	add_value(out, ",\"desired\":", finding->desired);
	add_text(out, ",\"change\":", finding->change);
	if (finding->proposal != NULL)
		add_value(out, ",\"proposal\":", finding->proposal);
	if (finding->cause_code != NULL && finding->cause_code[0] != '\0') {
		add_text(out, ",\"cause\":{\"code\":", finding->cause_code);
		add_text(out, ",\"message\":", finding->cause_message);
		buf_add_char(out, '}');
	} else {
		buf_add_string(out, ",\"cause\":null");
	}
	add_text(out, ",\"observed_at\":", observed_at);
	add_value(out, ",\"request_ids\":", finding->request_ids);
	add_text(out, ",\"run\":", finding->run);
	buf_add_char(out, '}');
}

int finding_store(struct store *store, const struct finding *finding, struct err *err)
{
	struct store_key key =
		STORE_KEY(finding->account, finding->cell_region, finding->baseline->id, finding->resource);
	struct buf *text = store_text(store);

	/* What could not be read again is not written. */
	if (!json_fits(finding->observed, JSON_MAX_DEPTH - 1) ||
		!json_fits(finding->desired, JSON_MAX_DEPTH - 1) ||
		!json_fits(finding->proposal, JSON_MAX_DEPTH - 1))
		return err_set(err, ERR_LIMIT, "TooDeep",
			"a finding of baseline %s in account %s is nested deeper than %d levels",
			finding->baseline->id, finding->account, JSON_MAX_DEPTH);
	finding_add_json(text, finding);
	return store_put(store, STORE_FINDINGS, &key, text->data, text->length, err);
}

int finding_forget_cell(struct store *store, const char *account, const char *cell_region,
	const char *baseline, struct err *err)
{
	struct store_key prefix = STORE_KEY(account, cell_region, baseline);

	return store_delete_prefix(store, STORE_FINDINGS, &prefix, err);
}
