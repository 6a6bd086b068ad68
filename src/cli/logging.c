/*
 * Writing messages.
 */
#include "cli/logging.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json_write.h"

/* Rooms below may log from several threads. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static const char *const words[] = {[IGD_LOG_ERROR] = "error",
                                    [IGD_LOG_WARNING] = "warning",
                                    [IGD_LOG_INFO] = "info",
                                    [IGD_LOG_DEBUG] = "debug"};

static void write_json(const char *level, const char *message, const char *code, const char *hint)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    igd_json_object(&json);
    igd_json_put_string(&json, "level", igd_str_from(level));
    if (code)
        igd_json_put_string(&json, "code", igd_str_from(code));
    igd_json_put_string(&json, "message", igd_str_from(message));
    if (hint && *hint)
        igd_json_put_string(&json, "hint", igd_str_from(hint));
    igd_json_end(&json);
    /* Messages quote paths and values, which can be any bytes. */
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    igd_buf_utf8(&line, igd_buf_view(&text));
    fprintf(stderr, "%s\n", line.ptr);
}

bool igd_logging_wants_color(const igd_settings *settings)
{
    const char *no = getenv("NO_COLOR");
    return !settings->no_color && !(no && *no);
}

void igd_logging_notice(bool json, const char *message)
{
    pthread_mutex_lock(&mutex);
    if (json)
        write_json(words[IGD_LOG_INFO], message, NULL, NULL);
    else
        fprintf(stderr, "%s\n", message);
    pthread_mutex_unlock(&mutex);
}

static void sink(igd_log_level level, const char *message, void *payload)
{
    igd_logging *logging = payload;
    pthread_mutex_lock(&mutex);
    if (level == IGD_LOG_WARNING)
        IGD_PUSH(logging->mem, &logging->report->warnings,
                 igd_arena_str(logging->mem, igd_str_from(message)));
    if (!logging->settings->quiet || level == IGD_LOG_ERROR) {
        igd_progress_clear(logging->progress);
        if (logging->settings->log_json)
            write_json(words[level], message, NULL, NULL);
        else
            fprintf(stderr, "%s: %s\n", words[level], message);
    }
    pthread_mutex_unlock(&mutex);
}

void igd_logging_start(igd_logging *logging)
{
    igd_log_set_sink(sink, logging, logging->settings->log_level);
}

static void print_place(const igd_place *place)
{
    if (!place->path[0])
        return;
    fprintf(stderr, "%s:", place->path);
    if (place->line > 0)
        fprintf(stderr, "%u:%u:", place->line, place->column ? place->column : 1);
    fputc(' ', stderr);
}

void igd_logging_error(const igd_logging *logging, const igd_error *err)
{
    igd_progress_clear(logging->progress);
    if (logging->settings->log_json) {
        write_json("error", err->message, igd_code_word(err->code), err->hint);
        return;
    }
    bool color = isatty(STDERR_FILENO) && igd_logging_wants_color(logging->settings);
    fprintf(stderr, "%serror:%s ", color ? "\033[31m" : "", color ? "\033[0m" : "");
    print_place(&err->place);
    fprintf(stderr, "%s\n", err->message);
    if (err->hint[0])
        fprintf(stderr, "hint: %s\n", err->hint);
    if (err->code == IGD_E_BUG)
        fputs("hint: this is a bug: please report it\n", stderr);
}
