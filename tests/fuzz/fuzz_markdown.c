/*
 * Fuzzes Markdown records: the body is always the end of the input, and the front matter brings
 * columns and keys only, each once.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ingitdb/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static bool is_short(const void *payload, igd_str name)
{
    return name.len <= *(const size_t *)payload;
}

static void check_record(const igd_node *record, const igd_format_input *input, size_t shortest)
{
    require(record->kind == IGD_NODE_MAP && record->count > 0, "a record is a map");
    const igd_member *last = &record->members[record->count - 1];
    require(igd_str_eq(last->key, input->content_field), "the body is the last member");
    require(last->value->kind == IGD_NODE_STRING, "the body is text");
    require(igd_str_ends(input->text, last->value->text), "the body is the end of the file");
    require(igd_str_is_utf8(last->value->text), "the body is UTF-8");
    for (size_t n = 0; n < record->count; n++) {
        const igd_member *member = &record->members[n];
        require(igd_node_member(record, member->key) == member, "keys are unique");
        require(member == last || member->key.len <= shortest ||
                    igd_str_eq(member->key, IGD_STR("$id")) ||
                    igd_str_eq(member->key, IGD_STR("$ID")),
                "only columns and keys are kept");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t longest_column = 2;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems warnings = IGD_PROBLEMS_INIT(mem);
    const igd_format_input input = {
        .text = {(const char *)data, size},
        .record_type = IGD_RECORD_SINGLE,
        .content_field = IGD_STR("$content"),
        .has_column = is_short,
        .payload = &longest_column,
        .warnings = &warnings,
    };
    igd_node *record = NULL;
    igd_error err = IGD_ERROR_INIT;
    int code = igd_format_markdown.parse(&input, mem, &record, &err);
    if (code == IGD_OK)
        check_record(record, &input, longest_column);
    else
        require(code == IGD_E_INVALID && err.place.line > 0 && err.place.line <= size + 1,
                "errors have a place in the input");
    require(warnings.len <= (code == IGD_OK), "one warning, of a record");
    return 0;
}
