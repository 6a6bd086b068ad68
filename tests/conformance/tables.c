/*
 * Tables, rows and whole runs in few words.
 */
#include <stdio.h>
#include <stdlib.h>

#include "suite.h"

static igd_kind kind_named(igd_str word, bool *key)
{
    igd_kind kind = IGD_STRING;
    *key = igd_str_is(word, "key");
    if (!*key)
        assert_true(igd_kind_from_name(word, &kind));
    return kind;
}

igd_table *suite_table(suite *s, const char *name, const char *columns)
{
    igd_table *table = IGD_NEW(s->mem, igd_table);
    IGD_LIST(igd_column) list = {0};
    table->name = table->collection = igd_str_from(name);
    igd_str rest = igd_str_from(columns), part;
    while (igd_str_split(&rest, ',', &part)) {
        part = igd_str_trim(part);
        ptrdiff_t space = igd_str_rfind(part, ' ');
        assert_true(space > 0);
        igd_column column = {.name = igd_str_sub(part, 0, (size_t)space), .field = IGD_FIELD_NONE};
        igd_str word = igd_str_sub(part, (size_t)space + 1, part.len);
        if (igd_str_ends(word, IGD_STR("!"))) {
            column.not_null = true;
            word.len--;
        }
        bool key;
        column.type.kind = kind_named(word, &key);
        column.type.shape = column.type.kind == IGD_JSON ? IGD_ANY : IGD_SCALAR;
        column.type.element = column.type.kind;
        if (key) {
            column.key_text = column.not_null = true;
            table->key_count++;
        }
        IGD_PUSH(s->mem, &list, column);
    }
    table->columns = list.items;
    table->column_count = list.len;
    igd_table_finish(table, s->mem);
    return table;
}

void suite_check_min(suite *s, igd_table *table, const char *name, const char *column,
                     const char *number)
{
    IGD_PUSH(s->mem, &table->checks,
             (igd_check){.name = igd_str_from(name),
                         .column = igd_str_from(column),
                         .kind = IGD_CHECK_MIN,
                         .number = igd_str_from(number)});
}

void suite_reference(suite *s, igd_table *table, const char *name, const char *column,
                     const char *ref_table, bool cascade)
{
    igd_foreign_key key = {
        .name = igd_str_from(name), .ref_table = igd_str_from(ref_table), .cascade = cascade};
    IGD_PUSH(s->mem, &key.columns, igd_str_from(column));
    IGD_PUSH(s->mem, &key.ref_columns, IGD_STR("id"));
    ptrdiff_t at = igd_table_column(table, key.columns.items[0]);
    assert_true(at >= 0);
    table->columns[at].key_text = true;
    IGD_PUSH(s->mem, &table->foreign_keys, key);
}

void suite_index(suite *s, igd_table *table, const char *name, const char *column)
{
    igd_index index = {.name = igd_str_from(name)};
    IGD_PUSH(s->mem, &index.columns, igd_str_from(column));
    IGD_PUSH(s->mem, &table->indexes, index);
    igd_column *indexed = &table->columns[igd_table_column(table, index.columns.items[0])];
    indexed->key_text = indexed->type.kind == IGD_STRING; /* as those that refer to others */
}

igd_value *suite_row(suite *s, const igd_table *table, ...)
{
    igd_value *row = IGD_NEW_ARRAY(s->mem, igd_value, table->column_count);
    va_list args;
    va_start(args, table);
    for (size_t n = 0; n < table->column_count; n++) {
        const char *text = va_arg(args, const char *);
        if (!text)
            continue;
        igd_kind kind = table->columns[n].type.kind;
        if (kind == IGD_STRING)
            row[n] = igd_value_string(igd_str_from(text));
        else if (kind == IGD_JSON)
            row[n] = (igd_value){.kind = IGD_JSON, .text = igd_str_from(text)};
        else
            assert_null(igd_value_parse(kind, igd_str_from(text), s->mem, &row[n]));
    }
    va_end(args);
    return row;
}

igd_change suite_put(const igd_table *table, const igd_value *row)
{
    return (igd_change){
        .kind = IGD_UPDATE, .table = table, .now = row, .path = IGD_STR("data/file.yaml")};
}

igd_change suite_delete(const igd_table *table, const igd_value *row)
{
    return (igd_change){.kind = IGD_DELETE,
                        .base_known = true,
                        .table = table,
                        .base_table = table,
                        .base = row,
                        .path = IGD_STR("data/file.yaml")};
}

igd_schema suite_schema(suite *s, size_t count, ...)
{
    igd_schema schema = {IGD_NEW_ARRAY(s->mem, igd_table, count), count};
    va_list args;
    va_start(args, count);
    for (size_t n = 0; n < count; n++)
        schema.tables[n] = *va_arg(args, const igd_table *);
    va_end(args);
    return schema;
}

igd_plan *suite_plan(suite *s, const igd_schema *from, const igd_schema *to)
{
    static const igd_schema none;
    igd_plan *plan = IGD_NEW(s->mem, igd_plan);
    igd_plan_make(from ? from : &none, to ? to : &none, s->target->limits.identifier_bytes, s->mem,
                  plan);
    return plan;
}

/* ---- runs ---- */

igd_source_state *suite_state(suite *s, const char *source, const char *run, const char *commit,
                              const igd_schema *schema)
{
    igd_source_state *state = IGD_NEW(s->mem, igd_source_state);
    state->source = igd_str_from(source);
    state->format_version = IGD_STATE_FORMAT;
    state->run_id = igd_str_from(run);
    state->commit_id = igd_str_from(commit);
    state->status = IGD_STR("synced");
    for (size_t n = 0; schema && n < schema->table_count; n++) {
        const igd_table *table = &schema->tables[n];
        igd_table_state entry = {.collection = table->collection,
                                 .table_name = table->name,
                                 .commit_id = state->commit_id,
                                 .reader_version = 1,
                                 .encoding_version = 1,
                                 .schema_json = igd_table_to_json(table, s->mem),
                                 .row_count = 7};
        IGD_PUSH(s->mem, &state->tables, entry);
    }
    return state;
}

const igd_source_state *suite_read(suite *s, const char *source)
{
    igd_state state;
    suite_ok(s, s->target->driver->state_read(s->target, s->mem, &state, &s->err));
    igd_state *copy = IGD_NEW(s->mem, igd_state);
    *copy = state;
    return igd_state_source(copy, igd_str_from(source));
}

const igd_source_state *suite_mark(suite *s, const char *source, const igd_plan *plan)
{
    if (!igd_goes_in_steps(s->target->caps, plan))
        return NULL;
    static unsigned runs;
    igd_source_state *mark = IGD_NEW(s->mem, igd_source_state);
    const igd_source_state *now = suite_read(s, source);
    if (now)
        *mark = *now;
    mark->source = igd_str_from(source);
    mark->format_version = IGD_STATE_FORMAT;
    mark->run_id = igd_arena_printf(s->mem, "mark-%u", runs++);
    mark->status = IGD_STR(IGD_STATE_IN_PROGRESS);
    mark->goal_commit_id = IGD_STR("goal");
    mark->base_commit_ids = now && now->commit_id.len ? now->commit_id : IGD_STR(IGD_STATE_NOTHING);
    return mark;
}

int suite_begin(suite *s, const char *source, const igd_plan *plan)
{
    igd_begin begin = {.source = igd_str_from(source),
                       .expected = suite_read(s, source),
                       .plan = plan,
                       .mark = suite_mark(s, source, plan),
                       .conflicts = s->conflicts};
    return s->target->driver->begin(s->target, &begin, &s->err);
}

int suite_schema_apply(suite *s, const igd_plan *plan, igd_part part)
{
    const igd_target_driver *driver = s->target->driver;
    return driver->schema_apply ? driver->schema_apply(s->target, plan, part, &s->err) : IGD_OK;
}

int suite_run(suite *s, const char *source, const char *commit, const igd_schema *from,
              const igd_schema *to, const igd_change *changes, size_t count)
{
    const igd_target_driver *driver = s->target->driver;
    igd_plan *plan = suite_plan(s, from, to);
    int rc = suite_begin(s, source, plan);
    if (rc)
        return rc;
    rc = suite_schema_apply(s, plan, IGD_PART_EXPAND);
    for (size_t n = 0; !rc && n < count; n++)
        rc = driver->apply(s->target, changes[n].table, &changes[n], 1, &s->err);
    if (!rc)
        rc = suite_schema_apply(s, plan, IGD_PART_CONTRACT);
    if (!rc) {
        static unsigned runs;
        igd_str run = igd_arena_printf(s->mem, "run-%u", runs++);
        rc = driver->commit(s->target, suite_state(s, source, run.ptr, commit, to), &s->err);
    }
    if (rc)
        driver->rollback(s->target);
    return rc;
}

typedef struct dump {
    igd_arena *mem;
    igd_str_list rows;
    size_t columns;
} dump;

static int dump_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    dump *to = payload;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < to->columns; n++) {
        if (n)
            igd_buf_byte(&text, '|');
        if (row[n].kind == IGD_NULL) {
            igd_buf_byte(&text, '-');
        } else if (row[n].kind == IGD_RAW) {
            igd_buf_byte(&text, '<');
            igd_buf_str(&text, row[n].text);
            igd_buf_byte(&text, '>');
        } else {
            igd_value_write(&row[n], &text);
        }
    }
    igd_buf_byte(&text, '\n');
    IGD_PUSH(to->mem, &to->rows, igd_arena_str(to->mem, igd_buf_view(&text)));
    return IGD_OK;
}

static int compare_texts(const void *a, const void *b)
{
    return igd_str_cmp(*(const igd_str *)a, *(const igd_str *)b);
}

igd_str suite_dump(suite *s, const igd_table *table)
{
    dump to = {.mem = s->mem, .columns = table->column_count};
    igd_buf all = IGD_BUF_INIT;
    suite_ok(s, s->target->driver->scan(s->target, table, dump_row, &to, &s->err));
    if (to.rows.len && !(s->target->caps & IGD_CAP_ORDERED_SCAN))
        qsort(to.rows.items, to.rows.len, sizeof(*to.rows.items), compare_texts);
    for (size_t n = 0; n < to.rows.len; n++)
        igd_buf_str(&all, to.rows.items[n]);
    igd_str text = igd_arena_str(s->mem, igd_buf_view(&all));
    igd_buf_free(&all);
    return text;
}

igd_table *suite_found(suite *s, const char *name)
{
    igd_str_list names = {0};
    igd_schema schema;
    if (!(s->target->caps & IGD_CAP_SCHEMA))
        suite_skip(s, "no schema");
    IGD_PUSH(s->mem, &names, igd_str_from(name));
    suite_ok(s, s->target->driver->schema_read(s->target, &names, s->mem, &schema, &s->err));
    return schema.table_count ? &schema.tables[0] : NULL;
}

igd_table *suite_rich(suite *s, igd_change changes[2])
{
    igd_table *t = suite_table(s, "rich",
                               "id key, total int!, note string, ok bool, doc json, "
                               "day date, parent string");
    suite_check_min(s, t, "ck_total", "total", "0");
    suite_reference(s, t, "fk_parent", "parent", "rich", false);
    suite_index(s, t, "ix_parent", "parent");
    changes[0] = suite_put(t, suite_row(s, t, "a", "1", "x", "true", "[1]", "2024-01-02", NULL));
    changes[1] = suite_put(t, suite_row(s, t, "b", "2", NULL, NULL, NULL, NULL, "a"));
    return t;
}
