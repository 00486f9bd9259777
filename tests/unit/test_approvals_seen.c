/* Tests of what happens to an open request when a run sees its resource (approvals/seen.h). */
#include "store/queue.h"
#include "store/read.h"
#include "test_approvals_help.h"

#define ANY "{}"
#define REGION "eu-west-1"

static const struct approval_requester ann = { .name = "Ann", .user = "uid:61001", .run = "run-1" };
static const struct approvals_cell cell = { "111122223333", REGION,
	"s3.bucket-default-encryption" };

/* A process that has the store open for writing. */
struct world {
	struct config *config;
	struct store *store;
	struct approvals *approvals;
};

static void start(struct world *world)
{
	world->config = config_of(ANY);
	world->store = open_writer(NULL);
	world->approvals = approvals_new(world->store);
}

static void end(struct world *world)
{
	approvals_free(world->approvals);
	close_store(world->store);
	config_free(world->config);
}

static struct approval_request *ask(struct world *world, const char *resource, int before)
{
	CLEANUP_JSON json_t *change = change_of(resource, before);
	struct err err = ERR_INIT;
	struct approval_request *request =
		request_change(world->approvals, world->config, change, "it differs", &ann, NOW, &err);

	if (request == NULL)
		fail_msg("%s", err.message);
	return request;
}

static void approve(struct world *world, const struct approval_request *request)
{
	struct person person = person_of("Bob", "token ");
	CLEANUP_REQUEST struct approval_request updated = { 0 };
	struct err err = ERR_INIT;

	assert_ok(approvals_answer(world->approvals, world->config, NULL, request, &person, true, NULL,
		NOW, &updated, &err));
	assert_string_equal(state_of(&updated), "approved");
}

/* before: the value that is seen, or -1 when nothing is to be remediated. */
static void see(struct world *world, const char *region, const char *resource, int before)
{
	CLEANUP_JSON json_t *image = before < 0 ? NULL : json_pack("{s:i}", "on", before);
	struct err err = ERR_INIT;

	assert_ok(approvals_seen(world->approvals, &cell, region, resource, image, NOW, &err));
}

static void expect_of(struct world *world, const struct approval_request *request,
	const char *state, const char *why)
{
	CLEANUP_ASKED struct approval_request *now = request_now(world->approvals, request->hash);

	assert_non_null(now);
	assert_string_equal(state_of(now), state);
	if (why != NULL)
		assert_string_equal(now->history[now->history_count - 1].why, why);
}
#define OTHER_STATE "the resource was seen in another state"
#define NOT_THERE "the resource no longer exists"

/* The first turn is in the process that requested the approvals and knows them from its writes, the
 * second one in a new process, which reads them from the store. */
static void test_other_states(void **state)
{
	static const struct {
		const char *resource;
		bool approved;
		int seen;
		const char *then;
	} cases[] = { { "same", false, 0, "waiting" }, { "same-approved", true, 0, "approved" },
		{ "mended", false, -1, "void" }, { "mended-approved", true, -1, "void" },
		{ "moved", false, 7, "void" }, { "moved-approved", true, 7, "void" } };

	(void)state;
	for (int again = 0; again < 2; again++) {
		struct approval_request *requests[ARRAY_LENGTH(cases)];
		struct world world;

		start(&world);
		see(&world, REGION, "nobody-asked", -1);
		for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
			char name[32];

			snprintf(name, sizeof name, "%s-%d", cases[i].resource, again);
			requests[i] = ask(&world, name, 0);
			if (cases[i].approved)
				approve(&world, requests[i]);
		}
		if (again == 1) {
			end(&world);
			start(&world);
		}
		for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
			char name[32];

			snprintf(name, sizeof name, "%s-%d", cases[i].resource, again);
			see(&world, REGION, name, cases[i].seen);
			see(&world, REGION, name, cases[i].seen); /* the second time changes nothing */
			expect_of(&world, requests[i], cases[i].then,
				strcmp(cases[i].then, "void") == 0 ? OTHER_STATE : NULL);
			request_free(requests[i]);
		}
		end(&world);
	}
}

/* An approval is not valid for the same drift after the resource was seen in another state: that
 * drift needs a new request. */
static void test_the_same_drift_again(void **state)
{
	struct world world;

	(void)state;
	start(&world);
	CLEANUP_ASKED struct approval_request *first = ask(&world, "r", 0);
	approve(&world, first);
	see(&world, REGION, "r", -1);
	CLEANUP_ASKED struct approval_request *second = ask(&world, "r", 0);
	assert_string_equal(first->hash, second->hash);
	assert_string_not_equal(first->id, second->id);
	assert_string_equal(state_of(second), "waiting");
	see(&world, REGION, "r", 0);
	expect_of(&world, second, "waiting", NULL);
	end(&world);
}

/* What a run sees later changes no request that has ended. */
static void test_what_is_not_open(void **state)
{
	struct person person = person_of("Bob", "token ");
	CLEANUP_REQUEST struct approval_request updated = { 0 };
	struct err err = ERR_INIT;
	struct world world;

	(void)state;
	start(&world);
	CLEANUP_ASKED struct approval_request *denied = ask(&world, "denied", 0);
	CLEANUP_ASKED struct approval_request *done = ask(&world, "done", 0);
	CLEANUP_ASKED struct approval_request *elsewhere = ask(&world, "elsewhere", 0);
	see(&world, REGION, "nobody-asked", 0); /* from here on the open requests are in memory */
	assert_ok(approvals_answer(world.approvals, world.config, NULL, denied, &person, false, "no",
		NOW, &updated, &err));
	approve(&world, done);
	assert_ok(approvals_done(world.approvals, done->hash, "c-1", NOW, &err));
	see(&world, REGION, "denied", -1);
	see(&world, REGION, "done", -1);
	see(&world, "eu-west-2", "elsewhere", -1); /* another resource of the same name */
	see(&world, "eu-west", "elsewhere", -1);
	expect_of(&world, denied, "denied", NULL);
	expect_of(&world, done, "done", NULL);
	expect_of(&world, elsewhere, "waiting", NULL);
	end(&world);
}

static void look_again(struct world *world, int64_t look)
{
	struct err err = ERR_INIT;

	assert_ok(approvals_looked(world->approvals, &cell, look, NOW, &err));
}

static void test_what_is_gone(void **state)
{
	const struct approvals_cell other = { "111122223333", "eu-west-2",
		"s3.bucket-default-encryption" };
	struct err err = ERR_INIT;
	struct world world;
	int64_t look;

	(void)state;
	start(&world);
	CLEANUP_ASKED struct approval_request *gone = ask(&world, "gone", 0);
	CLEANUP_ASKED struct approval_request *there = ask(&world, "there", 0);
	CLEANUP_ASKED struct approval_request *unreadable = ask(&world, "unreadable", 0);
	assert_ok(approvals_look(world.approvals, &look, &err));
	CLEANUP_ASKED struct approval_request *asked = ask(&world, "asked-meanwhile", 0);
	see(&world, REGION, "there", 0);
	assert_ok(approvals_not_seen(world.approvals, &cell, "unreadable", &err));
	assert_ok(approvals_looked(world.approvals, &other, look, NOW, &err)); /* another cell */
	expect_of(&world, gone, "waiting", NULL);
	look_again(&world, look);
	look_again(&world, look);
	expect_of(&world, gone, "void", NOT_THERE);
	expect_of(&world, there, "waiting", NULL);
	expect_of(&world, unreadable, "waiting", NULL);
	expect_of(&world, asked, "waiting", NULL);

	/* Nothing is known of the resources of a cell that can't be observed. */
	assert_ok(approvals_look(world.approvals, &look, &err));
	assert_ok(approvals_not_seen(world.approvals, &cell, NULL, &err));
	look_again(&world, look);
	expect_of(&world, there, "waiting", NULL);
	/* A new process has seen nothing yet. */
	end(&world);
	start(&world);
	assert_ok(approvals_look(world.approvals, &look, &err));
	see(&world, REGION, "there", 0);
	look_again(&world, look);
	expect_of(&world, there, "waiting", NULL);
	expect_of(&world, unreadable, "void", NOT_THERE);
	end(&world);
}

/* A record that can't be read stops no other request, and is not altered. */
static void test_unreadable_records(void **state)
{
	struct err err = ERR_INIT;
	struct world world;
	int64_t look;

	(void)state;
	for (int known = 0; known < 2; known++) {
		start(&world);
		CLEANUP_ASKED struct approval_request *request = ask(&world, known != 0 ? "known" : "r", 0);
		CLEANUP_JSON json_t *encoded = approval_request_encode(request);
		CLEANUP_JSON json_t *broken = json_deep_copy(encoded);
		struct store_key key = STORE_KEY("request", request->hash);

		end(&world);
		start(&world);
		assert_ok(approvals_look(world.approvals, &look, &err));
		json_object_set_new(broken, "state", json_string("excellent"));
		if (known != 0) /* the record is altered after it was read */
			see(&world, REGION, "known", 0);
		assert_ok(store_put_json(world.store, STORE_APPROVALS, &key, broken, &err));
		flush(world.store);
		if (known == 0) {
			end(&world);
			start(&world);
			look = 0;
		}
		see(&world, REGION, "r", -1);
		see(&world, REGION, "known", -1);
		look_again(&world, look + 1000);
		CLEANUP_JSON json_t *stored = NULL;
		assert_ok(store_get_json(world.store, STORE_APPROVALS, &key, &stored, &err));
		assert_true(json_equal(stored, broken));
		end(&world);
	}
}

/* Among many requests of one cell each is found by its own resource. */
static void test_many(void **state)
{
	enum { MANY = 500 };
	struct approval_request *requests[MANY];
	struct world world;

	(void)state;
	start(&world);
	for (int i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof name, "r-%d", i);
		requests[i] = ask(&world, name, 0);
	}
	for (int i = 0; i < 2 * MANY; i++) {
		char name[32];

		snprintf(name, sizeof name, "r-%d", i);
		see(&world, REGION, name, i % 3 == 0 ? 1 : 0);
	}
	for (int i = 0; i < MANY; i++) {
		expect_of(&world, requests[i], i % 3 == 0 ? "void" : "waiting", NULL);
		request_free(requests[i]);
	}
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(test_other_states),
		store_test(test_the_same_drift_again),
		store_test(test_what_is_not_open),
		store_test(test_what_is_gone),
		store_test(test_unreadable_records),
		store_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
