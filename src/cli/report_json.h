/*
 * Private to the JSON reports: members that several of them have.
 */
#ifndef IGD_CLI_REPORT_JSON_H
#define IGD_CLI_REPORT_JSON_H

#include <cjson/cJSON.h>

#include "cli/report.h"

/* An empty text is null. */
void igd_report_put_text(cJSON *object, const char *name, igd_str text);
void igd_report_put_number(cJSON *object, const char *name, double number);
/* insert, update, delete, unchanged */
void igd_report_put_counts(cJSON *object, const igd_table_counts *counts);
void igd_report_put_problems(cJSON *object, const char *name, const igd_problems *problems,
                             igd_severity severity);
void igd_report_put_foreign(cJSON *root, const igd_foreign_list *foreign);
void igd_report_put_held(cJSON *root, const igd_source_state *state);

/* Everything that apply adds to the common members. */
void igd_report_put_apply(cJSON *root, const igd_report *report);

/* Everything that analyze and verify add to the common members. */
void igd_report_put_analysis(cJSON *root, const igd_report *report);

#endif
