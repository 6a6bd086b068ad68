/*
 * Values and other texts of a target, made fit for a report: whatever bytes they have, they are one
 * line of clean UTF-8, and not longer than people read.
 */
#ifndef IGD_CLI_REPORT_VALUE_H
#define IGD_CLI_REPORT_VALUE_H

#include "base/buf.h"
#include "ingitdb/history.h"
#include "schema/value.h"

/* Characters of a value that are shown. */
#define IGD_REPORT_VALUE_CHARS 60

/* Control characters as \n, \t or \xNN, bytes that are no UTF-8 as \xNN. Longer than `most`
 * characters it is cut, with an ellipsis; 0: never. */
void igd_report_clean(igd_buf *out, igd_str text, size_t most);

/* Texts in quotes; null for none. What is not canonical in the target is shown as it is there. */
void igd_report_value(igd_buf *out, const igd_value *value);

/* The value as JSON of its type. Bytes that are no UTF-8 are replaced by U+FFFD. */
void igd_report_value_json(igd_buf *out, const igd_value *value);
void igd_report_text_json(igd_buf *out, igd_str text);

/* A commit on one line: "1234567890 2024-02-29 Ada Lovelace: subject"; or_before: at that commit or
 * before it. */
void igd_report_blame(const igd_commit_note *note, bool or_before, igd_buf *out);

#endif
