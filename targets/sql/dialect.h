/*
 * How an SQL engine spells things: the text half of the SQL family.
 *
 * A dialect is mostly data. ddl.c and dml.c make statements of it; nothing here talks to a server
 * (that is sql_target.h).
 */
#ifndef IGD_TARGETS_SQL_DIALECT_H
#define IGD_TARGETS_SQL_DIALECT_H

#include "schema/diff.h"

typedef struct igd_dialect igd_dialect;

/* How an engine computes digests of rows (sums.c). Bytes are strings of bytes, whatever the engine
 * calls them. */
typedef struct igd_sql_hashing {
    /* Appends the canonical text of a column, as bytes; of a bool, the column. It is made in a
     * subquery, so that it is computed once. Not asked for JSON. NULL: `value` does without. */
    void (*text)(igd_kind kind, igd_str name, igd_buf *sql);
    /*
     * Appends the bytes of a value: head, length as four bytes, canonical text. `head` is in hex
     * digits; `from` is the text, where there is one, else the column. A null is whatever joining
     * leaves out.
     */
    void (*value)(igd_kind kind, igd_str head, igd_str from, igd_buf *sql);
    /* Appends a condition on a float for which its text is not certain. */
    void (*doubt)(igd_str name, igd_buf *sql);
    const char *nothing;                               /* no bytes */
    const char *join_open, *join_between, *join_close; /* bytes one after the other */
    const char *hash_open, *hash_close; /* SHA-256; the result is whatever `half` understands */
    /* Appends the first or second 64 bits of a hash as an integer, whatever its sign. */
    void (*half)(const char *hash, unsigned n, igd_buf *sql);
    const char *float_word; /* behind 32 bits: makes them a float, where floats add up faster than
                               integers; "" */
    const char *whole_open, *whole_close; /* a sum as an integer */
    const char *fence; /* behind a subquery: its expressions are not computed again outside */
} igd_sql_hashing;

struct igd_dialect {
    const char *begin_read;           /* begins a transaction that reads one moment */
    char quote;                       /* around identifiers, doubled inside */
    const char *table_suffix;         /* behind CREATE TABLE (...): " STRICT" */
    const char *text_type, *int_type; /* of the bookkeeping's columns */
    const char *text_key_type;        /* of those that are in a key */
    const char *length_function;      /* counts characters of a text */
    const char *foreign_key_suffix;   /* " DEFERRABLE INITIALLY DEFERRED" */
    const char *order_suffix;         /* behind a column of ORDER BY: makes the order memcmp's */
    const char *same;                 /* between two values: equal, or both null: " IS " */
    /* Around a text whose bytes count, whatever its collation makes of them; or NULL, where `same`
     * compares bytes in any case. */
    const char *bytes, *bytes_end;
    const char *lock_rows; /* behind a SELECT: nobody changes its rows until the end; "" where a
                              transaction that writes has the database to itself */
    bool savepoints;       /* SAVEPOINT takes a part of a transaction back, also after an error that
                              would end it: needs still_open */
    const char *drop_temporary; /* "DROP TABLE IF EXISTS " */
    /* Servers can be set to refuse tables without a key. A column that is one, for the
     * bookkeeping's that have none, and what makes one of a new table's column `n`; or NULL. */
    const char *row_number, *number_key;
    const char *clear;        /* what empties a temporary table: "TRUNCATE TABLE " */
    bool joins;               /* UPDATE t JOIN s SET, DELETE t FROM t JOIN s; else FROM, USING */
    bool folds_names;         /* names that differ in the case of ASCII letters are one name */
    bool inline_foreign_keys; /* in CREATE TABLE; else they follow by ALTER */
    bool checks_of_table;     /* named checks stand behind the columns of CREATE TABLE */
    bool ddl_commits;         /* creating a table ends the transaction: the engine's begin makes
                                 the bookkeeping's before it (igd_sql_make_books) */
    size_t identifier_bytes;  /* 0: no limit */
    /* For engines that change tables by ALTER TABLE alone: */
    const char *if_exists; /* " IF EXISTS" behind DROP, or "" where the engine lacks it */
    const char *drop_check, *drop_foreign_key; /* "DROP CONSTRAINT" */
    bool index_of_table;                       /* DROP INDEX name ON table */
    /* Appends what gives a column (after ALTER TABLE name) its type in `table`, and takes nulls or
     * not. `type`: that is what changes; else whether it takes nulls. */
    void (*modify_column)(const igd_dialect *dialect, const igd_table *table, size_t column,
                          bool not_null, bool type, igd_buf *sql);
    size_t load_parameters; /* of one INSERT of several rows while a table is filled; 0: each row is
                               a statement. Needs still_open of igd_sql_ops */

    const igd_sql_hashing *hashing; /* NULL: rows are shipped to be compared */

    /* Appends the type of a column of a table: keys and references share the engine's limit with
     * the other columns of their key. */
    void (*column_type)(const igd_table *table, size_t column, igd_buf *sql);
    /* Whether a column as it was found (by found_as) holds values of the other one as they are. */
    bool (*holds)(const igd_column *found, const igd_column *known);
    /* Appends the constraint that stands in for a type that the engine lacks (" CHECK (...)"), or
     * nothing. */
    void (*column_guard)(const igd_dialect *dialect, const igd_column *column, igd_buf *sql);
    /* Appends the value as text, exactly, on one line, and such that the engine's own client takes
     * it for what it is. For scripts and CHECK constraints only; values of rows are parameters. */
    void (*literal)(const igd_value *value, igd_buf *sql);
    /* Appends the placeholder of a parameter; they count from 1. */
    void (*parameter)(size_t number, igd_buf *sql);
    /* Appends what turns an INSERT into an insert or update: the key is the same, so it is never
     * a delete and an insert. */
    void (*upsert_tail)(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
    /* Appends what makes an INSERT leave a row alone that has the key. */
    void (*ignore_tail)(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
};

/* ---- ddl.c ---- */

void igd_sql_name(const igd_dialect *dialect, igd_str name, igd_buf *sql);
void igd_sql_names(const igd_dialect *dialect, const igd_str_list *names, igd_buf *sql);
/* 'text', quotes doubled: for literals of texts that need no more than that. */
void igd_sql_quote_text(igd_str text, igd_buf *sql);

/* What a check demands, without parentheses. */
void igd_sql_condition(const igd_dialect *dialect, const igd_check *check, igd_buf *sql);
/* CONSTRAINT name CHECK (...), CONSTRAINT name FOREIGN KEY ... */
void igd_sql_check(const igd_dialect *dialect, const igd_check *check, igd_buf *sql);
void igd_sql_foreign_key(const igd_dialect *dialect, const igd_foreign_key *key, igd_buf *sql);
/* PRIMARY KEY (...) */
void igd_sql_primary_key(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);

/* Everything but the indexes, which are made after the load. */
void igd_sql_create_table(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
void igd_sql_create_index(const igd_dialect *dialect, const igd_table *table,
                          const igd_index *index, igd_buf *sql);

/* One operation as one statement: those on tables, columns (without their NOT NULL) and indexes. */
void igd_sql_op(const igd_dialect *dialect, const igd_op *op, igd_buf *sql);

/* alter.c: any operation as the statements (without their ends) that carry it out by ALTER TABLE.
 * CHANGE_PRIMARY_KEY is the engine's own business and gives none. */
void igd_sql_statements(const igd_dialect *dialect, const igd_op *op, igd_arena *mem,
                        igd_str_list *out);

/* ---- dml.c ---- */

/* Parameters: all columns in the table's order. */
void igd_sql_insert(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
/* The same for several rows, one after the other. */
void igd_sql_insert_rows(const igd_dialect *dialect, const igd_table *table, size_t rows,
                         igd_buf *sql);
void igd_sql_upsert(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
/* Inserts unless there is a row with the key. */
void igd_sql_add(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
/* A value next to `same`: what is written in between is a value of the kind. */
void igd_sql_begin_same(const igd_dialect *dialect, igd_kind kind, igd_buf *sql);
void igd_sql_end_same(const igd_dialect *dialect, igd_kind kind, igd_buf *sql);

typedef IGD_LIST(const igd_column *) igd_sql_proof;

/* Only a row whose columns `proof` have their values still. Parameters: the columns behind the key
 * (without any: the first of the key), the key, the proof. */
void igd_sql_update_if(const igd_dialect *dialect, const igd_table *table,
                       const igd_sql_proof *proof, igd_buf *sql);
/* Parameters: the key columns. */
void igd_sql_delete(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
/* Parameters: the key, the proof. */
void igd_sql_delete_if(const igd_dialect *dialect, const igd_table *table,
                       const igd_sql_proof *proof, igd_buf *sql);
/* All columns of the rows where these have the values of the parameters; nobody else changes those
 * rows meanwhile. */
void igd_sql_select_where(const igd_dialect *dialect, const igd_table *table,
                          const igd_str_list *columns, igd_buf *sql);
/* One row when there are such rows, else none. */
void igd_sql_exists(const igd_dialect *dialect, igd_str table, const igd_str_list *columns,
                    igd_buf *sql);
/* Keys, and what they refer to, of the rows that refer to nothing by a foreign key. */
void igd_sql_dangling(const igd_dialect *dialect, const igd_table *table,
                      const igd_foreign_key *key, igd_buf *sql);
/* All columns in the table's order; those that `present` lacks are null. */
void igd_sql_select(const igd_dialect *dialect, const igd_table *table, const igd_str_list *present,
                    bool ordered, igd_buf *sql);

/* upsert_tail and ignore_tail for engines with ON CONFLICT. */
void igd_sql_on_conflict(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);
void igd_sql_do_nothing(const igd_dialect *dialect, const igd_table *table, igd_buf *sql);

#endif
