/*
 * Digests that the server computes are those of our own encoding, value for value.
 */
#include <math.h>

#include "schema/canonical.h"
#include "server.h"
#include "targets/sums.h"

static igd_table *table;

static const struct {
    const char *name;
    igd_kind kind;
} columns[] = {
    {"p_id", IGD_STRING}, {"id", IGD_STRING},   {"s", IGD_STRING},        {"i", IGD_INT},
    {"f", IGD_FLOAT},     {"b", IGD_BOOL},      {"d", IGD_DATE},          {"t", IGD_TIME},
    {"at", IGD_DATETIME}, {"A \"x\"", IGD_INT}, {"\xc3\xa9", IGD_STRING}, {"gone", IGD_STRING},
};

static void make_table(void)
{
    table = IGD_NEW(mem, igd_table);
    table->name = table->collection = IGD_STR("hashed");
    table->key_count = 2;
    table->column_count = IGD_COUNT(columns);
    table->columns = IGD_NEW_ARRAY(mem, igd_column, IGD_COUNT(columns));
    for (size_t n = 0; n < IGD_COUNT(columns); n++)
        table->columns[n] = (igd_column){.name = igd_str_from(columns[n].name),
                                         .type = {columns[n].kind, IGD_SCALAR, columns[n].kind},
                                         .not_null = n < 2,
                                         .key_text = n < 2};
    igd_table_finish(table, mem);
}

/* NULL-terminated texts of the columns behind the key, "-" for null. */
static const char *const rows[][IGD_COUNT(columns) - 2] = {
    {"", "0", "0", "true", "0001-01-01", "00:00:00", "0001-01-01T00:00:00Z", "-1", "x", "-"},
    {"it's \\ \"q\"\n\t", "-9223372036854775808", "0.1", "false", "9999-12-31", "23:59:59.999999",
     "9999-12-31T23:59:59.999999Z", "9223372036854775807", "\xf0\x9f\x98\x80", "y"},
    {"-", "-", "-", "-", "-", "-", "-", "-", "-", "-"},
    {" ", "1", "-1234567.125", "-", "2024-02-29", "12:00:00.000001", "2024-02-29T12:00:00.500000Z",
     "0", "-", "-"},
    {"null", "7", "0.0001", "true", "-", "12:34:00.100000", "1969-12-31T23:59:59Z", "-", "", "-"},
    {"x", "8", "999999999999999", "true", "-", "-", "-", "-", "", "-"},
    {"x", "8", "123456789.12345679", "true", "-", "-", "-", "-", "", "-"},
};

static void fill(igd_pg *it)
{
    size_t count = IGD_COUNT(rows), width = IGD_COUNT(columns);
    igd_value *values = IGD_NEW_ARRAY(mem, igd_value, count * width);
    igd_str *names = IGD_NEW_ARRAY(mem, igd_str, width);
    igd_kind *kinds = IGD_NEW_ARRAY(mem, igd_kind, width);
    for (size_t n = 0; n < width; n++) {
        names[n] = table->columns[n].name;
        kinds[n] = table->columns[n].type.kind;
    }
    for (size_t r = 0; r < count; r++) {
        values[r * width] = igd_value_string(IGD_STR("parent \xc3\xa9"));
        values[r * width + 1] = igd_value_string(igd_arena_printf(mem, "k%zu", r));
        for (size_t n = 2; n < width; n++) {
            igd_str text = igd_str_from(rows[r][n - 2]);
            if (!igd_str_is(text, "-"))
                assert_null(igd_value_parse(kinds[n], text, mem, &values[r * width + n]));
        }
    }
    igd_sql_bulk bulk = {table->name, names, kinds, width, values, count};
    need(igd_pg_bulk(&it->sql, &bulk, &err));
}

typedef struct adder {
    const igd_table *table;
    igd_table_sums sums;
    igd_buf scratch;
    size_t rows;
} adder;

static int add_row(const igd_value *row, void *payload, igd_error *error IGD_UNUSED)
{
    adder *to = payload;
    igd_table_sums_add(&to->sums, igd_row_digest(to->table, row, &to->scratch));
    to->rows++;
    return IGD_OK;
}

static void need_same(igd_pg *it, const igd_table *as, const igd_table *layout)
{
    igd_target *target = &it->sql.base;
    adder all = {.table = as, .scratch = IGD_BUF_INIT};
    static igd_table_sums computed;
    bool told = false;
    need(target->driver->sums(target, as, layout, &computed, &told, &err));
    assert_true(told);
    need(target->driver->scan(target, layout, add_row, &all, &err));
    assert_int_equal(all.rows, IGD_COUNT(rows));
    for (unsigned n = 0; n < IGD_BUCKETS; n++)
        assert_true(igd_table_sums_same(&computed, &all.sums, n));
    igd_buf_free(&all.scratch);
}

static void rows_in_buckets(igd_pg *it)
{
    igd_target *target = &it->sql.base;
    adder some = {.table = table, .scratch = IGD_BUF_INIT};
    igd_bucket_set which = {0};
    static igd_table_sums all;
    bool told;
    need(target->driver->sums(target, table, table, &all, &told, &err));
    size_t wanted = 0;
    for (unsigned n = 0; n < IGD_BUCKETS && which.count < 3; n++)
        if (all.rows[n]) {
            igd_bucket_set_add(&which, n);
            wanted += all.rows[n];
        }
    need(target->driver->scan_some(target, table, table, &which, add_row, &some, &err));
    assert_int_equal(some.rows, wanted);
    for (unsigned n = 0; n < IGD_BUCKETS; n++)
        if (which.has[n])
            assert_true(igd_table_sums_same(&some.sums, &all, n));
        else
            assert_int_equal(some.sums.rows[n], 0);
    igd_buf_free(&some.scratch);
}

static void digests_of_rows(void **state IGD_UNUSED)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    make_table();
    igd_sql_create_table(&igd_pg_dialect, table, &sql);
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    need(igd_pg_exec(&it->sql, sql.ptr, &err));
    fill(it);
    need_same(it, table, table);
    rows_in_buckets(it);
    /* Under another name, and without a column. */
    igd_table as = *table;
    as.columns = IGD_NEW_ARRAY(mem, igd_column, table->column_count);
    memcpy(as.columns, table->columns, table->column_count * sizeof(*as.columns));
    as.columns[3].name = IGD_STR("zz");
    igd_table_finish(&as, mem);
    need(igd_pg_exec(&it->sql, "ALTER TABLE hashed DROP COLUMN gone", &err));
    need_same(it, &as, table);
    igd_target_close(&it->sql.base);
}

static void set_f(const char *number)
{
    server_run(igd_arena_printf(mem, "UPDATE hashed SET f = %s WHERE id = 'k1'", number).ptr);
}

/* The server writes some numbers otherwise than ECMAScript does. */
static void numbers_with_exponents(void **state IGD_UNUSED)
{
    static const char *const numbers[] = {
        "1e15",     "-1e15", "123456789012345680000",
        "1e20",     "1e21",  "-1.5e21",
        "1e300",    "0.001", "0.00009",
        "0.000001", "1e-7",  "-5e-7",
        "5e-324",   "-0",
    };
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    for (size_t n = 0; n < IGD_COUNT(numbers); n++) {
        set_f(igd_arena_printf(mem, "'%s'", numbers[n]).ptr);
        need_same(it, table, table);
    }
    igd_target_close(&it->sql.base);
}

/* What is no number for us the server does not tell. */
static void doubtful_numbers(void **state IGD_UNUSED)
{
    static const char *const numbers[] = {"'NaN'", "'Infinity'", "'-Infinity'"};
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    igd_target *target = &it->sql.base;
    for (size_t n = 0; n < IGD_COUNT(numbers); n++) {
        static igd_table_sums computed;
        bool told = true;
        set_f(numbers[n]);
        need(target->driver->sums(target, table, table, &computed, &told, &err));
        if (told)
            fail_msg("%s", numbers[n]);
    }
    igd_target_close(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_of_rows),
        cmocka_unit_test(numbers_with_exponents),
        cmocka_unit_test(doubtful_numbers),
    };
    if (server_is_missing())
        return 77;
    return cmocka_run_group_tests_name("postgres digests", tests, server_setup, server_teardown);
}
