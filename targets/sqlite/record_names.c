/*
 * The rows that a script touches, by their keys, and the sum of their digests: what `apply`
 * compares with what it finds (targets/script.h).
 */
#include "base/arena.h"
#include "base/json_write.h"
#include "schema/canonical.h"
#include "targets/sqlite/record.h"

#define LINE_BYTES ((size_t)4 * 1024)

static ptrdiff_t place_of(const record_form *form, igd_str name)
{
    for (size_t n = 0; n < form->columns.len; n++)
        if (igd_str_eq_nocase(form->columns.items[n].name, name))
            return (ptrdiff_t)n;
    return -1;
}

/* Where the values of a recorded column are now: aside, while another one of its name is filled. */
static ptrdiff_t find_column(igd_sqlite_recorder *r, const record_table *table, igd_str name)
{
    size_t most = r->it->sql.base.limits.identifier_bytes;
    ptrdiff_t at = place_of(&table->current, igd_aside_name(name, most, r->mem));
    for (size_t n = 0; at < 0 && n < table->current.columns.len; n++)
        if (igd_str_eq_nocase(igd_record_old_column(table, table->current.columns.items[n].name),
                              name))
            at = (ptrdiff_t)n;
    return at;
}

static int name_table(igd_sqlite_recorder *r, record_table *table, igd_str schema, igd_error *err)
{
    igd_table *recorded = IGD_NEW(r->mem, igd_table);
    int rc = igd_table_from_json(schema, r->mem, recorded, err);
    if (rc)
        return rc;
    table->places = IGD_NEW_ARRAY(r->mem, ptrdiff_t, recorded->column_count);
    for (size_t n = 0; n < recorded->column_count; n++)
        table->places[n] = find_column(r, table, recorded->columns[n].name);
    for (size_t n = 0; n < recorded->key_count; n++)
        if (table->places[n] < 0)
            return IGD_OK; /* another key: the table is made anew */
    table->recorded = recorded;
    return IGD_OK;
}

int igd_record_name_tables(igd_sqlite_recorder *r, igd_error *err)
{
    const igd_source_state *from = r->it->sql.from;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && from && n < from->tables.len; n++) {
        const igd_table_state *state = &from->tables.items[n];
        for (size_t t = 0; !rc && t < r->tables.len; t++) {
            record_table *table = &r->tables.items[t];
            bool remade = table->plan && igd_plan_remakes(table->plan);
            if (table->plan && !remade && igd_str_eq(table->name, state->table_name) &&
                state->schema_json.len)
                rc = name_table(r, table, state->schema_json, err);
        }
    }
    return rc;
}

int igd_record_name_row(igd_sqlite_recorder *r, const record_table *table, char kind,
                        sqlite3_value **values, igd_error *err)
{
    const igd_table *recorded = table->recorded;
    bool first;
    if (!recorded)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value *row = IGD_NEW_ARRAY(mem, igd_value, recorded->column_count);
    for (size_t n = 0; n < recorded->column_count; n++)
        if (table->places[n] >= 0)
            row[n] =
                igd_sqlite_value(values[table->places[n]], recorded->columns[n].type.kind, mem);
    igd_str key = igd_keys_json(row, recorded->key_count, mem);
    igd_str name = igd_arena_printf(mem, "%.*s %.*s", IGD_STR_ARG(table->name), IGD_STR_ARG(key));
    int rc = igd_record_first(r, 'n', name, &first, err);
    if (rc || !first)
        return rc;
    if (r->named != table || r->names.len - r->line > LINE_BYTES) {
        r->line = r->names.len;
        igd_buf_puts(&r->names, r->names.len ? "\n-- rows " : "-- rows ");
        igd_json_quote(&r->names, table->name);
        igd_buf_byte(&r->names, ':');
        r->named = table;
    }
    igd_buf_byte(&r->names, ' ');
    igd_buf_str(&r->names, key);
    if (kind == 'i')
        return IGD_OK;
    r->row_count++;
    r->row_sum = igd_digest_add(r->row_sum, igd_row_digest(recorded, row, &r->scratch));
    return IGD_OK;
}

/* ---- what was met before ---- */

/* On disk when there is much of it, like all that SQLite keeps in a database without a name. */
static int open_met(igd_sqlite_recorder *r, igd_error *err)
{
    static const char table[] =
        "PRAGMA journal_mode = OFF; CREATE TABLE met (name BLOB PRIMARY KEY) "
        "WITHOUT ROWID; BEGIN";
    if (sqlite3_open_v2("", &r->met, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(r->met, table, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(r->met, "INSERT OR IGNORE INTO met VALUES (?1)", -1, &r->meet, NULL) !=
            SQLITE_OK)
        return igd_sqlite_fail(r->met, err);
    return IGD_OK;
}

int igd_record_first(igd_sqlite_recorder *r, char kind, igd_str name, bool *first, igd_error *err)
{
    igd_buf_clear(&r->scratch);
    igd_buf_byte(&r->scratch, kind);
    igd_buf_str(&r->scratch, name);
    int rc = r->meet ? IGD_OK : open_met(r, err);
    if (rc)
        return rc;
    sqlite3_bind_blob64(r->meet, 1, r->scratch.ptr, r->scratch.len, SQLITE_STATIC);
    if (sqlite3_step(r->meet) != SQLITE_DONE)
        return igd_sqlite_fail(r->met, err);
    *first = sqlite3_changes(r->met) > 0;
    sqlite3_reset(r->meet);
    return IGD_OK;
}
