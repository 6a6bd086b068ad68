/*
 * Many rows in one request: arrays of parameters (MariaDB), LOAD DATA LOCAL out of our memory where
 * the server lets it (MySQL), else one INSERT of many rows.
 *
 * With LOAD DATA LOCAL it is the server that asks for a file, and a hostile one may ask for any, at
 * any time. So what answers is ours, and has nothing but what bulk is about to send.
 */
#include <stdio.h>
#include <stdlib.h>

#include "targets/mysql/bind.h"

#define MOST_PARAMETERS 60000 /* of a statement: 65535 */
#define ROWS_OF_INSERT  500
#define INFILE_NAME     "ingitdb"

/* ---- what the server may read ---- */

typedef struct infile {
    igd_str rest;
    char error[64];
} infile;

static int infile_open(void **out, const char *name, void *payload)
{
    const igd_mysql *it = payload;
    infile *file = igd_xmalloc(sizeof(*file));
    *file = (infile){.rest = it->infile, .error = "the server asked for a file"};
    *out = file;
    return strcmp(name, INFILE_NAME) == 0 && it->infile.ptr ? 0 : 1;
}

static int infile_read(void *handle, char *out, unsigned room)
{
    infile *file = handle;
    size_t len = file->rest.len < room ? file->rest.len : room;
    if (len)
        memcpy(out, file->rest.ptr, len);
    file->rest = igd_str_sub(file->rest, len, file->rest.len);
    return (int)len;
}

static void infile_close(void *handle)
{
    free(handle);
}

static int infile_error(void *handle, char *out, unsigned room)
{
    const infile *file = handle;
    if (room)
        snprintf(out, room, "%s", file ? file->error : "");
    return CR_UNKNOWN_ERROR;
}

void igd_mysql_guard_files(igd_mysql *it)
{
    mysql_set_local_infile_handler(it->db, infile_open, infile_read, infile_close, infile_error,
                                   it);
}

/* ---- the statements ---- */

static void names(const igd_sql_bulk *bulk, igd_buf *sql)
{
    igd_sql_name(&igd_mysql_dialect, bulk->table, sql);
    for (size_t n = 0; n < bulk->column_count; n++) {
        igd_buf_puts(sql, n ? ", " : " (");
        igd_sql_name(&igd_mysql_dialect, bulk->names[n], sql);
    }
    igd_buf_byte(sql, ')');
}

static void insert_text(const igd_sql_bulk *bulk, size_t rows, igd_buf *sql)
{
    igd_buf_puts(sql, "INSERT INTO ");
    names(bulk, sql);
    igd_buf_puts(sql, " VALUES ");
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < bulk->column_count; n++)
            igd_buf_puts(sql, n ? ", ?" : r ? "), (?" : "(?");
    igd_buf_byte(sql, ')');
}

/* ---- one INSERT of many rows ---- */

static int insert_rows(igd_mysql *it, const igd_sql_bulk *bulk, igd_error *err)
{
    size_t most = MOST_PARAMETERS / bulk->column_count;
    igd_sql_stmt *stmt = NULL;
    size_t prepared = 0;
    int rc = IGD_OK;
    if (most > ROWS_OF_INSERT)
        most = ROWS_OF_INSERT;
    for (size_t at = 0, now; !rc && at < bulk->row_count; at += now) {
        now = bulk->row_count - at < most ? bulk->row_count - at : most;
        if (now != prepared) {
            IGD_CLEANUP(igd_buf)
            igd_buf sql = IGD_BUF_INIT;
            igd_mysql_finalize(stmt);
            stmt = NULL;
            insert_text(bulk, now, &sql);
            rc = igd_mysql_prepare(&it->sql, igd_buf_view(&sql), &stmt, err);
            prepared = now;
        }
        if (!rc)
            rc = igd_mysql_run(stmt, bulk->values + at * bulk->column_count,
                               now * bulk->column_count, NULL, err);
    }
    igd_mysql_finalize(stmt);
    return rc;
}

/* ---- arrays of parameters ---- */

static bool is_text_kind(igd_kind kind)
{
    return kind == IGD_STRING || kind == IGD_JSON || kind == IGD_RAW;
}

/* What the array of a column is made of: numbers themselves, pointers to all others. */
static size_t cell_size(enum enum_field_types type)
{
    if (type == MYSQL_TYPE_TINY)
        return sizeof(signed char);
    if (type == MYSQL_TYPE_LONGLONG)
        return sizeof(long long);
    return type == MYSQL_TYPE_DOUBLE ? sizeof(double) : sizeof(void *);
}

static void fill_cell(const igd_value *value, igd_arena *mem, char *cell, size_t size,
                      unsigned long *length)
{
    igd_mysql_cell *scratch = igd_arena_alloc(mem, sizeof(*scratch));
    MYSQL_BIND one;
    igd_mysql_bind(value, scratch, &one);
    *length = one.buffer_length;
    if (size == sizeof(void *) && one.buffer_type != MYSQL_TYPE_LONGLONG &&
        one.buffer_type != MYSQL_TYPE_DOUBLE)
        memcpy(cell, &one.buffer, size);
    else
        memcpy(cell, scratch, size);
}

static void bind_column(const igd_sql_bulk *bulk, size_t column, igd_arena *mem, MYSQL_BIND *bind)
{
    size_t rows = bulk->row_count;
    igd_mysql_cell scratch;
    igd_value sample = {.kind = bulk->kinds[column], .text = IGD_STR("0001-01-01T00:00:00Z")};
    igd_mysql_bind(&sample, &scratch, bind);
    size_t size = cell_size(bind->buffer_type);
    char *nulls = igd_arena_alloc(mem, rows), *cells = igd_arena_zero(mem, rows * size);
    unsigned long *lengths = IGD_NEW_ARRAY(mem, unsigned long, rows);
    for (size_t r = 0; r < rows; r++) {
        const igd_value *value = &bulk->values[r * bulk->column_count + column];
        nulls[r] = value->kind == IGD_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
        if (value->kind != IGD_NULL)
            fill_cell(value, mem, cells + r * size, size, &lengths[r]);
    }
    bind->buffer = cells;
    bind->length = is_text_kind(bulk->kinds[column]) ? lengths : NULL;
    bind->u.indicator = nulls;
}

/* Arrays have one type: a value that is not what its column is (one that is put back as it was
 * found) goes another way. */
static bool is_uniform(const igd_sql_bulk *bulk)
{
    for (size_t n = 0; n < bulk->row_count * bulk->column_count; n++) {
        igd_kind kind = bulk->values[n].kind, wanted = bulk->kinds[n % bulk->column_count];
        if (kind != IGD_NULL && kind != wanted && !(is_text_kind(kind) && is_text_kind(wanted)))
            return false;
    }
    return true;
}

static int fail_stmt(igd_mysql *it, MYSQL_STMT *stmt, igd_error *err)
{
    return igd_mysql_fail(it, mysql_stmt_errno(stmt), mysql_stmt_error(stmt), err);
}

void igd_mysql_bulk_end(igd_mysql *it)
{
    if (it->bulk_stmt)
        mysql_stmt_close(it->bulk_stmt);
    it->bulk_stmt = NULL;
    igd_buf_free(&it->bulk_sql);
}

/* Prepared once for all batches of a table, which come one after the other. */
static int need_statement(igd_mysql *it, const igd_sql_bulk *bulk, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    insert_text(bulk, 1, &sql);
    if (it->bulk_stmt && igd_str_eq(igd_buf_view(&sql), igd_buf_view(&it->bulk_sql)))
        return IGD_OK;
    igd_mysql_bulk_end(it);
    it->bulk_stmt = it->db ? mysql_stmt_init(it->db) : NULL;
    if (!it->bulk_stmt)
        return igd_mysql_fail_here(it, err);
    igd_buf_str(&it->bulk_sql, igd_buf_view(&sql));
    return mysql_stmt_prepare(it->bulk_stmt, sql.ptr, sql.len) ? fail_stmt(it, it->bulk_stmt, err)
                                                               : IGD_OK;
}

static int execute_arrays(igd_mysql *it, const igd_sql_bulk *bulk, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    unsigned rows = (unsigned)bulk->row_count;
    MYSQL_STMT *stmt = it->bulk_stmt;
    MYSQL_BIND *binds = IGD_NEW_ARRAY(mem, MYSQL_BIND, bulk->column_count);
    for (size_t n = 0; n < bulk->column_count; n++)
        bind_column(bulk, n, mem, &binds[n]);
    if (mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &rows) ||
        mysql_stmt_bind_param(stmt, binds))
        return fail_stmt(it, stmt, err);
    if (mysql_stmt_execute(stmt) == 0)
        return IGD_OK;
    int rc = mysql_stmt_errno(stmt) == 0
                 ? fail_stmt(it, stmt, err)
                 : igd_mysql_defer(it, mysql_stmt_errno(stmt), mysql_stmt_error(stmt), IGD_STR(""),
                                   NULL, 0, err);
    if (rc || mysql_stmt_execute(stmt) == 0)
        return rc;
    return fail_stmt(it, stmt, err);
}

static int insert_arrays(igd_mysql *it, const igd_sql_bulk *bulk, igd_error *err)
{
    int rc = need_statement(it, bulk, err);
    if (!rc)
        rc = execute_arrays(it, bulk, err);
    if (rc)
        igd_mysql_bulk_end(it);
    return rc;
}

/* ---- LOAD DATA LOCAL ---- */

/* Without a character that stands for another: as the server reads it by default. */
static void put_escaped(igd_str text, igd_buf *out)
{
    for (size_t at = 0, end; at < text.len; at = end + 1) {
        for (end = at; end < text.len && !strchr("\t\n\\", text.ptr[end]);)
            end++;
        igd_buf_add(out, text.ptr + at, end - at);
        if (end == text.len)
            break;
        char byte = text.ptr[end];
        igd_buf_byte(out, '\\');
        igd_buf_byte(out, byte == '\t' ? 't' : byte == '\n' ? 'n' : byte ? byte : '0');
    }
}

static void put_value(const igd_value *value, igd_arena *mem, igd_buf *out)
{
    switch (value->kind) {
    case IGD_NULL:
        igd_buf_puts(out, "\\N");
        break;
    case IGD_BOOL:
        igd_buf_byte(out, value->boolean ? '1' : '0');
        break;
    case IGD_DATETIME:
        igd_buf_printf(out, "%.10s %.*s", value->text.ptr, (int)value->text.len - 12,
                       value->text.ptr + 11);
        break;
    case IGD_INT:
    case IGD_FLOAT:
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_JSON:
    case IGD_RAW:
        put_escaped(igd_value_text(value, mem), out);
        break;
    }
}

static void put_file(const igd_sql_bulk *bulk, igd_buf *out)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (size_t r = 0; r < bulk->row_count; r++) {
        igd_arena_reset(mem);
        for (size_t n = 0; n < bulk->column_count; n++) {
            if (n)
                igd_buf_byte(out, '\t');
            put_value(&bulk->values[r * bulk->column_count + n], mem, out);
        }
        igd_buf_byte(out, '\n');
    }
}

/* LOCAL makes warnings of errors, so that rows would be changed or left out: any is an error, and
 * the rows one by one say more of it. */
static int check_warnings(igd_mysql *it, uint64_t rows, const igd_sql_bulk *bulk, igd_error *err)
{
    if (mysql_warning_count(it->db) == 0 && rows == bulk->row_count)
        return IGD_OK;
    return igd_fail(err, IGD_E_TARGET, "mysql: %llu of %zu rows were loaded, with %u warnings",
                    (unsigned long long)rows, bulk->row_count, mysql_warning_count(it->db));
}

static int load_rows(igd_mysql *it, const igd_sql_bulk *bulk, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf file = IGD_BUF_INIT;
    uint64_t rows = 0;
    put_file(bulk, &file);
    igd_buf_puts(&sql, "LOAD DATA LOCAL INFILE '" INFILE_NAME "' INTO TABLE ");
    igd_sql_name(&igd_mysql_dialect, bulk->table, &sql);
    igd_buf_puts(&sql, " CHARACTER SET utf8mb4 ");
    igd_sql_bulk plain = *bulk;
    IGD_CLEANUP(igd_buf)
    igd_buf all = IGD_BUF_INIT;
    names(&plain, &all);
    igd_str list = igd_buf_view(&all);
    igd_buf_str(&sql, igd_str_sub(list, (size_t)igd_str_rfind(list, '('), list.len));
    it->infile = igd_buf_view(&file);
    int rc = igd_mysql_exec_text(it, igd_buf_view(&sql), &rows, err);
    it->infile = (igd_str){0};
    return rc ? rc : check_warnings(it, rows, bulk, err);
}

/* What a row is in a request, about. */
static size_t row_bytes(const igd_sql_bulk *bulk, size_t row)
{
    size_t bytes = 0;
    for (size_t n = 0; n < bulk->column_count; n++)
        bytes += 24 + bulk->values[row * bulk->column_count + n].text.len;
    return bytes;
}

static size_t all_bytes(const igd_sql_bulk *bulk)
{
    size_t bytes = 0;
    for (size_t r = 0; r < bulk->row_count; r++)
        bytes += row_bytes(bulk, r);
    return bytes;
}

/* Arrays go in one request, which has a largest size. A row that is too large for it goes by
 * itself: its long values are sent beforehand (statement.c). */
static int insert_in_parts(igd_mysql *it, const igd_sql_bulk *bulk, igd_error *err)
{
    size_t most = it->max_packet / 2;
    bool uniform = it->mariadb && is_uniform(bulk);
    int rc = IGD_OK;
    for (size_t at = 0, end; !rc && at < bulk->row_count; at = end) {
        size_t bytes = row_bytes(bulk, at);
        for (end = at + 1; end < bulk->row_count; end++) {
            size_t more = row_bytes(bulk, end);
            if (bytes + more > most)
                break;
            bytes += more;
        }
        igd_sql_bulk part = *bulk;
        part.values += at * bulk->column_count;
        part.row_count = end - at;
        rc = uniform && bytes <= most ? insert_arrays(it, &part, err) : insert_rows(it, &part, err);
    }
    return rc;
}

static int send_rows(igd_mysql *it, const igd_sql_bulk *bulk, igd_error *err)
{
    if (!it->mariadb && it->load_data && it->in_transaction)
        return load_rows(it, bulk, err);
    return insert_in_parts(it, bulk, err);
}

/* All rows or none: a statement that fails is undone by the server, what came before it is not. */
int igd_mysql_bulk(igd_sql_target *target, const igd_sql_bulk *bulk, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    igd_error ignored = IGD_ERROR_INIT;
    if (bulk->row_count == 0)
        return IGD_OK;
    if (it->mariadb && is_uniform(bulk) && all_bytes(bulk) <= it->max_packet / 2)
        return insert_arrays(it, bulk, err);
    int rc = igd_mysql_exec(target, "SAVEPOINT ingitdb_bulk", err);
    if (!rc)
        rc = send_rows(it, bulk, err);
    if (rc && it->in_transaction &&
        igd_mysql_exec(target, "ROLLBACK TO SAVEPOINT ingitdb_bulk", &ignored))
        it->in_transaction = false;
    return rc;
}
