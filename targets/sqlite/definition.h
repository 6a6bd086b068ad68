/*
 * CREATE TABLE texts of sqlite_schema, taken apart and put together again.
 *
 * SQLite keeps what was written and tells only a part of it by pragmas: names of constraints,
 * CHECKs and generated columns are in the text alone. A rebuild edits the text that is there, so
 * that whatever others added survives without being understood.
 */
#ifndef IGD_TARGETS_SQLITE_DEFINITION_H
#define IGD_TARGETS_SQLITE_DEFINITION_H

#include "schema/diff.h"

typedef enum igd_clause_kind {
    IGD_CLAUSE_PRIMARY_KEY,
    IGD_CLAUSE_NOT_NULL,
    IGD_CLAUSE_NULL,
    IGD_CLAUSE_UNIQUE,
    IGD_CLAUSE_CHECK,
    IGD_CLAUSE_DEFAULT,
    IGD_CLAUSE_COLLATE,
    IGD_CLAUSE_REFERENCES, /* on a column, or FOREIGN KEY */
    IGD_CLAUSE_GENERATED,
    IGD_CLAUSE_OTHER,
} igd_clause_kind;

typedef struct igd_clause {
    igd_clause_kind kind;
    igd_str name; /* of CONSTRAINT name; ptr is NULL without */
    igd_str text; /* all of it, CONSTRAINT name included */
    igd_str body; /* CHECK: what is in the parentheses, and these */
} igd_clause;

typedef IGD_LIST(igd_clause) igd_clause_list;

typedef struct igd_column_text {
    igd_str name; /* without quotes */
    igd_str type; /* as written */
    igd_clause_list clauses;
    bool added;     /* by an edit */
    igd_str values; /* added: the column that it gets its values from, or empty */
} igd_column_text;

typedef struct igd_definition {
    IGD_LIST(igd_column_text) columns;
    igd_clause_list clauses; /* of the table */
    igd_str options;         /* "STRICT", "WITHOUT ROWID" */
} igd_definition;

/* NULL, or why the text cannot be understood (static). Views of the text. */
const char *igd_definition_parse(igd_str sql, igd_arena *mem, igd_definition *out);

/* CREATE TABLE of that name. */
void igd_definition_write(const igd_definition *definition, igd_str name, igd_buf *sql);

/* Index, or -1; without case. */
ptrdiff_t igd_definition_column(const igd_definition *definition, igd_str name);
bool igd_definition_is_generated(const igd_column_text *column);

/* ---- definition_edit.c ---- */

/* Makes the change that an operation says; kinds that ALTER TABLE and CREATE INDEX do are left
 * alone, but for DROP_COLUMN. What is already so is fine. ALTER_TYPE to another kind puts an empty
 * column in the place of the old one, and its values into one that is named aside. */
void igd_definition_edit(igd_definition *definition, const igd_op *op, igd_arena *mem);

/* Puts the columns and constraints of `with` in the place of those of `from`; others' stay. */
void igd_definition_replace(igd_definition *definition, const igd_table *from,
                            const igd_definition *with, igd_arena *mem);

#endif
