/*
 * References that the server did not check: whether rows refer to nothing that did not before the
 * transaction.
 */
#include "targets/mysql/mysql.h"

/* A foreign key that a table of the database has, or that refers to one. */
typedef struct reference {
    igd_str name;
    igd_str schema, table;
    igd_str parent_schema, parent;
    igd_str_list columns, parent_columns;
} reference;

typedef IGD_LIST(reference) reference_list;

typedef struct reference_taker {
    igd_arena *mem;
    reference_list *out;
} reference_taker;

static int take_reference(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    const reference_taker *to = payload;
    igd_arena *mem = to->mem;
    const reference *last = to->out->len ? &to->out->items[to->out->len - 1] : NULL;
    if (!last || !igd_str_eq(last->name, row[0].text) || !igd_str_eq(last->schema, row[1].text) ||
        !igd_str_eq(last->table, row[2].text))
        IGD_PUSH(mem, to->out,
                 (reference){.name = igd_arena_str(mem, row[0].text),
                             .schema = igd_arena_str(mem, row[1].text),
                             .table = igd_arena_str(mem, row[2].text),
                             .parent_schema = igd_arena_str(mem, row[4].text),
                             .parent = igd_arena_str(mem, row[5].text)});
    reference *at = &to->out->items[to->out->len - 1];
    IGD_PUSH(mem, &at->columns, igd_arena_str(mem, row[3].text));
    IGD_PUSH(mem, &at->parent_columns, igd_arena_str(mem, row[6].text));
    return IGD_OK;
}

static int find_references(igd_mysql *it, igd_arena *mem, reference_list *out, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING,
                                     IGD_STRING, IGD_STRING, IGD_STRING};
    reference_taker to = {mem, out};
    igd_sql_query query = {
        .sql = IGD_STR("SELECT constraint_name, table_schema, table_name, column_name, "
                       "referenced_table_schema, referenced_table_name, referenced_column_name "
                       "FROM information_schema.key_column_usage WHERE referenced_table_name IS "
                       "NOT NULL AND (table_schema = database() OR referenced_table_schema = "
                       "database()) ORDER BY table_schema, table_name, constraint_name, "
                       "ordinal_position"),
        .kinds = kinds,
        .column_count = IGD_COUNT(kinds),
        .callback = take_reference,
        .payload = &to};
    return it->sql.ops->query(&it->sql, &query, err);
}

static bool is_ours(const igd_mysql *it, igd_str schema, igd_str table)
{
    const igd_plan *plan = it->sql.tables;
    if (!igd_str_eq_nocase(schema, it->sql.base.database))
        return false;
    for (size_t n = 0; plan && n < plan->table_count; n++)
        if (plan->tables[n].between && igd_str_eq_nocase(plan->tables[n].between->name, table))
            return true;
    return false;
}

static void put(const char *alias, igd_str name, igd_buf *sql)
{
    igd_buf_puts(sql, alias);
    igd_sql_name(&igd_mysql_dialect, name, sql);
}

/* SELECT the values FROM the table c WHERE they refer to nothing */
static void dangling_text(const reference *ref, igd_buf *sql)
{
    igd_buf_puts(sql, "SELECT DISTINCT ");
    for (size_t n = 0; n < ref->columns.len; n++)
        put(n ? ", c." : "c.", ref->columns.items[n], sql);
    put(" FROM ", ref->schema, sql);
    put(".", ref->table, sql);
    igd_buf_puts(sql, " c WHERE ");
    for (size_t n = 0; n < ref->columns.len; n++) {
        put("c.", ref->columns.items[n], sql);
        igd_buf_puts(sql, " IS NOT NULL AND ");
    }
    put("NOT EXISTS (SELECT 1 FROM ", ref->parent_schema, sql);
    put(".", ref->parent, sql);
    igd_buf_puts(sql, " p");
    for (size_t n = 0; n < ref->columns.len; n++) {
        put(n ? " AND p." : " WHERE p.", ref->parent_columns.items[n], sql);
        put(" = c.", ref->columns.items[n], sql);
    }
    igd_buf_byte(sql, ')');
}

/* One that was there before is not this run's. A session of its own sees what is committed. */
typedef struct judge {
    igd_mysql *it;
    igd_mysql *before;
    const reference *ref;
    igd_str_list found; /* values, as they are told */
    igd_arena *mem;
} judge;

static int take_values(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    judge *j = payload;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < j->ref->columns.len; n++) {
        igd_buf_puts(&text, n ? "/" : "");
        igd_buf_str(&text, row[n].text);
    }
    IGD_PUSH(j->mem, &j->found, igd_arena_str(j->mem, igd_buf_view(&text)));
    return IGD_OK;
}

static int look(igd_mysql *it, judge *j, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_kind *kinds = IGD_NEW_ARRAY(j->mem, igd_kind, j->ref->columns.len);
    for (size_t n = 0; n < j->ref->columns.len; n++)
        kinds[n] = IGD_STRING;
    dangling_text(j->ref, &sql);
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = j->ref->columns.len,
                           .callback = take_values,
                           .payload = j};
    return igd_mysql_query(&it->sql, &query, err);
}

static bool holds(const igd_str_list *list, igd_str text)
{
    for (size_t n = 0; n < list->len; n++)
        if (igd_str_eq(list->items[n], text))
            return true;
    return false;
}

static int fail_dangling(igd_mysql *it, const reference *ref, igd_str value, igd_error *err)
{
    it->sql.base.dangling = true;
    (void)igd_fail(err, IGD_E_TARGET,
                   "foreign key '%.*s': a row of table '%.*s' would refer to '%.*s', which table "
                   "'%.*s' does not have",
                   IGD_STR_ARG(ref->name), IGD_STR_ARG(ref->table), IGD_STR_ARG(value),
                   IGD_STR_ARG(ref->parent));
    err->native = ER_NO_REFERENCED_ROW_2;
    return igd_hint(err, "rows of tables that are not in the repository keep theirs: delete or "
                         "change them first");
}

static int check(igd_mysql *it, igd_mysql *before, const reference *ref, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    judge now = {.it = it, .ref = ref, .mem = mem}, then = now;
    int rc = look(it, &now, err);
    if (rc || now.found.len == 0)
        return rc;
    if (!before->db)
        rc = igd_mysql_connect(before, err);
    if (!rc)
        rc = look(before, &then, err);
    for (size_t n = 0; !rc && n < now.found.len; n++)
        if (!holds(&then.found, now.found.items[n]))
            rc = fail_dangling(it, ref, now.found.items[n], err);
    return rc;
}

int igd_mysql_check_references(igd_mysql *it, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    reference_list references = {0};
    igd_mysql before = *it;
    before.db = NULL;
    before.bulk_stmt = NULL;
    before.bulk_sql = IGD_BUF_INIT;
    before.in_transaction = false;
    int rc = find_references(it, mem, &references, err);
    for (size_t n = 0; !rc && n < references.len; n++) {
        const reference *ref = &references.items[n];
        if (is_ours(it, ref->schema, ref->table) || is_ours(it, ref->parent_schema, ref->parent))
            rc = check(it, &before, ref, err);
    }
    mysql_close(before.db);
    it->must_check = rc != IGD_OK;
    return rc;
}
