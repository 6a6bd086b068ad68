/*
 * The driver contract: what the spine knows of a database.
 *
 * A driver is one `const` struct of functions, capability bits and limits. An open target embeds
 * igd_target as its first member. Everything that differs between engines is said by bits, limits
 * or functions of this contract; src/sync never asks which engine it talks to.
 *
 * The order of calls in a writing run:
 *     open, lock, state_read, begin, schema_apply(EXPAND), { load | apply }*,
 *     schema_apply(CONTRACT), commit | rollback, unlock, close
 * and in a reading one: open (read only), state_read, holder, scan, close.
 *
 * Rules:
 * - One thread at a time uses a target.
 * - begin re-reads the state inside the transaction. When it is not what the caller read (another
 *   run committed meanwhile, the lock was broken) it fails with IGD_E_STALE_BASE and changes
 *   nothing; the caller starts over. That is the fence: no writer that lost its lock can write.
 * - commit writes the new state of the source in the same transaction as the records.
 * - A run that cannot be one transaction (no TRANSACTIONS; or no DDL_IN_TX, and the plan has
 *   operations) goes in steps: begin stores its mark (targets/state.h) before anything else, each
 *   call of apply, load and schema_apply becomes visible as it ends, and commit replaces the mark.
 *   Before a step writes, the state is read again under the engine's write lock: when it is not
 *   this run's mark any more, the call fails with IGD_E_STALE_BASE and nothing more is written.
 *   Such a run leaves every row as one commit has it: columns that are to go are set to null in
 *   the rows that it writes, so that whoever goes on can tell rows that somebody edited.
 * - After an error the caller calls rollback, which never fails: whatever the connection's
 *   condition, the target then holds what it held at begin, or its mark says how to go on.
 * - Values are bound as parameters. Foreign tables, columns, indexes and triggers stay untouched.
 *
 * To add a SQL database: 1. a folder with connection.c (igd_sql_ops) and dialect.c (igd_dialect),
 * see targets/sql/; 2. its row in registry.c; 3. its library in cmake/Libraries.cmake and
 * docs/dependencies.md; 4. a server in tests/servers; 5. its row in tests/conformance; 6. make the
 * conformance suite green.
 */
#ifndef IGD_TARGETS_TARGET_H
#define IGD_TARGETS_TARGET_H

#include "schema/mapping.h"
#include "schema/plan.h"
#include "targets/conflict.h"
#include "targets/migration.h"
#include "targets/script.h"
#include "targets/state.h"
#include "targets/sums.h"
#include "targets/url.h"

typedef enum igd_caps {
    IGD_CAP_TRANSACTIONS = 1 << 0, /* records and state become visible together or not at all */
    IGD_CAP_DDL_IN_TX = 1 << 1,    /* schema changes too */
    IGD_CAP_SCHEMA = 1 << 2,       /* schema_read, schema_apply */
    IGD_CAP_ORDERED_SCAN = 1 << 3, /* scan delivers rows in key order (memcmp, ancestors first) */
    IGD_CAP_LOAD = 1 << 4,         /* load */
    IGD_CAP_SESSION_LOCK = 1 << 5, /* the lock dies with its holder */
    IGD_CAP_FOREIGN_KEYS = 1 << 6, /* enforces references, deferred to the end */
    IGD_CAP_OWNED_TABLES = 1 << 8, /* what is in a table of ours and not git's has been put there by
                                      hand; else a row that git did not know at the base is somebody
                                      else's, and stays */
    IGD_CAP_SCRIPT = 1 << 7,       /* igd_recording; script_run and what goes with it */
} igd_caps;

/* 0: no limit that we could hit. */
typedef struct igd_target_limits {
    size_t identifier_bytes;
    size_t key_bytes;   /* of all key columns together */
    size_t value_bytes; /* of one value */
    size_t row_bytes;   /* of a row as JSON */
    size_t batch_rows;  /* rows or keys of one request */
    /* Why the engine cannot hold a value in that column ("has a NUL"), or NULL: static text, lower
     * case. A function of its arguments alone, called by several threads at once. May be NULL. */
    const char *(*unsupported)(const igd_table *table, size_t column, const igd_value *value);
} igd_target_limits;

typedef enum igd_open_mode {
    IGD_OPEN_READ,  /* never creates anything; works for a read-only user */
    IGD_OPEN_WRITE, /* creates what is missing when it writes */
} igd_open_mode;

/*
 * A rehearsal: the target is a stand-in that goes when it is closed. Nothing is written to what the
 * URL names, and reading it is enough. A run on it that is recorded gives the script that does the
 * same to the real one.
 */
typedef enum igd_rehearsal {
    IGD_REHEARSE_NOT,
    IGD_REHEARSE_COPY,  /* holds what the target holds; what is not there is empty */
    IGD_REHEARSE_EMPTY, /* holds nothing, whatever the target holds */
} igd_rehearsal;

typedef struct igd_target_config {
    igd_url url;
    igd_open_mode mode;
    uint32_t mask_caps; /* capabilities to do without: for tests (docs/architecture.md) */
    size_t batch_rows;  /* --batch-size */
    const char *run_id; /* this run; unique */
    igd_str
        source_name; /* where the target keeps what is of a source under its name and the URL says
                        no other; empty: it has none that would not change with a directory */
    bool scratch;    /* where nothing is yet, work on something that goes when it is closed */
    igd_rehearsal rehearsal;
    /* Not zero: who waits for another program gives up. May be NULL. */
    const volatile int *stop;
} igd_target_config;

/* Who holds (or last held) the lock. */
typedef struct igd_lock_holder {
    bool held; /* by a live process or session */
    int64_t pid;
    igd_str host;
    igd_str run_id;
    igd_str since; /* RFC 3339 */
} igd_lock_holder;

/* What a recorded run did: bodies and headers, whose counts, risks and tool are the caller's. */
typedef struct igd_recorded {
    igd_script_file *up; /* NULL when the run was no rehearsal: it is done already */
    igd_script_file *down;
    igd_script_head up_head, down_head;
} igd_recorded;

/*
 * SCRIPT: a run writes down what it does, as the statements that do it elsewhere (up), and what
 * undoes them (down): taken from what the target holds, rows and schema of others included.
 */
typedef struct igd_recording {
    bool plain; /* the statements alone: no lines for a client, transaction, guard or state */
    /* All is written and nothing is visible yet. What is returned other than IGD_OK rolls back. */
    int (*finished)(igd_recorded *recorded, void *payload, igd_error *err);
    void *payload;
} igd_recording;

typedef struct igd_begin {
    igd_str source;
    const igd_source_state *expected; /* what state_read delivered; NULL: no state of this source */
    /* NULL: no schema change. Also says which tables of ours refer to each other. Tables that
     * `expected` has and the plan has not rest: no row that one of theirs refers to is deleted, and
     * none is left that refers to a row that they lack (IGD_E_CONFLICT). */
    const igd_plan *plan;
    /* The state to store before the first change. NULL: the run is one transaction. */
    const igd_source_state *mark;
    igd_conflict_policy conflicts;
    const igd_recording *recording; /* SCRIPT; NULL: nothing is recorded. Lives until the end */
} igd_begin;

/* ---- recorded.c: for drivers that record ---- */

/* The heads of both scripts of a run, without counts of rows and steps; there are no bodies yet. */
igd_recorded igd_recorded_run(const char *engine, const igd_source_state *from,
                              const igd_source_state *to);
/* Where the rows of a target stand that is in progress nobody can say in a script: IGD_E_USAGE. */
IGD_MUST_CHECK int igd_recording_check(const igd_begin *begin, igd_error *err);

/* Whether a run with that plan (NULL: no schema change) cannot be one transaction, and so needs a
 * mark. */
static inline bool igd_goes_in_steps(uint32_t caps, const igd_plan *plan)
{
    return !(caps & IGD_CAP_TRANSACTIONS) ||
           (!(caps & IGD_CAP_DDL_IN_TX) && plan && plan->op_count > 0);
}

typedef struct igd_target igd_target;

#define IGD_COLUMN_ASTRAY "\x01" /* no column has such a name */

/* Rows of a scan; valid during the call. Non-zero stops the scan and is returned. */
typedef int igd_scan_callback(const igd_value *row, void *payload, igd_error *err);

typedef struct igd_target_driver {
    const char *name;           /* in reports: "sqlite" */
    const char *const *schemes; /* NULL-terminated */
    const char *url_help;       /* "sqlite:FILE.db": for messages and help */

    /* ---- required ---- */

    /* Opens or connects; may only narrow caps and limits. IGD_E_UNREACHABLE (transient where it may
     * come by itself: igd_target_open tries again up to ?timeout), IGD_E_CONFIG. A READ
     * open of a SQLite file that does not exist is IGD_E_UNREACHABLE; a WRITE open creates it at
     * lock. */
    int (*open)(const igd_target_config *config, igd_target **out, igd_error *err);
    void (*close)(igd_target *target); /* rolls back, unlocks, frees; NULL is fine */

    /* Takes the writers' lock, waiting up to wait_ms. IGD_E_LOCKED names the holder. */
    int (*lock)(igd_target *target, int64_t wait_ms, igd_error *err);
    void (*unlock)(igd_target *target);
    int (*holder)(igd_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
    /* Takes the lock away from whoever has it; the fence keeps a live holder from writing. */
    int (*break_lock)(igd_target *target, igd_error *err);

    /* The bookkeeping of all sources. IGD_E_FORMAT when it is newer than this program. */
    int (*state_read)(igd_target *target, igd_arena *mem, igd_state *out, igd_error *err);

    /* Everything that is read until rollback is of one moment; nothing can be written. Needs no
     * lock. With `check`, what begin would refuse of a plan is refused. */
    int (*snapshot)(igd_target *target, const igd_begin *check, igd_error *err);

    int (*begin)(igd_target *target, const igd_begin *begin, igd_error *err);
    /*
     * Writes changes of one table, each under the condition that the row is still its base (as far
     * as the columns of the base are still there), or was absent. Idempotent: a row that is already
     * what it should be is fine. Any other is a conflict, for begin's policy to decide; so is every
     * change whose cause is DRIFT or CONFLICT, and every difference when the base is not known.
     *
     * A delete takes nothing along without a word: rows of our tables that refer to the row and
     * stay are conflicts, too. Deletes of rows that others refer to may wait until
     * schema_apply(CONTRACT) or commit: those others may be deleted later. IGD_E_CONFLICT.
     */
    int (*apply)(igd_target *target, const igd_table *table, const igd_change *changes,
                 size_t count, igd_error *err);
    int (*commit)(igd_target *target, const igd_source_state *state, igd_error *err);
    void (*rollback)(igd_target *target);

    /* Every row of a table of ours, laid out by `table`; columns that the target lacks are null.
     * A column IGD_COLUMN_ASTRAY is not null in rows that are stored in another layout than the
     * target's. */
    int (*scan)(igd_target *target, const igd_table *table, igd_scan_callback *callback,
                void *payload, igd_error *err);

    /* Writes last_error and status of a source outside of the run's transaction; best effort. */
    void (*note_error)(igd_target *target, igd_str source, igd_str message);

    /* ---- optional ---- */

    /* After an error that is transient: connects again, and takes the lock again if it was held.
     * What began before is rolled back. IGD_E_UNREACHABLE, transient: not yet; try again later.
     * IGD_E_STALE_BASE: somebody took the lock away, or ended our session; do not go on. */
    int (*recover)(igd_target *target, igd_error *err);
    /* The locks on tables that the open transaction has taken, for people: "ACCESS EXCLUSIVE on
     * orders". Where there is none of it, a writer has the whole database to itself. */
    int (*locks)(igd_target *target, igd_arena *mem, igd_str_list *out, igd_error *err);
    /* Sums of the digests of all rows, computed by the engine. Rows are laid out by `layout` as for
     * scan and hashed as rows of `table`. *told is false when some have values that it cannot be
     * sure about. */
    int (*sums)(igd_target *target, const igd_table *table, const igd_table *layout,
                igd_table_sums *out, bool *told, igd_error *err);
    /* As scan, of rows alone whose digest is in one of the buckets. There where sums is; of a table
     * that has been told. */
    int (*scan_some)(igd_target *target, const igd_table *table, const igd_table *layout,
                     const igd_bucket_set *which, igd_scan_callback *callback, void *payload,
                     igd_error *err);
    /* Inside the transaction: records a conflict that was decided without a write, and tells the
     * policy of begin. */
    int (*conflict)(igd_target *target, const igd_conflict *conflict, igd_error *err);
    /* What an operation is to this engine: corrects op->risk and op->why, which names the lock that
     * it takes and says whether rows are scanned or copied. */
    void (*risk)(const igd_target *target, const igd_plan *plan, igd_op *op);

    /* A command for a shell that reads the row with that key by the engine's own client. */
    igd_str (*read_command)(const igd_target *target, const igd_table *table, const igd_value *key,
                            igd_arena *mem);

    /* ---- by capability: NULL exactly when the bit is clear ---- */

    /* LOAD: rows of a table that this run created. Faster than apply, no conflict handling. */
    int (*load)(igd_target *target, const igd_table *table, const igd_change *changes, size_t count,
                igd_error *err);

    /* SCHEMA: the tables of the target with one of the names, as they are there (foreign columns,
     * indexes and constraints included; types that we do not know have kind IGD_RAW). */
    int (*schema_read)(igd_target *target, const igd_str_list *names, igd_arena *mem,
                       igd_schema *out, igd_error *err);
    /*
     * SCHEMA: the table with the name of `wanted` that somebody else made, under the names that
     * `wanted` has for it and its columns. Types are those of `wanted` where a column can hold
     * their values as it is. *found is false when there is none. IGD_E_UNOWNED when it cannot be
     * written as `wanted` (a type that does not fit, no key): column, found and needed are named.
     */
    int (*adopt)(igd_target *target, const igd_table *wanted, igd_arena *mem, igd_table *out,
                 bool *found, igd_error *err);
    /* SCHEMA: all operations of one part, inside the transaction. IGD_E_UNOWNED when a row of a
     * table that is taken over breaks a constraint that is added: row and constraint are named. */
    int (*schema_apply)(igd_target *target, const igd_plan *plan, igd_part part, igd_error *err);

    igd_script_syntax script_syntax; /* SCRIPT: of the engine's client */
    /* SCRIPT: rehearsals are made, and recorded, on a stand-in that reads from this driver's target
     * (targets/stand_in/style.h). NULL: open makes a copy of the target. */
    const struct igd_script_style *stand_in;
    /* SCRIPT: another way to make one. NULL: there is none. */
    int (*rehearse)(const igd_target_config *config, igd_target **out, igd_error *err);
    /*
     * SCRIPT: one statement as it is, BEGIN and COMMIT included; the lock is held. Between those
     * two everything else may be called but begin and commit; rollback ends it, and is called after
     * an error, and when the script has ended. IGD_E_FORMAT, to be rolled back: what is more than
     * one statement; what writes outside of the transaction; what begins or ends one and has
     * another role. At BEGIN and COMMIT the lock has to be ours still. `output` gets each row of a
     * result as the client prints it, columns joined by '|'; it may be NULL.
     *
     * Without TRANSACTIONS a statement is a request, all or nothing, that finds the state as the
     * one before it has left it, and does nothing when it was carried out before. IGD_E_STALE_BASE:
     * the state is another; IGD_E_CONFLICT: what it is about is not as it was.
     */
    int (*script_run)(igd_target *target, const igd_script_statement *statement,
                      igd_script_output *output, void *payload, igd_error *err);
    /* SCRIPT, where statements themselves say which rows they touch, and instead of lookup: adds up
     * those that there are (targets/script.h, `rows`). */
    int (*script_touched)(igd_target *target, const igd_script_statement *statement,
                          uint64_t *count, igd_digest *sum, igd_error *err);
    /* SCRIPT: the rows that there are with one of these keys (each the values of the key columns,
     * one key after the other), in any order, laid out as scan does. */
    int (*lookup)(igd_target *target, const igd_table *table, const igd_value *keys, size_t count,
                  igd_scan_callback *callback, void *payload, igd_error *err);
    /* SCRIPT: writes the row of a script's run, or what it now says of it. In the transaction of
     * the script, else in one of its own. *table is where it is (targets/migration.h). */
    int (*migration_store)(igd_target *target, const igd_migration *migration, igd_str *table,
                           igd_error *err);
} igd_target_driver;

struct igd_target {
    const igd_target_driver *driver;
    uint32_t caps;
    igd_target_limits limits;
    igd_str server_version; /* "3.40.1" */
    igd_str database;       /* what is opened, without a password */
    igd_str layout;         /* how it stores rows, where that can be chosen; else empty */
    int64_t retry_ms;       /* how long transient errors are worth another try (?timeout) */
    /* Since begin a call failed because a row would refer to nothing: rows that the changes do not
     * touch were edited. */
    bool dangling;
    /* Tables that schema_apply has created since begin: the first ones of the plan's. */
    size_t created;
};

/* Whether runs can be recorded: what is undone in one piece has to be done in one. Where a stand-in
 * does it, it is a run of that which is; igd_target_rehearses tells. */
static inline bool igd_target_records(const igd_target *target)
{
    return (target->caps & IGD_CAP_SCRIPT) && (target->caps & IGD_CAP_DDL_IN_TX) &&
           !target->driver->stand_in;
}

static inline bool igd_target_rehearses(const igd_target *target)
{
    return (target->caps & IGD_CAP_SCRIPT) && !igd_target_records(target);
}

/* ---- fit.c ---- */

/* Gives a mapping the target's limits. */
void igd_target_fit_mapping(const igd_target *target, igd_mapping *mapping);
/* Corrects risks and reasons of all operations to what they are on this engine. */
void igd_target_fit_plan(const igd_target *target, const igd_plan *plan);

/* ---- registry.c: the only file that names all drivers ---- */

/* NULL-terminated. */
extern const igd_target_driver *const igd_target_drivers[];

/* Finds the driver by the URL's scheme and opens it. IGD_E_CONFIG for an unknown scheme; the hint
 * lists those that there are. */
IGD_MUST_CHECK int igd_target_open(const igd_target_config *config, igd_target **out,
                                   igd_error *err);
void igd_target_close(igd_target *target);
IGD_DEFINE_CLEANUP_PTR(igd_target, igd_target_close)

#endif
