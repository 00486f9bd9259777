/*
 * Finds those findings of an account that Security Hub does not know, or knows in another state.
 *
 * Findings that need no attention, and that were never imported otherwise, are not sent, since a
 * hub shows what somebody must look at. An unchanged finding is sent again before Security Hub
 * deletes it.
 */
#include "security_hub/pending.h"

#include "aws/endpoint/partitions.h"
#include "security_hub/asff.h"
#include "security_hub/import.h"
#include "security_hub/text.h"
#include "store/queue.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "ledger/cell_lock.h"
#include "ledger/coverage.h"
#include "ledger/finding.h"
#include "ledger/hub_import_record.h"

#define MS_PER_DAY (INT64_C(24) * 60 * 60 * 1000)
#define RESEND_DAYS 30

static char *set_key(const char *region, const char *id)
{
	return xasprintf("%s %s", region, id);
}

static void set_add(json_t *set, const char *region, const char *id)
{
	CLEANUP_FREE char *key = set_key(region, id);

	json_object_set_new_nocheck(set, key, json_null());
}

static bool set_has(const json_t *set, const char *region, const char *id)
{
	CLEANUP_FREE char *key = set_key(region, id);

	return json_object_get(set, key) != NULL;
}

/* Copies the part of a finding that its ASFF needs. Of the observed state that is the detector. */
static int take_finding(const struct finding *finding, struct finding *out, struct err *err)
{
	json_t *detector = json_object_get(finding->observed, "detector");
	CLEANUP_JSON json_t *observed =
		json_is_string(detector) ? json_pack("{s:O}", "detector", detector) : NULL;
	CLEANUP_JSON json_t *brief = finding_brief(finding, observed);

	return finding_from_document(brief, out, err);
}

/* Adds a finding that is to be sent. `imported` is the record of its last import; NULL: there is
 * none. */
static void add_item(struct hub_import *import, const struct finding *finding,
	const struct hub_import_record *imported, const char *id, enum hub_end end)
{
	struct hub_view view;

	if (import->count == import->bounds->at_once) {
		import->more = true;
		return;
	}
	if (import->count == import->capacity) {
		import->capacity = import->capacity > 0 ? 2 * import->capacity : 16;
		import->items = xrealloc(import->items, import->capacity * sizeof *import->items);
	}
	struct hub_item *item = &import->items[import->count];
	*item = (struct hub_item){ .end = end };
	if (take_finding(finding, &item->finding, &import->stop) < 0)
		return;
	import->count++;
	item->id = xstrdup(id);
	if (imported != NULL)
		hub_import_record_copy(imported, &item->imported);
	hub_view_of(import->baselines, &item->finding, &view);
	item->region = end == HUB_PRESENT ? hub_region_of(&view, import->home_region)
									  : item->imported.region;
}

void hub_item_release(struct hub_item *item)
{
	finding_release(&item->finding);
	hub_import_record_release(&item->imported);
	free(item->id);
}

void hub_settled(struct hub_import *import, const struct hub_item *item)
{
	set_add(import->settled, item->region, item->id);
}

int64_t hub_days_since_sent(const struct hub_import_record *imported)
{
	return imported->told != NULL ? (clock_now_ms() - imported->sent_ms) / MS_PER_DAY : INT32_MAX;
}

/* Returns whether Security Hub knows the finding in another state, or will soon delete it. Only
 * findings that this run has observed are kept from deletion. */
static bool is_due(const struct hub_import *import, const struct hub_view *view,
	const struct hub_import_record *imported)
{
	char told[HUB_TOLD_SIZE];

	hub_told(view, told);
	if (strcmp(told, imported->told) != 0)
		return true;
	return !status_is_fine(view->status) && hub_days_since_sent(imported) >= RESEND_DAYS &&
		view->run != NULL && strcmp(view->run, import->run->id) == 0;
}

json_t *hub_item_asff(const struct hub_import *import, const struct hub_item *item)
{
	char now[CLOCK_RFC3339_SIZE];
	struct hub_view view;

	clock_format_rfc3339(clock_now_ms(), now);
	hub_view_of(import->baselines, &item->finding, &view);
	view.end = item->end;
	return hub_asff(&view, aws_partition_of(import->home_region)->name, item->region,
		item->imported.first_seen, now);
}

static bool is_wanted(const struct hub_import *import, const struct hub_view *view)
{
	return import->desired == NULL || json_object_get(import->desired, view->baseline_id) != NULL;
}

/* Adds a finding that was never imported, or that has changed since. */
static void consider_change(struct hub_import *import, const struct finding *finding,
	const struct hub_import_record *imported, const char *id)
{
	struct finding whole = *finding;
	struct hub_view view;

	/* A compliant finding is stored without what was observed: its detector is the one that
	 * Security Hub was told of. */
	if (whole.observed == NULL && imported != NULL)
		whole.observed = imported->finding.observed;
	hub_view_of(import->baselines, &whole, &view);
	if (imported == NULL ? !status_is_fine(view.status) : is_due(import, &view, imported))
		add_item(import, &whole, imported, id, HUB_PRESENT);
}

static void consider(struct hub_import *import, const struct finding *finding)
{
	struct hub_import_record imported;
	char id[HUB_ID_MAX + 1];
	struct hub_view view;
	bool found;

	hub_view_of(import->baselines, finding, &view);
	const char *region = hub_region_of(&view, import->home_region);
	hub_finding_id(&view, id);
	/* A finding for "*" says that the account's regions are not known; it is not about a
	 * resource. */
	if (strcmp(view.region, "*") == 0 || !is_wanted(import, &view))
		return;
	if (hub_import_record_read(import->run->store, import->account, region, id, &imported, &found,
			&import->stop) < 0)
		return;
	if (found)
		set_add(import->present, region, id);
	if (!set_has(import->settled, region, id) && json_object_get(import->regions, region) == NULL)
		consider_change(import, finding, found ? &imported : NULL, id);
	hub_import_record_release(&imported);
}

static int consider_finding(void *argument, const struct finding *finding)
{
	struct hub_import *import = argument;

	consider(import, finding);
	return import->stop.kind != ERR_NONE;
}

/* Returns the region of the cell that a finding belongs to. */
static const char *cell_region_of(const struct hub_view *view)
{
	return view->baseline != NULL && view->baseline->scope == SCOPE_ACCOUNT ? REGION_GLOBAL
																			: view->region;
}

/* Returns whether this run has observed the cell completely: only then is a resource without a
 * finding gone. */
static bool run_saw_cell(const struct hub_import *import, const struct hub_view *view)
{
	enum status status;

	return import->coverage != NULL &&
		coverage_get(import->coverage, cell_region_of(view), view->baseline_id, &status) == 0 &&
		status != STATUS_UNKNOWN;
}

static int consider_imported(void *argument, const struct hub_import_record *imported)
{
	struct hub_import *import = argument;
	const struct finding *finding = &imported->finding;
	const char *region = imported->region;
	char id[HUB_ID_MAX + 1];
	struct hub_view view;

	hub_view_of(import->baselines, finding, &view);
	hub_finding_id(&view, id);
	if (set_has(import->present, region, id) || set_has(import->settled, region, id) ||
		json_object_get(import->regions, region) != NULL)
		return 0;
	/* A finding without a region belongs to the home region. */
	if (!is_wanted(import, &view) || strcmp(region, hub_region_of(&view, import->home_region)) != 0)
		add_item(import, finding, imported, id, HUB_RETIRED);
	else if (run_saw_cell(import, &view))
		add_item(import, finding, imported, id, HUB_GONE);
	return import->stop.kind != ERR_NONE;
}

/* Returns whether the cell has neither a finding of the resource, nor one that says that the cell
 * as a whole could not be observed. */
static bool cell_lacks(const struct hub_import *import, const struct hub_view *view)
{
	struct store *store = import->run->store;
	const char *region = cell_region_of(view);
	struct finding finding = { .source = NULL }, whole = { .source = NULL };
	bool found = true, is_whole = false;
	struct err unused = ERR_INIT;

	bool lacks = finding_read(store, import->account, region, view->baseline_id, view->resource,
					 &finding, &found, &unused) == 0 &&
		!found &&
		finding_read(store, import->account, region, view->baseline_id, import->account, &whole,
			&is_whole, &unused) == 0 &&
		!(is_whole && whole.status == STATUS_UNKNOWN);
	finding_release(&finding);
	finding_release(&whole);
	return lacks;
}

bool hub_still_gone(struct hub_import *import, const struct hub_item *item)
{
	struct cell_locks *locks = import->run->locks;
	struct cell_lock *lock = NULL;
	struct hub_view view;
	struct err err = ERR_INIT;

	hub_view_of(import->baselines, &item->finding, &view);
	if (cell_lock(locks, import->account, cell_region_of(&view), view.baseline_id, &lock) != 0)
		return false;
	bool gone = store_flush(import->run->store, &err) == 0 && cell_lacks(import, &view);
	cell_unlock(locks, lock);
	return gone;
}

int hub_collect(struct hub_import *import)
{
	struct store *store = import->run->store;
	struct store_key prefix = STORE_KEY(import->account);

	import->more = false;
	json_object_clear(import->present);
	if (finding_each(store, &prefix, consider_finding, import, &import->stop) < 0 ||
		import->stop.kind != ERR_NONE ||
		coverage_read(store, import->run->id, import->account, &import->coverage, &import->stop) <
			0)
		return -1;
	int result =
		hub_import_record_each(store, import->account, consider_imported, import, &import->stop);
	coverage_free(import->coverage);
	import->coverage = NULL;
	return result < 0 || import->stop.kind != ERR_NONE ? -1 : 0;
}
