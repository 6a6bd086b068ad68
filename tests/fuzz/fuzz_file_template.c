/*
 * Fuzzes templates of file names: the first line is the template, the rest a name. A key that is
 * found in a name gives that name when it is put back.
 */
#include <stdlib.h>

#include "ingitdb/file_template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    igd_str name = {(const char *)data, size}, text;
    if (!igd_str_split(&name, '\n', &text))
        return 0;
    igd_template template;
    igd_error err = IGD_ERROR_INIT;
    if (igd_template_parse(text, &template, &err) != IGD_OK)
        return 0;
    igd_arena *mem = igd_arena_new();
    for (size_t n = 0; n < template.count; n++) {
        igd_str key;
        if (igd_template_match(&template.parts[n], name, &key) &&
            !igd_str_eq(igd_template_fill(&template.parts[n], key, mem), name))
            abort();
    }
    igd_arena_free(mem);
    return 0;
}
