/*
 * Values as text for scripts and CHECK constraints: on one line, and the same whatever
 * standard_conforming_strings says.
 */
#include "targets/postgres/postgres.h"

static bool needs_escapes(igd_str text)
{
    for (size_t n = 0; n < text.len; n++)
        if (text.ptr[n] == '\\' || (unsigned char)text.ptr[n] < 0x20 || text.ptr[n] == 0x7F)
            return true;
    return false;
}

void igd_pg_quote(igd_str text, igd_buf *sql)
{
    if (!needs_escapes(text)) {
        igd_sql_quote_text(text, sql);
        return;
    }
    igd_buf_puts(sql, "E'");
    for (size_t n = 0; n < text.len; n++) {
        unsigned char c = (unsigned char)text.ptr[n];
        if (c == '\\' || c == '\'') {
            igd_buf_byte(sql, (char)c);
            igd_buf_byte(sql, (char)c);
        } else if (c == '\n') {
            igd_buf_puts(sql, "\\n");
        } else if (c < 0x20 || c == 0x7F) {
            igd_buf_printf(sql, "\\x%02x", c);
        } else {
            igd_buf_byte(sql, (char)c);
        }
    }
    igd_buf_byte(sql, '\'');
}

static void typed(const char *type, const igd_value *value, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_pg_text(value, &text);
    igd_pg_quote(igd_buf_view(&text), sql);
    igd_buf_printf(sql, "::%s", type);
}

void igd_pg_literal(const igd_value *value, igd_buf *sql)
{
    switch (value->kind) {
    case IGD_NULL:
        igd_buf_puts(sql, "NULL");
        break;
    case IGD_INT:
        /* Without its sign the smallest is out of range. */
        if (value->integer == INT64_MIN)
            typed("bigint", value, sql);
        else
            igd_buf_printf(sql, "%lld", (long long)value->integer);
        break;
    case IGD_BOOL:
        igd_buf_puts(sql, value->boolean ? "true" : "false");
        break;
    case IGD_FLOAT:
        typed("float8", value, sql);
        break;
    case IGD_DATE:
        typed("date", value, sql);
        break;
    case IGD_TIME:
        typed("time", value, sql);
        break;
    case IGD_DATETIME:
        typed("timestamptz", value, sql);
        break;
    case IGD_JSON:
        typed("jsonb", value, sql);
        break;
    case IGD_STRING:
    case IGD_RAW:
        igd_pg_quote(value->text, sql);
        break;
    }
}
