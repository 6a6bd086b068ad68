/*
 * The progress line.
 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PLAIN_EVERY_MS 10000

int64_t igd_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool igd_progress_wanted(const igd_settings *settings)
{
    return !settings->quiet && settings->progress != IGD_WHEN_NEVER;
}

void igd_progress_begin(igd_progress_line *line, igd_when when)
{
    int64_t now = igd_monotonic_ms();
    *line = (igd_progress_line){.live = when == IGD_WHEN_ALWAYS || isatty(STDERR_FILENO),
                                .phase = "",
                                .phase_ms = now,
                                .printed_ms = now};
}

/* Files hold any number of records: what is left is judged by them. */
static void print_share(const igd_progress *progress, double seconds)
{
    if (progress->total_files == 0 || progress->files > progress->total_files)
        return;
    double share = (double)progress->files / (double)progress->total_files;
    fprintf(stderr, ", %.0f %%", share * 100);
    if (seconds > 0.2 && progress->files > 0 && progress->files < progress->total_files)
        fprintf(stderr, ", %.0f s left", seconds * (1 - share) / share);
}

static void print(const igd_progress *progress, const igd_progress_line *line, int64_t now)
{
    double seconds = (double)(now - line->phase_ms) / 1000;
    double rate = seconds > 0.2 ? (double)progress->done / seconds : 0;
    fputs(progress->phase, stderr);
    if (progress->done == 0 && progress->total == 0 && progress->total_files == 0)
        return; /* a phase without records */
    fprintf(stderr, " %" PRIu64, progress->done);
    if (progress->total > progress->done)
        fprintf(stderr, "/%" PRIu64, progress->total);
    fputs(" records", stderr);
    if (rate > 0)
        fprintf(stderr, ", %.0f/s", rate);
    if (rate > 0 && progress->total > progress->done)
        fprintf(stderr, ", %.0f s left", (double)(progress->total - progress->done) / rate);
    print_share(progress, seconds);
}

void igd_progress_show(const igd_progress *progress, void *payload)
{
    igd_progress_line *line = payload;
    int64_t now = igd_monotonic_ms();
    if (line->phase != progress->phase) {
        line->phase = progress->phase;
        line->phase_ms = now;
    }
    if (!line->live && now - line->printed_ms < PLAIN_EVERY_MS)
        return;
    line->printed_ms = now;
    if (line->live)
        fputs("\r\033[K", stderr);
    print(progress, line, now);
    if (!line->live)
        fputc('\n', stderr);
    line->shown = line->live;
    fflush(stderr);
}

void igd_progress_clear(igd_progress_line *line)
{
    if (line->shown)
        fputs("\r\033[K", stderr);
    line->shown = false;
}
