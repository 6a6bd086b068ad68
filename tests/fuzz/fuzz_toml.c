/*
 * Fuzzes TOML files of the three record types. What is accepted as a map or a list of records is
 * TOML.
 */
#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    igd_str text = {(const char *)data, size};
    bool single = fuzz_format(&igd_format_toml, IGD_RECORD_SINGLE, text, NULL);
    bool map = fuzz_format(&igd_format_toml, IGD_RECORD_MAP, text, NULL);
    bool list = fuzz_format(&igd_format_toml, IGD_RECORD_LIST, text, NULL);
    require(single || (!map && !list), "records are TOML");
    return 0;
}
