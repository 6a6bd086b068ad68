/*
 * Values through both servers: the same to the bit however they go in, one by one or many at once,
 * and the row that fails.
 */
#include "server.h"

#define COLUMNS 9

static igd_column columns[COLUMNS];
static igd_table table;

static const struct {
    const char *name;
    igd_kind kind;
} shape[COLUMNS] = {{"id", IGD_STRING}, {"s", IGD_STRING},    {"i", IGD_INT},
                    {"f", IGD_FLOAT},   {"b", IGD_BOOL},      {"d", IGD_DATE},
                    {"t", IGD_TIME},    {"dt", IGD_DATETIME}, {"j", IGD_JSON}};

/* Made by the dialect, without a run. */
static igd_mysql *with_table(void)
{
    igd_mysql *it = opened(IGD_OPEN_WRITE);
    for (size_t n = 0; n < COLUMNS; n++)
        columns[n] = (igd_column){.name = igd_str_from(shape[n].name),
                                  .type = {.kind = shape[n].kind},
                                  .key_text = n == 0,
                                  .not_null = n == 0};
    table = (igd_table){
        .name = IGD_STR("all`of it"), .columns = columns, .column_count = COLUMNS, .key_count = 1};
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    need(igd_mysql_exec(&it->sql, "DROP TABLE IF EXISTS `all``of it`", &err));
    igd_sql_create_table(it->sql.dialect, &table, &sql);
    need(igd_mysql_exec(&it->sql, sql.ptr, &err));
    return it;
}

static igd_str big_text(void)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    while (text.len < 1024 * 1024)
        igd_buf_puts(&text, "0123456789'\\\"\n\t\r\xF0\x9F\x98\x80");
    return igd_arena_str(mem, igd_buf_view(&text));
}

static igd_value parsed(igd_kind kind, const char *text)
{
    igd_value value = {.kind = kind, .text = igd_str_from(text)};
    if (kind != IGD_STRING && kind != IGD_JSON)
        assert_null(igd_value_parse(kind, value.text, mem, &value));
    return value;
}

static igd_value *rows_of(size_t *count)
{
    static const char *const texts[][COLUMNS] = {
        {"1", "", "9223372036854775807", "1e-308", "true", "0001-01-01", "00:00:00",
         "0001-01-01T00:00:00Z", "{}"},
        {"2", "\xBF\x27", "-9223372036854775808", "1.7976931348623157e308", "false", "9999-12-31",
         "23:59:59.999999", "9999-12-31T23:59:59.999999Z",
         "{\"a\":[1,null,\"\xC3\xA9\\u0000\"],\"n\":12345678901234567890}"},
        {"3", " trailing ", "0", "5e-324", NULL, "2024-02-29", "12:00:00.000001",
         "2024-02-29T12:00:00.500000Z", "\"text\""},
        {"4", NULL, NULL, "0.1", NULL, NULL, NULL, NULL, "null"},
        {"5", "\\N\t\\\n\r\x1a", "-1", "-123456789.123456789", "true", NULL, NULL, NULL, "[]"},
        {"6 ", "big", "1", "2.2250738585072011e-308", "true", NULL, NULL, NULL, "[1.5,1e+100]"},
        {"6", "\xE3\x83\xBD\\", NULL, NULL, NULL, NULL, NULL, NULL, NULL},
        {"it's \"x\" \\ `", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    };
    igd_value *rows = IGD_NEW_ARRAY(mem, igd_value, IGD_COUNT(texts) * COLUMNS);
    for (size_t r = 0; r < IGD_COUNT(texts); r++)
        for (size_t n = 0; n < COLUMNS; n++)
            if (texts[r][n])
                rows[r * COLUMNS + n] = parsed(shape[n].kind, texts[r][n]);
    /* A byte that is no UTF-8 never gets here; a NUL may. */
    rows[COLUMNS + 1].text = IGD_STR("a\0b");
    rows[5 * COLUMNS + 1].text = big_text();
    *count = IGD_COUNT(texts);
    return rows;
}

typedef struct expected {
    const igd_value *rows;
    size_t count, found;
} expected;

static int compare_row(const igd_value *row, void *payload, igd_error *error)
{
    expected *to = payload;
    for (size_t r = 0; r < to->count; r++) {
        const igd_value *wanted = to->rows + r * COLUMNS;
        if (!igd_value_eq(&wanted[0], &row[0]))
            continue;
        to->found++;
        for (size_t n = 1; n < COLUMNS; n++)
            if (!igd_value_eq(&wanted[n], &row[n]))
                return igd_fail(error, IGD_E_BUG, "row %zu, column %s: %.80s", r, shape[n].name,
                                row[n].text.ptr ? row[n].text.ptr : "");
        return IGD_OK;
    }
    return igd_fail(error, IGD_E_BUG, "row '%.*s' was not put in", IGD_STR_ARG(row[0].text));
}

static void need_rows(igd_mysql *it, const igd_value *rows, size_t count)
{
    expected to = {rows, count, 0};
    need(it->sql.base.driver->scan(&it->sql.base, &table, compare_row, &to, &err));
    assert_int_equal(to.found, count);
}

static igd_sql_bulk bulk_of(const igd_value *rows, size_t count)
{
    static igd_str names[COLUMNS];
    static igd_kind kinds[COLUMNS];
    for (size_t n = 0; n < COLUMNS; n++) {
        names[n] = columns[n].name;
        kinds[n] = columns[n].type.kind;
    }
    return (igd_sql_bulk){table.name, names, kinds, COLUMNS, rows, count};
}

static void one_by_one(void **state IGD_UNUSED)
{
    igd_mysql *it = with_table();
    size_t count;
    igd_value *rows = rows_of(&count);
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_sql_insert(it->sql.dialect, &table, &sql);
    for (size_t r = 0; r < count; r++)
        need(igd_sql_execute(&it->sql, igd_buf_view(&sql), rows + r * COLUMNS, COLUMNS, &err));
    need_rows(it, rows, count);
    igd_target_close(&it->sql.base);
}

static void many_at_once(void **state IGD_UNUSED)
{
    igd_mysql *it = with_table();
    size_t count;
    igd_value *rows = rows_of(&count);
    igd_sql_bulk bulk = bulk_of(rows, count);
    need(igd_mysql_exec(&it->sql, "START TRANSACTION", &err));
    need(igd_mysql_bulk(&it->sql, &bulk, &err));
    need(igd_mysql_exec(&it->sql, "COMMIT", &err));
    need_rows(it, rows, count);
    igd_target_close(&it->sql.base);
}

static void as_literals(void **state IGD_UNUSED)
{
    igd_mysql *it = with_table();
    size_t count;
    igd_value *rows = rows_of(&count);
    for (size_t r = 0; r < count; r++) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_buf_puts(&sql, "INSERT INTO `all``of it` VALUES (");
        size_t from = sql.len;
        for (size_t n = 0; n < COLUMNS; n++) {
            igd_buf_puts(&sql, n ? ", " : "");
            igd_mysql_literal(&rows[r * COLUMNS + n], &sql);
        }
        igd_buf_byte(&sql, ')');
        for (size_t n = from; n < sql.len; n++)
            assert_true((unsigned char)sql.ptr[n] >= ' ' && sql.ptr[n] != '\\');
        /* Whatever a session's settings are. */
        if (r % 2)
            need(igd_mysql_exec(&it->sql, "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
                                &err));
        need(igd_mysql_exec_text(it, igd_buf_view(&sql), NULL, &err));
        need(igd_mysql_set_up(it, &err));
    }
    need_rows(it, rows, count);
    igd_target_close(&it->sql.base);
}

/* Under a character set whose second bytes may be a quote's neighbour, nothing is executed. */
static void quotes_of_other_character_sets(void **state IGD_UNUSED)
{
    static const char *const sets[] = {"gbk", "sjis", "big5", "latin1"};
    igd_mysql *it = with_table();
    for (size_t n = 0; n < IGD_COUNT(sets); n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_value text = igd_value_string(IGD_STR("\xC3\xA9' OR 1=1 -- \xE3\x83\xBD"));
        igd_buf_puts(&sql, "SELECT ");
        igd_mysql_literal(&text, &sql);
        igd_buf_puts(&sql, ", 7");
        igd_str names = igd_arena_printf(mem, "SET NAMES %s", sets[n]);
        need(igd_mysql_exec_text(it, names, NULL, &err));
        need(igd_mysql_exec_text(it, igd_buf_view(&sql), NULL, &err));
        assert_int_equal(mysql_field_count(it->db), 2);
    }
    igd_target_close(&it->sql.base);
}

/* All rows or none, wherever the wrong one is. */
static void a_row_that_fails(void **state IGD_UNUSED)
{
    igd_mysql *it = with_table();
    enum { ROWS = 1200 };
    igd_value *rows = IGD_NEW_ARRAY(mem, igd_value, ROWS * COLUMNS);
    for (size_t r = 0; r < ROWS; r++)
        rows[r * COLUMNS] = igd_value_string(igd_arena_printf(mem, "%zu", r == 1100 ? 3 : r));
    igd_sql_bulk bulk = bulk_of(rows, ROWS);
    need(igd_mysql_exec(&it->sql, "START TRANSACTION", &err));
    it->in_transaction = true;
    assert_int_equal(igd_mysql_bulk(&it->sql, &bulk, &err), IGD_E_TARGET);
    assert_true(it->in_transaction);
    need(igd_mysql_exec(&it->sql, "COMMIT", &err));
    assert_true(igd_str_is(server_ask("SELECT count(*) FROM \"all`of it\""), "0"));
    igd_target_close(&it->sql.base);
}

/* More than a request can have, in one row and in all together. */
static void more_than_a_request(void **state IGD_UNUSED)
{
    igd_mysql *it = with_table();
    enum { ROWS = 3 };
    igd_value *rows = IGD_NEW_ARRAY(mem, igd_value, ROWS * COLUMNS);
    size_t len = it->max_packet / 8 * 5;
    char *text = igd_arena_alloc(mem, len + 2);
    memset(text, 'x', len);
    text[0] = text[len - 1] = '"';
    for (size_t r = 0; r < ROWS; r++) {
        rows[r * COLUMNS] = igd_value_string(igd_arena_printf(mem, "%zu", r));
        rows[r * COLUMNS + 1] = igd_value_string((igd_str){text, len});
    }
    rows[8] = (igd_value){.kind = IGD_JSON, .text = {text, len}};
    igd_sql_bulk bulk = bulk_of(rows, ROWS);
    need(igd_mysql_exec(&it->sql, "START TRANSACTION", &err));
    need(igd_mysql_bulk(&it->sql, &bulk, &err));
    need(igd_mysql_exec(&it->sql, "COMMIT", &err));
    need_rows(it, rows, ROWS);
    igd_target_close(&it->sql.base);
}

/* A server asks for files when it likes to: it gets none. */
static void files_stay_here(void **state IGD_UNUSED)
{
    igd_mysql *it = with_table();
    if (!it->load_data) {
        igd_target_close(&it->sql.base);
        print_message("SKIPPED: local_infile is off at the server\n");
        skip();
    }
    int rc = igd_mysql_exec(&it->sql,
                            "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE `all``of it`", &err);
    assert_int_not_equal(rc, IGD_OK);
    assert_true(igd_str_is(server_ask("SELECT count(*) FROM \"all`of it\""), "0"));
    igd_target_close(&it->sql.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_by_one),          cmocka_unit_test(many_at_once),
        cmocka_unit_test(as_literals),         cmocka_unit_test(quotes_of_other_character_sets),
        cmocka_unit_test(a_row_that_fails),    cmocka_unit_test(files_stay_here),
        cmocka_unit_test(more_than_a_request),
    };
    SERVER_RUN_GROUP("mysql values", tests);
}
