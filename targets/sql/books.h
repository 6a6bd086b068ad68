/*
 * Private to the SQL family: the bookkeeping's tables as data (docs/contract.md 2). Where each
 * column comes from is a row here, so that reading, writing and creating cannot disagree.
 */
#ifndef IGD_TARGETS_SQL_BOOKS_H
#define IGD_TARGETS_SQL_BOOKS_H

#include <stddef.h>

#include "targets/sql/sql_target.h"

typedef enum member_type { MEMBER_TEXT, MEMBER_INT, MEMBER_BOOL } member_type;

typedef struct member {
    const char *name;
    size_t offset;
    member_type type;
    bool key; /* part of the primary key or unique: of the engine's key type */
} member;

/* ingitdb_sync_conflicts */
typedef struct conflict_row {
    igd_str collection, key, commit_id, at, decision;
    igd_str base, old, now; /* JSON */
} conflict_row;

typedef struct book_table {
    const char *name;
    bool of_source; /* a column `source` in front of the members */
    const member *members;
    size_t count;
    const char *const *key;    /* columns of the primary key, or NULL */
    const char *const *unique; /* or NULL */
} book_table;

enum { BOOK_STATE, BOOK_TABLES, BOOK_HELD, BOOK_CONFLICTS, BOOK_COUNT };
#define BOOK_COLUMNS_MAX 16

extern const book_table igd_sql_books[];

void igd_sql_book_create(const igd_dialect *dialect, const book_table *book, igd_buf *sql);
/* A row of a book as values; the source goes in front where the book has it. Returns how many. */
size_t igd_sql_book_values(const book_table *book, igd_str source, const void *object,
                           igd_value *values);
/* INSERT INTO book (...) VALUES */
void igd_sql_book_insert(const igd_dialect *dialect, const book_table *book, igd_buf *sql);

#endif
