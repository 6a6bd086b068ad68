/*
 * Applying a script, from its file to its COMMIT.
 */
#include <pwd.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sync/apply_private.h"
#include "sync/apply_rows.h"
#include "sync/apply_verify.h"
#include "sync/lock.h"
#include "sync/next_state.h"
#include "sync/pipeline.h"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- does it fit ---- */

static int check_engine(const igd_applying *a, igd_error *err)
{
    const igd_target_driver *driver = a->target->driver;
    if (!igd_str_is(a->head->engine, driver->name)) {
        (void)igd_fail(err, IGD_E_USAGE, "the script is for %.*s, and the target is %s",
                       IGD_STR_ARG(a->head->engine), driver->name);
        return igd_hint(err, "generate one from this target");
    }
    if (a->target->caps & IGD_CAP_SCRIPT)
        return IGD_OK;
    return igd_fail(err, IGD_E_USAGE, "scripts cannot be applied to this target");
}

/* A clone may have another name: then the commits tell. */
static int check_source(const igd_applying *a, igd_error *err)
{
    igd_str name = a->options->source_name;
    const igd_script_head *head = a->head;
    if (!a->repo || igd_str_eq(name, head->source) ||
        (head->to.len > 0 && igd_repo_has(a->repo, head->to)) ||
        (head->from.len > 0 && igd_repo_has(a->repo, head->from)))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "the script is of source '%.*s', and this is '%.*s'",
                   IGD_STR_ARG(head->source), IGD_STR_ARG(name));
    return igd_hint(err, "--source says where the repository is; outside of any repository none is "
                         "asked for");
}

static int check_verify(const igd_applying *a, igd_error *err)
{
    if (!a->options->verify)
        return IGD_OK;
    if (!a->repo || !igd_repo_has(a->repo, a->head->to)) {
        (void)igd_fail(err, IGD_E_USAGE, "--verify needs the repository with commit '%.*s'",
                       IGD_STR_ARG(a->head->to));
        return igd_hint(err, "--source says where it is");
    }
    return IGD_OK;
}

/* ---- is the target where it has to be ---- */

static igd_str held_commit(const igd_applying *a)
{
    return a->known ? a->known->commit_id : (igd_str){0};
}

static int fail_stale(const igd_applying *a, igd_error *err)
{
    igd_str held = held_commit(a), from = a->head->from, to = a->head->to;
    const char *run = igd_str_eq(held, from) ? " (of another run)" : "";
    (void)igd_fail(err, IGD_E_STALE_BASE,
                   "the script leads from %.*s to %.*s, and the target holds %.*s%s",
                   from.len ? (int)from.len : 7, from.len ? from.ptr : "nothing",
                   to.len ? (int)to.len : 7, to.len ? to.ptr : "nothing",
                   held.len ? (int)held.len : 7, held.len ? held.ptr : "nothing", run);
    return igd_hint(err, "generate a script from what the target holds now");
}

static int fail_in_progress(const igd_applying *a, igd_error *err)
{
    (void)igd_fail(err, IGD_E_STALE_BASE, "another run to %.*s has begun and not ended",
                   IGD_STR_ARG(a->known->goal_commit_id));
    return igd_hint(err, "the next sync goes on from there");
}

/* A script in steps has stored its mark, and has not come to its end. */
static bool is_marked(const igd_applying *a, const igd_source_state *state)
{
    const igd_script_head *head = a->head;
    igd_str goal = head->to.len ? head->to : IGD_STR(IGD_STATE_NOTHING);
    return head->steps > 0 && state && igd_str_eq(state->run_id, head->run_id) &&
           igd_str_eq(state->goal_commit_id, goal);
}

/* Reads the state; *already tells that the script has been applied. */
int igd_apply_check_base(igd_applying *a, bool *already, igd_error *err)
{
    const igd_script_head *head = a->head;
    int code = a->target->driver->state_read(a->target, a->mem, &a->state, err);
    if (code != IGD_OK)
        return code;
    a->known = igd_state_source(&a->state, head->source);
    igd_str held = held_commit(a);
    a->out->from = held;
    bool by_run = a->known && igd_str_eq(a->known->run_id, head->run_id);
    a->goes_on = is_marked(a, a->known);
    *already = false;
    if (a->goes_on)
        return IGD_OK;
    if (a->known && igd_state_in_progress(a->known))
        return fail_in_progress(a, err);
    *already = igd_apply_goes_up(a) ? by_run && igd_str_eq(held, head->to)
                                    : !by_run && igd_str_eq(held, head->to);
    if (*already || (igd_str_eq(held, head->from) && (igd_apply_goes_up(a) || by_run)))
        return IGD_OK;
    return fail_stale(a, err);
}

int igd_apply_check_sum(const igd_applying *a, uint64_t count, igd_digest sum, igd_error *err)
{
    const igd_script_head *head = a->head;
    if (count == head->row_count && igd_digest_eq(sum, head->rows))
        return IGD_OK;
    if (count != head->row_count)
        (void)igd_fail(err, IGD_E_STALE_BASE,
                       "of the rows that the script touches the target has %llu, and had %llu when "
                       "it was generated",
                       (unsigned long long)count, (unsigned long long)head->row_count);
    else
        (void)igd_fail(err, IGD_E_STALE_BASE,
                       "rows that the script touches have changed since it was generated");
    return igd_hint(err, "nothing was changed; generate it again, from the target as it is now");
}

/* One pass over the script before its first change. */
static int check_rows(igd_applying *a, igd_error *err)
{
    IGD_CLEANUP(igd_touched)
    igd_touched touched;
    igd_script_statement statement;
    bool more = igd_script_names_rows(a->script);
    igd_touched_init(&touched, a->target, a->known);
    igd_meter_phase(&a->meter, "checking rows", 0);
    int code = igd_script_rewind(a->script, err);
    while (code == IGD_OK && more) {
        code = igd_script_next(a->script, a->target->driver->script_syntax, &statement, &more, err);
        if (code == IGD_OK && more)
            code = igd_touched_add(&touched, statement.rows, err);
        if (code == IGD_OK)
            code = igd_stop_check(a->options->stop, err);
    }
    if (code == IGD_OK)
        code = igd_touched_finish(&touched, err);
    return code == IGD_OK ? igd_apply_check_sum(a, touched.count, touched.sum, err) : code;
}

/* ---- before COMMIT ---- */

/* The state that the header promises. */
int igd_apply_check_left(igd_applying *a, igd_source_state *left, igd_error *err)
{
    igd_state state;
    int code = a->target->driver->state_read(a->target, a->mem, &state, err);
    if (code != IGD_OK)
        return code;
    const igd_script_head *head = a->head;
    const igd_source_state *now = igd_state_source(&state, head->source);
    igd_str commit = now ? now->commit_id : (igd_str){0};
    bool by_run = now && igd_str_eq(now->run_id, head->run_id);
    if (!igd_str_eq(commit, head->to) || by_run != igd_apply_goes_up(a) ||
        !igd_digest_eq(igd_script_schema(now), head->schema)) {
        (void)igd_fail(err, IGD_E_FORMAT,
                       "the script does not leave the target in the state that its header says");
        return igd_hint(err, a->target->caps & IGD_CAP_TRANSACTIONS
                                 ? "nothing was changed; generate it again"
                                 : "sync, which puts it right");
    }
    *left = now ? *now : (igd_source_state){0};
    return IGD_OK;
}

int igd_apply_prove(igd_applying *a, const igd_source_state *left, igd_error *err)
{
    igd_apply_proof proof = {.repo = a->repo,
                             .target = a->target,
                             .options = a->options,
                             .commit = a->head->to,
                             .left = left,
                             .steps = a->head->steps > 0,
                             .meter = &a->meter};
    int code = igd_apply_verify(&proof, a->mem, err);
    a->out->verified = code == IGD_OK;
    return code;
}

static igd_str who(igd_arena *mem)
{
    char host[256] = "";
    const struct passwd *user = getpwuid(geteuid());
    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    return user ? igd_arena_printf(mem, "%s@%s", user->pw_name, host)
                : igd_arena_printf(mem, "%ld@%s", (long)geteuid(), host);
}

int igd_apply_record(igd_applying *a, const char *status, igd_str message, igd_error *err)
{
    if (a->options->unrecorded)
        return IGD_OK;
    const igd_script_head *head = a->head;
    const char *name = strrchr(a->path, '/');
    igd_str checksum = igd_str_from(head->sha256);
    bool up = igd_apply_goes_up(a);
    igd_migration row = {.id = head->run_id,
                         .version = up ? head->to : head->from,
                         .name = igd_str_from(name ? name + 1 : a->path),
                         .checksum = up ? checksum : (igd_str){0},
                         .applied_at = a->started_at,
                         .applied_by = who(a->mem),
                         .execution_ms = now_ms() - a->started_ms,
                         .status = igd_str_from(status),
                         .rollback_checksum = up ? (igd_str){0} : checksum,
                         .error_message = message,
                         .source = head->source,
                         .update = !up};
    int code = a->target->driver->migration_store(a->target, &row, &a->out->migrations, err);
    if (code == IGD_OK && !igd_str_is(a->out->migrations, "schema_migrations"))
        igd_log(IGD_LOG_WARNING,
                "table 'schema_migrations' is another program's: the script is recorded in '%.*s'",
                IGD_STR_ARG(a->out->migrations));
    return code;
}

/* All statements have been run; nothing is visible yet. */
static int before_commit(igd_applying *a, igd_error *err)
{
    igd_source_state left = {0};
    int code = igd_apply_check_left(a, &left, err);
    if (code == IGD_OK && a->options->verify)
        code = igd_apply_prove(a, &left, err);
    if (code == IGD_OK)
        code = igd_script_unchanged(a->script, err);
    if (code == IGD_OK)
        code = igd_stop_check(a->options->stop, err);
    if (code == IGD_OK && !a->out->dry_run)
        code = igd_apply_record(a, igd_apply_goes_up(a) ? "applied" : "rolled_back", (igd_str){0},
                                err);
    return code;
}

/* ---- statements ---- */

static void take_line(igd_str line, void *payload)
{
    igd_applying *a = payload;
    if (a->out->applied && a->out->answers.len < IGD_APPLY_LINES)
        IGD_PUSH(a->mem, &a->out->answers, igd_arena_str(a->mem, line));
}

/* The first words of a statement, on one line. */
static igd_str first_words(igd_str text, igd_arena *mem)
{
    char *words = igd_arena_cstr(mem, igd_str_sub(text, 0, 60));
    for (char *at = words; *at; at++)
        if ((unsigned char)*at < 0x20)
            *at = ' ';
    return igd_arena_printf(mem, "%s%s", words, text.len > 60 ? "..." : "");
}

static int blame(const igd_applying *a, const igd_script_statement *statement, igd_error *err)
{
    if (err->code != IGD_E_TARGET && err->code != IGD_E_FORMAT)
        return (int)err->code;
    igd_error_prefix(err, "statement %llu in line %u (%s)",
                     (unsigned long long)a->out->statements + 1, statement->line,
                     first_words(statement->text, a->mem).ptr);
    snprintf(err->place.path, sizeof(err->place.path), "%s", a->path);
    err->place.line = statement->line;
    if (a->out->applied)
        return igd_hint(err, "the script itself is applied and committed");
    if (a->head->steps > 0 && a->begun)
        return igd_hint(err, "%s%srun it again, and it goes on from there; or sync", err->hint,
                        err->hint[0] ? "; " : "");
    return err->hint[0] ? (int)err->code : igd_hint(err, "nothing was changed");
}

/* Another BEGIN of a script in steps: its mark is there still. */
static int behind_next_begin(igd_applying *a, igd_error *err)
{
    bool already = false;
    int code = igd_apply_check_base(a, &already, err);
    return code != IGD_OK || a->goes_on ? code : fail_stale(a, err);
}

/* BEGIN has been run: what was read before may be old. */
static int behind_begin(igd_applying *a, igd_error *err)
{
    bool already = false;
    uint64_t done = a->out->statements + 1;
    if (a->begun)
        return behind_next_begin(a, err);
    a->begun = true;
    int code = igd_apply_check_base(a, &already, err);
    if (code == IGD_OK && already)
        code = fail_stale(a, err);
    /* What was stopped has changed some of the rows. */
    if (code != IGD_OK || a->goes_on)
        return code;
    code = check_rows(a, err);
    if (code == IGD_OK)
        code = igd_script_rewind(a->script, err);
    /* Back to where it was. */
    igd_script_statement statement = {.client_line = true};
    for (bool more = true; code == IGD_OK && done > 0; done -= !statement.client_line)
        code = igd_script_next(a->script, a->target->driver->script_syntax, &statement, &more, err);
    igd_meter_phase(&a->meter, "executing", 0);
    return code;
}

/* A COMMIT in the middle of a script in steps leaves its mark. */
static int is_last_commit(igd_applying *a, bool *last, igd_error *err)
{
    igd_state state = {0};
    *last = true;
    if (a->head->steps == 0)
        return IGD_OK;
    int code = a->target->driver->state_read(a->target, a->mem, &state, err);
    *last = !is_marked(a, igd_state_source(&state, a->head->source));
    return code;
}

/* *end: a dry run is over. */
static int run_statement(igd_applying *a, const igd_script_statement *statement, bool *end,
                         igd_error *err)
{
    int code = igd_stop_check(a->options->stop, err);
    bool commits = statement->role == IGD_SCRIPT_COMMIT && a->begun && !a->out->applied;
    if (code == IGD_OK && commits)
        code = is_last_commit(a, &commits, err);
    if (code == IGD_OK && commits)
        code = before_commit(a, err);
    *end = commits && a->out->dry_run;
    if (code != IGD_OK || *end)
        return code;
    code = a->target->driver->script_run(a->target, statement, take_line, a, err);
    if (code != IGD_OK)
        return blame(a, statement, err);
    a->out->applied |= commits;
    if (statement->role == IGD_SCRIPT_BEGIN)
        code = behind_begin(a, err);
    a->out->statements++;
    igd_meter_add(&a->meter, 1);
    return code;
}

static int run_script(igd_applying *a, igd_error *err)
{
    igd_script_statement statement;
    bool more = true, end = false;
    igd_meter_phase(&a->meter, "executing", 0);
    int code = IGD_OK;
    while (code == IGD_OK && !end) {
        code = igd_script_next(a->script, a->target->driver->script_syntax, &statement, &more, err);
        if (code != IGD_OK || !more)
            break;
        if (!statement.client_line)
            code = run_statement(a, &statement, &end, err);
    }
    if (code != IGD_OK || end || a->out->applied)
        return code;
    (void)igd_fail(err, IGD_E_FORMAT, "the script has no COMMIT: it is not applied");
    return igd_hint(err, "scripts that are generated with --plain are for other runners");
}

/* ---- the run ---- */

/* What failed is said in the target as well, where there is something of ours. */
static void note_failure(igd_applying *a, const igd_error *failure)
{
    igd_error ignored = IGD_ERROR_INIT;
    igd_str message = igd_str_from(failure->message);
    if (failure->code != IGD_E_TARGET || a->out->applied || a->out->dry_run || !a->state.present)
        return;
    if (igd_apply_goes_up(a) && igd_apply_record(a, "failed", message, &ignored) != IGD_OK)
        igd_log(IGD_LOG_WARNING, "the failure could not be recorded: %s", ignored.message);
    /* In steps, the state says how far it got. */
    if (a->known && a->head->steps == 0)
        a->target->driver->note_error(a->target, a->head->source, message);
}

static int apply_locked(igd_applying *a, igd_error *err)
{
    int code = igd_apply_check_base(a, &a->out->already, err);
    if (code != IGD_OK || a->out->already)
        return code;
    code = a->target->caps & IGD_CAP_TRANSACTIONS ? run_script(a, err) : igd_apply_requests(a, err);
    a->target->driver->rollback(a->target);
    if (code != IGD_OK)
        note_failure(a, err);
    return code;
}

static int check_steps(const igd_applying *a, igd_error *err)
{
    if (!a->out->dry_run || a->head->steps == 0 || !(a->target->caps & IGD_CAP_TRANSACTIONS))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE,
                   "the target cannot take back what the script writes, since the schema changes");
    return igd_hint(err, "leave --dry-run out");
}

static int check_all(igd_applying *a, igd_error *err)
{
    int code = check_engine(a, err);
    if (code == IGD_OK)
        code = check_steps(a, err);
    if (code == IGD_OK)
        code = check_source(a, err);
    return code == IGD_OK ? check_verify(a, err) : code;
}

int igd_apply(igd_repo *repo, igd_target *target, const igd_sync_options *given, const char *path,
              igd_arena *mem, igd_apply_result *out, igd_error *err)
{
    igd_sync_options options = *given;
    igd_target_fit_mapping(target, &options.mapping);
    *out = (igd_apply_result){.dry_run = options.dry_run != IGD_DRY_NONE};
    IGD_CLEANUP_PTR(igd_script) igd_script *script = NULL;
    int code = igd_script_open(path, mem, &script, err);
    if (code != IGD_OK)
        return code;
    igd_script_head *head = IGD_NEW(mem, igd_script_head); /* outlives the script */
    *head = *igd_script_head_of(script);
    out->head = head;
    igd_applying a = {.repo = repo,
                      .target = target,
                      .options = &options,
                      .path = path,
                      .mem = mem,
                      .out = out,
                      .script = script,
                      .head = head,
                      .meter = {.callback = options.progress, .payload = options.progress_payload},
                      .started_at = igd_timestamp(mem),
                      .started_ms = now_ms()};
    code = check_all(&a, err);
    /* What does not fit need not wait, and makes no database file. */
    if (code == IGD_OK)
        code = igd_apply_check_base(&a, &out->already, err);
    if (code != IGD_OK || out->already)
        return code;
    code = igd_lock_take(target, options.lock_wait_ms, options.stop, err);
    if (code != IGD_OK)
        return igd_blame_signal(options.stop, code, err);
    code = igd_blame_signal(options.stop, apply_locked(&a, err), err);
    target->driver->unlock(target);
    return code;
}
