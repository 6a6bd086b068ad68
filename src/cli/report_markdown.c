/*
 * Analyze and verify in Markdown, for a comment on a pull request: tables, long lists folded, cut
 * where a reader would stop and before a comment is refused (GitHub takes 65536 characters).
 *
 * Texts of the source and the target are data: none of their characters means anything to Markdown
 * or HTML, and in <code> nobody is mentioned.
 */
#include <inttypes.h>

#include "cli/report.h"
#include "cli/report_value.h"

#define RECORDS_MOST 50 /* of one table */
#define LINES_MOST   50 /* of any other list */
#define FIELDS_MOST  20 /* of one record */
#define TEXT_MOST    50000
#define KEY_CHARS    80

static bool is_full(const igd_buf *out)
{
    return out->len > TEXT_MOST;
}

static void put_escaped(igd_buf *out, igd_str text)
{
    for (size_t n = 0; n < text.len; n++) {
        unsigned char byte = (unsigned char)text.ptr[n];
        if (byte >= 0x80 || byte == ' ' || byte == '.' || byte == ',' || byte == '-' ||
            byte == '/' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= 'a' && byte <= 'z'))
            igd_buf_byte(out, (char)byte);
        else
            igd_buf_printf(out, "&#%d;", byte);
    }
}

static void put_code(igd_buf *out, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf clean = IGD_BUF_INIT;
    igd_report_clean(&clean, text, KEY_CHARS);
    igd_buf_puts(out, "<code>");
    put_escaped(out, igd_buf_view(&clean));
    igd_buf_puts(out, "</code>");
}

static void put_value(igd_buf *out, const igd_value *value)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_report_value(&text, value);
    put_code(out, igd_buf_view(&text));
}

static void put_more(igd_buf *out, size_t left)
{
    if (left > 0)
        igd_buf_printf(out, "\n\u2026 and %zu more\n", left);
}

/* ---- schema ---- */

static void put_schema(igd_buf *out, const igd_analysis *analysis, igd_arena *mem)
{
    size_t n = 0;
    if (analysis->schema.len == 0)
        return;
    igd_buf_puts(out, "\n### Schema\n\n| change | cause | risk |\n|---|---|---|\n");
    for (; n < analysis->schema.len && n < LINES_MOST; n++) {
        const igd_op *op = analysis->schema.items[n].op;
        igd_buf_puts(out, "| ");
        put_code(out, igd_op_text(op, mem));
        igd_buf_printf(out, " | %s | %s", igd_cause_word(analysis->schema.items[n].cause),
                       igd_risk_word(op->risk));
        if (op->risk != IGD_RISK_SAFE)
            igd_buf_printf(out, ": %s", op->why);
        igd_buf_puts(out, " |\n");
    }
    put_more(out, analysis->schema.len - n);
}

/* ---- records ---- */

static bool differs(const igd_table_analysis *table)
{
    return table->counts.inserted + table->counts.updated + table->counts.deleted > 0;
}

static void put_counts(igd_buf *out, const igd_table_analysis *table)
{
    const igd_table_counts *counts = &table->counts;
    igd_buf_printf(out, " | %" PRIu64 " | %" PRIu64 " | %" PRIu64, counts->inserted,
                   counts->updated, counts->deleted);
    for (igd_cause cause = IGD_CAUSE_PENDING; cause <= IGD_CAUSE_CONFLICT; cause++)
        igd_buf_printf(out, " | %" PRIu64, table->causes[cause]);
    igd_buf_printf(out, " | %" PRIu64 " |\n", counts->unchanged);
}

static void put_tables(igd_buf *out, const igd_analysis *analysis)
{
    size_t shown = 0, left = 0;
    if (!differs(&analysis->total))
        return;
    igd_buf_puts(out, "\n### Records\n\n| table | insert | update | delete | pending | drift | "
                      "conflict | equal |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for (size_t n = 0; n < analysis->table_count; n++) {
        if (!differs(&analysis->tables[n]))
            continue;
        if (shown++ >= LINES_MOST) {
            left++;
            continue;
        }
        igd_buf_puts(out, "| ");
        put_code(out, analysis->tables[n].counts.table);
        put_counts(out, &analysis->tables[n]);
    }
    igd_buf_puts(out, "| **all**");
    put_counts(out, &analysis->total);
    put_more(out, left);
}

static void put_field(igd_buf *out, const igd_record_difference *record,
                      const igd_field_difference *field)
{
    put_escaped(out, field->name);
    igd_buf_puts(out, ": ");
    if (record->change != IGD_INSERT)
        put_value(out, &field->old_value);
    igd_buf_puts(out, record->change == IGD_UPDATE ? " \u2192 " : "");
    if (record->change != IGD_DELETE)
        put_value(out, &field->new_value);
    if (record->cause == IGD_CAUSE_CONFLICT) {
        igd_buf_puts(out, " (was ");
        put_value(out, &field->base);
        igd_buf_byte(out, ')');
    }
}

static void put_blame(igd_buf *out, const igd_record_difference *record)
{
    const igd_commit_note *note = record->blame;
    if (!note) {
        igd_buf_puts(out, " none |");
        return;
    }
    igd_buf_puts(out, record->or_before ? " at or before " : " ");
    put_code(out, igd_str_sub(igd_str_from(note->hex), 0, 10));
    igd_buf_printf(out, " %.*s ", IGD_STR_ARG(igd_str_sub(note->at, 0, 10)));
    put_code(out, note->author);
    igd_buf_byte(out, ' ');
    put_code(out, note->subject);
    igd_buf_puts(out, " |");
}

static void put_record(igd_buf *out, const igd_record_difference *record, bool fields, bool blame)
{
    static const char *const kinds[] = {
        [IGD_INSERT] = "insert", [IGD_UPDATE] = "update", [IGD_DELETE] = "delete"};
    static const char signs[] = {[IGD_INSERT] = '+', [IGD_UPDATE] = '~', [IGD_DELETE] = '-'};
    size_t n = 0;
    if (record->cause == IGD_CAUSE_FOREIGN)
        igd_buf_puts(out, "| `=` keep | ");
    else
        igd_buf_printf(out, "| `%c` %s | ",
                       record->cause == IGD_CAUSE_CONFLICT ? '!' : signs[record->change],
                       kinds[record->change]);
    put_code(out, record->key);
    igd_buf_printf(out, " | %s |", igd_cause_word(record->cause));
    if (blame)
        put_blame(out, record);
    for (; fields && n < record->fields.len && n < FIELDS_MOST && !is_full(out); n++) {
        igd_buf_puts(out, n == 0 ? " " : "<br>");
        put_field(out, record, &record->fields.items[n]);
    }
    if (fields && n < record->fields.len)
        igd_buf_printf(out, "<br>\u2026 and %zu more", record->fields.len - n);
    igd_buf_puts(out, fields ? " |\n" : "\n");
}

static bool has_fields(const igd_table_analysis *table)
{
    for (size_t n = 0; n < table->records.len; n++)
        if (table->records.items[n].fields.len > 0)
            return true;
    return false;
}

static void put_records(igd_buf *out, const igd_table_analysis *table, bool blame)
{
    size_t n = 0;
    bool fields = has_fields(table);
    if (table->records.len == 0 || is_full(out))
        return;
    igd_buf_puts(out, "\n<details><summary>");
    put_code(out, table->counts.table);
    igd_buf_printf(out, ": %zu record%s</summary>\n\n| | record | cause |%s%s\n|---|---|---|%s%s\n",
                   table->records.len, table->records.len == 1 ? "" : "s",
                   blame ? " last changed by |" : "", fields ? " fields |" : "",
                   blame ? "---|" : "", fields ? "---|" : "");
    for (; n < table->records.len && n < RECORDS_MOST && !is_full(out); n++)
        put_record(out, &table->records.items[n], fields, blame);
    put_more(out, table->records.len - n);
    igd_buf_puts(out, "\n</details>\n");
}

static void put_adopted(igd_buf *out, const igd_analysis *analysis)
{
    size_t shown = 0, left = 0;
    for (size_t n = 0; n < analysis->table_count; n++) {
        const igd_table_counts *counts = &analysis->tables[n].counts;
        if (!counts->adopted)
            continue;
        if (shown++ >= LINES_MOST) {
            left++;
            continue;
        }
        if (shown == 1)
            igd_buf_puts(out, "\n### Tables to take over\n\n| table | equal | would change | "
                              "foreign |\n|---|--:|--:|--:|\n");
        igd_buf_puts(out, "| ");
        put_code(out, counts->table);
        igd_buf_printf(out, " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n", counts->unchanged,
                       counts->updated, counts->foreign);
    }
    put_more(out, left);
}

static void put_data(igd_buf *out, const igd_analysis *analysis)
{
    size_t left = 0;
    put_tables(out, analysis);
    for (size_t n = 0; n < analysis->table_count; n++) {
        left += is_full(out) && analysis->tables[n].records.len > 0;
        put_records(out, &analysis->tables[n], analysis->blamed);
    }
    if (left > 0)
        igd_buf_printf(out, "\nThe records of %zu more table%s are too many to be shown.\n", left,
                       left == 1 ? "" : "s");
}

/* ---- the rest ---- */

static void put_foreign(igd_buf *out, const igd_analysis *analysis)
{
    size_t n = 0;
    if (analysis->foreign.len == 0)
        return;
    igd_buf_printf(out,
                   "\n<details><summary>%zu foreign object%s: not ours, they stay</summary>\n\n",
                   analysis->foreign.len, analysis->foreign.len == 1 ? "" : "s");
    for (; n < analysis->foreign.len && n < LINES_MOST && !is_full(out); n++) {
        const igd_foreign_object *object = &analysis->foreign.items[n];
        igd_buf_printf(out, "- %s ", object->kind);
        put_code(out, object->table);
        igd_buf_byte(out, ' ');
        put_code(out, object->name);
        igd_buf_byte(out, '\n');
    }
    put_more(out, analysis->foreign.len - n);
    igd_buf_puts(out, "\n</details>\n");
}

static void put_problem(igd_buf *out, const igd_problem *problem, igd_arena *mem)
{
    igd_buf_puts(out, "- ");
    if (problem->path.len > 0) {
        put_code(out, problem->line > 0
                          ? igd_arena_printf(mem, "%.*s:%u:%u", IGD_STR_ARG(problem->path),
                                             problem->line, problem->column)
                          : problem->path);
        igd_buf_byte(out, ' ');
    }
    put_escaped(out, problem->reason);
    igd_buf_byte(out, '\n');
}

static void put_problems(igd_buf *out, const igd_problems *problems, igd_severity severity,
                         size_t count, const char *title, igd_arena *mem)
{
    size_t shown = 0;
    if (count == 0)
        return;
    igd_buf_printf(out, "\n<details%s><summary>%zu %s%s</summary>\n\n",
                   severity == IGD_PROBLEM_WARNING ? "" : " open", count, title,
                   count == 1 ? "" : "s");
    for (size_t n = 0; n < problems->len && shown < LINES_MOST && !is_full(out); n++) {
        if (problems->items[n].severity != severity)
            continue;
        put_problem(out, &problems->items[n], mem);
        shown++;
    }
    put_more(out, count - shown);
    igd_buf_puts(out, "\n</details>\n");
}

static void put_selected(igd_buf *out, const char *word, igd_str patterns)
{
    if (patterns.len == 0)
        return;
    igd_buf_puts(out, word);
    put_code(out, patterns);
    igd_buf_puts(out, ".\n");
}

static void put_heading(igd_buf *out, const igd_report *report)
{
    const igd_analysis *analysis = report->analysis;
    igd_buf_puts(out, "## ");
    put_escaped(out, report->source.len ? report->source : igd_str_from(report->command));
    igd_buf_puts(out, !analysis || !analysis->compared ? ": failed\n"
                      : analysis->in_sync              ? ": in sync\n"
                                                       : ": not in sync\n");
    if (!analysis || !analysis->compared)
        return;
    igd_buf_puts(out, "\nCommit ");
    put_code(out, igd_str_sub(analysis->commit, 0, 10));
    igd_buf_puts(out, " and ");
    put_code(out, report->target);
    if (analysis->synced.len == 0) {
        igd_buf_puts(out, ", which was never synced");
    } else if (!igd_str_eq(analysis->synced, analysis->commit)) {
        igd_buf_puts(out, ", which holds ");
        put_code(out, igd_str_sub(analysis->synced, 0, 10));
    }
    igd_buf_puts(out, ": ");
    IGD_CLEANUP(igd_buf)
    igd_buf totals = IGD_BUF_INIT;
    igd_report_totals(analysis, &totals);
    igd_buf_printf(out, "%s.\n", totals.ptr);
    put_selected(out, "\nOnly ", report->selection.collections);
    put_selected(out, "\nWithout ", report->selection.exclude);
}

static void put_error(igd_buf *out, const igd_report *report)
{
    if (!report->error || report->error->code == IGD_E_DIFFERS)
        return;
    igd_buf_puts(out, "\n**Error:** ");
    put_escaped(out, igd_str_from(report->error->message));
    igd_buf_byte(out, '\n');
}

void igd_report_markdown(const igd_report *report, FILE *file)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    const igd_analysis *analysis = report->analysis;
    put_heading(&out, report);
    put_error(&out, report);
    if (analysis) {
        const igd_problems *problems = &analysis->problems;
        put_problems(&out, problems, IGD_PROBLEM_SCHEMA, problems->schema_errors, "schema error",
                     mem);
        put_problems(&out, problems, IGD_PROBLEM_INVALID, problems->invalid, "invalid record", mem);
    }
    if (analysis && analysis->compared) {
        put_schema(&out, analysis, mem);
        put_adopted(&out, analysis);
        put_data(&out, analysis);
        put_foreign(&out, analysis);
        put_problems(&out, &analysis->problems, IGD_PROBLEM_WARNING, analysis->problems.warnings,
                     "warning", mem);
    }
    fwrite(out.ptr, 1, out.len, file);
}
