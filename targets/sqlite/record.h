/*
 * Recording a run: what it does becomes a script (up), and what undoes it another (down).
 *
 * Up is the run's own statements, with their values as literals. Down is made of what really
 * happened to rows: triggers of ours on every table, which are there while records are written,
 * tell of each row what it was and what it becomes, also when a trigger of others or a foreign key
 * changed it. That is undone from the last to the first. Tables whose definition changes are put
 * back as they were:
 *
 *   SAME     the row's change is undone
 *   ALTERED  the rows that were touched go, the rest is copied into a table of the old definition,
 *            and what was touched is inserted again as it was
 *   LOST     values are lost: the table is made anew, and all of its rows are inserted
 *   (new)    tables that the run made are dropped
 *
 * Triggers stand aside meanwhile, and definitions are those of sqlite_schema, word by word.
 */
#ifndef IGD_TARGETS_SQLITE_RECORD_H
#define IGD_TARGETS_SQLITE_RECORD_H

#include "base/spool.h"
#include "targets/sqlite/sqlite.h"

/* ---- for the folder ---- */

/* Inside the transaction, before anything is written. */
int igd_sqlite_record_begin(igd_sqlite *it, igd_error *err);
void igd_sqlite_recorder_free(igd_sqlite_recorder *r); /* NULL is fine */

/* A statement that defines something was executed. */
int igd_sqlite_record_exec(igd_sqlite_recorder *r, const char *sql, igd_error *err);
/* Before and after the operations of a part. */
int igd_sqlite_record_schema(igd_sqlite_recorder *r, igd_part part, bool before, igd_error *err);

/* Before a statement that writes rows. True: it need not be executed, only recorded; then *rows is
 * how many it would have written. Without rows: it writes any number of them. */
bool igd_sqlite_record_only(igd_sqlite_recorder *r, const char *sql, uint64_t *rows);
/* After it. */
int igd_sqlite_record_run(igd_sqlite_recorder *r, const char *sql, const igd_value *params,
                          size_t count, uint64_t rows, igd_error *err);
/* The same for one of actions.c; `follows`: it is what a foreign key does. */
int igd_sqlite_record_action(igd_sqlite_recorder *r, const char *sql, sqlite3_value *const *params,
                             bool follows, igd_error *err);

/* Everything is written, the bookkeeping too: hands the scripts over. */
int igd_sqlite_record_finish(igd_sqlite_recorder *r, igd_error *err);

/* ---- for the files of the recorder ---- */

typedef enum record_fate { RECORD_SAME, RECORD_ALTERED, RECORD_LOST } record_fate;

typedef struct record_column {
    igd_str name;
    bool generated;
} record_column;

/* The form of a table at some time. */
typedef struct record_form {
    IGD_LIST(record_column) columns;
    igd_str_list key;  /* tells rows apart for sure; empty: only the row's number does */
    const char *rowid; /* a name for that; NULL: there is none */
} record_form;

typedef struct record_object {
    igd_str type, name, table, sql;
} record_object;

typedef struct record_table {
    igd_str name; /* as it was */
    igd_str now;  /* as it is called while records are written; empty: it goes */
    igd_str sql;
    bool ours, book;
    record_fate fate;
    const igd_table_plan *plan; /* NULL: none that changes it */
    record_form form, current;
    igd_spool *rows;           /* LOST: all of them, as INSERT statements */
    const igd_table *recorded; /* by the bookkeeping; NULL: not ours, or not named in the script */
    ptrdiff_t *places;         /* of its columns in current; -1: it is not there */
} record_table;

typedef IGD_LIST(record_object) record_objects;

struct igd_sqlite_recorder {
    igd_sqlite *it;
    igd_arena *mem;
    bool keys;  /* the script has foreign keys on */
    bool blank; /* nothing of ours was there: rows of new tables need not be written here */
    bool plain, wants_up;
    bool watching; /* the triggers are there */

    IGD_LIST(record_table) tables;
    igd_map *by_name;       /* original name -> index + 1 */
    igd_map *loaded;        /* name -> rows that were not written here */
    record_objects objects; /* of sqlite_schema, as they were */
    bool checks_references; /* the check of all references works */
    int64_t dangling;       /* references to nothing that were there */

    igd_script_file *up, *down;
    igd_buf head,
        tail; /* INSERT INTO ... VALUES; what follows the rows: of the one being written */
    igd_buf rows;

    size_t columns; /* of each */

    igd_buf names;             /* "-- rows" lines that are not in the script yet */
    const record_table *named; /* the table of the last of them */
    size_t line;               /* where that begins */
    igd_buf scratch;
    sqlite3 *met; /* names that were met: */
    sqlite3_stmt *meet;
    uint64_t row_count; /* of the header */
    igd_digest row_sum;

    igd_spool *undo; /* backwards: before the definitions are put back */
    igd_spool *redo; /* backwards: after that */

    /* During one statement: */
    igd_arena *scratch_mem;
    igd_str target;         /* the table that it names */
    char kind;              /* 'i', 'u', 'd' or 0 */
    bool many;              /* all of its rows are its own, else the first that is told of */
    bool seen;              /* that one was told of: */
    igd_buf own;            /* UPDATE or DELETE as it is for that row */
    sqlite3_value **values; /* of an event that comes in parts */
    size_t value_count;
};

/* ---- record.c ---- */

/* A statement of the up script, and the rows of an INSERT that may go on. */
int igd_record_put(igd_sqlite_recorder *r, igd_str sql, igd_error *err);
int igd_record_flush(igd_sqlite_recorder *r, igd_error *err);

/* ---- record_schema.c ---- */

int igd_record_read_schema(igd_sqlite_recorder *r, igd_arena *mem, record_objects *out,
                           igd_error *err);
int igd_record_read_form(igd_sqlite_recorder *r, igd_str table, record_form *out, igd_error *err);
int igd_record_read_tables(igd_sqlite_recorder *r, const igd_plan *plan, igd_error *err);
/* After expand: tables of others whose definitions changed, and the names that all have now. */
int igd_record_look_again(igd_sqlite_recorder *r, const igd_plan *plan, igd_error *err);
/* LOST: all rows into the spools. */
int igd_record_save_rows(igd_sqlite_recorder *r, igd_error *err);
/* Names of the columns that are written, and of the number of the row where it is needed. */
void igd_record_columns(const record_form *form, igd_buf *sql);
/* The table of that name now, of those that were there. */
record_table *igd_record_table(const igd_sqlite_recorder *r, igd_str name);
/* The name that a column of table->current had. */
igd_str igd_record_old_column(const record_table *table, igd_str column);

/* ---- record_rows.c ---- */

/* All tables, or those of the bookkeeping alone, which is written last. */
int igd_record_watch(igd_sqlite_recorder *r, bool books, igd_error *err);
int igd_record_unwatch(igd_sqlite_recorder *r, igd_error *err);
int igd_record_make_function(igd_sqlite_recorder *r, igd_error *err);

/* ---- record_names.c ---- */

/* Which tables have rows that are named, and where their columns are. */
int igd_record_name_tables(igd_sqlite_recorder *r, igd_error *err);
/* The statement that runs touches this row; values by table->current, of before or, for an 'i', of
 * after. */
int igd_record_name_row(igd_sqlite_recorder *r, const record_table *table, char kind,
                        sqlite3_value **values, igd_error *err);
/* Whether nothing of that name was met before. */
int igd_record_first(igd_sqlite_recorder *r, char kind, igd_str name, bool *first, igd_error *err);

/* ---- record_down.c ---- */

int igd_record_write_down(igd_sqlite_recorder *r, igd_error *err);

/* ---- record_text.c ---- */

void igd_record_value(sqlite3_value *value, igd_buf *sql);
void igd_record_param(const igd_sqlite_recorder *r, const igd_value *value, bool book,
                      igd_buf *sql);
void igd_record_text(igd_str text, igd_buf *sql); /* a literal */
/* Begin, guard and end of both scripts. */
int igd_record_prologue(igd_sqlite_recorder *r, igd_script_file *file, bool keys, igd_error *err);
int igd_record_up_begin(igd_sqlite_recorder *r, igd_error *err);
int igd_record_up_end(igd_sqlite_recorder *r, igd_error *err);
void igd_record_guard(const igd_sqlite_recorder *r, igd_buf *sql, igd_str what, igd_str condition);
void igd_record_check_references(const igd_sqlite_recorder *r, bool first, igd_buf *sql);

#endif
