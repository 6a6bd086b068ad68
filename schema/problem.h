/*
 * Problems: what is wrong with a source, collected and reported together (never thrown).
 */
#ifndef IGD_SCHEMA_PROBLEM_H
#define IGD_SCHEMA_PROBLEM_H

#include "base/error.h"
#include "base/list.h"

typedef enum igd_severity {
    IGD_PROBLEM_SCHEMA,  /* a definition cannot be used: exit 3 whatever --on-invalid says */
    IGD_PROBLEM_INVALID, /* an invalid record (docs/contract.md 1.2) */
    IGD_PROBLEM_WARNING,
} igd_severity;

typedef struct igd_problem {
    igd_severity severity;
    const char *code; /* static: "parse", "type", "required", "reference", ... (docs/format.md) */
    igd_str path;     /* in the repository, from its top */
    uint32_t line, column;
    igd_str collection;
    igd_str key;         /* ancestors and key joined with '/' */
    igd_str key_json;    /* the same as a JSON array, for the bookkeeping; empty for a whole file */
    igd_str parent_json; /* without a key: the ancestors' keys as a JSON array, or empty: it is
                            about all records of the collection below that parent */
    igd_str field;
    igd_str reason;    /* lower case, no full stop */
    igd_str hint;      /* may be empty */
    igd_str caused_by; /* "<collection>/<key>" of the record that is at the root of it, or empty */
} igd_problem;

/* Lives in one arena; one thread at a time. Texts of added problems are copied into it. */
typedef struct igd_problems {
    igd_arena *mem;
    igd_problem *items;
    size_t len, cap;
    size_t schema_errors, invalid, warnings;
} igd_problems;

#define IGD_PROBLEMS_INIT(arena) ((igd_problems){.mem = (arena)})

void igd_problem_add(igd_problems *problems, const igd_problem *problem);

/* Number of distinct records (or files, where no record is named) that are invalid. */
size_t igd_problems_records(const igd_problems *problems);

/* Moves copies of all items of `from` behind those of `to`. */
void igd_problems_append(igd_problems *to, const igd_problems *from);

/* With --strict, warnings of the reader count as errors: makes warnings about definitions schema
 * errors and warnings about records invalid records (those with a key). */
void igd_problems_make_strict(igd_problems *problems, size_t from);

#endif
