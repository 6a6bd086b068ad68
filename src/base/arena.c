/*
 * igd_arena: a list of blocks, the newest in front; allocation moves a mark through that one.
 * Under AddressSanitizer what has not been handed out, or was forgotten by a reset, is poisoned,
 * so that a view that outlives its batch is found.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define ALIGNMENT   alignof(max_align_t)
#define BLOCK_FIRST (size_t)4096
#define BLOCK_MOST  ((size_t)1 << 20)

typedef struct block {
    struct block *next;
    size_t size; /* of data */
    size_t used;
    alignas(max_align_t) char data[];
} block;

struct igd_arena {
    block *blocks;
    size_t block_size; /* of the next ordinary block */
    size_t bytes;
};

static _Noreturn void out_of_memory(size_t bytes)
{
    fprintf(stderr, "out of memory: cannot allocate %zu bytes\n", bytes);
    abort();
}

void *igd_xmalloc(size_t bytes)
{
    void *memory = malloc(bytes > 0 ? bytes : 1);
    if (!memory)
        out_of_memory(bytes);
    return memory;
}

void *igd_xrealloc(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes > 0 ? bytes : 1);
    if (!memory)
        out_of_memory(bytes);
    return memory;
}

igd_arena *igd_arena_new(void)
{
    igd_arena *mem = igd_xmalloc(sizeof(*mem));
    *mem = (igd_arena){.block_size = BLOCK_FIRST, .bytes = sizeof(*mem)};
    return mem;
}

static void free_block(igd_arena *mem, block *old)
{
    mem->bytes -= sizeof(*old) + old->size;
    ASAN_UNPOISON_MEMORY_REGION(old->data, old->size);
    free(old);
}

void igd_arena_free(igd_arena *mem)
{
    if (!mem)
        return;
    while (mem->blocks) {
        block *next = mem->blocks->next;
        free_block(mem, mem->blocks);
        mem->blocks = next;
    }
    free(mem);
}

/* Keeps the largest ordinary block: one huge record must not stay for the rest of the run. */
void igd_arena_reset(igd_arena *mem)
{
    block *keep = NULL;
    for (block *each = mem->blocks, *next; each; each = next) {
        next = each->next;
        if (each->size > BLOCK_MOST || (keep && keep->size >= each->size)) {
            free_block(mem, each);
            continue;
        }
        if (keep)
            free_block(mem, keep);
        keep = each;
    }
    mem->blocks = keep;
    if (keep) {
        keep->next = NULL;
        keep->used = 0;
        ASAN_POISON_MEMORY_REGION(keep->data, keep->size);
    }
}

size_t igd_arena_bytes(const igd_arena *mem)
{
    return mem->bytes;
}

/*
 * A block for `bytes`, a multiple of the alignment. What is large gets a block of its own behind
 * the current one, whose rest would otherwise be lost.
 */
static block *add_block(igd_arena *mem, size_t bytes)
{
    bool own = bytes > mem->block_size / 4;
    size_t size = own ? bytes : mem->block_size;
    if (size > SIZE_MAX - sizeof(block))
        out_of_memory(size);
    block *fresh = igd_xmalloc(sizeof(*fresh) + size);
    fresh->size = size;
    fresh->used = 0;
    mem->bytes += sizeof(*fresh) + size;
    ASAN_POISON_MEMORY_REGION(fresh->data, size);

    block **link = own && mem->blocks ? &mem->blocks->next : &mem->blocks;
    fresh->next = *link;
    *link = fresh;
    if (!own && mem->block_size < BLOCK_MOST)
        mem->block_size *= 2;
    return fresh;
}

void *igd_arena_alloc(igd_arena *mem, size_t bytes)
{
    if (bytes > SIZE_MAX - ALIGNMENT)
        out_of_memory(bytes);
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block *from = mem->blocks;
    if (!from || from->size - from->used < rounded)
        from = add_block(mem, rounded);
    char *memory = from->data + from->used;
    from->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
    return memory;
}

void *igd_arena_zero(igd_arena *mem, size_t bytes)
{
    return memset(igd_arena_alloc(mem, bytes), 0, bytes);
}

char *igd_arena_cstr(igd_arena *mem, igd_str text)
{
    char *copy = igd_arena_alloc(mem, text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

igd_str igd_arena_str(igd_arena *mem, igd_str text)
{
    return (igd_str){igd_arena_cstr(mem, text), text.len};
}

igd_str igd_arena_printf(igd_arena *mem, const char *format, ...)
{
    char small[256];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    if (len < sizeof(small))
        return igd_arena_str(mem, (igd_str){small, len});

    char *text = igd_arena_alloc(mem, len + 1);
    va_start(args, format);
    vsnprintf(text, len + 1, format, args);
    va_end(args);
    return (igd_str){text, len};
}
