/*
 * Scripts for the mysql client. A schema change commits at once; so each is a step that is counted
 * in the state when it is done, and is left out by a script that goes on. Which statement it is may
 * depend on what the server made up (names of constraints): then the server puts it together.
 */
#include "targets/mysql/script_style.h"

static void put_text(igd_str text, igd_buf *sql)
{
    igd_value value = igd_value_string(text);
    igd_mysql_literal(&value, sql);
}

/* A statement as a literal, in one line: what has line ends in it is written in digits. */
static void put_statement(igd_str statement, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    for (size_t n = 0; n < statement.len; n++)
        igd_buf_byte(&line, statement.ptr[n] == '\n' ? ' ' : statement.ptr[n]);
    put_text(igd_buf_view(&line), sql);
}

#define LOCK_NAME                                                                            \
    "if(char_length(database()) > 56, concat('ingitdb.', left(sha2(database(), 256), 40)), " \
    "concat('ingitdb.', database()))"

static const char top[] =
    "SET NAMES utf8mb4;\n"
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';\n"
    "SET SESSION time_zone = '+00:00', autocommit = 1, foreign_key_checks = 1, unique_checks = 1, "
    "sql_select_limit = 18446744073709551615, sql_safe_updates = 0, "
    "group_concat_max_len = 1000000;\n"
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n"
    "SET @ingitdb_now = concat(replace(utc_timestamp(3), ' ', 'T'), 'Z');\n";

/* The name of a value that a setting cannot have is what the server says; a comma would end it. */
static void guard(const igd_dialect *dialect IGD_UNUSED, igd_str what, igd_str condition,
                  igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf said = IGD_BUF_INIT;
    for (size_t n = 0; n < what.len; n++)
        igd_buf_byte(&said, what.ptr[n] == ',' ? ';' : what.ptr[n]);
    igd_buf_printf(sql, "SET SESSION sql_mode = (SELECT if(%.*s, @@sql_mode, ",
                   IGD_STR_ARG(condition));
    put_text(igd_buf_view(&said), sql);
    igd_buf_puts(sql, "));\n");
}

/* ('a', 'b') */
static void put_tables(const igd_plan *plan, igd_buf *sql)
{
    for (size_t n = 0; n < plan->table_count; n++) {
        igd_buf_puts(sql, n ? ", " : "(");
        put_text(plan->tables[n].between->name, sql);
    }
    igd_buf_byte(sql, ')');
}

static void unreferred(const igd_plan *plan, igd_buf *sql)
{
    igd_buf_puts(sql, "NOT EXISTS (SELECT 1 FROM information_schema.key_column_usage WHERE "
                      "referenced_table_schema = database() AND referenced_table_name IN ");
    put_tables(plan, sql);
    igd_buf_puts(sql, " AND NOT (table_schema = database() AND table_name IN ");
    put_tables(plan, sql);
    igd_buf_puts(sql, "))");
}

static void begin(const igd_sql_target *target, igd_buf *sql)
{
    igd_buf_puts(sql, top);
    guard(target->dialect, IGD_STR("another run writes to the database"),
          IGD_STR("get_lock(" LOCK_NAME ", 0) = 1"), sql);
}

static void lock(const igd_dialect *dialect IGD_UNUSED, igd_str source, igd_buf *sql)
{
    igd_buf_puts(sql, "SELECT count(*) INTO @ingitdb_rows FROM ingitdb_sync_state WHERE source = ");
    put_text(source, sql);
    igd_buf_puts(sql, " FOR UPDATE;\n");
}

static void place(const igd_sql_target *target, igd_str table, igd_buf *sql)
{
    igd_sql_name(target->dialect, table, sql);
}

/* ---- what is there ---- */

/* Names of columns, and of tables where the server tells them by their case, are compared byte by
 * byte: one may only have got another case. */
static void put_same(const char *column, igd_str name, bool exact, igd_buf *sql)
{
    igd_buf_printf(sql, exact ? "CAST(%s AS binary) = CAST(" : "%s = (", column);
    put_text(name, sql);
    igd_buf_puts(sql, exact ? " AS binary)" : ")");
}

static igd_str has_table(const igd_sql_target *target, igd_str table, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = "
                       "database() AND ");
    put_same("table_name", table, !((const igd_mysql *)target)->folded_names, &sql);
    igd_buf_byte(&sql, ')');
    return igd_arena_str(mem, igd_buf_view(&sql));
}

igd_str igd_mysql_has_part(const char *view, const char *column, igd_str table, igd_str name,
                           bool wanted, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_printf(&sql,
                   "%sEXISTS (SELECT 1 FROM information_schema.%s WHERE table_schema = database() "
                   "AND table_name = ",
                   wanted ? "" : "NOT ", view);
    put_text(table, &sql);
    igd_buf_puts(&sql, " AND ");
    put_same(column, name, true, &sql);
    igd_buf_byte(&sql, ')');
    return igd_arena_str(mem, igd_buf_view(&sql));
}

static igd_str has_column(igd_str table, igd_str name, bool wanted, igd_arena *mem)
{
    return igd_mysql_has_part("columns", "column_name", table, name, wanted, mem);
}

static igd_str has_constraint(igd_str table, igd_str name, bool wanted, igd_arena *mem)
{
    return igd_mysql_has_part("table_constraints", "constraint_name", table, name, wanted, mem);
}

static void absent(const igd_sql_target *target, igd_str table, igd_arena *mem, igd_buf *sql)
{
    igd_buf_printf(sql, "NOT %s", has_table(target, table, mem).ptr);
}

/* ---- steps ---- */

typedef struct stepping {
    const igd_sql_target *target;
    const igd_op *op;
    igd_arena *mem;
    igd_script_step_list *out;
} stepping;

static void add_expression(stepping *s, igd_str expression, igd_str done)
{
    IGD_PUSH(s->mem, s->out, (igd_script_step){expression, done});
}

static void add(stepping *s, igd_str statement, igd_str done)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    put_statement(statement, &sql);
    add_expression(s, igd_arena_str(s->mem, igd_buf_view(&sql)), done);
}

static void alter_table(const stepping *s, igd_buf *sql)
{
    igd_buf_puts(sql, "ALTER TABLE ");
    igd_sql_name(s->target->dialect, s->op->table, sql);
    igd_buf_byte(sql, ' ');
}

/* MySQL's guards of truth values are constraints of the table, under names of its own: FROM ...
 * WHERE finds them. */
static void put_guards(const stepping *s, igd_str column, igd_buf *sql)
{
    igd_buf_puts(sql, " FROM information_schema.check_constraints c JOIN "
                      "information_schema.table_constraints t ON t.constraint_schema = "
                      "c.constraint_schema AND t.constraint_name = c.constraint_name WHERE "
                      "t.table_schema = database() AND t.table_name = ");
    put_text(s->op->table, sql);
    igd_buf_puts(sql, " AND c.check_clause = ");
    put_text(igd_arena_printf(s->mem, "(`%.*s` in (0,1))", IGD_STR_ARG(column)), sql);
}

static bool has_guards(const stepping *s, const igd_column *column)
{
    return column->type.kind == IGD_BOOL && s->target->dialect != &igd_mariadb_dialect;
}

/* The expression of "DROP CHECK a, DROP CHECK b, ", or of nothing. */
static void put_drops(const stepping *s, igd_str column, igd_buf *sql)
{
    igd_buf_puts(sql, "coalesce((SELECT group_concat('DROP CHECK `', c.constraint_name, '`, ' "
                      "SEPARATOR '')");
    put_guards(s, column, sql);
    igd_buf_puts(sql, "), '')");
}

static void rename_column(stepping *s, const igd_column *from, igd_str to)
{
    IGD_CLEANUP(igd_buf)
    igd_buf head = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf tail = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_str done = has_column(s->op->table, to, true, s->mem);
    alter_table(s, &head);
    igd_buf_puts(&tail, "RENAME COLUMN ");
    igd_sql_name(s->target->dialect, from->name, &tail);
    igd_buf_puts(&tail, " TO ");
    igd_sql_name(s->target->dialect, to, &tail);
    if (s->target->dialect == &igd_mariadb_dialect) {
        igd_buf_puts(&sql, "ALTER TABLE ");
        igd_sql_name(s->target->dialect, s->op->table, &sql);
        igd_buf_puts(&sql, " ENABLE KEYS"); /* closes it: see alter.c */
        add(s, igd_buf_view(&sql), done);
        igd_buf_clear(&sql);
    }
    if (!has_guards(s, from)) {
        igd_buf_str(&head, igd_buf_view(&tail));
        add(s, igd_buf_view(&head), done);
        return;
    }
    igd_column renamed = *from;
    renamed.name = to;
    igd_buf_puts(&sql, "concat(");
    put_statement(igd_buf_view(&head), &sql);
    igd_buf_puts(&sql, ", ");
    put_drops(s, from->name, &sql);
    igd_buf_puts(&sql, ", ");
    put_statement(igd_buf_view(&tail), &sql);
    igd_buf_puts(&sql, ", if((SELECT count(*)");
    put_guards(s, from->name, &sql);
    igd_buf_puts(&sql, ") > 0, ");
    igd_buf_clear(&tail);
    igd_buf_puts(&tail, ", ADD");
    s->target->dialect->column_guard(s->target->dialect, &renamed, &tail);
    put_statement(igd_buf_view(&tail), &sql);
    igd_buf_puts(&sql, ", ''))");
    add_expression(s, igd_arena_str(s->mem, igd_buf_view(&sql)), done);
}

/* The old column steps aside, without what guards its values. */
static void refill(stepping *s)
{
    const igd_op *op = s->op;
    const igd_column *old = &op->from->columns[op->column_from];
    const igd_column *now = &op->to->columns[op->column_to];
    igd_str aside = igd_aside_name(old->name, s->target->dialect->identifier_bytes, s->mem);
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    if (op->part == IGD_PART_CONTRACT) {
        alter_table(s, &sql);
        igd_buf_puts(&sql, "DROP COLUMN ");
        igd_sql_name(s->target->dialect, aside, &sql);
        add(s, igd_buf_view(&sql), has_column(op->table, aside, false, s->mem));
        return;
    }
    igd_column named = *old;
    named.name = now->name;
    rename_column(s, &named, aside);
    igd_op added = *op;
    added.kind = IGD_OP_ADD_COLUMN;
    igd_sql_op(s->target->dialect, &added, &sql);
    add(s, igd_buf_view(&sql), has_column(op->table, now->name, true, s->mem));
}

/* ---- another key ---- */

static void define(const stepping *s, size_t column, igd_buf *sql)
{
    const igd_dialect *dialect = s->target->dialect;
    const igd_table *to = s->op->to;
    bool there = igd_table_column(s->op->from, to->columns[column].name) >= 0;
    bool not_null = to->columns[column].not_null || column < to->key_count;
    igd_buf_puts(sql, there ? "MODIFY COLUMN " : "ADD COLUMN ");
    igd_sql_name(dialect, to->columns[column].name, sql);
    igd_buf_byte(sql, ' ');
    dialect->column_type(to, column, sql);
    igd_buf_puts(sql, not_null ? " NOT NULL" : " NULL");
    dialect->column_guard(dialect, &to->columns[column], sql);
    igd_buf_puts(sql, column ? " AFTER " : " FIRST");
    if (column)
        igd_sql_name(dialect, to->columns[column - 1].name, sql);
    igd_buf_puts(sql, ", ");
}

static void put_remake(const stepping *s, igd_buf *sql)
{
    const igd_dialect *dialect = s->target->dialect;
    const igd_table *from = s->op->from, *to = s->op->to;
    for (size_t n = 0; n < from->checks.len; n++) {
        igd_buf_printf(sql, "%s ", dialect->drop_check);
        igd_sql_name(dialect, from->checks.items[n].name, sql);
        igd_buf_puts(sql, ", ");
    }
    for (size_t n = 0; n < from->column_count; n++) {
        if (igd_table_column(to, from->columns[n].name) >= 0)
            continue;
        igd_buf_puts(sql, "DROP COLUMN ");
        igd_sql_name(dialect, from->columns[n].name, sql);
        igd_buf_puts(sql, ", ");
    }
    igd_buf_puts(sql, "DROP PRIMARY KEY, ");
    for (size_t n = 0; n < to->column_count; n++)
        define(s, n, sql);
    igd_buf_puts(sql, "ADD ");
    igd_sql_primary_key(dialect, to, sql);
    for (size_t n = 0; n < to->checks.len; n++) {
        igd_buf_puts(sql, ", ADD ");
        igd_sql_check(dialect, &to->checks.items[n], sql);
    }
}

/* Whether the primary key is the new one. Where both have the same columns that does not tell. */
static igd_str key_is_new(const stepping *s)
{
    const igd_table *from = s->op->from, *to = s->op->to;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf columns = IGD_BUF_INIT;
    bool same = from->key_count == to->key_count;
    for (size_t n = 0; n < to->key_count; n++) {
        igd_buf_printf(&columns, "%s%.*s", n ? "/" : "", IGD_STR_ARG(to->columns[n].name));
        same = same && igd_str_eq(from->columns[n].name, to->columns[n].name);
    }
    if (same)
        return (igd_str){0};
    igd_buf_puts(&sql, "(SELECT group_concat(column_name ORDER BY ordinal_position SEPARATOR '/') "
                       "FROM information_schema.key_column_usage WHERE table_schema = database() "
                       "AND constraint_name = 'PRIMARY' AND table_name = ");
    put_text(s->op->table, &sql);
    igd_buf_puts(&sql, ") = ");
    put_text(igd_buf_view(&columns), &sql);
    return igd_arena_str(s->mem, igd_buf_view(&sql));
}

static void remake(stepping *s)
{
    IGD_CLEANUP(igd_buf)
    igd_buf head = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf tail = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&head, "TRUNCATE TABLE ");
    igd_sql_name(s->target->dialect, s->op->table, &head);
    add(s, igd_buf_view(&head), (igd_str){0});
    igd_buf_clear(&head);
    alter_table(s, &head);
    put_remake(s, &tail);
    igd_buf_puts(&sql, "concat(");
    put_statement(igd_buf_view(&head), &sql);
    for (size_t n = 0; n < s->op->from->column_count; n++)
        if (has_guards(s, &s->op->from->columns[n])) {
            igd_buf_puts(&sql, ", ");
            put_drops(s, s->op->from->columns[n].name, &sql);
        }
    igd_buf_puts(&sql, ", ");
    put_statement(igd_buf_view(&tail), &sql);
    igd_buf_byte(&sql, ')');
    add_expression(s, igd_arena_str(s->mem, igd_buf_view(&sql)), key_is_new(s));
}

/* ---- operations ---- */

static igd_str done(const stepping *s)
{
    const igd_op *op = s->op;
    switch (op->kind) {
    case IGD_OP_CREATE_TABLE:
        return has_table(s->target, op->to->name, s->mem);
    case IGD_OP_RENAME_TABLE:
        return has_table(s->target, op->to->name, s->mem);
    case IGD_OP_DROP_TABLE:
        return igd_arena_printf(s->mem, "NOT %s", has_table(s->target, op->table, s->mem).ptr);
    case IGD_OP_ADD_COLUMN:
        return has_column(op->table, op->to->columns[op->column_to].name, true, s->mem);
    case IGD_OP_DROP_COLUMN:
        return has_column(op->table, op->from->columns[op->column_from].name, false, s->mem);
    case IGD_OP_ADD_INDEX:
        return igd_mysql_has_part("statistics", "index_name", op->table, op->index->name, true,
                                  s->mem);
    case IGD_OP_DROP_INDEX:
        return igd_mysql_has_part("statistics", "index_name", op->table, op->index->name, false,
                                  s->mem);
    case IGD_OP_ADD_FOREIGN_KEY:
        return has_constraint(op->table, op->foreign_key->name, true, s->mem);
    case IGD_OP_DROP_FOREIGN_KEY:
        return has_constraint(op->table, op->foreign_key->name, false, s->mem);
    case IGD_OP_ADD_CHECK:
        return has_constraint(op->table, op->check->name, true, s->mem);
    case IGD_OP_DROP_CHECK:
        return has_constraint(op->table, op->check->name, false, s->mem);
    case IGD_OP_RENAME_COLUMN:
    case IGD_OP_ALTER_TYPE:
    case IGD_OP_SET_NOT_NULL:
    case IGD_OP_DROP_NOT_NULL:
    case IGD_OP_CHANGE_PRIMARY_KEY:
    case IGD_OP_COUNT:
        break;
    }
    return (igd_str){0}; /* can be done again */
}

static void steps(const igd_sql_target *target, const igd_op *op, igd_arena *mem,
                  igd_script_step_list *out)
{
    stepping s = {target, op, mem, out};
    igd_str_list statements = {0};
    bool folded = ((const igd_mysql *)target)->folded_names;
    if (op->kind == IGD_OP_CHANGE_PRIMARY_KEY) {
        remake(&s);
    } else if (igd_op_refills(op)) {
        refill(&s);
    } else if (op->kind == IGD_OP_RENAME_COLUMN) {
        rename_column(&s, &op->from->columns[op->column_from], op->to->columns[op->column_to].name);
    } else if (op->kind == IGD_OP_RENAME_TABLE && igd_is_aside_name(op->to->name) &&
               target->dialect != &igd_mariadb_dialect) {
        IGD_CLEANUP(igd_buf)
        igd_buf sql = IGD_BUF_INIT;
        igd_mysql_step_aside(op, &sql);
        add(&s, igd_buf_view(&sql), done(&s));
    } else if (op->kind != IGD_OP_RENAME_TABLE || !folded ||
               !igd_str_eq_nocase(op->table, op->to->name)) {
        igd_sql_statements(target->dialect, op, mem, &statements);
        for (size_t n = 0; n < statements.len; n++)
            add(&s, statements.items[n], done(&s));
    }
}

static void put_prepared(igd_buf *sql)
{
    igd_buf_puts(sql, "PREPARE ingitdb FROM @ingitdb_sql;\nEXECUTE ingitdb;\nDEALLOCATE PREPARE "
                      "ingitdb;\n");
}

static void put_plain(const igd_script_step *step, igd_buf *sql)
{
    igd_buf_printf(sql, "SET @ingitdb_sql = %.*s;\n", IGD_STR_ARG(step->statement));
    put_prepared(sql);
}

/* The effect may be there when the script was stopped just behind it, before it was counted. */
static void put_step(const igd_dialect *dialect IGD_UNUSED, const igd_script_step *step,
                     size_t number, igd_str ours, igd_buf *sql)
{
    igd_buf_printf(sql, "-- step %zu: committed at once\nSET @ingitdb_sql = (SELECT if(%.*s, if(",
                   number, IGD_STR_ARG(ours));
    igd_buf_printf(sql, "@ingitdb_step >= %zu", number);
    if (step->done.len)
        igd_buf_printf(sql, " OR (@ingitdb_step = %zu AND %.*s)", number - 1,
                       IGD_STR_ARG(step->done));
    igd_buf_printf(sql, ", 'DO 0', %.*s), 'another run has written to the target meanwhile'));\n",
                   IGD_STR_ARG(step->statement));
    put_prepared(sql);
}

static bool statements(const igd_sql_target *target IGD_UNUSED, const igd_op *op IGD_UNUSED,
                       igd_arena *mem IGD_UNUSED, igd_str_list *out IGD_UNUSED)
{
    return false;
}

const igd_script_style igd_mysql_script_style = {
    .now = "@ingitdb_now",
    .start = "START TRANSACTION;\n",
    .end = "DO release_lock(" LOCK_NAME ");\n",
    .drop_table = "DROP TABLE IF EXISTS ",
    .with_foreign = "",
    .checks_off = "SET SESSION foreign_key_checks = 0;\n",
    .checks_on = "SET SESSION foreign_key_checks = 1;\n",
    .counted =
        "SELECT coalesce(max(CASE WHEN last_error LIKE 'a script stopped behind step %' THEN "
        "CAST(substring_index(substring_index(last_error, ' step ', -1), ':', 1) AS SIGNED) "
        "ELSE 0 END), 0) INTO @ingitdb_step FROM ingitdb_sync_state WHERE ",
    .begin = begin,
    .guard = guard,
    .unreferred = unreferred,
    .lock = lock,
    .absent = absent,
    .others = igd_mysql_others,
    .statements = statements,
    .steps = steps,
    .put_plain = put_plain,
    .put_step = put_step,
    .place = place,
};
