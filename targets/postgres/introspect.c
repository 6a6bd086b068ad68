/*
 * Tables as they are in the schema: each by one query of pg_catalog.
 */
#include <stdlib.h>

#include "targets/postgres/postgres.h"

/* The oid of table $1 in schema $2. */
#define TABLE                                                                            \
    "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " \
    "c.relname = $1::text AND n.nspname = $2::text AND c.relkind IN ('r', 'p'))"

/* ---- names ---- */

/*
 * What tells whether somebody changed a table of the schema meanwhile: which row of the catalogue
 * each column and constraint is.
 */
#define VERSION                                                                                   \
    "SELECT coalesce(sum(hashtextextended(concat_ws(' ', x.rel, x.what, x.xmin), 0)), 0)::text "  \
    "FROM (SELECT attrelid AS rel, attnum::int8 AS what, a.xmin::text FROM pg_attribute a UNION " \
    "ALL SELECT conrelid, c.oid::int8, c.xmin::text FROM pg_constraint c) x JOIN pg_class r ON "  \
    "r.oid = x.rel JOIN pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = $1::text AND " \
    "r.relkind IN ('r', 'p')"

static int read_version(igd_pg *it, char **out, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str schema = igd_str_from(it->schema);
    int rc = igd_pg_ask(it, VERSION, &schema, 1, &found, err);
    if (rc)
        return rc;
    igd_str version = igd_pg_cell(found, 0, 0);
    *out = igd_xmalloc(version.len + 1);
    memcpy(*out, version.ptr, version.len + 1);
    return IGD_OK;
}

void igd_pg_forget_version(igd_pg *it)
{
    free(it->version);
    it->version = NULL;
}

int igd_pg_check_version(igd_pg *it, igd_error *err)
{
    char *now = NULL;
    if (!it->version)
        return IGD_OK;
    int rc = read_version(it, &now, err);
    bool same = !rc && strcmp(now, it->version) == 0;
    free(now);
    if (rc || same)
        return rc;
    igd_fail(err, IGD_E_STALE_BASE, "another program changed the target's schema meanwhile");
    return igd_hint(err, "nothing was changed; run it again");
}

/* The bookkeeping is looked for whenever all of it is read: a plan is made of what is read then. */
static int note_version(igd_pg *it, igd_str name, igd_error *err)
{
    if (!igd_str_is(name, "ingitdb_sync_state") || it->sql.in_transaction ||
        it->sql.mode != IGD_OPEN_WRITE)
        return IGD_OK;
    igd_pg_forget_version(it);
    return read_version(it, &it->version, err);
}

/* Names of the server's own tables count as taken: it would take ours for those. A type of that
 * name stands in the way, too. */
int igd_pg_exists(igd_sql_target *target, igd_str name, bool *out, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str texts[] = {name, igd_str_from(it->schema)};
    int rc = note_version(it, name, err);
    if (!rc)
        rc = igd_pg_ask(it,
                        "SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = "
                        "c.relnamespace WHERE c.relname = $1::text AND n.nspname IN ($2::text, "
                        "'pg_catalog')) OR EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON "
                        "n.oid = t.typnamespace WHERE t.typname = $1::text AND n.nspname = "
                        "$2::text)",
                        texts, 2, &found, err);
    if (!rc)
        *out = igd_str_is(igd_pg_cell(found, 0, 0), "t");
    return rc;
}

int igd_pg_columns(igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out,
                   igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str texts[] = {table, igd_str_from(it->schema)};
    int rc = igd_pg_ask(it,
                        "SELECT attname FROM pg_attribute WHERE attrelid = " TABLE
                        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                        texts, 2, &found, err);
    for (int n = 0; !rc && n < PQntuples(found); n++)
        IGD_PUSH(mem, out, igd_arena_str(mem, igd_pg_cell(found, n, 0)));
    return rc;
}

/* ---- a table ---- */

/*
 * All of a table, in rows of (what, place, name, a, b, flag, flag):
 *   c  column   place in the primary key or a large number; name; type; -; not null; computed
 *   k  check    -; name; its column, if it is one; expression
 *   f  foreign  place of the column; name; table; column, the one it refers to; cascades
 *   i  index    place of the column; name; column or nothing
 */
static const char table_query[] =
    "WITH t AS (SELECT " TABLE " AS oid), p AS (SELECT conkey FROM pg_constraint, t WHERE conrelid "
    "= t.oid AND contype = 'p') "
    "SELECT 'c', coalesce(array_position((SELECT conkey FROM p), a.attnum), 100000 + a.attnum), "
    "a.attname, format_type(a.atttypid, a.atttypmod) || CASE WHEN l.collisdeterministic THEN '' "
    "ELSE coalesce(' COLLATE ' || quote_ident(l.collname), '') END, NULL, NULL, a.attnotnull, "
    "a.attgenerated <> '' OR a.attidentity = 'a' FROM pg_attribute a JOIN t ON a.attrelid = t.oid "
    "LEFT JOIN pg_collation l ON l.oid = a.attcollation WHERE a.attnum > 0 AND NOT a.attisdropped "
    "UNION ALL SELECT 'k', 0, c.conname, pg_get_constraintdef(c.oid), a.attname, NULL, false, "
    "false FROM pg_constraint c JOIN t ON c.conrelid = t.oid LEFT JOIN pg_attribute a ON "
    "a.attrelid = t.oid AND a.attnum = c.conkey[1] AND cardinality(c.conkey) = 1 WHERE c.contype = "
    "'c' "
    "UNION ALL SELECT 'f', k.place, c.conname, CASE WHEN r.relnamespace = m.relnamespace THEN '' "
    "ELSE n.nspname || '.' END || r.relname, a.attname, b.attname, c.confdeltype = 'c', false FROM "
    "pg_constraint c JOIN t ON c.conrelid = t.oid JOIN pg_class m ON m.oid = t.oid JOIN pg_class r "
    "ON r.oid = c.confrelid JOIN pg_namespace n ON n.oid = r.relnamespace CROSS JOIN LATERAL "
    "unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (here, there, place) JOIN pg_attribute a ON "
    "a.attrelid = c.conrelid AND a.attnum = k.here JOIN pg_attribute b ON b.attrelid = c.confrelid "
    "AND b.attnum = k.there WHERE c.contype = 'f' "
    "UNION ALL SELECT 'i', k.place, r.relname, a.attname, NULL, NULL, false, false FROM pg_index i "
    "JOIN t ON i.indrelid = t.oid JOIN pg_class r ON r.oid = i.indexrelid CROSS JOIN LATERAL "
    "unnest(i.indkey::int2[]) WITH ORDINALITY AS k (here, place) LEFT JOIN pg_attribute a ON "
    "a.attrelid = t.oid AND a.attnum = k.here WHERE k.place <= i.indnkeyatts AND NOT EXISTS "
    "(SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', "
    "'x')) "
    "ORDER BY 1, 3, 2";

enum { AT_WHAT, AT_PLACE, AT_NAME, AT_A, AT_B, AT_C, AT_FLAG, AT_COMPUTED };

typedef struct reader {
    const PGresult *rows;
    int row;
    igd_arena *mem;
    igd_table *table;
    IGD_LIST(igd_column) columns;
    IGD_LIST(int) places;
} reader;

static igd_str cell(const reader *r, int column)
{
    return igd_arena_str(r->mem, igd_pg_cell(r->rows, r->row, column));
}

static int place(const reader *r)
{
    return atoi(PQgetvalue(r->rows, r->row, AT_PLACE));
}

static bool flag(const reader *r, int column)
{
    return igd_str_is(igd_pg_cell(r->rows, r->row, column), "t");
}

static igd_type type_of(igd_str found_as)
{
    static const struct {
        const char *name;
        igd_kind kind;
    } types[] = {
        {"bigint", IGD_INT},
        {"double precision", IGD_FLOAT},
        {"boolean", IGD_BOOL},
        {"date", IGD_DATE},
        {"time without time zone", IGD_TIME},
        {"time(6) without time zone", IGD_TIME},
        {"timestamp with time zone", IGD_DATETIME},
        {"timestamp(6) with time zone", IGD_DATETIME},
        {"jsonb", IGD_JSON},
        {"text", IGD_STRING},
        {"character varying", IGD_STRING},
    };
    igd_kind kind = igd_str_starts(found_as, IGD_STR("character varying(")) ? IGD_STRING : IGD_RAW;
    for (size_t n = 0; n < IGD_COUNT(types); n++)
        if (igd_str_is(found_as, types[n].name))
            kind = types[n].kind;
    return (
        igd_type){.kind = kind, .shape = kind == IGD_JSON ? IGD_ANY : IGD_SCALAR, .element = kind};
}

static int64_t chars_of(igd_str found_as)
{
    return igd_str_starts(found_as, IGD_STR("character varying("))
               ? atoll(found_as.ptr + strlen("character varying("))
               : 0;
}

/* Key columns first, in the key's order; the rest as they were made. */
static void add_column(reader *r)
{
    igd_column column = {.field = IGD_FIELD_NONE, .name = cell(r, AT_NAME)};
    column.found_as = cell(r, AT_A);
    column.type = type_of(column.found_as);
    column.max_chars = chars_of(column.found_as);
    column.not_null = flag(r, AT_FLAG);
    column.computed = flag(r, AT_COMPUTED);
    if (place(r) < 100000) {
        r->table->key_count++;
        column.key_text = column.type.kind == IGD_STRING;
    }
    IGD_PUSH(r->mem, &r->columns, column);
    IGD_PUSH(r->mem, &r->places, place(r));
    for (size_t n = r->columns.len - 1; n > 0 && r->places.items[n - 1] > place(r); n--) {
        r->columns.items[n] = r->columns.items[n - 1];
        r->places.items[n] = r->places.items[n - 1];
        r->columns.items[n - 1] = column;
        r->places.items[n - 1] = place(r);
    }
}

/* The expression stays a text (in `number`): what we recorded replaces it, others' are only
 * reported. */
static void add_check(reader *r)
{
    IGD_PUSH(r->mem, &r->table->checks,
             (igd_check){.name = cell(r, AT_NAME),
                         .column = cell(r, AT_B),
                         .kind = IGD_CHECK_ENUM,
                         .number = cell(r, AT_A)});
}

static void add_foreign_key(reader *r)
{
    if (place(r) == 1)
        IGD_PUSH(r->mem, &r->table->foreign_keys,
                 (igd_foreign_key){.name = cell(r, AT_NAME),
                                   .ref_table = cell(r, AT_A),
                                   .cascade = flag(r, AT_FLAG)});
    igd_foreign_key *last = &r->table->foreign_keys.items[r->table->foreign_keys.len - 1];
    IGD_PUSH(r->mem, &last->columns, cell(r, AT_B));
    IGD_PUSH(r->mem, &last->ref_columns, cell(r, AT_C));
}

static void add_index(reader *r)
{
    if (place(r) == 1)
        IGD_PUSH(r->mem, &r->table->indexes, (igd_index){.name = cell(r, AT_NAME)});
    igd_index *last = &r->table->indexes.items[r->table->indexes.len - 1];
    IGD_PUSH(r->mem, &last->columns, cell(r, AT_A));
}

int igd_pg_read_table(igd_sql_target *target, igd_str name, igd_arena *mem, igd_table *out,
                      bool *found, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP_PTR(PGresult) PGresult *rows = NULL;
    igd_str texts[] = {name, igd_str_from(it->schema)};
    int rc = igd_pg_ask(it, table_query, texts, 2, &rows, err);
    if (rc)
        return rc;
    igd_table table = {.name = igd_arena_str(mem, name)};
    reader r = {.rows = rows, .mem = mem, .table = &table};
    for (; r.row < PQntuples(rows); r.row++) {
        switch (*PQgetvalue(rows, r.row, AT_WHAT)) {
        case 'c':
            add_column(&r);
            break;
        case 'k':
            add_check(&r);
            break;
        case 'f':
            add_foreign_key(&r);
            break;
        default:
            add_index(&r);
        }
    }
    *found = r.columns.len > 0;
    table.columns = r.columns.items;
    table.column_count = r.columns.len;
    if (*found)
        *out = table;
    return IGD_OK;
}

/* ---- uniqueness ---- */

/* An upsert goes by an index that is checked at once; one that compares by other rules than bytes,
 * or not all rows, or expressions, will not do. */
int igd_pg_is_unique(igd_sql_target *target, igd_str table, const igd_str_list *columns, bool *out,
                     igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP_PTR(PGresult) PGresult *rows = NULL;
    igd_str texts[] = {table, igd_str_from(it->schema)};
    int rc = igd_pg_ask(it,
                        "SELECT i.indexrelid, a.attname FROM pg_index i CROSS JOIN LATERAL "
                        "unnest(i.indkey::int2[], i.indcollation::oid[]) WITH ORDINALITY AS k "
                        "(here, rule, place) JOIN pg_attribute a ON a.attrelid = i.indrelid AND "
                        "a.attnum = k.here WHERE i.indrelid = " TABLE
                        " AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS "
                        "NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts AND NOT EXISTS "
                        "(SELECT 1 FROM unnest(i.indcollation::oid[]) AS u (rule) JOIN "
                        "pg_collation l ON l.oid = u.rule WHERE NOT l.collisdeterministic) ORDER "
                        "BY 1, k.place",
                        texts, 2, &rows, err);
    bool unique = false;
    for (int n = 0, end; !rc && n < PQntuples(rows); n = end) {
        size_t found = 0;
        for (end = n; end < PQntuples(rows) &&
                      igd_str_eq(igd_pg_cell(rows, end, 0), igd_pg_cell(rows, n, 0));
             end++)
            for (size_t c = 0; c < columns->len; c++)
                found += igd_str_eq(igd_pg_cell(rows, end, 1), columns->items[c]);
        unique |= found == columns->len && (size_t)(end - n) == columns->len;
    }
    if (!rc)
        *out = unique;
    return rc;
}
