/*
 * Database servers for tests: what another program does to a database there, through the engine's
 * own client library. The server is the one that an environment variable names (tests/servers).
 *
 * SQL of tests is standard, names in double quotes where they need any. What engines spell
 * differently is a word of the engine: "CREATE TABLE mine (r $key)", "SELECT $list(id) FROM t". A
 * word may have arguments, separated by ';'; its text names them #1, #2, #3. "$$" is a dollar.
 */
#ifndef IGD_TESTS_ENGINE_H
#define IGD_TESTS_ENGINE_H

#include <stdbool.h>

typedef struct engine_word {
    const char *name, *text;
} engine_word;

/* Keys of a store. */
typedef enum engine_keys {
    ENGINE_RECORDS, /* without what stands before all of them */
    ENGINE_BOOKS,   /* of the bookkeeping, likewise */
    ENGINE_ALL,     /* both, but for the history of scripts */
} engine_keys;

typedef struct engine {
    const char *name;         /* as in IGD_LAW_TARGET: "postgres" */
    const char *variable;     /* the URL of a user who may do everything */
    const engine_word *words; /* up to one without a name; */
    const engine_word *more;  /* those that are not there are here; or NULL */
    /* These return what is wrong, to be freed, or NULL. */
    /* Runs statements in one session. The first value of the first row of the one that has any goes
     * to *value, NULL for no row and for null; value itself may be NULL. */
    char *(*run)(const char *url, const char *sql, char **value);
    /* Makes the database that a URL of engine_url names. */
    char *(*create)(const char *url);
    /* Drops it, whoever is connected to it; it need not be there. */
    char *(*drop)(const char *url);
    /* Makes it, with what another one holds. */
    char *(*copy)(const char *from, const char *url);
    const char *before; /* stands before a database's name in the path of a URL; or NULL */
    /* A store without SQL: keys with their values, a line each. NULL otherwise. free() it. */
    char *(*dump)(const char *url, engine_keys which);
    /* Of such a store: any key, named in full, with a text; and its text, to be freed, or NULL. */
    void (*put)(const char *url, const char *key, const char *text);
    char *(*get)(const char *url, const char *key);
    char separator; /* of the parts of its keys */
} engine;

/* SQLite has words, and nothing else: its databases are files. */
extern const engine engine_sqlite, engine_postgres, engine_mariadb, engine_mysql, engine_etcd,
    engine_etcd_cluster, engine_redis, engine_redis_cluster, engine_consul;

/* By its name; NULL. */
const engine *engine_named(const char *name);

/* The URL of a database that need not be there, at the engine's server; NULL when the variable is
 * not set. free() it. */
char *engine_url(const engine *e, const char *database);

/* The name of the database in such a URL. free() it. */
char *engine_database(const char *url);

/* The URL for a client library: without what only our drivers know. free() it. */
char *engine_client_url(const char *url);

/* A name in double quotes, of any bytes. free() it. */
char *engine_quoted(const char *name);

/* Replaces words. Aborts, saying which, when one is in none of the lists (each up to one without a
 * name, or NULL). free() it. */
char *engine_words(const char *sql, const engine_word *const *lists, int count);

/* The name under which a dump shows a key, which comes without the prefix, or NULL: it does not.
 * `own` begins those of the bookkeeping: ".ingitdb/". */
const char *engine_shown(const char *name, const char *own, engine_keys which);

#endif
