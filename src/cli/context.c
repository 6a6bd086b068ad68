/*
 * Opening what a command works on.
 */
#include "cli/context.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/logging.h"
#include "cli/signals.h"

void igd_context_free(igd_context *context)
{
    igd_target_close(context->target);
    igd_repo_free(context->repo);
    *context = (igd_context){0};
}

/* ---- configuration ---- */

static int read_file(const char *path, igd_buf *out, bool *found, igd_error *err)
{
    *found = false;
    FILE *file = fopen(path, "rb");
    if (!file)
        return IGD_OK;
    char chunk[4096];
    for (size_t got; (got = fread(chunk, 1, sizeof(chunk), file)) > 0;)
        igd_buf_add(out, chunk, got);
    bool failed = ferror(file);
    fclose(file);
    *found = !failed;
    return failed ? igd_fail(err, IGD_E_CONFIG, "cannot read '%s'", path) : IGD_OK;
}

/* The work tree's file, so that a change takes effect at once; a bare repository has only the tree.
 */
static int read_config(igd_invocation *invocation, igd_context *context, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    const char *path = invocation->settings.config;
    bool found = false, named = path != NULL;
    int code = IGD_OK;
    if (!named && igd_repo_work_dir(context->repo)) {
        path = igd_arena_printf(invocation->mem, "%s/.ingitdb/migrate.yaml", invocation->config_dir)
                   .ptr;
    } else if (!named) {
        IGD_CLEANUP(igd_blob)
        igd_blob blob = {0};
        path = ".ingitdb/migrate.yaml";
        code = igd_database_config(context->repo, &context->commit, &blob, &found, err);
        if (code == IGD_OK && found)
            igd_buf_str(&text, blob.bytes);
        if (code != IGD_OK || !found)
            return code;
    }
    if (!found)
        code = read_file(path, &text, &found, err);
    if (code == IGD_OK && !found && named)
        return igd_fail_errno(err, IGD_E_CONFIG, "cannot open the configuration '%s'", path);
    if (code != IGD_OK || !found)
        return code;
    return igd_config_parse(igd_buf_view(&text), path, invocation->mem, &context->config, err);
}

/* The database's directory; of a bare repository, the repository itself. */
static const char *database_dir(const igd_repo *repo, igd_arena *mem)
{
    const char *top = igd_repo_work_dir(repo);
    const char *root = igd_repo_root(repo);
    if (!top)
        return igd_repo_git_dir(repo);
    igd_str dir = igd_str_from(top);
    while (dir.len > 1 && dir.ptr[dir.len - 1] == '/')
        dir.len--;
    return *root ? igd_arena_printf(mem, "%.*s/%s", IGD_STR_ARG(dir), root).ptr
                 : igd_arena_str(mem, dir).ptr;
}

/* ---- source ---- */

static int open_source(igd_invocation *invocation, igd_context *context, igd_error *err)
{
    const igd_settings *settings = &invocation->settings;
    igd_repo_options options = {.path = settings->source,
                                .root = settings->root,
                                .verify_objects = settings->verify_objects};
    int code = igd_repo_open(&options, &context->repo, err);
    if (code != IGD_OK)
        return code;
    const char *work = igd_repo_work_dir(context->repo);
    invocation->report.source_path = igd_str_from(work ? work : igd_repo_git_dir(context->repo));
    invocation->config_dir = database_dir(context->repo, invocation->mem);
    code = igd_repo_resolve(context->repo, settings->ref, &context->commit, err);
    return code == IGD_OK ? read_config(invocation, context, err) : code;
}

static void name_source(igd_invocation *invocation, igd_context *context)
{
    bool from_origin = false;
    igd_str usual = igd_repo_default_name(context->repo, invocation->mem, &from_origin);
    if (context->config.name.len || from_origin)
        context->lasting_name = context->config.name.len ? context->config.name : usual;
    invocation->settings.sync.source_name = context->config.name.len ? context->config.name : usual;
    invocation->report.source = invocation->settings.sync.source_name;
}

static void warn_uncommitted(const igd_context *context)
{
    int64_t files = igd_repo_uncommitted(context->repo);
    if (files > 0)
        igd_log(IGD_LOG_WARNING,
                "%lld uncommitted file%s below the source: only what is committed is read",
                (long long)files, files == 1 ? "" : "s");
}

/* ---- target ---- */

static int choose_target(const igd_invocation *invocation, const igd_context *context, igd_str *url,
                         const char **origin, igd_error *err)
{
    const char *base = invocation->config_dir, *fallback = getenv("DATABASE_URL");
    const igd_settings *settings = &invocation->settings;
    *origin = settings->target_origin;
    if (settings->target)
        return igd_config_target(&context->config, igd_str_from(settings->target), base,
                                 invocation->mem, url, err);
    *origin = context->config.path;
    int code = igd_config_default_target(&context->config, base, invocation->mem, url, err);
    if (code != IGD_OK || url->len > 0)
        return code;
    *origin = "DATABASE_URL";
    *url = igd_str_from(fallback);
    if (fallback && *fallback)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "no target is given");
    return igd_hint(err, "say where to: --target sqlite:FILE.db, or `target:` in "
                         ".ingitdb/migrate.yaml");
}

static void announce(const igd_invocation *invocation, const igd_context *context,
                     const char *origin)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    const char *ref = invocation->report.ref;
    if (invocation->settings.quiet)
        return;
    igd_buf_printf(&text, "target %.*s (from %s)", IGD_STR_ARG(invocation->report.target), origin);
    if (context->repo && ref)
        igd_buf_printf(&text, ", %s -> %.10s", ref, context->commit.hex);
    igd_logging_notice(invocation->settings.log_json, text.ptr);
}

static int open_target(igd_invocation *invocation, igd_context *context, igd_open_mode mode,
                       bool rehearsal, igd_error *err)
{
    igd_str url = {0};
    const char *origin = NULL;
    int code = choose_target(invocation, context, &url, &origin, err);
    if (code != IGD_OK)
        return code;
    igd_target_config config = {.mode = mode,
                                .batch_rows = invocation->settings.sync.batch_size,
                                .run_id = invocation->settings.sync.run_id,
                                .source_name = context->lasting_name,
                                .stop = &igd_stop_signal};
    invocation->report.target = igd_url_masked(url, invocation->mem);
    code = igd_url_parse(url, invocation->mem, &config.url, err);
    if (code != IGD_OK)
        return code;
    context->url = config.url;
    announce(invocation, context, origin);
    igd_dry_run dry = mode == IGD_OPEN_WRITE ? invocation->settings.sync.dry_run : IGD_DRY_NONE;
    config.scratch = dry == IGD_DRY_EXECUTE;
    if (rehearsal)
        config.rehearsal = invocation->settings.from ? IGD_REHEARSE_EMPTY : IGD_REHEARSE_COPY;
    if (dry == IGD_DRY_PLAN)
        config.mode = IGD_OPEN_READ;
    code = igd_target_open(&config, &context->target, err);
    if (code == IGD_E_UNREACHABLE && dry == IGD_DRY_PLAN) {
        /* What is not there yet can be planned for; nothing is made before the lock is taken. */
        config.mode = IGD_OPEN_WRITE;
        code = igd_target_open(&config, &context->target, err);
    }
    if (code != IGD_OK)
        return code;
    invocation->report.engine = igd_str_from(context->target->driver->name);
    invocation->report.server_version =
        igd_arena_str(invocation->mem, context->target->server_version);
    return IGD_OK;
}

int igd_context_rehearsal(const igd_invocation *invocation, igd_target **out, igd_error *err)
{
    igd_target_config config = {.url = invocation->context->url,
                                .mode = IGD_OPEN_WRITE,
                                .batch_rows = invocation->settings.sync.batch_size,
                                .run_id = invocation->settings.sync.run_id,
                                .source_name = invocation->context->lasting_name,
                                .rehearsal = IGD_REHEARSE_COPY,
                                .stop = &igd_stop_signal};
    return igd_target_open(&config, out, err);
}

/* ---- all of it ---- */

/* Unique enough to tell runs apart, and the process can be found by it. */
static const char *make_run_id(igd_arena *mem)
{
    uint64_t random = 0;
    if (getentropy(&random, sizeof(random)) != 0)
        random = (uint64_t)getpid();
    return igd_arena_printf(mem, "%016llx-%ld", (unsigned long long)random, (long)getpid()).ptr;
}

/* Without the configuration of a source. */
static bool target_is_given(const igd_settings *settings)
{
    const char *fallback = getenv("DATABASE_URL");
    return settings->target || (fallback && *fallback);
}

/* Everything that stood on the command line or in the environment, then the rest from the file. */
static int complete_settings(igd_invocation *invocation, const igd_command *command,
                             igd_given *given, igd_context *context, igd_error *err)
{
    igd_settings final = igd_default_settings();
    int code = igd_config_options(&context->config, command, invocation->mem, given, err);
    if (code == IGD_OK)
        code = igd_apply_options(command, given, &final, err);
    if (code != IGD_OK)
        return code;
    final.sync.run_id = make_run_id(invocation->mem);
    final.sync.ref = final.ref;
    /* There is no plan of a script: what it says is what it does. */
    if (command->needs == IGD_NEEDS_SCRIPT && final.sync.dry_run == IGD_DRY_PLAN)
        final.sync.dry_run = IGD_DRY_EXECUTE;
    invocation->settings = final;
    return IGD_OK;
}

int igd_context_open(igd_invocation *invocation, const igd_command *command, igd_given *given,
                     igd_context *out, igd_error *err)
{
    igd_error no_source = IGD_ERROR_INIT;
    int code = open_source(invocation, out, &no_source);
    bool needs_source = command->needs != IGD_NEEDS_LOCK && command->needs != IGD_NEEDS_SCRIPT;
    if (code != IGD_OK && (needs_source || !target_is_given(&invocation->settings) || out->repo)) {
        *err = no_source;
        return code;
    }
    code = complete_settings(invocation, command, given, out, err);
    if (code != IGD_OK)
        return code;
    /* `verify` reads the commit that the target names. */
    bool has_ref = igd_option_find("ref")->commands & command->mask;
    invocation->report.selection = invocation->settings.sync.selection;
    invocation->report.ref = has_ref ? invocation->settings.ref : NULL;
    if (out->repo) {
        name_source(invocation, out);
        if (needs_source && has_ref)
            warn_uncommitted(out);
    }
    switch (command->needs) {
    case IGD_NEEDS_NOTHING:
    case IGD_NEEDS_SOURCE:
        return IGD_OK;
    case IGD_NEEDS_READ:
    case IGD_NEEDS_LOCK:
        return open_target(invocation, out, IGD_OPEN_READ, false, err);
    case IGD_NEEDS_WRITE:
    case IGD_NEEDS_SCRIPT:
        return open_target(invocation, out, IGD_OPEN_WRITE, false, err);
    case IGD_NEEDS_REHEARSAL:
        return open_target(invocation, out, IGD_OPEN_WRITE, true, err);
    }
    return IGD_OK;
}
