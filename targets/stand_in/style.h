/*
 * What a script of an engine is made of, besides the statements that its dialect makes: for engines
 * of the SQL family whose runs are recorded on a stand-in (stand_in.h).
 *
 * A script is one transaction where the engine has schema changes in transactions. Where it has
 * not, each of these is committed at once: then `step` sees to it that a script that was stopped
 * somewhere goes on from there when it is run again.
 */
#ifndef IGD_TARGETS_STAND_IN_STYLE_H
#define IGD_TARGETS_STAND_IN_STYLE_H

#include "targets/sql/sql_target.h"

/* A statement, as an expression whose value is its text, and the condition that its effect is there
 * (empty: it can be done again). */
typedef struct igd_script_step {
    igd_str statement, done;
} igd_script_step;

typedef IGD_LIST(igd_script_step) igd_script_step_list;

typedef struct igd_script_style {
    const char *now; /* an expression: the time of the script, as text (RFC 3339, UTC); always the
                        same in one script */
    const char *before_contract; /* a statement between records and contract; NULL: none needed */
    const char *start;           /* begins the transaction, where `begin` has not */
    const char *end;             /* behind everything */
    const char *checks_off, *checks_on; /* of references, where they do not wait for the end; "" */
    const char *drop_table;             /* "DROP TABLE IF EXISTS " */
    bool joins_values;                  /* UPDATE t SET ... FROM (VALUES ...) v, with casts by :: */
    const char *with_foreign; /* behind the columns of an INSERT that fills others' columns, too */

    /* Appends what stands before everything else: lines for the client, settings of the session,
     * the beginning of the transaction. `target`: the real one, which knows where it is. */
    void (*begin)(const igd_sql_target *target, igd_buf *sql);
    /* Appends a statement that fails with `what` unless the condition holds. */
    void (*guard)(const igd_dialect *dialect, igd_str what, igd_str condition, igd_buf *sql);
    /* Appends the condition that no table outside of the plan refers to one of its; only next to
     * checks_off. */
    void (*unreferred)(const igd_plan *plan, igd_buf *sql);
    /* Appends what keeps other runs and scripts from writing meanwhile. */
    void (*lock)(const igd_dialect *dialect, igd_str source, igd_buf *sql);
    /* What others added to a table, as statements: columns, and what is added when its rows are
     * there; where the engine drops it together with a column, with the condition that it is. */
    int (*others)(const igd_sql_target *target, const igd_table *table, igd_arena *mem,
                  igd_str_list *columns, igd_script_step_list *rest, igd_error *err);
    /* The statements of an operation that the driver carries out otherwise than the family
     * (igd_sql_statements); false: there is no difference. */
    bool (*statements)(const igd_sql_target *target, const igd_op *op, igd_arena *mem,
                       igd_str_list *out);
    /* Appends a table's name such that it is found behind the transaction, too. */
    void (*place)(const igd_sql_target *target, igd_str table, igd_buf *sql);

    /* ---- where schema changes are committed at once; else NULL ---- */

    /* "SELECT ... WHERE ": of the source's row, takes the number of steps that are done out of
     * last_error, which says "a script stopped behind step N: ...". */
    const char *counted;
    /* Appends the condition that there is no such table. */
    void (*absent)(const igd_sql_target *target, igd_str table, igd_arena *mem, igd_buf *sql);
    void (*steps)(const igd_sql_target *target, const igd_op *op, igd_arena *mem,
                  igd_script_step_list *out);
    /* Appends the statements that do it. */
    void (*put_plain)(const igd_script_step *step, igd_buf *sql);
    /* The same, unless it is done; `ours`: the state is this script's. */
    void (*put_step)(const igd_dialect *dialect, const igd_script_step *step, size_t number,
                     igd_str ours, igd_buf *sql);
} igd_script_style;

#endif
