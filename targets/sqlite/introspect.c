/*
 * Tables as they are in the file: columns, keys, named checks, foreign keys and indexes.
 *
 * SQLite has one type for all texts; sql_target.c puts the recorded types in where they fit.
 */
#include "targets/sqlite/definition.h"
#include "targets/sqlite/sqlite.h"

int igd_sqlite_exists(igd_sql_target *target, igd_str name, bool *out, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    int64_t count = 0;
    if (it->db) {
        int rc = igd_sqlite_number(it,
                                   "SELECT count(*) FROM sqlite_schema WHERE type IN ('table', "
                                   "'view', 'index') AND name = ?1 COLLATE NOCASE",
                                   name, &count, err);
        if (!rc)
            rc = igd_sqlite_number(it, "PRAGMA schema_version", (igd_str){0}, &it->schema_version,
                                   err);
        if (rc)
            return rc;
    }
    *out = count > 0;
    return IGD_OK;
}

int igd_sqlite_columns(igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out,
                       igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    if (!it->db)
        return IGD_OK;
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(it, "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden <> 1", table,
                            &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err))
        IGD_PUSH(mem, out, igd_arena_str(mem, igd_sqlite_text(stmt, 0)));
    return rc;
}

/* ---- columns ---- */

static bool has_check(const igd_column_text *column, const char *what)
{
    for (size_t n = 0; column && n < column->clauses.len; n++)
        if (column->clauses.items[n].kind == IGD_CLAUSE_CHECK &&
            column->clauses.items[n].body.ptr &&
            memmem(column->clauses.items[n].body.ptr, column->clauses.items[n].body.len, what,
                   strlen(what)))
            return true;
    return false;
}

static igd_kind kind_of(igd_str type, const igd_column_text *column)
{
    if (igd_str_eq_nocase(type, IGD_STR("INTEGER")) || igd_str_eq_nocase(type, IGD_STR("INT")))
        return has_check(column, "IN (0, 1)") ? IGD_BOOL : IGD_INT;
    if (igd_str_eq_nocase(type, IGD_STR("REAL")))
        return IGD_FLOAT;
    if (igd_str_eq_nocase(type, IGD_STR("TEXT")))
        return has_check(column, "json_valid(") ? IGD_JSON : IGD_STRING;
    return IGD_RAW;
}

static igd_type type_of(igd_kind kind)
{
    return (
        igd_type){.kind = kind, .shape = kind == IGD_JSON ? IGD_ANY : IGD_SCALAR, .element = kind};
}

/* The name of a collation other than SQLite's own, which compares bytes. */
static igd_str collation_of(const igd_column_text *column)
{
    for (size_t n = 0; column && n < column->clauses.len; n++) {
        igd_str text = column->clauses.items[n].text, name = igd_str_trim(text);
        if (column->clauses.items[n].kind != IGD_CLAUSE_COLLATE)
            continue;
        ptrdiff_t space = igd_str_rfind(name, ' ');
        name = igd_str_sub(name, (size_t)(space + 1), name.len);
        if (!igd_str_eq_nocase(name, IGD_STR("BINARY")) &&
            !igd_str_eq_nocase(name, IGD_STR("\"BINARY\"")))
            return name;
    }
    return (igd_str){0};
}

/* The declared type, and the collation where it is not the usual one. */
static igd_str spelled(igd_str type, const igd_column_text *column, igd_arena *mem)
{
    igd_str collation = collation_of(column);
    if (collation.len == 0)
        return igd_arena_str(mem, type);
    return igd_arena_printf(mem, "%.*s COLLATE %.*s", IGD_STR_ARG(type), IGD_STR_ARG(collation));
}

static int read_columns(igd_sqlite *it, igd_str name, const igd_definition *definition,
                        igd_arena *mem, igd_table *out, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    IGD_LIST(igd_column) columns = {0};
    /* Key columns first, in the key's order. */
    int rc = igd_sqlite_ask(it,
                            "SELECT name, type, \"notnull\", pk, hidden FROM "
                            "pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY pk = 0, pk, cid",
                            name, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        igd_column column = {.field = IGD_FIELD_NONE};
        column.name = igd_arena_str(mem, igd_sqlite_text(stmt, 0));
        ptrdiff_t at = igd_definition_column(definition, column.name);
        const igd_column_text *text = at < 0 ? NULL : &definition->columns.items[at];
        column.type = type_of(kind_of(igd_sqlite_text(stmt, 1), text));
        column.found_as = spelled(igd_sqlite_text(stmt, 1), text, mem);
        column.computed = sqlite3_column_int(stmt, 4) != 0;
        column.not_null = sqlite3_column_int(stmt, 2) != 0;
        if (sqlite3_column_int(stmt, 3) > 0) {
            out->key_count++;
            column.key_text = column.type.kind == IGD_STRING;
        }
        IGD_PUSH(mem, &columns, column);
    }
    out->columns = columns.items;
    out->column_count = columns.len;
    return rc;
}

/* ---- constraints ---- */

/* Their expression stays a text (in `number`): what we recorded replaces it, others' are only
 * reported. */
static void add_checks(const igd_clause_list *clauses, igd_str column, igd_arena *mem,
                       igd_table *out)
{
    for (size_t n = 0; n < clauses->len; n++) {
        const igd_clause *clause = &clauses->items[n];
        if (clause->kind != IGD_CLAUSE_CHECK || !clause->name.ptr)
            continue;
        IGD_PUSH(mem, &out->checks,
                 (igd_check){.name = igd_arena_str(mem, clause->name),
                             .column = column,
                             .kind = IGD_CHECK_ENUM,
                             .number = igd_arena_str(mem, clause->body)});
    }
}

/* Names of the foreign keys as they are written, from the first to the last; unnamed ones are
 * empty. pragma_foreign_key_list counts from the last to the first. */
static void foreign_key_names(const igd_definition *definition, igd_arena *mem, igd_str_list *out)
{
    for (size_t c = 0; c <= definition->columns.len; c++) {
        const igd_clause_list *list = c < definition->columns.len
                                          ? &definition->columns.items[c].clauses
                                          : &definition->clauses;
        for (size_t n = 0; n < list->len; n++)
            if (list->items[n].kind == IGD_CLAUSE_REFERENCES)
                IGD_PUSH(mem, out, list->items[n].name);
    }
}

static int read_foreign_keys(igd_sqlite *it, igd_str name, const igd_definition *definition,
                             igd_arena *mem, igd_table *out, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    igd_str_list names = {0};
    foreign_key_names(definition, mem, &names);
    int rc = igd_sqlite_ask(it,
                            "SELECT id, seq, \"table\", \"from\", coalesce(\"to\", ''), on_delete "
                            "FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
                            name, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        if (sqlite3_column_int(stmt, 1) == 0) {
            igd_foreign_key key = {0};
            size_t at = out->foreign_keys.len;
            if (at < names.len)
                key.name = igd_arena_str(mem, names.items[at]);
            key.ref_table = igd_arena_str(mem, igd_sqlite_text(stmt, 2));
            key.cascade = igd_str_is(igd_sqlite_text(stmt, 5), "CASCADE");
            IGD_PUSH(mem, &out->foreign_keys, key);
        }
        igd_foreign_key *last = &out->foreign_keys.items[out->foreign_keys.len - 1];
        IGD_PUSH(mem, &last->columns, igd_arena_str(mem, igd_sqlite_text(stmt, 3)));
        IGD_PUSH(mem, &last->ref_columns, igd_arena_str(mem, igd_sqlite_text(stmt, 4)));
    }
    return rc;
}

static int read_indexes(igd_sqlite *it, igd_str name, igd_arena *mem, igd_table *out,
                        igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(it,
                            "SELECT l.name, i.seqno, coalesce(i.name, '') FROM "
                            "pragma_index_list(?1) l, pragma_index_info(l.name) i WHERE "
                            "l.origin = 'c' ORDER BY l.name, i.seqno",
                            name, &stmt, err);
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        if (sqlite3_column_int(stmt, 1) == 0)
            IGD_PUSH(mem, &out->indexes,
                     (igd_index){.name = igd_arena_str(mem, igd_sqlite_text(stmt, 0))});
        igd_index *last = &out->indexes.items[out->indexes.len - 1];
        IGD_PUSH(mem, &last->columns, igd_arena_str(mem, igd_sqlite_text(stmt, 2)));
    }
    return rc;
}

int igd_sqlite_read_table(igd_sql_target *target, igd_str name, igd_arena *mem, igd_table *out,
                          bool *found, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    *found = false;
    if (!it->db)
        return IGD_OK;
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(it,
                            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND "
                            "name = ?1 COLLATE NOCASE",
                            name, &stmt, err);
    if (rc || !igd_sqlite_next(stmt, &rc, err))
        return rc;
    igd_table table = {.name = igd_arena_str(mem, igd_sqlite_text(stmt, 0))};
    igd_definition definition = {0};
    /* One that cannot be understood (a virtual table) has no names of constraints to tell. */
    if (igd_definition_parse(igd_arena_str(mem, igd_sqlite_text(stmt, 1)), mem, &definition))
        definition = (igd_definition){0};
    rc = read_columns(it, table.name, &definition, mem, &table, err);
    if (!rc)
        rc = read_foreign_keys(it, table.name, &definition, mem, &table, err);
    if (!rc)
        rc = read_indexes(it, table.name, mem, &table, err);
    if (rc)
        return rc;
    for (size_t n = 0; n < definition.columns.len; n++)
        add_checks(&definition.columns.items[n].clauses,
                   igd_arena_str(mem, definition.columns.items[n].name), mem, &table);
    add_checks(&definition.clauses, IGD_STR(""), mem, &table);
    *out = table;
    *found = true;
    return IGD_OK;
}

/* ---- uniqueness ---- */

/* The columns of an index, or none when it does not compare bytes, or not columns. */
static int index_columns(igd_sqlite *it, igd_str index, igd_arena *mem, igd_str_list *out,
                         igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc =
        igd_sqlite_ask(it, "SELECT coalesce(name, ''), coll FROM pragma_index_xinfo(?1) WHERE key",
                       index, &stmt, err);
    bool bytes = true;
    while (!rc && igd_sqlite_next(stmt, &rc, err)) {
        bytes &= igd_str_eq_nocase(igd_sqlite_text(stmt, 1), IGD_STR("BINARY"));
        IGD_PUSH(mem, out, igd_arena_str(mem, igd_sqlite_text(stmt, 0)));
    }
    if (!bytes)
        out->len = 0;
    return rc;
}

static bool same_names(const igd_str_list *a, const igd_str_list *b)
{
    size_t found = 0;
    for (size_t n = 0; n < a->len; n++)
        for (size_t k = 0; k < b->len; k++)
            found += igd_str_eq_nocase(a->items[n], b->items[k]);
    return a->len == b->len && found == a->len;
}

/* A primary key that is the row's number has no index, and is no text: it is never asked for. */
int igd_sqlite_is_unique(igd_sql_target *target, igd_str table, const igd_str_list *columns,
                         bool *out, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    bool found = false;
    int rc = igd_sqlite_ask(it,
                            "SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT "
                            "partial",
                            table, &stmt, err);
    while (!rc && !found && igd_sqlite_next(stmt, &rc, err)) {
        igd_str_list names = {0};
        rc = index_columns(it, igd_sqlite_text(stmt, 0), mem, &names, err);
        found = !rc && same_names(&names, columns);
    }
    if (!rc)
        *out = found;
    return rc;
}
