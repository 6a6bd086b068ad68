/*
 * Operations by themselves: their words, their text, their inverse.
 */
#include "base/buf.h"
#include "schema/transition.h"

const char *igd_op_word(igd_op_kind kind)
{
    static const char *const words[] = {
#define IGD_OP_WORD(name, word) [IGD_OP_##name] = (word),
        IGD_OP_KINDS(IGD_OP_WORD)
#undef IGD_OP_WORD
    };
    return words[kind];
}

const char *igd_risk_word(igd_risk risk)
{
    static const char *const words[] = {
        [IGD_RISK_SAFE] = "safe",
        [IGD_RISK_LOCK] = "lock",
        [IGD_RISK_REWRITE] = "rewrite",
        [IGD_RISK_DESTRUCTIVE] = "destructive",
    };
    return words[risk];
}

const char *igd_loss_word(igd_loss loss)
{
    switch (loss) {
    case IGD_LOSS_DROP_TABLE:
        return "drop_table";
    case IGD_LOSS_DROP_COLUMN:
        return "drop_column";
    case IGD_LOSS_NARROW:
        return "narrow";
    case IGD_LOSS_MASS_DELETE:
        return "mass_delete";
    case IGD_LOSS_HELD:
        return "held";
    case IGD_LOSS_ALL:
        return "all";
    case IGD_LOSS_NONE:
        break;
    }
    return "none";
}

igd_op igd_op_inverse(const igd_op *op)
{
    static const igd_op_kind inverses[] = {
        [IGD_OP_CREATE_TABLE] = IGD_OP_DROP_TABLE,
        [IGD_OP_DROP_TABLE] = IGD_OP_CREATE_TABLE,
        [IGD_OP_RENAME_TABLE] = IGD_OP_RENAME_TABLE,
        [IGD_OP_ADD_COLUMN] = IGD_OP_DROP_COLUMN,
        [IGD_OP_DROP_COLUMN] = IGD_OP_ADD_COLUMN,
        [IGD_OP_RENAME_COLUMN] = IGD_OP_RENAME_COLUMN,
        [IGD_OP_ALTER_TYPE] = IGD_OP_ALTER_TYPE,
        [IGD_OP_SET_NOT_NULL] = IGD_OP_DROP_NOT_NULL,
        [IGD_OP_DROP_NOT_NULL] = IGD_OP_SET_NOT_NULL,
        [IGD_OP_ADD_INDEX] = IGD_OP_DROP_INDEX,
        [IGD_OP_DROP_INDEX] = IGD_OP_ADD_INDEX,
        [IGD_OP_ADD_FOREIGN_KEY] = IGD_OP_DROP_FOREIGN_KEY,
        [IGD_OP_DROP_FOREIGN_KEY] = IGD_OP_ADD_FOREIGN_KEY,
        [IGD_OP_ADD_CHECK] = IGD_OP_DROP_CHECK,
        [IGD_OP_DROP_CHECK] = IGD_OP_ADD_CHECK,
        [IGD_OP_CHANGE_PRIMARY_KEY] = IGD_OP_CHANGE_PRIMARY_KEY,
    };
    igd_op inverse = *op;
    inverse.kind = inverses[op->kind];
    inverse.part = op->part == IGD_PART_EXPAND ? IGD_PART_CONTRACT : IGD_PART_EXPAND;
    inverse.from = op->to;
    inverse.to = op->from;
    inverse.column_from = op->column_to;
    inverse.column_to = op->column_from;
    if (op->kind == IGD_OP_RENAME_TABLE)
        inverse.table = op->to->name;
    igd_op_weigh(&inverse);
    return inverse;
}

/* ---- text ---- */

static void put_type(igd_buf *text, const igd_column *column)
{
    igd_buf_puts(text, igd_type_name(column->type));
    if (column->max_chars > 0)
        igd_buf_printf(text, "(%lld)", (long long)column->max_chars);
    else if (column->key_text)
        igd_buf_puts(text, " key");
}

static void put_columns(igd_buf *text, const igd_str_list *columns)
{
    for (size_t n = 0; n < columns->len; n++) {
        igd_buf_puts(text, n == 0 ? " (" : ", ");
        igd_buf_str(text, columns->items[n]);
    }
    igd_buf_puts(text, columns->len > 0 ? ")" : "");
}

static void put_check(igd_buf *text, const igd_check *check)
{
    switch (check->kind) {
    case IGD_CHECK_ENUM:
        igd_buf_puts(text, " (one of ");
        for (size_t n = 0; n < check->values.len; n++) {
            if (n > 0)
                igd_buf_puts(text, ", ");
            igd_value_write(&check->values.items[n], text);
        }
        igd_buf_byte(text, ')');
        break;
    case IGD_CHECK_MIN:
        igd_buf_printf(text, " (at least %.*s)", IGD_STR_ARG(check->number));
        break;
    case IGD_CHECK_MAX:
        igd_buf_printf(text, " (at most %.*s)", IGD_STR_ARG(check->number));
        break;
    case IGD_CHECK_LENGTH:
        igd_buf_printf(text, " (exactly %lld characters)", (long long)check->limit);
        break;
    case IGD_CHECK_MIN_LENGTH:
        igd_buf_printf(text, " (at least %lld characters)", (long long)check->limit);
        break;
    case IGD_CHECK_MAX_LENGTH:
        igd_buf_printf(text, " (at most %lld characters)", (long long)check->limit);
        break;
    }
}

/* What follows "<kind> <table>". A found check or index may lack what is only in its name. */
static void put_constraint(igd_buf *text, const igd_op *op)
{
    if (op->check) {
        igd_buf_printf(text, ".%.*s", IGD_STR_ARG(op->check->column));
        put_check(text, op->check);
    } else if (op->foreign_key) {
        put_columns(text, &op->foreign_key->columns);
        igd_buf_printf(text, " to %.*s", IGD_STR_ARG(op->foreign_key->ref_table));
        put_columns(text, &op->foreign_key->ref_columns);
    } else if (op->index) {
        put_columns(text, &op->index->columns);
    }
}

static void put_column(igd_buf *text, const igd_op *op)
{
    const igd_column *from = op->column_from < 0 ? NULL : &op->from->columns[op->column_from];
    const igd_column *to = op->column_to < 0 ? NULL : &op->to->columns[op->column_to];
    if (!from && !to)
        return;
    igd_buf_byte(text, '.');
    igd_buf_str(text, from ? from->name : to->name);
    if (op->kind == IGD_OP_ADD_COLUMN) {
        igd_buf_puts(text, " (");
        put_type(text, to);
        igd_buf_byte(text, ')');
    } else if (op->kind == IGD_OP_RENAME_COLUMN) {
        igd_buf_printf(text, " to %.*s", IGD_STR_ARG(to->name));
    } else if (op->kind == IGD_OP_ALTER_TYPE) {
        igd_buf_puts(text, " from ");
        put_type(text, from);
        igd_buf_puts(text, " to ");
        put_type(text, to);
    }
}

igd_str igd_op_text(const igd_op *op, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (const char *word = igd_op_word(op->kind); *word; word++)
        igd_buf_byte(&text, *word == '_' ? ' ' : *word);
    igd_buf_byte(&text, ' ');
    igd_buf_str(&text, op->table);
    put_constraint(&text, op);
    put_column(&text, op);
    if (op->kind == IGD_OP_RENAME_TABLE)
        igd_buf_printf(&text, " to %.*s", IGD_STR_ARG(op->to->name));
    return igd_arena_str(mem, igd_buf_view(&text));
}

/* ---- in parts ---- */

static igd_str type_text(const igd_table *table, ptrdiff_t column, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    if (column < 0)
        return (igd_str){0};
    put_type(&text, &table->columns[column]);
    return igd_arena_str(mem, igd_buf_view(&text));
}

/* Without the blank and the parentheses that it has in a sentence. */
static igd_str bare(const igd_buf *text, igd_arena *mem)
{
    igd_str view = igd_str_trim(igd_buf_view(text));
    if (view.len >= 2 && view.ptr[0] == '(' && view.ptr[view.len - 1] == ')')
        view = igd_str_sub(view, 1, view.len - 2);
    return igd_arena_str(mem, view);
}

static igd_op_sides describe_constraint(const igd_op *op, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf columns = IGD_BUF_INIT, what = IGD_BUF_INIT;
    igd_op_sides sides = {0};
    if (op->check) {
        igd_buf_str(&columns, op->check->column);
        put_check(&what, op->check);
    } else if (op->foreign_key) {
        put_columns(&columns, &op->foreign_key->columns);
        igd_buf_str(&what, op->foreign_key->ref_table);
        put_columns(&what, &op->foreign_key->ref_columns);
    } else {
        put_columns(&columns, &op->index->columns);
        put_columns(&what, &op->index->columns);
    }
    bool goes = op->kind == IGD_OP_DROP_CHECK || op->kind == IGD_OP_DROP_FOREIGN_KEY ||
                op->kind == IGD_OP_DROP_INDEX;
    sides.column = bare(&columns, mem);
    *(goes ? &sides.from : &sides.to) = bare(&what, mem);
    igd_buf_free(&what);
    return sides;
}

static igd_str column_name(const igd_table *table, ptrdiff_t column)
{
    return column < 0 ? (igd_str){0} : table->columns[column].name;
}

igd_op_sides igd_op_describe(const igd_op *op, igd_arena *mem)
{
    if (op->check || op->foreign_key || op->index)
        return describe_constraint(op, mem);
    igd_str from = column_name(op->from, op->column_from), to = column_name(op->to, op->column_to);
    igd_op_sides sides = {.column = from.len ? from : to};
    switch (op->kind) {
    case IGD_OP_RENAME_TABLE:
        return (igd_op_sides){.from = op->from->name, .to = op->to->name};
    case IGD_OP_RENAME_COLUMN:
        return (igd_op_sides){.column = from, .from = from, .to = to};
    case IGD_OP_ADD_COLUMN:
        sides.to = type_text(op->to, op->column_to, mem);
        break;
    case IGD_OP_DROP_COLUMN:
        sides.from = type_text(op->from, op->column_from, mem);
        break;
    case IGD_OP_ALTER_TYPE:
        sides.from = type_text(op->from, op->column_from, mem);
        sides.to = type_text(op->to, op->column_to, mem);
        break;
    case IGD_OP_CREATE_TABLE:
    case IGD_OP_DROP_TABLE:
    case IGD_OP_SET_NOT_NULL:
    case IGD_OP_DROP_NOT_NULL:
    case IGD_OP_ADD_INDEX:
    case IGD_OP_DROP_INDEX:
    case IGD_OP_ADD_FOREIGN_KEY:
    case IGD_OP_DROP_FOREIGN_KEY:
    case IGD_OP_ADD_CHECK:
    case IGD_OP_DROP_CHECK:
    case IGD_OP_CHANGE_PRIMARY_KEY:
    case IGD_OP_COUNT:
        break;
    }
    return sides;
}
