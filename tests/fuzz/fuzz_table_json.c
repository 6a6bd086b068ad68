/*
 * Fuzzes the reader of recorded tables: what it accepts is written and read again to the same
 * bytes, and can be compared with itself without a difference.
 */
#include <stdio.h>
#include <stdlib.h>

#include "schema/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_error err = IGD_ERROR_INIT;
    igd_table table, again;
    int code = igd_table_from_json((igd_str){(const char *)data, size}, mem, &table, &err);
    require(code == IGD_OK || code == IGD_E_FORMAT, "only the format can be wrong");
    if (code != IGD_OK)
        return 0;
    igd_str json = igd_table_to_json(&table, mem);
    require(igd_table_from_json(json, mem, &again, &err) == IGD_OK, "what is written can be read");
    require(igd_str_eq(json, igd_table_to_json(&again, mem)), "the bytes are the same");
    igd_op_list ops = {0};
    igd_table_diff(&table, &again, mem, &ops);
    require(ops.len == 0, "a table is equal to itself");
    return 0;
}
