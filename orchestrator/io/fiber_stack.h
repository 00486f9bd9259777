/*
 * The stack of a fiber: an anonymous mapping with a guard area below, and what the
 * sanitizers and valgrind must be told about it. Private to this room.
 */
#ifndef REEVE_IO_FIBER_STACK_H
#define REEVE_IO_FIBER_STACK_H

#include "base/compiler.h"

#include <stddef.h>

struct fiber_stack {
	void *mapping; /* the guard area, then the stack; NULL when there is none */
	void *bottom;  /* lowest usable address */
	size_t size_bytes;
	unsigned valgrind_id;
};

/* Returns 128 KiB, or 512 KiB where a tool makes frames larger. */
size_t fiber_stack_default_bytes(void);

/* Returns -1 with errno set when the memory can't be mapped. */
int fiber_stack_map(struct fiber_stack *stack, size_t size_bytes) MUST_CHECK;
void fiber_stack_unmap(struct fiber_stack *stack);

/* Gives the pages back to the system and keeps the addresses; the contents are lost. */
void fiber_stack_trim(struct fiber_stack *stack);

/* The three below surround each change of stacks, and are nothing without AddressSanitizer.
 * `fake` keeps the fake stack of the stack that is left, NULL when it is left for good. */
void fiber_stack_leave(void **fake, const void *bottom, size_t size_bytes);
void fiber_stack_arrive(void *fake, const void **left_bottom, size_t *left_size_bytes);
/* Forgets the poisoned frames of a body that has ended. */
void fiber_stack_clean(struct fiber_stack *stack);

#endif
