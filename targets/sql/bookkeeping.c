/*
 * The bookkeeping tables (targets/books.h) in SQL: created, written and read.
 */
#include "targets/books.h"
#include "targets/sql/sql_target.h"

static void add_key(const igd_dialect *dialect, const char *word, const char *const *names,
                    igd_buf *sql)
{
    if (!names)
        return;
    igd_buf_printf(sql, ",\n  %s (", word);
    for (size_t n = 0; names[n]; n++) {
        igd_buf_puts(sql, n ? ", " : "");
        igd_sql_name(dialect, igd_str_from(names[n]), sql);
    }
    igd_buf_byte(sql, ')');
}

static void create_book(const igd_dialect *dialect, const igd_book *book, igd_buf *sql)
{
    igd_buf_puts(sql, "CREATE TABLE IF NOT EXISTS ");
    igd_sql_name(dialect, igd_str_from(book->name), sql);
    igd_buf_puts(sql, " (");
    if (book->of_source) {
        igd_buf_puts(sql, "\n  ");
        igd_sql_name(dialect, IGD_STR("source"), sql);
        igd_buf_printf(sql, " %s NOT NULL", dialect->text_key_type);
    }
    for (size_t n = 0; n < book->count; n++) {
        const igd_book_member *m = &book->members[n];
        igd_buf_puts(sql, n || book->of_source ? ",\n  " : "\n  ");
        igd_sql_name(dialect, igd_str_from(m->name), sql);
        const char *type = m->key ? dialect->text_key_type : dialect->text_type;
        igd_buf_printf(sql, " %s%s", m->type == IGD_MEMBER_TEXT ? type : dialect->int_type,
                       m->key ? " NOT NULL" : "");
    }
    if (!book->key && dialect->row_number)
        igd_buf_printf(sql, ",\n  %s", dialect->row_number);
    add_key(dialect, "PRIMARY KEY", book->key, sql);
    add_key(dialect, "UNIQUE", book->unique, sql);
    igd_buf_printf(sql, "\n)%s", dialect->table_suffix);
}

void igd_sql_state_tables(const igd_dialect *dialect, igd_buf *sql)
{
    for (size_t n = IGD_BOOK_COUNT; n-- > 0;) {
        create_book(dialect, &igd_books[n], sql);
        igd_buf_puts(sql, ";\n");
    }
}

const char *const *igd_sql_state_names(void)
{
    static const char *const names[] = {"ingitdb_sync_state", "ingitdb_sync_tables",
                                        "ingitdb_sync_held", "ingitdb_sync_conflicts", NULL};
    return names;
}

/* What is asked for is the first one. Where each is there at once, it comes last: whoever finds it
 * finds the others. */
int igd_sql_make_books(igd_sql_target *target, igd_error *err)
{
    for (size_t n = IGD_BOOK_COUNT; n-- > 0;) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        create_book(target->dialect, &igd_books[n], &sql);
        int rc = target->ops->exec(target, sql.ptr, err);
        if (rc) {
            igd_error_prefix(err, "while creating table '%s'", igd_books[n].name);
            return rc;
        }
    }
    return IGD_OK;
}

static int create_books(igd_sql_target *target, igd_error *err)
{
    return target->dialect->ddl_commits ? IGD_OK : igd_sql_make_books(target, err);
}

static void insert_head(const igd_dialect *dialect, const igd_book *book, igd_buf *sql)
{
    igd_buf_puts(sql, "INSERT INTO ");
    igd_sql_name(dialect, igd_str_from(book->name), sql);
    igd_buf_puts(sql, " (");
    if (book->of_source)
        igd_sql_name(dialect, IGD_STR("source"), sql);
    for (size_t n = 0; n < book->count; n++) {
        if (n || book->of_source)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, igd_str_from(book->members[n].name), sql);
    }
    igd_buf_puts(sql, ") VALUES");
}

static void insert_text(const igd_dialect *dialect, const igd_book *book, igd_buf *sql)
{
    size_t columns = book->count + book->of_source;
    insert_head(dialect, book, sql);
    for (size_t n = 1; n <= columns; n++) {
        igd_buf_puts(sql, n > 1 ? ", " : " (");
        dialect->parameter(n, sql);
    }
    igd_buf_byte(sql, ')');
}

static int delete_rows(igd_sql_target *target, const igd_book *book, igd_str source, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_value param = igd_value_string(source);
    igd_buf_puts(&sql, "DELETE FROM ");
    igd_sql_name(target->dialect, igd_str_from(book->name), &sql);
    igd_buf_puts(&sql, " WHERE ");
    igd_sql_name(target->dialect, IGD_STR("source"), &sql);
    igd_buf_puts(&sql, " = ");
    target->dialect->parameter(1, &sql);
    return igd_sql_execute(target, igd_buf_view(&sql), &param, 1, err);
}

static int replace_rows(igd_sql_target *target, const igd_book *book, igd_str source,
                        const void *objects, size_t size, size_t count, igd_error *err)
{
    int rc = delete_rows(target, book, source, err);
    if (rc || count == 0)
        return rc;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_sql_stmt *stmt = NULL;
    insert_text(target->dialect, book, &sql);
    rc = target->ops->prepare(target, igd_buf_view(&sql), &stmt, err);
    for (size_t n = 0; !rc && n < count; n++) {
        igd_value values[IGD_BOOK_COLUMNS_MAX];
        size_t columns = igd_book_values(book, source, (const char *)objects + n * size, values);
        rc = target->ops->run(stmt, values, columns, NULL, err);
    }
    target->ops->finalize(stmt);
    return rc;
}

int igd_sql_state_store(igd_sql_target *target, const igd_source_state *state, igd_error *err)
{
    int rc = create_books(target, err);
    if (!rc)
        rc = replace_rows(target, &igd_books[IGD_BOOK_STATE], state->source, state, sizeof(*state),
                          1, err);
    if (!rc)
        rc = replace_rows(target, &igd_books[IGD_BOOK_TABLES], state->source, state->tables.items,
                          sizeof(*state->tables.items), state->tables.len, err);
    if (!rc)
        rc = replace_rows(target, &igd_books[IGD_BOOK_HELD], state->source, state->held.items,
                          sizeof(*state->held.items), state->held.len, err);
    if (rc)
        igd_error_prefix(err, "while writing the state of source '%.*s'",
                         IGD_STR_ARG(state->source));
    return rc;
}

static int store_conflict(igd_sql_target *target, const igd_value *values, size_t columns,
                          igd_error *err)
{
    int rc = IGD_OK;
    if (!target->record) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        insert_text(target->dialect, &igd_books[IGD_BOOK_CONFLICTS], &sql);
        rc = target->ops->prepare(target, igd_buf_view(&sql), &target->record, err);
    }
    return rc ? rc : target->ops->run(target->record, values, columns, NULL, err);
}

/* Where rows go in bulk, they wait for each other. */
static void keep_conflict(igd_sql_target *target, const igd_value *values, size_t columns)
{
    if (!target->conflict_mem)
        target->conflict_mem = igd_arena_new();
    for (size_t n = 0; n < columns; n++)
        IGD_PUSH(target->conflict_mem, &target->conflict_values,
                 igd_value_copy(&values[n], target->conflict_mem));
}

int igd_sql_conflicts_flush(igd_sql_target *target, igd_error *err)
{
    const igd_book *book = &igd_books[IGD_BOOK_CONFLICTS];
    size_t columns = book->count + book->of_source;
    if (target->conflict_values.len == 0)
        return IGD_OK;
    igd_str names[IGD_BOOK_COLUMNS_MAX];
    igd_kind kinds[IGD_BOOK_COLUMNS_MAX];
    for (size_t n = 0; n < columns; n++) {
        names[n] = n < book->of_source ? IGD_STR("source")
                                       : igd_str_from(book->members[n - book->of_source].name);
        kinds[n] = IGD_STRING;
    }
    igd_sql_bulk bulk = {igd_str_from(book->name),
                         names,
                         kinds,
                         columns,
                         target->conflict_values.items,
                         target->conflict_values.len / columns};
    int rc = target->ops->bulk(target, &bulk, err);
    igd_sql_conflicts_forget(target);
    return rc ? igd_error_prefix(err, "while recording conflicts") : IGD_OK;
}

void igd_sql_conflicts_forget(igd_sql_target *target)
{
    target->conflict_values = (typeof(target->conflict_values)){0};
    igd_arena_free(target->conflict_mem);
    target->conflict_mem = NULL;
}

int igd_sql_conflict_store(igd_sql_target *target, const igd_conflict *conflict, igd_error *err)
{
    const igd_book *book = &igd_books[IGD_BOOK_CONFLICTS];
    int rc = target->recording ? IGD_OK : create_books(target, err);
    if (rc)
        return rc;
    target->recording = true;
    igd_conflict_row row = igd_conflict_row_of(conflict, &target->conflicts);
    igd_value values[IGD_BOOK_COLUMNS_MAX];
    size_t columns = igd_book_values(book, target->source, &row, values);
    if (!target->ops->bulk)
        return store_conflict(target, values, columns, err);
    keep_conflict(target, values, columns);
    return IGD_OK;
}

int igd_sql_state_note(igd_sql_target *target, igd_str source, igd_str message, igd_error *err)
{
    int rc = create_books(target, err);
    if (rc)
        return rc;
    const igd_dialect *dialect = target->dialect;
    igd_value params[] = {igd_value_string(message), igd_value_string(source)};
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;

    /* The rows' commits are unknown without the row, so it is made without any. */
    igd_buf_puts(&sql, "INSERT INTO ingitdb_sync_state (source, format_version) SELECT ");
    dialect->parameter(1, &sql);
    igd_buf_printf(&sql, ", %d WHERE NOT EXISTS (SELECT 1 FROM ingitdb_sync_state WHERE source = ",
                   IGD_STATE_FORMAT);
    dialect->parameter(2, &sql);
    igd_buf_byte(&sql, ')');
    igd_value twice[] = {params[1], params[1]};
    rc = igd_sql_execute(target, igd_buf_view(&sql), twice, 2, err);
    if (rc)
        return rc;

    /* "in_progress" tells the next run what to resume and has to stay. */
    igd_buf_clear(&sql);
    igd_buf_puts(&sql, "UPDATE ingitdb_sync_state SET last_error = ");
    dialect->parameter(1, &sql);
    igd_buf_puts(&sql, ", status = CASE WHEN status = 'in_progress' THEN status ELSE 'failed' END "
                       "WHERE source = ");
    dialect->parameter(2, &sql);
    return igd_sql_execute(target, igd_buf_view(&sql), params, 2, err);
}

/* ---- as a script ---- */

static bool is_time(const igd_book *book, size_t column)
{
    if (book != &igd_books[IGD_BOOK_STATE])
        return false;
    size_t offset = book->members[column].offset;
    return offset == offsetof(igd_source_state, started_at) ||
           offset == offsetof(igd_source_state, finished_at);
}

static void put_rows(const igd_dialect *dialect, const igd_book *book, igd_str source,
                     const void *objects, size_t size, size_t count, const char *now, igd_buf *sql)
{
    igd_value name = igd_value_string(source);
    igd_buf_printf(sql, "DELETE FROM %s WHERE source = ", book->name);
    dialect->literal(&name, sql);
    igd_buf_puts(sql, ";\n");
    for (size_t n = 0; n < count; n++) {
        igd_value values[IGD_BOOK_COLUMNS_MAX];
        size_t columns = igd_book_values(book, source, (const char *)objects + n * size, values);
        insert_head(dialect, book, sql);
        for (size_t c = 0; c < columns; c++) {
            igd_buf_puts(sql, c ? ", " : " (");
            if (now && values[c].kind != IGD_NULL && is_time(book, c))
                igd_buf_puts(sql, now);
            else
                dialect->literal(&values[c], sql);
        }
        igd_buf_puts(sql, ");\n");
    }
}

void igd_sql_state_script(const igd_dialect *dialect, igd_str source, const igd_source_state *state,
                          const char *now, igd_buf *sql)
{
    static const igd_source_state nothing;
    const igd_source_state *it = state ? state : &nothing;
    put_rows(dialect, &igd_books[IGD_BOOK_STATE], source, it, sizeof(*it), state != NULL, now, sql);
    put_rows(dialect, &igd_books[IGD_BOOK_TABLES], source, it->tables.items,
             sizeof(*it->tables.items), it->tables.len, now, sql);
    put_rows(dialect, &igd_books[IGD_BOOK_HELD], source, it->held.items, sizeof(*it->held.items),
             it->held.len, now, sql);
}

/* ---- reading ---- */

typedef struct state_reader {
    const igd_book *book;
    igd_arena *mem;
    IGD_LIST(igd_source_state) sources;
} state_reader;

static int take_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    state_reader *to = payload;
    if (to->book == &igd_books[IGD_BOOK_STATE]) {
        igd_source_state source = {0};
        igd_book_fill(to->book, row, to->mem, &source);
        IGD_PUSH(to->mem, &to->sources, source);
        return IGD_OK;
    }
    for (size_t n = 0; n < to->sources.len; n++) {
        igd_source_state *source = &to->sources.items[n];
        if (!igd_str_eq(source->source, row[0].text))
            continue;
        if (to->book == &igd_books[IGD_BOOK_TABLES]) {
            igd_table_state table = {0};
            igd_book_fill(to->book, row + 1, to->mem, &table);
            IGD_PUSH(to->mem, &source->tables, table);
        } else {
            igd_held_state held = {0};
            igd_book_fill(to->book, row + 1, to->mem, &held);
            IGD_PUSH(to->mem, &source->held, held);
        }
    }
    return IGD_OK;
}

static int read_book(igd_sql_target *target, state_reader *to, igd_error *err)
{
    const igd_book *book = to->book;
    igd_kind kinds[IGD_BOOK_COLUMNS_MAX];
    size_t count = 0;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "SELECT ");
    if (book->of_source) {
        kinds[count++] = IGD_STRING;
        igd_sql_name(target->dialect, IGD_STR("source"), &sql);
    }
    for (size_t n = 0; n < book->count; n++) {
        igd_buf_puts(&sql, count ? ", " : "");
        kinds[count++] = book->members[n].type == IGD_MEMBER_TEXT ? IGD_STRING : IGD_INT;
        igd_sql_name(target->dialect, igd_str_from(book->members[n].name), &sql);
    }
    igd_buf_printf(&sql, " FROM %s ORDER BY ", book->name);
    igd_sql_name(target->dialect, IGD_STR("source"), &sql);
    if (book != &igd_books[IGD_BOOK_STATE]) {
        igd_buf_puts(&sql, ", ");
        igd_sql_name(target->dialect, IGD_STR("collection"), &sql);
    }
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = count,
                           .callback = take_row,
                           .payload = to};
    return target->ops->query(target, &query, err);
}

static int take_version(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    *(int64_t *)payload = row[0].kind == IGD_INT ? row[0].integer : 0;
    return IGD_OK;
}

/* Before anything else of it is read: a newer format may have other columns. */
static int check_format(igd_sql_target *target, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_INT};
    int64_t version = 0;
    igd_sql_query query = {.sql = IGD_STR("SELECT max(format_version) FROM ingitdb_sync_state"),
                           .kinds = kinds,
                           .column_count = 1,
                           .callback = take_version,
                           .payload = &version};
    int rc = target->ops->query(target, &query, err);
    if (rc || version <= IGD_STATE_FORMAT)
        return rc;
    igd_fail(err, IGD_E_FORMAT,
             "the target's bookkeeping has format %lld, this program knows formats up to %d",
             (long long)version, IGD_STATE_FORMAT);
    return igd_hint(err, "use the version of the program that last wrote to this target, or a "
                         "newer one");
}

int igd_sql_state_load(igd_sql_target *target, igd_arena *mem, igd_state *out, igd_error *err)
{
    bool present = false;
    int rc =
        target->ops->exists(target, igd_str_from(igd_books[IGD_BOOK_STATE].name), &present, err);
    if (rc)
        return rc;
    if (!present) {
        *out = (igd_state){0};
        return IGD_OK;
    }
    rc = check_format(target, err);
    state_reader to = {.mem = mem};
    for (int n = IGD_BOOK_STATE; !rc && n <= IGD_BOOK_HELD; n++) {
        to.book = &igd_books[n];
        rc = read_book(target, &to, err);
    }
    if (rc) {
        igd_error_prefix(err, "while reading the bookkeeping");
        return rc;
    }
    *out = (igd_state){.present = true, .sources = to.sources.items, .count = to.sources.len};
    return IGD_OK;
}
