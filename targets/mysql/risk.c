/*
 * What the operations are to InnoDB: which of them only change the definition, which scan or copy
 * the table, and what others can do meanwhile.
 */
#include "targets/mysql/mysql.h"

#define AT_ONCE "changes the definition alone; the metadata lock waits for open transactions"
#define COPIES \
    "copies the table under a shared lock: others can read it but not write to it meanwhile"
#define REBUILDS                                                                           \
    "rebuilds the table; others can use it meanwhile, but for an exclusive metadata lock " \
    "at both ends"

static void weigh(igd_op *op, igd_risk risk, const char *why)
{
    op->risk = risk;
    op->why = why;
}

/* What is lost stays the first thing to say. */
static void weigh_loss(igd_op *op, const char *why)
{
    op->why = why;
}

static void weigh_type(igd_op *op)
{
    if (igd_op_refills(op)) {
        op->why =
            "the column is made anew (changing the definition alone) and filled from git; the "
            "old one goes by rebuilding the table while others use it, but for an exclusive "
            "metadata lock at both ends";
        return;
    }
    const igd_column *from = &op->from->columns[op->column_from];
    const igd_column *to = &op->to->columns[op->column_to];
    bool short_before = from->max_chars > 0 && from->max_chars < 64;
    bool short_after = to->max_chars > 0 && to->max_chars < 64;
    if (igd_type_widens(from, to) && !from->key_text && !to->key_text && from->max_chars > 0 &&
        to->max_chars > 0 && short_before == short_after)
        weigh(op, IGD_RISK_SAFE, AT_ONCE);
    else
        weigh(op, IGD_RISK_REWRITE, COPIES);
}

void igd_mysql_risk(const igd_sql_target *target, const igd_plan *plan IGD_UNUSED, igd_op *op)
{
    const igd_mysql *it = (const igd_mysql *)target;
    bool fresh = op->step && (op->kind == IGD_OP_ADD_INDEX || op->kind == IGD_OP_ADD_FOREIGN_KEY);
    if (fresh || (op->kind == IGD_OP_DROP_COLUMN && op->part == IGD_PART_EXPAND))
        return;
    switch (op->kind) {
    case IGD_OP_DROP_TABLE:
        weigh_loss(op, "its rows are lost; an exclusive metadata lock waits for open transactions");
        break;
    case IGD_OP_RENAME_TABLE:
    case IGD_OP_RENAME_COLUMN:
        weigh(op, IGD_RISK_LOCK, AT_ONCE ", and queries by the old name fail");
        break;
    case IGD_OP_ADD_COLUMN:
    case IGD_OP_DROP_INDEX:
    case IGD_OP_DROP_FOREIGN_KEY:
    case IGD_OP_DROP_CHECK:
        weigh(op, IGD_RISK_SAFE, AT_ONCE);
        break;
    case IGD_OP_DROP_COLUMN:
        weigh_loss(
            op, "its values are lost; at most the table is rebuilt while others use it, but for an "
                "exclusive metadata lock at both ends");
        break;
    case IGD_OP_SET_NOT_NULL:
        weigh(op, IGD_RISK_REWRITE, REBUILDS);
        break;
    case IGD_OP_DROP_NOT_NULL:
        if (it->mariadb)
            weigh(op, IGD_RISK_SAFE, AT_ONCE);
        else
            weigh(op, IGD_RISK_REWRITE, REBUILDS);
        break;
    case IGD_OP_ADD_INDEX:
        weigh(op, IGD_RISK_LOCK,
              "reads the whole table; others can use it meanwhile, but for an exclusive metadata "
              "lock at both ends");
        break;
    case IGD_OP_ADD_FOREIGN_KEY:
    case IGD_OP_ADD_CHECK:
        weigh(op, IGD_RISK_REWRITE, COPIES);
        break;
    case IGD_OP_CHANGE_PRIMARY_KEY:
        op->why =
            "the rows are deleted and the table is rebuilt under exclusive metadata locks, and "
            "filled from git; it is empty until then";
        break;
    case IGD_OP_ALTER_TYPE:
        weigh_type(op);
        break;
    case IGD_OP_CREATE_TABLE:
    case IGD_OP_COUNT:
        break;
    }
}
