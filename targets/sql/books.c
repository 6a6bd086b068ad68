/*
 * The bookkeeping's tables: their columns, what makes them, their rows as values.
 *
 * Texts that are empty are stored as null.
 */
#include "targets/sql/books.h"

#define STATE(field, type, key)                              \
    {                                                        \
#field, offsetof(igd_source_state, field), type, key \
    }
static const member state_members[] = {
    STATE(source, MEMBER_TEXT, true),           STATE(format_version, MEMBER_INT, false),
    STATE(run_id, MEMBER_TEXT, false),          STATE(ref, MEMBER_TEXT, false),
    STATE(commit_id, MEMBER_TEXT, false),       STATE(goal_commit_id, MEMBER_TEXT, false),
    STATE(base_commit_ids, MEMBER_TEXT, false), STATE(status, MEMBER_TEXT, false),
    STATE(repository_ids, MEMBER_TEXT, false),  STATE(root_path, MEMBER_TEXT, false),
    STATE(started_at, MEMBER_TEXT, false),      STATE(finished_at, MEMBER_TEXT, false),
    STATE(tool_version, MEMBER_TEXT, false),    STATE(last_error, MEMBER_TEXT, false),
    STATE(journal, MEMBER_TEXT, false),
};

#define TABLE(field, type, key)                             \
    {                                                       \
#field, offsetof(igd_table_state, field), type, key \
    }
static const member table_members[] = {
    TABLE(collection, MEMBER_TEXT, true),       TABLE(table_name, MEMBER_TEXT, true),
    TABLE(adopted, MEMBER_BOOL, false),         TABLE(commit_id, MEMBER_TEXT, false),
    TABLE(tree_id, MEMBER_TEXT, false),         TABLE(reader_version, MEMBER_INT, false),
    TABLE(encoding_version, MEMBER_INT, false), TABLE(settings_digest, MEMBER_TEXT, false),
    TABLE(schema_json, MEMBER_TEXT, false),     TABLE(row_count, MEMBER_INT, false),
    TABLE(digest, MEMBER_TEXT, false),
};

#define HELD(field, type, key)                             \
    {                                                      \
#field, offsetof(igd_held_state, field), type, key \
    }
static const member held_members[] = {
    HELD(collection, MEMBER_TEXT, false), HELD(path, MEMBER_TEXT, false),
    HELD(blob_id, MEMBER_TEXT, false),    HELD(key, MEMBER_TEXT, false),
    HELD(reason, MEMBER_TEXT, false),     HELD(row_digest, MEMBER_TEXT, false),
};

#define CONFLICT(name, field)                                   \
    {                                                           \
        name, offsetof(conflict_row, field), MEMBER_TEXT, false \
    }
static const member conflict_members[] = {
    CONFLICT("collection", collection),
    CONFLICT("key", key),
    CONFLICT("commit_id", commit_id),
    CONFLICT("at", at),
    CONFLICT("decision", decision),
    CONFLICT("base", base),
    CONFLICT("old", old),
    CONFLICT("new", now),
};

static const char *const state_key[] = {"source", NULL};
static const char *const tables_key[] = {"source", "collection", NULL};
static const char *const tables_unique[] = {"table_name", NULL};

const book_table igd_sql_books[] = {
    {"ingitdb_sync_state", false, state_members, IGD_COUNT(state_members), state_key, NULL},
    {"ingitdb_sync_tables", true, table_members, IGD_COUNT(table_members), tables_key,
     tables_unique},
    {"ingitdb_sync_held", true, held_members, IGD_COUNT(held_members), NULL, NULL},
    {"ingitdb_sync_conflicts", true, conflict_members, IGD_COUNT(conflict_members), NULL, NULL},
};
_Static_assert(IGD_COUNT(state_members) < BOOK_COLUMNS_MAX, "state_members");

static void add_key(const igd_dialect *dialect, const char *word, const char *const *names,
                    igd_buf *sql)
{
    if (!names)
        return;
    igd_buf_printf(sql, ",\n  %s (", word);
    for (size_t n = 0; names[n]; n++) {
        igd_buf_puts(sql, n ? ", " : "");
        igd_sql_name(dialect, igd_str_from(names[n]), sql);
    }
    igd_buf_byte(sql, ')');
}

void igd_sql_book_create(const igd_dialect *dialect, const book_table *book, igd_buf *sql)
{
    igd_buf_puts(sql, "CREATE TABLE IF NOT EXISTS ");
    igd_sql_name(dialect, igd_str_from(book->name), sql);
    igd_buf_puts(sql, " (");
    if (book->of_source) {
        igd_buf_puts(sql, "\n  ");
        igd_sql_name(dialect, IGD_STR("source"), sql);
        igd_buf_printf(sql, " %s NOT NULL", dialect->text_key_type);
    }
    for (size_t n = 0; n < book->count; n++) {
        const member *m = &book->members[n];
        igd_buf_puts(sql, n || book->of_source ? ",\n  " : "\n  ");
        igd_sql_name(dialect, igd_str_from(m->name), sql);
        const char *type = m->key ? dialect->text_key_type : dialect->text_type;
        igd_buf_printf(sql, " %s%s", m->type == MEMBER_TEXT ? type : dialect->int_type,
                       m->key ? " NOT NULL" : "");
    }
    add_key(dialect, "PRIMARY KEY", book->key, sql);
    add_key(dialect, "UNIQUE", book->unique, sql);
    igd_buf_printf(sql, "\n)%s", dialect->table_suffix);
}

void igd_sql_state_tables(const igd_dialect *dialect, igd_buf *sql)
{
    for (size_t n = BOOK_COUNT; n-- > 0;) {
        igd_sql_book_create(dialect, &igd_sql_books[n], sql);
        igd_buf_puts(sql, ";\n");
    }
}

const char *const *igd_sql_state_names(void)
{
    static const char *const names[] = {"ingitdb_sync_state", "ingitdb_sync_tables",
                                        "ingitdb_sync_held", "ingitdb_sync_conflicts", NULL};
    return names;
}

/* What is asked for is the first one. Where each is there at once, it comes last: whoever finds it
 * finds the others. */
/* Row of a book as values; the source goes in front where the book has it. */
size_t igd_sql_book_values(const book_table *book, igd_str source, const void *object,
                           igd_value *values)
{
    size_t count = 0;
    if (book->of_source)
        values[count++] = igd_value_string(source);
    for (size_t n = 0; n < book->count; n++) {
        const member *m = &book->members[n];
        const char *at = (const char *)object + m->offset;
        if (m->type == MEMBER_INT) {
            values[count++] = igd_value_int(*(const int64_t *)at);
        } else if (m->type == MEMBER_BOOL) {
            values[count++] = igd_value_int(*(const bool *)at);
        } else {
            igd_str text = *(const igd_str *)at;
            values[count++] = text.len || m->key ? igd_value_string(text) : IGD_VALUE_NULL;
        }
    }
    return count;
}

/* INSERT INTO book (...) VALUES */
void igd_sql_book_insert(const igd_dialect *dialect, const book_table *book, igd_buf *sql)
{
    igd_buf_puts(sql, "INSERT INTO ");
    igd_sql_name(dialect, igd_str_from(book->name), sql);
    igd_buf_puts(sql, " (");
    if (book->of_source)
        igd_sql_name(dialect, IGD_STR("source"), sql);
    for (size_t n = 0; n < book->count; n++) {
        if (n || book->of_source)
            igd_buf_puts(sql, ", ");
        igd_sql_name(dialect, igd_str_from(book->members[n].name), sql);
    }
    igd_buf_puts(sql, ") VALUES");
}
