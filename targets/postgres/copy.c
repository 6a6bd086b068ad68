/*
 * Rows by COPY in its text format, the fastest way in and out: a line a row, columns separated by
 * tabs, \N for null, a backslash before what would be taken for these.
 */
#include "targets/postgres/postgres.h"

/* ---- in ---- */

/* What a text has to be looked at for: 1 is escaped, 2 cannot be. */
static const unsigned char special[256] = {['\\'] = 1, ['\t'] = 1, ['\n'] = 1, ['\r'] = 1, [0] = 2};

static void put_escaped(igd_buf *out, size_t start, size_t more)
{
    igd_buf_reserve(out, more);
    size_t from = out->len, to = out->len + more;
    out->len = to;
    out->ptr[to] = '\0';
    /* From behind, so that nothing is overwritten that is still needed. */
    while (from > start) {
        char c = out->ptr[--from];
        out->ptr[--to] = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
        if (special[(unsigned char)c])
            out->ptr[--to] = '\\';
    }
}

static int put_text(igd_buf *out, size_t start, igd_error *err)
{
    size_t escapes = 0, nul = 0;
    for (size_t n = start; n < out->len; n++) {
        unsigned char what = special[(unsigned char)out->ptr[n]];
        escapes += what & 1;
        nul += what >> 1;
    }
    if (nul) {
        igd_fail(err, IGD_E_TARGET, "postgres: a text with a NUL cannot be stored");
        return igd_hint(err, "take the NUL out of the record");
    }
    if (escapes)
        put_escaped(out, start, escapes);
    return IGD_OK;
}

/* Only texts have bytes that mean something to COPY. */
static int put_value(const igd_value *value, igd_buf *out, igd_error *err)
{
    size_t start = out->len;
    if (value->kind == IGD_NULL) {
        igd_buf_puts(out, "\\N");
        return IGD_OK;
    }
    igd_pg_text(value, out);
    bool is_text = value->kind == IGD_STRING || value->kind == IGD_JSON || value->kind == IGD_RAW;
    return is_text ? put_text(out, start, err) : IGD_OK;
}

static int put_rows(const igd_sql_bulk *bulk, igd_buf *out, igd_error *err)
{
    const igd_value *value = bulk->values;
    int rc = IGD_OK;
    for (size_t row = 0; !rc && row < bulk->row_count; row++)
        for (size_t n = 0; !rc && n < bulk->column_count; n++) {
            rc = put_value(value++, out, err);
            igd_buf_byte(out, n + 1 < bulk->column_count ? '\t' : '\n');
        }
    return rc;
}

/* A line holds what a string of C can: larger batches go in pieces. */
#define PIECE ((size_t)1 << 20)

static int send_rows(igd_pg *it, const igd_buf *rows, igd_error *err)
{
    bool sent = true;
    for (size_t at = 0; sent && at < rows->len; at += PIECE) {
        size_t len = rows->len - at < PIECE ? rows->len - at : PIECE;
        sent = PQputCopyData(it->db, rows->ptr + at, (int)len) == 1;
    }
    sent = sent && PQputCopyEnd(it->db, NULL) == 1;
    int rc = sent ? IGD_OK : igd_pg_fail(it, NULL, err);
    PGresult *result;
    while ((result = PQgetResult(it->db))) {
        if (!rc && PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = igd_pg_fail(it, result, err);
        bool stuck = PQresultStatus(result) == PGRES_COPY_IN;
        PQclear(result);
        if (stuck)
            break;
    }
    return rc;
}

int igd_pg_bulk(igd_sql_target *target, const igd_sql_bulk *bulk, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_clear(&it->copy);
    int rc = put_rows(bulk, &it->copy, err);
    if (rc)
        return rc;
    igd_str_list names = {(igd_str *)bulk->names, bulk->column_count, bulk->column_count};
    igd_buf_puts(&sql, "COPY ");
    igd_sql_name(&it->dialect, bulk->table, &sql);
    igd_buf_puts(&sql, " (");
    igd_sql_names(&it->dialect, &names, &sql);
    igd_buf_puts(&sql, ") FROM STDIN");
    IGD_CLEANUP_PTR(PGresult) PGresult *result = PQexec(it->db, sql.ptr);
    if (PQresultStatus(result) != PGRES_COPY_IN)
        return igd_pg_fail(it, result, err);
    return send_rows(it, &it->copy, err);
}

/* ---- out ---- */

/* Undoes the escapes where they stand; returns the length. */
static size_t unescape(char *text, size_t len)
{
    char *escape = memchr(text, '\\', len);
    if (!escape)
        return len;
    size_t to = (size_t)(escape - text);
    for (size_t from = to; from < len; from++) {
        char c = text[from];
        if (c == '\\' && from + 1 < len) {
            static const char letters[] = "bfnrtv", means[] = "\b\f\n\r\t\v";
            c = text[++from];
            const char *letter = memchr(letters, c, sizeof(letters) - 1);
            c = letter ? means[letter - letters] : c;
        }
        text[to++] = c;
    }
    return to;
}

static int take_line(const igd_sql_query *query, char *line, size_t len, igd_arena *mem,
                     igd_error *err)
{
    igd_value *values = IGD_NEW_ARRAY(mem, igd_value, query->column_count);
    char *end = line + len - (len && line[len - 1] == '\n');
    for (size_t n = 0; n < query->column_count; n++) {
        char *tab = memchr(line, '\t', (size_t)(end - line));
        size_t field = (size_t)((tab ? tab : end) - line);
        bool null = field == 2 && line[0] == '\\' && line[1] == 'N';
        if (!null) {
            igd_str text = {line, unescape(line, field)};
            values[n] = igd_pg_value(query->kinds[n], text, mem);
        }
        line = tab ? tab + 1 : end;
    }
    return query->callback(values, query->payload, err);
}

/* Nobody wants the rest. In a transaction that is the end of it. */
static void cancel(igd_pg *it)
{
    char ignored[256];
    PGcancel *handle = PQgetCancel(it->db);
    if (handle)
        PQcancel(handle, ignored, sizeof(ignored));
    PQfreeCancel(handle);
}

static int take_lines(igd_pg *it, const igd_sql_query *query, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int rc = IGD_OK, len;
    char *line = NULL;
    while ((len = PQgetCopyData(it->db, &line, 0)) > 0) {
        if (!rc) {
            igd_arena_reset(mem);
            rc = take_line(query, line, (size_t)len, mem, err);
            if (rc)
                cancel(it);
        }
        PQfreemem(line);
    }
    PGresult *result;
    while ((result = PQgetResult(it->db))) {
        if (!rc && PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = igd_pg_fail(it, result, err);
        PQclear(result);
    }
    return !rc && len == -2 ? igd_pg_fail(it, NULL, err) : rc;
}

int igd_pg_copy_out(igd_pg *it, const igd_sql_query *query, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "COPY (");
    igd_buf_str(&sql, query->sql);
    igd_buf_puts(&sql, ") TO STDOUT");
    IGD_CLEANUP_PTR(PGresult) PGresult *result = PQexec(it->db, sql.ptr);
    if (PQresultStatus(result) != PGRES_COPY_OUT)
        return igd_pg_fail(it, result, err);
    return take_lines(it, query, err);
}
