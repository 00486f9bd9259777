/*
 * A session holds the credentials of one identity, and has them renewed ahead of their expiry by
 * the source that it was made with: the standard chain (aws/credentials/credentials.h), AssumeRole
 * (aws/session_assume.h), or none for fixed keys.
 */
#ifndef REEVE_AWS_SESSION_H
#define REEVE_AWS_SESSION_H

#include "aws/sigv4/sigv4.h"
#include "base/compiler.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct aws_stats;

struct aws_credentials {
	char *access_key_id, *secret_access_key, *session_token; /* session_token may be NULL */
	int64_t expires_ms;                                      /* 0: never */
	struct sigv4_cache *signer;
};

/* A session is counted: each holder releases its own reference. */
struct aws_session;
struct aws_session *aws_session_retain(struct aws_session *session);
void aws_session_release(struct aws_session *session); /* NULL is fine; the last release wipes the
														  keys */

/* Gives current credentials, with at least two minutes of life left where AWS gives that. They are
 * borrowed until the caller's next yield: take what you need before. The first fiber that needs new
 * credentials gets them from the source, and the others wait for it. An AssumeRole that this needs
 * is counted in *charged too (NULL: nowhere else). */
MAY_YIELD int aws_session_get(struct aws_session *session, struct aws_stats *charged,
	const struct aws_credentials **out, struct err *err) MUST_CHECK;

/* Makes the next aws_session_get try again, after a failure that was kept. */
void aws_session_forget_failure(struct aws_session *session);

/* Reports that AWS called the credentials with that access key id expired or invalid: the next get
 * renews them. */
void aws_session_invalidate(struct aws_session *session, const char *access_key_id);

/* --- for the client and for those who make sessions --- */

struct session_source {
	/* Gets new credentials; `again` when the session had some before. */
	MAY_YIELD int (*renew)(void *argument, bool again, struct aws_stats *charged,
		struct aws_credentials *out, struct err *err);
	void (*release)(void *argument); /* called with the session's end; NULL: there is nothing to
										release */
	void *argument;
	/* AWS's refusal is reported to everyone who asks, without another call, until
	 * aws_session_forget_failure. Other failures are kept for half a minute. */
	bool keeps_refusal;
};

/* Makes a session. *clock_offset_ms, AWS's time minus ours, must live as long as the session. */
struct aws_session *session_new(const int64_t *clock_offset_ms,
	const struct session_source *source);
/* Makes a session of fixed keys, which are taken over. */
struct aws_session *session_new_static(const int64_t *clock_offset_ms,
	const struct aws_credentials *keys);
/* Makes the session last until session_free: retain and release change nothing. */
void session_own(struct aws_session *session);
void session_free(struct aws_session *session); /* an owned one; NULL is fine */

/* Keeps credentials across a yield. */
const struct aws_credentials *session_credentials_retain(const struct aws_credentials *credentials);
void session_credentials_release(const struct aws_credentials *credentials);

/* Reads AccessKeyId, SecretAccessKey, the token and Expiration (RFC 3339) and wipes the secrets in
 * *object. `what` names the source in errors. */
int session_keys_read(json_t *object, const char *token_key, const char *what,
	struct aws_credentials *out, struct err *err) MUST_CHECK;

/* Returns whether the credentials of the session are known to carry a source identity. */
bool session_has_source_identity(const struct aws_session *session);
void session_note_source_identity(struct aws_session *session);

/* Returns when keys that were received at now_ms are to be renewed: five minutes before their
 * expiry, or when a quarter of their lifetime is left if that is later. 0: never. */
int64_t session_refresh_ms(int64_t now_ms, int64_t expires_ms);

#endif
