/*
 * Where the databases of a test are. A test names them by paths of files; with IGD_LAW_TARGET
 * (postgres, mariadb, mysql) each path stands for a database of its own on that engine's server
 * (tests/servers), which is made when it is first used and dropped when the program ends.
 */
#ifndef IGD_TESTS_DATABASE_H
#define IGD_TESTS_DATABASE_H

#include <stdbool.h>

#include "tests/support/engine.h"

/* The engine that the tests run on; SQLite unless IGD_LAW_TARGET names another one. */
const engine *database_engine(void);
bool database_is_file(void);
/* From here on it is another one, for tests that go from engine to engine: no paths that were used
 * before are used again. */
void database_use(const char *engine);

/* Ends the program with 77 when there is no server of the engine. For main(). */
void database_need_engine(void);

/* How often a test repeats something that it usually repeats that often: less on a server, where
 * each takes longer and which are several, unless $IGD_LAW_FULL is set. */
unsigned database_rounds(unsigned usual);

/* The target's URL for the program and for drivers; on a server it is there then. free() it. */
char *database_url(const char *path);

/* Whether there is a file, or a database that has been used. */
bool database_exists(const char *path);

/* Afterwards there is none, and nothing beside it. */
void database_remove(const char *path);

/* Drops those of a directory that goes: temp_dir_free does it. */
void database_remove_below(const char *directory);

/* `to` holds what `from` holds. */
void database_copy(const char *from, const char *to);

/* Runs statements, words and all (tests/support/engine.h). What is wrong, or NULL; free() it.
 * SQLite has foreign keys when it is told so; servers always have. */
char *database_try(const char *path, const char *sql, bool foreign_keys);

#endif
