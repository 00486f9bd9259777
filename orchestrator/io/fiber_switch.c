/*
 * Switches from one stack to another. swapcontext asks the kernel for the signal mask at every
 * switch, which made two system calls for each wait, as many as all others of a sweep together. So
 * ucontext only makes the first frame of a new stack, and _setjmp and _longjmp, which leave the
 * mask alone, do the rest.
 */
#undef _FORTIFY_SOURCE /* the fortified longjmp would abort on a jump to another stack */

#include "io/fiber_switch.h"

#include "base/banned.h"

void fiber_switch(jmp_buf from, jmp_buf to)
{
	if (_setjmp(from) == 0)
		_longjmp(to, 1);
}

void fiber_switch_first(jmp_buf from, const struct fiber_stack *stack, void (*body)(void))
{
	ucontext_t first;

	getcontext(&first);
	first.uc_stack.ss_sp = stack->bottom;
	first.uc_stack.ss_size = stack->size_bytes;
	first.uc_link = NULL;
	makecontext(&first, body, 0);
	if (_setjmp(from) == 0)
		setcontext(&first);
}
