/*
 * What a database holds, as the driver contract tells it: the same words for every engine.
 */
#ifndef IGD_TESTS_NEUTRAL_H
#define IGD_TESTS_NEUTRAL_H

#include "base/map.h"
#include "targets/target.h"

/* A database of a test, open to be read. What it has of our tables, by name. */
typedef struct neutral {
    igd_arena *mem;
    igd_target *target;
    igd_state state;
    igd_schema schema; /* `collection` is set, too */
} neutral;

/* Aborts with the driver's message when something fails, as all of these do. */
neutral neutral_open(const char *path);
void neutral_close(neutral *db);

/* Every row of a table (by its own layout), in the order of the scan. */
typedef void neutral_row(const igd_table *table, const igd_value *row, void *payload);
void neutral_scan(const neutral *db, const igd_table *table, neutral_row *callback, void *payload);

/* "collection|[\"key\"]": which row it is. */
igd_str neutral_row_name(const igd_table *table, const igd_value *row, igd_arena *mem);

/* Adds the keys of ingitdb_sync_held by these names. */
void neutral_held_keys(const neutral *db, igd_map *out);

/* db_dump (tests/support/db_dump.h), without the rows that `aside` (may be NULL) has the names of.
 */
char *neutral_dump(const char *path, int state, const igd_map *aside);

/* The rows alone: "collection|key" -> JSON object of the columns that are not null. Free the map;
 * texts are in mem. */
igd_map *neutral_rows(const char *path, igd_arena *mem);

/* The same as text, sorted by table and key; nothing in it is an engine's. free() it. */
char *neutral_export(const char *path);

#endif
