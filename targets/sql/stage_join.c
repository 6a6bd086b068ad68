/*
 * Statements that join the staging table with the one that is written: they write what is staged,
 * and find which of it could not be.
 *
 * Aliases: x is a table, s the staging table.
 */
#include "targets/sql/stage_private.h"

/* ---- parts of statements ---- */

/* x."column", s."column" */
static void put_of(const igd_sql_stage *stage, char alias, igd_str name, igd_buf *sql)
{
    igd_buf_byte(sql, alias);
    igd_buf_byte(sql, '.');
    put_name(stage, name, sql);
}

static void put_table(const igd_sql_stage *stage, igd_buf *sql)
{
    put_name(stage, stage->writer->table->name, sql);
    igd_buf_puts(sql, " x");
}

static void put_stage(const igd_sql_stage *stage, igd_buf *sql)
{
    put_name(stage, stage->name, sql);
    igd_buf_puts(sql, " s");
}

/* x.key = s.key */
static void same_key(const igd_sql_stage *stage, igd_buf *sql)
{
    const igd_table *table = stage->writer->table;
    for (size_t n = 0; n < table->key_count; n++) {
        igd_buf_puts(sql, n ? " AND " : "");
        put_of(stage, 'x', table->columns[n].name, sql);
        igd_buf_puts(sql, " = ");
        put_of(stage, 's', written_name(stage, n), sql);
    }
}

static void same(const igd_sql_stage *stage, const igd_column *column, igd_str staged, igd_buf *sql)
{
    const igd_dialect *dialect = stage->target->dialect;
    igd_sql_begin_same(dialect, column->type.kind, sql);
    put_of(stage, 'x', column->name, sql);
    igd_sql_end_same(dialect, column->type.kind, sql);
    igd_buf_puts(sql, dialect->same);
    igd_sql_begin_same(dialect, column->type.kind, sql);
    put_of(stage, 's', staged, sql);
    igd_sql_end_same(dialect, column->type.kind, sql);
}

/* AND the row is its base. */
static void is_base(const igd_sql_stage *stage, igd_buf *sql)
{
    const igd_sql_writer *writer = stage->writer;
    for (size_t n = 0; n < writer->proof_count; n++) {
        igd_buf_puts(sql, " AND ");
        same(stage, &writer->layout->columns[writer->proof_layout[n]],
             stage->names[proof_at(stage) + n], sql);
    }
}

static void is_how(const igd_sql_stage *stage, igd_sql_how how, igd_buf *sql)
{
    put_of(stage, 's', stage->names[AT_HOW], sql);
    igd_buf_printf(sql, " = %d", how);
}

/* SELECT s.n FROM stage s */
static void select_numbers(const igd_sql_stage *stage, igd_buf *sql)
{
    igd_buf_puts(sql, "SELECT ");
    put_of(stage, 's', stage->names[AT_NUMBER], sql);
    igd_buf_puts(sql, " FROM ");
    put_stage(stage, sql);
}

/* (SELECT 1 FROM the other end x WHERE x has the values that the link has in s) */
static void at_other_end(const igd_sql_stage *stage, const igd_sql_link *link, igd_buf *sql)
{
    igd_buf_puts(sql, "(SELECT 1 FROM ");
    put_name(stage, link->other->name, sql);
    igd_buf_puts(sql, " x");
    for (size_t n = 0; n < link->columns.len; n++) {
        igd_buf_puts(sql, n ? " AND " : " WHERE ");
        put_of(stage, 'x', link->columns.items[n], sql);
        igd_buf_puts(sql, " = ");
        put_of(stage, 's', written_name(stage, link->values[n]), sql);
    }
    igd_buf_byte(sql, ')');
}

/* ---- writing ---- */

static void set_columns(const igd_sql_stage *stage, igd_buf *sql)
{
    const igd_table *table = stage->writer->written;
    /* Of a table with nothing but a key, a row is updated to what it is. */
    size_t first = table->key_count < table->column_count ? table->key_count : 0;
    size_t end = first ? table->column_count : 1;
    for (size_t n = first; n < end; n++) {
        igd_buf_puts(sql, n > first ? ", " : " SET ");
        if (stage->target->dialect->joins)
            put_of(stage, 'x', table->columns[n].name, sql);
        else
            put_name(stage, table->columns[n].name, sql);
        igd_buf_puts(sql, " = ");
        put_of(stage, 's', written_name(stage, n), sql);
    }
}

static void update_text(const igd_sql_stage *stage, igd_buf *sql)
{
    bool joins = stage->target->dialect->joins;
    igd_buf_puts(sql, "UPDATE ");
    put_table(stage, sql);
    if (joins) {
        igd_buf_puts(sql, " JOIN ");
        put_stage(stage, sql);
        igd_buf_puts(sql, " ON ");
        same_key(stage, sql);
    }
    set_columns(stage, sql);
    if (!joins) {
        igd_buf_puts(sql, " FROM ");
        put_stage(stage, sql);
    }
    igd_buf_puts(sql, " WHERE ");
    if (!joins) {
        same_key(stage, sql);
        igd_buf_puts(sql, " AND ");
    }
    is_how(stage, IGD_STAGE_UPDATE, sql);
    is_base(stage, sql);
}

static void insert_columns(const igd_sql_stage *stage, igd_buf *sql)
{
    const igd_table *table = stage->writer->written;
    igd_buf_puts(sql, "INSERT INTO ");
    put_name(stage, table->name, sql);
    for (size_t n = 0; n < table->column_count; n++) {
        igd_buf_puts(sql, n ? ", " : " (");
        put_name(stage, table->columns[n].name, sql);
    }
    for (size_t n = 0; n < table->column_count; n++) {
        igd_buf_puts(sql, n ? ", " : ") SELECT ");
        put_of(stage, 's', written_name(stage, n), sql);
    }
    igd_buf_puts(sql, " FROM ");
    put_stage(stage, sql);
}

static void insert_text(const igd_sql_stage *stage, igd_buf *sql)
{
    insert_columns(stage, sql);
    igd_buf_puts(sql, " WHERE ");
    is_how(stage, IGD_STAGE_INSERT, sql);
    igd_buf_puts(sql, " AND NOT EXISTS (SELECT 1 FROM ");
    put_table(stage, sql);
    igd_buf_puts(sql, " WHERE ");
    same_key(stage, sql);
    igd_buf_byte(sql, ')');
}

static void remove_text(const igd_sql_stage *stage, igd_buf *sql)
{
    bool joins = stage->target->dialect->joins;
    igd_buf_puts(sql, joins ? "DELETE x FROM " : "DELETE FROM ");
    put_table(stage, sql);
    igd_buf_puts(sql, joins ? " JOIN " : " USING ");
    put_stage(stage, sql);
    igd_buf_puts(sql, joins ? " ON " : " WHERE ");
    same_key(stage, sql);
    is_base(stage, sql);
}

typedef void stage_text(const igd_sql_stage *stage, igd_buf *sql);

static int run(igd_sql_stage *stage, igd_sql_stmt **stmt, stage_text *text, uint64_t *rows,
               igd_error *err)
{
    uint64_t wrote = 0;
    int rc = IGD_OK;
    if (!*stmt) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        text(stage, &sql);
        rc = igd_sql_prepare(stage->target, stmt, &sql, stage->writer->table, err);
    }
    if (!rc)
        rc = stage->target->ops->run(*stmt, NULL, 0, &wrote, err);
    if (!rc)
        *rows += wrote;
    return rc;
}

int igd_sql_stage_update(igd_sql_stage *stage, uint64_t *rows, igd_error *err)
{
    return run(stage, &stage->update, update_text, rows, err);
}

int igd_sql_stage_insert(igd_sql_stage *stage, uint64_t *rows, igd_error *err)
{
    return run(stage, &stage->insert, insert_text, rows, err);
}

int igd_sql_stage_remove(igd_sql_stage *stage, uint64_t *rows, igd_error *err)
{
    return run(stage, &stage->remove, remove_text, rows, err);
}

int igd_sql_stage_upsert(igd_sql_stage *stage, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    insert_columns(stage, &sql);
    igd_buf_puts(&sql, " WHERE 1 = 1");
    stage->target->dialect->upsert_tail(stage->target->dialect, stage->writer->written, &sql);
    return stage->target->ops->exec(stage->target, sql.ptr, err);
}

/* ---- asking ---- */

typedef struct number_taker {
    igd_arena *mem;
    igd_sql_numbers *out;
} number_taker;

static int take_number(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    const number_taker *to = payload;
    IGD_PUSH(to->mem, to->out, (size_t)row[0].integer);
    return IGD_OK;
}

static int ask_numbers(igd_sql_stage *stage, const igd_buf *sql, igd_arena *mem,
                       igd_sql_numbers *out, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_INT};
    number_taker to = {mem, out};
    igd_sql_query query = {.sql = igd_buf_view(sql),
                           .kinds = kinds,
                           .column_count = 1,
                           .callback = take_number,
                           .payload = &to};
    return stage->target->ops->query(stage->target, &query, err);
}

int igd_sql_stage_there(igd_sql_stage *stage, igd_arena *mem, igd_sql_numbers *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    select_numbers(stage, &sql);
    igd_buf_puts(&sql, " JOIN ");
    put_table(stage, &sql);
    igd_buf_puts(&sql, " ON ");
    same_key(stage, &sql);
    return ask_numbers(stage, &sql, mem, out, err);
}

int igd_sql_stage_orphans(igd_sql_stage *stage, const igd_sql_link *link, igd_arena *mem,
                          igd_sql_numbers *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    select_numbers(stage, &sql);
    igd_buf_puts(&sql, " WHERE ");
    for (size_t n = 0; n < link->columns.len; n++) {
        put_of(stage, 's', written_name(stage, link->values[n]), &sql);
        igd_buf_puts(&sql, " IS NOT NULL AND ");
    }
    igd_buf_puts(&sql, "NOT EXISTS ");
    at_other_end(stage, link, &sql);
    return ask_numbers(stage, &sql, mem, out, err);
}

int igd_sql_stage_referred(igd_sql_stage *stage, const igd_sql_link *link, igd_arena *mem,
                           igd_sql_numbers *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    select_numbers(stage, &sql);
    igd_buf_puts(&sql, " WHERE EXISTS ");
    at_other_end(stage, link, &sql);
    return ask_numbers(stage, &sql, mem, out, err);
}

static int ask_missing(igd_sql_stage *stage, igd_arena *mem, igd_sql_numbers *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    select_numbers(stage, &sql);
    igd_buf_puts(&sql, " WHERE NOT EXISTS (SELECT 1 FROM ");
    put_table(stage, &sql);
    igd_buf_puts(&sql, " WHERE ");
    same_key(stage, &sql);
    igd_buf_byte(&sql, ')');
    return ask_numbers(stage, &sql, mem, out, err);
}

typedef struct left_taker {
    igd_arena *mem;
    size_t columns;
    igd_sql_left_list *out;
} left_taker;

static int take_left(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    const left_taker *to = payload;
    igd_value *old = IGD_NEW_ARRAY(to->mem, igd_value, to->columns);
    for (size_t n = 0; n < to->columns; n++)
        old[n] = igd_value_copy(&row[n + 1], to->mem);
    igd_sql_left left = {(size_t)row[0].integer, old};
    IGD_PUSH(to->mem, to->out, left);
    return IGD_OK;
}

/* SELECT s.n, the row as it is FROM both WHERE it is not what is staged */
static void differing_text(const igd_sql_stage *stage, igd_buf *sql)
{
    const igd_sql_writer *writer = stage->writer;
    igd_buf_puts(sql, "SELECT ");
    put_of(stage, 's', stage->names[AT_NUMBER], sql);
    for (size_t n = 0; n < writer->layout->column_count; n++) {
        igd_buf_puts(sql, ", ");
        put_of(stage, 'x', writer->layout->columns[n].name, sql);
    }
    igd_buf_puts(sql, " FROM ");
    put_stage(stage, sql);
    igd_buf_puts(sql, " JOIN ");
    put_table(stage, sql);
    igd_buf_puts(sql, " ON ");
    same_key(stage, sql);
    igd_buf_puts(sql, " WHERE NOT (1 = 1");
    for (size_t n = writer->table->key_count; n < writer->table->column_count; n++) {
        igd_buf_puts(sql, " AND ");
        same(stage, &writer->table->columns[n], written_name(stage, n), sql);
    }
    igd_buf_byte(sql, ')');
    igd_buf_puts(sql, stage->target->dialect->lock_rows);
}

int igd_sql_stage_left(igd_sql_stage *stage, igd_arena *mem, igd_sql_left_list *out, igd_error *err)
{
    const igd_table *layout = stage->writer->layout;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    differing_text(stage, &sql);
    igd_kind *kinds = IGD_NEW_ARRAY(mem, igd_kind, layout->column_count + 1);
    kinds[0] = IGD_INT;
    for (size_t n = 0; n < layout->column_count; n++)
        kinds[n + 1] = layout->columns[n].type.kind;
    left_taker to = {mem, layout->column_count, out};
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = layout->column_count + 1,
                           .callback = take_left,
                           .payload = &to};
    int rc = stage->target->ops->query(stage->target, &query, err);
    igd_sql_numbers missing = {0};
    if (!rc)
        rc = ask_missing(stage, mem, &missing, err);
    for (size_t n = 0; !rc && n < missing.len; n++) {
        igd_sql_left left = {missing.items[n], NULL};
        IGD_PUSH(mem, out, left);
    }
    return rc;
}
