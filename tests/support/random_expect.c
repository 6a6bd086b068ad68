/*
 * What a target has to hold after a sync of the model: written down from the contract's rules of
 * naming, without any of the program's code.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

typedef struct place {
    const char *name; /* of the target's column */
    const char *sql;
    bool not_null;
    int key;         /* place in the primary key, from 1; 0: none */
    ptrdiff_t field; /* column of the model; -1 a key */
} place;

typedef struct table {
    const char *name;
    const rm_collection *c;
    place places[RM_COLUMNS + 8];
    size_t count;
} table;

/* ---- names ---- */

static const char *column_name(const rm_column *column)
{
    return *column->name == '$' ? column->name + 1 : column->name;
}

static bool has_ordinary(const rm_collection *c, const char *name)
{
    for (size_t n = 0; n < c->column_count; n++)
        if (!c->columns[n].key && strcmp(column_name(&c->columns[n]), name) == 0)
            return true;
    return false;
}

static const char *key_name(const rm_collection *c)
{
    const char *name = "id";
    ptrdiff_t key = rm_key_at(c);
    if (rm_has_parts(c))
        return "_key";
    if (c->shape == RM_ROWS && key >= 0 && strcmp(c->columns[key].name, "$ID") != 0)
        name = column_name(&c->columns[key]);
    return has_ordinary(c, name) ? "_key" : name;
}

static bool has_place(const table *t, const char *name)
{
    for (size_t n = 0; n < t->count; n++)
        if (strcmp(t->places[n].name, name) == 0)
            return true;
    return false;
}

/* "orders_id" of "shop.orders"; the root's first. */
static void add_ancestors(rm_model *m, const rm_collection *ancestor, table *t)
{
    if (ancestor->parent)
        add_ancestors(m, ancestor->parent, t);
    const char *dot = ancestor->parent ? NULL : strrchr(ancestor->name, '.');
    const char *name = rm_print(m, "%s_id", dot ? dot + 1 : ancestor->name);
    if (has_place(t, name) || has_ordinary(t->c, name) || strcmp(name, key_name(t->c)) == 0)
        name = rm_print(m, "_%s", name);
    int key = (int)t->count + 1;
    t->places[t->count++] = (place){name, "TEXT", true, key, -1};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const place *)a)->name, ((const place *)b)->name);
}

static void make_table(rm_model *m, const rm_collection *c, table *t)
{
    *t = (table){.name = rm_table(m, c), .c = c};
    if (c->parent)
        add_ancestors(m, c->parent, t);
    int key = (int)t->count + 1;
    t->places[t->count++] = (place){key_name(c), "TEXT", true, key, -1};
    for (size_t n = 0; n < c->column_count; n++) {
        const rm_column *column = &c->columns[n];
        bool reference = column->target && !rm_is_list(column->type);
        if (!column->key)
            t->places[t->count++] =
                (place){column_name(column), reference ? "TEXT" : rm_type_sql(column->type),
                        column->required, 0, (ptrdiff_t)n};
    }
    qsort(t->places, t->count, sizeof(t->places[0]), by_name);
}

/* ---- rows ---- */

static void put_value(igd_buf *out, const rm_column *column, const rm_value *value)
{
    bool json = column->type >= RM_T_ANY;
    if (value->kind == RM_NULL) {
        igd_buf_puts(out, "null");
    } else if (json) {
        igd_buf_puts(out, "text:");
        rm_json(out, value, true, NULL);
    } else if (value->kind == RM_FLOAT) {
        igd_buf_printf(out, "real:%.17g", strtod(value->canonical, NULL));
    } else if (value->kind == RM_TEXT) {
        igd_buf_printf(out, "text:%s", value->text);
    } else {
        igd_buf_printf(out, "int:%lld", (long long)value->integer);
    }
}

static const char *row_text(rm_model *m, const table *t, const rm_record *record)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    int depth = (int)rm_depth(t->c);
    for (size_t n = 0; n < t->count; n++) {
        const place *p = &t->places[n];
        igd_buf_printf(&out, " [%s]=", p->name);
        if (p->field >= 0) {
            put_value(&out, &t->c->columns[p->field], record->values[p->field]);
            continue;
        }
        const rm_record *holder = record;
        for (int up = depth + 1 - p->key; up > 0; up--)
            holder = holder->parent;
        igd_buf_printf(&out, "text:%s", holder->key);
    }
    return igd_arena_cstr(m->mem, igd_buf_view(&out));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_sorted(igd_buf *out, const char *head, const char **lines, size_t count)
{
    if (count > 0)
        qsort(lines, count, sizeof(*lines), by_text);
    for (size_t n = 0; n < count; n++)
        igd_buf_printf(out, "  %s%s\n", head, lines[n]);
}

static void put_references(rm_model *m, const table *t, igd_buf *out)
{
    const char *lines[RM_COLUMNS + 8];
    size_t count = 0;
    for (size_t n = 0; n < t->count; n++)
        if (t->c->parent && t->places[n].key > 0 && t->places[n].key <= (int)rm_depth(t->c))
            lines[count++] = rm_print(m, " [%s] %s", t->places[n].name, rm_table(m, t->c->parent));
    for (size_t n = 0; n < t->c->column_count; n++) {
        const rm_column *column = &t->c->columns[n];
        if (column->target && !rm_is_list(column->type))
            lines[count++] =
                rm_print(m, " [%s] %s", column->key ? key_name(t->c) : column_name(column),
                         rm_table(m, column->target));
    }
    put_sorted(out, "reference", lines, count);
}

static void put_table(rm_model *m, const table *t, igd_buf *out)
{
    const char **rows = IGD_NEW_ARRAY(m->mem, const char *, t->c->records.len + 1);
    igd_buf_printf(out, "table %s\n", t->name);
    for (size_t n = 0; n < t->count; n++)
        igd_buf_printf(out, "  column [%s] %s %d %d\n", t->places[n].name, t->places[n].sql,
                       t->places[n].not_null, t->places[n].key);
    put_references(m, t, out);
    for (size_t n = 0; n < t->c->records.len; n++)
        rows[n] = row_text(m, t, t->c->records.items[n]);
    put_sorted(out, "row", rows, t->c->records.len);
}

static int by_table(const void *a, const void *b)
{
    return strcmp(((const table *)a)->name, ((const table *)b)->name);
}

char *rm_expect(rm_model *m)
{
    igd_buf out = IGD_BUF_INIT;
    table *tables = IGD_NEW_ARRAY(m->mem, table, m->collections.len + 1);
    for (size_t n = 0; n < m->collections.len; n++)
        make_table(m, m->collections.items[n], &tables[n]);
    qsort(tables, m->collections.len, sizeof(*tables), by_table);
    igd_buf_puts(&out, "");
    for (size_t n = 0; n < m->collections.len; n++)
        put_table(m, &tables[n], &out);
    char *text = strdup(out.ptr);
    igd_buf_free(&out);
    return text;
}
