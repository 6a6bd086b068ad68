/*
 * The key-value family: the driver contract (targets/target.h) once, over what a store can do.
 *
 * A record is a key (kv/keyspace.h) with a value in one of two layouts (kv/value.h). There are no
 * transactions around a run, so all runs go in steps: begin stores the mark, each request becomes
 * visible as it ends, commit replaces the mark. Every request that writes is a comparison and an
 * exchange: it names what has to be under each key, and the bytes of our state's row, which is the
 * fence. What is not as expected comes back and is decided about here, never in a store's folder.
 *
 * A store supplies igd_kv_ops, embeds igd_kv_target as the first member of its own target, fills
 * limits, opens itself, and calls igd_kv_init; its driver struct names the functions with
 * IGD_KV_DRIVER.
 */
#ifndef IGD_TARGETS_KV_KV_TARGET_H
#define IGD_TARGETS_KV_KV_TARGET_H

#include "targets/kv/keyspace.h"
#include "targets/kv/value.h"
#include "targets/target.h"

typedef struct igd_kv_target igd_kv_target;

/* One key to be written. */
typedef struct igd_kv_write {
    igd_str key;
    bool any;              /* whatever is there; else only when it is: */
    igd_kv_value expected; /* absent: nothing may be there. HASH: just the fields that are named
                              have to be so; a field without a text must not be there */
    igd_kv_value value;    /* absent: the key is deleted. HASH: just the fields that are named are
                              set; one without a text is taken away */
    /* Set by the store: */
    bool done;          /* written; or what it found is `value` already */
    igd_kv_value found; /* when it is not: what is there (HASH: all fields), in the arena given */
} igd_kv_write;

/* What has to be there for anything to be written. */
typedef struct igd_kv_fence {
    igd_str key;
    igd_kv_value value; /* JSON layout; absent: nothing may be there */
} igd_kv_fence;

/* Return other than IGD_OK ends the scan and is returned. Views live during the call. */
typedef int igd_kv_scan_callback(igd_str key, const igd_kv_value *value, void *payload,
                                 igd_error *err);

typedef struct igd_kv_script_style igd_kv_script_style;

typedef struct igd_kv_ops {
    void (*close)(igd_kv_target *target);

    /* A lease, where the store has no session that ends with its connection: ?lease=SECONDS,
     * renewed by what is called. Whoever holds it is told by its value: igd_kv_holder_text. */
    int (*lock)(igd_kv_target *target, int64_t wait_ms, igd_error *err);
    void (*unlock)(igd_kv_target *target);
    int (*holder)(igd_kv_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
    int (*break_lock)(igd_kv_target *target, igd_error *err);
    /* As the driver's. */
    int (*recover)(igd_kv_target *target, igd_error *err);
    /* Before a step: renews the lease. One that ran out is taken again when nobody else has it,
     * else IGD_E_STALE_BASE. */
    int (*keep_lock)(igd_kv_target *target, igd_error *err);

    /* Values of keys, in their order; not more than limits.batch_rows keys. */
    int (*get)(igd_kv_target *target, const igd_str *keys, size_t count, igd_kv_layout layout,
               igd_arena *mem, igd_kv_value *out, igd_error *err);
    /* All keys that begin with the bytes, with their values; in any order, and a key may come more
     * than once. Memory does not grow with their number. What is no value of the layout (another
     * type) comes as IGD_KV_OTHER. */
    int (*scan)(igd_kv_target *target, igd_str begins, igd_kv_layout layout,
                igd_kv_scan_callback *callback, void *payload, igd_error *err);
    /*
     * All of the writes or some of them; of each, `done` and `found` tell. The family sees to it
     * that keys differ, and that count and bytes keep to the limits below. Nothing is written when
     * the fence is not as it should be: IGD_E_STALE_BASE. NULL: no fence. When it is not known
     * whether a request was carried out: IGD_E_UNREACHABLE, transient.
     */
    int (*write)(igd_kv_target *target, igd_kv_write *writes, size_t count,
                 const igd_kv_fence *fence, igd_arena *mem, igd_error *err);

    /* ---- optional ---- */

    /* A store whose writes cannot look at the fence: from now on, nothing that another run has sent
     * or will send is written. Called when our mark has replaced its. */
    int (*shut_out)(igd_kv_target *target, igd_error *err);
    /* From now on everything that is read is of one moment, until `end`. */
    int (*snapshot)(igd_kv_target *target, igd_error *err);
    void (*end)(igd_kv_target *target);
    /* The commit is there: tell those who listen. Best effort. */
    void (*committed)(igd_kv_target *target, igd_str commit);
    /* A command for a shell that shows what is there under a key, by the store's own client. */
    igd_str (*read_command)(const igd_kv_target *target, igd_str key, igd_arena *mem);
    /* kv/script.h; NULL: there are no scripts. */
    const igd_kv_script_style *script;
} igd_kv_ops;

/* Of one request. */
typedef struct igd_kv_limits {
    size_t writes;      /* keys of one request, the fence not counted */
    size_t bytes;       /* keys, expected and new values together, as the family counts them */
    size_t write_extra; /* bytes that each write costs besides */
} igd_kv_limits;

struct igd_kv_target {
    igd_target base;
    igd_target_driver driver; /* what base.driver points to: functions of masked bits are NULL */
    const igd_kv_ops *ops;
    igd_kv_limits kv_limits;
    igd_kv_layout layout; /* of records; the bookkeeping is JSON in any case */
    igd_keyspace space;
    igd_keyspace books; /* where the bookkeeping is: ?state, else the same */
    igd_arena *mem;     /* as long as the target */
    igd_open_mode mode;
    igd_str run_id;
    bool locked;
    bool reading; /* between snapshot and rollback */

    /* During a run: */
    bool running;
    igd_arena *run_mem;
    igd_str source;
    const igd_source_state *was; /* what is stored of it */
    igd_kv_fence fence;
    const igd_plan *tables;
    igd_schema forms; /* every form that values of ours may have */
    igd_conflict_policy conflicts;
};

/* For a store's open, when base.caps, limits and kv_limits are set: where keys are, and how values
 * look, from the URL's parameters. `prefix` is what the path says, or empty; then it is the
 * source's name. IGD_E_CONFIG. */
typedef struct igd_kv_style {
    igd_str prefix;
    char separator;
    igd_kv_layout layout; /* the usual one */
    bool has_hash;        /* whether ?layout=hash can be had */
} igd_kv_style;
int igd_kv_init(igd_kv_target *target, const igd_target_driver *driver, const igd_kv_ops *ops,
                const igd_target_config *config, const igd_kv_style *style, igd_error *err);
/* Parameters of URLs that the family reads: for igd_url_check_params. */
#define IGD_KV_PARAMS "prefix", "layout", "state", "timeout", "lease"

/* ?lease=SECONDS in milliseconds; 60 seconds when it is not given. */
int igd_kv_lease(const igd_url *url, int64_t *ms, igd_error *err);

/* Who holds a lock, as the JSON object that is the lock's value, and back. */
igd_str igd_kv_holder_text(const igd_kv_target *target, igd_arena *mem);
bool igd_kv_holder_parse(igd_str text, igd_arena *mem, igd_lock_holder *out);
/* <prefix>/.ingitdb/lock */
igd_str igd_kv_lock_key(const igd_kv_target *target, igd_arena *mem);
/* IGD_E_LOCKED with what is known of the holder. */
int igd_kv_fail_locked(igd_kv_target *target, igd_error *err);

/* For read_command: a word that a shell takes as it is; an option, unless its value is NULL. */
void igd_kv_put_shell(igd_buf *out, igd_str word);
void igd_kv_put_option(igd_buf *out, const char *name, const char *value);

/* ---- the driver's functions ---- */

void igd_kv_close(igd_target *target);
int igd_kv_lock(igd_target *target, int64_t wait_ms, igd_error *err);
void igd_kv_unlock(igd_target *target);
int igd_kv_holder(igd_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err);
int igd_kv_break_lock(igd_target *target, igd_error *err);
int igd_kv_recover(igd_target *target, igd_error *err);
int igd_kv_state_read(igd_target *target, igd_arena *mem, igd_state *out, igd_error *err);
int igd_kv_snapshot(igd_target *target, const igd_begin *check, igd_error *err);
int igd_kv_begin(igd_target *target, const igd_begin *begin, igd_error *err);
int igd_kv_apply(igd_target *target, const igd_table *table, const igd_change *changes,
                 size_t count, igd_error *err);
int igd_kv_commit(igd_target *target, const igd_source_state *state, igd_error *err);
void igd_kv_rollback(igd_target *target);
int igd_kv_scan(igd_target *target, const igd_table *table, igd_scan_callback *callback,
                void *payload, igd_error *err);
void igd_kv_note_error(igd_target *target, igd_str source, igd_str message);
igd_str igd_kv_read_command(const igd_target *target, const igd_table *table, const igd_value *key,
                            igd_arena *mem);

int igd_kv_rehearse(const igd_target_config *config, igd_target **out, igd_error *err);
int igd_kv_script_run(igd_target *target, const igd_script_statement *statement,
                      igd_script_output *output, void *payload, igd_error *err);
int igd_kv_script_touched(igd_target *target, const igd_script_statement *statement,
                          uint64_t *count, igd_digest *sum, igd_error *err);
int igd_kv_migration_store(igd_target *target, const igd_migration *migration, igd_str *table,
                           igd_error *err);

#define IGD_KV_DRIVER                                                                             \
    .close = igd_kv_close, .lock = igd_kv_lock, .unlock = igd_kv_unlock, .holder = igd_kv_holder, \
    .break_lock = igd_kv_break_lock, .recover = igd_kv_recover, .state_read = igd_kv_state_read,  \
    .snapshot = igd_kv_snapshot, .begin = igd_kv_begin, .apply = igd_kv_apply,                    \
    .commit = igd_kv_commit, .rollback = igd_kv_rollback, .scan = igd_kv_scan,                    \
    .note_error = igd_kv_note_error, .read_command = igd_kv_read_command,                         \
    .rehearse = igd_kv_rehearse, .script_run = igd_kv_script_run,                                 \
    .script_touched = igd_kv_script_touched, .migration_store = igd_kv_migration_store

/* ---- state.c: the bookkeeping ---- */

/* Replaces what is stored about a source. The row of the state and the commit come last, and only
 * when the fence still stands; then that row is the fence. `was` is what is there, or NULL. */
int igd_kv_state_store(igd_kv_target *target, const igd_source_state *state,
                       const igd_source_state *was, igd_error *err);
int igd_kv_state_load(igd_kv_target *target, igd_arena *mem, igd_state *out, igd_error *err);
int igd_kv_conflict_store(igd_kv_target *target, const igd_conflict *conflict, igd_error *err);

/* The row of the state as it is stored, and back, without what belongs to it. */
igd_str igd_kv_state_row(const igd_source_state *state, igd_arena *mem);
bool igd_kv_state_parse(igd_str row, igd_arena *mem, igd_source_state *out);

#endif
