/*
 * How the columns of two versions of a table correspond, and the form between them.
 *
 * Key columns correspond by their place, the others by name or by a rename that was decided. A
 * column that goes, or whose kind changes, stands behind those of `to` in between; under another
 * name when its own is needed.
 */
#include "schema/transition.h"

#include "schema/names.h"

bool igd_type_widens(const igd_column *from, const igd_column *to)
{
    if (from->type.kind != to->type.kind)
        return false;
    if (from->type.kind != IGD_STRING)
        return true;
    if (to->key_text && !from->key_text) /* an engine's keys are shorter than its texts */
        return false;
    return to->max_chars == 0 || (from->max_chars != 0 && from->max_chars <= to->max_chars);
}

igd_str igd_aside_name(igd_str column, size_t identifier_bytes, igd_arena *mem)
{
    igd_str name = igd_arena_printf(mem, "ingitdb_old_%.*s", IGD_STR_ARG(column));
    return igd_name_cut(name, identifier_bytes, mem);
}

bool igd_is_aside_name(igd_str name)
{
    return igd_str_starts(name, IGD_STR("ingitdb_old_"));
}

/* Index of the column whose name an engine takes for this one, or -1. */
static ptrdiff_t find_nocase(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->column_count; n++) {
        if (igd_str_eq_nocase(table->columns[n].name, name))
            return (ptrdiff_t)n;
    }
    return -1;
}

/*
 * Does the key change by more than its name? Yes when its number of columns or their kind does, and
 * when an ordinary column becomes a key column in place of one that stays as an ordinary one. (A
 * name that is only taken from or left to another column is a rename: `id` gives way to a declared
 * `id` and becomes `_key`.)
 */
bool igd_key_changes(const igd_table *from, const igd_table *to)
{
    if (from->key_count != to->key_count)
        return true;
    for (size_t n = 0; n < from->key_count; n++) {
        if (from->columns[n].type.kind != to->columns[n].type.kind)
            return true;
        igd_str old = from->columns[n].name, new = to->columns[n].name;
        if (igd_str_eq(old, new))
            continue;
        ptrdiff_t before = find_nocase(from, new), after = find_nocase(to, old);
        /* Keys that exchange their names cannot be renamed one after the other. */
        if (before >= 0 && before < (ptrdiff_t)from->key_count && before != (ptrdiff_t)n)
            return true;
        if (before >= (ptrdiff_t)from->key_count && after >= (ptrdiff_t)to->key_count)
            return true;
    }
    return false;
}

/* The column of its name, of whatever kind, or else the one that it is renamed from. */
static ptrdiff_t find_origin(const igd_table *from, const igd_column *column)
{
    ptrdiff_t at = igd_table_column(from, column->name);
    return at >= 0 ? at : igd_table_origin(from, column);
}

static void match_columns(igd_transition *t, igd_arena *mem)
{
    const igd_table *from = t->from, *to = t->to;
    t->to_of = IGD_NEW_ARRAY(mem, ptrdiff_t, from->column_count);
    t->from_of = IGD_NEW_ARRAY(mem, ptrdiff_t, to->column_count);
    t->between_of = IGD_NEW_ARRAY(mem, ptrdiff_t, from->column_count);
    for (size_t n = 0; n < from->column_count; n++)
        t->to_of[n] = t->between_of[n] = -1;
    for (size_t n = 0; n < to->column_count; n++) {
        ptrdiff_t at = -1;
        if (!t->remade && n < to->key_count)
            at = (ptrdiff_t)n;
        else if (!t->remade)
            at = find_origin(from, &to->columns[n]);
        if (n >= to->key_count && at < (ptrdiff_t)from->key_count)
            at = -1;
        t->from_of[n] = at;
        if (at >= 0)
            t->to_of[at] = (ptrdiff_t)n;
    }
}

bool igd_transition_refills(const igd_transition *t, size_t column_to)
{
    ptrdiff_t at = t->from_of[column_to];
    return at >= 0 && t->from->columns[at].type.kind != t->to->columns[column_to].type.kind;
}

/* ---- constraints ---- */

/* Is the column of that name in to the same column, with the same values, as the one in from? A
 * constraint goes wherever its column goes. */
static bool column_stays(const igd_transition *t, igd_str name)
{
    ptrdiff_t at = igd_table_column(t->to, name);
    ptrdiff_t before = at < 0 ? -1 : t->from_of[at];
    return before >= 0 && igd_str_eq(t->from->columns[before].name, name) &&
           !igd_transition_refills(t, (size_t)at);
}

static bool columns_stay(const igd_transition *t, const igd_str_list *columns)
{
    for (size_t n = 0; n < columns->len; n++) {
        if (!column_stays(t, columns->items[n]))
            return false;
    }
    return true;
}

bool igd_transition_keeps_check(const igd_transition *t, igd_str name)
{
    const igd_check *check = igd_table_check(t->to, name);
    return !t->remade && check && igd_table_check(t->from, name) && column_stays(t, check->column);
}

bool igd_transition_keeps_foreign_key(const igd_transition *t, igd_str name)
{
    const igd_foreign_key *key = igd_table_foreign_key(t->to, name);
    if (t->remade || !key || !igd_table_foreign_key(t->from, name))
        return false;
    if (t->replaced && igd_map_get(t->replaced, key->ref_table))
        return false;
    return columns_stay(t, &key->columns);
}

bool igd_transition_keeps_index(const igd_transition *t, igd_str name)
{
    const igd_index *index = igd_table_index(t->to, name);
    return !t->remade && index && igd_table_index(t->from, name) &&
           columns_stay(t, &index->columns);
}

static void keep_constraints(const igd_transition *t, igd_arena *mem, igd_table *between)
{
    const igd_table *to = t->to;
    for (size_t n = 0; n < to->checks.len; n++) {
        /* A table that is made anew has its checks from the start. */
        if (t->remade || igd_transition_keeps_check(t, to->checks.items[n].name))
            IGD_PUSH(mem, &between->checks, to->checks.items[n]);
    }
    for (size_t n = 0; n < to->foreign_keys.len; n++) {
        if (igd_transition_keeps_foreign_key(t, to->foreign_keys.items[n].name))
            IGD_PUSH(mem, &between->foreign_keys, to->foreign_keys.items[n]);
    }
    for (size_t n = 0; n < to->indexes.len; n++) {
        if (igd_transition_keeps_index(t, to->indexes.items[n].name))
            IGD_PUSH(mem, &between->indexes, to->indexes.items[n]);
    }
}

/* ---- columns ---- */

static igd_column column_between(const igd_transition *t, size_t column_to)
{
    igd_column column = t->to->columns[column_to];
    if (t->remade || column_to < t->to->key_count)
        return column;
    ptrdiff_t at = t->from_of[column_to];
    if (at < 0 || igd_transition_refills(t, column_to)) {
        column.not_null = false;
        return column;
    }
    const igd_column *old = &t->from->columns[at];
    column.not_null = column.not_null && old->not_null;
    if (!igd_type_widens(old, &column)) {
        column.key_text = old->key_text;
        column.max_chars = old->max_chars;
    }
    return column;
}

static void add_leaving_columns(igd_transition *t, size_t identifier_bytes, igd_arena *mem,
                                igd_table *between)
{
    for (size_t n = 0; n < t->from->column_count && !t->remade; n++) {
        ptrdiff_t at = t->to_of[n];
        if (at >= 0 && !igd_transition_refills(t, (size_t)at))
            continue;
        if (igd_is_aside_name(t->from->columns[n].name))
            continue;
        igd_column column = t->from->columns[n];
        if (find_nocase(t->to, column.name) >= 0)
            column.name = igd_aside_name(column.name, identifier_bytes, mem);
        column.not_null = false;
        column.field = IGD_FIELD_NONE;
        t->between_of[n] = (ptrdiff_t)between->column_count;
        between->columns[between->column_count++] = column;
    }
}

void igd_transition_make(const igd_table *from, const igd_table *to, size_t identifier_bytes,
                         const igd_map *replaced, igd_arena *mem, igd_transition *out)
{
    igd_transition t = {
        .from = from, .to = to, .replaced = replaced, .remade = igd_key_changes(from, to)};
    match_columns(&t, mem);
    igd_table *between = IGD_NEW(mem, igd_table);
    between->name = to->name;
    between->collection = to->collection;
    between->renamed = to->renamed;
    between->key_count = to->key_count;
    between->columns = IGD_NEW_ARRAY(mem, igd_column, from->column_count + to->column_count);
    for (size_t n = 0; n < to->column_count; n++)
        between->columns[between->column_count++] = column_between(&t, n);
    add_leaving_columns(&t, identifier_bytes, mem, between);
    keep_constraints(&t, mem, between);
    igd_table_finish(between, mem);
    t.between = between;
    *out = t;
}
