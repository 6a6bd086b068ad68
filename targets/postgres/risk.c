/*
 * What operations are to PostgreSQL: the lock that they take, and whether rows are scanned or
 * copied. All locks are held to the end of the run, which is one transaction.
 */
#include "targets/postgres/postgres.h"

typedef struct weight {
    igd_risk risk;
    const char *why; /* NULL: what is said in general will do */
} weight;

static const weight weights[] = {
    [IGD_OP_CREATE_TABLE] = {IGD_RISK_SAFE, NULL},
    [IGD_OP_DROP_TABLE] = {IGD_RISK_DESTRUCTIVE,
                           "its rows are lost; ACCESS EXCLUSIVE lock, nothing is scanned"},
    [IGD_OP_RENAME_TABLE] = {IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock, nothing is scanned; queries by "
                                            "the old name fail"},
    [IGD_OP_ADD_COLUMN] = {IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock, nothing is scanned or copied"},
    [IGD_OP_DROP_COLUMN] = {IGD_RISK_DESTRUCTIVE, "its values are lost; ACCESS EXCLUSIVE lock, "
                                                  "nothing is scanned or copied"},
    [IGD_OP_RENAME_COLUMN] = {IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock, nothing is scanned; queries "
                                             "by the old name fail"},
    [IGD_OP_SET_NOT_NULL] = {IGD_RISK_LOCK,
                             "scans the table under an ACCESS EXCLUSIVE lock: nobody else can read "
                             "it meanwhile"},
    [IGD_OP_DROP_NOT_NULL] = {IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock, nothing is scanned"},
    [IGD_OP_ADD_INDEX] = {IGD_RISK_LOCK, "scans the table under a SHARE lock: nobody else can "
                                         "write to it meanwhile"},
    [IGD_OP_DROP_INDEX] = {IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock, nothing is scanned"},
    [IGD_OP_ADD_FOREIGN_KEY] = {IGD_RISK_LOCK,
                                "scans the table under SHARE ROW EXCLUSIVE locks on both tables: "
                                "nobody else can write to them meanwhile"},
    [IGD_OP_DROP_FOREIGN_KEY] = {IGD_RISK_LOCK,
                                 "ACCESS EXCLUSIVE locks on both tables, nothing is scanned"},
    [IGD_OP_ADD_CHECK] = {IGD_RISK_LOCK, "scans the table under an ACCESS EXCLUSIVE lock: nobody "
                                         "else can read it meanwhile"},
    [IGD_OP_DROP_CHECK] = {IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock, nothing is scanned"},
    [IGD_OP_CHANGE_PRIMARY_KEY] = {IGD_RISK_REWRITE,
                                   "the table is emptied under an ACCESS EXCLUSIVE lock and filled "
                                   "from git"},
    [IGD_OP_ALTER_TYPE] = {IGD_RISK_REWRITE,
                           "copies the table under an ACCESS EXCLUSIVE lock, and the column is "
                           "filled from git"},
};

/* Characters that the column's type holds; 0: any number. */
static int64_t room(const igd_column *column)
{
    return column->key_text ? 0 : column->max_chars;
}

/* Of the same kind: all are texts to the server. */
static weight weight_of_type(const igd_op *op)
{
    const igd_column *from = &op->from->columns[op->column_from];
    const igd_column *to = &op->to->columns[op->column_to];
    if (igd_op_refills(op))
        return weights[IGD_OP_ALTER_TYPE];
    if (room(to) && (!room(from) || room(from) > room(to)))
        return (weight){IGD_RISK_REWRITE, "copies the table under an ACCESS EXCLUSIVE lock: nobody "
                                          "else can read it meanwhile"};
    if (from->key_text != to->key_text)
        return (weight){IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock; indexes of the column are made "
                                       "again, since its order changes"};
    return (weight){IGD_RISK_LOCK, "ACCESS EXCLUSIVE lock, nothing is scanned or copied"};
}

/* Of a table that was made a moment ago nobody else knows. */
static bool is_new(const igd_op *op)
{
    return op->step && (op->kind == IGD_OP_ADD_INDEX || op->kind == IGD_OP_ADD_FOREIGN_KEY);
}

void igd_pg_risk(const igd_sql_target *target IGD_UNUSED, const igd_plan *plan IGD_UNUSED,
                 igd_op *op)
{
    weight found = op->kind == IGD_OP_ALTER_TYPE ? weight_of_type(op) : weights[op->kind];
    bool renamed = op->kind == IGD_OP_RENAME_TABLE || op->kind == IGD_OP_RENAME_COLUMN;
    if (is_new(op) || !found.why)
        return;
    /* An aside column of an interrupted run: nothing of it is wanted. */
    if (op->kind == IGD_OP_DROP_COLUMN && op->part == IGD_PART_EXPAND)
        found = (weight){IGD_RISK_LOCK, "an interrupted run left it behind; ACCESS EXCLUSIVE lock, "
                                        "nothing is scanned or copied"};
    op->risk = found.risk;
    /* What speaks for a rename that was decided is more than what it costs. */
    if (!renamed || !op->why)
        op->why = found.why;
}

/* ---- what was taken ---- */

/* From the weakest to the strongest, as the server's documentation orders them. */
#define MODES                                                                                   \
    "ARRAY['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock', " \
    "'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock']"

int igd_pg_locks(igd_sql_target *target, igd_arena *mem, igd_str_list *out, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    igd_str schema = igd_str_from(it->schema);
    int rc = igd_pg_ask(it,
                        "SELECT c.relname, (" MODES ")[max(array_position(" MODES
                        ", l.mode))] FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN "
                        "pg_namespace n ON n.oid = c.relnamespace WHERE l.pid = pg_backend_pid() "
                        "AND l.locktype = 'relation' AND c.relkind IN ('r', 'p') AND n.nspname = "
                        "$1::text GROUP BY c.relname ORDER BY c.relname",
                        &schema, 1, &found, err);
    for (int n = 0; !rc && n < PQntuples(found); n++) {
        igd_str name = igd_pg_cell(found, n, 0), mode = igd_pg_cell(found, n, 1);
        IGD_CLEANUP(igd_buf)
        igd_buf words = IGD_BUF_INIT;
        /* "AccessExclusiveLock" is spoken of as ACCESS EXCLUSIVE. */
        for (size_t c = 0; c + strlen("Lock") < mode.len; c++) {
            bool upper = mode.ptr[c] >= 'A' && mode.ptr[c] <= 'Z';
            if (upper && c)
                igd_buf_byte(&words, ' ');
            igd_buf_byte(&words, (char)(upper ? mode.ptr[c] : mode.ptr[c] - 'a' + 'A'));
        }
        IGD_PUSH(mem, out,
                 igd_arena_printf(mem, "%s on %.*s", words.len ? words.ptr : "a lock",
                                  IGD_STR_ARG(name)));
    }
    return rc;
}
