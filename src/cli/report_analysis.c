/*
 * Analyze and verify for people: + is to be inserted, ~ updated, - deleted, ! is a conflict.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "cli/report.h"
#include "cli/report_value.h"

/* Widest column of keys and names; what is longer pushes the rest of its line. */
#define COLUMN_MAX 48

typedef struct printer {
    FILE *out;
    bool color;
    bool verify;
    bool blame; /* records say who changed them */
    igd_arena *mem;
} printer;

static const char *paint(const printer *p, char sign)
{
    if (!p->color)
        return "";
    switch (sign) {
    case '+':
        return "\033[32m";
    case '~':
        return "\033[33m";
    case '-':
        return "\033[31m";
    case '!':
        return "\033[1;31m";
    case 'b':
        return "\033[1m";
    default:
        return "\033[0m";
    }
}

static void print_heading(const printer *p, const char *text)
{
    fprintf(p->out, "%s%s%s\n", paint(p, 'b'), text, paint(p, 0));
}

static igd_str clean(const printer *p, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_report_clean(&out, text, 0);
    return igd_arena_str(p->mem, igd_buf_view(&out));
}

static void widen(size_t *width, igd_str text)
{
    size_t chars = igd_str_chars(text);
    if (chars > *width && chars <= COLUMN_MAX)
        *width = chars;
}

/* printf counts bytes, people count characters. */
static void print_padded(const printer *p, igd_str text, size_t width)
{
    size_t chars = igd_str_chars(text);
    fprintf(p->out, "%.*s%*s", IGD_STR_ARG(text), chars < width ? (int)(width - chars) : 0, "");
}

/* ---- schema ---- */

static char sign_of_op(igd_op_kind kind)
{
    const char *word = igd_op_word(kind);
    if (strncmp(word, "create", 6) == 0 || strncmp(word, "add", 3) == 0)
        return '+';
    return strncmp(word, "drop_not", 8) != 0 && strncmp(word, "drop", 4) == 0 ? '-' : '~';
}

static void print_schema(const printer *p, const igd_analysis *analysis)
{
    size_t width = 0;
    if (analysis->schema.len == 0)
        return;
    print_heading(p, "schema");
    for (size_t n = 0; n < analysis->schema.len; n++)
        widen(&width, clean(p, igd_op_text(analysis->schema.items[n].op, p->mem)));
    for (size_t n = 0; n < analysis->schema.len; n++) {
        const igd_op *op = analysis->schema.items[n].op;
        char sign = sign_of_op(op->kind);
        fprintf(p->out, "  %s%c ", paint(p, sign), sign);
        print_padded(p, clean(p, igd_op_text(op, p->mem)), width);
        fprintf(p->out, "%s  %s", paint(p, 0), igd_cause_word(analysis->schema.items[n].cause));
        if (op->risk != IGD_RISK_SAFE)
            fprintf(p->out, "; %s: %s", igd_risk_word(op->risk), op->why);
        fputc('\n', p->out);
    }
}

/* ---- records ---- */

static char sign_of(const igd_record_difference *record)
{
    static const char signs[] = {[IGD_INSERT] = '+', [IGD_UPDATE] = '~', [IGD_DELETE] = '-'};
    if (record->cause == IGD_CAUSE_FOREIGN)
        return '=';
    return record->cause == IGD_CAUSE_CONFLICT ? '!' : signs[record->change];
}

static igd_str value_text(const printer *p, const igd_value *value)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_report_value(&out, value);
    return igd_arena_str(p->mem, igd_buf_view(&out));
}

/* What a sync would make of it: old -> new; in a conflict also what it started from. */
static void print_field(const printer *p, const igd_record_difference *record,
                        const igd_field_difference *field, size_t width)
{
    igd_str old = value_text(p, &field->old_value), now = value_text(p, &field->new_value);
    fputs("        ", p->out);
    print_padded(p, clean(p, field->name), width);
    if (record->change == IGD_INSERT)
        fprintf(p->out, "  %.*s", IGD_STR_ARG(now));
    else if (record->change == IGD_DELETE)
        fprintf(p->out, "  %.*s", IGD_STR_ARG(old));
    else
        fprintf(p->out, "  %.*s -> %.*s", IGD_STR_ARG(old), IGD_STR_ARG(now));
    if (record->cause == IGD_CAUSE_CONFLICT)
        fprintf(p->out, "  (was %.*s)", IGD_STR_ARG(value_text(p, &field->base)));
    fputc('\n', p->out);
}

/* Who made git's side of it what it is. */
static void print_blame(const printer *p, const igd_record_difference *record)
{
    const igd_commit_note *note = record->blame;
    if (!note) {
        fputs("        in no commit of the history that is here\n", p->out);
        return;
    }
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    igd_report_blame(note, record->or_before, &line);
    fprintf(p->out, "        %s\n", line.ptr);
}

static void print_record(const printer *p, const igd_record_difference *record, size_t width)
{
    static const char *const kinds[] = {
        [IGD_INSERT] = "insert", [IGD_UPDATE] = "update", [IGD_DELETE] = "delete"};
    char sign = sign_of(record);
    size_t names = 0;
    fprintf(p->out, "    %s%c ", paint(p, sign), sign);
    print_padded(p, clean(p, record->key), width);
    fprintf(p->out, "%s  %s%s%s\n", paint(p, 0), sign == '!' ? kinds[record->change] : "",
            sign == '!' ? ", " : "", igd_cause_word(record->cause));
    if (p->blame)
        print_blame(p, record);
    for (size_t n = 0; n < record->fields.len; n++)
        widen(&names, clean(p, record->fields.items[n].name));
    for (size_t n = 0; n < record->fields.len; n++)
        print_field(p, record, &record->fields.items[n], names);
}

static void print_causes(const printer *p, const uint64_t causes[4])
{
    const char *between = "  (";
    for (igd_cause cause = IGD_CAUSE_PENDING; cause <= IGD_CAUSE_FOREIGN; cause++) {
        if (causes[cause] == 0)
            continue;
        fprintf(p->out, "%s%" PRIu64 " %s", between, causes[cause], igd_cause_word(cause));
        between = ", ";
    }
    fputs(*between == ',' ? ")\n" : "\n", p->out);
}

static bool differs(const igd_table_analysis *table)
{
    return table->counts.inserted + table->counts.updated + table->counts.deleted +
               table->counts.foreign >
           0;
}

static void print_table(const printer *p, const igd_table_analysis *table, size_t width)
{
    const igd_table_counts *counts = &table->counts;
    size_t keys = 0;
    fputs("  ", p->out);
    print_padded(p, counts->table, width);
    fprintf(p->out, "  %s+%" PRIu64 "%s", paint(p, '+'), counts->inserted, paint(p, 0));
    fprintf(p->out, " %s~%" PRIu64 "%s", paint(p, '~'), counts->updated, paint(p, 0));
    fprintf(p->out, " %s-%" PRIu64 "%s", paint(p, '-'), counts->deleted, paint(p, 0));
    if (table->causes[IGD_CAUSE_CONFLICT] > 0)
        fprintf(p->out, " %s!%" PRIu64 "%s", paint(p, '!'), table->causes[IGD_CAUSE_CONFLICT],
                paint(p, 0));
    print_causes(p, table->causes);
    for (size_t n = 0; n < table->records.len; n++)
        widen(&keys, clean(p, table->records.items[n].key));
    for (size_t n = 0; n < table->records.len; n++)
        print_record(p, &table->records.items[n], keys);
}

static void print_data(const printer *p, const igd_analysis *analysis)
{
    size_t width = 0;
    if (!differs(&analysis->total))
        return;
    print_heading(p, "records");
    for (size_t n = 0; n < analysis->table_count; n++)
        if (differs(&analysis->tables[n]))
            widen(&width, analysis->tables[n].counts.table);
    for (size_t n = 0; n < analysis->table_count; n++)
        if (differs(&analysis->tables[n]))
            print_table(p, &analysis->tables[n], width);
}

/* ---- the rest ---- */

static void print_adopted(const printer *p, const igd_analysis *analysis)
{
    bool any = false;
    for (size_t n = 0; n < analysis->table_count; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        if (!analysis->tables[n].counts.adopted)
            continue;
        if (!any)
            print_heading(p, "tables to take over");
        any = true;
        igd_report_adopted(&analysis->tables[n].counts, true, &text);
        fprintf(p->out, "  %s\n", text.ptr);
    }
}

static void print_foreign(const printer *p, const igd_analysis *analysis)
{
    if (analysis->foreign.len == 0)
        return;
    print_heading(p, "foreign (not ours: they stay)");
    for (size_t n = 0; n < analysis->foreign.len; n++) {
        const igd_foreign_object *object = &analysis->foreign.items[n];
        fprintf(p->out, "  %s %.*s.%.*s\n", object->kind, IGD_STR_ARG(clean(p, object->table)),
                IGD_STR_ARG(clean(p, object->name)));
    }
}

static void put_count(igd_buf *out, uint64_t count, const char *what, const char *many)
{
    igd_buf_printf(out, "%s%" PRIu64 " %s", out->len ? ", " : "", count, count == 1 ? what : many);
}

void igd_report_totals(const igd_analysis *analysis, igd_buf *out)
{
    const igd_table_analysis *total = &analysis->total;
    if (analysis->schema.len > 0)
        put_count(out, analysis->schema.len, "schema change", "schema changes");
    if (total->counts.inserted > 0)
        put_count(out, total->counts.inserted, "to insert", "to insert");
    if (total->counts.updated > 0)
        put_count(out, total->counts.updated, "to update", "to update");
    if (total->counts.deleted > 0)
        put_count(out, total->counts.deleted, "to delete", "to delete");
    put_count(out, total->counts.unchanged, "equal", "equal");
    if (total->counts.foreign > 0)
        put_count(out, total->counts.foreign, "foreign row", "foreign rows");
    if (total->held > 0)
        put_count(out, total->held, "row held for invalid records",
                  "rows held for invalid records");
    if (analysis->unverified > 0)
        put_count(out, analysis->unverified, "held record unverified", "held records unverified");
    if (analysis->foreign.len > 0)
        put_count(out, analysis->foreign.len, "foreign object", "foreign objects");
}

static void print_totals(const printer *p, const igd_analysis *analysis)
{
    IGD_CLEANUP(igd_buf)
    igd_buf totals = IGD_BUF_INIT;
    igd_report_totals(analysis, &totals);
    fprintf(p->out, "%.*s: ", IGD_STR_ARG(analysis->source));
    if (!p->verify && analysis->synced.len > 0 && !igd_str_eq(analysis->synced, analysis->commit))
        fprintf(p->out, "%.10s -> ", analysis->synced.ptr);
    fprintf(p->out, "%.10s: %s: %s%sin sync%s\n", analysis->commit.ptr, totals.ptr,
            paint(p, analysis->in_sync ? '+' : '!'), analysis->in_sync ? "" : "not ", paint(p, 0));
}

void igd_report_analysis_text(const igd_report *report, bool color, FILE *out)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_analysis *analysis = report->analysis;
    printer p = {.out = out,
                 .color = color,
                 .verify = strcmp(report->command, "verify") == 0,
                 .blame = analysis->blamed,
                 .mem = mem};
    igd_report_problems(&analysis->problems, color, out);
    if (!analysis->compared)
        return;
    print_schema(&p, analysis);
    print_adopted(&p, analysis);
    print_data(&p, analysis);
    print_foreign(&p, analysis);
    print_totals(&p, analysis);
    igd_report_selection(&report->selection, out);
}
