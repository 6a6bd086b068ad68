/*
 * What other programs do to the database of a test, in the words of its driver (suite.h).
 */
#include <stdlib.h>

#include "suite.h"

static const char *expanded(suite *s, const char *text)
{
    const suite_driver *driver = s->driver;
    const engine_word *const lists[] = {driver->words, driver->more, driver->engine->words,
                                        driver->engine->more};
    char *sql = engine_words(text, lists, IGD_COUNT(lists));
    const char *copy = igd_arena_str(s->mem, igd_str_from(sql)).ptr;
    free(sql);
    return copy;
}

const char *suite_word(suite *s, const char *name)
{
    return expanded(s, igd_arena_printf(s->mem, "$%s", name).ptr);
}

void suite_needs_sql(suite *s)
{
    if (!s->driver->sql)
        suite_skip(s, "no SQL to edit by");
}

void suite_sql(suite *s, const char *statements)
{
    s->driver->sql(s->driver->engine, s->url, expanded(s, statements));
}

const char *suite_ask(suite *s, const char *query)
{
    igd_str answer = s->driver->ask(s->driver->engine, s->url, expanded(s, query), s->mem);
    return answer.ptr ? answer.ptr : "(none)";
}

bool suite_does_all(const suite *s, uint32_t does)
{
    return (s->driver->does & does) == does;
}

/* ---- rows and conflicts, in any store ---- */

/* "a|1|-" to its texts. */
static void split_row(suite *s, igd_str row, size_t columns, const char **texts)
{
    for (size_t n = 0; n < columns; n++) {
        ptrdiff_t bar = igd_str_find(row, '|');
        igd_str text = bar < 0 ? row : igd_str_sub(row, 0, (size_t)bar);
        texts[n] = igd_str_is(text, "-") ? NULL : igd_arena_str(s->mem, text).ptr;
        assert_int_equal(bar < 0, n + 1 == columns);
        row = igd_str_sub(row, text.len + 1, row.len);
    }
}

static void put_literal(igd_buf *sql, igd_kind kind, const char *text)
{
    bool quoted = kind != IGD_INT && kind != IGD_FLOAT && kind != IGD_BOOL;
    if (!text) {
        igd_buf_puts(sql, "NULL");
        return;
    }
    igd_buf_puts(sql, quoted ? "'" : "");
    for (; *text; text++) {
        if (*text == '\'')
            igd_buf_byte(sql, '\'');
        igd_buf_byte(sql, *text);
    }
    igd_buf_puts(sql, quoted ? "'" : "");
}

static void put_rows_by_sql(suite *s, const igd_table *table, const char *const *texts, size_t rows)
{
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql, "DELETE FROM %.*s;", IGD_STR_ARG(table->name));
    for (size_t n = 0; n < rows * table->column_count; n++) {
        size_t column = n % table->column_count;
        if (column == 0)
            igd_buf_printf(&sql, "INSERT INTO %.*s VALUES ", IGD_STR_ARG(table->name));
        igd_buf_byte(&sql, column == 0 ? '(' : ',');
        put_literal(&sql, table->columns[column].type.kind, texts[n]);
        igd_buf_puts(&sql, column + 1 == table->column_count ? ");" : "");
    }
    suite_sql(s, sql.ptr);
    igd_buf_free(&sql);
}

void suite_put_rows(suite *s, const igd_table *table, const char *text)
{
    size_t columns = table->column_count, count = 0;
    igd_str rest = igd_str_from(text), row;
    const char **texts = IGD_NEW_ARRAY(s->mem, const char *, (rest.len + 1) * columns);
    while (igd_str_split(&rest, '\n', &row))
        split_row(s, row, columns, texts + columns * count++);
    if (s->driver->put_rows)
        s->driver->put_rows(s->driver->engine, s->url, table, texts, count);
    else
        put_rows_by_sql(s, table, texts, count);
}

const char *suite_conflicts(suite *s)
{
    if (!s->driver->conflicts)
        return suite_ask(
            s, "$conflicts(decision || ' ' || collection || ' ' || \"key\" || ' ' || commit_id || "
               "' ' || coalesce(base, '-') || ' ' || coalesce(old, '-') || ' ' || "
               "coalesce(\"new\", '-'))");
    igd_str found = s->driver->conflicts(s->driver->engine, s->url, s->mem);
    return found.ptr ? found.ptr : "(none)";
}

void suite_clear_conflicts(suite *s)
{
    if (s->driver->clear_conflicts)
        s->driver->clear_conflicts(s->driver->engine, s->url);
    else
        suite_sql(s, "DELETE FROM ingitdb_sync_conflicts");
}
