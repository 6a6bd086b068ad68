/*
 * Operations as changes of a definition. What is already so is left as it is: the caller sees from
 * the text whether anything has changed.
 */
#include "targets/sqlite/definition.h"
#include "targets/sqlite/sqlite.h"

static void drop_at(igd_clause_list *list, size_t at)
{
    memmove(&list->items[at], &list->items[at + 1], (list->len - at - 1) * sizeof(*list->items));
    list->len--;
}

static void drop_kind(igd_clause_list *list, igd_clause_kind kind)
{
    for (size_t n = list->len; n-- > 0;)
        if (list->items[n].kind == kind)
            drop_at(list, n);
}

static bool has_kind(const igd_clause_list *list, igd_clause_kind kind)
{
    for (size_t n = 0; n < list->len; n++)
        if (list->items[n].kind == kind)
            return true;
    return false;
}

static ptrdiff_t find_named(const igd_clause_list *list, igd_str name)
{
    for (size_t n = 0; n < list->len; n++)
        if (list->items[n].name.ptr && igd_str_eq_nocase(list->items[n].name, name))
            return (ptrdiff_t)n;
    return -1;
}

static bool drop_named(igd_clause_list *list, igd_str name)
{
    ptrdiff_t at = find_named(list, name);
    if (at >= 0)
        drop_at(list, (size_t)at);
    return at >= 0;
}

static bool has_named(const igd_definition *definition, igd_str name)
{
    if (find_named(&definition->clauses, name) >= 0)
        return true;
    for (size_t n = 0; n < definition->columns.len; n++)
        if (find_named(&definition->columns.items[n].clauses, name) >= 0)
            return true;
    return false;
}

static void drop_constraint(igd_definition *definition, igd_str name)
{
    if (drop_named(&definition->clauses, name))
        return;
    for (size_t n = 0; n < definition->columns.len; n++)
        if (drop_named(&definition->columns.items[n].clauses, name))
            return;
}

static igd_clause clause_of(igd_clause_kind kind, igd_str name, const igd_buf *text, igd_arena *mem)
{
    return (igd_clause){.kind = kind, .name = name, .text = igd_arena_str(mem, igd_buf_view(text))};
}

static igd_column_text *find(igd_definition *definition, const igd_table *table, ptrdiff_t column)
{
    if (!table || column < 0)
        return NULL;
    ptrdiff_t at = igd_definition_column(definition, table->columns[column].name);
    return at < 0 ? NULL : &definition->columns.items[at];
}

static void set_not_null(igd_column_text *column, igd_arena *mem)
{
    if (!column || has_kind(&column->clauses, IGD_CLAUSE_NOT_NULL))
        return;
    drop_kind(&column->clauses, IGD_CLAUSE_NULL);
    IGD_PUSH(mem, &column->clauses,
             (igd_clause){.kind = IGD_CLAUSE_NOT_NULL, .text = IGD_STR("NOT NULL")});
}

static void add_check(igd_definition *definition, const igd_check *check, igd_arena *mem)
{
    ptrdiff_t at = igd_definition_column(definition, check->column);
    if (at < 0 || has_named(definition, check->name))
        return;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_sql_check(&igd_sqlite_dialect, check, &text);
    IGD_PUSH(mem, &definition->columns.items[at].clauses,
             clause_of(IGD_CLAUSE_CHECK, check->name, &text, mem));
}

static void add_foreign_key(igd_definition *definition, const igd_foreign_key *key, igd_arena *mem)
{
    if (has_named(definition, key->name))
        return;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_sql_foreign_key(&igd_sqlite_dialect, key, &text);
    IGD_PUSH(mem, &definition->clauses, clause_of(IGD_CLAUSE_REFERENCES, key->name, &text, mem));
}

static void drop_column(igd_definition *definition, igd_str name)
{
    ptrdiff_t at = igd_definition_column(definition, name);
    if (at < 0)
        return;
    memmove(&definition->columns.items[at], &definition->columns.items[at + 1],
            (definition->columns.len - (size_t)at - 1) * sizeof(*definition->columns.items));
    definition->columns.len--;
}

/* "CHECK (...)" that a type brings with it; empty for most. */
static igd_str guard_of(const igd_column *column, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_sqlite_dialect.column_guard(&igd_sqlite_dialect, column, &text);
    return igd_arena_str(mem, igd_str_trim(igd_buf_view(&text)));
}

static void change_type(igd_definition *definition, igd_column_text *column, const igd_op *op,
                        igd_arena *mem)
{
    const igd_column *old = &op->from->columns[op->column_from];
    const igd_column *new = &op->to->columns[op->column_to];
    igd_column_text aside = {.name = igd_aside_name(old->name, 0, mem),
                             .type = column->type,
                             .added = true,
                             .values = column->name};
    IGD_CLEANUP(igd_buf)
    igd_buf type = IGD_BUF_INIT;
    igd_sqlite_dialect.column_type(op->to, (size_t)op->column_to, &type);
    column->type = igd_arena_str(mem, igd_buf_view(&type));
    column->added = true;
    drop_kind(&column->clauses, IGD_CLAUSE_NOT_NULL);

    igd_str before = guard_of(old, mem), after = guard_of(new, mem);
    for (size_t n = column->clauses.len; before.len && n-- > 0;)
        if (igd_str_eq(column->clauses.items[n].text, before))
            drop_at(&column->clauses, n);
    if (after.len)
        IGD_PUSH(mem, &column->clauses, (igd_clause){.kind = IGD_CLAUSE_CHECK, .text = after});
    IGD_PUSH(mem, &definition->columns, aside);
}

void igd_definition_edit(igd_definition *definition, const igd_op *op, igd_arena *mem)
{
    igd_column_text *column = find(definition, op->to, op->column_to);
    if (op->kind == IGD_OP_DROP_COLUMN)
        drop_column(definition, op->from->columns[op->column_from].name);
    else if (op->kind == IGD_OP_SET_NOT_NULL)
        set_not_null(column, mem);
    else if (op->kind == IGD_OP_DROP_NOT_NULL && column)
        drop_kind(&column->clauses, IGD_CLAUSE_NOT_NULL);
    else if (op->kind == IGD_OP_ADD_CHECK)
        add_check(definition, op->check, mem);
    else if (op->kind == IGD_OP_DROP_CHECK)
        drop_constraint(definition, op->check->name);
    else if (op->kind == IGD_OP_ADD_FOREIGN_KEY)
        add_foreign_key(definition, op->foreign_key, mem);
    else if (op->kind == IGD_OP_DROP_FOREIGN_KEY)
        drop_constraint(definition, op->foreign_key->name);
    else if (igd_op_refills(op) && op->part == IGD_PART_EXPAND && column)
        change_type(definition, column, op, mem);
}

/* ---- another key ---- */

static bool is_of(const igd_table *table, igd_str constraint)
{
    return igd_table_foreign_key(table, constraint) || igd_table_check(table, constraint);
}

void igd_definition_replace(igd_definition *definition, const igd_table *from,
                            const igd_definition *with, igd_arena *mem)
{
    igd_definition result = {.options = definition->options};
    for (size_t n = 0; n < with->columns.len; n++)
        IGD_PUSH(mem, &result.columns, with->columns.items[n]);
    for (size_t n = 0; n < definition->columns.len; n++) {
        igd_column_text column = definition->columns.items[n];
        bool ours = false;
        for (size_t c = 0; c < from->column_count; c++)
            ours |= igd_str_eq_nocase(from->columns[c].name, column.name);
        if (!ours && igd_definition_column(&result, column.name) < 0)
            IGD_PUSH(mem, &result.columns, column);
    }
    for (size_t n = 0; n < with->clauses.len; n++)
        IGD_PUSH(mem, &result.clauses, with->clauses.items[n]);
    for (size_t n = 0; n < definition->clauses.len; n++) {
        igd_clause clause = definition->clauses.items[n];
        if (clause.kind != IGD_CLAUSE_PRIMARY_KEY &&
            !(clause.name.ptr && (is_of(from, clause.name) || has_named(&result, clause.name))))
            IGD_PUSH(mem, &result.clauses, clause);
    }
    *definition = result;
}
