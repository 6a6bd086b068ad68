/*
 * For the tests of reading records: a collection made from a few fields, a table mapped from it,
 * and what was read as text, so that a test is an input and what it should say.
 */
#ifndef IGD_TESTS_RECORD_FIXTURE_H
#define IGD_TESTS_RECORD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/records.h"
#include "schema/mapping.h"

typedef struct fixture {
    igd_arena *mem;
    igd_definition definition;
    const igd_table *table;
    igd_record_reader *reader;
    igd_problems problems;
    igd_records records;
} fixture;

static inline igd_field make_field(const char *name, const char *type)
{
    igd_field field = {.name = igd_str_from(name)};
    assert_int_not_equal(igd_type_parse(igd_str_from(type), &field.type, NULL), IGD_TYPE_UNKNOWN);
    return field;
}

/* Maps the definition; the fields, key and so on are set already. From here on the fixture stays
 * where it is: the reader points into it. */
static inline void fixture_map(fixture *f, const char *key_column)
{
    const igd_collection *models[2] = {&f->definition.model, f->definition.model.parent};
    size_t count = models[1] ? 2 : 1;
    igd_schema schema;
    igd_map_schema(models, count, &(igd_mapping){.key_column = igd_str_from(key_column)}, f->mem,
                   &f->problems, &schema);
    for (size_t n = 0; n < f->problems.len; n++)
        fail_msg("%.*s", IGD_STR_ARG(f->problems.items[n].reason));
    f->table = igd_schema_collection(&schema, f->definition.model.id);
    assert_non_null(f->table);
    f->reader = igd_record_reader_new(&f->definition, f->table, NULL, f->mem);
}

static inline fixture fixture_new(const char *format, igd_record_type type, const igd_field *fields,
                                  size_t count)
{
    igd_arena *mem = igd_arena_new();
    fixture f = {.mem = mem, .problems = IGD_PROBLEMS_INIT(mem)};
    f.definition.format = igd_format_find(igd_str_from(format));
    assert_non_null(f.definition.format);
    f.definition.content_field = IGD_STR("$content");
    f.definition.model = (igd_collection){
        .id = IGD_STR("things"),
        .name = IGD_STR("things"),
        .record_type = type,
        .fields = IGD_NEW_ARRAY(mem, igd_field, count),
        .field_count = count,
    };
    for (size_t n = 0; n < count; n++) {
        f.definition.model.fields[n] = fields[n];
        IGD_PUSH(mem, &f.definition.columns_order, fields[n].name);
    }
    return f;
}

static inline void fixture_free(fixture *f)
{
    igd_arena_free(f->mem);
}

/* Reads a file; the key is that of a single record. The bytes are copied to their exact size, so
 * that reading beyond them is found. */
static inline void fixture_read_bytes(fixture *f, const char *key, igd_str bytes)
{
    static const igd_str ancestors[] = {{"parent", 6}, {"middle", 6}};
    char *copy = malloc(bytes.len > 0 ? bytes.len : 1);
    assert_non_null(copy);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    igd_arena *batch = igd_arena_new();
    igd_record_file file = {
        .bytes = {copy, bytes.len},
        .path = IGD_STR("things/file"),
        .ancestors = ancestors,
        .key = igd_str_from(key),
    };
    f->problems = IGD_PROBLEMS_INIT(f->mem);
    igd_records read;
    igd_records_read(f->reader, &file, batch, &f->problems, &read);
    /* Problems outlive the batch, rows are copied to outlive it here. */
    f->records = (igd_records){.unreadable = read.unreadable};
    for (size_t n = 0; n < read.len + read.invalid_len; n++) {
        bool valid = n < read.len;
        const igd_record *from = valid ? &read.items[n] : &read.invalid[n - read.len];
        igd_value *row = IGD_NEW_ARRAY(f->mem, igd_value, f->table->column_count);
        for (size_t c = 0; c < f->table->column_count; c++)
            row[c] = igd_value_copy(&from->row[c], f->mem);
        igd_record record = {.row = row, .line = from->line};
        if (valid)
            IGD_PUSH(f->mem, &f->records, record);
        else
            f->records.invalid_len++;
        if (!valid) {
            if (!f->records.invalid)
                f->records.invalid = IGD_NEW_ARRAY(f->mem, igd_record, read.invalid_len);
            f->records.invalid[n - read.len] = record;
        }
    }
    igd_arena_free(batch);
    free(copy);
}

static inline void fixture_read(fixture *f, const char *key, const char *text)
{
    fixture_read_bytes(f, key, igd_str_from(text));
}

/* "id=a name=b | id=c": columns that are not null, rows separated. */
static inline const char *fixture_rows(fixture *f)
{
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < f->records.len; n++) {
        igd_buf_puts(&text, n > 0 ? " | " : "");
        for (size_t c = 0; c < f->table->column_count; c++) {
            const igd_value *value = &f->records.items[n].row[c];
            if (value->kind == IGD_NULL)
                continue;
            const igd_column *column = &f->table->columns[c];
            assert_int_equal(value->kind, column->type.kind);
            igd_buf_printf(&text, "%s%.*s=", c > 0 ? " " : "", IGD_STR_ARG(column->name));
            igd_value_write(value, &text);
        }
    }
    const char *copy = igd_arena_cstr(f->mem, igd_buf_view(&text));
    igd_buf_free(&text);
    return copy;
}

/* "required 3:1 price|bounds 4:8 size" in the order in which they were found; warnings have a '?'
 * in front, records without a key a '!'. */
static inline const char *fixture_problems(fixture *f)
{
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < f->problems.len; n++) {
        const igd_problem *problem = &f->problems.items[n];
        assert_string_equal(igd_arena_cstr(f->mem, problem->path), "things/file");
        assert_true(igd_str_eq(problem->collection, f->definition.model.id));
        assert_int_equal(problem->key.len > 0, problem->key_json.len > 0);
        assert_true(problem->reason.len > 0);
        igd_buf_printf(&text, "%s%s%s%s %u:%u%s%.*s", n > 0 ? "|" : "",
                       problem->severity == IGD_PROBLEM_WARNING ? "?" : "",
                       problem->key.len == 0 ? "!" : "", problem->code, problem->line,
                       problem->column, problem->field.len > 0 ? " " : "",
                       IGD_STR_ARG(problem->field));
    }
    const char *copy = igd_arena_cstr(f->mem, igd_buf_view(&text));
    igd_buf_free(&text);
    return copy;
}

/* The first problem's reason. */
static inline const char *fixture_reason(fixture *f)
{
    return f->problems.len == 0 ? "" : igd_arena_cstr(f->mem, f->problems.items[0].reason);
}

static inline const char *fixture_hint(fixture *f)
{
    return f->problems.len == 0 ? "" : igd_arena_cstr(f->mem, f->problems.items[0].hint);
}

#endif
