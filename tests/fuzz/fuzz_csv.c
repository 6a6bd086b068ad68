/*
 * Fuzzes CSV files, with the columns that the first line seems to name and with the same columns
 * the other way round.
 */
#include "fuzz_format.h"

static bool parse(igd_str text, const igd_str_list *order)
{
    return fuzz_format(&igd_format_csv, IGD_RECORD_LIST, text, order);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    igd_str text = {(const char *)data, size};
    igd_str rest = text, line = {0}, name;
    igd_str_list names = {0}, backwards = {0};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    while (line.len == 0 && igd_str_split(&rest, '\n', &line))
        line = igd_str_trim(line);
    while (igd_str_split(&line, ',', &name) && names.len < 100) {
        if (igd_str_starts(name, IGD_STR("\xEF\xBB\xBF")))
            name = igd_str_sub(name, 3, name.len);
        IGD_PUSH(mem, &names, name);
    }
    for (size_t n = names.len; n > 0; n--)
        IGD_PUSH(mem, &backwards, names.items[n - 1]);
    require(parse(text, &names) == parse(text, &backwards), "the order of columns changes nothing");
    return 0;
}
