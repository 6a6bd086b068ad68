/*
 * What a database of a test holds (tests/support/database.h), as text that does not depend on
 * physical order: two databases with the same schema and rows give the same text. For the laws.
 */
#ifndef IGD_TESTS_DB_DUMP_H
#define IGD_TESTS_DB_DUMP_H

/*
 * Tables (without the bookkeeping's), each with its columns by name (type, NOT NULL, place in the
 * key), named checks, foreign keys and indexes by name, and rows by key with columns by name. With
 * `state`, also what the bookkeeping says of the collections: commit, count, digest. free() it.
 */
char *db_dump(const char *path, int state);

/* The first column of the first row of a query, as text ("" for NULL or no row); what engines spell
 * differently are words (tests/support/engine.h). free() it. */
char *db_query(const char *path, const char *sql);

/* Runs statements; aborts with the engine's message when one fails. */
void db_exec(const char *path, const char *sql);

/* Fails the test, showing the first line that differs. */
void db_assert_equal(const char *left, const char *right, const char *what);

#endif
