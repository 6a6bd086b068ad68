/*
 * The conformance suite: what every driver has to do, whichever engine it speaks to. A driver is a
 * row (drivers/); the tests see it through suite_open, and what other programs do to its database
 * through suite_sql and suite_ask.
 *
 * What engines spell differently is a word, of the engine (tests/support/engine.h) or of the
 * driver. Texts that a test expects and that differ are words, too: suite_word(s,
 * "duplicate_said").
 */
#ifndef IGD_TESTS_CONFORMANCE_SUITE_H
#define IGD_TESTS_CONFORMANCE_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmocka.h"
#include "targets/target.h"
#include "tests/support/engine.h"

/* What only some engines do. A test says which of it it needs. */
typedef enum suite_does {
    SUITE_VIEWS_BY_NAME = 1 << 0,      /* a view is its text: it follows what has the name */
    SUITE_REFERENCES_BY_NAME = 1 << 1, /* so is a foreign key of a table of others */
    SUITE_LOOSE_REFERENCES = 1 << 2,   /* of another type or collation than what they refer to */
    SUITE_SET_DEFAULT = 1 << 3,        /* ON DELETE SET DEFAULT */
    SUITE_LOCK_REMEMBERS = 1 << 4,   /* a lock that died with its holder still says whose it was */
    SUITE_NOTICES_DDL = 1 << 5,      /* begin fails after a schema change of others */
    SUITE_INDEXES_TEXT = 1 << 6,     /* any column of text can be indexed as it is */
    SUITE_REBUILDS = 1 << 7,         /* tables are changed by making them again */
    SUITE_REFILLS_ASIDE = 1 << 8,    /* a column of another type is another column */
    SUITE_ALIKE_TEXTS = 1 << 9,      /* a column may take texts for equal that are not */
    SUITE_CUTS_ANSWERS = 1 << 10,    /* by a setting, to so many rows */
    SUITE_OTHER_DATABASES = 1 << 11, /* their tables can refer to those of this one */
} suite_does;

typedef struct suite_driver {
    const char *name;
    const engine *engine;
    /* An empty database, under a new URL each time. False: there is no such server here. */
    bool (*create)(const engine *engine, igd_arena *mem, igd_str *url);
    void (*destroy)(const engine *engine, igd_str url);
    /* Runs statements as another program would; NULL for a store that has no SQL. */
    void (*sql)(const engine *engine, igd_str url, const char *statements);
    /* First column of the first row as text, or NULL for no row or null. */
    igd_str (*ask)(const engine *engine, igd_str url, const char *query, igd_arena *mem);
    /* For a store that has no SQL, the same by its own client. Afterwards the table has these rows,
     * each a text for every column (NULL: null), and no others. */
    void (*put_rows)(const engine *engine, igd_str url, const igd_table *table,
                     const char *const *texts, size_t rows);
    /* What is recorded of conflicts: "decision collection key commit base old new", '-' for what
     * there is not, joined by "; " in the order of collections and keys. ptr NULL: nothing. */
    igd_str (*conflicts)(const engine *engine, igd_str url, igd_arena *mem);
    void (*clear_conflicts)(const engine *engine, igd_str url);
    const engine_word *words, *more; /* before those of the engine; or NULL */
    uint32_t does;                   /* suite_does */
    uint32_t mask_caps;              /* the same engine with less (docs/architecture.md) */
} suite_driver;

/* Rows of one engine each, up to one without a name. */
extern const suite_driver suite_sqlite_drivers[];
extern const suite_driver suite_postgres_drivers[];
extern const suite_driver suite_mysql_drivers[];
extern const suite_driver suite_redis_drivers[];
extern const suite_driver suite_etcd_drivers[];
extern const suite_driver suite_consul_drivers[];

/* What a test works with. */
typedef struct suite {
    const suite_driver *driver;
    igd_arena *mem;
    igd_str url;
    igd_target *target;            /* opened to write and locked, when suite_ready was called */
    igd_conflict_policy conflicts; /* of the runs */
    igd_error err;
} suite;

int suite_setup(void **state);
int suite_teardown(void **state);

/* Opens the suite's database; fails the test when it cannot. */
igd_target *suite_open(suite *s, igd_open_mode mode, const char *run_id);
int suite_try_open(suite *s, igd_open_mode mode, const char *run_id, igd_target **out);
void suite_ready(suite *s);
void suite_reopen(suite *s); /* closes it, and suite_ready */

#define suite_ok(s, call)                                                    \
    do {                                                                     \
        (s)->err = IGD_ERROR_INIT;                                           \
        if ((call) != IGD_OK)                                                \
            fail_msg("%s: %s (%s)", #call, (s)->err.message, (s)->err.hint); \
    } while (0)

#define suite_fails(s, code_, call)             \
    do {                                        \
        (s)->err = IGD_ERROR_INIT;              \
        assert_int_equal((call), (code_));      \
        assert_int_equal((s)->err.code, code_); \
        assert_true((s)->err.message[0]);       \
    } while (0)

#define suite_says(s, text) assert_non_null(strstr((s)->err.message, (text)))

/* The session of s->target was ended by somebody: the call fails with IGD_E_STALE_BASE, or with a
 * lost connection that does not recover. */
#define suite_fails_ended(s, call)             \
    do {                                       \
        (s)->err = IGD_ERROR_INIT;             \
        suite_check_ended((s), #call, (call)); \
    } while (0)
void suite_check_ended(suite *s, const char *call, int rc);

/* ---- what others do (words.c) ---- */

void suite_needs_sql(suite *s); /* skips the test where there is none */
void suite_sql(suite *s, const char *statements);
/* "(none)" for no row and for null. */
const char *suite_ask(suite *s, const char *query);

/* Whatever the store is. Rows are as in suite_dump: "a|1|-\nb|2|x\n"; a table has these then, and
 * no others. */
void suite_put_rows(suite *s, const igd_table *table, const char *rows);
/* As suite_driver.conflicts says; "(none)". */
const char *suite_conflicts(suite *s);
void suite_clear_conflicts(suite *s);

/* A word, or any text with words in it. */
const char *suite_word(suite *s, const char *name);
bool suite_does_all(const suite *s, uint32_t does);

/* ---- tables and rows (tables.c) ---- */

/* "id key, total int!, note string, ok bool": columns with their kinds; '!' is NOT NULL, "key"
 * columns come first. Collection and table have the same name. */
igd_table *suite_table(suite *s, const char *name, const char *columns);
void suite_check_min(suite *s, igd_table *table, const char *name, const char *column,
                     const char *number);
void suite_reference(suite *s, igd_table *table, const char *name, const char *column,
                     const char *ref_table, bool cascade);
void suite_index(suite *s, igd_table *table, const char *name, const char *column);

/* A row of texts, in the order of the columns; NULL is null. */
igd_value *suite_row(suite *s, const igd_table *table, ...);

igd_change suite_put(const igd_table *table, const igd_value *row);
igd_change suite_delete(const igd_table *table, const igd_value *row);

igd_plan *suite_plan(suite *s, const igd_schema *from, const igd_schema *to);
igd_schema suite_schema(suite *s, size_t count, ...);

/* Says which driver lacks what, and skips the test. */
#define suite_skip(s, lack)                                              \
    do {                                                                 \
        fprintf(stderr, "SKIPPED: %s: %s\n", (s)->driver->name, (lack)); \
        skip();                                                          \
    } while (0)

/* ---- runs (tables.c) ---- */

/* The state of a source with these tables at a commit. */
igd_source_state *suite_state(suite *s, const char *source, const char *run, const char *commit,
                              const igd_schema *schema);
/* The state as the target has it; expected by begin. */
const igd_source_state *suite_read(suite *s, const char *source);

/* What such a run has to mark; NULL: nothing, it is one transaction. */
const igd_source_state *suite_mark(suite *s, const char *source, const igd_plan *plan);

int suite_begin(suite *s, const char *source, const igd_plan *plan);

/* Nothing where there is no schema. */
int suite_schema_apply(suite *s, const igd_plan *plan, igd_part part);

/* A whole run: begin, expand, apply the changes, contract, commit. */
int suite_run(suite *s, const char *source, const char *commit, const igd_schema *from,
              const igd_schema *to, const igd_change *changes, size_t count);

/* All rows as "key|value|...\n", nulls as "-", raw ones in "<>". */
igd_str suite_dump(suite *s, const igd_table *table);

/* What the target says of a table; NULL when it has none. Skips the test where there is no schema.
 */
igd_table *suite_found(suite *s, const char *name);

/* A table with one of everything, and its rows, which suite_dump gives as the text. */
igd_table *suite_rich(suite *s, igd_change changes[2]);
#define SUITE_RICH_ROWS "a|1|x|true|[1]|2024-01-02|-\nb|2|-|-|-|-|a\n"

#endif
