/*
 * Tables as they are in the database: columns, keys, named checks, foreign keys and indexes, each
 * in one query of information_schema.
 */
#include "targets/mysql/mysql.h"

#define OF_TABLE "table_schema = database() AND table_name = ?"

/* ---- names ---- */

/* Names that only differ in case would be one table where the database may be moved to. */
int igd_mysql_exists(igd_sql_target *target, igd_str name, bool *out, igd_error *err)
{
    int64_t count = 0;
    int rc = igd_mysql_number(igd_mysql_of(target),
                              "SELECT count(*) FROM information_schema.tables WHERE table_schema = "
                              "database() AND lower(table_name) = lower(?)",
                              name, &count, err);
    if (!rc)
        *out = count > 0;
    return rc;
}

typedef struct name_taker {
    igd_arena *mem;
    igd_str_list *out;
} name_taker;

static int take_name(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    const name_taker *to = payload;
    IGD_PUSH(to->mem, to->out, igd_arena_str(to->mem, row[0].text));
    return IGD_OK;
}

/* One query about a table, all of whose columns are texts. */
static int about(igd_mysql *it, const char *sql, igd_str table, size_t columns,
                 igd_scan_callback *callback, void *payload, igd_error *err)
{
    static const igd_kind texts[8] = {IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING,
                                      IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING};
    igd_value params[] = {igd_value_string(table), igd_value_string(table)};
    bool twice = strchr(strchr(sql, '?') + 1, '?') != NULL;
    igd_sql_query query = {.sql = igd_str_from(sql),
                           .params = params,
                           .param_count = twice ? 2 : 1,
                           .kinds = texts,
                           .column_count = columns,
                           .callback = callback,
                           .payload = payload};
    return igd_mysql_query(&it->sql, &query, err);
}

int igd_mysql_columns(igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out,
                      igd_error *err)
{
    name_taker to = {mem, out};
    return about(igd_mysql_of(target),
                 "SELECT column_name FROM information_schema.columns WHERE " OF_TABLE
                 " ORDER BY ordinal_position",
                 table, 1, take_name, &to, err);
}

/* The table's name as it is, or none; views have none. */
static int find_table(igd_mysql *it, igd_str name, igd_arena *mem, igd_str *out, igd_error *err)
{
    static const char *const queries[] = {
        "SELECT table_name FROM information_schema.tables WHERE " OF_TABLE
        " AND table_type = 'BASE TABLE'",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND "
        "lower(table_name) = lower(?) AND table_type = 'BASE TABLE'",
    };
    igd_str_list names = {0};
    name_taker to = {mem, &names};
    int rc = IGD_OK;
    for (size_t n = 0; !rc && !names.len && n < IGD_COUNT(queries); n++)
        rc = about(it, queries[n], name, 1, take_name, &to, err);
    *out = names.len ? names.items[0] : (igd_str){0};
    return rc;
}

/* ---- columns ---- */

typedef struct found_column {
    igd_column column;
    igd_str data_type;
    bool checks_json;
} found_column;

typedef struct table_reader {
    igd_mysql *it;
    igd_arena *mem;
    igd_table *table;
    IGD_LIST(found_column) columns;
    igd_str_list key;
    igd_str last; /* name of the constraint or index that goes on */
} table_reader;

static bool contains(igd_str text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static bool compares_bytes(igd_str collation)
{
    return igd_str_is(collation, "utf8mb4_nopad_bin") || igd_str_is(collation, "utf8mb4_0900_bin");
}

static igd_str spelled(igd_str type, igd_str collation, igd_arena *mem)
{
    if (collation.len == 0 || compares_bytes(collation))
        return igd_arena_str(mem, type);
    return igd_arena_printf(mem, "%.*s COLLATE %.*s", IGD_STR_ARG(type), IGD_STR_ARG(collation));
}

static int take_column(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    table_reader *r = payload;
    found_column found = {.data_type = igd_arena_str(r->mem, row[1].text)};
    found.column = (igd_column){
        .name = igd_arena_str(r->mem, row[0].text),
        .field = IGD_FIELD_NONE,
        .not_null = igd_str_is(row[3].text, "NO"),
        .found_as = spelled(row[2].text, row[4].text, r->mem),
        .computed = contains(row[5].text, "VIRTUAL") || contains(row[5].text, "STORED"),
    };
    IGD_PUSH(r->mem, &r->columns, found);
    return IGD_OK;
}

static int take_key(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    table_reader *r = payload;
    IGD_PUSH(r->mem, &r->key, igd_arena_str(r->mem, row[0].text));
    return IGD_OK;
}

static igd_kind kind_of(const found_column *found)
{
    static const struct {
        const char *type;
        igd_kind kind;
    } kinds[] = {{"bigint", IGD_INT},     {"double", IGD_FLOAT},      {"date", IGD_DATE},
                 {"time", IGD_TIME},      {"datetime", IGD_DATETIME}, {"json", IGD_JSON},
                 {"varchar", IGD_STRING}, {"char", IGD_STRING},       {"tinytext", IGD_STRING},
                 {"text", IGD_STRING},    {"mediumtext", IGD_STRING}};
    if (igd_str_is(found->data_type, "longtext"))
        return found->checks_json ? IGD_JSON : IGD_STRING;
    if (igd_str_starts(found->column.found_as, IGD_STR("tinyint(1)")))
        return IGD_BOOL;
    for (size_t n = 0; n < IGD_COUNT(kinds); n++)
        if (igd_str_is(found->data_type, kinds[n].type) &&
            !contains(found->column.found_as, "unsigned"))
            return kinds[n].kind;
    return IGD_RAW;
}

static void add_column(table_reader *r, const found_column *found, bool key, igd_column *out)
{
    igd_kind kind = kind_of(found);
    *out = found->column;
    out->type =
        (igd_type){.kind = kind, .shape = kind == IGD_JSON ? IGD_ANY : IGD_SCALAR, .element = kind};
    out->key_text = key && kind == IGD_STRING;
    out->max_chars = out->key_text ? 0 : igd_mysql_chars_of(out->found_as);
    r->table->column_count++;
}

/* Key columns first, in the key's order. */
static void order_columns(table_reader *r)
{
    igd_column *columns = IGD_NEW_ARRAY(r->mem, igd_column, r->columns.len);
    bool *taken = IGD_NEW_ARRAY(r->mem, bool, r->columns.len);
    for (size_t k = 0; k < r->key.len; k++)
        for (size_t n = 0; n < r->columns.len; n++)
            if (igd_str_eq_nocase(r->columns.items[n].column.name, r->key.items[k])) {
                add_column(r, &r->columns.items[n], true, &columns[r->table->column_count]);
                taken[n] = true;
            }
    r->table->key_count = r->table->column_count;
    for (size_t n = 0; n < r->columns.len; n++)
        if (!taken[n])
            add_column(r, &r->columns.items[n], false, &columns[r->table->column_count]);
    r->table->columns = columns;
}

/* ---- checks ---- */

/* The guard of a type has no name of ours: MariaDB keeps it with its column, MySQL numbers it. */
static bool is_unnamed(const table_reader *r, igd_str name, igd_str level)
{
    igd_str start = igd_arena_printf(r->mem, "%.*s_chk_", IGD_STR_ARG(r->table->name));
    return igd_str_is(level, "Column") ||
           (!r->it->mariadb && name.len > start.len && igd_str_starts(name, start));
}

/* MariaDB quotes names as the session that opened the table wanted it (ANSI_QUOTES), not as ours.
 */
static bool is_json_valid(const table_reader *r, igd_str clause, igd_str column, char quote)
{
    return igd_str_eq(clause, igd_arena_printf(r->mem, "json_valid(%c%.*s%c)", quote,
                                               IGD_STR_ARG(column), quote));
}

/* Their expression stays a text: what we recorded replaces it, others' are only reported. */
static int take_check(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    table_reader *r = payload;
    igd_str name = row[0].text, clause = row[1].text;
    for (size_t n = 0; n < r->columns.len; n++) {
        found_column *found = &r->columns.items[n];
        found->checks_json |= is_json_valid(r, clause, found->column.name, '`') ||
                              is_json_valid(r, clause, found->column.name, '"');
    }
    if (!is_unnamed(r, name, row[2].text))
        IGD_PUSH(r->mem, &r->table->checks,
                 (igd_check){.name = igd_arena_str(r->mem, name),
                             .kind = IGD_CHECK_ENUM,
                             .number = igd_arena_str(r->mem, clause)});
    return IGD_OK;
}

static int read_checks(table_reader *r, igd_error *err)
{
    return about(r->it,
                 r->it->mariadb
                     ? "SELECT constraint_name, check_clause, level FROM "
                       "information_schema.check_constraints WHERE constraint_schema = database() "
                       "AND table_name = ?"
                     : "SELECT c.constraint_name, c.check_clause, '' FROM "
                       "information_schema.check_constraints c JOIN "
                       "information_schema.table_constraints t ON t.constraint_schema = "
                       "c.constraint_schema AND t.constraint_name = c.constraint_name WHERE "
                       "t.table_schema = database() AND t.table_name = ? AND t.constraint_type = "
                       "'CHECK'",
                 r->table->name, 3, take_check, r, err);
}

/* ---- foreign keys and indexes ---- */

static int take_foreign_key(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    table_reader *r = payload;
    igd_arena *mem = r->mem;
    if (!igd_str_eq(r->last, row[0].text)) {
        r->last = igd_arena_str(mem, row[0].text);
        IGD_PUSH(mem, &r->table->foreign_keys,
                 (igd_foreign_key){.name = r->last,
                                   .ref_table = igd_arena_str(mem, row[2].text),
                                   .cascade = igd_str_is(row[4].text, "CASCADE")});
    }
    igd_foreign_key *key = &r->table->foreign_keys.items[r->table->foreign_keys.len - 1];
    IGD_PUSH(mem, &key->columns, igd_arena_str(mem, row[1].text));
    IGD_PUSH(mem, &key->ref_columns, igd_arena_str(mem, row[3].text));
    return IGD_OK;
}

/* In MariaDB who may only read is not told the rule. */
static int read_foreign_keys(table_reader *r, igd_error *err)
{
    return about(
        r->it,
        "SELECT k.constraint_name, k.column_name, k.referenced_table_name, "
        "k.referenced_column_name, coalesce(f.delete_rule, '') FROM "
        "information_schema.key_column_usage k LEFT JOIN information_schema.referential_constraints f ON f.constraint_name = "
        "k.constraint_name AND f.constraint_schema = database() AND f.table_name = ? WHERE "
        "k.table_schema = database() AND k.table_name = ? AND k.referenced_table_name IS "
        "NOT NULL ORDER BY k.constraint_name, k.ordinal_position",
        r->table->name, 5, take_foreign_key, r, err);
}

/* The index that the server makes for a foreign key without one has its name. */
static int take_index(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    table_reader *r = payload;
    igd_arena *mem = r->mem;
    if (igd_table_foreign_key(r->table, row[0].text))
        return IGD_OK;
    if (!igd_str_eq(r->last, row[0].text)) {
        r->last = igd_arena_str(mem, row[0].text);
        IGD_PUSH(mem, &r->table->indexes, (igd_index){.name = r->last});
    }
    igd_index *index = &r->table->indexes.items[r->table->indexes.len - 1];
    IGD_PUSH(mem, &index->columns, igd_arena_str(mem, row[1].text));
    return IGD_OK;
}

static int read_indexes(table_reader *r, igd_error *err)
{
    r->last = (igd_str){0};
    return about(r->it,
                 "SELECT index_name, coalesce(column_name, '') FROM information_schema.statistics "
                 "WHERE " OF_TABLE " AND index_name <> 'PRIMARY' ORDER BY index_name, seq_in_index",
                 r->table->name, 2, take_index, r, err);
}

int igd_mysql_read_table(igd_sql_target *target, igd_str name, igd_arena *mem, igd_table *out,
                         bool *found, igd_error *err)
{
    igd_table table = {0};
    table_reader r = {.it = igd_mysql_of(target), .mem = mem, .table = &table};
    int rc = find_table(r.it, name, mem, &table.name, err);
    *found = false;
    if (rc || !table.name.len)
        return rc;
    rc = about(r.it,
               "SELECT column_name, data_type, column_type, is_nullable, coalesce(collation_name, "
               "''), extra FROM information_schema.columns WHERE " OF_TABLE
               " ORDER BY ordinal_position",
               table.name, 6, take_column, &r, err);
    if (!rc)
        rc = about(r.it,
                   "SELECT column_name FROM information_schema.statistics WHERE " OF_TABLE
                   " AND index_name = 'PRIMARY' ORDER BY seq_in_index",
                   table.name, 1, take_key, &r, err);
    if (!rc)
        rc = read_checks(&r, err);
    order_columns(&r);
    if (!rc)
        rc = read_foreign_keys(&r, err);
    if (!rc)
        rc = read_indexes(&r, err);
    if (rc)
        return rc;
    *out = table;
    *found = true;
    return IGD_OK;
}

/* ---- taking over ---- */

static int take_engine(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    *(bool *)payload = igd_str_eq_nocase(row[0].text, IGD_STR("InnoDB"));
    return IGD_OK;
}

int igd_mysql_adopt(igd_target *target, const igd_table *wanted, igd_arena *mem, igd_table *out,
                    bool *found, igd_error *err)
{
    igd_mysql *it = igd_mysql_of((igd_sql_target *)target);
    bool fits = true;
    int rc = about(it,
                   "SELECT coalesce(engine, '') FROM information_schema.tables WHERE " OF_TABLE
                   " AND table_type = 'BASE TABLE'",
                   wanted->name, 1, take_engine, &fits, err);
    if (rc || fits)
        return rc ? rc : igd_sql_adopt(target, wanted, mem, out, found, err);
    (void)igd_fail(err, IGD_E_UNOWNED,
                   "table '%.*s' cannot be taken over: its storage engine is not InnoDB, so it has "
                   "neither transactions nor foreign keys",
                   IGD_STR_ARG(wanted->name));
    return igd_hint(err, "ALTER TABLE ... ENGINE=InnoDB, then run it again");
}

/* ---- uniqueness ---- */

typedef struct unique_reader {
    const igd_str_list *wanted;
    igd_arena *mem;
    igd_str index;
    size_t columns, matching;
    bool found;
} unique_reader;

static void end_index(unique_reader *r)
{
    r->found |= r->columns > 0 && r->columns == r->matching && r->columns == r->wanted->len;
    r->columns = r->matching = 0;
}

static int take_unique(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    unique_reader *r = payload;
    if (!igd_str_eq(r->index, row[0].text)) {
        end_index(r);
        r->index = igd_arena_str(r->mem, row[0].text);
    }
    r->columns++;
    for (size_t n = 0; n < r->wanted->len; n++)
        r->matching += igd_str_eq_nocase(r->wanted->items[n], row[1].text);
    return IGD_OK;
}

/* Whether its columns compare bytes is asked of their types (dialect.c, holds). */
int igd_mysql_is_unique(igd_sql_target *target, igd_str table, const igd_str_list *columns,
                        bool *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    unique_reader r = {.wanted = columns, .mem = mem};
    /* One over the first characters of a column alone is another thing. */
    int rc = about(igd_mysql_of(target),
                   "SELECT index_name, if(sub_part IS NULL, coalesce(column_name, ''), '') FROM "
                   "information_schema.statistics WHERE " OF_TABLE " AND non_unique = 0 ORDER BY "
                   "index_name, seq_in_index",
                   table, 2, take_unique, &r, err);
    if (rc)
        return rc;
    end_index(&r);
    *out = r.found;
    return IGD_OK;
}
