/*
 * The difference between two schemas as typed operations, each with its risk, the reason for it,
 * and its inverse.
 *
 * The two sides are tables as recorded (what was created) or as found, and as desired. Columns,
 * checks, foreign keys and indexes are matched by name, columns also by a rename that was decided
 * (igd_column.renamed); what only the `from` side of a *found*
 * table has and nobody recorded must be left out of it by the caller (it is foreign and stays).
 *
 * Operations belong to the parts of docs/architecture.md ("One spine"):
 *   expand    before the records: create tables, add nullable columns, drop constraints and indexes
 *             that go, drop NOT NULL, widen types, rename
 *   contract  after the records: SET NOT NULL, add checks, foreign keys and indexes, narrow types,
 *             drop columns and tables
 *
 * Each is one statement to most engines, and they come in an order in which each can be executed:
 *   CREATE_TABLE        columns, primary key and checks; its indexes and foreign keys follow in
 *                       contract, so that tables of a cycle can be created and are filled fast
 *   DROP_TABLE          its foreign keys and indexes have gone in expand
 *   ADD_COLUMN          nullable; SET_NOT_NULL follows in contract
 *   DROP_COLUMN         nullable by then, and without constraints. In expand: of a column that an
 *                       interrupted run left aside
 *   SET_NOT_NULL        of a column by its name in `to`
 *   DROP_NOT_NULL       of a column by its name in `from`
 *   ALTER_TYPE          of the same kind: in expand when it widens, in contract when it narrows.
 *                       To another kind it is there twice. In expand the column, nullable by then,
 *                       steps aside under igd_aside_name() and a new nullable one takes its name,
 *                       to be filled from git; in contract the old one is dropped
 *   CHANGE_PRIMARY_KEY  the rows cannot be addressed by the new key: the table is made anew, as by
 *                       CREATE_TABLE, and filled from git. A key column that only changes its name
 *                       is RENAME_COLUMN
 */
#ifndef IGD_SCHEMA_DIFF_H
#define IGD_SCHEMA_DIFF_H

#include "schema/table.h"

/* X(name, word in reports): docs/contract.md 5. */
#define IGD_OP_KINDS(X)                     \
    X(CREATE_TABLE, "create_table")         \
    X(DROP_TABLE, "drop_table")             \
    X(RENAME_TABLE, "rename_table")         \
    X(ADD_COLUMN, "add_column")             \
    X(DROP_COLUMN, "drop_column")           \
    X(RENAME_COLUMN, "rename_column")       \
    X(ALTER_TYPE, "alter_type")             \
    X(SET_NOT_NULL, "set_not_null")         \
    X(DROP_NOT_NULL, "drop_not_null")       \
    X(ADD_INDEX, "add_index")               \
    X(DROP_INDEX, "drop_index")             \
    X(ADD_FOREIGN_KEY, "add_foreign_key")   \
    X(DROP_FOREIGN_KEY, "drop_foreign_key") \
    X(ADD_CHECK, "add_check")               \
    X(DROP_CHECK, "drop_check")             \
    X(CHANGE_PRIMARY_KEY, "change_primary_key")

typedef enum igd_op_kind {
#define IGD_OP_ENUM(name, word) IGD_OP_##name,
    IGD_OP_KINDS(IGD_OP_ENUM)
#undef IGD_OP_ENUM
        IGD_OP_COUNT
} igd_op_kind;

typedef enum igd_risk {
    IGD_RISK_SAFE,
    IGD_RISK_LOCK,        /* blocks others while it scans or takes a strong lock */
    IGD_RISK_REWRITE,     /* copies the table */
    IGD_RISK_DESTRUCTIVE, /* data of the target is lost */
} igd_risk;

/* What --allow-destructive has to name. */
typedef enum igd_loss {
    IGD_LOSS_NONE = 0,
    IGD_LOSS_DROP_TABLE = 1,
    IGD_LOSS_DROP_COLUMN = 2,
    IGD_LOSS_NARROW = 4,
    IGD_LOSS_MASS_DELETE = 8,
    IGD_LOSS_HELD = 16,
    IGD_LOSS_ALL = 31,
} igd_loss;

typedef enum igd_part { IGD_PART_EXPAND, IGD_PART_CONTRACT } igd_part;

/*
 * One operation. Of from/to, the sides that the kind has: CREATE_TABLE has to only, DROP_TABLE from
 * only, the rest both. column_from / column_to are indexes in them, or -1. What lies between expand
 * and contract (schema/plan.h) is a side too: ADD_COLUMN's `to` has the column as it is added.
 */
typedef struct igd_op {
    igd_op_kind kind;
    igd_part part;
    bool step;     /* belongs to another operation, which reports show in its place */
    igd_str table; /* the table's name when it is executed */
    const igd_table *from, *to;
    ptrdiff_t column_from, column_to;
    const igd_check *check;
    const igd_foreign_key *foreign_key;
    const igd_index *index;
    igd_risk risk; /* in general; an engine may know better (targets/target.h, risk) */
    igd_loss loss;
    const char *why; /* reason of the risk, of a rename that was decided what speaks for it: lower
                        case, no full stop */
} igd_op;

typedef IGD_LIST(igd_op) igd_op_list;

/* Operations from one table to another version of it; NULL for a table that is not there. */
void igd_table_diff(const igd_table *from, const igd_table *to, igd_arena *mem, igd_op_list *out);

/* The operation that undoes it (the data that it lost aside), in the other part: undone are the
 * operations from the last to the first. */
igd_op igd_op_inverse(const igd_op *op);

const char *igd_op_word(igd_op_kind kind);
const char *igd_risk_word(igd_risk risk);
const char *igd_loss_word(igd_loss loss); /* of a single bit: "drop_table", ... */

/* "add column orders.note (string)": for reports and messages. */
igd_str igd_op_text(const igd_op *op, igd_arena *mem);

/* What an operation is about, in parts: the column or columns, and what stands on either side
 * (types, names, columns, the bounds of a check). Empty where there is nothing to say. */
typedef struct igd_op_sides {
    igd_str column, from, to;
} igd_op_sides;

igd_op_sides igd_op_describe(const igd_op *op, igd_arena *mem);

/* ALTER_TYPE to another kind. */
bool igd_op_refills(const igd_op *op);

/* A change that keeps the kind and loses no value: a longer or no limit of a string. What the
 * reader checks inside JSON (shape, element) never changes what is stored. */
bool igd_type_widens(const igd_column *from, const igd_column *to);

/* Where a column stands between expand and contract when its type changes: "ingitdb_old_<name>",
 * cut like every identifier. */
igd_str igd_aside_name(igd_str column, size_t identifier_bytes, igd_arena *mem);

/* Of a column that is found before a run: one that an interrupted run left behind. It has nothing
 * that is wanted, and goes first. */
bool igd_is_aside_name(igd_str name);

#endif
