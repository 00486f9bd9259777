/* A run over a work list, for the API and for approved changes whose change window has opened. */
#include "daemon/work_run.h"

#include "base/json_read.h"
#include "daemon/daemon_private.h"
#include "daemon/life.h"
#include "io/fiber_sync.h"
#include "store/errors.h"

#include "base/banned.h"
#include "base/metrics.h"
#include "engine/document.h"
#include "engine/sweep.h"

static MAY_YIELD int run_work(struct run *run, json_t **document, struct err *err)
{
	char *text = NULL;
	size_t length = 0;

	if (sweep_in_fiber(run, err) < 0)
		return -1;
	FILE *file = open_memstream(&text, &length);
	if (file == NULL)
		return err_set(err, ERR_SYSTEM, "NoMemory",
			"out of memory: the document of the run can't be made");
	int result = document_write(run, true, file, err);
	fclose(file);
	if (result == 0)
		result = json_parse(text, length, "the run's document", document, err);
	free(text);
	return result;
}

int daemon_do_work(void *argument, enum run_kind kind, struct work *work,
	const struct person *person, json_t **document, struct err *err)
{
	struct daemon *daemon = argument;
	struct generation *generation = generation_retain(daemon->generation);
	struct engine engine = generation->engine;
	struct selection everything;
	struct run run = { 0 };

	if (daemon->state != DAEMON_READY) {
		generation_release(generation);
		return err_set(err, ERR_BUSY, "NotReady", "the daemon can't make changes now: %s",
			daemon->waits_for != NULL ? daemon->waits_for : "it is stopping");
	}
	if (person->name[0] != '\0') {
		engine.actor = person->name;
		engine.asker = person;
	}
	selection_init(&everything);
	fiber_group_add(&daemon->fibers); /* stopping waits for it */
	int result = run_begin(&engine, kind, &everything, &run, err);
	selection_release(&everything);
	run.work = work;
	if (result == 0)
		result = run_work(&run, document, err);
	metric_add(METRIC_RUNS,
		METRIC_LABELS(run_kind_name(kind),
			result < 0            ? "failed"
				: run.interrupted ? "interrupted"
								  : "finished"),
		1);
	run_release(&run);
	if (store_failed(daemon->parts.store))
		daemon_fail(daemon, err);
	generation_release(generation);
	daemon_fiber_done(daemon);
	return result;
}
