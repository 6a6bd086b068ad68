/*
 * What apply has to say, for people and as JSON.
 */
#include <inttypes.h>

#include "cli/report_json.h"
#include "cli/report_value.h"

static void print_commit(igd_str commit, FILE *out)
{
    if (commit.len)
        fprintf(out, "%.10s", commit.ptr);
    else
        fputs("nothing", out);
}

static void print_list(const igd_str_list *list, const char *mark, FILE *out)
{
    for (size_t n = 0; n < list->len; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_report_clean(&text, list->items[n], 0);
        fprintf(out, "  %s%s\n", mark, text.ptr);
    }
}

void igd_report_apply_text(const igd_report *report, FILE *out)
{
    const igd_apply_result *apply = report->apply;
    const igd_script_head *head = apply->head;
    if (!head)
        return;
    if (apply->already) {
        fprintf(out, "%.*s: already applied, the target holds ", IGD_STR_ARG(head->source));
        print_commit(head->to, out);
        fputs("; nothing to do\n", out);
        return;
    }
    if (report->error && !apply->applied)
        return;
    print_list(&head->risks, "", out);
    print_list(&apply->answers, "", out);
    fprintf(out, "%.*s: ", IGD_STR_ARG(head->source));
    print_commit(head->from, out);
    fputs(" -> ", out);
    print_commit(head->to, out);
    fprintf(out, ": %" PRIu64 " inserted, %" PRIu64 " updated, %" PRIu64 " deleted", head->inserts,
            head->updates, head->deletes);
    fprintf(out, " by %" PRIu64 " statements (%.2f s)\n", apply->statements,
            (double)report->duration_ms / 1000);
    if (apply->verified)
        fputs("verified: every row is as the commit says\n", out);
    if (apply->only_looked)
        fputs("a dry run: the target is where the script begins, and the rows that it touches are "
              "those that it was made for; nothing was written\n",
              out);
    else if (apply->dry_run)
        fputs("a dry run: all of it was done under the target's write lock, and rolled back\n",
              out);
    else if (head->direction == IGD_SCRIPT_DOWN)
        fprintf(out, "run %.*s is rolled back\n", IGD_STR_ARG(head->run_id));
}

static void put_list(cJSON *object, const char *name, const igd_str_list *list)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    for (size_t n = 0; n < list->len; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_buf_utf8(&text, list->items[n]);
        cJSON_AddItemToArray(array, cJSON_CreateString(text.ptr));
    }
}

void igd_report_put_apply(cJSON *root, const igd_report *report)
{
    const igd_apply_result *apply = report->apply;
    const igd_script_head *head = apply->head;
    if (!head)
        return;
    igd_report_put_text(root, "from", head->from);
    igd_report_put_text(root, "to", head->to);
    cJSON *counts = cJSON_AddObjectToObject(root, "counts");
    igd_report_put_number(counts, "insert", (double)head->inserts);
    igd_report_put_number(counts, "update", (double)head->updates);
    igd_report_put_number(counts, "delete", (double)head->deletes);
    igd_report_put_number(counts, "statements", (double)apply->statements);
    igd_report_put_text(root, "dry_run",
                        apply->only_looked ? IGD_STR("plan")
                        : apply->dry_run   ? IGD_STR("execute")
                                           : (igd_str){0});
    cJSON_AddBoolToObject(root, "already_applied", apply->already);
    cJSON_AddBoolToObject(root, "applied", apply->applied);
    cJSON_AddBoolToObject(root, "verified", apply->verified);
    cJSON *script = cJSON_AddObjectToObject(root, "script");
    igd_report_put_text(script, "direction",
                        head->direction == IGD_SCRIPT_UP ? IGD_STR("up") : IGD_STR("down"));
    igd_report_put_text(script, "run", head->run_id);
    igd_report_put_text(script, "sha256", igd_str_from(head->sha256));
    igd_report_put_text(script, "tool", head->tool);
    igd_report_put_text(script, "recorded_in", apply->migrations);
    put_list(script, "risks", &head->risks);
    put_list(script, "answers", &apply->answers);
}
