/*
 * Damage to files: the model stays valid, what is written of it does not. Damage outlives commits
 * until it is repaired, so that definitions and other records change meanwhile.
 */
#include "tests/support/random_model.h"

#define MOST_DAMAGES 4

static void repair(rm_model *m, unsigned one_in)
{
    for (size_t n = 0; n < m->collections.len; n++) {
        rm_collection *c = m->collections.items[n];
        if (c->damage != RM_WHOLE && rm_chance(m, one_in)) {
            c->damage = RM_WHOLE;
            rm_log(m, "repair the file of %s", rm_id(m, c));
        }
        for (size_t r = 0; r < c->records.len; r++) {
            rm_record *record = c->records.items[r];
            if (record->damage == RM_WHOLE || !rm_chance(m, one_in))
                continue;
            record->damage = RM_WHOLE;
            rm_log(m, "repair '%s' of %s", record->key, rm_id(m, c));
        }
    }
}

static const char *word(rm_damage damage)
{
    static const char *const words[] = {"whole", "hide", "spoil", "lose", "tear", "cut"};
    return words[damage];
}

static void damage_record(rm_model *m, const rm_collection *c)
{
    if (c->records.len == 0)
        return;
    rm_record *record = c->records.items[rm_pick(m, c->records.len)];
    record->damage = (rm_damage)(RM_HIDDEN + rm_pick(m, c->shape == RM_SINGLE ? 5 : 3));
    rm_log(m, "%s '%s' of %s", word(record->damage), record->key, rm_id(m, c));
}

static void damage_file(rm_model *m, rm_collection *c)
{
    rm_record_list *parents = c->parent ? &c->parent->records : NULL;
    if (c->shape == RM_SINGLE || (parents && parents->len == 0))
        return;
    c->damage = rm_chance(m, 2) ? RM_TORN : RM_CUT;
    c->damage_at = parents ? parents->items[rm_pick(m, parents->len)] : NULL;
    rm_log(m, "%s the file of %s below '%s'", word(c->damage), rm_id(m, c),
           c->damage_at ? c->damage_at->key : "");
}

void rm_break(rm_model *m)
{
    if (rm_chance(m, 5)) {
        repair(m, 1);
        return;
    }
    repair(m, 3);
    for (size_t count = rm_pick(m, MOST_DAMAGES + 1); count > 0 && m->collections.len > 0;
         count--) {
        rm_collection *c = rm_any_collection(m);
        if (rm_chance(m, 3))
            damage_file(m, c);
        else
            damage_record(m, c);
    }
}

bool rm_is_broken(const rm_model *m)
{
    for (size_t n = 0; n < m->collections.len; n++) {
        const rm_collection *c = m->collections.items[n];
        if (c->damage != RM_WHOLE)
            return true;
        for (size_t r = 0; r < c->records.len; r++)
            if (c->records.items[r]->damage != RM_WHOLE)
                return true;
    }
    return false;
}

void rm_spoil(const rm_collection *c, rm_damage damage, rm_entry *entry)
{
    static const rm_value wrong = {.kind = RM_TEXT, .text = "not a value"};
    static const rm_value list = {.kind = RM_LIST};
    uint64_t style = entry->style;
    size_t start = entry->count ? rm_draw(&style, entry->count) : 0;
    for (size_t n = 0; n < entry->count; n++) {
        rm_member *member = &entry->members[(start + n) % entry->count];
        ptrdiff_t at = rm_column_at(c, member->name);
        bool refers = at >= 0 && c->columns[at].target;
        if (at < 0 || c->columns[at].content || (damage == RM_LOST && !refers))
            continue;
        if (damage == RM_LOST || damage == RM_SPOILT) {
            bool text = c->columns[at].type == RM_T_STRING && !refers;
            *member = (rm_member){member->name, text ? &list : &wrong, RM_T_ANY};
            return;
        }
    }
}

void rm_tear(rm_damage damage, igd_buf *text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf half = IGD_BUF_INIT;
    if (damage == RM_CUT)
        igd_buf_add(&half, text->ptr, text->len / 2);
    else if (damage == RM_TORN)
        igd_buf_puts(&half, "---\n{ [ \" nothing to read\n");
    else
        return;
    igd_buf_clear(text);
    igd_buf_add(text, half.ptr, half.len);
}
