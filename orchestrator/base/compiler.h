/*
 * Compiler attributes that say what a declaration means.
 *
 * MUST_CHECK: the result is an outcome and may not be dropped.
 * MAY_YIELD:  the function may suspend the calling fiber. Nothing that belongs
 *             to the loop's thread as a whole (an LMDB transaction, errno, a
 *             static buffer, a registry iterator) may be held across the call.
 *             The word expands to nothing; `tests/check` greps for it.
 */
#ifndef REEVE_BASE_COMPILER_H
#define REEVE_BASE_COMPILER_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define MAY_YIELD

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
