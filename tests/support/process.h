/*
 * Running a program for a black-box test: its own environment, standard input closed, output
 * captured, never longer than two minutes.
 */
#ifndef IGD_TESTS_PROCESS_H
#define IGD_TESTS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct process process;

typedef struct process_options {
    const char *directory;          /* where it runs; NULL: here */
    const char *const *environment; /* NAME=VALUE, NULL at the end: on top of a clean one */
    bool terminal;                  /* standard output and error are a terminal: all is in `out` */
    long file_bytes;                /* no file may become longer; 0: any may */
} process_options;

typedef struct process_result {
    int status; /* exit status; -SIGNAL when a signal ended it */
    char *out, *err;
} process_result;

/* argv[0] is the program's path; NULL at the end. Aborts when it cannot be run. */
process *process_start(const char *const *argv, const process_options *options);
pid_t process_id(const process *p);
void process_signal(const process *p, int number);
bool process_ended(process *p);
void process_type(const process *p, const char *text); /* on its terminal */

/* Sends SIGSTOP and returns when the process has really stopped; false: it has ended before. */
bool process_pause(process *p);

/* Waits for its end and frees the handle. */
process_result process_wait(process *p);
process_result process_run(const char *const *argv, const process_options *options);
void process_result_free(process_result *result);

/* A process of its own that runs `end`, and removes the directory, when this one has ended,
 * however: for servers that a test starts. Nothing is done when the directory has gone by then. */
void process_watch(const char *directory, void (*end)(void));

#endif
