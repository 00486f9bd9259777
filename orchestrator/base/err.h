/*
 * One error, owned by the caller and filled by the function that failed.
 *
 * Every function that can fail returns int (0, or -1 with *err filled) and takes
 * `struct err *err` last. There is no global or thread-local error: it would not
 * survive a yield. A message names what failed, where, and what to do about it;
 * it never holds a secret. Text of remote origin is escaped when it is printed.
 */
#ifndef REEVE_BASE_ERR_H
#define REEVE_BASE_ERR_H

#include "base/compiler.h"

#include <stdarg.h>
#include <stdbool.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_USAGE,       /* the command line */
	ERR_CONFIG,      /* the configuration */
	ERR_SYSTEM,      /* the machine: files, memory maps, sockets of ours */
	ERR_STORE,       /* the state folder; ends all mutation */
	ERR_BUSY,        /* another process holds the state folder */
	ERR_NETWORK,     /* no connection, or it broke */
	ERR_TIMEOUT,     /* no answer in time */
	ERR_PROTOCOL,    /* the answer is not in a form that AWS uses */
	ERR_AWS,         /* AWS refused: http_status, code and request_id are set */
	ERR_CREDENTIALS, /* no usable credentials */
	ERR_UNDECLARED,  /* the call was not declared by its user, which is a bug of Reeve */
	ERR_CANCELLED,   /* the run is stopping */
	ERR_LIMIT,       /* a limit of Reeve: depth, size, count */
};

struct err {
	enum err_kind kind;
	int http_status;     /* 0 unless an HTTP answer was read */
	char code[96];       /* AWS's error code, or a CamelCase word of ours; never empty once set */
	char request_id[72]; /* AWS's request id, or "" */
	char message[768];
	const char *file;
	int line;
};

#define ERR_INIT { .kind = ERR_NONE }

/* Fills *err (err may be NULL) and returns -1, so that `return err_set(...)` reads well. */
#define err_set(err, kind, code, ...) \
	err_set_at((err), (kind), (code), __FILE__, __LINE__, __VA_ARGS__)

int err_set_at(struct err *err, enum err_kind kind, const char *code, const char *file, int line,
	const char *format, ...) PRINTF_LIKE(6, 7);

/* Puts "context: " before the message and keeps everything else. Returns -1. */
int err_prefix(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

void err_clear(struct err *err);
bool err_is(const struct err *err, enum err_kind kind, const char *code);

/* Returns a word for the kind: "network", "aws", ... */
const char *err_kind_name(enum err_kind kind);

#endif
