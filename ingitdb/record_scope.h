/*
 * The record that is being read, as its problems name it: file, collection, key. Private to the
 * reading of records.
 */
#ifndef IGD_INGITDB_RECORD_SCOPE_H
#define IGD_INGITDB_RECORD_SCOPE_H

#include "ingitdb/node.h"
#include "schema/problem.h"
#include "schema/row.h"

typedef struct igd_record_scope {
    const igd_table *table;
    igd_str path;
    igd_arena *mem; /* of messages, until they are copied into the problems */
    igd_problems *problems;
    const igd_str *ancestors; /* keys of the file's parent records; NULL: none */

    /* Of one record. */
    const igd_value *row; /* its key columns are set when key_known; else NULL is fine */
    bool key_known;
    bool invalid; /* something is wrong with it */
    igd_str key_text, key_json;
    uint32_t line, column;
} igd_record_scope;

/* The next record begins: nothing is known of it but its place. */
void igd_record_scope_start(igd_record_scope *scope, uint32_t line, uint32_t column);

/* From now on problems carry the key of this row. */
void igd_record_scope_set_key(igd_record_scope *scope, const igd_value *row);

typedef struct igd_record_issue {
    const char *code;      /* static, as igd_problem.code */
    uint32_t line, column; /* 0: where the record starts */
    igd_str field;         /* may be empty, as hint */
    igd_str hint;
} igd_record_issue;

/* Makes the record invalid. */
void igd_record_invalid(igd_record_scope *scope, const igd_record_issue *issue, const char *format,
                        ...) IGD_PRINTF(3, 4);
void igd_record_warn(igd_record_scope *scope, const igd_record_issue *issue, const char *format,
                     ...) IGD_PRINTF(3, 4);

/* A text of the source, fit for a message: cut when it is long, without control bytes. */
igd_str igd_record_excerpt(igd_str text, igd_arena *mem);

#endif
