/*
 * What is PostgreSQL's alone: sessions and their ends, users who may little, schemas, names of the
 * server's own, locks that others hold, and what others made for a column.
 */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "server.h"

static void refused(const char *more, igd_open_mode mode, int code, const char *words)
{
    igd_target *target = NULL;
    err = IGD_ERROR_INIT;
    int rc = try_open(more, mode, &target);
    igd_target_close(target);
    if (rc != code || !strstr(err.message, words))
        fail_msg("%d: %s", rc, err.message);
    assert_true(err.hint[0]);
}

/* A URL of the same server with another user or database; libpq takes the last of a parameter. */
static void who_does_not_get_in(void **state IGD_UNUSED)
{
    refused("&dbname=no_such_database", IGD_OPEN_WRITE, IGD_E_UNREACHABLE, "no_such_database");
    assert_false(err.transient);
    assert_int_equal(err.native, igd_pg_native("3D000"));
    refused("&user=no_such_user", IGD_OPEN_READ, IGD_E_UNREACHABLE, "no_such_user");
    assert_false(err.transient);
    refused("&host=no.such.host.invalid", IGD_OPEN_READ, IGD_E_UNREACHABLE, "no.such.host");
    assert_false(err.transient);
    refused("&sslmode=nonsense", IGD_OPEN_READ, IGD_E_UNREACHABLE, "nonsense");
    assert_false(err.transient);
}

static void server_that_takes_no_writes(void **state IGD_UNUSED)
{
    /* Where the server asks for a password, it is the one of the URL. */
    igd_url url;
    need(igd_url_parse(igd_str_from(server_url), mem, &url, &err));
    server_run(igd_arena_printf(mem,
                                "DROP ROLE IF EXISTS igd_unit_reader; CREATE ROLE igd_unit_reader "
                                "LOGIN PASSWORD '%.*s'; ALTER ROLE igd_unit_reader SET "
                                "default_transaction_read_only = on",
                                IGD_STR_ARG(url.password))
                   .ptr);
    refused("&user=igd_unit_reader", IGD_OPEN_WRITE, IGD_E_UNREACHABLE, "read_only");
    igd_pg *it = opened("&user=igd_unit_reader", IGD_OPEN_READ);
    igd_state found;
    need(it->sql.base.driver->state_read(&it->sql.base, mem, &found, &err));
    assert_false(found.present);
    igd_target_close(&it->sql.base);
    server_run("DROP ROLE igd_unit_reader");
}

static bool has_schema(void)
{
    igd_str count = server_ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'a\"b c'");
    return igd_str_is(count, "1");
}

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* One that is not there comes with what is written into it. */
static void schemas(void **state IGD_UNUSED)
{
    refused("&schema=" SIXTY_FOUR, IGD_OPEN_READ, IGD_E_CONFIG, "at most 63 bytes");
    igd_pg *it = opened("&schema=a%22b%20c", IGD_OPEN_WRITE), *other = opened("", IGD_OPEN_WRITE);
    const igd_target_driver *driver = it->sql.base.driver;
    need(driver->lock(&it->sql.base, 0, &err));
    need(driver->lock(&other->sql.base, 0, &err)); /* each schema has a lock of its own */
    igd_begin begin = {.source = IGD_STR("demo")};
    need(driver->begin(&it->sql.base, &begin, &err));
    driver->rollback(&it->sql.base);
    assert_false(has_schema());
    igd_source_state none = {.source = begin.source, .format_version = IGD_STATE_FORMAT};
    need(driver->begin(&it->sql.base, &begin, &err));
    need(driver->commit(&it->sql.base, &none, &err));
    assert_true(has_schema());
    /* Tables of another schema are not there. */
    server_run("CREATE TABLE public.elsewhere (id text)");
    bool there = true;
    need(igd_pg_exists(&it->sql, IGD_STR("elsewhere"), &there, &err));
    assert_false(there);
    need(igd_pg_exists(&other->sql, IGD_STR("elsewhere"), &there, &err));
    assert_true(there);
    igd_target_close(&it->sql.base);
    igd_target_close(&other->sql.base);
    it = opened("&schema=a%22b%20c", IGD_OPEN_READ);
    igd_target_close(&it->sql.base);
    server_run("DROP TABLE public.elsewhere");
}

/* Where search_path says nothing, the server would take these for its own. */
static void names_of_the_server(void **state IGD_UNUSED)
{
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    bool there = false;
    need(igd_pg_exists(&it->sql, IGD_STR("pg_class"), &there, &err));
    assert_true(there);
    server_run("CREATE TYPE mood AS ENUM ('a')");
    need(igd_pg_exists(&it->sql, IGD_STR("mood"), &there, &err));
    assert_true(there);
    igd_target_close(&it->sql.base);
}

/* ---- the end of a session ---- */

static void end_sessions(void)
{
    server_run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
               "'ingitdb %' AND datname = current_database()");
    usleep(200000);
}

static void session_that_somebody_ended(void **state IGD_UNUSED)
{
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    igd_target *target = &it->sql.base;
    need(target->driver->lock(target, 0, &err));
    end_sessions();
    igd_state found;
    assert_int_equal(target->driver->state_read(target, mem, &found, &err), IGD_E_UNREACHABLE);
    assert_true(err.transient);
    assert_non_null(strstr(err.message, "administrator"));
    for (int n = 0; n < 2; n++)
        assert_int_equal(target->driver->recover(target, &err), IGD_E_STALE_BASE);
    /* Who takes the lock again begins anew. */
    target->driver->unlock(target);
    need(target->driver->lock(target, 0, &err));
    need(target->driver->state_read(target, mem, &found, &err));
    igd_target_close(target);
}

/* The connection breaks, and nobody says why: nobody took the lock. */
static void connection_that_broke(void **state IGD_UNUSED)
{
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    igd_target *target = &it->sql.base;
    need(target->driver->lock(target, 0, &err));
    assert_int_equal(shutdown(PQsocket(it->db), SHUT_RDWR), 0);
    igd_state found;
    assert_int_equal(target->driver->state_read(target, mem, &found, &err), IGD_E_UNREACHABLE);
    assert_true(err.transient);
    int rc = IGD_E_UNREACHABLE;
    for (int n = 0; n < 50 && rc == IGD_E_UNREACHABLE; n++, usleep(20000))
        rc = target->driver->recover(target, &err);
    assert_int_equal(rc, IGD_OK);
    igd_lock_holder holder;
    need(target->driver->holder(target, mem, &holder, &err));
    assert_true(holder.held && igd_str_is(holder.run_id, "run"));
    igd_target_close(target);
}

/* The server does not notice that a client is gone: its session is ours to end. */
static void session_that_lingers(void **state IGD_UNUSED)
{
    igd_pg *old = opened("", IGD_OPEN_WRITE), *it = opened("", IGD_OPEN_WRITE);
    need(old->sql.base.driver->lock(&old->sql.base, 0, &err));
    it->sql.locked = true; /* as if it had been the lock of its connection before */
    PQfinish(it->db);
    it->db = NULL;
    int rc = IGD_E_UNREACHABLE;
    for (int n = 0; n < 50 && rc == IGD_E_UNREACHABLE; n++, usleep(20000)) {
        rc = igd_pg_recover(&it->sql, &err);
        assert_true(rc == IGD_OK || err.transient);
        if (rc) {
            PQfinish(it->db);
            it->db = NULL;
        }
    }
    assert_int_equal(rc, IGD_OK);
    /* But not that of another run. */
    igd_target_close(&it->sql.base);
    igd_target_close(&old->sql.base);
    old = opened("", IGD_OPEN_WRITE);
    it = opened("", IGD_OPEN_WRITE);
    it->run_id = "another";
    need(old->sql.base.driver->lock(&old->sql.base, 0, &err));
    it->sql.locked = true;
    PQfinish(it->db);
    it->db = NULL;
    assert_int_equal(igd_pg_recover(&it->sql, &err), IGD_E_STALE_BASE);
    it->sql.locked = false;
    igd_target_close(&it->sql.base);
    igd_target_close(&old->sql.base);
}

/* Its session has a long statement to go on with: the server looks for the client meanwhile, and
 * who comes next waits for that. */
static void holder_that_was_killed(void **state IGD_UNUSED)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        igd_target *target = NULL;
        if (try_open("", IGD_OPEN_WRITE, &target) || target->driver->lock(target, 0, &err) ||
            write(ends[1], "x", 1) != 1)
            _exit(1);
        (void)igd_pg_exec((igd_sql_target *)target, "SELECT pg_sleep(60)", &err);
        _exit(1);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    usleep(100000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    need(it->sql.base.driver->lock(&it->sql.base, 0, &err));
    igd_target_close(&it->sql.base);
    close(ends[0]);
    close(ends[1]);
}

/* ---- locks of others ---- */

static igd_op add_column(igd_table *from, igd_table *to)
{
    *from = (igd_table){.name = IGD_STR("busy"), .collection = IGD_STR("busy")};
    *to = *from;
    to->columns = IGD_NEW_ARRAY(mem, igd_column, 1);
    to->column_count = 1;
    to->columns[0] = (igd_column){.name = IGD_STR("more"), .type.kind = IGD_INT};
    return (igd_op){.kind = IGD_OP_ADD_COLUMN,
                    .part = IGD_PART_EXPAND,
                    .table = from->name,
                    .from = from,
                    .to = to,
                    .column_from = -1,
                    .column_to = 0};
}

static void references_that_would_not_be_checked(void **state IGD_UNUSED)
{
    server_run("DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = "
               "replica', current_database()); END$$");
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    need(it->sql.base.driver->lock(&it->sql.base, 0, &err));
    igd_begin begin = {.source = IGD_STR("demo")};
    assert_int_equal(it->sql.base.driver->begin(&it->sql.base, &begin, &err), IGD_E_TARGET);
    assert_non_null(strstr(err.message, "session_replication_role is 'replica'"));
    igd_target_close(&it->sql.base);
    server_run(
        "DO $$BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END$$");
}

static void table_that_others_use(void **state IGD_UNUSED)
{
    server_run("CREATE TABLE busy (id text)");
    igd_pg *it = opened("", IGD_OPEN_WRITE), *other = opened("", IGD_OPEN_WRITE);
    it->sql.base.retry_ms = 100;
    need(it->sql.base.driver->lock(&it->sql.base, 0, &err));
    need(igd_pg_exec(&other->sql, "BEGIN; SELECT * FROM busy", &err));
    igd_table from, to;
    igd_op op = add_column(&from, &to);
    igd_plan plan = {.expand = {&op, 1, 1}, .op_count = 1};
    need(igd_pg_begin(&it->sql, &plan, &err));
    assert_int_equal(igd_pg_alter(&it->sql, &plan, IGD_PART_EXPAND, &err), IGD_E_TARGET);
    assert_true(err.transient);
    assert_non_null(strstr(err.message, "lock timeout"));
    assert_non_null(strstr(err.message, "add column"));
    igd_pg_rollback(&it->sql);
    need(igd_pg_exec(&other->sql, "ROLLBACK", &err));
    need(igd_pg_begin(&it->sql, &plan, &err));
    need(igd_pg_alter(&it->sql, &plan, IGD_PART_EXPAND, &err));
    need(igd_pg_commit(&it->sql, &err));
    igd_target_close(&it->sql.base);
    igd_target_close(&other->sql.base);
    server_run("DROP TABLE busy");
}

/* ---- large values ---- */

static igd_str noise(size_t len)
{
    char *text = igd_arena_alloc(mem, len);
    uint64_t seed = 88172645463325252u;
    for (size_t n = 0; n < len; n++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        text[n] = (char)(1 + seed % 127);
    }
    return (igd_str){text, len};
}

static int compare_row(const igd_value *row, void *payload, igd_error *error)
{
    const igd_value *wanted = payload;
    for (int n = 0; n < 3; n++)
        if (!igd_value_eq(&row[n], &wanted[n]))
            return igd_fail(error, IGD_E_BUG, "value %d came back otherwise", n);
    return IGD_OK;
}

/* Nothing in them can be compressed; each way in, each way out. */
static void large_values(void **state IGD_UNUSED)
{
    static const igd_kind kinds[] = {IGD_STRING, IGD_STRING, IGD_STRING};
    igd_str names[] = {IGD_STR("a"), IGD_STR("b"), IGD_STR("v")};
    igd_value values[] = {igd_value_string(noise(1300)), igd_value_string(noise(1300)),
                          igd_value_string(noise(3 << 20))};
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    need(igd_pg_exec(&it->sql, "CREATE TABLE large (a text, b text, v text, PRIMARY KEY (a, b))",
                     &err));
    igd_sql_bulk bulk = {IGD_STR("large"), names, kinds, 3, values, 1};
    igd_sql_query all = {.sql = IGD_STR("SELECT a, b, v FROM large"),
                         .kinds = kinds,
                         .column_count = 3,
                         .callback = compare_row,
                         .payload = values};
    igd_sql_query one = all;
    one.sql = IGD_STR("SELECT a, b, v FROM large WHERE a = $1");
    one.params = values;
    one.param_count = 1;
    need(igd_pg_bulk(&it->sql, &bulk, &err));
    need(igd_pg_query(&it->sql, &all, &err));
    need(igd_pg_exec(&it->sql, "DELETE FROM large", &err));
    need(igd_sql_execute(&it->sql, IGD_STR("INSERT INTO large VALUES ($1, $2, $3)"), values, 3,
                         &err));
    need(igd_pg_query(&it->sql, &one, &err));
    /* More than an index holds, and what no text holds. */
    values[0] = igd_value_string(noise(2700));
    assert_int_equal(igd_pg_bulk(&it->sql, &bulk, &err), IGD_E_TARGET);
    assert_int_equal(err.native, igd_pg_native("54000"));
    values[0] = igd_value_string(IGD_STR("a\0b"));
    assert_int_equal(igd_pg_bulk(&it->sql, &bulk, &err), IGD_E_TARGET);
    assert_non_null(strstr(err.message, "NUL"));
    assert_int_equal(igd_sql_execute(&it->sql, IGD_STR("DELETE FROM large WHERE a = $1"), values, 1,
                                     &err),
                     IGD_E_TARGET);
    assert_non_null(strstr(err.message, "NUL"));
    igd_target_close(&it->sql.base);
}

/* ---- what others made for a column ---- */

static void column_with_something_on_it(void **state IGD_UNUSED)
{
    static const struct {
        const char *made, *said, *dropped;
    } cases[] = {
        {"CREATE INDEX mine ON busy (more, id)", "index mine", "DROP INDEX mine"},
        {"ALTER TABLE busy ADD CONSTRAINT mine UNIQUE (more)", "constraint mine",
         "ALTER TABLE busy DROP CONSTRAINT mine"},
        {"CREATE STATISTICS mine ON id, more FROM busy", "mine", "DROP STATISTICS mine"},
        {"CREATE VIEW mine AS SELECT more FROM busy", "view mine", "DROP VIEW mine"},
    };
    server_run("CREATE TABLE busy (id text, more bigint DEFAULT 5, own serial)");
    igd_pg *it = opened("", IGD_OPEN_WRITE);
    igd_table from, to;
    igd_op op = add_column(&to, &from);
    op.kind = IGD_OP_DROP_COLUMN;
    op.part = IGD_PART_CONTRACT;
    op.from = &from;
    op.to = &to;
    op.column_from = 0;
    op.column_to = -1;
    igd_plan plan = {.contract = {&op, 1, 1}, .op_count = 1};
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        server_run(cases[n].made);
        assert_int_equal(igd_pg_alter(&it->sql, &plan, IGD_PART_CONTRACT, &err), IGD_E_TARGET);
        if (!strstr(err.message, cases[n].said))
            fail_msg("%s", err.message);
        assert_true(err.hint[0]);
        server_run(cases[n].dropped);
    }
    need(igd_pg_alter(&it->sql, &plan, IGD_PART_CONTRACT, &err));
    assert_string_equal(server_ask("SELECT count(*) FROM information_schema.columns WHERE "
                                   "table_name = 'busy'")
                            .ptr,
                        "2");
    igd_target_close(&it->sql.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_get_in),
        cmocka_unit_test(server_that_takes_no_writes),
        cmocka_unit_test(schemas),
        cmocka_unit_test(names_of_the_server),
        cmocka_unit_test(session_that_somebody_ended),
        cmocka_unit_test(connection_that_broke),
        cmocka_unit_test(session_that_lingers),
        cmocka_unit_test(holder_that_was_killed),
        cmocka_unit_test(references_that_would_not_be_checked),
        cmocka_unit_test(table_that_others_use),
        cmocka_unit_test(large_values),
        cmocka_unit_test(column_with_something_on_it),
    };
    if (server_is_missing())
        return 77;
    return cmocka_run_group_tests_name("postgres connection", tests, server_setup, server_teardown);
}
