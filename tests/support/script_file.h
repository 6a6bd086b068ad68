/*
 * Migration scripts for tests: a header, with the checksums that it needs, around any body.
 */
#ifndef IGD_TESTS_SCRIPT_FILE_H
#define IGD_TESTS_SCRIPT_FILE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct script_text {
    const char *source, *engine; /* NULL: "shop", "sqlite" */
    bool down;
    const char *from, *to; /* NULL: none */
    const char *run;
    uint64_t row_count;
    const char *rows[2]; /* digests, whose sum is that of the rows; NULL: none */
    const char *const
        *left; /* schema_json of each table that the state then records, NULL behind */
    const char *body;
} script_text;

/* Replaces the file. Aborts with a message when it cannot. */
void script_file_write(const char *path, const script_text *text);

#endif
