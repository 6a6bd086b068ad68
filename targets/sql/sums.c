/*
 * Row digests computed by the engine: the canonical encoding (schema/canonical.h) as an expression
 * of SQL, and queries that add them up or select by them.
 */
#include "targets/sql/sql_target.h"

typedef struct hasher {
    const igd_dialect *dialect;
    const igd_table *table;  /* what is hashed: names and order of the columns */
    const igd_table *layout; /* what they are called in the target */
    bool named;              /* texts are columns of a subquery: t0, t1 ... */
} hasher;

static void put_hex(igd_str bytes, igd_buf *out)
{
    for (size_t n = 0; n < bytes.len; n++)
        igd_buf_printf(out, "%02x", (unsigned char)bytes.ptr[n]);
}

/* What stands before a value's length and its text, in hex digits. */
static void put_head(const hasher *h, size_t column, igd_buf *out)
{
    const igd_column *it = &h->table->columns[column];
    if (column >= h->table->key_count) {
        igd_buf_printf(out, "%08zx", it->name.len);
        put_hex(it->name, out);
    }
    igd_buf_printf(out, "%02x", (unsigned)it->type.kind);
}

static void put_text(const hasher *h, size_t column, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    igd_sql_name(h->dialect, h->layout->columns[column].name, &name);
    if (h->named)
        igd_buf_printf(sql, "t%zu", column);
    else if (hashing->text)
        hashing->text(h->table->columns[column].type.kind, igd_buf_view(&name), sql);
    else
        igd_buf_str(sql, igd_buf_view(&name));
}

static void put_column(const hasher *h, size_t column, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    IGD_CLEANUP(igd_buf)
    igd_buf head = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf from = IGD_BUF_INIT;
    if (h->layout->columns[column].name.len == 0) {
        igd_buf_puts(sql, hashing->nothing); /* it is not there: null */
        return;
    }
    put_head(h, column, &head);
    put_text(h, column, &from);
    hashing->value(h->table->columns[column].type.kind, igd_buf_view(&head), igd_buf_view(&from),
                   sql);
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

/* Words of 32 bits that a float adds up without a loss: those of half a billion rows in 256
 * buckets.
 */
#define MOST_ROWS (1 << 21)

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
    to->doubt |= row[AT_DOUBT].integer > 0 || row[AT_ROWS].integer > MOST_ROWS;
    return IGD_OK;
}

/* Each text once: text AS t0, ... and a comma. */
static void put_texts(const hasher *h, igd_buf *sql)
{
    hasher plain = *h;
    plain.named = false;
    for (size_t n = 0; n < h->table->column_count; n++) {
        if (h->layout->columns[n].name.len == 0)
            continue;
        put_text(&plain, n, sql);
        igd_buf_printf(sql, " AS t%zu, ", n);
    }
}

/* 32 bits of a half that is called so. */
static void put_word(const igd_sql_hashing *hashing, const char *half, bool upper, igd_buf *sql)
{
    if (upper)
        igd_buf_printf(sql, "((%s >> 32) & 4294967295)%s", half, hashing->float_word);
    else
        igd_buf_printf(sql, "(%s & 4294967295)%s", half, hashing->float_word);
}

/* (SELECT h, d FROM the table), d: the row is in doubt */
static void rows_text(const hasher *h, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    igd_buf_puts(sql, "(SELECT ");
    put_hash(h, sql);
    igd_buf_puts(sql, " AS h, ");
    if (h->named) {
        igd_buf_puts(sql, "d FROM (SELECT ");
        put_texts(h, sql);
    }
    put_doubt(h, sql);
    igd_buf_puts(sql, " AS d FROM ");
    igd_sql_name(h->dialect, h->layout->name, sql);
    igd_buf_puts(sql, hashing->fence);
    if (h->named)
        igd_buf_printf(sql, ") AS p%s", hashing->fence);
    igd_buf_byte(sql, ')');
}

/* SELECT bucket, rows, doubts, words FROM (SELECT both halves, doubt FROM rows) GROUP BY bucket */
static void sums_text(const hasher *h, igd_buf *sql)
{
    const igd_sql_hashing *hashing = h->dialect->hashing;
    igd_buf_printf(sql, "SELECT (a >> 56) & 255, count(*), %ssum(d)%s", hashing->whole_open,
                   hashing->whole_close);
    for (unsigned n = 0; n < WORDS; n++) {
        igd_buf_printf(sql, ", %ssum(", hashing->whole_open);
        put_word(hashing, n < WORDS / 2 ? "a" : "b", n % 2 == 0, sql);
        igd_buf_printf(sql, ")%s", hashing->whole_close);
    }
    igd_buf_puts(sql, " FROM (SELECT ");
    hashing->half("h", 0, sql);
    igd_buf_puts(sql, " AS a, ");
    hashing->half("h", 1, sql);
    igd_buf_puts(sql, " AS b, d FROM ");
    rows_text(h, sql);
    igd_buf_printf(sql, " AS r%s) AS q GROUP BY 1", hashing->fence);
}

int igd_sql_add_up(igd_sql_target *target, const igd_table *table, const igd_table *layout,
                   igd_table_sums *out, bool *told, igd_error *err)
{
    static const igd_kind kinds[AT_WORDS + WORDS] = {IGD_INT, IGD_INT, IGD_INT, IGD_INT,
                                                     IGD_INT, IGD_INT, IGD_INT};
    hasher h = {target->dialect, table, layout, target->dialect->hashing->text != NULL};
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
    hasher h = {dialect, table, layout, false};
    IGD_CLEANUP(igd_buf)
    igd_buf hash = IGD_BUF_INIT;
    const char *glue = " IN (";
    put_hash(&h, &hash);
    igd_buf_puts(sql, " WHERE (");
    dialect->hashing->half(hash.ptr, 0, sql);
    igd_buf_puts(sql, " >> 56) & 255");
    for (unsigned n = 0; n < IGD_BUCKETS; n++) {
        if (!which->has[n])
            continue;
        igd_buf_printf(sql, "%s%u", glue, n);
        glue = ", ";
    }
    igd_buf_byte(sql, ')');
}
