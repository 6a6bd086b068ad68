/*
 * fork and exec with everything captured. Output goes to files that have no name, so that a program
 * that writes much never waits for the test; a terminal is read while waiting.
 */
#include "tests/support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

#define LONGEST_MS 120000

struct process {
    pid_t pid;
    FILE *out, *err;
    int terminal; /* our end, or -1 */
    bool ended;
    int wait_status;
    long started_ms;
};

static void die(const char *what)
{
    fprintf(stderr, "process: %s: %s\n", what, strerror(errno));
    abort();
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void nap(void)
{
    struct timespec some = {.tv_nsec = 500000};
    nanosleep(&some, NULL);
}

/* ---- the child ---- */

/* What the program's answer may depend on is not the user's; where things are, and how sanitizers
 * report, is. */
static void set_environment(const char *const *extra)
{
    static const char *const kept[] = {"PATH",         "TMPDIR",        "LD_LIBRARY_PATH",
                                       "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                       "LSAN_OPTIONS", "GCOV_PREFIX"};
    static char held[sizeof(kept) / sizeof(kept[0])][4096];
    size_t count = sizeof(kept) / sizeof(kept[0]);
    for (size_t n = 0; n < count; n++) {
        const char *value = getenv(kept[n]);
        snprintf(held[n], sizeof(held[n]), "%s", value ? value : "");
    }
    clearenv();
    for (size_t n = 0; n < count; n++)
        if (held[n][0])
            setenv(kept[n], held[n], 1);
    setenv("HOME", "/nonexistent", 1);
    setenv("LANG", "C.UTF-8", 1);
    setenv("TERM", "xterm", 1);
    for (size_t n = 0; extra && extra[n]; n++)
        putenv(strdup(extra[n]));
}

static void become(const char *const *argv, const process_options *options)
{
    if (options->directory && chdir(options->directory) != 0)
        die(options->directory);
    if (options->file_bytes > 0) {
        struct rlimit limit = {(rlim_t)options->file_bytes, (rlim_t)options->file_bytes};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            die("setrlimit");
        signal(SIGXFSZ, SIG_IGN); /* the write fails instead */
    }
    /* A failed test leaves nothing behind that runs, or is stopped. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    set_environment(options->environment);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    die(argv[0]);
}

static void use_files(const process *p)
{
    int none = open("/dev/null", O_RDONLY);
    if (none < 0 || dup2(none, STDIN_FILENO) < 0 || dup2(fileno(p->out), STDOUT_FILENO) < 0 ||
        dup2(fileno(p->err), STDERR_FILENO) < 0)
        die("dup2");
}

/* ---- starting ---- */

process *process_start(const char *const *argv, const process_options *options)
{
    static const process_options plain;
    process *p = calloc(1, sizeof(*p));
    if (!p)
        die("calloc");
    options = options ? options : &plain;
    *p = (process){.out = tmpfile(), .err = tmpfile(), .terminal = -1, .started_ms = now_ms()};
    if (!p->out || !p->err)
        die("tmpfile");
    fflush(NULL);
    struct winsize size = {.ws_row = 24, .ws_col = 100};
    p->pid = options->terminal ? forkpty(&p->terminal, NULL, NULL, &size) : fork();
    if (p->pid < 0)
        die("fork");
    if (p->pid == 0) {
        if (!options->terminal)
            use_files(p);
        become(argv, options);
    }
    if (p->terminal >= 0 && fcntl(p->terminal, F_SETFL, O_NONBLOCK) != 0)
        die("fcntl");
    return p;
}

pid_t process_id(const process *p)
{
    return p->pid;
}

void process_signal(const process *p, int number)
{
    if (!p->ended && kill(p->pid, number) != 0)
        die("kill");
}

void process_type(const process *p, const char *text)
{
    size_t len = strlen(text);
    if (write(p->terminal, text, len) != (ssize_t)len)
        die("write");
}

/* ---- waiting ---- */

static void read_terminal(const process *p)
{
    char some[4096];
    if (p->terminal < 0)
        return;
    for (ssize_t got; (got = read(p->terminal, some, sizeof(some))) > 0;)
        fwrite(some, 1, (size_t)got, p->out);
}

/* Looks once; WUNTRACED tells of a stop as well. */
static bool look(process *p, int flags, bool *stopped)
{
    int status = 0;
    pid_t got = p->ended ? 0 : waitpid(p->pid, &status, WNOHANG | flags);
    if (got < 0)
        die("waitpid");
    *stopped = got > 0 && WIFSTOPPED(status);
    if (got > 0 && !*stopped) {
        p->ended = true;
        p->wait_status = status;
    }
    read_terminal(p);
    if (!p->ended && now_ms() - p->started_ms > LONGEST_MS) {
        fprintf(stderr, "process: %d runs for too long\n", (int)p->pid);
        kill(p->pid, SIGABRT);
        kill(p->pid, SIGCONT);
        abort();
    }
    return p->ended;
}

bool process_ended(process *p)
{
    bool stopped;
    return look(p, 0, &stopped);
}

bool process_pause(process *p)
{
    bool stopped = false;
    if (!process_ended(p))
        process_signal(p, SIGSTOP);
    while (!look(p, WUNTRACED, &stopped) && !stopped)
        nap();
    return stopped;
}

static char *whole(FILE *file)
{
    long size = ftell(file);
    if (fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    char *text = calloc(1, (size_t)(size > 0 ? size : 0) + 1);
    rewind(file);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        die("reading what it wrote");
    fclose(file);
    return text;
}

process_result process_wait(process *p)
{
    while (!process_ended(p))
        nap();
    read_terminal(p);
    int status = p->wait_status;
    process_result result = {.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)};
    result.out = whole(p->out);
    result.err = whole(p->err);
    if (p->terminal >= 0)
        close(p->terminal);
    free(p);
    return result;
}

process_result process_run(const char *const *argv, const process_options *options)
{
    return process_wait(process_start(argv, options));
}

void process_result_free(process_result *result)
{
    free(result->out);
    free(result->err);
    *result = (process_result){0};
}

void process_watch(const char *directory, void (*end)(void))
{
    int ends[2];
    char byte;
    pid_t child = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (child < 0)
        abort();
    if (child > 0)
        return;
    setsid();
    close(ends[1]);
    if (read(ends[0], &byte, 1) <= 0 && access(directory, F_OK) == 0) {
        end();
        remove_tree(directory);
    }
    _exit(0);
}
