/*
 * Who changed it last: one walk back through history for any number of records.
 *
 * The answer for a record is the commit that `git log -1 -- FILE` gives: its content differs there
 * from that in every parent, and while one parent has the same, only that one is followed (the
 * first). So merges that took a side over are not to blame, and a record that is gone is blamed on
 * the commit that deleted it. Beyond git:
 *   - a record of a file with several is followed by its values, not by the file's;
 *   - a directory or a file name template that the definitions changed is followed: moving is no
 *     change (best effort, see history_moved.c);
 *   - a record that is gone, and that the parents which are followed never had, is looked for in
 *     all of history.
 *
 * A version of a file that cannot be parsed changes nothing: what its records were is not known.
 *
 * The cost is one comparison of trees for each commit, in directories of records that are still
 * looked for, and ends with the last of them; memory follows the number of traces.
 */
#ifndef IGD_INGITDB_HISTORY_H
#define IGD_INGITDB_HISTORY_H

#include "ingitdb/records.h"

typedef struct igd_trace {
    igd_str path; /* of the record's file at the commit where the walk starts (or
                     where it would be), from the repository's top */
    const igd_definition *definition;
    const igd_record_reader *reader; /* a file of several records; NULL: the file is the record */
    const igd_str *keys;             /* of the ancestors and the record */
    igd_digest key;                  /* igd_key_digest of them */

    /* The answer. */
    bool found;     /* false: nothing in the history that is here ever changed it */
    bool or_before; /* the history that is here ends there: this commit, or one before it */
    igd_oid commit;
} igd_trace;

/* Between commits; `found` counts the answers so far. Non-zero ends the walk and is returned. */
typedef int igd_history_callback(uint64_t found, void *payload, igd_error *err);

typedef struct igd_history {
    igd_repo *repo;
    const igd_commit *from;
    igd_trace *traces; /* in any order */
    size_t count;
    igd_history_callback *callback; /* NULL: none */
    void *payload;
} igd_history;

/* Objects that are missing or damaged are no error: see or_before. */
IGD_MUST_CHECK int igd_history_walk(const igd_history *history, igd_error *err);

/* What people want to know of a commit. */
typedef struct igd_commit_note {
    char hex[IGD_OID_HEX];
    igd_str author;  /* the name; UTF-8 unless the commit does not say how it is encoded */
    igd_str at;      /* when it was written: 2024-02-29T13:45:00+01:00 */
    igd_str subject; /* the first paragraph, as one line */
} igd_commit_note;

/* Texts live in mem. */
IGD_MUST_CHECK int igd_repo_commit_note(igd_repo *repo, const igd_oid *id, igd_arena *mem,
                                        igd_commit_note *out, igd_error *err);

#endif
