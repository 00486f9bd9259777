/* The functions of the daemon that the API and the control socket call (struct web_host). */
#include "daemon/api_host.h"

#include "approvals/list.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "config/values.h"
#include "daemon/arrivals.h"
#include "daemon/cells.h"
#include "daemon/checks.h"
#include "daemon/daemon_private.h"
#include "daemon/intake.h"
#include "daemon/schedule.h"
#include "daemon/work_run.h"
#include "engine/document.h"
#include "engine/sweep.h"
#include "engine/work.h"
#include "events/queue/entries.h"
#include "guards/exceptions.h"
#include "guards/pause.h"
#include "io/loop.h"
#include "store/space.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct engine *host_engine(void *argument)
{
	struct daemon *daemon = argument;

	return &daemon->generation->engine;
}

static bool host_ready(void *argument, const char **why)
{
	struct daemon *daemon = argument;

	*why = daemon->state == DAEMON_DRAINING ? "the process is stopping" : daemon->waits_for;
	return daemon->state == DAEMON_READY;
}

/* --- status --- */

static json_t *time_or_null(int64_t ms)
{
	char text[CLOCK_RFC3339_SIZE];

	if (ms <= 0 || ms == INT64_MAX)
		return json_null();
	clock_format_rfc3339(ms, text);
	return json_string(text);
}

static json_t *queue_json(const struct daemon *daemon)
{
	if (daemon->queue == NULL)
		return json_null();
	struct queue_stats stats = queue_stats_now(daemon->queue);
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:o}", "up", stats.up, "held",
		(json_int_t)stats.held, "received", (json_int_t)stats.received, "deleted",
		(json_int_t)stats.deleted, "released", (json_int_t)stats.released, "failures",
		(json_int_t)stats.failures, "oldest", time_or_null(stats.oldest_ms));
}

static json_t *host_status(void *argument)
{
	static const char *const states[] = { "starting", "ready", "draining" };
	struct daemon *daemon = argument;
	const struct organization *organization = directory_organization(daemon->directory);

	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:s}", "state",
		states[daemon->state], "id", daemon->id, "pid", (int)getpid(), "started",
		time_or_null(daemon->started_ms), "organization",
		organization != NULL ? json_text(organization->id) : json_null(), "queue",
		queue_json(daemon), "events_waiting", (json_int_t)intake_waiting(daemon->intake),
		"cells_busy", (json_int_t)cells_count(daemon->cells), "events",
		checks_now_to_json(daemon->checks), "sweep", schedule_sweep_to_json(daemon->schedule),
		"next_sweep",
		daemon->schedule != NULL ? time_or_null(schedule_next_ms(daemon->schedule)) : json_null(),
		"generation", config_generation(daemon->generation->config));
}

/* --- metrics --- */

static double resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long size = 0, resident = 0;

	if (file == NULL)
		return 0;
	int read = fscanf(file, "%ld %ld", &size, &resident);
	fclose(file);
	return read == 2 ? (double)resident * (double)sysconf(_SC_PAGESIZE) : 0;
}

static double open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	double count = -1; /* skip "." and ".." */

	if (folder == NULL)
		return 0;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) /* cppcheck-suppress
																	  readdirCalled ; the folder is
																	  this call's own */
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000000.0;
}

static void count_up(enum metric metric, double total)
{
	metric_add(metric, METRIC_NO_LABELS, total - metric_value(metric, METRIC_NO_LABELS));
}

static void count_approvals(struct daemon *daemon)
{
	CLEANUP_REQUEST_LIST struct request_list list = { 0 };
	struct err err = ERR_INIT;
	int64_t now_ms = clock_now_ms();
	size_t waiting = 0;

	if (approvals_list(daemon->parts.approvals, false, now_ms, &list, &err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		waiting += list.items[i].unreadable.cause == NULL &&
			approval_request_state_at(&list.items[i].request, now_ms) == APPROVAL_WAITING;
	metric_set(METRIC_APPROVALS, METRIC_NO_LABELS, (double)waiting);
}

static void host_refresh_metrics(void *argument)
{
	struct daemon *daemon = argument;
	struct loop *loop = daemon->parts.loop;
	struct store_stats store = store_stats_now(daemon->parts.store);

	metric_set(METRIC_LOOP_LAG, METRIC_NO_LABELS, (double)loop_max_lag_us(loop) / 1000000.0);
	loop_reset_lag(loop);
	metric_set(METRIC_FIBERS, METRIC_NO_LABELS, (double)loop_fibers_alive(loop));
	metric_set(METRIC_STORE_BYTES, METRIC_NO_LABELS, (double)store.bytes_on_disk);
	metric_set(METRIC_STORE_USED, METRIC_NO_LABELS, (double)store.used_bytes);
	metric_set(METRIC_STORE_MAX, METRIC_NO_LABELS, (double)store.max_bytes);
	count_up(METRIC_STORE_COMMITS, (double)store.commits);
	metric_set(METRIC_RESIDENT, METRIC_NO_LABELS, resident_bytes());
	metric_set(METRIC_OPEN_FDS, METRIC_NO_LABELS, open_descriptors());
	count_up(METRIC_CPU_SECONDS, cpu_seconds());
	metric_set(METRIC_START, METRIC_NO_LABELS, (double)daemon->started_ms / 1000.0);
	count_approvals(daemon);
	if (daemon->queue != NULL) {
		struct queue_stats stats = queue_stats_now(daemon->queue);

		metric_set(METRIC_QUEUE_HELD, METRIC_NO_LABELS, (double)stats.held);
		metric_set(METRIC_QUEUE_UP, METRIC_NO_LABELS, stats.up);
		metric_set(METRIC_QUEUE_AGE, METRIC_NO_LABELS,
			stats.oldest_ms > 0 ? (double)(clock_now_ms() - stats.oldest_ms) / 1000.0 : 0);
	}
}

static MAY_YIELD int host_exceptions_changed(void *argument, struct err *err)
{
	struct daemon *daemon = argument;
	char why[PAUSE_WHY_SIZE];

	(void)pause_check(daemon->parts.pause, NULL, NULL, why);
	if (pause_changed(daemon->parts.pause) &&
		pause_audit(daemon->parts.pause, daemon->parts.audit, NULL, err) < 0)
		return -1;
	return exceptions_reload(daemon->generation->exceptions, daemon->generation->config,
		daemon->parts.store, err);
}

void host_fill(struct daemon *daemon, struct web_host *host)
{
	*host = (struct web_host){
		.daemon = daemon,
		.engine = host_engine,
		.state_folder = daemon->options->state_folder,
		.ready = host_ready,
		.status = host_status,
		.refresh_metrics = host_refresh_metrics,
		.do_work = daemon_do_work,
		.ingest = arrivals_ingest,
		.exceptions_changed = host_exceptions_changed,
		.sweep_now = schedule_sweep_now,
		.openapi = web_openapi,
	};
}
