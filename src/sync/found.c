/*
 * Reading what is ours of a target's schema.
 */
#include "sync/found.h"

#include "schema/diff.h"

typedef struct finder {
    igd_arena *mem;
    const igd_schema *forms;
    const igd_table *recorded, *there; /* recorded: all that any form has */
    igd_table *out;
    igd_foreign_list *foreign;
} finder;

static void note_foreign(finder *f, const char *kind, igd_str name)
{
    if (f->foreign)
        IGD_PUSH(f->mem, f->foreign,
                 (igd_foreign_object){.kind = kind, .table = f->there->name, .name = name});
}

/*
 * Do the forms of the table disagree about what the column holds? Then a run was interrupted while
 * it was being filled again: which rows it has reached, nobody knows.
 */
static bool is_unsettled(const finder *f, igd_str column)
{
    const igd_column *known = NULL;
    for (size_t n = 0; n < f->forms->table_count; n++) {
        const igd_table *form = &f->forms->tables[n];
        ptrdiff_t at = igd_str_eq(form->collection, f->recorded->collection)
                           ? igd_table_column(form, column)
                           : -1;
        if (at < 0)
            continue;
        if (known && known->type.kind != form->columns[at].type.kind)
            return true;
        known = &form->columns[at];
    }
    return false;
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
        /* Of no kind that is known it is made anew again. */
        if (n >= f->recorded->key_count && is_unsettled(f, column->name))
            column->type.kind = IGD_RAW;
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

/* There, the key comes first. */
static bool is_key(const igd_table *recorded, const igd_table *there)
{
    for (size_t n = 0; n < recorded->key_count; n++)
        if (!igd_str_eq(there->columns[n].name, recorded->columns[n].name))
            return false;
    return recorded->key_count == there->key_count;
}

/* ---- the forms of a collection ---- */

static bool is_claimed(const igd_schema *found, igd_str name)
{
    for (size_t n = 0; n < found->table_count; n++)
        if (igd_str_eq(found->tables[n].name, name))
            return true;
    return false;
}

/* The table of a collection: one that was set aside is not another collection's in any case. */
static const igd_table *table_of(const igd_schema *forms, igd_str collection,
                                 const igd_schema *there, const igd_schema *claimed)
{
    for (int aside = 1; aside >= 0; aside--)
        for (size_t n = 0; n < forms->table_count; n++) {
            const igd_table *form = &forms->tables[n];
            if (!igd_str_eq(form->collection, collection) ||
                igd_is_aside_name(form->name) != (bool)aside || is_claimed(claimed, form->name))
                continue;
            const igd_table *table = igd_schema_table(there, form->name);
            if (table)
                return table;
        }
    return NULL;
}

/* The form by which its rows are addressed, or NULL. */
static const igd_table *form_of(const igd_schema *forms, igd_str collection, const igd_table *there)
{
    const igd_table *fits = NULL;
    for (size_t n = 0; n < forms->table_count; n++) {
        const igd_table *form = &forms->tables[n];
        if (!igd_str_eq(form->collection, collection))
            continue;
        if (!there || is_key(form, there))
            return form;
        if (!fits && has_key(form, there))
            fits = form;
    }
    return fits;
}

static void add_columns(igd_table *to, const igd_table *form)
{
    for (size_t n = 0; n < form->column_count; n++)
        if (igd_table_column(to, form->columns[n].name) < 0)
            to->columns[to->column_count++] = form->columns[n];
}

static void add_constraints(igd_table *to, const igd_table *form, igd_arena *mem)
{
    for (size_t n = 0; n < form->checks.len; n++)
        if (!igd_table_check(to, form->checks.items[n].name))
            IGD_PUSH(mem, &to->checks, form->checks.items[n]);
    for (size_t n = 0; n < form->foreign_keys.len; n++)
        if (!igd_table_foreign_key(to, form->foreign_keys.items[n].name))
            IGD_PUSH(mem, &to->foreign_keys, form->foreign_keys.items[n]);
    for (size_t n = 0; n < form->indexes.len; n++)
        if (!igd_table_index(to, form->indexes.items[n].name))
            IGD_PUSH(mem, &to->indexes, form->indexes.items[n]);
}

/* What any form has: `first` and then what the others have besides. */
static igd_table *all_forms(const igd_schema *forms, const igd_table *first, igd_arena *mem)
{
    igd_table *all = IGD_NEW(mem, igd_table);
    size_t most = 0;
    for (size_t n = 0; n < forms->table_count; n++)
        if (igd_str_eq(forms->tables[n].collection, first->collection))
            most += forms->tables[n].column_count;
    *all = (igd_table){.name = first->name,
                       .collection = first->collection,
                       .key_count = first->key_count,
                       .adopted = first->adopted,
                       .columns = IGD_NEW_ARRAY(mem, igd_column, most)};
    add_columns(all, first);
    add_constraints(all, first, mem);
    for (size_t n = 0; n < forms->table_count; n++)
        if (igd_str_eq(forms->tables[n].collection, first->collection)) {
            add_columns(all, &forms->tables[n]);
            add_constraints(all, &forms->tables[n], mem);
        }
    igd_table_finish(all, mem);
    return all;
}

static bool is_first(const igd_schema *forms, size_t at)
{
    for (size_t n = 0; n < at; n++)
        if (igd_str_eq(forms->tables[n].collection, forms->tables[at].collection))
            return false;
    return true;
}

/* ---- all of it ---- */

static bool has_name(const igd_str_list *names, igd_str name)
{
    for (size_t n = 0; n < names->len; n++)
        if (igd_str_eq(names->items[n], name))
            return true;
    return false;
}

static void take_table(finder *f)
{
    *f->out = (igd_table){.name = f->there->name,
                          .collection = f->recorded->collection,
                          .key_count = f->recorded->key_count,
                          .adopted = f->recorded->adopted};
    take_columns(f);
    take_constraints(f);
    igd_table_finish(f->out, f->mem);
}

void igd_found_table(const igd_table *recorded, const igd_table *there, igd_arena *mem,
                     igd_table *out, igd_foreign_list *foreign)
{
    static const igd_schema no_forms;
    finder f = {.mem = mem,
                .forms = &no_forms,
                .recorded = recorded,
                .there = there,
                .out = out,
                .foreign = foreign};
    take_table(&f);
    out->name = recorded->name;
}

int igd_found_schema(igd_target *target, const igd_schema *recorded, igd_arena *mem,
                     igd_schema *out, igd_foreign_list *foreign, igd_error *err)
{
    igd_str_list names = {0};
    igd_schema there = {0},
               found = {.tables = IGD_NEW_ARRAY(mem, igd_table, recorded->table_count)};
    for (size_t n = 0; n < recorded->table_count; n++)
        if (!has_name(&names, recorded->tables[n].name))
            IGD_PUSH(mem, &names, recorded->tables[n].name);
    bool reads = target->caps & IGD_CAP_SCHEMA;
    int code = reads ? target->driver->schema_read(target, &names, mem, &there, err) : IGD_OK;
    for (size_t n = 0; n < recorded->table_count && code == IGD_OK; n++) {
        igd_str collection = recorded->tables[n].collection;
        if (!is_first(recorded, n))
            continue;
        const igd_table *table = reads ? table_of(recorded, collection, &there, &found) : NULL;
        if (reads && !table)
            continue;
        const igd_table *form = form_of(recorded, collection, table);
        if (!reads)
            found.tables[found.table_count++] = *all_forms(recorded, form, mem);
        if (!reads || !form)
            continue;
        finder f = {.mem = mem,
                    .forms = recorded,
                    .recorded = all_forms(recorded, form, mem),
                    .there = table,
                    .out = &found.tables[found.table_count++],
                    .foreign = foreign};
        take_table(&f);
    }
    if (code == IGD_OK)
        *out = found;
    return code;
}
