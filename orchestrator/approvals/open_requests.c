#include "approvals/open_requests.h"

#include "base/banned.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

#define NAME_MAX_BYTES 8192

struct open_requests {
	/* By cell, then resource, then "region\x1fhash": the sighting in which the resource was seen
	 * last. */
	json_t *cells;
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

static void set_request(struct open_requests *open, const struct approval_request *request,
	json_int_t sighting)
{
	const struct change_record *change = &request->change;
	const struct approvals_cell place = { change->account, change->cell_region, change->baseline };
	CLEANUP_BUF struct buf cell = BUF_INIT(NAME_MAX_BYTES);
	CLEANUP_BUF struct buf name = BUF_INIT(NAME_MAX_BYTES);

	add_cell_name(&cell, &place);
	buf_add_format(&name, "%s\x1f%s", change->region, request->hash);
	/* No AWS region has such a long name, so no run ever sees the resource. */
	if (!buf_ok(&cell) || !buf_ok(&name))
		return;
	if (approval_state_is_open(request->state))
		json_object_set_new_nocheck(member(member(open->cells, cell.data), change->resource),
			name.data, json_integer(sighting));
	else
		remove_request(open, cell.data, change->resource, name.data);
}

void open_requests_keep(struct open_requests *open, const struct approval_request *request)
{
	set_request(open, request, ++open->sightings);
}

void open_requests_load(struct open_requests *open, const struct approval_request *request)
{
	set_request(open, request, 0);
}

int64_t open_requests_sightings(const struct open_requests *open)
{
	return open->sightings;
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

json_t *open_requests_see(struct open_requests *open, const struct approvals_cell *cell,
	const char *region, const char *resource)
{
	json_t *requests = json_object_get(of_cell(open, cell), resource), *hashes, *sighting;
	const char *name;

	if (requests == NULL)
		return NULL;
	hashes = json_array();
	open->sightings++;
	json_object_foreach(requests, name, sighting) {
		if (!is_in_region(name, region))
			continue;
		json_integer_set(sighting, open->sightings);
		add_hash(hashes, name);
	}
	return hashes;
}

void open_requests_excuse(struct open_requests *open, const struct approvals_cell *cell,
	const char *resource)
{
	const char *name, *other;
	json_t *requests, *sighting;

	open->sightings++;
	json_object_foreach(of_cell(open, cell), other, requests)
		if (resource == NULL || strcmp(other, resource) == 0)
			json_object_foreach(requests, name, sighting)
				json_integer_set(sighting, open->sightings);
}

json_t *open_requests_unseen(const struct open_requests *open, const struct approvals_cell *cell,
	int64_t since)
{
	json_t *resources = of_cell(open, cell), *hashes, *requests, *sighting;
	const char *name, *resource;

	if (resources == NULL)
		return NULL;
	hashes = json_array();
	json_object_foreach(resources, resource, requests)
		json_object_foreach(requests, name, sighting)
			if (json_integer_value(sighting) <= since)
				add_hash(hashes, name);
	return hashes;
}
