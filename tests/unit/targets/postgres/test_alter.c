/*
 * Schema changes: what others made stays, and what is said of an operation is what the server does:
 * which lock it takes, and whether rows are copied.
 */
#include "server.h"

static igd_pg *it;

static igd_table *table_of(size_t count, ...)
{
    igd_table *table = IGD_NEW(mem, igd_table);
    table->name = table->collection = IGD_STR("t");
    table->columns = IGD_NEW_ARRAY(mem, igd_column, count);
    table->column_count = count;
    table->key_count = 1;
    va_list args;
    va_start(args, count);
    for (size_t n = 0; n < count; n++) {
        igd_column *column = &table->columns[n];
        column->name = igd_str_from(va_arg(args, const char *));
        column->type.kind = column->type.element = (igd_kind)va_arg(args, int);
        column->key_text = column->not_null = n == 0;
        column->field = IGD_FIELD_NONE;
    }
    va_end(args);
    igd_table_finish(table, mem);
    return table;
}

static void make(const igd_table *table, const char *more)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql,
                 "DROP TABLE IF EXISTS t CASCADE; DROP TABLE IF EXISTS p CASCADE; CREATE TABLE "
                 "p (id text COLLATE \"C\" PRIMARY KEY); INSERT INTO p VALUES ('x'); ");
    igd_sql_create_table(&igd_pg_dialect, table, &sql);
    igd_buf_printf(&sql, "; %s", more);
    server_run(sql.ptr);
}

static igd_plan *plan_of(const igd_table *from, const igd_table *to)
{
    igd_schema before = {(igd_table *)from, 1}, after = {(igd_table *)to, 1};
    igd_plan *plan = IGD_NEW(mem, igd_plan);
    igd_plan_make(&before, &after, 63, mem, plan);
    return plan;
}

static int setup(void **state)
{
    int rc = server_setup(state);
    if (rc == 0)
        it = opened("", IGD_OPEN_WRITE);
    return rc;
}

static int teardown(void **state)
{
    igd_target_close(&it->sql.base);
    return server_teardown(state);
}

/* ---- what others made ---- */

static void need_answer(const char *query, const char *wanted)
{
    assert_string_equal(server_ask(query).ptr, wanted);
}

static void apply(const igd_plan *plan, igd_part part)
{
    if (igd_pg_alter(&it->sql, plan, part, &err))
        fail_msg("%s", err.message);
}

static void kind_of_a_column(void **state IGD_UNUSED)
{
    igd_table *from = table_of(2, "id", IGD_STRING, "v", IGD_STRING),
              *to = table_of(2, "id", IGD_STRING, "v", IGD_INT);
    make(from, "INSERT INTO t VALUES ('a', 'x'); CREATE INDEX mine ON t (v, id);"
               "CREATE VIEW my_view AS SELECT id FROM t; COMMENT ON COLUMN t.v IS 'mine'");
    igd_plan *plan = plan_of(from, to);
    apply(plan, IGD_PART_EXPAND);
    need_answer("SELECT ingitdb_old_v || coalesce(v::text, '-') FROM t", "x-");
    need_answer("SELECT col_description('t'::regclass, 2)", "mine");
    apply(plan, IGD_PART_CONTRACT);
    need_answer("SELECT string_agg(column_name || data_type, ',' ORDER BY ordinal_position) FROM "
                "information_schema.columns WHERE table_name = 't'",
                "idtext,vbigint");
    need_answer("SELECT indexdef FROM pg_indexes WHERE indexname = 'mine'",
                "CREATE INDEX mine ON public.t USING btree (v, id)");
    /* A view of the column itself cannot follow. */
    server_run("CREATE VIEW of_v AS SELECT v FROM t");
    plan = plan_of(to, from);
    assert_int_equal(igd_pg_alter(&it->sql, plan, IGD_PART_EXPAND, &err), IGD_E_TARGET);
    assert_non_null(strstr(err.message, "of_v"));
}

static void primary_key(void **state IGD_UNUSED)
{
    igd_table *from = table_of(4, "id", IGD_STRING, "n", IGD_INT, "v", IGD_STRING, "w", IGD_INT),
              *to =
                  table_of(4, "p_id", IGD_STRING, "id", IGD_STRING, "n", IGD_STRING, "w", IGD_INT);
    to->key_count = 2;
    to->columns[1].key_text = to->columns[1].not_null = to->columns[3].not_null = true;
    make(from,
         "INSERT INTO t VALUES ('a', 1, 'x', 2); CREATE INDEX mine ON t (w);"
         "CREATE VIEW my_view AS SELECT id, w FROM t; GRANT SELECT ON t TO PUBLIC;"
         "CREATE TABLE log (what text);"
         "CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log "
         "VALUES (tg_op); RETURN NULL; END';"
         "CREATE TRIGGER mine AFTER INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION "
         "log_it()");
    igd_plan *plan = plan_of(from, to);
    apply(plan, IGD_PART_EXPAND);
    need_answer("SELECT count(*) FROM t", "0");
    need_answer("SELECT count(*) FROM log", "0");
    server_run("INSERT INTO t (p_id, id, n, w) VALUES ('p', 'a', 'text', 7)");
    need_answer("SELECT id || w FROM my_view", "a7");
    need_answer("SELECT what FROM log", "INSERT");
    need_answer("SELECT count(*) FROM pg_indexes WHERE indexname = 'mine'", "1");
    need_answer("SELECT has_table_privilege('public', 't', 'SELECT')", "t");
    need_answer(
        "SELECT string_agg(attname || attnotnull::text, ',' ORDER BY attname) FROM pg_attribute "
        "WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped",
        "idtrue,nfalse,p_idtrue,wtrue");
    igd_table found;
    bool there;
    assert_int_equal(igd_pg_read_table(&it->sql, IGD_STR("t"), mem, &found, &there, &err), IGD_OK);
    assert_int_equal(found.key_count, 2);
    assert_true(igd_str_is(found.columns[0].name, "p_id"));
    server_run("DROP TABLE log CASCADE; DROP FUNCTION log_it CASCADE");
}

/* A table of others refers to it: it is not emptied over their heads. */
static void primary_key_that_others_use(void **state IGD_UNUSED)
{
    igd_table *from = table_of(1, "id", IGD_STRING),
              *to = table_of(2, "p", IGD_STRING, "id", IGD_STRING);
    to->key_count = 2;
    make(from, "INSERT INTO t VALUES ('a'); CREATE TABLE theirs (r text COLLATE \"C\" REFERENCES "
               "t)");
    assert_int_equal(igd_pg_alter(&it->sql, plan_of(from, to), IGD_PART_EXPAND, &err),
                     IGD_E_TARGET);
    assert_non_null(strstr(err.message, "theirs"));
    need_answer("SELECT id FROM t", "a");
    server_run("DROP TABLE theirs");
}

/* ---- what is said of operations ---- */

static igd_table *with_index(igd_table *table)
{
    igd_index index = {.name = IGD_STR("ix")};
    IGD_PUSH(mem, &index.columns, table->columns[1].name);
    IGD_PUSH(mem, &table->indexes, index);
    return table;
}

static igd_table *with_check(igd_table *table)
{
    IGD_PUSH(mem, &table->checks,
             (igd_check){.name = IGD_STR("ck"),
                         .column = table->columns[1].name,
                         .kind = IGD_CHECK_MIN,
                         .number = IGD_STR("0")});
    return table;
}

static igd_table *with_reference(igd_table *table)
{
    igd_foreign_key key = {.name = IGD_STR("fk"), .ref_table = IGD_STR("p")};
    IGD_PUSH(mem, &key.columns, table->columns[1].name);
    IGD_PUSH(mem, &key.ref_columns, IGD_STR("id"));
    IGD_PUSH(mem, &table->foreign_keys, key);
    return table;
}

static igd_table *texts(bool key_text, int64_t max_chars)
{
    igd_table *table = table_of(2, "id", IGD_STRING, "v", IGD_STRING);
    table->columns[1].key_text = key_text;
    table->columns[1].max_chars = max_chars;
    return table;
}

static igd_table *numbers(bool not_null)
{
    igd_table *table = table_of(2, "id", IGD_STRING, "v", IGD_INT);
    table->columns[1].not_null = not_null;
    return table;
}

static const char *ask_session(const char *sql)
{
    PGresult *found = NULL;
    if (igd_pg_ask(it, sql, NULL, 0, &found, &err))
        fail_msg("%s", err.message);
    const char *answer = igd_arena_cstr(mem, igd_pg_cell(found, 0, 0));
    PQclear(found);
    return answer;
}

/* "AccessExclusiveLock": the strongest that the transaction has on the table. */
#define STRONGEST                                                                                \
    "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 't'::regclass ORDER " \
    "BY array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', "  \
    "'ShareLock', 'ShareUpdateExclusiveLock', 'RowExclusiveLock'], mode) LIMIT 1"

static void need_said(const igd_op *op, const char *mode, bool copied)
{
    static const char *const locks[][2] = {{"AccessExclusiveLock", "ACCESS EXCLUSIVE"},
                                           {"ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"},
                                           {"ShareLock", "SHARE lock"}};
    igd_op weighed = *op;
    igd_pg_risk(&it->sql, NULL, &weighed);
    const char *words = igd_op_text(op, mem).ptr;
    for (size_t n = 0; n < IGD_COUNT(locks); n++)
        if (strcmp(mode, locks[n][0]) == 0 && !strstr(weighed.why, locks[n][1]))
            fail_msg("%s takes %s, is said: %s", words, mode, weighed.why);
    if (copied != (weighed.risk == IGD_RISK_REWRITE))
        fail_msg("%s %s the table, is said: %s", words, copied ? "copies" : "does not copy",
                 weighed.why);
}

/* Each operation of the plan by itself; the rest of it comes before or after. */
static void need_risks(const igd_table *from, const igd_table *to, const char *rows)
{
    make(from, rows);
    igd_plan *plan = plan_of(from, to);
    assert_true(plan->op_count > 0);
    const igd_op_list *parts[] = {&plan->expand, &plan->contract};
    for (size_t p = 0; p < 2; p++)
        for (size_t n = 0; n < parts[p]->len; n++) {
            igd_op *op = &parts[p]->items[n];
            igd_plan one = {.op_count = 1};
            *(p ? &one.contract : &one.expand) = (typeof(one.expand)){op, 1, 1};
            if (igd_pg_exec(&it->sql, "BEGIN", &err))
                fail_msg("%s", err.message);
            const char *before = ask_session("SELECT pg_relation_filenode('t')");
            apply(&one, p ? IGD_PART_CONTRACT : IGD_PART_EXPAND);
            const char *mode = ask_session(STRONGEST);
            bool copied = strcmp(before, ask_session("SELECT pg_relation_filenode('t')")) != 0;
            if (op->kind != IGD_OP_CREATE_TABLE && !op->step)
                need_said(op, mode, copied);
            if (igd_pg_exec(&it->sql, "COMMIT", &err))
                fail_msg("%s", err.message);
        }
}

static void risks_are_real(void **state IGD_UNUSED)
{
    const char *numbered = "INSERT INTO t VALUES ('a', 1)",
               *text = "INSERT INTO t VALUES ('a', 'x')";
    need_risks(numbers(false), numbers(true), numbered);
    need_risks(numbers(true), numbers(false), numbered);
    need_risks(numbers(false), with_check(numbers(false)), numbered);
    need_risks(with_check(numbers(false)), numbers(false), numbered);
    need_risks(numbers(false), with_index(numbers(false)), numbered);
    need_risks(with_index(numbers(false)), numbers(false),
               "CREATE INDEX ix ON t (v); INSERT INTO t VALUES ('a', 1)");
    need_risks(texts(true, 0), with_reference(texts(true, 0)), text);
    need_risks(with_reference(texts(true, 0)), texts(true, 0),
               "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (v) REFERENCES p");
    need_risks(texts(false, 5), texts(false, 9), text);
    need_risks(texts(false, 5), texts(false, 0), text);
    need_risks(texts(false, 0), texts(false, 5), text);
    need_risks(texts(false, 9), texts(false, 5), text);
    need_risks(texts(false, 0), texts(true, 0), text);
    need_risks(texts(true, 0), texts(false, 0), text);
    need_risks(texts(false, 5), texts(true, 0), text);
    need_risks(texts(true, 0), texts(false, 5), text);
    need_risks(texts(false, 0), numbers(false), text);
    need_risks(table_of(1, "id", IGD_STRING), numbers(false), "INSERT INTO t VALUES ('a')");
    need_risks(numbers(false), table_of(1, "id", IGD_STRING), numbered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kind_of_a_column),
        cmocka_unit_test(primary_key),
        cmocka_unit_test(primary_key_that_others_use),
        cmocka_unit_test(risks_are_real),
    };
    if (server_is_missing())
        return 77;
    return cmocka_run_group_tests_name("postgres schema changes", tests, setup, teardown);
}
