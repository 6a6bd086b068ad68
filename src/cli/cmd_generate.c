/*
 * generate: a migration script and its rollback.
 */
#include <errno.h>
#include <sys/stat.h>

#include "cli/context.h"

/* A revision as a part of a file's name. */
static igd_str name_of(const char *revision, igd_arena *mem)
{
    char *name = igd_arena_cstr(mem, igd_str_from(revision));
    for (char *at = name; *at; at++)
        if (*at == '/' || (unsigned char)*at < ' ')
            *at = '-';
    return igd_str_from(name);
}

/* "up.sql" -> "up.down.sql" */
static const char *down_name(const char *up, igd_arena *mem)
{
    igd_str path = igd_str_from(up);
    ptrdiff_t slash = igd_str_rfind(path, '/'), dot = igd_str_rfind(path, '.');
    size_t stem = dot > slash + 1 ? (size_t)dot : path.len;
    return igd_arena_printf(mem, "%.*s.down%s", (int)stem, up, up + stem).ptr;
}

static int make_directory(const char *path, igd_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return IGD_OK;
    (void)igd_fail_errno(err, IGD_E_IO, "cannot create the directory '%s'", path);
    return igd_hint(err, "create the directories above it first");
}

static int name_in_directory(const igd_settings *settings, const char *extension,
                             igd_script_paths *paths, igd_arena *mem, igd_error *err)
{
    const char *dir = settings->output_dir;
    igd_str from = name_of(settings->from ? settings->from : "target", mem);
    igd_str to = name_of(settings->ref, mem);
    const char *slash = igd_str_ends(igd_str_from(dir), IGD_STR("/")) ? "" : "/";
    paths->up = igd_arena_printf(mem, "%s%smigration.%.*s_%.*s.%s", dir, slash, IGD_STR_ARG(from),
                                 IGD_STR_ARG(to), extension)
                    .ptr;
    paths->down = igd_arena_printf(mem, "%s%srollback.%.*s_%.*s.%s", dir, slash, IGD_STR_ARG(from),
                                   IGD_STR_ARG(to), extension)
                      .ptr;
    return make_directory(dir, err);
}

static int name_scripts(igd_settings *settings, const char *extension, igd_arena *mem,
                        igd_error *err)
{
    igd_script_paths *paths = &settings->scripts;
    if (settings->output_dir && (settings->output || settings->rollback)) {
        (void)igd_fail(err, IGD_E_USAGE, "--output-dir names the files itself");
        return igd_hint(err, "give neither --output nor --rollback with it");
    }
    paths->up = settings->output;
    if (settings->output_dir)
        return name_in_directory(settings, extension, paths, mem, err);
    paths->down = settings->rollback;
    if (!paths->down && paths->up)
        paths->down = down_name(paths->up, mem);
    return IGD_OK;
}

int igd_cmd_generate(igd_invocation *invocation, igd_error *err)
{
    igd_settings *settings = &invocation->settings;
    igd_sync_result *result = IGD_NEW(invocation->mem, igd_sync_result);
    *result = (igd_sync_result){.problems = IGD_PROBLEMS_INIT(invocation->mem)};
    const igd_target_driver *driver = invocation->context->target->driver;
    int code =
        name_scripts(settings, igd_script_extension(driver->script_syntax), invocation->mem, err);
    settings->scripts.force = settings->force;
    settings->sync.scripts = &settings->scripts;
    if (code == IGD_OK)
        code = igd_generate(invocation->context->repo, invocation->context->target, &settings->sync,
                            settings->from, invocation->mem, result, err);
    invocation->report.sync = result;
    invocation->report.scripts = &settings->scripts;
    if (result->source.len)
        invocation->report.source = result->source;
    return code;
}
