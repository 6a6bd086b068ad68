/*
 * What a database at a server holds, as text: definitions and rows, in an order of our own,
 * whatever the order of columns is. And what somebody else may do to it.
 */
#ifndef IGD_TESTS_SERVER_DUMP_H
#define IGD_TESTS_SERVER_DUMP_H

#include "tests/support/engine.h"

typedef enum server_dump_books {
    DUMP_TABLES,          /* without the bookkeeping */
    DUMP_BOOKS_BUT_TIMES, /* with it, without when the run was */
    DUMP_BOOKS,
} server_dump_books;

/* NULL, or what is wrong, to be freed; *out is the caller's. */
char *server_dump(const engine *e, const char *url, server_dump_books books, char **out);

/* A command that runs a script in the engine's own client. free() it. */
char *server_client(const engine *e, const char *url, const char *script);

/* A statement that changes something in a table of the target, by chance; NULL when there is none.
 * free() it. */
char *server_edit(const engine *e, const char *url, unsigned chance);

#endif
