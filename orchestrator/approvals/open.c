/* The open requests by resource, in memory: a run compares every resource that it sees with them,
 * and most resources have none. */
#include "approvals/private.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

#define NAME_MAX_BYTES 8192

struct open_requests {
	json_t *cells; /* by cell, then resource, then "region\x1fhash": the sighting in which it was
					  seen last */
	json_int_t sightings;
};

struct open_requests *open_requests_new(void)
{
	struct open_requests *open = xcalloc(1, sizeof *open);

	open->cells = json_object();
	return open;
}

void open_requests_free(struct open_requests *open)
{
	if (open == NULL)
		return;
	json_decref(open->cells);
	free(open);
}

static void add_cell_name(struct buf *name, const struct approvals_cell *cell)
{
	const char *const parts[] = { cell->account, cell->region, cell->baseline };

	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		buf_add_string(name, parts[i]);
		buf_add_char(name, '\x1f');
	}
}

static json_t *member(json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name);

	if (found == NULL) {
		found = json_object();
		json_object_set_new_nocheck(object, name, found);
	}
	return found;
}

static void remove_request(struct open_requests *open, const char *cell, const char *resource,
	const char *name)
{
	json_t *resources = json_object_get(open->cells, cell),
		   *requests = json_object_get(resources, resource);

	json_object_del(requests, name);
	if (json_object_size(requests) == 0)
		json_object_del(resources, resource);
	if (json_object_size(resources) == 0)
		json_object_del(open->cells, cell);
}

static struct approvals_cell cell_of(const json_t *change)
{
	return (struct approvals_cell){ json_get_string_or(change, "account", ""),
		json_get_string_or(change, "cell_region", ""), json_get_string_or(change, "baseline", "") };
}

static void set_request(struct open_requests *open, const json_t *request, json_int_t sighting)
{
	const json_t *change = json_object_get(request, "change");
	const char *resource = json_get_string_or(change, "resource", "");
	const struct approvals_cell place = cell_of(change);
	CLEANUP_BUF struct buf cell = BUF_INIT(NAME_MAX_BYTES);
	CLEANUP_BUF struct buf name = BUF_INIT(NAME_MAX_BYTES);

	add_cell_name(&cell, &place);
	buf_add_format(&name, "%s\x1f%s", json_get_string_or(change, "region", ""),
		json_get_string_or(request, "hash", ""));
	if (!buf_ok(&cell) || !buf_ok(&name)) /* no AWS region has such a long name, so no run ever sees
											 the resource */
		return;
	if (approval_has_state(request, APPROVAL_WAITING) ||
		approval_has_state(request, APPROVAL_APPROVED))
		json_object_set_new_nocheck(member(member(open->cells, cell.data), resource), name.data,
			json_integer(sighting));
	else
		remove_request(open, cell.data, resource, name.data);
}

void open_requests_keep(struct open_requests *open, const json_t *request)
{
	set_request(open, request, ++open->sightings);
}

void open_requests_load(struct open_requests *open, const json_t *records)
{
	const char *name;
	json_t *request;

	json_object_foreach((json_t *)records, name, request)
		if (approval_check(request, NULL) == 0) /* a request that can't be read allows nothing */
			set_request(open, request, 0);
}

/* The requests of the cell by resource, or NULL. */
static json_t *of_cell(const struct open_requests *open, const struct approvals_cell *cell)
{
	CLEANUP_BUF struct buf name = BUF_INIT(NAME_MAX_BYTES);

	if (json_object_size(open->cells) == 0)
		return NULL;
	add_cell_name(&name, cell);
	return json_object_get(open->cells, name.data);
}

static void add_hash(json_t *hashes, const char *name)
{
	json_array_append_new(hashes, json_string(strrchr(name, '\x1f') + 1));
}

static bool is_in_region(const char *name, const char *region)
{
	size_t length = strlen(region);

	return strncmp(name, region, length) == 0 && strrchr(name, '\x1f') == name + length;
}

/* --- what a run sees --- */

/* Voids the requests that were not made for exactly this state. */
static MAY_YIELD int void_others(struct approvals *approvals, const json_t *hashes,
	const json_t *image, const char *why, int64_t now_ms, struct err *err)
{
	size_t index;
	json_t *hash;

	json_array_foreach(hashes, index, hash) {
		CLEANUP_JSON json_t *request = NULL;

		/* A request that can't be read is ignored: it allows nothing. */
		if (approvals_by_hash(approvals, json_string_value(hash), &request, NULL) < 0 ||
			request == NULL ||
			(image != NULL &&
				json_equal(json_object_get(json_object_get(request, "change"), "before"), image)))
			continue;
		if (approvals_void(approvals, json_string_value(hash), why, now_ms, err) < 0)
			return -1;
	}
	return 0;
}

int approvals_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *region, const char *resource, const json_t *image, int64_t now_ms, struct err *err)
{
	struct open_requests *open;
	const char *name;
	json_t *sighting;

	if (approvals_open_requests(approvals, &open, err) < 0)
		return -1;
	json_t *requests = json_object_get(of_cell(open, cell), resource);
	if (requests == NULL)
		return 0;
	CLEANUP_JSON json_t *hashes = json_array();
	open->sightings++;
	json_object_foreach(requests, name, sighting) {
		if (!is_in_region(name, region))
			continue;
		json_integer_set(sighting, open->sightings);
		add_hash(hashes, name);
	}
	return void_others(approvals, hashes, image, "the resource was seen in another state", now_ms,
		err);
}

int approvals_not_seen(struct approvals *approvals, const struct approvals_cell *cell,
	const char *resource, struct err *err)
{
	struct open_requests *open;
	const char *name, *other;
	json_t *requests, *sighting;

	if (approvals_open_requests(approvals, &open, err) < 0)
		return -1;
	open->sightings++;
	json_object_foreach(of_cell(open, cell), other, requests)
		if (resource == NULL || strcmp(other, resource) == 0)
			json_object_foreach(requests, name, sighting)
				json_integer_set(sighting, open->sightings);
	return 0;
}

int approvals_look(struct approvals *approvals, int64_t *look, struct err *err)
{
	struct open_requests *open;

	if (approvals_open_requests(approvals, &open, err) < 0)
		return -1;
	*look = open->sightings;
	return 0;
}

int approvals_looked(struct approvals *approvals, const struct approvals_cell *cell, int64_t look,
	int64_t now_ms, struct err *err)
{
	struct open_requests *open;
	const char *name, *resource;
	json_t *requests, *sighting;

	if (approvals_open_requests(approvals, &open, err) < 0)
		return -1;
	json_t *resources = of_cell(open, cell);
	if (resources == NULL)
		return 0;
	CLEANUP_JSON json_t *hashes = json_array();
	json_object_foreach(resources, resource, requests)
		json_object_foreach(requests, name, sighting)
			if (json_integer_value(sighting) <= look)
				add_hash(hashes, name);
	return void_others(approvals, hashes, NULL, "the resource no longer exists", now_ms, err);
}
