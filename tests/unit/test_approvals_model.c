/*
 * Compares random histories of approvals with a small model that knows nothing of records: 20,000
 * steps, from a seed that is printed (REEVE_SEED repeats it).
 */
#include "test_approvals_help.h"

#include <time.h>

/* Each run takes another history, so a program with sanitizers, which is slow, needs no long one.
 */
#ifdef __SANITIZE_ADDRESS__
#define STEPS 4000
#else
#define STEPS 20000
#endif
#define CHANGES 3
#define EXPIRE_HOURS 72
#define REQUIRED 2

static const char *const names[] = { "Ann", "Bob", "Cyd", "Dan" };
enum { PEOPLE_COUNT = 4, NOBODY = 4, APPROVERS = 3 }; /* Dan is no approver */

/* What the model knows of a request. */
struct memory {
	bool asked, denied, dead, done; /* dead: void */
	bool passed;                    /* it was approved once */
	unsigned yes;                   /* a bit for each person */
	int requester;
	int64_t until;
};

struct world {
	struct approvals *approvals;
	struct store *store;
	struct config *config;
	int64_t now_ms;
	json_t *changes[CHANGES];
	struct approval_request *requests[CHANGES]; /* as they were when they were requested last */
	struct memory memory[CHANGES];
	uint64_t random;
	int step;
};

static unsigned pick(struct world *world, unsigned count)
{
	/* xorshift64* */
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (unsigned)((world->random * UINT64_C(2685821657736338717)) >> 33) % count;
}

/* --- the model --- */

static bool over(const struct world *world, const struct memory *memory)
{
	return world->now_ms >= memory->until;
}

static bool open_to_yes(const struct world *world, const struct memory *memory)
{
	return memory->asked && !memory->denied && !memory->dead && !memory->done && !memory->passed &&
		!over(world, memory);
}

static bool open_to_no(const struct world *world, const struct memory *memory)
{
	return memory->asked && !memory->denied && !memory->dead && !memory->done &&
		!over(world, memory);
}

static bool model_valid(const struct world *world, const struct memory *memory)
{
	return memory->passed && open_to_no(world, memory);
}

static void model_ask(const struct world *world, struct memory *memory, int requester)
{
	if (memory->asked && (memory->denied ? !memory->done : open_to_no(world, memory)))
		return;
	*memory = (struct memory){
		.asked = true, .requester = requester, .until = world->now_ms + EXPIRE_HOURS * HOUR_MS
	};
}

static bool model_yes(const struct world *world, struct memory *memory, int person)
{
	if (!open_to_yes(world, memory) || person >= APPROVERS || person == memory->requester ||
		(memory->yes >> person & 1))
		return false;
	memory->yes |= 1u << person;
	memory->passed = __builtin_popcount(memory->yes) >= REQUIRED;
	return true;
}

static bool model_no(const struct world *world, struct memory *memory, int person)
{
	if (!open_to_no(world, memory) || person >= APPROVERS)
		return false;
	memory->denied = true;
	return true;
}

static void model_done(const struct world *world, struct memory *memory)
{
	if (memory->passed && !memory->dead)
		memory->done = true;
	else if (open_to_yes(world, memory))
		memory->dead = true;
}

/* --- one step of the program and of the model --- */

static void ask(struct world *world, unsigned which)
{
	static const char *const users[] = { "uid:61001", "uid:61002", "uid:61003", "uid:61004",
		"uid:61009" };
	int requester = (int)pick(world, PEOPLE_COUNT + 1);
	bool named = pick(world, 2) == 0; /* else the system user alone is known */
	const struct approval_requester asker = {
		named && requester != NOBODY ? names[requester] : NULL, users[requester], "run"
	};
	struct err err = ERR_INIT;

	model_ask(world, &world->memory[which], requester);
	struct approval_request *request = request_change(world->approvals, world->config,
		world->changes[which], "why", &asker, world->now_ms, &err);
	assert_non_null(request);
	request_free(world->requests[which]);
	world->requests[which] = request;
}

static void reply(struct world *world, unsigned which, bool yes)
{
	static const char *const ways[] = { "system user ", "token of ", "arn:aws:iam::1:user/" };
	int who = (int)pick(world, PEOPLE_COUNT);
	struct person person = person_of(names[who], ways[pick(world, ARRAY_LENGTH(ways))]);
	struct memory *memory = &world->memory[which];
	struct err err = ERR_INIT;
	struct approval_request updated;

	if (world->requests[which] == NULL)
		return;
	bool expected = yes ? model_yes(world, memory, who) : model_no(world, memory, who);
	int result = approvals_answer(world->approvals, world->config, NULL, world->requests[which],
		&person, yes, NULL, world->now_ms, &updated, &err);
	approval_request_release(&updated);
	if ((result == 0) != expected)
		fail_msg("step %d: %s says %s: %s", world->step, person.name, yes ? "yes" : "no",
			result < 0 ? err.message : "taken");
	if (result < 0)
		assert_int_equal(err.kind, ERR_LIMIT);
}

static void end(struct world *world, unsigned which, bool made)
{
	const char *hash = json_get_string_or(world->changes[which], "hash", "");
	struct memory *memory = &world->memory[which];
	struct err err = ERR_INIT;

	if (made) {
		model_done(world, memory);
		assert_ok(approvals_done(world->approvals, hash, "c-1", world->now_ms, &err));
	} else {
		memory->dead |= open_to_no(world, memory);
		assert_ok(approvals_void(world->approvals, hash, "moved", world->now_ms, &err));
	}
}

/* A run sees the resource in the state of the request, in another state, as desired, or not any
 * more. */
static void see(struct world *world, unsigned which)
{
	const struct approvals_cell cell = { "111122223333", "eu-west-1",
		"s3.bucket-default-encryption" };
	const json_t *change = world->changes[which];
	struct memory *memory = &world->memory[which];
	const char *resource = json_get_string_or(change, "resource", "");
	unsigned how = pick(world, 5);
	CLEANUP_JSON json_t *image = how < 3 ? json_pack("{s:i}", "on", how == 0) : NULL;
	struct err err = ERR_INIT;
	int64_t look;

	if (how == 0 || how > 2)
		memory->dead |= open_to_no(world, memory);
	if (how < 4) {
		assert_ok(approvals_seen(world->approvals, &cell, "eu-west-1", resource, image,
			world->now_ms, &err));
		return;
	}
	assert_ok(approvals_look(world->approvals, &look, &err));
	for (unsigned i = 0; i < CHANGES; i++)
		if (i != which)
			assert_ok(approvals_not_seen(world->approvals, &cell,
				json_get_string_or(world->changes[i], "resource", ""), &err));
	assert_ok(approvals_looked(world->approvals, &cell, look, world->now_ms, &err));
}

/* Time passes, and sometimes the process ends and another one goes on. */
static void pass(struct world *world)
{
	struct err err = ERR_INIT;

	world->now_ms += (int64_t)pick(world, 6 * 3600 * 1000);
	if (pick(world, 50) == 0)
		assert_ok(approvals_expire(world->approvals, world->now_ms, NULL, &err));
	if (pick(world, 4) > 0)
		return;
	flush(world->store);
	approvals_free(world->approvals);
	world->approvals = approvals_new(world->store);
}

static const char *model_state(const struct world *world, const struct memory *memory)
{
	return memory->done       ? "done"
		: memory->denied      ? "denied"
		: memory->dead        ? "void"
		: over(world, memory) ? "expired"
		: memory->passed      ? "approved"
							  : "waiting";
}

/* Compares one request after each step, and all of them every 50 steps. */
static void compare(struct world *world)
{
	bool all = world->step % 50 == 0;

	for (unsigned i = 0; i < CHANGES; i++) {
		if (!all && i != pick(world, CHANGES))
			continue;
		const char *hash = json_get_string_or(world->changes[i], "hash", "");
		CLEANUP_ASKED struct approval_request *request = request_now(world->approvals, hash);
		CLEANUP_REQUEST struct approval_request approved = { 0 };
		struct err err = ERR_INIT;
		bool valid;

		assert_int_equal(request != NULL, world->memory[i].asked);
		assert_ok(approvals_valid_for(world->approvals, hash, world->now_ms, &approved, &valid,
			&err));
		if (valid != model_valid(world, &world->memory[i]))
			fail_msg("step %d: change %u is %s", world->step, i, valid ? "valid" : "not valid");
		if (request == NULL)
			continue;
		const char *is = approval_state_name(approval_request_state_at(request, world->now_ms)),
				   *should = model_state(world, &world->memory[i]);
		if (strcmp(is, should) != 0)
			fail_msg("step %d: change %u is %s and should be %s", world->step, i, is, should);
		assert_int_equal(approval_count(request), __builtin_popcount(world->memory[i].yes));
	}
}

static void take_step(struct world *world)
{
	unsigned which = pick(world, CHANGES), kind = pick(world, 100);

	if (kind < 25)
		ask(world, which);
	else if (kind < 65)
		reply(world, which, true);
	else if (kind < 70)
		reply(world, which, false);
	else if (kind < 80)
		end(world, which, true);
	else if (kind < 83)
		end(world, which, false);
	else if (kind < 87)
		see(world, which);
	else
		pass(world);
}

static void test_random_histories(void **state)
{
	const char *seed = getenv("REEVE_SEED");
	struct world world = { .now_ms = NOW,
		.random = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL) };
	char resource[32];

	(void)state;
	print_message("seed %llu\n", (unsigned long long)world.random);
	world.random = world.random * 2 + 1; /* the generator can't begin with 0 */
	world.config = config_of("{\"required\": 2, \"approvers\": [\"Ann\", \"Bob\", \"Cyd\"]}");
	world.store = open_writer(NULL);
	world.approvals = approvals_new(world.store);
	for (int i = 0; i < CHANGES; i++) {
		snprintf(resource, sizeof resource, "r%d", i);
		world.changes[i] = change_of(resource, 0);
	}
	for (world.step = 0; world.step < STEPS; world.step++) {
		take_step(&world);
		compare(&world);
		/* A denied change stays denied for ever, so another resource drifts from then on. */
		for (unsigned i = 0; i < CHANGES; i++) {
			if (!world.memory[i].denied || pick(&world, 20) > 0)
				continue;
			snprintf(resource, sizeof resource, "s%d-%u", world.step, i);
			json_decref(world.changes[i]);
			request_free(world.requests[i]);
			world.changes[i] = change_of(resource, 0);
			world.requests[i] = NULL;
			world.memory[i] = (struct memory){ .asked = false };
		}
	}
	for (int i = 0; i < CHANGES; i++) {
		json_decref(world.changes[i]);
		request_free(world.requests[i]);
	}
	approvals_free(world.approvals);
	close_store(world.store);
	config_free(world.config);
}

int main(void)
{
	const struct CMUnitTest tests[] = { store_test(test_random_histories) };

	/* Each answer waits for the disk, which is not what this test is about. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
