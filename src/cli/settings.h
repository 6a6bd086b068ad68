/*
 * Settings: what the options of a run add up to. Plain data; the option table fills it.
 */
#ifndef IGD_CLI_SETTINGS_H
#define IGD_CLI_SETTINGS_H

#include "base/arena.h"
#include "base/log.h"
#include "sync/analyze.h"
#include "sync/generate.h"

typedef enum igd_output_format {
    IGD_FORMAT_AUTO, /* by the extension of --output, else text */
    IGD_FORMAT_TEXT,
    IGD_FORMAT_JSON,
    IGD_FORMAT_MARKDOWN, /* help, analyze, verify */
} igd_output_format;

typedef enum igd_when { IGD_WHEN_AUTO, IGD_WHEN_ALWAYS, IGD_WHEN_NEVER } igd_when;

typedef struct igd_settings {
    const char *source, *root, *ref, *config;
    const char *target;        /* as given: a URL or a name */
    const char *target_origin; /* "--target", "INGITDB_TARGET", ...: where it came from */
    const char *output;
    const char *from, *to, *output_dir, *rollback; /* generate; sync: the last */
    igd_script_paths scripts;
    const char *script; /* apply */
    igd_output_format format;
    igd_when progress;
    bool quiet, no_color, log_json;
    igd_log_level log_level;
    bool verify_objects;
    bool force, exit_code;
    igd_detail detail;
    bool blame;
    igd_sync_options sync; /* the rest goes to the run as it is */
} igd_settings;

#endif
