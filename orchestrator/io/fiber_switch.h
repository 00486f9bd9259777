/*
 * The switch between stacks; private to this room. A place is where one of them goes on: a jmp_buf
 * that the switch fills, good for one return. Both stacks are the same thread's.
 */
#ifndef REEVE_IO_FIBER_SWITCH_H
#define REEVE_IO_FIBER_SWITCH_H

#include "io/fiber_stack.h"

#include <setjmp.h>
#include <ucontext.h>

/* Leaves this stack, and goes on where the other was left. Returns when somebody switches back to
 * `from`. */
void fiber_switch(jmp_buf from, jmp_buf to);

/* The same to a stack that has run nothing yet, or nothing that is still needed: calls body() on
 * it, which must not return. */
void fiber_switch_first(jmp_buf from, const struct fiber_stack *stack, void (*body)(void));

#endif
