/*
 * Collections and columns by chance.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

static const char *const modules[] = {"geo", "shop"};

bool rm_legal(const rm_model *m, const rm_collection *c)
{
    ptrdiff_t id = rm_column_at(c, "id"), key = rm_key_at(c);
    bool rows = c->shape == RM_ROWS, parent = rm_has_children(m, c);
    bool ordinary_id = id >= 0 && !c->columns[id].key;
    bool number = key >= 0 && c->columns[key].type == RM_T_INT;
    bool refers = key >= 0 && c->columns[key].target;
    if (!rm_format_stores(c->format, c->shape) || c->column_count == 0)
        return false;
    if (!rows && (c->key == RM_KEY_ONE || c->key == RM_KEY_PARTS))
        return false;
    if (rows && c->key == RM_KEY_NONE && (c->format == RM_CSV || ordinary_id))
        return false;
    /* The $ID of an INGR map is a text, whatever is declared. */
    if (c->format == RM_INGR && c->shape == RM_KEYED && number)
        return false;
    if (!rows && c->key == RM_KEY_ID && number)
        return false; /* it would be an ordinary column */
    if (!rows && c->key != RM_KEY_ID && ordinary_id && c->columns[id].type == RM_T_STRING)
        return false; /* it would be the key */
    if ((c->wild_keys || refers) && (c->shape == RM_SINGLE || parent))
        return false;
    return !(rm_has_parts(c) && parent);
}

/* ---- constraints ---- */

void rm_unconstrain(rm_column *column)
{
    column->length = column->min_length = column->max_length = -1;
    column->has_min = column->has_max = false;
    column->allowed_count = 0;
}

static void constrain_length(rm_model *m, rm_column *column)
{
    size_t kind = rm_pick(m, 4);
    int least = (int)rm_pick(m, 4);
    if (kind == 0)
        column->length = least;
    if (kind == 1 || kind == 3)
        column->min_length = least;
    if (kind >= 2)
        column->max_length = least + (int)rm_pick(m, 6);
}

static void constrain_range(rm_model *m, rm_column *column)
{
    size_t kind = rm_pick(m, 3);
    column->min = (int)rm_pick(m, 40) - 20;
    column->max = column->min + (int)rm_pick(m, 60);
    column->has_min = kind != 1;
    column->has_max = kind != 0;
}

static void constrain_members(rm_model *m, rm_column *column)
{
    rm_column plain = *column;
    plain.required = true;
    size_t count = rm_pick(m, RM_ALLOWED) + 1;
    for (size_t n = 0; n < count; n++)
        column->allowed[n] = rm_value_new(m, NULL, &plain);
    column->allowed_count = count;
}

void rm_constrain(rm_model *m, rm_column *column)
{
    rm_unconstrain(column);
    if (column->target || column->type == RM_T_ANY)
        return;
    if (rm_is_list(column->type) || rm_is_map(column->type))
        constrain_length(m, column);
    else if (column->type == RM_T_STRING && rm_chance(m, 2))
        constrain_length(m, column);
    else if ((column->type == RM_T_INT || column->type == RM_T_FLOAT) && rm_chance(m, 2))
        constrain_range(m, column);
    else
        constrain_members(m, column);
}

/* ---- columns ---- */

void rm_refer(rm_model *m, rm_collection *c, rm_collection *target)
{
    rm_type type = rm_chance(m, 5) ? RM_T_LIST : RM_T_STRING;
    if (target->int_keys && rm_chance(m, 2))
        type = RM_T_INT;
    rm_column *column = rm_add_column(m, c, rm_new_column_name(m, c), type);
    column->target = target;
    column->required = type != RM_T_LIST && rm_chance(m, 3);
}

static void add_pair(rm_model *m, rm_collection *c)
{
    const char *name = rm_new_column_name(m, c);
    rm_column *column = rm_add_column(m, c, name, RM_T_STRING);
    column->locale = rm_chance(m, 2) ? "en" : "de";
    column->required = rm_chance(m, 3);
    rm_add_column(m, c, rm_print(m, "%ss", name), RM_T_MAP_LOCALE)->required = rm_chance(m, 3);
}

/* The name that the column of the parent's key has, unless a field takes it. */
static const char *parents_key(rm_model *m, const rm_collection *c)
{
    const char *dot = strrchr(c->parent->name, '.');
    return rm_print(m, "%s_id", dot ? dot + 1 : c->parent->name);
}

void rm_random_column(rm_model *m, rm_collection *c)
{
    if (c->column_count + 2 > RM_COLUMNS)
        return;
    rm_collection *target = rm_any_root(m);
    if (target && rm_chance(m, 4)) {
        rm_refer(m, c, target);
    } else if (rm_chance(m, 6)) {
        add_pair(m, c);
    } else if (rm_chance(m, 12) && c->shape != RM_ROWS && rm_column_at(c, "id") < 0) {
        rm_add_column(m, c, "id", RM_T_INT); /* not the key: that is a text */
    } else if (rm_chance(m, 20) && rm_column_at(c, "$content") < 0) {
        rm_add_column(m, c, "$content", RM_T_STRING);
    } else if (rm_chance(m, 8) && c->parent && rm_column_at(c, parents_key(m, c)) < 0) {
        rm_add_column(m, c, parents_key(m, c), RM_T_STRING);
    } else {
        rm_type type = (rm_type)(rm_chance(m, 2) ? rm_pick(m, RM_T_ANY) : rm_pick(m, RM_TYPES));
        rm_column *column = rm_add_column(m, c, rm_new_column_name(m, c), type);
        column->required = rm_chance(m, 3);
        if (rm_chance(m, 2))
            rm_constrain(m, column);
    }
}

/* ---- collections ---- */

/* Is there a table of a root collection's name? */
static bool is_used(rm_model *m, const char *name)
{
    const char *table = rm_table(m, &(rm_collection){.name = name});
    for (size_t n = 0; n < m->collections.len; n++)
        if (strcasecmp(rm_table(m, m->collections.items[n]), table) == 0)
            return true;
    return false;
}

static void name_root(rm_model *m, rm_collection *c)
{
    static const char *const forms[] = {"tags", "Box", "my_items", "old.places", "a.b.things"};
    if (m->dropped.len > 0 && rm_chance(m, 2)) {
        c->name = m->dropped.items[rm_pick(m, m->dropped.len)].ptr;
        if (!is_used(m, c->name))
            return;
    }
    if (!rm_chance(m, 3))
        c->module = NULL;
    else
        c->module = modules[rm_pick(m, IGD_COUNT(modules))];
    c->name = rm_print(m, "%s%u", forms[rm_pick(m, IGD_COUNT(forms))], ++m->numbers);
}

void rm_place(rm_model *m, rm_collection *c)
{
    static const char *const forms[] = {"dir%u", "data/dir%u", "d%u/e/f", "with space %u",
                                        "\xC3\xBC%u"};
    static const char *const bases[] = {"area", "zone/one", "zone"};
    unsigned number = ++m->numbers;
    const char *form = forms[rm_pick(m, IGD_COUNT(forms))];
    size_t before = strcspn(form, "%");
    c->layout = (rm_layout)rm_pick(m, RM_LAYOUTS);
    if (c->layout == RM_SHARED)
        c->dir = bases[rm_pick(m, IGD_COUNT(bases))];
    else
        c->dir = rm_print(m, "%.*s%u%s", (int)before, form, number, form + before + 2);
    c->data_dir = rm_print(m, rm_chance(m, 2) ? "d%u" : "deep/d%u", number);
}

static void choose_key(rm_model *m, rm_collection *c)
{
    static const char *const part_names[] = {"part", "Second", "third one"};
    static const rm_type part_types[] = {RM_T_STRING, RM_T_INT, RM_T_DATE};
    rm_column *column = NULL;
    c->key = (rm_key)rm_pick(m, c->shape == RM_ROWS ? 5 : 3);
    c->int_keys &= c->key != RM_KEY_PARTS;
    if (c->key == RM_KEY_DOLLAR)
        column = rm_add_column(m, c, "$ID", RM_T_STRING);
    if (c->key == RM_KEY_ID)
        column = rm_add_column(m, c, "id", RM_T_STRING);
    if (c->key == RM_KEY_ONE)
        column = rm_add_column(m, c, "code", RM_T_STRING);
    if (c->key == RM_KEY_PARTS)
        for (size_t n = 0, count = 2 + rm_pick(m, 2); n < count; n++)
            rm_add_column(m, c, part_names[n], part_types[rm_pick(m, 3)])->part = true;
    if (!column)
        return;
    column->key = true;
    column->required = rm_chance(m, 3);
    if (c->int_keys && rm_chance(m, 2)) {
        column->type = RM_T_INT;
    } else if (c->shape == RM_ROWS && m->collections.len > 0 && rm_chance(m, 3)) {
        column->target = rm_any_root(m);
        c->int_keys = column->target->int_keys;
    }
}

static rm_collection *try_collection(rm_model *m, rm_collection *parent)
{
    rm_collection *c = IGD_NEW(m->mem, rm_collection);
    c->parent = parent;
    c->format = (rm_format)rm_pick(m, RM_FORMATS);
    c->shape = (rm_shape)rm_pick(m, 3);
    c->template = (int)rm_pick(m, 15);
    c->int_keys = rm_chance(m, 5);
    c->wild_keys = !c->int_keys && c->shape != RM_SINGLE && rm_chance(m, 4);
    c->inherits = rm_chance(m, 3) ? (int)rm_pick(m, 2) + 1 : 0;
    c->style = rm_next(&m->random);
    c->order_style = rm_next(&m->random);
    choose_key(m, c);
    if (parent)
        c->name = rm_print(m, "%s%u", rm_chance(m, 2) ? "sub" : "Lines", ++m->numbers);
    if (parent && rm_chance(m, 8))
        c->name = "box";
    for (size_t n = 0; n < m->collections.len; n++)
        if (parent && m->collections.items[n]->parent == parent &&
            strcmp(m->collections.items[n]->name, c->name) == 0)
            return NULL;
    for (size_t count = rm_pick(m, 5) + (c->column_count == 0); count > 0; count--)
        rm_random_column(m, c);
    return rm_legal(m, c) ? c : NULL;
}

rm_collection *rm_add_collection(rm_model *m, rm_collection *parent)
{
    rm_collection *c = NULL;
    while (!c)
        c = try_collection(m, parent);
    if (!parent) {
        name_root(m, c);
        rm_place(m, c);
    }
    IGD_PUSH(m->mem, &m->collections, c);
    rm_fill(m, c, 5);
    return c;
}
