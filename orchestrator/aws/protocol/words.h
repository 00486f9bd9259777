/*
 * Words: strings that a service chooses from a short list of its own ("ENABLED") and answers again
 * and again. One json string of each is kept and shared, so that an answer made of them costs no
 * allocation for each. Private to this room.
 */
#ifndef REEVE_AWS_PROTOCOL_WORDS_H
#define REEVE_AWS_PROTOCOL_WORDS_H

#include <jansson.h>
#include <stddef.h>

/* Returns a new reference to the string. The number of strings that are kept is bounded, whatever a
 * service answers: a new word takes the place of another, and a long one is not kept. Nothing may
 * change the string. Only the loop's thread may call it. */
json_t *aws_word_string(const char *text, size_t length);

#endif
