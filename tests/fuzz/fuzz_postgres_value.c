/*
 * Fuzz target: texts of a PostgreSQL server as values, and values of git as what it cannot hold.
 *
 * What is no raw value is in canonical form: read once more it is the same. A document that the
 * server can hold comes back as it is.
 */
#include <stdint.h>
#include <stdlib.h>

#include "schema/canonical.h"
#include "targets/postgres/postgres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_document(igd_str text, igd_arena *mem)
{
    igd_column columns[2] = {{.type.kind = IGD_STRING}, {.type.kind = IGD_JSON}};
    igd_table table = {.columns = columns, .column_count = 2, .key_count = 1};
    igd_value value = {.kind = IGD_JSON};
    if (igd_canonical_json(text, mem, &value.text) || igd_pg_unsupported(&table, 1, &value))
        return;
    igd_value back = igd_pg_value(IGD_JSON, value.text, mem);
    if (!igd_value_eq(&value, &back))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_kind kind = (igd_kind)(data[0] % (IGD_RAW + 1));
    igd_str text = igd_arena_str(mem, (igd_str){(const char *)data + 1, size - 1});
    igd_value value = igd_pg_value(kind, text, mem);
    if (value.kind != IGD_RAW && value.kind != kind)
        abort();
    if (value.kind == IGD_JSON) {
        igd_value again = igd_pg_value(kind, value.text, mem);
        if (!igd_value_eq(&value, &again))
            abort();
    }
    check_document(text, mem);
    return 0;
}
