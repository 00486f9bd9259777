/*
 * The client marks in a struct err whether a mutating call may have taken effect;
 * aws_error_had_no_effect reads the marks.
 */
#ifndef REEVE_AWS_ERRORS_H
#define REEVE_AWS_ERRORS_H

#include "base/err.h"

/* Code of a network failure before the first byte was sent. */
#define ERRORS_NOT_SENT "NotSent"

/* Marks that nothing of the call itself was sent. */
void errors_mark_not_sent(struct err *err);
/* Marks, with status 0, that this attempt was refused but an earlier one had no clear answer. */
void errors_mark_uncertain(struct err *err);

#endif
