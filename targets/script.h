/*
 * Migration scripts as files (docs/contract.md 4): a header of comment lines, and a body that the
 * engine's own client runs unchanged.
 *
 *     -- ingitdb migration script 1
 *     -- tool: ingitdb-go 0.1.0
 *     -- source: shop
 *     -- engine: sqlite
 *     -- direction: up
 *     -- from: 3d1f...            the commit that the target has to hold; "-": none
 *     -- to: 9a7c...
 *     -- run: 5f0e...             up: what the state will call this run; down: the run (of the
 *                                  script that goes up) that it takes back
 *     -- steps: 5                 it is no single transaction: so many statements commit at once,
 *                                  and what was stopped goes on when it is run again
 *     -- rows: 12 4c22...         how many rows of the target it touches, and the sum of their
 * digests
 *     -- schema: 77ab...          digest of the tables as they will be recorded
 *     -- counts: +3 ~1 -0
 *     -- risk: destructive: drop column orders.note
 *     -- sha256: ...              of the body: everything behind the line that says so
 *     -- head: ...                SHA-256 of the lines above this one
 *     -- body
 *
 * A name and its value are separated by ": "; values are one line of text (control bytes are
 * written as \xNN, a backslash as \\). `risk` may be there any number of times. An unknown name is
 * an error: a later version of this program wrote it, and may mean something by it.
 *
 * Which rows a statement touches, for the digest of `rows`, is said in comment lines of the body
 * before it, so that applying needs no parser of SQL beyond finding where statements end:
 *
 *     -- rows "orders": ["k1"] ["k2"]
 *
 * (the table's name as the target has it before the script, quoted as JSON, and the keys as JSON
 * arrays; tables that the script creates have none). Each row is named once, also one that the
 * script inserts and that is not there: it counts nothing. All are read before the first change, by
 * the columns that the target's bookkeeping records, and their number and the sum of their digests
 * (igd_row_digest) are compared with `rows`.
 *
 * Where a client knows no comments (key-value stores), each line of the body is one request that
 * itself says what has to be there, and the header, these lines as they are, is hidden in one more
 * that changes nothing (script_wrap.c):
 *
 *     redis-cli        EVAL "-- ingitdb migration script 1\n...-- body\nreturn ..." 0
 *     a JSON array     a transaction of etcd's that reads a key which has the header as its name
 *
 * Scripts are written as a stream: the body goes to an unnamed temporary file, and is copied behind
 * the header when it is finished.
 */
#ifndef IGD_TARGETS_SCRIPT_H
#define IGD_TARGETS_SCRIPT_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/list.h"
#include "targets/state.h"

#define IGD_SCRIPT_FORMAT 1

typedef enum igd_script_direction { IGD_SCRIPT_UP, IGD_SCRIPT_DOWN } igd_script_direction;

typedef struct igd_script_head {
    igd_str tool;
    igd_str source, engine;
    igd_script_direction direction;
    igd_str from, to; /* hex or "mixed"; empty when the target holds nothing */
    igd_str run_id;
    uint64_t steps; /* 0: it is one transaction */
    uint64_t row_count;
    igd_digest rows;
    igd_digest schema;
    uint64_t inserts, updates, deletes;
    igd_str_list risks;
    char sha256[65]; /* of the body, hex; filled by the writer */
} igd_script_head;

/* The header's `schema`: sum of the digests of schema_json of all tables that the state, which the
 * script leaves, records. NULL: there is none. */
igd_digest igd_script_schema(const igd_source_state *state);

/* ---- writing ---- */

typedef struct igd_script_file igd_script_file;

/* For whose client a script is: how its header stands in it, and where a statement ends. */
typedef enum igd_script_syntax {
    IGD_SCRIPT_SQLITE, /* sqlite3 */
    IGD_SCRIPT_PSQL,
    IGD_SCRIPT_MYSQL,
    IGD_SCRIPT_REDIS, /* redis-cli: a command is a line */
    /* An array of requests, each in a line of its own: */
    IGD_SCRIPT_JSON,   /* objects, as etcd takes them */
    IGD_SCRIPT_CONSUL, /* arrays of operations */
} igd_script_syntax;

/* What names of such files end in, without the dot. */
const char *igd_script_extension(igd_script_syntax syntax);

/* A body that is being written. IGD_E_IO when there is no room for it. */
IGD_MUST_CHECK int igd_script_file_new(igd_script_syntax syntax, igd_script_file **out,
                                       igd_error *err);
void igd_script_file_free(igd_script_file *file); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_script_file, igd_script_file_free)

IGD_MUST_CHECK int igd_script_put(igd_script_file *file, igd_str text, igd_error *err);

/* Appends all of another body, which is empty afterwards. */
IGD_MUST_CHECK int igd_script_append(igd_script_file *file, igd_script_file *from, igd_error *err);

/* Header and body to a path (written beside it and renamed; an existing file is replaced only with
 * `force`, else IGD_E_USAGE), or to stdout when path is NULL. */
IGD_MUST_CHECK int igd_script_finish(igd_script_file *file, igd_script_head *head, const char *path,
                                     bool force, igd_error *err);

/* Only the body, without a header: --plain. */
IGD_MUST_CHECK int igd_script_finish_plain(igd_script_file *file, const char *path, bool force,
                                           igd_error *err);

/* ---- reading ---- */

typedef struct igd_script igd_script;

/* Opens a script, reads its header and proves the checksum. IGD_E_CHECKSUM when a byte is not what
 * was written, IGD_E_FORMAT for what is no script of ours or of a later version; the place has the
 * line. */
IGD_MUST_CHECK int igd_script_open(const char *path, igd_arena *mem, igd_script **out,
                                   igd_error *err);
void igd_script_close(igd_script *script); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_script, igd_script_close)

const igd_script_head *igd_script_head_of(const igd_script *script);

/* Whether any statement may have rows: there are such comment lines somewhere in the file. */
bool igd_script_names_rows(const igd_script *script);

/* IGD_E_CHECKSUM when somebody has written to the file since its checksum was proven. */
IGD_MUST_CHECK int igd_script_unchanged(const igd_script *script, igd_error *err);

/* A script is one transaction; what stands before it only sets the connection up, and what stands
 * behind it only asks whether all is well. */
typedef enum igd_script_role {
    IGD_SCRIPT_STATEMENT,
    IGD_SCRIPT_BEGIN,
    IGD_SCRIPT_COMMIT,
} igd_script_role;

/* One statement, or one line for the client (".bail on"), without what stands between. */
typedef struct igd_script_statement {
    igd_str text;
    igd_script_role role;
    uint32_t line;    /* where it begins in the file */
    bool client_line; /* for the engine's client; apply skips it */
    igd_str rows; /* the "-- rows" lines before it, without these words, each with its line end */
} igd_script_statement;

/* Whether apply understands a line for the client: those that scripts have at their top. */
bool igd_script_knows_line(igd_script_syntax syntax, igd_str line);

/* A line of a result; valid during the call. */
typedef void igd_script_output(igd_str line, void *payload);

/* The next statement; *more is false at the end. Texts live until the next call. IGD_E_FORMAT, with
 * its line: an unfinished string, comment or statement; a line for the client that is not known, or
 * not at the top. */
IGD_MUST_CHECK int igd_script_next(igd_script *script, igd_script_syntax syntax,
                                   igd_script_statement *out, bool *more, igd_error *err);

/* Back to the first statement. */
IGD_MUST_CHECK int igd_script_rewind(igd_script *script, igd_error *err);

#endif
