/*
 * Fuzzes exclude_regex: the first line is the expression, the rest a file name. Neither compiling
 * nor matching may need much memory or time; what is refused says why.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ingitdb/exclude.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str text = {(const char *)data, size}, why = {0};
    ptrdiff_t end = igd_str_find(text, '\n');
    igd_str pattern = igd_str_sub(text, 0, end < 0 ? size : (size_t)end);
    igd_str name = igd_str_sub(text, pattern.len + 1, 255);
    if (size == 0)
        return 0;
    igd_exclude *exclude = igd_exclude_compile(pattern, mem, &why);
    if (!exclude && why.len == 0) {
        fprintf(stderr, "refused without a reason\n");
        abort();
    }
    if (!exclude)
        return 0;
    bool once = igd_exclude_matches(exclude, name);
    if (once != igd_exclude_matches(exclude, name) ||
        !igd_str_eq(pattern, igd_exclude_pattern(exclude)))
        abort();
    igd_exclude_free(exclude);
    return 0;
}
