/*
 * The table of applied scripts (docs/contract.md 2): schema_migrations, or ingitdb_migrations where
 * another tool has a table of that name with other columns. Only `apply` writes it.
 */
#ifndef IGD_TARGETS_MIGRATION_H
#define IGD_TARGETS_MIGRATION_H

#include "base/str.h"

typedef struct igd_migration {
    igd_str id;      /* the run that the script names */
    igd_str version; /* the commit that it leads to */
    igd_str name;    /* of its file */
    igd_str checksum;
    igd_str applied_at, applied_by;
    int64_t execution_ms;
    igd_str
        status; /* "applied", "failed", "rolled_back"; "pending" where there is no transaction */
    igd_str rollback_checksum;
    igd_str error_message;
    igd_str source;
    /* A row that is there gets status, rollback_checksum and error_message alone. */
    bool update;
} igd_migration;

#endif
