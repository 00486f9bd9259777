#include "cmd/progress.h"

#include "base/banned.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "cmd/report.h"
#include "cmd/terminal.h"
#include "io/loop_watch.h"

#include <unistd.h>

#define PROGRESS_INTERVAL_MS 200
#define BAR_CELLS 24

static struct run *shown;
static bool drawn;

static void erase(void)
{
	if (drawn)
		fputs("\r\033[K", stderr);
	drawn = false;
}

static void draw(void)
{
	struct aws_stats stats;
	double seconds;

	if (shown == NULL)
		return;
	erase();
	stats = aws_stats_now(shown->engine.aws);
	seconds = (double)(clock_monotonic_us() - shown->began_us) / 1e6;
	size_t filled = shown->cells_known > 0 ? BAR_CELLS * shown->cells_done / shown->cells_known : 0;
	fprintf(stderr, "%s ", run_kind_name(shown->kind));
	for (size_t i = 0; i < BAR_CELLS; i++)
		fputs(i < filled ? "━" : "╌", stderr);
	fprintf(stderr, " %s/%s accounts  %s/%s cells  %s calls/s", thousands(shown->accounts_done),
		thousands(shown->accounts_in_scope), thousands(shown->cells_done),
		thousands(shown->cells_known),
		thousands((size_t)((double)stats.api_calls / (seconds > 0.001 ? seconds : 0.001))));
	size_t differ = shown->cells.of[STATUS_DRIFTED] + shown->cells.of[STATUS_AWAITING_APPROVAL] +
		shown->cells.of[STATUS_ALERTED] + shown->cells.of[STATUS_MANAGED_CENTRALLY];
	if (shown->cells.of[STATUS_REMEDIATED] > 0)
		fprintf(stderr, "  %s%s %s%s", colour_on(stderr, COLOUR_GREEN),
			thousands(shown->cells.of[STATUS_REMEDIATED]),
			report_status_word(shown->kind, STATUS_REMEDIATED), colour_off(stderr));
	if (differ > 0)
		fprintf(stderr, "  %s%s differ%s", colour_on(stderr, COLOUR_YELLOW), thousands(differ),
			colour_off(stderr));
	if (shown->cells.of[STATUS_UNKNOWN] > 0)
		fprintf(stderr, "  %s%s unknown%s", colour_on(stderr, COLOUR_MAGENTA),
			thousands(shown->cells.of[STATUS_UNKNOWN]), colour_off(stderr));
	fflush(stderr);
	drawn = true;
}

static void tick(void *argument)
{
	(void)argument;
	draw();
}

int progress_start(struct run *run, struct err *err)
{
	const char *term = getenv("TERM");

	if (!isatty(STDERR_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
		return 0;
	shown = run;
	log_set_hooks(erase, draw);
	return loop_on_interval(run->engine.loop, PROGRESS_INTERVAL_MS, tick, NULL, err);
}

void progress_stop(void)
{
	erase();
	fflush(stderr);
	shown = NULL;
	log_set_hooks(NULL, NULL);
}
