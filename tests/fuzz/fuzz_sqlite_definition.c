/*
 * CREATE TABLE texts: what is understood is written and understood again as the same.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "targets/sqlite/definition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str text = {(const char *)data, size};
    igd_definition first, second;
    if (igd_definition_parse(text, mem, &first) || first.columns.len == 0)
        return 0;
    IGD_CLEANUP(igd_buf)
    igd_buf written = IGD_BUF_INIT;
    igd_definition_write(&first, IGD_STR("t"), &written);
    if (igd_definition_parse(igd_buf_view(&written), mem, &second) ||
        second.columns.len != first.columns.len || second.clauses.len != first.clauses.len)
        abort();
    return 0;
}
