#include "baselines/observe.h"

#include "aws/client_pages.h"
#include "aws/for_each.h"
#include "base/banned.h"

struct listing {
	struct aws *aws;
	const char *result_key;
	const json_t *items; /* of the page that was read last */
	void (*each)(void *argument, const json_t *item);
	void *argument;
};

static void observe_nth(void *argument, size_t index)
{
	struct listing *listing = argument;

	listing->each(listing->argument, json_array_get(listing->items, index));
}

static MAY_YIELD int observe_page(void *argument, const json_t *output, struct err *err)
{
	struct listing *listing = argument;

	(void)err;
	listing->items = json_object_get(output, listing->result_key);
	aws_for_each(listing->aws, json_array_size(listing->items), observe_nth, listing);
	return 0;
}

int baseline_observe_each(struct baseline_context *context, const struct aws_call *list,
	void (*each)(void *argument, const json_t *item), void *argument, struct err *err)
{
	struct listing listing = {
		.aws = context->reader->aws,
		.result_key = list->operation->paging->result_key,
		.each = each,
		.argument = argument,
	};

	return aws_read_pages(context->reader, list, observe_page, &listing, err);
}
