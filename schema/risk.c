/*
 * What an operation can do to a database in use, and what of its data it loses.
 */
#include "schema/transition.h"

typedef struct weight {
    igd_risk risk;
    igd_loss loss;
    const char *why;
} weight;

static const weight weights[] = {
    [IGD_OP_CREATE_TABLE] = {IGD_RISK_SAFE, IGD_LOSS_NONE, "the table is new"},
    [IGD_OP_DROP_TABLE] = {IGD_RISK_DESTRUCTIVE, IGD_LOSS_DROP_TABLE, "its rows are lost"},
    [IGD_OP_RENAME_TABLE] = {IGD_RISK_LOCK, IGD_LOSS_NONE,
                             "locks the table for a moment, and queries by the old name fail"},
    [IGD_OP_ADD_COLUMN] = {IGD_RISK_SAFE, IGD_LOSS_NONE, "the column can be null at first"},
    [IGD_OP_DROP_COLUMN] = {IGD_RISK_DESTRUCTIVE, IGD_LOSS_DROP_COLUMN, "its values are lost"},
    [IGD_OP_RENAME_COLUMN] = {IGD_RISK_LOCK, IGD_LOSS_NONE,
                              "locks the table for a moment, and queries by the old name fail"},
    [IGD_OP_SET_NOT_NULL] = {IGD_RISK_LOCK, IGD_LOSS_NONE, "scans the table"},
    [IGD_OP_DROP_NOT_NULL] = {IGD_RISK_SAFE, IGD_LOSS_NONE, "every row stays valid"},
    [IGD_OP_ADD_INDEX] = {IGD_RISK_LOCK, IGD_LOSS_NONE, "blocks writes while it is built"},
    [IGD_OP_DROP_INDEX] = {IGD_RISK_SAFE, IGD_LOSS_NONE, "no row changes"},
    [IGD_OP_ADD_FOREIGN_KEY] = {IGD_RISK_LOCK, IGD_LOSS_NONE, "scans the table"},
    [IGD_OP_DROP_FOREIGN_KEY] = {IGD_RISK_SAFE, IGD_LOSS_NONE, "every row stays valid"},
    [IGD_OP_ADD_CHECK] = {IGD_RISK_LOCK, IGD_LOSS_NONE, "scans the table"},
    [IGD_OP_DROP_CHECK] = {IGD_RISK_SAFE, IGD_LOSS_NONE, "every row stays valid"},
    [IGD_OP_CHANGE_PRIMARY_KEY] = {IGD_RISK_REWRITE, IGD_LOSS_NARROW,
                                   "the table is made anew and filled from git"},
};

static weight weight_of_type(const igd_op *op)
{
    if (igd_op_refills(op))
        return (weight){IGD_RISK_REWRITE, IGD_LOSS_NARROW,
                        "the column is made anew and filled from git"};
    const igd_column *from = &op->from->columns[op->column_from];
    const igd_column *to = &op->to->columns[op->column_to];
    if (igd_type_widens(from, to))
        return (weight){IGD_RISK_SAFE, IGD_LOSS_NONE, "every value fits the new type"};
    /* That the column becomes a reference takes no value away. */
    bool shorter = to->max_chars > 0 && (from->max_chars == 0 || from->max_chars > to->max_chars);
    return (weight){IGD_RISK_LOCK, shorter ? IGD_LOSS_NARROW : IGD_LOSS_NONE, "scans the table"};
}

void igd_op_weigh(igd_op *op)
{
    weight found = op->kind == IGD_OP_ALTER_TYPE ? weight_of_type(op) : weights[op->kind];
    /* An index or a foreign key that is a step belongs to a table that was created a moment ago. */
    if (op->step && (op->kind == IGD_OP_ADD_INDEX || op->kind == IGD_OP_ADD_FOREIGN_KEY))
        found = weights[IGD_OP_CREATE_TABLE];
    /* What it held is in the column that took its place, or comes from git again. */
    if (op->kind == IGD_OP_DROP_COLUMN && op->part == IGD_PART_EXPAND)
        found = (weight){IGD_RISK_REWRITE, IGD_LOSS_NONE, "an interrupted run left it behind"};
    op->risk = found.risk;
    op->loss = found.loss;
    op->why = found.why;
}

bool igd_op_refills(const igd_op *op)
{
    return op->kind == IGD_OP_ALTER_TYPE &&
           op->from->columns[op->column_from].type.kind != op->to->columns[op->column_to].type.kind;
}
