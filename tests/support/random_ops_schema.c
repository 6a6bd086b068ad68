/*
 * What a commit does to the columns of a random collection.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

static rm_column *any_column(rm_model *m, rm_collection *c)
{
    return c->column_count > 0 ? &c->columns[rm_pick(m, c->column_count)] : NULL;
}

/* Columns that the key is in, and traps, keep their type. */
static bool is_fixed(const rm_column *column)
{
    return column->key || column->part || strcmp(column->name, "id") == 0;
}

static bool add_column(rm_model *m, rm_collection *c)
{
    size_t before = c->column_count;
    rm_random_column(m, c);
    if (c->column_count == before)
        return false;
    if (!rm_legal(m, c)) { /* an `id` beside rows without a declared key */
        c->column_count = before;
        return false;
    }
    rm_log(m, "add column %s.%s", rm_id(m, c), c->columns[before].name);
    return true;
}

static bool drop_column(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    if (!column || c->column_count < 2 || column->key || column->part)
        return false;
    rm_log(m, "drop column %s.%s", rm_id(m, c), column->name);
    rm_drop_column(c, (size_t)(column - c->columns));
    return true;
}

static bool change_type(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    rm_type type = (rm_type)rm_pick(m, rm_chance(m, 2) ? RM_T_ANY : RM_TYPES);
    if (!column || is_fixed(column) || column->target || column->type == type)
        return false;
    size_t at = (size_t)(column - c->columns);
    rm_log(m, "type of %s.%s: %s -> %s", rm_id(m, c), column->name, rm_type_name(column->type),
           rm_type_name(type));
    rm_unconstrain(column);
    column->type = type;
    m->rewrites++;
    column->locale = NULL;
    column->content = false;
    for (size_t n = 0; n < c->records.len; n++) {
        const rm_value **value = &c->records.items[n]->values[at];
        const rm_value *converted = rm_convert(m, *value, type);
        *value = converted ? converted : rm_value_new(m, c, column);
    }
    return true;
}

static bool constrain(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    if (!column || column->key || column->part || column->content)
        return false;
    if (rm_chance(m, 3))
        rm_unconstrain(column);
    else
        rm_constrain(m, column);
    rm_log(m, "constraints of %s.%s", rm_id(m, c), column->name);
    return true;
}

/* A little more or less than before. */
static bool shift_constraint(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    int by = rm_chance(m, 2) ? 1 : -1;
    if (!column || (column->max_length < 1 && !column->has_max && column->allowed_count < 2))
        return false;
    if (column->max_length >= 1 && column->max_length + by >= column->min_length)
        column->max_length += by;
    if (column->has_max && (!column->has_min || column->max + by >= column->min))
        column->max += by;
    if (column->allowed_count >= 2)
        column->allowed_count--;
    rm_log(m, "constraint of %s.%s %+d", rm_id(m, c), column->name, by);
    return true;
}

static bool toggle_required(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    if (!column || (column->target && rm_is_list(column->type)))
        return false;
    column->required = !column->required;
    rm_log(m, "%s.%s: required %d", rm_id(m, c), column->name, column->required);
    return true;
}

static bool rename_column(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    if (!column || column->key || strcmp(column->name, "id") == 0)
        return false;
    const char *from = column->name;
    column->name = rm_new_column_name(m, c);
    column->locale = NULL;
    rm_log(m, "rename column %s.%s to %s", rm_id(m, c), from, column->name);
    return true;
}

/* Another name for git, the same for an engine. Not of what may be named as a parent's key. */
static bool recase_column(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    if (!column || is_fixed(column) || column->locale || strstr(column->name, "_id") ||
        (*column->name | 0x20) < 'a' || (*column->name | 0x20) > 'z')
        return false;
    char *name = igd_arena_cstr(m->mem, igd_str_from(column->name));
    *name ^= 0x20;
    rm_log(m, "respell column %s.%s as %s", rm_id(m, c), column->name, name);
    column->name = name;
    return true;
}

static bool trade_column_names(rm_model *m, rm_collection *c)
{
    rm_column *a = any_column(m, c), *b = any_column(m, c);
    if (!a || a == b || is_fixed(a) || is_fixed(b) || a->locale || b->locale)
        return false;
    const char *name = a->name;
    a->name = b->name;
    b->name = name;
    rm_log(m, "trade columns %s and %s of %s", a->name, b->name, rm_id(m, c));
    return true;
}

/* ---- references ---- */

static bool add_reference(rm_model *m, rm_collection *c)
{
    if (c->column_count + 1 > RM_COLUMNS)
        return false;
    rm_refer(m, c, rm_chance(m, 3) && !c->parent ? c : rm_any_root(m));
    rm_log(m, "refer from %s.%s", rm_id(m, c), c->columns[c->column_count - 1].name);
    return true;
}

/* Each refers to the other, with or without exception. */
static bool add_cycle(rm_model *m, rm_collection *c)
{
    rm_collection *other = rm_any_root(m);
    if (c->parent || c == other || !rm_chance(m, 2) || c->column_count + 1 > RM_COLUMNS ||
        other->column_count + 1 > RM_COLUMNS)
        return false;
    rm_refer(m, c, other);
    rm_refer(m, other, c);
    rm_log(m, "cycle of %s and %s", rm_id(m, c), rm_id(m, other));
    return true;
}

static bool aim_column(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    if (!column || column->key || column->part || column->content || column->locale ||
        (column->type != RM_T_STRING && column->type != RM_T_LIST) ||
        strcmp(column->name, "id") == 0)
        return false;
    rm_unconstrain(column);
    column->target = rm_any_root(m);
    column->required &= column->type == RM_T_STRING;
    rm_log(m, "aim %s.%s at %s", rm_id(m, c), column->name, rm_id(m, column->target));
    return true;
}

static bool drop_reference(rm_model *m, rm_collection *c)
{
    rm_column *column = any_column(m, c);
    if (!column || !column->target)
        return false;
    column->target = NULL;
    rm_log(m, "end reference of %s.%s", rm_id(m, c), column->name);
    return true;
}

/* ---- keys ---- */

static void set_key(rm_model *m, rm_collection *c, const char *name)
{
    ptrdiff_t key = rm_key_at(c);
    if (key < 0) {
        key = (ptrdiff_t)c->column_count;
        rm_add_column(m, c, name, RM_T_STRING)->key = true;
    }
    c->columns[key].name = name;
}

/* The declared key: `id`, `$ID`, or none. */
static bool change_key(rm_model *m, rm_collection *c)
{
    rm_collection old = *c;
    ptrdiff_t at = rm_key_at(c), id = rm_column_at(c, "id");
    rm_key key = (rm_key)rm_pick(m, 3);
    if (c->key == key || c->key > RM_KEY_ID || c->column_count + 1 > RM_COLUMNS ||
        (key == RM_KEY_ID && id >= 0) ||
        (key == RM_KEY_NONE && (c->column_count < 2 || c->columns[at].target)))
        return false;
    c->key = key;
    if (key == RM_KEY_NONE)
        rm_drop_column(c, (size_t)at);
    else
        set_key(m, c, key == RM_KEY_DOLLAR ? "$ID" : "id");
    rm_log(m, "key of %s: %d -> %d", rm_id(m, c), old.key, key);
    if (rm_legal(m, c))
        return true;
    igd_buf_puts(&m->log, " undone");
    if (key == RM_KEY_NONE) { /* at the end then: the order of columns means nothing */
        rm_add_column(m, c, old.columns[at].name, RM_T_STRING);
        c->columns[c->column_count - 1] = old.columns[at];
    } else if (at < 0) {
        rm_drop_column(c, (size_t)rm_key_at(c));
    } else {
        c->columns[at].name = old.columns[at].name;
    }
    c->key = old.key;
    return false;
}

/* primary_key with one column becomes the usual key and an ordinary column, or the reverse. */
static bool change_primary_key(rm_model *m, rm_collection *c)
{
    ptrdiff_t at = rm_key_at(c);
    if (c->shape != RM_ROWS || c->key != RM_KEY_ONE || c->column_count + 1 > RM_COLUMNS ||
        c->columns[at].type != RM_T_STRING || rm_column_at(c, "$ID") >= 0)
        return false;
    for (size_t n = 0; n < c->records.len; n++)
        c->records.items[n]->values[at] = rm_text(m, c->records.items[n]->key);
    c->columns[at].key = false;
    c->key = RM_KEY_DOLLAR;
    rm_add_column(m, c, "$ID", RM_T_STRING)->key = true;
    rm_log(m, "primary key of %s", rm_id(m, c));
    return true;
}

rm_op *const rm_schema_ops[] = {
    recase_column,   add_column,     add_column,         drop_column,        change_type,
    change_type,     constrain,      constrain,          shift_constraint,   toggle_required,
    toggle_required, rename_column,  trade_column_names, add_reference,      add_cycle,
    aim_column,      drop_reference, change_key,         change_primary_key,
};
const size_t rm_schema_op_count = IGD_COUNT(rm_schema_ops);
