/*
 * Runs a command and appends what it took to a file, as one line: wall seconds, processor seconds
 * (user and system), peak resident KiB, and the most anonymous KiB that were seen: pages of its
 * own, without those of mapped files. measure FILE COMMAND [ARGUMENT]...
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* 0 when the process is gone or the kernel does not tell. */
static long anonymous_kib(pid_t child)
{
    char path[64], line[128];
    long kib = 0;
    snprintf(path, sizeof(path), "/proc/%ld/status", (long)child);
    FILE *status = fopen(path, "r");
    while (status && kib == 0 && fgets(line, sizeof(line), status))
        (void)!sscanf(line, "RssAnon: %ld", &kib);
    if (status)
        fclose(status);
    return kib;
}

/* Until a signal says that the child has ended. */
static long watch(pid_t child, const sigset_t *ended)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    long most = 0;
    while (sigtimedwait(ended, NULL, &pause) < 0) {
        long now_kib = anonymous_kib(child);
        most = now_kib > most ? now_kib : most;
    }
    return most;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    sigset_t ended;
    int status;
    if (argc < 3) {
        fprintf(stderr, "usage: %s FILE COMMAND [ARGUMENT]...\n", argv[0]);
        return 2;
    }
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ended, NULL);
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_UNBLOCK, &ended, NULL);
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    long anonymous = child < 0 ? 0 : watch(child, &ended);
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror(argv[0]);
        return 1;
    }
    double wall = now() - start;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s: '%s' failed\n", argv[0], argv[2]);
        return 1;
    }
    FILE *out = fopen(argv[1], "a");
    if (!out ||
        fprintf(out, "%.6f %.6f %ld %ld\n", wall,
                seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss,
                anonymous) < 0 ||
        fclose(out) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
