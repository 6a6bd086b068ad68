/*
 * What a commit does to a random database: records, files, and (random_ops_schema.c) definitions.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

#define MOST_RECORDS     30
#define MOST_COLLECTIONS 10
#define MOST_DEPTH       2

static rm_record *any_record(rm_model *m, const rm_collection *c)
{
    return c->records.len > 0 ? c->records.items[rm_pick(m, c->records.len)] : NULL;
}

/* ---- records ---- */

static bool add_records(rm_model *m, rm_collection *c)
{
    if (c->records.len >= MOST_RECORDS || (c->parent && c->parent->records.len == 0))
        return false;
    for (size_t count = rm_pick(m, 4) + 1; count > 0; count--)
        rm_add_record(m, c, c->parent ? any_record(m, c->parent) : NULL);
    rm_log(m, "add records to %s", rm_id(m, c));
    return true;
}

static bool edit_records(rm_model *m, rm_collection *c)
{
    for (size_t count = rm_pick(m, 4) + 1; count > 0; count--) {
        rm_record *record = any_record(m, c);
        size_t at = rm_pick(m, c->column_count);
        if (!record || c->columns[at].key || c->columns[at].part)
            return false;
        record->values[at] = rm_value_new(m, c, &c->columns[at]);
        record->style = rm_next(&m->random);
    }
    rm_log(m, "edit %s", rm_id(m, c));
    return true;
}

static bool delete_records(rm_model *m, rm_collection *c)
{
    if (c->records.len == 0)
        return false;
    for (size_t count = rm_pick(m, 3) + 1; count > 0; count--)
        any_record(m, c)->gone = true;
    rm_log(m, "delete from %s", rm_id(m, c));
    return true;
}

static bool delete_all(rm_model *m, rm_collection *c)
{
    if (!rm_chance(m, 4))
        return false;
    for (size_t n = 0; n < c->records.len; n++)
        c->records.items[n]->gone = true;
    rm_log(m, "empty %s", rm_id(m, c));
    return true;
}

static void follow_key(rm_model *m, const rm_collection *target, const char *from, const char *to)
{
    for (size_t n = 0; n < m->collections.len; n++) {
        rm_collection *c = m->collections.items[n];
        for (size_t k = 0; k < c->column_count; k++)
            for (size_t r = 0; c->columns[k].target == target && r < c->records.len; r++) {
                const rm_value **value = &c->records.items[r]->values[k];
                if ((*value)->kind == RM_TEXT && strcmp((*value)->text, from) == 0)
                    *value = rm_text(m, to);
            }
    }
}

static bool rename_record(rm_model *m, rm_collection *c)
{
    rm_record *record = any_record(m, c);
    ptrdiff_t key = rm_key_at(c);
    if (!record || rm_has_parts(c) || (key >= 0 && c->columns[key].target))
        return false;
    const char *from = record->key;
    record->key = rm_new_key(m, c, record->parent);
    if (rm_chance(m, 2))
        follow_key(m, c, from, record->key);
    rm_log(m, "rename record '%s' of %s to '%s'", from, rm_id(m, c), record->key);
    return true;
}

/* Two records of one parent trade their keys: an update of each, or delete and insert? */
static bool trade_keys(rm_model *m, rm_collection *c)
{
    rm_record *a = any_record(m, c), *b = any_record(m, c);
    if (!a || a == b || a->parent != b->parent || rm_has_parts(c))
        return false;
    const char *key = a->key;
    a->key = b->key;
    b->key = key;
    rm_log(m, "trade keys in %s", rm_id(m, c));
    return true;
}

/* ---- files ---- */

static bool move_collection(rm_model *m, rm_collection *c)
{
    if (c->parent)
        return false;
    rm_place(m, c);
    rm_log(m, "move %s", rm_id(m, c));
    return true;
}

static bool move_modules(rm_model *m, rm_collection *c)
{
    (void)c;
    m->module_place++;
    rm_log(m, "move modules");
    return true;
}

static bool switch_template(rm_model *m, rm_collection *c)
{
    c->template = (int)rm_pick(m, 15);
    m->rewrites++;
    rm_log(m, "template of %s", rm_id(m, c));
    return true;
}

static void end_content(rm_collection *c)
{
    for (size_t n = 0; n < c->column_count; n++)
        c->columns[n].content = false;
}

static bool switch_format(rm_model *m, rm_collection *c)
{
    rm_collection old = *c;
    c->format = (rm_format)rm_pick(m, RM_FORMATS);
    c->shape = (rm_shape)rm_pick(m, 3);
    if ((c->format == old.format && c->shape == old.shape) || !rm_legal(m, c)) {
        c->format = old.format;
        c->shape = old.shape;
        return false;
    }
    end_content(c);
    m->rewrites++;
    rm_log(m, "format of %s: %s -> %s", rm_id(m, c), rm_format_name(old.format),
           rm_format_name(c->format));
    return true;
}

static bool set_content(rm_model *m, rm_collection *c)
{
    size_t at = rm_pick(m, c->column_count);
    rm_column *column = &c->columns[at];
    if (c->format != RM_MARKDOWN || column->type != RM_T_STRING || column->key || column->target ||
        column->locale)
        return false;
    end_content(c);
    rm_unconstrain(column);
    column->content = true;
    rm_log(m, "body of %s: %s", rm_id(m, c), column->name);
    return true;
}

static bool restyle(rm_model *m, rm_collection *c)
{
    c->style = rm_next(&m->random);
    rm_log(m, "restyle %s", rm_id(m, c));
    return true;
}

static bool reorder(rm_model *m, rm_collection *c)
{
    c->order_style = rm_next(&m->random);
    rm_log(m, "columns_order of %s", rm_id(m, c));
    return true;
}

static bool inherit(rm_model *m, rm_collection *c)
{
    c->inherits = (c->inherits + 1) % 3;
    rm_log(m, "%s inherits %d", rm_id(m, c), c->inherits);
    return true;
}

static bool touch(rm_model *m, rm_collection *c)
{
    (void)c;
    m->noise++;
    rm_log(m, "nothing");
    return true;
}

/* ---- collections ---- */

static bool add_collection(rm_model *m, rm_collection *parent)
{
    if (m->collections.len >= MOST_COLLECTIONS)
        return false;
    if (parent && (rm_depth(parent) >= MOST_DEPTH || parent->wild_keys || rm_has_parts(parent) ||
                   (rm_key_at(parent) >= 0 && parent->columns[rm_key_at(parent)].target)))
        return false;
    rm_log(m, "add collection %s", rm_id(m, rm_add_collection(m, parent)));
    return true;
}

static bool add_root(rm_model *m, rm_collection *c)
{
    (void)c;
    return add_collection(m, NULL);
}

static bool drop_collection(rm_model *m, rm_collection *c)
{
    if (rm_chance(m, 2))
        return false;
    c->gone = true;
    if (!c->parent && !c->module)
        IGD_PUSH(m->mem, &m->dropped, igd_str_from(c->name));
    rm_log(m, "drop collection %s", rm_id(m, c));
    return true;
}

/* "a.b" becomes "a_b" and keeps its table's name. */
static bool respell_collection(rm_model *m, rm_collection *c)
{
    char *name = igd_arena_cstr(m->mem, igd_str_from(c->name)), *dot = strchr(name, '.');
    if (c->parent || !dot)
        return false;
    *dot = '_';
    m->rewrites++;
    rm_log(m, "respell %s as %s", c->name, name);
    c->name = name;
    return true;
}

/* Another collection for git, a table of the same name for an engine. */
static bool recase_collection(rm_model *m, rm_collection *c)
{
    char *name = igd_arena_cstr(m->mem, igd_str_from(c->name));
    if (!rm_chance(m, 2) || rm_has_children(m, c)) /* nor columns like its key's in those */
        return false;
    *name ^= 0x20;
    m->rewrites++;
    rm_log(m, "respell %s as %s", c->name, name);
    c->name = name;
    return true;
}

static bool trade_names(rm_model *m, rm_collection *c)
{
    rm_collection *other = rm_any_root(m);
    if (c->parent || other == c || !rm_chance(m, 2))
        return false;
    rm_log(m, "trade names of %s and %s", rm_id(m, c), rm_id(m, other));
    const char *name = c->name, *module = c->module;
    c->name = other->name;
    c->module = other->module;
    other->name = name;
    other->module = module;
    return true;
}

static bool rename_collection(rm_model *m, rm_collection *c)
{
    if (!rm_chance(m, 2))
        return false;
    const char *from = rm_id(m, c);
    c->name = rm_print(m, "renamed%u", ++m->numbers);
    rm_log(m, "rename %s to %s", from, rm_id(m, c));
    return true;
}

/* ---- the whole ---- */

static rm_op *const ops[] = {
    recase_collection, add_records,
    add_records,       edit_records,
    edit_records,      edit_records,
    delete_records,    delete_records,
    delete_all,        rename_record,
    trade_keys,        move_collection,
    move_collection,   move_modules,
    switch_template,   switch_format,
    switch_format,     set_content,
    restyle,           reorder,
    inherit,           touch,
    add_collection,    add_root,
    drop_collection,   respell_collection,
    trade_names,       rename_collection,
};

void rm_change(rm_model *m)
{
    for (size_t tries = 0; tries < 100; tries++) {
        rm_collection *c = rm_any_collection(m);
        size_t at = rm_pick(m, IGD_COUNT(ops) + rm_schema_op_count);
        rm_op *op = at < IGD_COUNT(ops) ? ops[at] : rm_schema_ops[at - IGD_COUNT(ops)];
        if (!c)
            op = add_root;
        if (op(m, c)) {
            rm_settle(m); /* the next one starts from what is valid */
            return;
        }
    }
}

void rm_begin(rm_model *m)
{
    for (size_t roots = rm_pick(m, 4); roots > 0; roots--)
        rm_add_collection(m, NULL);
    for (size_t subs = rm_pick(m, 4); subs > 0 && m->collections.len > 0; subs--)
        add_collection(m, rm_any_collection(m));
    for (size_t n = 0; n < m->collections.len; n++)
        rm_fill(m, m->collections.items[n], 3);
    rm_log(m, "first");
}
