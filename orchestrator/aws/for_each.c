#include "aws/for_each.h"

#include "aws/client_private.h"
#include "io/fiber_sync.h"

#include "base/banned.h"
#include "io/fiber.h"

enum { MAX_WORKERS = 16 };

/* Lives on the caller's stack, since the caller waits for all workers. */
struct work {
	void (*body)(void *argument, size_t index);
	void *argument;
	size_t next, count;
	struct fiber_group group;
};

static void do_work(struct work *work)
{
	while (work->next < work->count)
		work->body(work->argument, work->next++);
}

static void worker(void *argument)
{
	struct work *work = argument;

	do_work(work);
	fiber_group_done(&work->group);
}

void aws_for_each(struct aws *aws, size_t count, void (*body)(void *argument, size_t index),
	void *argument)
{
	struct work work = { .body = body, .argument = argument, .count = count };

	fiber_group_init(&work.group);
	/* The caller works too: it would only wait otherwise, and it needs no further stack. */
	for (size_t i = 1; i < count && i < MAX_WORKERS && fiber_available(aws->loop); i++) {
		fiber_group_add(&work.group);
		if (fiber_spawn(aws->loop, "for-each", worker, &work, NULL) < 0) {
			fiber_group_done(&work.group);
			break;
		}
	}
	do_work(&work);
	fiber_group_wait(&work.group);
}
