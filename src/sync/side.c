/*
 * Loading a side: definitions, tables, readers, references.
 */
#include "sync/side.h"

static int reference_error(const igd_slot *slot, igd_str what, igd_error *err)
{
    return igd_fail(err, IGD_E_BUG, "table '%.*s' refers to '%.*s', which has no collection",
                    IGD_STR_ARG(slot->table->name), IGD_STR_ARG(what));
}

static int add_reference(const igd_side *side, igd_slot *slot, igd_arena *mem, igd_str collection,
                         igd_reference reference, igd_error *err)
{
    ptrdiff_t target = igd_side_slot(side, collection);
    if (target < 0)
        return reference_error(slot, collection, err);
    reference.target = (size_t)target;
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

static int make_slots(igd_side *side, igd_arena *mem, igd_error *err)
{
    side->slot_count = side->schema.table_count;
    side->slots = IGD_NEW_ARRAY(mem, igd_slot, side->slot_count);
    for (size_t n = 0; n < side->slot_count; n++) {
        igd_slot *slot = &side->slots[n];
        slot->table = &side->schema.tables[n];
        slot->definition = igd_database_find(side->database, slot->table->collection);
        if (!slot->definition)
            return igd_fail(err, IGD_E_BUG, "table '%.*s' has no definition",
                            IGD_STR_ARG(slot->table->name));
        slot->reader = igd_record_reader_new(slot->definition, slot->table, mem);
    }
    for (size_t n = 0; n < side->slot_count; n++) {
        int code = find_references(side, &side->slots[n], mem, err);
        if (code != IGD_OK)
            return code;
    }
    return IGD_OK;
}

static void map_tables(igd_side *side, const igd_mapping *mapping, igd_arena *mem,
                       igd_problems *problems)
{
    size_t count = side->database->count;
    const igd_collection **models = IGD_NEW_ARRAY(mem, const igd_collection *, count);
    for (size_t n = 0; n < count; n++)
        models[n] = &side->database->collections[n]->model;
    igd_map_schema(models, count, mapping, mem, problems, &side->schema);
}

int igd_side_load(igd_repo *repo, const igd_commit *commit, const igd_mapping *mapping, bool strict,
                  igd_arena *mem, igd_problems *problems, igd_side *out, igd_error *err)
{
    igd_side side = {0};
    size_t before = problems->len;
    int code = igd_database_load(repo, commit, mem, problems, &side.database, err);
    if (code != IGD_OK)
        return code;
    map_tables(&side, mapping, mem, problems);
    if (strict)
        igd_problems_make_strict(problems, before);
    if (problems->schema_errors > 0) {
        igd_side_free(&side);
        return igd_fail(err, IGD_E_SCHEMA, "the definitions at commit %.10s have %zu error%s",
                        commit->hex, problems->schema_errors,
                        problems->schema_errors == 1 ? "" : "s");
    }
    code = make_slots(&side, mem, err);
    if (code != IGD_OK) {
        igd_side_free(&side);
        return code;
    }
    *out = side;
    return IGD_OK;
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
