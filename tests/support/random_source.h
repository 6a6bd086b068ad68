/*
 * Random inGitDB repositories with history: every commit is valid, and says what a target has to
 * hold after a sync of it. The same seed gives the same commits.
 *
 * The generator keeps its own model of the database and writes the files with its own serialisers,
 * so that reader and writer of the program cannot be wrong together.
 */
#ifndef IGD_TESTS_RANDOM_SOURCE_H
#define IGD_TESTS_RANDOM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct random_source random_source;

random_source *random_source_new(uint64_t seed, size_t commits);
/* Commits may have files that are broken, records that do not fit or are missing. What is expected
 * then is what they would mean without that. */
random_source *random_source_new_broken(uint64_t seed, size_t commits);
void random_source_free(random_source *source); /* NULL is fine */

const char *random_source_repo(const random_source *source); /* its path */
const char *random_source_commit(const random_source *source, size_t n);
/* The operations that led to the commit. */
const char *random_source_log(const random_source *source, size_t n);

bool random_source_is_broken(const random_source *source, size_t n);

/* Between commits with equal numbers a row that is the same need not be written again: its file has
 * the same place, its columns have the same types. */
unsigned random_source_rewrites(const random_source *source, size_t n);

/* What the commit means: tables, columns, references and rows, in the words of
 * random_source_dump. */
const char *random_source_expected(const random_source *source, size_t n);

/* What a SQLite database holds, to be compared with random_source_expected. free() it. */
char *random_source_dump(const char *database);

#endif
