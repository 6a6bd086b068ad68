/*
 * Black-box tests: a small shop in a git repository, the program run on it, and questions about
 * what it said. The program is $INGITDB_BIN, else the one that was built with the tests.
 *
 *     CLI("migrate", "sync", "--target", "sqlite:shop.db")   ->  const process_result *
 *
 * It runs in cli_directory, which is fresh for each test; results live until the test ends.
 */
#ifndef IGD_TESTS_CLI_H
#define IGD_TESTS_CLI_H

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"
#include "tests/support/db_dump.h"
#include "tests/support/process.h"
#include "tests/support/repo_builder.h"
#include "tests/support/temp_dir.h"

extern char *cli_directory;       /* where the program runs, and where relative targets are */
extern const char *cli_source;    /* INGITDB_SOURCE of each run; setup: the shop */
extern repo_builder *shop;        /* brands and products, one commit */
extern const char *shop_first_id; /* that commit */

/* The test's fixture: a directory and the shop. */
int cli_setup(void **state);
int cli_teardown(void **state);

const char *cli_program(void);
const process_result *cli_run(const char *const *environment, const char *const *arguments);
process *cli_start(const char *const *arguments);
process *cli_start_on_terminal(const char *const *environment, const char *const *arguments);
const process_result *cli_wait(process *p);
const process_result *cli_on_terminal(const char *const *environment, const char *const *arguments);
const process_result *cli_limited(long file_bytes, const char *const *arguments);

#define WORDS(...)         ((const char *const[]){__VA_ARGS__, NULL})
#define CLI(...)           cli_run(NULL, WORDS(__VA_ARGS__))
#define CLI_WITH(env, ...) cli_run(env, WORDS(__VA_ARGS__))
#define CLI_START(...)     cli_start(WORDS(__VA_ARGS__))

/* Each fails the test, showing what the program said. */
void need_status(const process_result *got, int status);
void need_out(const process_result *got, const char *part);
void need_err(const process_result *got, const char *part);
void need_silent(const process_result *got, const char *part); /* nowhere in it */
/* All of standard output is one report, as docs/report.schema.json says. */
cJSON *need_json(const process_result *got);
cJSON *json_of(const char *text);

/* "a.b.c"; NULL when it is not there. */
const cJSON *json_at(const cJSON *object, const char *path);
const char *json_text(const cJSON *object, const char *path); /* "(null)" for null */
double json_number(const cJSON *object, const char *path);

/* The target of most tests: TARGET names it, cli_database is its path. In cli_directory, or what
 * the path stands for on a server (tests/support/database.h). */
#define TARGET    cli_target()
#define FILE_ONLY "sqlite:shop.db" /* of those that are about a file */
const char *cli_target(void);
const char *cli_database(void);
/* The URL of a database of the test, on the engine that it runs on (tests/support/database.h). */
const char *cli_url(const char *path);
void need_value(const char *sql, const char *wanted); /* of that database */
const char *cli_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_copy(const char *from, const char *to);
char *cli_read(const char *path); /* a file's text; like all of these it goes with the test */

/* Another repository; it goes with the test, too. */
repo_builder *cli_repository(bool bare);

/* A commit with that many records in `items`, for runs that take long enough to be met in the
 * middle; a second one changes them all. */
void shop_grow(int items);

/* Starts a run and pauses it where it holds the lock, before its transaction or inside of it. The
 * target has to exist, and the run to take long (shop_grow). */
process *cli_paused_with_lock(const char *const *arguments);
process *cli_paused_writing(const char *const *arguments);

#endif
