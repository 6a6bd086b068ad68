/*
 * Writing scripts by the program's own writer.
 */
#include "tests/support/script_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "targets/script.h"

static void must(int code, const igd_error *err)
{
    if (code == IGD_OK)
        return;
    fprintf(stderr, "script: %s\n", err->message);
    abort();
}

void script_file_write(const char *path, const script_text *text)
{
    igd_error err = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *file = NULL;
    igd_script_head head = {.tool = IGD_STR("a test"),
                            .source = igd_str_from(text->source ? text->source : "shop"),
                            .engine = igd_str_from(text->engine ? text->engine : "sqlite"),
                            .direction = text->down ? IGD_SCRIPT_DOWN : IGD_SCRIPT_UP,
                            .from = igd_str_from(text->from),
                            .to = igd_str_from(text->to),
                            .run_id = igd_str_from(text->run),
                            .row_count = text->row_count};
    for (int n = 0; n < 2 && text->rows[n]; n++) {
        igd_digest digest = {0, 0};
        if (!igd_digest_parse(igd_str_from(text->rows[n]), &digest))
            abort();
        head.rows = igd_digest_add(head.rows, digest);
    }
    for (size_t n = 0; text->left && text->left[n]; n++)
        head.schema = igd_digest_add(head.schema, igd_digest_of(igd_str_from(text->left[n])));
    must(igd_script_file_new(IGD_SCRIPT_SQLITE, &file, &err), &err);
    must(igd_script_put(file, igd_str_from(text->body), &err), &err);
    must(igd_script_finish(file, &head, path, true, &err), &err);
}
