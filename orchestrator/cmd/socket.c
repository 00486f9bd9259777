#include "cmd/socket.h"

#include "base/banned.h"
#include "base/json.h"
#include "base/mem.h"
#include "cmd/socket_find.h"
#include "cmd/socket_http.h"

#define PATH_MAX_BYTES 8192
#define PAGE_ITEMS "limit=1000"

/* Finds the daemon's socket. Leaves *err as it is when the process that holds the state folder is
 * no daemon. */
static int find_daemon(const struct invocation *invocation, char **path, struct err *err)
{
	switch (socket_find(invocation, path)) {
	case SOCKET_ANSWERS:
		return 0;
	case SOCKET_SILENT:
		(void)err_set(err, ERR_TIMEOUT, "DaemonSilent",
			"the daemon does not answer on %s; nothing was done. A user who can write to the state "
			"folder can still stop its changes with `reeve pause`",
			*path);
		break;
	case SOCKET_NONE:
		if (err->kind == ERR_NONE)
			(void)err_set(err, ERR_NETWORK, "NoDaemon",
				"the daemon of the state folder %s no longer answers", invocation->state_folder);
		break;
	}
	free(*path);
	*path = NULL;
	return -1;
}

/* --- requests --- */

void socket_path(struct buf *path, const char *before, const char *id, const char *after)
{
	buf_init(path, PATH_MAX_BYTES);
	buf_add_string(path, before);
	buf_add_percent(path, id, strlen(id), false);
	buf_add_string(path, after);
}

int socket_ask(const struct invocation *invocation, const char *method, const struct buf *path,
	const json_t *body, json_t **answer, struct err *err)
{
	struct err failure = ERR_INIT;
	CLEANUP_FREE char *socket = NULL;

	if (find_daemon(invocation, &socket, err) < 0)
		return -1;
	if (!buf_ok(path))
		return err_set(err, ERR_USAGE, "ArgumentTooLong", "the argument is too long to be an id");
	if (socket_http_ask(socket, method, path->data, body, answer, &failure) < 0) {
		/* When the daemon has just ended, the error of opening the folder, if any, says more. */
		if (!err_is(&failure, ERR_NETWORK, "NoDaemon") || err->kind == ERR_NONE)
			*err = failure;
		return -1;
	}
	err_clear(err);
	return 0;
}

int socket_get(const struct invocation *invocation, const char *path, const char *name,
	json_t **out, struct err *err)
{
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_BUF struct buf whole = BUF_INIT(PATH_MAX_BYTES);

	buf_add_string(&whole, path);
	if (socket_ask(invocation, "GET", &whole, NULL, &answer, err) < 0)
		return -1;
	*out = json_incref(name != NULL ? json_object_get(answer, name) : answer);
	if (*out != NULL)
		return 0;
	return err_set(err, ERR_PROTOCOL, "BadAnswer", "the daemon's answer has no key \"%s\"", name);
}

static int get_page(const struct invocation *invocation, const char *path, const char *after,
	json_t **page, struct err *err)
{
	CLEANUP_BUF struct buf whole = BUF_INIT(PATH_MAX_BYTES);

	buf_add_format(&whole, "%s%c" PAGE_ITEMS, path, strchr(path, '?') != NULL ? '&' : '?');
	if (after != NULL) {
		buf_add_string(&whole, "&after=");
		buf_add_percent(&whole, after, strlen(after), false);
	}
	return socket_ask(invocation, "GET", &whole, NULL, page, err);
}

int socket_list(const struct invocation *invocation, const char *path, const char *name,
	json_t **list, struct err *err)
{
	CLEANUP_JSON json_t *all = json_array();
	CLEANUP_JSON json_t *page = NULL;
	const char *after = NULL;

	do {
		json_t *next = NULL;

		if (get_page(invocation, path, after, &next, err) < 0)
			return -1;
		bool again = after != NULL && strcmp(json_get_string_or(next, "next", ""), after) == 0;
		json_decref(page);
		page = next;
		after = json_get_string(page, "next");
		if (again || !json_is_array(json_object_get(page, name)))
			return err_set(err, ERR_PROTOCOL, "BadAnswer",
				"the daemon's answer has no list \"%s\", or the list has no last page", name);
		json_array_extend(all, json_object_get(page, name));
	} while (after != NULL);
	*list = json_incref(all);
	return 0;
}

int socket_check_identity(const struct invocation *invocation, struct err *err)
{
	CLEANUP_FREE char *socket = NULL;

	if (invocation->as == NULL || strcmp(invocation->as, "aws") != 0)
		return 0;
	if (find_daemon(invocation, &socket, err) < 0)
		return -1;
	return err_set(err, ERR_USAGE, "IdentityNotCarried",
		"a daemon holds the state folder %s, and its socket %s identifies you by your system user "
		"only, so --as aws can't be used. Answer without --as, or over the HTTP API with your "
		"token",
		invocation->state_folder, socket);
}

json_t *socket_status(const struct invocation *invocation)
{
	CLEANUP_JSON json_t *answer = NULL;
	CLEANUP_FREE char *socket = NULL;
	struct err unused = ERR_INIT;

	if (socket_find(invocation, &socket) != SOCKET_ANSWERS ||
		socket_http_ask(socket, "GET", "/api/v1/status", NULL, &answer, &unused) < 0)
		return NULL;
	return json_incref(json_object_get(answer, "daemon"));
}
