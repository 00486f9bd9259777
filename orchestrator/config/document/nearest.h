/* Finds the nearest known name by edits. */
#ifndef REEVE_CONFIG_DOCUMENT_NEAREST_H
#define REEVE_CONFIG_DOCUMENT_NEAREST_H

struct nearest;

void nearest_init(struct nearest *nearest, const char *given);
void nearest_offer(struct nearest *nearest, const char *name);

#endif
