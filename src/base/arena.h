/*
 * igd_arena: memory that is given back all at once.
 *
 * Three kinds live in the program: one for a run (definitions, schema), one for each batch (it
 * travels with the batch from thread to thread, never used by two at a time), and scratch ones
 * inside a function. A function that takes `igd_arena *mem` returns memory of that arena.
 *
 * Allocation never fails upwards: when the system has no memory the process aborts with a message.
 * Sizes that come from input are therefore checked against a limit before they get here.
 */
#ifndef IGD_BASE_ARENA_H
#define IGD_BASE_ARENA_H

#include <stdarg.h>

#include "base/attributes.h"
#include "base/str.h"

typedef struct igd_arena igd_arena;

igd_arena *igd_arena_new(void);
void igd_arena_free(igd_arena *mem); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_arena, igd_arena_free)

/* Forgets all that was allocated but keeps one block, so that a batch can be used again. */
void igd_arena_reset(igd_arena *mem);

/* Bytes taken from the system. */
size_t igd_arena_bytes(const igd_arena *mem);

/* Aligned for any object. The first is not initialised, the second is zero. */
void *igd_arena_alloc(igd_arena *mem, size_t bytes);
void *igd_arena_zero(igd_arena *mem, size_t bytes);

#define IGD_NEW(mem, type)          ((type *)igd_arena_zero((mem), sizeof(type)))
#define IGD_NEW_ARRAY(mem, type, n) ((type *)igd_arena_zero((mem), sizeof(type) * (size_t)(n)))

/* Copies, always with a NUL after the last byte. */
igd_str igd_arena_str(igd_arena *mem, igd_str text);
char *igd_arena_cstr(igd_arena *mem, igd_str text);
igd_str igd_arena_printf(igd_arena *mem, const char *format, ...) IGD_PRINTF(2, 3);

/* malloc and realloc that abort when there is no memory; for what is not in an arena. */
void *igd_xmalloc(size_t bytes);
void *igd_xrealloc(void *old, size_t bytes);

#endif
