/*
 * The progress line, on a standard error that is a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cmocka.h"

/* Runs with standard error in a file; what was written there. free() it. */
static char *written(void (*run)(void))
{
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    int before = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    run();
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    char *text = calloc(1, 4096);
    rewind(file);
    size_t got = fread(text, 1, 4095, file);
    text[got] = '\0';
    fclose(file);
    return text;
}

static void when_it_is_wanted(void **state)
{
    (void)state;
    igd_settings settings = {0};
    assert_true(igd_progress_wanted(&settings));
    settings.progress = IGD_WHEN_NEVER;
    assert_false(igd_progress_wanted(&settings));
    settings.progress = IGD_WHEN_ALWAYS;
    assert_true(igd_progress_wanted(&settings));
    settings.quiet = true;
    assert_false(igd_progress_wanted(&settings));
}

/* A line every ten seconds, and none before. */
static void plain(void)
{
    igd_progress_line line;
    igd_progress_begin(&line, IGD_WHEN_AUTO);
    igd_progress_show(&(igd_progress){.phase = "writing", .done = 1}, &line);
    line.printed_ms -= 10000;
    line.phase_ms -= 2000;
    igd_progress_show(&(igd_progress){.phase = line.phase, .done = 100, .total = 300}, &line);
    igd_progress_show(&(igd_progress){.phase = line.phase, .done = 200, .total = 300}, &line);
    igd_progress_clear(&line);
}

static void lines_now_and_then(void **state)
{
    (void)state;
    char *text = written(plain);
    assert_non_null(strstr(text, "writing 100/300 records, "));
    assert_non_null(strstr(text, "/s, 4 s left\n"));
    assert_null(strstr(text, "200"));
    assert_null(strchr(text, '\r'));
    free(text);
}

/* Four files, of which the first one had most records. */
static void by_files(void)
{
    igd_progress_line line;
    igd_progress_begin(&line, IGD_WHEN_AUTO);
    igd_progress_show(&(igd_progress){.phase = "writing", .total_files = 4}, &line);
    line.printed_ms -= 10000;
    line.phase_ms -= 2000;
    igd_progress_show(
        &(igd_progress){.phase = line.phase, .done = 900, .files = 1, .total_files = 4}, &line);
}

static void files_tell_what_is_left(void **state)
{
    (void)state;
    char *text = written(by_files);
    assert_non_null(strstr(text, "writing 900 records, "));
    assert_non_null(strstr(text, "/s, 25 %, 6 s left\n"));
    free(text);
}

static void live(void)
{
    igd_progress_line line;
    igd_progress_begin(&line, IGD_WHEN_ALWAYS);
    igd_progress_clear(&line); /* nothing is there yet */
    igd_progress_show(&(igd_progress){.phase = "reading", .done = 1}, &line);
    igd_progress_show(&(igd_progress){.phase = "writing", .done = 2, .total = 2}, &line);
    igd_progress_clear(&line);
    igd_progress_clear(&line);
}

static void a_live_line(void **state)
{
    (void)state;
    char *text = written(live);
    assert_string_equal(text, "\r\033[Kreading 1 records\r\033[Kwriting 2 records\r\033[K");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_it_is_wanted),
        cmocka_unit_test(lines_now_and_then),
        cmocka_unit_test(files_tell_what_is_left),
        cmocka_unit_test(a_live_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
