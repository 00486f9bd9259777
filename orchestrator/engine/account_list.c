#include "engine/account_list.h"

#include "accounts/session.h"
#include "accounts/walk.h"
#include "aws/for_each.h"
#include "aws/session.h"
#include "base/banned.h"
#include "base/mem.h"
#include "config/scope.h"
#include "config/values.h"
#include "engine/sessions.h"
#include "io/fiber.h"
#include "io/loop.h"

struct list_reading {
	struct run run; /* This run is never recorded: only its id and its sessions are used. */
	struct account_list *list;
	struct err *err;
	int result;
};

static MAY_YIELD void ask_regions(void *argument, size_t index)
{
	struct list_reading *reading = argument;
	struct run *run = &reading->run;
	struct listed_account *listed = &reading->list->accounts[index];
	struct account_place storage;
	const json_t *configured =
		config_regions(run->engine.config, account_place(listed->account, &storage));

	if (!listed->in_scope)
		return;
	if (configured != NULL) {
		listed->regions = json_incref((json_t *)configured);
		return;
	}
	struct aws_session *session = run_session_for_account(run, listed->account->id);
	struct aws_reader reader = { run->engine.aws, session, listed->account->id, region_permissions,
		NULL };
	(void)!account_enabled_regions(&reader,
		config_string(run->engine.config, "organization", "home_region"), &listed->regions,
		&listed->failure);
	aws_session_release(session);
}

static MAY_YIELD int read_list(struct list_reading *reading, struct err *err)
{
	struct run *run = &reading->run;
	bool tags = config_uses_tags(run->engine.config);
	struct aws_session *session =
		session_for_organization(run->engine.aws, run->own, run->engine.config, run->id);
	struct aws_reader reader = { run->engine.aws, session, "", organization_permissions(tags),
		NULL };
	struct organization_walk_options options = { .read_tags = tags };
	int result = organization_walk(&reader, &options, &run->organization, err);

	aws_session_release(session);
	reading->list->organization = run->organization;
	if (result < 0)
		return -1;
	reading->list->count = run->organization->account_count;
	reading->list->accounts = xcalloc(reading->list->count, sizeof *reading->list->accounts);
	size_t used = 0;
	for (struct account *account = run->organization->accounts; account != NULL;
		account = account->next) {
		struct account_place *storage = xmalloc(sizeof *storage);
		const struct org_place *place = account_place(account, storage);

		reading->list->accounts[used++] = (struct listed_account){
			.account = account,
			.in_scope = account_is_active(account) && config_in_scope(run->engine.config, place) &&
				selection_takes_account(&run->selection, place),
		};
		free(storage);
	}
	aws_for_each(run->engine.aws, reading->list->count, ask_regions, reading);
	return 0;
}

static MAY_YIELD void drive(void *argument)
{
	struct list_reading *reading = argument;

	reading->result = read_list(reading, reading->err);
}

int account_list_read(const struct engine *engine, const struct selection *selection,
	struct account_list *out, struct err *err)
{
	struct list_reading reading = { .list = out, .err = err };

	memset(out, 0, sizeof *out);
	if (run_prepare(engine, RUN_PLAN, selection, &reading.run, err) < 0 ||
		fiber_spawn(engine->loop, "accounts", drive, &reading, err) < 0) {
		run_release(&reading.run);
		return -1;
	}
	loop_run(engine->loop);
	reading.run.organization = NULL; /* the list owns it now */
	run_release(&reading.run);
	return reading.result;
}

void account_list_release(struct account_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		json_decref(list->accounts[i].regions);
	free(list->accounts);
	organization_free(list->organization);
	memset(list, 0, sizeof *list);
}
