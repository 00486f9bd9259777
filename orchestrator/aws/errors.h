/*
 * The client marks in a struct err whether a mutating call may have taken effect;
 * aws_error_had_no_effect reads the marks.
 */
#ifndef REEVE_AWS_ERRORS_H
#define REEVE_AWS_ERRORS_H

#include <stdbool.h>

#include "base/err.h"

/* Code of a network failure before the first byte was sent. */
#define ERRORS_NOT_SENT "NotSent"

/* Fails a call or a look-up because the run is stopping. Returns -1. */
int errors_cancelled(struct err *err);
/* Marks that nothing of the call itself was sent. */
void errors_mark_not_sent(struct err *err);
/* Marks, with status 0, that this attempt was refused but an earlier one had no clear answer. */
void errors_mark_uncertain(struct err *err);

bool aws_error_is_access_denied(const struct err *err); /* in any protocol's words */
bool aws_error_is_throttle(const struct err *err);
bool aws_error_is_not_found(const struct err *err, const char *code); /* ERR_AWS and that code (with
																		 or without "Exception") */
/* Returns whether it is certain that a failed mutating call had no effect (refused, throttled,
 * never sent). A refusal that followed an attempt of unknown outcome keeps its code, has
 * http_status 0, and is not certain. */
bool aws_error_had_no_effect(const struct err *err);

#endif
