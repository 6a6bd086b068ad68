/*
 * Fuzzes JSON files of the three record types, and JSON Lines. What is an object of records is one
 * object, too, and one line of JSON Lines when it has no line end.
 */
#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    igd_str text = {(const char *)data, size};
    bool single = fuzz_format(&igd_format_json, IGD_RECORD_SINGLE, text, NULL);
    bool map = fuzz_format(&igd_format_json, IGD_RECORD_MAP, text, NULL);
    bool list = fuzz_format(&igd_format_json, IGD_RECORD_LIST, text, NULL);
    bool lines = fuzz_format(&igd_format_jsonl, IGD_RECORD_LIST, text, NULL);
    require(!(list && single), "nothing is a list and an object");
    require(!map || single, "an object of records is an object");
    if (map && igd_str_find(text, '\n') < 0 && igd_str_find(text, '{') >= 0)
        require(lines, "an object on one line is JSON Lines");
    return 0;
}
