/*
 * The bookkeeping as data: which tables there are (docs/contract.md 2), and where each column is in
 * the structs of targets/state.h. Whoever creates, reads and writes them goes by it, so that no two
 * can disagree; in a key-value store a row is a JSON object of the same members.
 *
 * Texts that are empty are null.
 */
#ifndef IGD_TARGETS_BOOKS_H
#define IGD_TARGETS_BOOKS_H

#include "targets/conflict.h"
#include "targets/state.h"

typedef enum igd_member_type { IGD_MEMBER_TEXT, IGD_MEMBER_INT, IGD_MEMBER_BOOL } igd_member_type;

typedef struct igd_book_member {
    const char *name;
    size_t offset;
    igd_member_type type;
    bool key; /* part of the primary key or unique */
} igd_book_member;

/* ingitdb_sync_conflicts */
typedef struct igd_conflict_row {
    igd_str collection, key, commit_id, at, decision;
    igd_str base, old, now; /* JSON */
} igd_conflict_row;

typedef struct igd_book {
    const char *name;
    bool of_source; /* a column `source` in front of the members */
    const igd_book_member *members;
    size_t count;
    const char *const *key;    /* columns of the primary key, or NULL */
    const char *const *unique; /* or NULL */
} igd_book;

/* igd_source_state, igd_table_state, igd_held_state, igd_conflict_row. */
enum { IGD_BOOK_STATE, IGD_BOOK_TABLES, IGD_BOOK_HELD, IGD_BOOK_CONFLICTS, IGD_BOOK_COUNT };
extern const igd_book igd_books[IGD_BOOK_COUNT];

#define IGD_BOOK_COLUMNS_MAX 16

/* A row as values, the source in front where the book has it; returns how many there are. */
size_t igd_book_values(const igd_book *book, igd_str source, const void *object,
                       igd_value values[IGD_BOOK_COLUMNS_MAX]);
/* The members of a row (without the source) into an object; texts are copied to mem. */
void igd_book_fill(const igd_book *book, const igd_value *members, igd_arena *mem, void *object);

/* What is recorded of a conflict. */
igd_conflict_row igd_conflict_row_of(const igd_conflict *conflict,
                                     const igd_conflict_policy *policy);

#endif
