/* Sessions: they hold credentials, know when these expire, and renew them. */
#include "aws/session.h"

#include "aws/errors.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/fiber.h"
#include "io/fiber_sync.h"

enum {
	MINUTE_MS = 60 * 1000,
	/* Credentials with less time left than this are not used: a call may queue, be retried, and be
	   checked by AWS's clock. */
	MIN_LIFE_MS = 2 * MINUTE_MS,
	REFRESH_MS = 5 * MINUTE_MS,
	/* The wait after a failed renewal while the old keys are still valid. A transient failure is
	   kept for the same time. */
	TRY_AGAIN_MS = 30 * 1000,
};

/* One set of keys, counted: a call in flight holds it while it waits. */
struct held {
	struct aws_credentials credentials; /* must be the first member: a borrowed pointer leads back
										   to the set */
	int holders;
};

struct aws_session {
	const int64_t *clock_offset_ms;
	int holders;
	bool owned;                   /* lives until session_free */
	struct session_source source; /* without a renew function the keys are fixed */
	bool has_source_identity;     /* AWS showed that they have one; false: unknown */
	struct fiber_once once;
	struct held *current; /* NULL: none yet */
	bool invalid;         /* AWS refused the current ones */
	bool resolved_before;
	int64_t refresh_ms; /* 0: never */
	int64_t min_life_ms;
	int64_t try_again_ms;     /* no renewal before this */
	struct err *failure;      /* NULL: none */
	int64_t failure_until_ms; /* 0: until forgotten */
};

/* --- keys --- */

/* Wipes and frees the keys of an unwrapped set. */
static void keys_release(struct aws_credentials *keys)
{
	mem_free_secret(keys->access_key_id);
	mem_free_secret(keys->secret_access_key);
	mem_free_secret(keys->session_token);
	*keys = (struct aws_credentials){ 0 };
}

/* Copies the string out of the document and wipes it there. */
static char *take_secret(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	char *copy;

	if (!json_is_string(value) || json_string_length(value) == 0 ||
		json_string_length(value) != strlen(json_string_value(value)))
		return NULL;
	copy = xstrdup(json_string_value(value));
	mem_wipe((char *)json_string_value(value), json_string_length(value));
	return copy;
}

int session_keys_read(json_t *object, const char *token_key, const char *what,
	struct aws_credentials *out, struct err *err)
{
	const char *expiration = json_get_string(object, "Expiration");
	struct aws_credentials keys = {
		.access_key_id = take_secret(object, "AccessKeyId"),
		.secret_access_key = take_secret(object, "SecretAccessKey"),
		.session_token = take_secret(object, token_key),
	};

	if (keys.access_key_id == NULL || keys.secret_access_key == NULL) {
		keys_release(&keys);
		return err_set(err, ERR_CREDENTIALS, "IncompleteCredentials",
			"%s returned no AccessKeyId or no SecretAccessKey", what);
	}
	if (expiration != NULL && clock_parse_rfc3339(expiration, &keys.expires_ms) < 0) {
		keys_release(&keys);
		return err_set(err, ERR_CREDENTIALS, "IncompleteCredentials",
			"%s returned an Expiration that is not a date", what);
	}
	*out = keys;
	return 0;
}

static void release_held(struct held *held)
{
	if (held == NULL || --held->holders > 0)
		return;
	sigv4_cache_free(held->credentials.signer);
	keys_release(&held->credentials);
	free(held);
}

const struct aws_credentials *session_credentials_retain(const struct aws_credentials *credentials)
{
	((struct held *)credentials)->holders++;
	return credentials;
}

void session_credentials_release(const struct aws_credentials *credentials)
{
	release_held((struct held *)credentials);
}

bool session_has_source_identity(const struct aws_session *session)
{
	return session->has_source_identity;
}

void session_note_source_identity(struct aws_session *session)
{
	session->has_source_identity = true;
}

int64_t session_refresh_ms(int64_t now_ms, int64_t expires_ms)
{
	int64_t life_ms = expires_ms - now_ms;

	if (expires_ms == 0)
		return 0;
	return life_ms / 4 < REFRESH_MS ? expires_ms - life_ms / 4 : expires_ms - REFRESH_MS;
}

/* --- creating and freeing --- */

struct aws_session *session_new(const int64_t *clock_offset_ms, const struct session_source *source)
{
	struct aws_session *session = xcalloc(1, sizeof *session);

	session->clock_offset_ms = clock_offset_ms;
	session->source = *source;
	session->holders = 1;
	return session;
}

void session_own(struct aws_session *session)
{
	session->owned = true;
}

void session_free(struct aws_session *session)
{
	if (session == NULL)
		return;
	release_held(session->current);
	free(session->failure);
	if (session->source.release != NULL)
		session->source.release(session->source.argument);
	free(session);
}

/* Returns the time by AWS's clock. */
static int64_t now_of(const struct aws_session *session)
{
	return clock_now_ms() + *session->clock_offset_ms;
}

static void accept(struct aws_session *session, const struct aws_credentials *keys)
{
	int64_t now_ms = now_of(session);
	struct held *held = xcalloc(1, sizeof *held);

	held->holders = 1;
	held->credentials = *keys;
	held->credentials.signer = sigv4_cache_new(keys->access_key_id, keys->secret_access_key);
	release_held(session->current);
	session->current = held;
	session->invalid = false;
	session->try_again_ms = 0;
	session->refresh_ms = session_refresh_ms(now_ms, keys->expires_ms);
	session->min_life_ms = (keys->expires_ms - now_ms) / 8 < MIN_LIFE_MS
		? (keys->expires_ms - now_ms) / 8
		: MIN_LIFE_MS;
	aws_session_forget_failure(session);
}

struct aws_session *session_new_static(const int64_t *clock_offset_ms,
	const struct aws_credentials *keys)
{
	static const struct session_source none;
	struct aws_session *session = session_new(clock_offset_ms, &none);

	accept(session, keys);
	return session;
}

struct aws_session *aws_session_retain(struct aws_session *session)
{
	session->holders++;
	return session;
}

void aws_session_release(struct aws_session *session)
{
	if (session == NULL || session->owned || --session->holders > 0)
		return;
	session_free(session);
}

/* --- renewal --- */

static bool is_valid(const struct aws_session *session, int64_t now_ms)
{
	return session->current != NULL && !session->invalid &&
		(session->current->credentials.expires_ms == 0 ||
			now_ms < session->current->credentials.expires_ms);
}

/* Returns whether the current keys can be used without waiting for a renewal. */
static bool will_do(const struct aws_session *session, int64_t now_ms)
{
	if (!is_valid(session, now_ms))
		return false;
	if (session->refresh_ms == 0 || now_ms < session->refresh_ms || now_ms < session->try_again_ms)
		return true;
	/* A renewal is due, and another fiber is making it. */
	return session->once.state == FIBER_ONCE_RUNNING &&
		now_ms < session->current->credentials.expires_ms - session->min_life_ms;
}

static bool failure_stands(const struct aws_session *session, int64_t now_ms)
{
	return session->failure != NULL &&
		(session->failure_until_ms == 0 || now_ms < session->failure_until_ms);
}

/* Returns whether the failure is AWS's refusal, which is kept until aws_session_forget_failure. */
static bool is_final(const struct aws_session *session, const struct err *err)
{
	return session->source.keeps_refusal && err->kind == ERR_AWS && err->http_status < 500 &&
		!aws_error_is_throttle(err);
}

static void keep_failure(struct aws_session *session, const struct err *err)
{
	int64_t now_ms = now_of(session);

	/* The fiber that renewed was cancelled, which is no refusal: the next one that needs the keys
	 * renews them. */
	if (err->kind == ERR_CANCELLED) {
		if (!is_valid(session, now_ms))
			aws_session_forget_failure(session);
		return;
	}
	if (is_valid(session, now_ms)) {
		session->try_again_ms = now_ms + TRY_AGAIN_MS;
		log_warning("credentials could not be renewed and are used until they expire: %s",
			err->message);
		return;
	}
	aws_session_forget_failure(session);
	session->failure = xmalloc(sizeof *err);
	*session->failure = *err;
	session->failure_until_ms = is_final(session, err) ? 0 : now_ms + TRY_AGAIN_MS;
}

MAY_YIELD static int renew(struct aws_session *session, struct aws_stats *charged, struct err *err)
{
	struct aws_credentials keys = { 0 };
	int result;

	if (session->source.renew == NULL)
		result =
			err_set(err, ERR_CREDENTIALS, "ExpiredCredentials", "the credentials have expired");
	else
		result = session->source.renew(session->source.argument, session->resolved_before, charged,
			&keys, err);
	if (result == 0) {
		accept(session, &keys);
		session->resolved_before = true;
	} else {
		keep_failure(session, err);
	}
	return result;
}

/* Renews the keys, or waits for the fiber that does. Returns 0 when the caller has to look at the
 * keys again. */
MAY_YIELD static int join_renewal(struct aws_session *session, struct aws_stats *charged,
	struct err *err)
{
	int result;

	if (fiber_stopping())
		return errors_cancelled(err);
	if (session->once.state == FIBER_ONCE_DONE)
		fiber_once_reset(&session->once);
	if (!fiber_once_begin(&session->once))
		return 0;
	result = renew(session, charged, err);
	fiber_once_finish(&session->once);
	return result < 0 && !is_valid(session, now_of(session)) ? -1 : 0;
}

int aws_session_get(struct aws_session *session, struct aws_stats *charged,
	const struct aws_credentials **out, struct err *err)
{
	struct err own = ERR_INIT;

	if (err == NULL)
		err = &own;
	for (;;) {
		int64_t now_ms = now_of(session);

		if (will_do(session, now_ms)) {
			*out = &session->current->credentials;
			return 0;
		}
		if (!is_valid(session, now_ms) && failure_stands(session, now_ms)) {
			*err = *session->failure;
			return -1;
		}
		if (join_renewal(session, charged, err) < 0)
			return -1;
	}
}

void aws_session_invalidate(struct aws_session *session, const char *access_key_id)
{
	if (session->current != NULL &&
		strcmp(session->current->credentials.access_key_id, access_key_id) == 0)
		session->invalid = true;
}

void aws_session_forget_failure(struct aws_session *session)
{
	free(session->failure);
	session->failure = NULL;
}
