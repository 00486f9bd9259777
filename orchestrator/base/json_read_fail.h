/* Reports what is wrong with JSON text, and where. */
#ifndef REEVE_BASE_JSON_READ_FAIL_H
#define REEVE_BASE_JSON_READ_FAIL_H

struct json_reader;

/* Fills the reader's error with the line and column of the place and with the problem; returns -1.
 */
int json_fail_at(struct json_reader *reader, const char *at, const char *problem);

#endif
