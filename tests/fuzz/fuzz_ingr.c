/*
 * Fuzzes INGR files as lists and maps of records. What is a map is a list, too.
 */
#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    igd_str text = {(const char *)data, size};
    bool list = fuzz_format(&igd_format_ingr, IGD_RECORD_LIST, text, NULL);
    bool map = fuzz_format(&igd_format_ingr, IGD_RECORD_MAP, text, NULL);
    require(list || !map, "a map of records is a list of records");
    return 0;
}
