/*
 * Keys out of single columns, of all ancestors' keys, and of lists.
 */
#include "sync/references.h"

#include "base/json_read.h"

static void add_elements(igd_str json, igd_arena *mem, igd_reference_keys *out)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, json, mem, 2);
    while (igd_json_next(&reader) != IGD_JSON_END && reader.event != IGD_JSON_ERROR) {
        if (reader.event != IGD_JSON_STRING && reader.event != IGD_JSON_NUMBER)
            continue;
        igd_value *key = IGD_NEW(mem, igd_value);
        *key = igd_value_string(reader.text);
        IGD_PUSH(mem, out, key);
    }
}

void igd_reference_keys_of(const igd_reference *reference, const igd_value *row, igd_arena *mem,
                           igd_reference_keys *out)
{
    const igd_value *value = &row[reference->column];
    if (value->kind == IGD_NULL)
        return;
    if (reference->list)
        add_elements(value->text, mem, out);
    else
        IGD_PUSH(mem, out, value);
}
