/* How a command fails. */
#ifndef REEVE_CMD_FAIL_H
#define REEVE_CMD_FAIL_H

struct err;

/* Prints "reeve: error: …" to stderr, escaped; returns EXIT_FAULT. */
int command_fail(const struct err *err);

#endif
