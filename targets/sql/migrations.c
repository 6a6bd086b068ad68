/*
 * The rows of applied scripts (targets/migration.h).
 */
#include "targets/sql/sql_target.h"

#define OURS "ingitdb_migrations"

typedef enum column_type { COLUMN_KEY, COLUMN_TEXT, COLUMN_INT } column_type;

static const struct {
    const char *name;
    column_type type;
} columns[] = {
    {"id", COLUMN_KEY},
    {"version", COLUMN_TEXT},
    {"name", COLUMN_TEXT},
    {"checksum", COLUMN_TEXT},
    {"applied_at", COLUMN_TEXT},
    {"applied_by", COLUMN_TEXT},
    {"execution_ms", COLUMN_INT},
    {"status", COLUMN_TEXT},
    {"rollback_checksum", COLUMN_TEXT},
    {"batch", COLUMN_INT},
    {"error_message", COLUMN_TEXT},
    {"source", COLUMN_TEXT},
};
#define COLUMNS IGD_COUNT(columns)

/* ---- the table ---- */

static void create_text(const igd_dialect *dialect, const char *table, igd_buf *sql)
{
    igd_buf_printf(sql, "CREATE TABLE %s (", table);
    for (size_t n = 0; n < COLUMNS; n++) {
        static const char separator[] = ",\n  ";
        igd_buf_puts(sql, n ? separator : separator + 1);
        igd_sql_name(dialect, igd_str_from(columns[n].name), sql);
        igd_buf_printf(sql, " %s",
                       columns[n].type == COLUMN_INT   ? dialect->int_type
                       : columns[n].type == COLUMN_KEY ? dialect->text_key_type
                                                       : dialect->text_type);
        if (columns[n].type == COLUMN_KEY)
            igd_buf_puts(sql, " NOT NULL");
    }
    igd_buf_printf(sql, ",\n  PRIMARY KEY (id)\n)%s", dialect->table_suffix);
}

static bool has(const igd_str_list *names, const char *name)
{
    for (size_t n = 0; n < names->len; n++)
        if (igd_str_eq_nocase(names->items[n], igd_str_from(name)))
            return true;
    return false;
}

/* Whether a table of that name is there, and whether it has our columns and no others. */
static int look_at(igd_sql_target *target, const char *table, bool *there, bool *fits,
                   igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_str_list names = {0};
    int rc = target->ops->exists(target, igd_str_from(table), there, err);
    if (!rc && *there)
        rc = target->ops->columns(target, igd_str_from(table), scratch, &names, err);
    *fits = names.len == COLUMNS;
    for (size_t n = 0; n < COLUMNS; n++)
        *fits = *fits && has(&names, columns[n].name);
    return rc;
}

static int choose_table(igd_sql_target *target, const char **table, igd_error *err)
{
    static const char *const names[] = {"schema_migrations", OURS};
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        bool there = false, fits = false;
        int rc = look_at(target, names[n], &there, &fits, err);
        if (rc)
            return rc;
        *table = names[n];
        if (there && fits)
            return IGD_OK;
        if (there)
            continue;
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        create_text(target->dialect, names[n], &sql);
        return target->ops->exec(target, sql.ptr, err);
    }
    (void)igd_fail(err, IGD_E_FORMAT, "table '" OURS "' has other columns than it should");
    return igd_hint(err, "a newer version of this program made it, or somebody changed it: rename "
                         "it, and a new one is made");
}

int igd_sql_make_migrations(igd_sql_target *target, igd_error *err)
{
    const char *table;
    return choose_table(target, &table, err);
}

/* ---- its rows ---- */

static igd_value text_of(igd_str text)
{
    return text.len ? igd_value_string(text) : IGD_VALUE_NULL;
}

static int take_batch(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    *(int64_t *)payload = row[0].kind == IGD_INT ? row[0].integer : 0;
    return IGD_OK;
}

/* Every script that is applied is a batch of its own. */
static int next_batch(igd_sql_target *target, const char *table, int64_t *out, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_INT};
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, "SELECT max(batch) FROM %s", table);
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = 1,
                           .callback = take_batch,
                           .payload = out};
    int rc = target->ops->query(target, &query, err);
    *out += rc == IGD_OK;
    return rc;
}

static int run(igd_sql_target *target, igd_str sql, const igd_value *params, size_t count,
               uint64_t *rows, igd_error *err)
{
    igd_sql_stmt *stmt = NULL;
    int rc = target->ops->prepare(target, sql, &stmt, err);
    if (!rc)
        rc = target->ops->run(stmt, params, count, rows, err);
    target->ops->finalize(stmt);
    return rc;
}

static int update(igd_sql_target *target, const char *table, const igd_migration *row,
                  uint64_t *rows, igd_error *err)
{
    static const char *const names[] = {"status", "rollback_checksum", "error_message"};
    const igd_dialect *dialect = target->dialect;
    igd_value params[] = {text_of(row->status), text_of(row->rollback_checksum),
                          text_of(row->error_message), igd_value_string(row->id)};
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, "UPDATE %s SET ", table);
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        igd_buf_printf(&sql, "%s%s = ", n ? ", " : "", names[n]);
        dialect->parameter(n + 1, &sql);
    }
    igd_buf_puts(&sql, " WHERE id = ");
    dialect->parameter(IGD_COUNT(params), &sql);
    return run(target, igd_buf_view(&sql), params, IGD_COUNT(params), rows, err);
}

/* In the place of the row that may be there. */
static int replace(igd_sql_target *target, const char *table, const igd_migration *row,
                   igd_error *err)
{
    int64_t batch = 0;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_value id = igd_value_string(row->id);
    int rc = next_batch(target, table, &batch, err);
    if (rc)
        return rc;
    igd_value values[COLUMNS] = {id,
                                 text_of(row->version),
                                 text_of(row->name),
                                 text_of(row->checksum),
                                 text_of(row->applied_at),
                                 text_of(row->applied_by),
                                 igd_value_int(row->execution_ms),
                                 text_of(row->status),
                                 text_of(row->rollback_checksum),
                                 igd_value_int(batch),
                                 text_of(row->error_message),
                                 text_of(row->source)};
    igd_buf_printf(&sql, "DELETE FROM %s WHERE id = ", table);
    target->dialect->parameter(1, &sql);
    rc = run(target, igd_buf_view(&sql), &id, 1, NULL, err);
    if (rc)
        return rc;
    igd_buf_clear(&sql);
    igd_buf_printf(&sql, "INSERT INTO %s (", table);
    for (size_t n = 0; n < COLUMNS; n++)
        igd_buf_printf(&sql, "%s%s", n ? ", " : "", columns[n].name);
    igd_buf_puts(&sql, ") VALUES (");
    for (size_t n = 0; n < COLUMNS; n++) {
        igd_buf_puts(&sql, n ? ", " : "");
        target->dialect->parameter(n + 1, &sql);
    }
    igd_buf_byte(&sql, ')');
    return run(target, igd_buf_view(&sql), values, COLUMNS, NULL, err);
}

static int store(igd_sql_target *target, const igd_migration *row, const char **table,
                 igd_error *err)
{
    uint64_t rows = 0;
    int rc = choose_table(target, table, err);
    if (!rc && row->update)
        rc = update(target, *table, row, &rows, err);
    if (!rc && rows == 0)
        rc = replace(target, *table, row, err);
    return rc ? igd_error_prefix(err, "while recording the script") : IGD_OK;
}

int igd_sql_migration_store(igd_target *base, const igd_migration *row, igd_str *table,
                            igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    const char *name = NULL;
    bool own = !target->in_transaction;
    int rc = own && target->dialect->ddl_commits ? igd_sql_make_migrations(target, err) : IGD_OK;
    if (rc)
        return igd_error_prefix(err, "while recording the script");
    rc = own ? target->ops->begin(target, NULL, err) : IGD_OK;
    if (rc)
        return rc;
    rc = store(target, row, &name, err);
    if (!rc && own)
        rc = target->ops->commit(target, err);
    if (rc && own)
        target->ops->rollback(target);
    if (!rc)
        *table = igd_str_from(name);
    return rc;
}
