/*
 * Reports as JSON: one object, also on failure (docs/contract.md 5). The common members are always
 * there; null says that a command has nothing for one.
 */
#include "cli/report_json.h"

#include "base/buf.h"

void igd_report_put_text(cJSON *object, const char *name, igd_str text)
{
    if (text.len == 0) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    /* Paths in git, and what quotes them, can be any bytes. */
    IGD_CLEANUP(igd_buf)
    igd_buf copy = IGD_BUF_INIT;
    igd_buf_utf8(&copy, text);
    cJSON_AddStringToObject(object, name, copy.ptr);
}

void igd_report_put_number(cJSON *object, const char *name, double number)
{
    cJSON_AddNumberToObject(object, name, number);
}

void igd_report_put_counts(cJSON *object, const igd_table_counts *counts)
{
    igd_report_put_number(object, "insert", (double)counts->inserted);
    igd_report_put_number(object, "update", (double)counts->updated);
    igd_report_put_number(object, "delete", (double)counts->deleted);
    igd_report_put_number(object, "unchanged", (double)counts->unchanged);
}

static cJSON *problem_json(const igd_problem *problem)
{
    cJSON *item = cJSON_CreateObject();
    igd_report_put_text(item, "path", problem->path);
    igd_report_put_number(item, "line", problem->line);
    igd_report_put_number(item, "column", problem->column);
    igd_report_put_text(item, "collection", problem->collection);
    igd_report_put_text(item, "key", problem->key);
    igd_report_put_text(item, "field", problem->field);
    igd_report_put_text(item, "code", igd_str_from(problem->code));
    igd_report_put_text(item, "reason", problem->reason);
    igd_report_put_text(item, "hint", problem->hint);
    igd_report_put_text(item, "caused_by", problem->caused_by);
    return item;
}

void igd_report_put_problems(cJSON *object, const char *name, const igd_problems *problems,
                             igd_severity severity)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);
    for (size_t n = 0; problems && n < problems->len; n++)
        if (problems->items[n].severity == severity)
            cJSON_AddItemToArray(list, problem_json(&problems->items[n]));
}

static cJSON *error_json(const igd_error *error)
{
    if (!error)
        return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "code", igd_code_word(error->code));
    igd_report_put_text(object, "message", igd_str_from(error->message));
    igd_report_put_text(object, "hint", igd_str_from(error->hint));
    cJSON *place = cJSON_AddObjectToObject(object, "place");
    igd_report_put_text(place, "path", igd_str_from(error->place.path));
    igd_report_put_number(place, "line", error->place.line);
    igd_report_put_number(place, "column", error->place.column);
    igd_report_put_text(place, "collection", igd_str_from(error->place.collection));
    igd_report_put_text(place, "key", igd_str_from(error->place.key));
    return object;
}

static igd_str commit_of(const igd_report *report)
{
    if (report->apply)
        return report->apply->head ? report->apply->head->to : (igd_str){0};
    return report->sync       ? report->sync->to
           : report->analysis ? report->analysis->commit
           : report->status   ? igd_str_from(report->status->head.hex)
                              : (igd_str){0};
}

static igd_str synced_of(const igd_report *report)
{
    const igd_sync_result *sync = report->sync;
    if (sync)
        return report->error ? sync->from : sync->synced.len ? sync->synced : sync->to;
    if (report->apply)
        return report->apply->applied ? report->apply->head->to : report->apply->from;
    return report->analysis ? report->analysis->synced
           : report->status ? report->status->state.commit_id
                            : (igd_str){0};
}

static void put_patterns(cJSON *object, const char *name, igd_str list)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str_list patterns = igd_selection_patterns(list, mem);
    cJSON *array = cJSON_AddArrayToObject(object, name);
    for (size_t n = 0; n < patterns.len; n++)
        cJSON_AddItemToArray(array, cJSON_CreateString(igd_arena_cstr(mem, patterns.items[n])));
}

static void put_selection(cJSON *root, const igd_selection *selection)
{
    if (!igd_selection_given(selection)) {
        cJSON_AddNullToObject(root, "selection");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "selection");
    put_patterns(object, "collections", selection->collections);
    put_patterns(object, "exclude", selection->exclude);
}

static void put_ends(cJSON *root, const igd_report *report)
{
    cJSON *source = cJSON_AddObjectToObject(root, "source");
    igd_report_put_text(source, "name", report->source);
    igd_report_put_text(source, "path", report->source_path);
    igd_report_put_text(source, "ref", igd_str_from(report->ref));
    igd_report_put_text(source, "commit", commit_of(report));
    if (report->target.len == 0) {
        cJSON_AddNullToObject(root, "target");
        return;
    }
    cJSON *target = cJSON_AddObjectToObject(root, "target");
    igd_report_put_text(target, "engine", report->engine);
    igd_report_put_text(target, "server_version", report->server_version);
    igd_report_put_text(target, "database", report->target);
    igd_report_put_text(target, "synced_commit", synced_of(report));
}

static void put_schema(cJSON *root, const igd_plan *plan)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    cJSON *schema = cJSON_AddObjectToObject(root, "schema");
    cJSON *changes = cJSON_AddArrayToObject(schema, "changes");
    for (size_t n = 0; n < plan->table_count; n++)
        for (int part = 0; part < 2; part++) {
            const igd_op_list *ops =
                part == 0 ? &plan->tables[n].expand : &plan->tables[n].contract;
            for (size_t o = 0; o < ops->len; o++) {
                const igd_op *op = &ops->items[o];
                if (op->step) /* belongs to another one */
                    continue;
                const igd_table *table = op->to ? op->to : op->from;
                cJSON *item = cJSON_CreateObject();
                cJSON_AddStringToObject(item, "kind", igd_op_word(op->kind));
                igd_report_put_text(item, "table", table->name);
                igd_report_put_text(item, "text", igd_op_text(op, mem));
                cJSON_AddStringToObject(item, "risk", igd_risk_word(op->risk));
                igd_report_put_text(item, "why", igd_str_from(op->why));
                cJSON_AddItemToArray(changes, item);
            }
        }
}

static void put_tables(cJSON *root, const igd_sync_result *sync)
{
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    cJSON *tables = cJSON_AddArrayToObject(data, "tables");
    for (size_t n = 0; n < sync->table_count; n++) {
        cJSON *item = cJSON_CreateObject();
        igd_report_put_text(item, "collection", sync->tables[n].collection);
        igd_report_put_text(item, "table", sync->tables[n].table);
        igd_report_put_counts(item, &sync->tables[n]);
        cJSON_AddBoolToObject(item, "adopted", sync->tables[n].adopted);
        igd_report_put_number(item, "foreign", (double)sync->tables[n].foreign);
        cJSON_AddItemToArray(tables, item);
    }
}

/* A row as the object that it is: its numbers need not fit a double. */
static void put_row(cJSON *object, const char *name, igd_str json)
{
    cJSON_AddItemToObject(object, name, cJSON_CreateRaw(json.len ? json.ptr : "null"));
}

static void put_conflicts(cJSON *root, const igd_conflicts *conflicts)
{
    cJSON *list = cJSON_AddArrayToObject(root, "conflicts");
    for (size_t n = 0; n < conflicts->listed.len; n++) {
        const igd_conflict_entry *entry = &conflicts->listed.items[n];
        cJSON *item = cJSON_CreateObject();
        igd_report_put_text(item, "collection", entry->collection);
        igd_report_put_text(item, "key", entry->key);
        cJSON_AddStringToObject(item, "decision", igd_decision_word(entry->decision));
        put_row(item, "base", entry->base);
        put_row(item, "old", entry->old_row);
        put_row(item, "new", entry->new_row);
        cJSON_AddItemToArray(list, item);
    }
}

/* What was written where; null for what went to standard output, or was not asked for. */
static void put_scripts(cJSON *root, const igd_script_paths *scripts)
{
    if (!scripts || !scripts->written) {
        cJSON_AddNullToObject(root, "scripts");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "scripts");
    igd_report_put_text(object, "up", igd_str_from(scripts->up));
    igd_report_put_text(object, "down", igd_str_from(scripts->down));
}

static void put_locks(cJSON *root, const igd_str_list *locks)
{
    cJSON *list = cJSON_AddArrayToObject(root, "locks");
    for (size_t n = 0; n < locks->len; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_buf_str(&text, locks->items[n]);
        cJSON_AddItemToArray(list, cJSON_CreateString(text.ptr));
    }
}

static void put_sync(cJSON *root, const igd_report *report)
{
    const igd_sync_result *sync = report->sync;
    igd_report_put_text(root, "from", sync->from);
    igd_report_put_text(root, "to", sync->to);
    cJSON *counts = cJSON_AddObjectToObject(root, "counts");
    igd_report_put_counts(counts, &sync->total);
    igd_report_put_number(counts, "schema_changes", (double)sync->plan.op_count);
    igd_report_put_number(counts, "invalid", (double)igd_problems_records(&sync->problems));
    igd_report_put_number(counts, "held", (double)sync->held);
    igd_report_put_number(counts, "conflicts", (double)sync->conflicts.count);
    igd_report_put_number(counts, "foreign", (double)sync->total.foreign);
    igd_report_put_number(counts, "warnings", (double)sync->problems.warnings);
    static const char *const dry[] = {"", "plan", "execute"};
    cJSON_AddBoolToObject(root, "up_to_date", sync->up_to_date);
    igd_report_put_text(root, "dry_run", igd_str_from(dry[sync->dry_run]));
    if (sync->locks.len)
        put_locks(root, &sync->locks);
    put_scripts(root, report->scripts);
    igd_report_put_problems(root, "schema_errors", &sync->problems, IGD_PROBLEM_SCHEMA);
    igd_report_put_problems(root, "invalid", &sync->problems, IGD_PROBLEM_INVALID);
    put_conflicts(root, &sync->conflicts);
    igd_report_put_foreign(root, &sync->foreign);
    if (!report->error) {
        put_schema(root, &sync->plan);
        put_tables(root, sync);
    }
}

static void put_holder(cJSON *root, const igd_lock_holder *holder)
{
    cJSON *lock = cJSON_AddObjectToObject(root, "lock");
    cJSON_AddBoolToObject(lock, "held", holder->held);
    igd_report_put_number(lock, "pid", (double)holder->pid);
    igd_report_put_text(lock, "host", holder->host);
    igd_report_put_text(lock, "run_id", holder->run_id);
    igd_report_put_text(lock, "since", holder->since);
}

static void put_behind(cJSON *object, const char *name, int64_t number)
{
    if (number < 0)
        cJSON_AddNullToObject(object, name);
    else
        igd_report_put_number(object, name, (double)number);
}

void igd_report_put_held(cJSON *root, const igd_source_state *state)
{
    cJSON *list = cJSON_AddArrayToObject(root, "held");
    for (size_t n = 0; n < state->held.len; n++) {
        const igd_held_state *held = &state->held.items[n];
        cJSON *item = cJSON_CreateObject();
        igd_report_put_text(item, "collection", held->collection);
        igd_report_put_text(item, "path", held->path);
        igd_report_put_text(item, "key", held->key);
        igd_report_put_text(item, "reason", held->reason);
        cJSON_AddItemToArray(list, item);
    }
}

static void put_progress(cJSON *root, const igd_source_state *state)
{
    if (!igd_state_in_progress(state)) {
        cJSON_AddNullToObject(root, "in_progress");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "in_progress");
    cJSON *base = cJSON_AddArrayToObject(object, "base");
    igd_str rest = state->base_commit_ids, id;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    while (igd_str_split(&rest, ' ', &id)) {
        igd_buf_clear(&text);
        igd_buf_str(&text, id);
        cJSON_AddItemToArray(base, igd_str_is(id, IGD_STATE_NOTHING)
                                       ? cJSON_CreateNull()
                                       : cJSON_CreateString(text.ptr));
    }
    igd_report_put_text(object, "goal", state->goal_commit_id);
    igd_report_put_text(object, "run_id", state->run_id);
    igd_report_put_text(object, "started_at", state->started_at);
}

static void put_commits(cJSON *root, const igd_status *status)
{
    cJSON *list = cJSON_AddArrayToObject(root, "commits");
    for (size_t n = 0; n < status->commits.len; n++) {
        const igd_status_commit *commit = &status->commits.items[n];
        cJSON *item = cJSON_CreateObject();
        igd_report_put_text(item, "commit", commit->id);
        put_behind(item, "commits_behind", commit->behind);
        cJSON *collections = cJSON_AddArrayToObject(item, "collections");
        for (size_t c = 0; c < commit->collections.len; c++)
            cJSON_AddItemToArray(collections, cJSON_CreateString(commit->collections.items[c].ptr));
        cJSON_AddItemToArray(list, item);
    }
}

static void put_status(cJSON *root, const igd_report *report)
{
    const igd_status *status = report->status;
    igd_report_put_text(root, "from", status->state.commit_id);
    igd_report_put_text(root, "to", igd_str_from(status->head.hex));
    cJSON *counts = cJSON_AddObjectToObject(root, "counts");
    put_behind(counts, "commits_behind", status->commits_behind);
    put_behind(counts, "records_behind", status->records_behind);
    igd_report_put_number(counts, "held", (double)status->held);
    igd_report_put_number(counts, "other_sources", (double)status->other_sources);
    igd_report_put_text(root, "status", status->state.status);
    put_progress(root, &status->state);
    igd_report_put_text(root, "synced_at", status->state.finished_at);
    igd_report_put_text(root, "last_error", status->state.last_error);
    cJSON_AddBoolToObject(root, "rewound", status->rewound);
    put_commits(root, status);
    igd_report_put_held(root, &status->state);
    put_holder(root, &status->holder);
    igd_report_put_problems(root, "schema_errors", &status->problems, IGD_PROBLEM_SCHEMA);
}

/* Members that every object has, whatever the command. */
static void put_missing(cJSON *root)
{
    static const char *const names[] = {"from", "to", "counts"};
    static const char *const lists[] = {"invalid", "held", "conflicts", "foreign"};
    for (size_t n = 0; n < IGD_COUNT(names); n++)
        if (!cJSON_HasObjectItem(root, names[n]))
            cJSON_AddNullToObject(root, names[n]);
    for (size_t n = 0; n < IGD_COUNT(lists); n++)
        if (!cJSON_HasObjectItem(root, lists[n]))
            cJSON_AddArrayToObject(root, lists[n]);
}

static void put_warnings(cJSON *root, const igd_report *report)
{
    cJSON *warnings = cJSON_AddArrayToObject(root, "warnings");
    const igd_problems *problems = report->sync       ? &report->sync->problems
                                   : report->analysis ? &report->analysis->problems
                                   : report->status   ? &report->status->problems
                                                      : NULL;
    for (size_t n = 0; problems && n < problems->len; n++)
        if (problems->items[n].severity == IGD_PROBLEM_WARNING)
            cJSON_AddItemToArray(warnings, problem_json(&problems->items[n]));
    for (size_t n = 0; n < report->warnings.len; n++) {
        cJSON *item = cJSON_CreateObject();
        igd_report_put_text(item, "reason", report->warnings.items[n]);
        cJSON_AddItemToArray(warnings, item);
    }
}

void igd_report_json(const igd_report *report, FILE *out)
{
    cJSON *root = cJSON_CreateObject();
    igd_report_put_number(root, "version", 1);
    cJSON_AddStringToObject(root, "command", report->command);
    igd_report_put_number(root, "exit", report->exit_status);
    cJSON_AddStringToObject(root, "code",
                            igd_code_word(report->error         ? report->error->code
                                          : report->exit_status ? IGD_E_DIFFERS
                                                                : IGD_E_OK));
    put_ends(root, report);
    put_selection(root, &report->selection);
    if (report->sync)
        put_sync(root, report);
    if (report->apply)
        igd_report_put_apply(root, report);
    if (report->analysis)
        igd_report_put_analysis(root, report);
    if (report->status)
        put_status(root, report);
    if (report->holder) {
        put_holder(root, report->holder);
        cJSON_AddBoolToObject(root, "unlocked", report->unlocked);
    }
    if (report->text)
        igd_report_put_text(root, "text", igd_str_trim(igd_str_from(report->text)));
    put_missing(root);
    put_warnings(root, report);
    igd_report_put_number(root, "duration_ms", (double)report->duration_ms);
    cJSON_AddItemToObject(root, "error", error_json(report->error));
    char *text = cJSON_Print(root);
    fputs(text, out);
    fputc('\n', out);
    cJSON_free(text);
    cJSON_Delete(root);
}
