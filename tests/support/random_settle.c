/*
 * Making a changed model valid again: values that no longer fit are made anew, references to what
 * is gone are turned elsewhere or end their record, and so does a parent's end.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

#define TRIES 30

/* ---- records ---- */

/* The key of a record with several key columns. */
static const char *joined_key(rm_model *m, const rm_collection *c, const rm_record *record)
{
    IGD_CLEANUP(igd_buf)
    igd_buf key = IGD_BUF_INIT;
    for (size_t n = 0; n < c->column_count; n++) {
        const rm_value *value = record->values[n];
        if (!c->columns[n].part)
            continue;
        if (key.len > 0)
            igd_buf_byte(&key, 0x1F);
        if (value->kind == RM_INT)
            igd_buf_printf(&key, "%lld", (long long)value->integer);
        else
            igd_buf_puts(&key, value->text);
    }
    return igd_arena_cstr(m->mem, igd_buf_view(&key));
}

static const rm_value *fitting_value(rm_model *m, rm_collection *c, rm_column *column)
{
    for (size_t n = 0; n < TRIES; n++) {
        const rm_value *value = rm_value_new(m, c, column);
        if (rm_value_fits(c, column, value) || column->target)
            return value;
    }
    /* Nothing does: the constraints go. */
    column->length = column->min_length = column->max_length = -1;
    column->has_min = column->has_max = false;
    column->allowed_count = 0;
    for (;;) {
        const rm_value *value = rm_value_new(m, c, column);
        if (rm_value_fits(c, column, value))
            return value;
    }
}

/* A part of a key is a text that is not empty, an integer or a date. */
static const rm_value *part_value(rm_model *m, const rm_column *column)
{
    if (column->type == RM_T_INT)
        return rm_int(m, (int64_t)rm_pick(m, 50));
    if (column->type == RM_T_DATE)
        return rm_text(m, rm_print(m, "2024-01-%02zu", rm_pick(m, 28) + 1));
    return rm_text(m, rm_print(m, "%s%zu", rm_chance(m, 4) ? "a b/" : "p", rm_pick(m, 30)));
}

/* A key column that refers elsewhere takes one of the keys there. */
static const char *referring_key(rm_model *m, const rm_collection *c, const rm_record *parent,
                                 const rm_collection *target)
{
    for (size_t n = 0; n < TRIES && target->records.len > 0; n++) {
        const char *key = target->records.items[rm_pick(m, target->records.len)]->key;
        if (!rm_find(c, parent, key))
            return key;
    }
    return NULL;
}

void rm_add_record(rm_model *m, rm_collection *c, rm_record *parent)
{
    rm_record *record = IGD_NEW(m->mem, rm_record);
    ptrdiff_t key = rm_key_at(c);
    record->parent = parent;
    record->style = rm_next(&m->random);
    for (size_t n = 0; n < c->column_count; n++) {
        rm_column *column = &c->columns[n];
        record->values[n] = column->key    ? &rm_null
                            : column->part ? part_value(m, column)
                                           : fitting_value(m, c, column);
    }
    if (rm_has_parts(c))
        record->key = joined_key(m, c, record);
    else if (key >= 0 && c->columns[key].target)
        record->key = referring_key(m, c, parent, c->columns[key].target);
    else
        record->key = rm_new_key(m, c, parent);
    if (record->key && !rm_find(c, parent, record->key))
        IGD_PUSH(m->mem, &c->records, record);
}

void rm_fill(rm_model *m, rm_collection *c, size_t most)
{
    size_t parents = c->parent ? c->parent->records.len : 1;
    for (size_t n = 0; n < parents; n++) {
        rm_record *parent = c->parent ? c->parent->records.items[n] : NULL;
        if (parent && rm_chance(m, 3))
            continue;
        for (size_t count = rm_pick(m, most + 1); count > 0; count--)
            rm_add_record(m, c, parent);
    }
}

/* ---- references ---- */

/* Root collections have no parents, so the key alone finds a record. */
static bool dangles(const rm_column *column, const rm_value *value)
{
    return value->kind == RM_TEXT && !rm_find(column->target, NULL, value->text);
}

static const rm_value *only_found(rm_model *m, const rm_column *column, const rm_value *list,
                                  bool *changed)
{
    rm_value *kept = IGD_NEW(m->mem, rm_value);
    *kept = (rm_value){.kind = RM_LIST,
                       .items = IGD_NEW_ARRAY(m->mem, const rm_value *, list->count + 1)};
    for (size_t n = 0; n < list->count; n++)
        if (!dangles(column, list->items[n]))
            kept->items[kept->count++] = list->items[n];
    if (kept->count == list->count)
        return list;
    *changed = true;
    return kept;
}

static void settle_reference(rm_model *m, rm_collection *c, rm_record *record, size_t at,
                             bool *changed)
{
    rm_column *column = &c->columns[at];
    const rm_value **value = &record->values[at];
    if (column->key) {
        record->gone |= !rm_find(column->target, NULL, record->key);
        *changed |= record->gone;
    } else if ((*value)->kind == RM_LIST) {
        *value = only_found(m, column, *value, changed);
    } else if (dangles(column, *value) || ((*value)->kind == RM_NULL && column->required)) {
        *changed = true;
        size_t count = column->target->records.len;
        rm_record *other = count ? column->target->records.items[rm_pick(m, count)] : NULL;
        if (other && !other->gone && (column->required || rm_chance(m, 2)))
            *value = rm_text(m, other->key);
        else if (column->required)
            record->gone = true;
        else
            *value = &rm_null;
    }
}

static bool settle_references(rm_model *m, rm_collection *c)
{
    bool changed = false;
    for (size_t n = 0; n < c->records.len; n++) {
        rm_record *record = c->records.items[n];
        if (record->parent && record->parent->gone) {
            record->gone = true;
            changed = true;
        }
        for (size_t at = 0; at < c->column_count && !record->gone; at++)
            if (c->columns[at].target)
                settle_reference(m, c, record, at, &changed);
    }
    return changed;
}

static void remove_gone(rm_collection *c)
{
    size_t kept = 0;
    for (size_t n = 0; n < c->records.len; n++)
        if (!c->records.items[n]->gone)
            c->records.items[kept++] = c->records.items[n];
    c->records.len = kept;
}

/* ---- the whole ---- */

/* Without a content_field, $content is the body of a markdown file: no field of its front. */
static void settle_content(rm_collection *c)
{
    ptrdiff_t at = rm_column_at(c, "$content");
    for (size_t n = 0; n < c->column_count; n++)
        if (c->columns[n].content)
            return;
    if (at >= 0 && c->format == RM_MARKDOWN)
        c->columns[at].name = "content";
}

/* Collections below one that is gone, and foreign keys to it. */
static void settle_collections(rm_model *m)
{
    size_t kept = 0;
    for (size_t n = 0; n < m->collections.len; n++) {
        rm_collection *c = m->collections.items[n];
        c->gone |= c->parent && c->parent->gone;
        if (!c->gone)
            m->collections.items[kept++] = c;
    }
    m->collections.len = kept;
    for (size_t n = 0; n < kept; n++)
        for (size_t k = 0; k < m->collections.items[n]->column_count; k++) {
            rm_column *column = &m->collections.items[n]->columns[k];
            if (column->target && column->target->gone)
                column->target = NULL;
        }
}

static void settle_values(rm_model *m, rm_collection *c)
{
    for (size_t n = 0; n < c->records.len; n++) {
        rm_record *record = c->records.items[n];
        for (size_t at = 0; at < c->column_count; at++) {
            rm_column *column = &c->columns[at];
            if (!column->key && !column->part && !rm_value_fits(c, column, record->values[at]))
                record->values[at] = fitting_value(m, c, column);
        }
    }
}

void rm_settle(rm_model *m)
{
    bool changed = true;
    settle_collections(m);
    for (size_t n = 0; n < m->collections.len; n++) {
        remove_gone(m->collections.items[n]);
        settle_content(m->collections.items[n]);
        settle_values(m, m->collections.items[n]);
    }
    while (changed) {
        changed = false;
        for (size_t n = 0; n < m->collections.len; n++)
            changed |= settle_references(m, m->collections.items[n]);
        for (size_t n = 0; n < m->collections.len; n++)
            remove_gone(m->collections.items[n]);
    }
}
