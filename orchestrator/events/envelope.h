/* Finds out which kind of events a body holds, and decodes them. */
#ifndef REEVE_EVENTS_ENVELOPE_H
#define REEVE_EVENTS_ENVELOPE_H

#include "base/compiler.h"
#include "base/err.h"

#include <stddef.h>

struct signal_list;

/* Decodes one body. Returns -1 (ERR_PROTOCOL, or ERR_LIMIT when the body exceeds a limit) when no
 * event of it can be used. err->code is a word for counting (NotJson, TooLarge, TooDeep,
 * NotAnEvent, MissingField, WrongType, TooManyFindings, ...), and the message says which field of
 * which event is wrong. Text from the body is shortened and escaped in it. */
int signals_decode(const char *body, size_t length, struct signal_list *out, struct err *err)
	MUST_CHECK;

#endif
