/*
 * The JSON report of analyze and verify (docs/contract.md 5, docs/report.schema.json).
 */
#include "cli/report_json.h"
#include "cli/report_value.h"

/* ---- schema ---- */

static cJSON *change_json(const igd_schema_difference *difference, igd_arena *mem)
{
    const igd_op *op = difference->op;
    igd_op_sides sides = igd_op_describe(op, mem);
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "kind", igd_op_word(op->kind));
    igd_report_put_text(item, "table", op->table);
    igd_report_put_text(item, "column", sides.column);
    igd_report_put_text(item, "from", sides.from);
    igd_report_put_text(item, "to", sides.to);
    cJSON_AddStringToObject(item, "cause", igd_cause_word(difference->cause));
    cJSON_AddStringToObject(item, "risk", igd_risk_word(op->risk));
    igd_report_put_text(item, "why", igd_str_from(op->why));
    return item;
}

static void put_schema(cJSON *root, const igd_analysis *analysis)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    cJSON *changes = cJSON_AddArrayToObject(cJSON_AddObjectToObject(root, "schema"), "changes");
    for (size_t n = 0; n < analysis->schema.len; n++)
        cJSON_AddItemToArray(changes, change_json(&analysis->schema.items[n], mem));
}

/* ---- data ---- */

static void put_value(cJSON *object, const char *name, const igd_value *value)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_report_value_json(&text, value);
    cJSON_AddRawToObject(object, name, text.ptr);
}

static void put_any_text(cJSON *object, const char *name, igd_str value)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_report_text_json(&text, value);
    cJSON_AddRawToObject(object, name, text.ptr);
}

static void put_blame(cJSON *item, const igd_record_difference *record)
{
    const igd_commit_note *note = record->blame;
    if (!note) {
        cJSON_AddNullToObject(item, "blame");
        return;
    }
    cJSON *blame = cJSON_AddObjectToObject(item, "blame");
    cJSON_AddStringToObject(blame, "commit", note->hex);
    put_any_text(blame, "author", note->author);
    put_any_text(blame, "at", note->at);
    put_any_text(blame, "subject", note->subject);
    cJSON_AddBoolToObject(blame, "or_before", record->or_before);
}

static cJSON *record_json(const igd_record_difference *record, bool blamed)
{
    static const char *const words[] = {
        [IGD_INSERT] = "insert", [IGD_UPDATE] = "update", [IGD_DELETE] = "delete"};
    cJSON *item = cJSON_CreateObject();
    put_any_text(item, "key", record->key);
    cJSON_AddStringToObject(item, "change",
                            record->cause == IGD_CAUSE_FOREIGN ? "keep" : words[record->change]);
    cJSON_AddStringToObject(item, "cause", igd_cause_word(record->cause));
    if (blamed)
        put_blame(item, record);
    cJSON *fields = cJSON_AddArrayToObject(item, "fields");
    for (size_t n = 0; n < record->fields.len; n++) {
        const igd_field_difference *field = &record->fields.items[n];
        cJSON *entry = cJSON_CreateObject();
        put_any_text(entry, "name", field->name);
        put_value(entry, "base", &field->base);
        put_value(entry, "old", &field->old_value);
        put_value(entry, "new", &field->new_value);
        cJSON_AddItemToArray(fields, entry);
    }
    return item;
}

static void put_table_counts(cJSON *object, const igd_table_analysis *table)
{
    igd_report_put_counts(object, &table->counts);
    for (igd_cause cause = IGD_CAUSE_PENDING; cause <= IGD_CAUSE_FOREIGN; cause++)
        igd_report_put_number(object, igd_cause_word(cause), (double)table->causes[cause]);
    igd_report_put_number(object, "held", (double)table->held);
}

static void put_data(cJSON *root, const igd_analysis *analysis)
{
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    cJSON *tables = cJSON_AddArrayToObject(data, "tables");
    for (size_t n = 0; n < analysis->table_count; n++) {
        const igd_table_analysis *table = &analysis->tables[n];
        cJSON *item = cJSON_CreateObject();
        igd_report_put_text(item, "collection", table->counts.collection);
        igd_report_put_text(item, "table", table->counts.table);
        igd_report_put_text(item, "commit", table->commit);
        cJSON_AddBoolToObject(item, "adopted", table->counts.adopted);
        put_table_counts(item, table);
        cJSON *records = cJSON_AddArrayToObject(item, "records");
        for (size_t r = 0; r < table->records.len; r++)
            cJSON_AddItemToArray(records, record_json(&table->records.items[r], analysis->blamed));
        cJSON_AddItemToArray(tables, item);
    }
    put_table_counts(cJSON_AddObjectToObject(data, "totals"), &analysis->total);
}

/* ---- the rest ---- */

void igd_report_put_foreign(cJSON *root, const igd_foreign_list *foreign)
{
    cJSON *list = cJSON_AddArrayToObject(root, "foreign");
    for (size_t n = 0; n < foreign->len; n++) {
        const igd_foreign_object *object = &foreign->items[n];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "kind", object->kind);
        put_any_text(item, "table", object->table);
        put_any_text(item, "name", object->name);
        cJSON_AddItemToArray(list, item);
    }
}

static void put_totals(cJSON *root, const igd_analysis *analysis)
{
    cJSON *counts = cJSON_AddObjectToObject(root, "counts");
    put_table_counts(counts, &analysis->total);
    igd_report_put_number(counts, "schema_changes", (double)analysis->schema.len);
    igd_report_put_number(counts, "foreign_objects", (double)analysis->foreign.len);
    igd_report_put_number(counts, "invalid", (double)igd_problems_records(&analysis->problems));
    igd_report_put_number(counts, "unverified", (double)analysis->unverified);
    igd_report_put_number(counts, "warnings", (double)analysis->problems.warnings);
}

void igd_report_put_analysis(cJSON *root, const igd_report *report)
{
    const igd_analysis *analysis = report->analysis;
    igd_report_put_text(root, "from", analysis->synced);
    igd_report_put_text(root, "to", analysis->commit);
    igd_report_put_problems(root, "schema_errors", &analysis->problems, IGD_PROBLEM_SCHEMA);
    igd_report_put_problems(root, "invalid", &analysis->problems, IGD_PROBLEM_INVALID);
    if (!analysis->compared)
        return;
    put_totals(root, analysis);
    cJSON_AddBoolToObject(root, "in_sync", analysis->in_sync);
    put_schema(root, analysis);
    put_data(root, analysis);
    igd_report_put_foreign(root, &analysis->foreign);
    if (analysis->state)
        igd_report_put_held(root, analysis->state);
}
