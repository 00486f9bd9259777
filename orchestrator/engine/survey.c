#include "engine/survey.h"

#include "accounts/session.h"
#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/sessions.h"
#include "io/fiber.h"
#include "io/loop.h"

struct surveyor {
	struct run run; /* never recorded: only its id and sessions are used */
	struct survey *survey;
	struct err *err;
	int result;
};

static MAY_YIELD void ask_regions(void *argument, size_t index)
{
	struct surveyor *surveyor = argument;
	struct run *run = &surveyor->run;
	struct surveyed_account *surveyed = &surveyor->survey->accounts[index];
	struct account_place storage;
	const json_t *configured =
		config_regions(run->engine.config, account_place(surveyed->account, &storage));

	if (!surveyed->in_scope)
		return;
	if (configured != NULL) {
		surveyed->regions = json_incref((json_t *)configured);
		return;
	}
	struct aws_session *session = run_session_for_account(run, surveyed->account->id);
	struct aws_reader reader = { run->engine.aws, session, surveyed->account->id,
		region_permissions, NULL };
	(void)!account_enabled_regions(&reader,
		config_string(run->engine.config, "organization", "home_region"), &surveyed->regions,
		&surveyed->failure);
	aws_session_release(session);
}

static MAY_YIELD int take(struct surveyor *surveyor, struct err *err)
{
	struct run *run = &surveyor->run;
	bool tags = config_uses_tags(run->engine.config);
	struct aws_session *session =
		session_for_organization(run->engine.aws, run->own, run->engine.config, run->id);
	struct aws_reader reader = { run->engine.aws, session, "", organization_permissions(tags),
		NULL };
	struct organization_walk_options options = { .read_tags = tags };
	int result = organization_walk(&reader, &options, &run->organization, err);

	aws_session_release(session);
	surveyor->survey->organization = run->organization;
	if (result < 0)
		return -1;
	surveyor->survey->count = run->organization->account_count;
	surveyor->survey->accounts =
		xcalloc(surveyor->survey->count, sizeof *surveyor->survey->accounts);
	size_t used = 0;
	for (struct account *account = run->organization->accounts; account != NULL;
		account = account->next) {
		struct account_place *storage = xmalloc(sizeof *storage);
		const struct org_place *place = account_place(account, storage);

		surveyor->survey->accounts[used++] = (struct surveyed_account){
			.account = account,
			.in_scope = account_is_active(account) && config_in_scope(run->engine.config, place) &&
				selection_takes_account(&run->selection, place),
		};
		free(storage);
	}
	aws_for_each(run->engine.aws, surveyor->survey->count, ask_regions, surveyor);
	return 0;
}

static MAY_YIELD void drive(void *argument)
{
	struct surveyor *surveyor = argument;

	surveyor->result = take(surveyor, surveyor->err);
}

int survey_take(const struct engine *engine, const struct selection *selection, struct survey *out,
	struct err *err)
{
	struct surveyor surveyor = { .survey = out, .err = err };

	memset(out, 0, sizeof *out);
	if (run_prepare(engine, RUN_PLAN, selection, &surveyor.run, err) < 0 ||
		fiber_spawn(engine->loop, "survey", drive, &surveyor, err) < 0) {
		run_release(&surveyor.run);
		return -1;
	}
	loop_run(engine->loop);
	surveyor.run.organization = NULL; /* the survey's now */
	run_release(&surveyor.run);
	return surveyor.result;
}

void survey_release(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++)
		json_decref(survey->accounts[i].regions);
	free(survey->accounts);
	organization_free(survey->organization);
	memset(survey, 0, sizeof *survey);
}
