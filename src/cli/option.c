/*
 * The option table (docs/contract.md 1.1 and 1.2; an option that does not work yet is not here).
 */
#include "cli/option.h"

#include <errno.h>
#include <stdlib.h>

static int bad_value(igd_error *err, const char *option, const char *value, const char *wanted)
{
    (void)igd_fail(err, IGD_E_USAGE, "--%s cannot be '%s'", option, value);
    return igd_hint(err, "it is %s", wanted);
}

static int parse_count(const char *option, const char *value, long most, size_t *out,
                       igd_error *err)
{
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (errno || *end || end == value || number < 1 || number > most) {
        (void)igd_fail(err, IGD_E_USAGE, "--%s cannot be '%s'", option, value);
        return igd_hint(err, "it is a number from 1 to %ld", most);
    }
    *out = (size_t)number;
    return IGD_OK;
}

#define TEXT_SETTER(field)                                                                \
    static int set_##field(igd_settings *s, const char *value, igd_error *err IGD_UNUSED) \
    {                                                                                     \
        s->field = value;                                                                 \
        return IGD_OK;                                                                    \
    }
#define FLAG_SETTER(name, field)                                         \
    static int set_##name(igd_settings *s, const char *value IGD_UNUSED, \
                          igd_error *err IGD_UNUSED)                     \
    {                                                                    \
        s->field = true;                                                 \
        return IGD_OK;                                                   \
    }

TEXT_SETTER(source)
TEXT_SETTER(root)
TEXT_SETTER(ref)
TEXT_SETTER(config)
TEXT_SETTER(target)
TEXT_SETTER(output)
TEXT_SETTER(from)
TEXT_SETTER(output_dir)
TEXT_SETTER(rollback)
FLAG_SETTER(plain, scripts.plain)
TEXT_SETTER(script)
FLAG_SETTER(quiet, quiet)
FLAG_SETTER(no_color, no_color)
FLAG_SETTER(force, force)
FLAG_SETTER(exit_code, exit_code)
FLAG_SETTER(blame, blame)
FLAG_SETTER(verify_objects, verify_objects)
FLAG_SETTER(strict, sync.strict)
FLAG_SETTER(verify, sync.verify)
FLAG_SETTER(allow_rewind, sync.allow_rewind)
FLAG_SETTER(adopt, sync.adopt)

/* Where to go is what is read. */
static int set_to(igd_settings *s, const char *value, igd_error *err)
{
    s->to = value;
    return set_ref(s, value, err);
}

static int set_dry_run(igd_settings *s, const char *value, igd_error *err)
{
    if (!value || strcmp(value, "plan") == 0)
        s->sync.dry_run = IGD_DRY_PLAN;
    else if (strcmp(value, "execute") == 0)
        s->sync.dry_run = IGD_DRY_EXECUTE;
    else
        return bad_value(err, "dry-run", value, "plan or execute");
    return IGD_OK;
}

static int set_mode(igd_settings *s, const char *value, igd_error *err)
{
    if (strcmp(value, "incremental") == 0)
        s->sync.mode = IGD_SYNC_INCREMENTAL;
    else if (strcmp(value, "full") == 0)
        s->sync.mode = IGD_SYNC_FULL;
    else
        return bad_value(err, "mode", value, "incremental or full");
    return IGD_OK;
}

static int set_detail(igd_settings *s, const char *value, igd_error *err)
{
    if (strcmp(value, "summary") == 0)
        s->detail = IGD_DETAIL_SUMMARY;
    else if (strcmp(value, "records") == 0)
        s->detail = IGD_DETAIL_RECORDS;
    else if (strcmp(value, "fields") == 0)
        s->detail = IGD_DETAIL_FIELDS;
    else
        return bad_value(err, "detail", value, "summary, records or fields");
    return IGD_OK;
}

static int set_on_invalid(igd_settings *s, const char *value, igd_error *err)
{
    if (strcmp(value, "fail") == 0)
        s->sync.on_invalid = IGD_INVALID_FAIL;
    else if (strcmp(value, "skip") == 0)
        s->sync.on_invalid = IGD_INVALID_SKIP;
    else
        return bad_value(err, "on-invalid", value, "fail or skip");
    return IGD_OK;
}

static int set_on_conflict(igd_settings *s, const char *value, igd_error *err)
{
    if (strcmp(value, "source") == 0)
        s->sync.on_conflict = IGD_CONFLICT_SOURCE;
    else if (strcmp(value, "target") == 0)
        s->sync.on_conflict = IGD_CONFLICT_TARGET;
    else if (strcmp(value, "fail") == 0)
        s->sync.on_conflict = IGD_CONFLICT_FAIL;
    else
        return bad_value(err, "on-conflict", value, "source, target or fail");
    return IGD_OK;
}

/* The losses that a sync can cause today; the others have no run that they could permit. */
static uint32_t loss_bit(igd_str word)
{
    static const igd_loss losses[] = {IGD_LOSS_DROP_TABLE, IGD_LOSS_DROP_COLUMN, IGD_LOSS_NARROW,
                                      IGD_LOSS_MASS_DELETE, IGD_LOSS_HELD};
    for (size_t n = 0; n < IGD_COUNT(losses); n++)
        if (igd_str_is(word, igd_loss_word(losses[n])))
            return (uint32_t)losses[n];
    return 0;
}

static int set_allow_destructive(igd_settings *s, const char *value, igd_error *err)
{
    uint32_t allowed = value ? 0 : (uint32_t)IGD_LOSS_ALL;
    igd_str rest = igd_str_from(value), word;
    bool known = !value || *value;
    while (known && igd_str_split(&rest, ',', &word)) {
        known = loss_bit(word) != 0;
        allowed |= loss_bit(word);
    }
    if (!known)
        return bad_value(
            err, "allow-destructive", value,
            "a list of drop_table, drop_column, narrow, mass_delete, held; or nothing for all");
    s->sync.allow_loss = allowed;
    return IGD_OK;
}

/* "100" or "25%". */
static int set_max_delete(igd_settings *s, const char *value, igd_error *err)
{
    char *end;
    errno = 0;
    unsigned long long most = strtoull(value, &end, 10);
    bool percent = strcmp(end, "%") == 0;
    if (errno || end == value || *value == '-' || (*end && !percent) || (percent && most > 100))
        return bad_value(err, "max-delete", value,
                         "a number of records, or a percentage up to 100%");
    s->sync.max_delete = (igd_fuse){.set = true, .percent = percent, .most = most};
    return IGD_OK;
}

static int set_key_column(igd_settings *s, const char *value, igd_error *err)
{
    if (!*value)
        return bad_value(err, "key-column", value, "the name of a column");
    s->sync.mapping.key_column = igd_str_from(value);
    return IGD_OK;
}

static int set_patterns(const char *option, const char *value, igd_str *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    if (igd_selection_patterns(igd_str_from(value), mem).len == 0)
        return bad_value(err, option, value, "ids or globs, separated by commas");
    *out = igd_str_from(value);
    return IGD_OK;
}

static int set_collections(igd_settings *s, const char *value, igd_error *err)
{
    return set_patterns("collections", value, &s->sync.selection.collections, err);
}

static int set_exclude(igd_settings *s, const char *value, igd_error *err)
{
    return set_patterns("exclude", value, &s->sync.selection.exclude, err);
}

static int set_rename(igd_settings *s, const char *value, igd_error *err)
{
    igd_str rest = igd_str_from(value), word;
    bool any = false, good = true;
    while (igd_str_split(&rest, ',', &word)) {
        ptrdiff_t at = igd_str_find(word, '=');
        good &= at > 0 && at + 1 < (ptrdiff_t)word.len;
        any = true;
    }
    if (!any || !good || s->sync.rename_count >= IGD_RENAMES_MOST)
        return bad_value(err, "rename", value,
                         "OLD=NEW, each a collection's id or <collection>.<column>; or some of "
                         "them, separated by commas");
    s->sync.renames[s->sync.rename_count++] = value;
    return IGD_OK;
}

static int set_jobs(igd_settings *s, const char *value, igd_error *err)
{
    return parse_count("jobs", value, 256, &s->sync.jobs, err);
}

static int set_batch_size(igd_settings *s, const char *value, igd_error *err)
{
    return parse_count("batch-size", value, 1000000, &s->sync.batch_size, err);
}

/* "500ms", "10s", "2m", "1h"; a bare number is seconds. */
static int set_lock_timeout(igd_settings *s, const char *value, igd_error *err)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}};
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    for (size_t n = 0;
         !errno && end != value && number >= 0 && number <= 1000000 && n < IGD_COUNT(units); n++)
        if (strcmp(end, units[n].unit) == 0) {
            s->sync.lock_wait_ms = number * units[n].ms;
            return IGD_OK;
        }
    return bad_value(err, "lock-timeout", value, "a duration such as 500ms, 10s or 2m");
}

static int set_format(igd_settings *s, const char *value, igd_error *err)
{
    if (strcmp(value, "text") == 0)
        s->format = IGD_FORMAT_TEXT;
    else if (strcmp(value, "json") == 0)
        s->format = IGD_FORMAT_JSON;
    else if (strcmp(value, "markdown") == 0)
        s->format = IGD_FORMAT_MARKDOWN;
    else
        return bad_value(err, "format", value, "text, json or markdown");
    return IGD_OK;
}

static int set_progress(igd_settings *s, const char *value, igd_error *err)
{
    if (strcmp(value, "auto") == 0)
        s->progress = IGD_WHEN_AUTO;
    else if (strcmp(value, "always") == 0)
        s->progress = IGD_WHEN_ALWAYS;
    else if (strcmp(value, "never") == 0)
        s->progress = IGD_WHEN_NEVER;
    else
        return bad_value(err, "progress", value, "auto, always or never");
    return IGD_OK;
}

static int set_log_level(igd_settings *s, const char *value, igd_error *err)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    for (size_t n = 0; n < IGD_COUNT(levels); n++)
        if (strcmp(value, levels[n]) == 0) {
            s->log_level = (igd_log_level)n;
            return IGD_OK;
        }
    return bad_value(err, "log-level", value, "error, warning, info or debug");
}

static int set_log_format(igd_settings *s, const char *value, igd_error *err)
{
    if (strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
        return bad_value(err, "log-format", value, "text or json");
    s->log_json = strcmp(value, "json") == 0;
    return IGD_OK;
}

#define WITH_COMPARE (IGD_CMD_ANALYZE | IGD_CMD_VERIFY)
#define WITH_WRITE   (IGD_CMD_SYNC | IGD_CMD_GENERATE)
#define WITH_SOURCE  (WITH_WRITE | IGD_CMD_STATUS | IGD_CMD_VALIDATE | WITH_COMPARE)
#define WITH_TARGET  (WITH_WRITE | IGD_CMD_STATUS | IGD_CMD_UNLOCK | IGD_CMD_APPLY | WITH_COMPARE)
#define WITH_RUN     (WITH_SOURCE | IGD_CMD_UNLOCK | IGD_CMD_APPLY)
#define WITH_REF     (WITH_RUN & ~(uint32_t)(IGD_CMD_VERIFY | IGD_CMD_APPLY))
#define WITH_REPORT  (WITH_RUN | IGD_CMD_VERSION)

const igd_option igd_options[] = {
    {"source", NULL, IGD_ARG_REQUIRED, "PATH", ".", WITH_RUN,
     "the database's directory or any directory below it in a work tree, or a bare repository",
     set_source},
    {"root", NULL, IGD_ARG_REQUIRED, "DIR", NULL, WITH_RUN,
     "directory of the database in the tree, for a bare repository", set_root},
    {"ref", NULL, IGD_ARG_REQUIRED, "REV", "HEAD", WITH_REF,
     "commit to read; only committed data is read", set_ref},
    {"target", "database", IGD_ARG_REQUIRED, "URL|NAME", NULL, WITH_TARGET,
     "the database: a URL, or a name from the configuration file. Without it: "
     "INGITDB_TARGET, the configuration's `target`, DATABASE_URL",
     set_target},
    {"config", NULL, IGD_ARG_REQUIRED, "FILE", ".ingitdb/migrate.yaml", WITH_RUN,
     "configuration file; by default the one in the work tree, for a bare repository the one in "
     "the tree at the ref",
     set_config},
    {"script", NULL, IGD_ARG_REQUIRED, "FILE", NULL, IGD_CMD_APPLY, "the script to run",
     set_script},
    {"collections", NULL, IGD_ARG_REQUIRED, "A,B", NULL, WITH_SOURCE,
     "only these collections, by id or glob, and the ancestors of subcollections; `*` stands for any "
     "characters, also '/' and '.'. The others are left as they are",
     set_collections},
    {"exclude", NULL, IGD_ARG_REQUIRED, "A,B", NULL, WITH_SOURCE,
     "not these collections, nor what is below them", set_exclude},
    {"mode", NULL, IGD_ARG_REQUIRED, "incremental|full", "incremental", IGD_CMD_SYNC,
     "incremental writes what changed since the last synced commit; full compares all of the target "
     "and repairs it",
     set_mode},
    {"dry-run", NULL, IGD_ARG_OPTIONAL, "plan|execute", NULL, IGD_CMD_SYNC | IGD_CMD_APPLY,
     "write nothing: plan (also without a value) reads and reports what would be done; execute does "
     "it in a transaction that is rolled back, as apply always does. Never creates a database file",
     set_dry_run},
    {"on-invalid", NULL, IGD_ARG_REQUIRED, "fail|skip", "fail", WITH_WRITE,
     "invalid records: write nothing at all, or go on without them", set_on_invalid},
    {"on-conflict", NULL, IGD_ARG_REQUIRED, "source|target|fail", "source", WITH_WRITE,
     "rows that somebody changed in the target since the last sync: overwrite them (what they were "
     "is kept in ingitdb_sync_conflicts), keep them, or stop",
     set_on_conflict},
    {"strict", NULL, IGD_ARG_NONE, NULL, NULL, WITH_WRITE | IGD_CMD_VALIDATE | IGD_CMD_ANALYZE,
     "warnings of the reader become errors", set_strict},
    {"allow-destructive", NULL, IGD_ARG_OPTIONAL, "drop_table,drop_column,narrow,mass_delete,held",
     NULL, WITH_WRITE, "permit what loses data of the target; without a list, all of it",
     set_allow_destructive},
    {"verify", NULL, IGD_ARG_NONE, NULL, NULL, IGD_CMD_SYNC | IGD_CMD_APPLY,
     "read the target again before the commit, and roll back (exit 1) when it is not what the "
     "source says",
     set_verify},
    {"max-delete", NULL, IGD_ARG_REQUIRED, "N|P%", NULL, WITH_WRITE,
     "most records of a collection that a run may delete; without it a run is refused that empties "
     "a collection, or deletes more than half of it and more than 20",
     set_max_delete},
    {"allow-rewind", NULL, IGD_ARG_NONE, NULL, NULL, WITH_WRITE,
     "permit going to a commit that is not a descendant of the one that the target holds",
     set_allow_rewind},
    {"adopt", NULL, IGD_ARG_NONE, NULL, NULL, WITH_WRITE | IGD_CMD_ANALYZE,
     "take over existing tables that no source owns, with the rows that are equal; what is missing "
     "is added, nothing is dropped or deleted",
     set_adopt},
    {"rename", NULL, IGD_ARG_REQUIRED, "OLD=NEW", NULL, WITH_WRITE | IGD_CMD_ANALYZE,
     "a collection, or <collection>.<column>, that has another name since the last synced commit, "
     "where the records do not tell; may be repeated",
     set_rename},
    {"key-column", NULL, IGD_ARG_REQUIRED, "NAME", "id", WITH_SOURCE | IGD_CMD_APPLY,
     "name of the key column", set_key_column},
    {"batch-size", NULL, IGD_ARG_REQUIRED, "N", "1000", WITH_WRITE, "rows in one request",
     set_batch_size},
    {"jobs", NULL, IGD_ARG_REQUIRED, "N", "the processors, at most 4", WITH_SOURCE | IGD_CMD_APPLY,
     "parser threads", set_jobs},
    {"lock-timeout", NULL, IGD_ARG_REQUIRED, "DUR", "0", IGD_CMD_SYNC | IGD_CMD_APPLY,
     "how long to wait for another run to end: 500ms, 10s, 2m", set_lock_timeout},
    {"verify-objects", NULL, IGD_ARG_NONE, NULL, NULL, WITH_SOURCE | IGD_CMD_APPLY,
     "hash every git object again while reading it", set_verify_objects},
    {"detail", NULL, IGD_ARG_REQUIRED, "summary|records|fields", "summary", WITH_COMPARE,
     "what is said of records that differ: how many, which ones, or their values too", set_detail},
    {"blame", NULL, IGD_ARG_NONE, NULL, NULL, IGD_CMD_ANALYZE,
     "say of each record that differs which commit last changed it in git, who wrote that, and its "
     "subject; implies --detail records",
     set_blame},
    {"exit-code", NULL, IGD_ARG_NONE, NULL, NULL, IGD_CMD_STATUS | IGD_CMD_ANALYZE,
     "exit with 1 when the target is not in sync: it is behind, holds records back (status), or "
     "differs (analyze)",
     set_exit_code},
    {"from", NULL, IGD_ARG_REQUIRED, "REV", NULL, IGD_CMD_GENERATE,
     "from git alone: the script is for a target that is at this commit and that nobody edited",
     set_from},
    {"to", NULL, IGD_ARG_REQUIRED, "REV", NULL, IGD_CMD_GENERATE,
     "the commit that the script leads to; the same as --ref", set_to},
    {"rollback", NULL, IGD_ARG_REQUIRED, "FILE", NULL, WITH_WRITE,
     "write the script that undoes it to this file; of generate without it NAME.down.EXT beside "
     "--output NAME.EXT",
     set_rollback},
    {"output-dir", NULL, IGD_ARG_REQUIRED, "DIR", NULL, IGD_CMD_GENERATE,
     "write migration.<from>_<to>.sql and rollback.<from>_<to>.sql to this directory",
     set_output_dir},
    {"plain", NULL, IGD_ARG_NONE, NULL, NULL, IGD_CMD_GENERATE,
     "the statements alone, for other runners: no lines for the client, no transaction, no check of "
     "what the target holds, no bookkeeping",
     set_plain},
    {"force", NULL, IGD_ARG_NONE, NULL, NULL, IGD_CMD_UNLOCK | IGD_CMD_GENERATE,
     "unlock: take the lock away from a live holder, too; generate: replace files that exist",
     set_force},
    {"format", NULL, IGD_ARG_REQUIRED, "text|json|markdown", "text", WITH_REPORT | IGD_CMD_HELP,
     "format of the report; follows the extension of --output unless given. markdown: analyze, "
     "verify and help only",
     set_format},
    {"output", NULL, IGD_ARG_REQUIRED, "FILE", NULL, WITH_REPORT | IGD_CMD_COMPLETION,
     "write the report to a file instead of to standard output; of generate, the script",
     set_output},
    {"progress", NULL, IGD_ARG_REQUIRED, "auto|always|never", "auto",
     WITH_WRITE | IGD_CMD_VALIDATE | IGD_CMD_APPLY | WITH_COMPARE,
     "progress on standard error: one live line on a terminal, else a line every 10 seconds; always: "
     "the live line anywhere",
     set_progress},
    {"quiet", NULL, IGD_ARG_NONE, NULL, NULL, WITH_RUN,
     "no progress, and nothing but errors on standard error", set_quiet},
    {"log-level", NULL, IGD_ARG_REQUIRED, "error|warning|info|debug", "warning", WITH_RUN,
     "the least important messages that standard error gets", set_log_level},
    {"log-format", NULL, IGD_ARG_REQUIRED, "text|json", "text", WITH_RUN,
     "format of the messages on standard error", set_log_format},
    {"no-color", NULL, IGD_ARG_NONE, NULL, NULL, WITH_RUN,
     "no colours on a terminal (NO_COLOR does the same)", set_no_color},
};

const size_t igd_option_count = IGD_COUNT(igd_options);

const igd_option *igd_option_find(const char *name)
{
    for (size_t n = 0; n < igd_option_count; n++)
        if (strcmp(igd_options[n].name, name) == 0 ||
            (igd_options[n].alias && strcmp(igd_options[n].alias, name) == 0))
            return &igd_options[n];
    return NULL;
}
