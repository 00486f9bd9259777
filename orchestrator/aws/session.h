/* Private to the client and the providers: the functions of sessions that credentials.h does not
 * have. */
#ifndef REEVE_AWS_SESSION_H
#define REEVE_AWS_SESSION_H

#include "aws/credentials/credentials.h"

struct aws_session *session_new_default(struct aws *aws);
void session_free_default(struct aws_session *session); /* NULL is fine */
/* Makes a session of fixed keys, which are taken over. */
struct aws_session *session_new_static(struct aws *aws, const struct aws_credentials *keys);

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

struct session_role;

/* Finds credentials by the standard chain. With `again` the shared files are read anew. */
MAY_YIELD int credentials_resolve(struct aws *aws, bool again, struct aws_credentials *out,
	struct err *err) MUST_CHECK;

#endif
