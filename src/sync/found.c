/*
 * Reading what is ours of a target's schema.
 */
#include "sync/found.h"

typedef struct finder {
    igd_arena *mem;
    const igd_table *recorded, *there;
    igd_table *out;
    igd_foreign_list *foreign;
} finder;

static void note_foreign(finder *f, const char *kind, igd_str name)
{
    if (f->foreign)
        IGD_PUSH(f->mem, f->foreign,
                 (igd_foreign_object){.kind = kind, .table = f->there->name, .name = name});
}

static void take_columns(finder *f)
{
    igd_table *out = f->out;
    out->columns = IGD_NEW_ARRAY(f->mem, igd_column, f->there->column_count);
    out->column_count = 0;
    /* In the order of the record: the key comes first there. */
    for (size_t n = 0; n < f->recorded->column_count; n++) {
        ptrdiff_t at = igd_table_column(f->there, f->recorded->columns[n].name);
        if (at < 0)
            continue;
        igd_column *column = &out->columns[out->column_count++];
        *column = f->there->columns[at];
        /* Who made the table may have wanted more of it than we do. */
        if (f->recorded->adopted)
            column->not_null &= f->recorded->columns[n].not_null;
    }
    for (size_t n = 0; n < f->there->column_count; n++)
        if (igd_table_column(f->recorded, f->there->columns[n].name) < 0)
            note_foreign(f, "column", f->there->columns[n].name);
}

static void take_constraints(finder *f)
{
    for (size_t n = 0; n < f->there->checks.len; n++) {
        const igd_check *check = &f->there->checks.items[n];
        if (igd_table_check(f->recorded, check->name))
            IGD_PUSH(f->mem, &f->out->checks, *check);
        else
            note_foreign(f, "check", check->name);
    }
    for (size_t n = 0; n < f->there->foreign_keys.len; n++) {
        const igd_foreign_key *key = &f->there->foreign_keys.items[n];
        if (igd_table_foreign_key(f->recorded, key->name))
            IGD_PUSH(f->mem, &f->out->foreign_keys, *key);
        else
            note_foreign(f, "foreign key", key->name);
    }
    for (size_t n = 0; n < f->there->indexes.len; n++) {
        const igd_index *index = &f->there->indexes.items[n];
        if (igd_table_index(f->recorded, index->name))
            IGD_PUSH(f->mem, &f->out->indexes, *index);
        else
            note_foreign(f, "index", index->name);
    }
}

/* A table whose key columns are not all there cannot be addressed: it counts as gone, and making it
 * anew meets it as somebody else's. */
static bool has_key(const igd_table *recorded, const igd_table *there)
{
    for (size_t n = 0; n < recorded->key_count; n++)
        if (igd_table_column(there, recorded->columns[n].name) < 0)
            return false;
    return true;
}

void igd_found_table(const igd_table *recorded, const igd_table *there, igd_arena *mem,
                     igd_table *out, igd_foreign_list *foreign)
{
    finder f = {.mem = mem, .recorded = recorded, .there = there, .out = out, .foreign = foreign};
    *out = (igd_table){.name = recorded->name,
                       .collection = recorded->collection,
                       .key_count = recorded->key_count,
                       .adopted = recorded->adopted};
    take_columns(&f);
    take_constraints(&f);
    igd_table_finish(out, mem);
}

int igd_found_schema(igd_target *target, const igd_schema *recorded, igd_arena *mem,
                     igd_schema *out, igd_foreign_list *foreign, igd_error *err)
{
    if (!(target->caps & IGD_CAP_SCHEMA)) {
        *out = *recorded;
        return IGD_OK;
    }
    igd_str_list names = {0};
    igd_schema there;
    for (size_t n = 0; n < recorded->table_count; n++)
        IGD_PUSH(mem, &names, recorded->tables[n].name);
    int code = target->driver->schema_read(target, &names, mem, &there, err);
    if (code != IGD_OK)
        return code;
    igd_schema found = {.tables = IGD_NEW_ARRAY(mem, igd_table, recorded->table_count)};
    for (size_t n = 0; n < recorded->table_count; n++) {
        const igd_table *table = igd_schema_table(&there, recorded->tables[n].name);
        if (!table || !has_key(&recorded->tables[n], table))
            continue;
        igd_found_table(&recorded->tables[n], table, mem, &found.tables[found.table_count++],
                        foreign);
    }
    *out = found;
    return IGD_OK;
}
