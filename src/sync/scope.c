/*
 * What of a commit is selected: collections, their tables and foreign keys, and what is wrong with
 * them.
 */
#include "sync/scope.h"

int igd_scope_choose(const igd_scope *scope, igd_side *side, const igd_problems *said,
                     igd_arena *mem, igd_error *err)
{
    igd_str_list there = {0};
    if (scope->only)
        side->chosen = *scope->only;
    if (scope->only || !scope->selection)
        return IGD_OK;
    for (size_t n = 0; n < side->database->count; n++)
        IGD_PUSH(mem, &there, side->database->collections[n]->model.id);
    /* Those that cannot be used are not in the database. */
    for (size_t n = 0; n < said->len; n++)
        if (said->items[n].collection.len > 0)
            IGD_PUSH(mem, &there, said->items[n].collection);
    for (size_t n = 0; scope->recorded && n < scope->recorded->table_count; n++)
        IGD_PUSH(mem, &there, scope->recorded->tables[n].collection);
    int code = igd_selection_choose(scope->selection, &there, mem, &side->chosen, err);
    if (code == IGD_OK && side->chosen.some && scope->also.len > 0) {
        igd_str_list ids = {0};
        for (size_t n = 0; n < side->chosen.ids.len; n++)
            IGD_PUSH(mem, &ids, side->chosen.ids.items[n]);
        for (size_t n = 0; n < scope->also.len; n++)
            IGD_PUSH(mem, &ids, scope->also.items[n]);
        side->chosen = igd_chosen_only(&ids, mem);
    }
    return code;
}

static bool is_listed(const igd_str_list *list, igd_str id)
{
    for (size_t n = 0; n < list->len; n++)
        if (igd_str_eq(list->items[n], id))
            return true;
    return false;
}

static void add_outside(const igd_side *side, igd_str id, igd_arena *mem, igd_str_list *out)
{
    if (id.len > 0 && !igd_chosen_has(&side->chosen, id) && !is_listed(out, id))
        IGD_PUSH(mem, out, id);
}

void igd_scope_outside(const igd_side *side, igd_arena *mem, igd_str_list *out)
{
    for (size_t n = 0; side->chosen.some && n < side->database->count; n++) {
        const igd_collection *model = &side->database->collections[n]->model;
        if (!igd_chosen_has(&side->chosen, model->id))
            continue;
        /* A selection has the parent, too; what is said to stand at one commit need not. */
        if (model->parent)
            add_outside(side, model->parent->id, mem, out);
        for (size_t f = 0; f < model->field_count; f++)
            add_outside(side, model->fields[f].foreign_key, mem, out);
    }
}

void igd_scope_problems(const igd_scope *scope, const igd_side *side, const igd_problems *said,
                        igd_problems *out)
{
    igd_str_list outside = {0};
    if (scope->links != IGD_LINKS_NONE)
        igd_scope_outside(side, out->mem, &outside);
    for (size_t n = 0; n < said->len; n++) {
        const igd_problem *problem = &said->items[n];
        bool ours =
            problem->collection.len == 0 || igd_chosen_has(&side->chosen, problem->collection);
        /* Who refers to a collection that cannot be read may be invalid: nobody knows. */
        if (ours ||
            (problem->severity == IGD_PROBLEM_SCHEMA && is_listed(&outside, problem->collection)))
            igd_problem_add(out, problem);
    }
}

/* ---- foreign keys ---- */

/* The target has the table that the foreign key refers to, by that key. */
static bool has_table(const igd_schema *recorded, const igd_foreign_key *key)
{
    const igd_table *table = recorded ? igd_schema_table(recorded, key->ref_table) : NULL;
    if (!table || table->key_count != key->ref_columns.len)
        return false;
    for (size_t n = 0; n < table->key_count; n++)
        if (!igd_str_eq(table->columns[n].name, key->ref_columns.items[n]))
            return false;
    return true;
}

static void warn_left_out(const igd_side *side, const igd_table *table, const igd_foreign_key *key,
                          igd_str collection, igd_problems *problems)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_collection *model = &igd_database_find(side->database, table->collection)->model;
    ptrdiff_t at = igd_table_column(table, key->columns.items[0]);
    int32_t index = at < 0 ? IGD_FIELD_NONE : table->columns[at].field;
    const igd_field *field = index < 0 ? NULL : &model->fields[index];
    igd_problem problem = {
        .severity = IGD_PROBLEM_WARNING,
        .code = "left-out",
        .path = model->path,
        .line = field ? field->line : 0,
        .column = field ? field->column : 0,
        .collection = model->id,
        .field = field ? field->name : (igd_str){0},
        .reason = igd_arena_printf(
            mem, "the foreign key of column '%.*s' is left out: table '%.*s' is not in the target",
            IGD_STR_ARG(key->columns.items[0]), IGD_STR_ARG(key->ref_table)),
        .hint = igd_arena_printf(mem, "a sync that selects both '%.*s' and '%.*s' adds it",
                                 IGD_STR_ARG(table->collection), IGD_STR_ARG(collection)),
    };
    igd_problem_add(problems, &problem);
}

static bool is_wanted(const igd_scope *scope, const igd_side *side, const igd_schema *whole,
                      const igd_table *table, const igd_foreign_key *key, igd_problems *problems)
{
    const igd_table *other = igd_schema_table(whole, key->ref_table);
    if (scope->links == IGD_LINKS_RECORDED) {
        const igd_table *recorded = igd_schema_collection(scope->recorded, table->collection);
        return recorded && igd_table_foreign_key(recorded, key->name);
    }
    if (igd_chosen_has(&side->chosen, other->collection) || has_table(scope->recorded, key))
        return true;
    if (scope->links == IGD_LINKS_WANTED && scope->recorded)
        warn_left_out(side, table, key, other->collection, problems);
    return false;
}

static void pick_foreign_keys(const igd_scope *scope, const igd_side *side, const igd_schema *whole,
                              igd_table *table, igd_arena *mem, igd_problems *problems)
{
    typeof(table->foreign_keys) all = table->foreign_keys;
    table->foreign_keys = (typeof(all)){0};
    for (size_t n = 0; n < all.len; n++)
        if (is_wanted(scope, side, whole, table, &all.items[n], problems))
            IGD_PUSH(mem, &table->foreign_keys, all.items[n]);
}

void igd_scope_tables(const igd_scope *scope, igd_side *side, const igd_schema *whole,
                      igd_arena *mem, igd_problems *problems)
{
    igd_schema *schema = &side->schema;
    schema->tables = IGD_NEW_ARRAY(mem, igd_table, whole->table_count);
    schema->table_count = 0;
    for (size_t n = 0; n < whole->table_count; n++) {
        if (!igd_chosen_has(&side->chosen, whole->tables[n].collection))
            continue;
        igd_table *table = &schema->tables[schema->table_count++];
        *table = whole->tables[n];
        pick_foreign_keys(scope, side, whole, table, mem, problems);
    }
}
