/*
 * Scripts of stores (docs/contract.md 4): a chain of requests, each all or nothing, which leads the
 * row of the state from what it was to what it is to be.
 *
 *     state as it was -> mark, behind step 1 -> mark, behind step 2 -> ... -> state as it is to be
 *
 * Each request compares the row of the state with one link of the chain and writes the next one,
 * together with its records. So nothing is changed where the first does not fit; behind one that
 * was refused none does; and a script that was stopped goes on from there when it is run again, as
 * does a sync, since the mark is that of a run in steps (targets/state.h).
 */
#ifndef IGD_TARGETS_KV_SCRIPT_H
#define IGD_TARGETS_KV_SCRIPT_H

#include "targets/kv/kv_target.h"

/* One request. */
typedef struct igd_kv_batch {
    igd_kv_fence
        fence; /* the row of the state as it has to be; no key: --plain, there is no state */
    /* Made from git alone: instead of its bytes, that it says that this commit is synced. A store
     * that cannot look into it compares the commit's key. */
    igd_str commit, commit_key;
    igd_kv_value state; /* what it becomes; absent: it goes */
    igd_kv_write *writes;
    size_t count;
    igd_str channel, synced; /* who listens is told of the commit; empty: nobody is */
} igd_kv_batch;

/* How requests of a store are written as lines of a script. */
struct igd_kv_script_style {
    igd_script_syntax syntax;
    const char *between, *behind; /* requests, all of them */
    size_t keys;                  /* of a request, when it is less than kv_limits.writes; or 0 */
    size_t most;                  /* bytes of a request, as the family counts them; 0: any */
    size_t longest;               /* bytes of a line; 0: any */
    size_t exact; /* a value of more bytes is not compared, since old and new would not fit; 0 */
    /* Values are not compared, whatever was there; only that nothing may be there. */
    bool blind;
    void (*put)(const igd_kv_batch *batch, igd_buf *out);
    /* Understands exactly what `put` writes. */
    bool (*take)(igd_str line, igd_arena *mem, igd_kv_batch *out);
    /* Carries out a line as it is; *done is false when what is there was otherwise. */
    int (*run)(igd_kv_target *target, igd_str line, bool *done, igd_error *err);
};

/* Of a key that a request touches: what it has there, as far as it says what that has to be. Sums
 * of it are the header's `rows`. */
igd_digest igd_kv_touched(const igd_kv_write *write, const igd_kv_value *found);

/* A key of the bookkeeping is no row. */
bool igd_kv_is_book(const igd_kv_target *target, igd_str key);

/* "a script stopped behind step N: ..." */
igd_str igd_kv_step_text(uint64_t step, igd_arena *mem);

#endif
