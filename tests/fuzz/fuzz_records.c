/*
 * Fuzzes the reading of records: the first byte chooses format and record type, the rest is the
 * file. What holds: a row has its keys, the kinds of its columns, nothing that is required is null,
 * values are canonical, no key is there twice; a record that is left out has been reported, and
 * problems say where and why.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "ingitdb/records.h"
#include "schema/canonical.h"
#include "schema/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static const char *const types[] = {
    "string", "int",    "float",   "bool",       "date",           "time",
    "any",    "[]int",  "[]float", "[]datetime", "map[string]any", "map[locale]string",
    "string", "string", "int",     "datetime"};

/* Columns a to p: one of each type, some with constraints; `l` is the map of `k`'s locale. */
static igd_collection make_model(igd_record_type type, igd_arena *mem)
{
    igd_field *fields = IGD_NEW_ARRAY(mem, igd_field, IGD_COUNT(types));
    for (size_t n = 0; n < IGD_COUNT(types); n++) {
        fields[n].name = igd_arena_printf(mem, "%c", (int)('a' + n));
        require(igd_type_parse(igd_str_from(types[n]), &fields[n].type, NULL) == IGD_TYPE_OK,
                "the types are known");
    }
    fields[0].required = true;
    fields[0].max_length = (igd_limit){true, 8};
    fields[1].min_value = IGD_STR("-0.5");
    fields[2].max_value = IGD_STR("1e3");
    fields[7].max_length = (igd_limit){true, 3};
    fields[11].name = IGD_STR("ms");
    fields[12].locale = IGD_STR("en");
    fields[13].foreign_key = fields[14].foreign_key = IGD_STR("things");
    igd_collection model = {
        .id = IGD_STR("things"),
        .name = IGD_STR("things"),
        .record_type = type,
        .fields = fields,
        .field_count = IGD_COUNT(types),
    };
    if (type == IGD_RECORD_LIST)
        IGD_PUSH(mem, &model.primary_key, fields[0].name);
    return model;
}

static void check_value(const igd_column *column, const igd_value *value, igd_arena *mem)
{
    igd_value again;
    if (value->kind == IGD_NULL) {
        require(!column->not_null, "what is required is there");
        return;
    }
    require(value->kind == column->type.kind, "values have the column's kind");
    igd_str text = igd_value_text(value, mem);
    require(!column->key_text || text.len > 0, "keys are not empty");
    require(text.len == 0 || !memchr(text.ptr, 0, text.len), "there is no NUL");
    require(!igd_value_parse(value->kind, text, mem, &again), "canonical text can be read");
    require(igd_value_eq(value, &again), "values are canonical");
    if (value->kind == IGD_JSON)
        require(!igd_canonical_json(text, mem, &text) && igd_str_eq(text, value->text),
                "JSON is canonical");
}

static void check_records(const igd_table *table, const igd_records *records,
                          const igd_problems *problems, igd_arena *mem)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *keys = igd_map_new();
    for (size_t n = 0; n < records->len + records->invalid_len; n++) {
        bool valid = n < records->len;
        const igd_value *row =
            valid ? records->items[n].row : records->invalid[n - records->len].row;
        require(row[0].kind == IGD_STRING && row[0].text.len > 0, "a row has its key");
        require(!igd_map_put(keys, row[0].text, &keys), "no key is there twice");
        for (size_t c = 1; c < table->column_count; c++)
            if (valid)
                check_value(&table->columns[c], &row[c], mem);
            else
                require(row[c].kind == IGD_NULL, "of an invalid record there is only the key");
    }
    require((records->invalid_len == 0 && !records->unreadable) || problems->invalid > 0,
            "what is left out has been reported");
    require(!records->unreadable || records->len == 0, "a broken file has no records");
    for (size_t n = 0; n < problems->len; n++) {
        const igd_problem *problem = &problems->items[n];
        require(problem->line > 0 && problem->reason.len > 0, "problems say where and why");
        require(igd_str_is_utf8(problem->reason) && igd_str_is_utf8(problem->hint),
                "messages are UTF-8");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const igd_format *format;
        igd_record_type type;
    } ways[] = {
        {&igd_format_yaml, IGD_RECORD_SINGLE}, {&igd_format_yaml, IGD_RECORD_LIST},
        {&igd_format_yaml, IGD_RECORD_MAP},    {&igd_format_json, IGD_RECORD_LIST},
        {&igd_format_csv, IGD_RECORD_LIST},    {&igd_format_toml, IGD_RECORD_SINGLE},
    };
    if (size == 0)
        return 0;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    size_t way = data[0] % IGD_COUNT(ways);
    igd_definition definition = {
        .model = make_model(ways[way].type, mem),
        .format = ways[way].format,
    };
    for (size_t n = 0; n < IGD_COUNT(types); n++)
        IGD_PUSH(mem, &definition.columns_order, definition.model.fields[n].name);
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    const igd_collection *model = &definition.model;
    igd_schema schema;
    igd_map_schema(&model, 1, &(igd_mapping){.key_column = IGD_STR("id")}, mem, &problems, &schema);
    require(schema.table_count == 1 && problems.len == 0, "the collection can be mapped");
    const igd_record_reader *reader = igd_record_reader_new(&definition, schema.tables, NULL, mem);
    igd_record_file file = {
        .bytes = {(const char *)data + 1, size - 1},
        .path = IGD_STR("file"),
        .key = definition.model.record_type == IGD_RECORD_SINGLE ? IGD_STR("k") : IGD_STR(""),
    };
    igd_records records;
    igd_records_read(reader, &file, mem, &problems, &records);
    check_records(schema.tables, &records, &problems, mem);
    return 0;
}
