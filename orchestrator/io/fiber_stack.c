#include "io/fiber_stack.h"

#include "base/banned.h"

#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

enum {
	/* More than one page, since a frame with large locals could step over a single page. */
	GUARD_BYTES = 64 * 1024,
	DEFAULT_BYTES = 128 * 1024,
	TOOL_BYTES = 512 * 1024,
	/* The pages that a call to AWS needs are requested at once, since one page fault for each
	 * costs several times as much. */
	FIRST_BYTES = 16 * 1024,
};

size_t fiber_stack_default_bytes(void)
{
#ifdef WITH_ASAN
	return TOOL_BYTES;
#else
	return RUNNING_ON_VALGRIND ? TOOL_BYTES : DEFAULT_BYTES;
#endif
}

int fiber_stack_map(struct fiber_stack *stack, size_t size_bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	size_bytes = (size_bytes + page - 1) / page * page;
	void *mapping = mmap(NULL, GUARD_BYTES + size_bytes, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (mapping == MAP_FAILED)
		return -1;
	void *bottom = (char *)mapping + GUARD_BYTES;
	if (mprotect(bottom, size_bytes, PROT_READ | PROT_WRITE) < 0) {
		munmap(mapping, GUARD_BYTES + size_bytes);
		return -1;
	}
#ifdef MADV_POPULATE_WRITE
	if (size_bytes > FIRST_BYTES)
		(void)madvise((char *)bottom + size_bytes - FIRST_BYTES, FIRST_BYTES,
			MADV_POPULATE_WRITE); /* an older kernel refuses this, which does no harm */
#endif
	*stack = (struct fiber_stack){
		.mapping = mapping,
		.bottom = bottom,
		.size_bytes = size_bytes,
		.valgrind_id = VALGRIND_STACK_REGISTER(bottom, (char *)bottom + size_bytes),
	};
	return 0;
}

void fiber_stack_unmap(struct fiber_stack *stack)
{
	if (stack->mapping == NULL)
		return;
	fiber_stack_clean(stack);
	VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
	munmap(stack->mapping, GUARD_BYTES + stack->size_bytes);
	*stack = (struct fiber_stack){ 0 };
}

void fiber_stack_trim(struct fiber_stack *stack)
{
	madvise(stack->bottom, stack->size_bytes, MADV_DONTNEED);
}

#ifdef WITH_ASAN

void fiber_stack_leave(void **fake, const void *bottom, size_t size_bytes)
{
	__sanitizer_start_switch_fiber(fake, bottom, size_bytes);
}

void fiber_stack_arrive(void *fake, const void **left_bottom, size_t *left_size_bytes)
{
	__sanitizer_finish_switch_fiber(fake, left_bottom, left_size_bytes);
}

void fiber_stack_clean(struct fiber_stack *stack)
{
	__asan_unpoison_memory_region(stack->bottom, stack->size_bytes);
}

#else

void fiber_stack_leave(void **fake, const void *bottom, size_t size_bytes)
{
	(void)fake;
	(void)bottom;
	(void)size_bytes;
}

void fiber_stack_arrive(void *fake, const void **left_bottom, size_t *left_size_bytes)
{
	(void)fake;
	(void)left_bottom;
	(void)left_size_bytes;
}

void fiber_stack_clean(struct fiber_stack *stack)
{
	(void)stack;
}

#endif
