/*
 * Row digests computed by the engine: the canonical encoding (schema/canonical.h) as an expression
 * of SQL, and queries that add them up or select by them.
 */
#include "targets/sql/sql_target.h"

typedef struct hasher {
    const igd_dialect *dialect;
    const igd_table *table;  /* what is hashed: names and order of the columns */
    const igd_table *layout; /* what they are called in the target */
} hasher;

/* Enough for the length, the name, and the tag. */
static void put_head(const hasher *h, igd_str name, bool is_key, igd_kind kind, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf bytes = IGD_BUF_INIT;
    for (int shift = 24; !is_key && shift >= 0; shift -= 8)
        igd_buf_byte(&bytes, (char)(name.len >> shift & 0xFF));
    if (!is_key)
        igd_buf_str(&bytes, name);
    igd_buf_byte(&bytes, (char)kind);
    h->dialect->hashing->bytes(igd_buf_view(&bytes), sql);
}

static void put_text(const hasher *h, size_t column, igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    igd_sql_name(h->dialect, h->layout->columns[column].name, &name);
    h->dialect->hashing->text(h->table->columns[column].type.kind, igd_buf_view(&name), sql);
}

/* head, length, text */
static void put_value(const hasher *h, size_t column, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    const igd_column *it = &h->table->columns[column];
    put_head(h, it->name, column < h->table->key_count, it->type.kind, sql);
    igd_buf_puts(sql, hashing->join_between);
    igd_buf_puts(sql, hashing->length_open);
    put_text(h, column, sql);
    igd_buf_puts(sql, hashing->length_close);
    igd_buf_puts(sql, hashing->join_between);
    put_text(h, column, sql);
}

static void put_column(const hasher *h, size_t column, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    if (h->layout->columns[column].name.len == 0) {
        hashing->bytes(IGD_STR(""), sql); /* it is not there: null */
        return;
    }
    bool is_key = column < h->table->key_count;
    if (!is_key) {
        igd_buf_puts(sql, "CASE WHEN ");
        igd_sql_name(h->dialect, h->layout->columns[column].name, sql);
        igd_buf_puts(sql, " IS NULL THEN ");
        hashing->bytes(IGD_STR(""), sql);
        igd_buf_puts(sql, " ELSE ");
        igd_buf_puts(sql, hashing->join_open);
    }
    put_value(h, column, sql);
    if (!is_key) {
        igd_buf_puts(sql, hashing->join_close);
        igd_buf_puts(sql, " END");
    }
}

/* The digest of a row. */
static void put_hash(const hasher *h, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    size_t others = h->table->column_count - h->table->key_count;
    igd_buf_puts(sql, hashing->hash_open);
    igd_buf_puts(sql, hashing->join_open);
    for (size_t n = 0; n < h->table->key_count; n++) {
        igd_buf_puts(sql, n ? hashing->join_between : "");
        put_column(h, n, sql);
    }
    for (size_t n = 0; n < others; n++) {
        igd_buf_puts(sql, hashing->join_between);
        put_column(h, h->table->digest_order[n], sql);
    }
    igd_buf_puts(sql, hashing->join_close);
    igd_buf_puts(sql, hashing->hash_close);
}

static bool is_told(const hasher *h)
{
    for (size_t n = 0; n < h->table->column_count; n++)
        if (h->table->columns[n].type.kind == IGD_JSON || h->table->columns[n].type.kind == IGD_RAW)
            return false;
    return true;
}

/* Rows with values whose canonical text the engine does not know: 1, else 0. */
static void put_doubt(const hasher *h, igd_buf *sql)
{
    const char *glue = "CASE WHEN ";
    for (size_t n = h->table->key_count; n < h->table->column_count; n++) {
        if (h->table->columns[n].type.kind != IGD_FLOAT || h->layout->columns[n].name.len == 0)
            continue;
        IGD_CLEANUP(igd_buf)
        igd_buf name = IGD_BUF_INIT;
        igd_sql_name(h->dialect, h->layout->columns[n].name, &name);
        igd_buf_puts(sql, glue);
        h->dialect->hashing->doubt(igd_buf_view(&name), sql);
        glue = " OR ";
    }
    igd_buf_puts(sql, glue[1] == 'O' ? " THEN 1 ELSE 0 END" : "0");
}

/* ---- adding up ---- */

typedef struct sums_taker {
    igd_table_sums *out;
    bool doubt;
} sums_taker;

enum { AT_BUCKET, AT_ROWS, AT_DOUBT, AT_WORDS, WORDS = 4 };

/* Four words of 32 bits each, added up without carry. */
static igd_digest digest_of(const igd_value *words)
{
    igd_digest sum = {0};
    for (unsigned n = 0; n < WORDS; n++) {
        uint64_t word = (uint64_t)words[n].integer;
        unsigned shift = 32 * (WORDS - 1 - n);
        igd_digest part = {0};
        if (shift >= 64)
            part.high = word << (shift - 64);
        else
            part = (igd_digest){shift ? word >> (64 - shift) : 0, word << shift};
        sum = igd_digest_add(sum, part);
    }
    return sum;
}

static int take_sums(const igd_value *row, void *payload, igd_error *err)
{
    sums_taker *to = payload;
    int64_t bucket = row[AT_BUCKET].kind == IGD_INT ? row[AT_BUCKET].integer : -1;
    if (bucket < 0 || bucket >= IGD_BUCKETS)
        return igd_fail(err, IGD_E_TARGET, "the target computed a checksum that is none");
    to->out->rows[bucket] = (uint64_t)row[AT_ROWS].integer;
    to->out->digests[bucket] = digest_of(row + AT_WORDS);
    to->doubt |= row[AT_DOUBT].integer > 0;
    return IGD_OK;
}

/* SELECT bucket, rows, doubts, words FROM (SELECT h, doubt FROM table) GROUP BY bucket */
static void sums_text(const hasher *h, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    igd_buf_puts(sql, "SELECT ");
    hashing->word("h", 0, sql);
    igd_buf_printf(sql, " >> 24, count(*), %ssum(d)%s", hashing->whole_open, hashing->whole_close);
    for (unsigned n = 0; n < WORDS; n++) {
        igd_buf_printf(sql, ", %ssum(", hashing->whole_open);
        hashing->word("h", n, sql);
        igd_buf_printf(sql, ")%s", hashing->whole_close);
    }
    igd_buf_puts(sql, " FROM (SELECT ");
    put_hash(h, sql);
    igd_buf_puts(sql, " AS h, ");
    put_doubt(h, sql);
    igd_buf_puts(sql, " AS d FROM ");
    igd_sql_name(h->dialect, h->layout->name, sql);
    igd_buf_printf(sql, "%s) AS q GROUP BY 1", hashing->fence);
}

int igd_sql_add_up(igd_sql_target *target, const igd_table *table, const igd_table *layout,
                   igd_table_sums *out, bool *told, igd_error *err)
{
    static const igd_kind kinds[AT_WORDS + WORDS] = {IGD_INT, IGD_INT, IGD_INT, IGD_INT,
                                                     IGD_INT, IGD_INT, IGD_INT};
    hasher h = {target->dialect, table, layout};
    *told = false;
    if (!is_told(&h))
        return IGD_OK;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    sums_text(&h, &sql);
    memset(out, 0, sizeof(*out));
    sums_taker to = {out, false};
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = IGD_COUNT(kinds),
                           .callback = take_sums,
                           .payload = &to};
    int rc = target->ops->query(target, &query, err);
    if (!rc)
        *told = !to.doubt;
    return rc;
}

/* ---- selecting ---- */

void igd_sql_where_buckets(const igd_dialect *dialect, const igd_table *table,
                           const igd_table *layout, const igd_bucket_set *which, igd_buf *sql)
{
    hasher h = {dialect, table, layout};
    IGD_CLEANUP(igd_buf)
    igd_buf hash = IGD_BUF_INIT;
    const char *glue = " IN (";
    put_hash(&h, &hash);
    igd_buf_puts(sql, " WHERE ");
    dialect->hashing->word(hash.ptr, 0, sql);
    igd_buf_puts(sql, " >> 24");
    for (unsigned n = 0; n < IGD_BUCKETS; n++) {
        if (!which->has[n])
            continue;
        igd_buf_printf(sql, "%s%u", glue, n);
        glue = ", ";
    }
    igd_buf_byte(sql, ')');
}
