/*
 * Errors: an int code that functions return, and an igd_error that explains it.
 *
 * Every fallible function returns IGD_OK (0) or another igd_code, takes an `igd_error *err` (never
 * NULL) as its last parameter, and fills it exactly when it returns something else. Outputs are
 * written on success only. An igd_error is a plain struct: it owns nothing, and may be copied and
 * handed from thread to thread.
 *
 * Messages are lower case and have no full stop. A hint says what to do about it and is printed on
 * a line of its own after "hint: ".
 *
 * The exit status of each code is the table of docs/commands.md ("Exit codes").
 */
#ifndef IGD_BASE_ERROR_H
#define IGD_BASE_ERROR_H

#include "base/attributes.h"
#include "base/str.h"

/* X(name, word in JSON reports, exit status, worth retrying without a change) */
#define IGD_CODES(X)                                                                              \
    X(OK, "OK", 0, false)                                                                         \
    X(DIFFERS, "DIFFERS", 1, false)         /* the answer is no */                                \
    X(USAGE, "USAGE", 2, false)             /* unknown option, missing argument */                \
    X(CONFIG, "CONFIG", 2, false)           /* configuration file, URL, environment */            \
    X(SCHEMA, "SCHEMA", 3, false)           /* a definition cannot be used */                     \
    X(INVALID, "INVALID", 3, false)         /* invalid records under --on-invalid fail */         \
    X(REPOSITORY, "REPOSITORY", 4, false)   /* git repository, revision or object not readable */ \
    X(UNREACHABLE, "UNREACHABLE", 4, true)  /* target cannot be reached or opened */              \
    X(DESTRUCTIVE, "DESTRUCTIVE", 5, false) /* 5: refused by policy */                            \
    X(MASS_DELETE, "MASS_DELETE", 5, false)                                                       \
    X(CONFLICT, "CONFLICT", 5, false)                                                             \
    X(UNOWNED, "UNOWNED", 5, false)                                                               \
    X(STALE_BASE, "STALE_BASE", 5, false)                                                         \
    X(CHECKSUM, "CHECKSUM", 5, false)                                                             \
    X(REWIND, "REWIND", 5, false)                                                                 \
    X(FORMAT, "FORMAT", 5, false)                                                                 \
    X(LOCKED, "LOCKED", 6, true)  /* another run holds the lock */                                \
    X(TARGET, "TARGET", 7, false) /* the target rejected a statement */                           \
    X(IO, "IO", 7, false)         /* local file or disk */                                        \
    X(BUG, "BUG", 70, false)      /* please report */                                             \
    X(INTERRUPTED, "INTERRUPTED", 130, false)                                                     \
    X(TERMINATED, "TERMINATED", 143, false)

typedef enum igd_code {
#define IGD_CODE_ENUM(name, word, status, retry) IGD_E_##name,
    IGD_CODES(IGD_CODE_ENUM)
#undef IGD_CODE_ENUM
        IGD_CODE_COUNT
} igd_code;

#define IGD_OK 0

/* Where in the source something is; zero and "" mean unknown. Lines and columns count from 1. */
typedef struct igd_place {
    char path[512];
    uint32_t line;
    uint32_t column;
    char collection[128];
    char key[256]; /* ancestors' keys and the key joined with '/' */
} igd_place;

typedef struct igd_error {
    igd_code code;
    int native; /* errno, or the code of the library that failed; 0 if there is none */
    /* The server went away, or stopped us for the sake of others (a deadlock, a failover): the same
     * again may well succeed. */
    bool transient;
    igd_place place;
    char message[1024];
    char hint[512];
} igd_error;

#define IGD_ERROR_INIT ((igd_error){.code = IGD_E_OK})

/* Sets code and message, clears the rest, and returns the code: `return igd_fail(err, ...)`. */
int igd_fail(igd_error *err, igd_code code, const char *format, ...) IGD_PRINTF(3, 4);

/* As igd_fail, followed by ": " and strerror(errno). */
int igd_fail_errno(igd_error *err, igd_code code, const char *format, ...) IGD_PRINTF(3, 4);

/* Adds a hint to an error that has been set; returns its code. */
int igd_hint(igd_error *err, const char *format, ...) IGD_PRINTF(2, 3);

/* Puts text in front of the message ("while creating table 'x'"), separated by ": ". */
int igd_error_prefix(igd_error *err, const char *format, ...) IGD_PRINTF(2, 3);

int igd_code_exit_status(igd_code code);
const char *igd_code_word(igd_code code);
bool igd_code_retryable(igd_code code);

#endif
