/*
 * How MySQL and MariaDB spell things.
 */
#include "targets/mysql/mysql.h"

#define KEY_BYTES       3072 /* of an index, all its columns together */
#define KEY_CHARS       255  /* of one column, at most */
#define BYTES_OF_A_CHAR 4
#define ROW_BYTES       65535
#define TEXT_BYTES      12 /* what a row holds of a long text */

/* ---- sizes ---- */

int64_t igd_mysql_key_chars(const igd_table *table, size_t column)
{
    size_t sharing = column < table->key_count ? table->key_count : 1;
    int64_t chars = (int64_t)(KEY_BYTES / BYTES_OF_A_CHAR / sharing);
    return chars < KEY_CHARS ? chars : KEY_CHARS;
}

static size_t text_bytes(int64_t chars)
{
    return (size_t)chars * BYTES_OF_A_CHAR + 2;
}

/* What a column takes of the row, a limited text aside. */
static size_t fixed_bytes(const igd_table *table, size_t column)
{
    const igd_column *it = &table->columns[column];
    if (it->key_text || column < table->key_count)
        return text_bytes(igd_mysql_key_chars(table, column));
    return it->type.kind == IGD_STRING || it->type.kind == IGD_JSON ? TEXT_BYTES : 9;
}

static bool is_limited(const igd_table *table, size_t column)
{
    const igd_column *it = &table->columns[column];
    return it->type.kind == IGD_STRING && !it->key_text && column >= table->key_count &&
           it->max_chars > 0;
}

/* Limited texts are in the row as long as it has room, the first ones first. */
static bool fits(const igd_table *table, size_t column)
{
    size_t used = table->column_count / 8 + 1;
    for (size_t n = 0; n < table->column_count; n++)
        used += fixed_bytes(table, n);
    for (size_t n = 0; n <= column; n++) {
        if (!is_limited(table, n))
            continue;
        bool room = table->columns[n].max_chars < ROW_BYTES / BYTES_OF_A_CHAR &&
                    used + text_bytes(table->columns[n].max_chars) <= ROW_BYTES;
        if (n == column)
            return room;
        used += room ? text_bytes(table->columns[n].max_chars) : 0;
    }
    return false;
}

/* ---- types ---- */

static void put_type(const char *collation, const igd_table *table, size_t column, igd_buf *sql)
{
    const igd_column *it = &table->columns[column];
    switch (it->type.kind) {
    case IGD_INT:
        igd_buf_puts(sql, "bigint");
        return;
    case IGD_BOOL:
        igd_buf_puts(sql, "tinyint(1)");
        return;
    case IGD_FLOAT:
        igd_buf_puts(sql, "double");
        return;
    case IGD_DATE:
        igd_buf_puts(sql, "date");
        return;
    case IGD_TIME:
        igd_buf_puts(sql, "time(6)");
        return;
    case IGD_DATETIME:
        igd_buf_puts(sql, "datetime(6)");
        return;
    case IGD_JSON:
        igd_buf_puts(sql, "json");
        return;
    case IGD_STRING:
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    if (it->key_text || column < table->key_count)
        igd_buf_printf(sql, "varchar(%lld)", (long long)igd_mysql_key_chars(table, column));
    else if (is_limited(table, column) && fits(table, column))
        igd_buf_printf(sql, "varchar(%lld)", (long long)it->max_chars);
    else
        igd_buf_puts(sql, "longtext");
    igd_buf_printf(sql, " CHARACTER SET utf8mb4 COLLATE %s", collation);
}

static void mysql_type(const igd_table *table, size_t column, igd_buf *sql)
{
    put_type("utf8mb4_0900_bin", table, column, sql);
}

static void mariadb_type(const igd_table *table, size_t column, igd_buf *sql)
{
    put_type("utf8mb4_nopad_bin", table, column, sql);
}

static bool starts(const igd_column *found, const char *type)
{
    return igd_str_starts(found->found_as, igd_str_from(type));
}

static bool contains(igd_str text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static bool is_text(const igd_column *found)
{
    static const char *const types[] = {"varchar(", "char(",      "tinytext",
                                        "text",     "mediumtext", "longtext"};
    bool any = false;
    for (size_t n = 0; n < IGD_COUNT(types); n++)
        any |= starts(found, types[n]);
    return any && (!contains(found->found_as, " COLLATE ") ||
                   contains(found->found_as, " COLLATE utf8mb4_"));
}

/* The longest text of a varchar(n), 0 for other types. */
int64_t igd_mysql_chars_of(igd_str type)
{
    int64_t chars = 0;
    if (!igd_str_starts(type, IGD_STR("varchar(")) && !igd_str_starts(type, IGD_STR("char(")))
        return 0;
    for (size_t n = (size_t)igd_str_find(type, '(') + 1; n < type.len && type.ptr[n] != ')'; n++)
        chars = chars * 10 + (type.ptr[n] - '0');
    return chars;
}

/* Texts of that column, none of which is longer than the type allows. A long text can be in no key,
 * and refer to none. */
static bool has_room(const igd_column *found, const igd_column *known)
{
    int64_t room = igd_mysql_chars_of(found->found_as);
    if (known->key_text)
        return room > 0;
    return room == 0 || (known->max_chars > 0 && known->max_chars <= room);
}

static bool holds(const igd_column *found, const igd_column *known)
{
    bool is_unsigned = contains(found->found_as, "unsigned");
    switch (known->type.kind) {
    case IGD_INT:
        return starts(found, "bigint") && !is_unsigned;
    case IGD_BOOL:
        return starts(found, "tinyint");
    case IGD_FLOAT:
        return starts(found, "double") && !is_unsigned;
    case IGD_DATE:
        return igd_str_is(found->found_as, "date");
    case IGD_TIME:
        return igd_str_is(found->found_as, "time(6)");
    case IGD_DATETIME:
        return igd_str_is(found->found_as, "datetime(6)");
    case IGD_JSON:
        return found->type.kind == IGD_JSON;
    case IGD_STRING:
        /* A key of another collation would take two records for one. */
        return is_text(found) && has_room(found, known) &&
               !(known->key_text && contains(found->found_as, " COLLATE "));
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return false;
}

static void column_guard(const igd_dialect *dialect, const igd_column *column, igd_buf *sql)
{
    if (column->type.kind != IGD_BOOL)
        return; /* json has its own */
    igd_buf_puts(sql, " CHECK (");
    igd_sql_name(dialect, column->name, sql);
    igd_buf_puts(sql, " IN (0, 1))");
}

/* MariaDB's guard is part of the column, and goes with the definition that is replaced; MySQL's is
 * the table's. */
static void modify_column(const igd_dialect *dialect, const igd_table *table, size_t column,
                          bool not_null, bool type IGD_UNUSED, igd_buf *sql)
{
    igd_buf_puts(sql, "MODIFY COLUMN ");
    igd_sql_name(dialect, table->columns[column].name, sql);
    igd_buf_byte(sql, ' ');
    dialect->column_type(table, column, sql);
    igd_buf_puts(sql, not_null ? " NOT NULL" : " NULL");
    if (dialect == &igd_mariadb_dialect)
        column_guard(dialect, &table->columns[column], sql);
}

/* ---- statements ---- */

static void parameter(size_t number IGD_UNUSED, igd_buf *sql)
{
    igd_buf_byte(sql, '?');
}

static void put_column(const igd_dialect *dialect, const igd_table *table, size_t column,
                       igd_buf *sql)
{
    igd_sql_name(dialect, table->name, sql);
    igd_buf_byte(sql, '.');
    igd_sql_name(dialect, table->columns[column].name, sql);
}

static void put_new(const igd_dialect *dialect, const igd_table *table, size_t column, igd_buf *sql)
{
    igd_buf_puts(sql, "VALUES(");
    igd_sql_name(dialect, table->columns[column].name, sql);
    igd_buf_byte(sql, ')');
}

/* The server updates the row that any of the table's unique indexes finds. One that has another key
 * is somebody's index, and the wrong row: null in its key fails. */
static void upsert_tail(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    igd_buf_puts(sql, IGD_MYSQL_UPSERTS " ");
    put_column(dialect, table, 0, sql);
    igd_buf_puts(sql, " = if(");
    for (size_t n = 0; n < table->key_count; n++) {
        igd_buf_puts(sql, n ? " AND " : "");
        put_column(dialect, table, n, sql);
        igd_buf_puts(sql, " = ");
        put_new(dialect, table, n, sql);
    }
    igd_buf_puts(sql, ", ");
    put_column(dialect, table, 0, sql);
    igd_buf_puts(sql, ", NULL)");
    for (size_t n = table->key_count; n < table->column_count; n++) {
        igd_buf_puts(sql, ", ");
        put_column(dialect, table, n, sql);
        igd_buf_puts(sql, " = ");
        put_new(dialect, table, n, sql);
    }
}

/* The statements that would leave a row alone run its triggers, or hide other errors: a plain
 * INSERT, whose failure is no error (statement.c). */
static void ignore_tail(const igd_dialect *dialect IGD_UNUSED, const igd_table *table IGD_UNUSED,
                        igd_buf *sql)
{
    igd_buf_puts(sql, IGD_MYSQL_ADDS);
}

#define OF_BOTH                                                                                  \
    .begin_read = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", .quote = '`',         \
    .text_type = "longtext", .int_type = "bigint", .text_key_type = "varchar(255)",              \
    .length_function = "char_length", .foreign_key_suffix = "", .order_suffix = "",              \
    .same = " <=> ", .bytes = "CAST(", .bytes_end = " AS BINARY)", .lock_rows = " FOR UPDATE",   \
    .number_key = " (PRIMARY KEY (`n`))", .savepoints = true,                                    \
    .drop_temporary = "DROP TEMPORARY TABLE IF EXISTS ", .clear = "DELETE FROM ", .joins = true, \
    .folds_names = true, .checks_of_table = true, .identifier_bytes = 64, .ddl_commits = true,   \
    .if_exists = "", .drop_foreign_key = "DROP FOREIGN KEY", .index_of_table = true,             \
    .modify_column = modify_column, .holds = holds, .column_guard = column_guard,                \
    .hashing = &igd_mysql_hashing, .literal = igd_mysql_literal, .parameter = parameter,         \
    .upsert_tail = upsert_tail, .ignore_tail = ignore_tail

const igd_dialect igd_mysql_dialect = {
    OF_BOTH,
    .table_suffix = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
    .drop_check = "DROP CHECK",
    .row_number = "`ingitdb_row` bigint NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */ PRIMARY KEY",
    .column_type = mysql_type,
};

const igd_dialect igd_mariadb_dialect = {
    OF_BOTH,
    .table_suffix = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
    .drop_check = "DROP CONSTRAINT",
    .row_number = "`ingitdb_row` bigint NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY",
    .column_type = mariadb_type,
};
