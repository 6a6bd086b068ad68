/*
 * Loading a side: definitions, tables, readers, references.
 */
#include "sync/scope.h"

static int reference_error(const igd_slot *slot, igd_str what, igd_error *err)
{
    return igd_fail(err, IGD_E_BUG, "table '%.*s' refers to '%.*s', which has no collection",
                    IGD_STR_ARG(slot->table->name), IGD_STR_ARG(what));
}

static int add_reference(const igd_side *side, igd_slot *slot, igd_arena *mem, igd_str collection,
                         igd_reference reference, igd_error *err)
{
    reference.target = side->reach;
    for (size_t n = 0; n < side->reach; n++)
        if (igd_str_eq(side->slots[n].table->collection, collection))
            reference.target = n;
    if (reference.target == side->reach)
        return reference_error(slot, collection, err);
    size_t most = slot->definition->model.field_count + 1;
    if (!slot->references)
        slot->references = IGD_NEW_ARRAY(mem, igd_reference, most);
    slot->references[slot->reference_count++] = reference;
    return IGD_OK;
}

/* The column that stores a field, or -1 for one that is not stored. */
static ptrdiff_t column_of_field(const igd_table *table, size_t field)
{
    for (size_t n = 0; n < table->column_count; n++)
        if (table->columns[n].field == (int32_t)field)
            return (ptrdiff_t)n;
    return -1;
}

static int find_references(const igd_side *side, igd_slot *slot, igd_arena *mem, igd_error *err)
{
    const igd_collection *model = &slot->definition->model;
    if (model->parent) {
        igd_reference parent = {.column = 0,
                                .count = (uint32_t)(slot->table->key_count - 1),
                                .parent = true,
                                .field = model->parent->name};
        int code = add_reference(side, slot, mem, model->parent->id, parent, err);
        if (code != IGD_OK)
            return code;
    }
    for (size_t n = 0; n < model->field_count; n++) {
        const igd_field *field = &model->fields[n];
        ptrdiff_t column = column_of_field(slot->table, n);
        if (field->foreign_key.len == 0 || column < 0)
            continue;
        igd_reference reference = {.column = (uint32_t)column,
                                   .count = 1,
                                   .list = field->type.shape == IGD_LIST,
                                   .field = field->name};
        int code = add_reference(side, slot, mem, field->foreign_key, reference, err);
        if (code != IGD_OK)
            return code;
    }
    return IGD_OK;
}

static int make_slot(const igd_side *side, const igd_table *table, igd_arena *mem, igd_slot *slot,
                     igd_error *err)
{
    slot->table = table;
    slot->definition = igd_database_find(side->database, table->collection);
    if (!slot->definition)
        return igd_fail(err, IGD_E_BUG, "table '%.*s' has no definition", IGD_STR_ARG(table->name));
    slot->reader = igd_record_reader_new(slot->definition, slot->table, &side->capacity, mem);
    return IGD_OK;
}

/* `whole` has the tables of all collections. */
static int make_slots(igd_side *side, const igd_schema *whole, bool references, igd_arena *mem,
                      igd_error *err)
{
    int code = IGD_OK;
    igd_str_list outside = {0};
    if (references)
        igd_scope_outside(side, mem, &outside);
    side->slot_count = side->reach = side->schema.table_count;
    side->slots = IGD_NEW_ARRAY(mem, igd_slot, side->slot_count + outside.len);
    for (size_t n = 0; n < side->slot_count && code == IGD_OK; n++)
        code = make_slot(side, &side->schema.tables[n], mem, &side->slots[n], err);
    for (size_t n = 0; n < outside.len && code == IGD_OK; n++) {
        const igd_table *table = igd_schema_collection(whole, outside.items[n]);
        if (table)
            code = make_slot(side, table, mem, &side->slots[side->reach++], err);
    }
    for (size_t n = 0; n < side->slot_count && references && code == IGD_OK; n++)
        code = find_references(side, &side->slots[n], mem, err);
    return code;
}

static void map_tables(const igd_side *side, const igd_mapping *mapping, igd_arena *mem,
                       igd_problems *problems, igd_schema *out)
{
    size_t count = side->database->count;
    const igd_collection **models = IGD_NEW_ARRAY(mem, const igd_collection *, count);
    for (size_t n = 0; n < count; n++)
        models[n] = &side->database->collections[n]->model;
    igd_map_schema(models, count, mapping, mem, problems, out);
}

static int fail_schema(const igd_commit *commit, const igd_problems *problems, igd_error *err)
{
    return igd_fail(err, IGD_E_SCHEMA, "the definitions at commit %.10s have %zu error%s",
                    commit->hex, problems->schema_errors, problems->schema_errors == 1 ? "" : "s");
}

/* What there is at the commit, cut down to the scope. */
static int load(igd_side *side, const igd_scope *scope, const igd_mapping *mapping, bool strict,
                igd_arena *mem, igd_problems *problems, igd_error *err)
{
    igd_schema whole;
    const igd_commit *commit = &side->database->commit;
    igd_problems said = *problems;
    *problems = IGD_PROBLEMS_INIT(mem);
    side->capacity = mapping->capacity;
    map_tables(side, mapping, mem, &said, &whole);
    int code = igd_scope_choose(scope, side, &said, mem, err);
    /* A collection that is not there may be one that cannot be read. */
    if (code == IGD_E_USAGE && said.schema_errors > 0) {
        *problems = said;
        return fail_schema(commit, problems, err);
    }
    if (code != IGD_OK)
        return code;
    igd_scope_problems(scope, side, &said, problems);
    if (strict)
        igd_problems_make_strict(problems, 0);
    if (problems->schema_errors > 0)
        return fail_schema(commit, problems, err);
    igd_scope_tables(scope, side, &whole, mem, problems);
    return make_slots(side, &whole, scope->links != IGD_LINKS_NONE, mem, err);
}

int igd_side_load_part(igd_repo *repo, const igd_commit *commit, const igd_scope *scope,
                       const igd_mapping *mapping, bool strict, igd_arena *mem,
                       igd_problems *problems, igd_side *out, igd_error *err)
{
    igd_side side = {0};
    igd_problems said = IGD_PROBLEMS_INIT(mem);
    int code = igd_database_load(repo, commit, mem, &said, &side.database, err);
    if (code == IGD_OK)
        code = load(&side, scope, mapping, strict, mem, &said, err);
    igd_problems_append(problems, &said);
    if (code != IGD_OK) {
        igd_side_free(&side);
        return code;
    }
    *out = side;
    return IGD_OK;
}

int igd_side_load(igd_repo *repo, const igd_commit *commit, const igd_mapping *mapping, bool strict,
                  igd_arena *mem, igd_problems *problems, igd_side *out, igd_error *err)
{
    static const igd_scope all;
    return igd_side_load_part(repo, commit, &all, mapping, strict, mem, problems, out, err);
}

void igd_side_free(igd_side *side)
{
    igd_database_free(side->database);
    side->database = NULL;
}

ptrdiff_t igd_side_slot(const igd_side *side, igd_str collection)
{
    for (size_t n = 0; n < side->slot_count; n++)
        if (igd_str_eq(side->slots[n].table->collection, collection))
            return (ptrdiff_t)n;
    return -1;
}
