/*
 * Target URLs: parsing and masking of anything.
 */
#include <stdlib.h>

#include "targets/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str text = {(const char *)data, size};
    igd_error err;
    igd_url url;
    igd_str masked = igd_url_masked(text, mem);
    if (igd_url_parse(text, mem, &url, &err) != IGD_OK)
        return 0;
    /* A masked URL is still one, without its password. */
    igd_url again;
    if (url.has_password && igd_url_parse(masked, mem, &again, &err) == IGD_OK &&
        again.has_password && !igd_str_is(again.password, "***"))
        abort();
    return 0;
}
