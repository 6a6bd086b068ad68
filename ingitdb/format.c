/*
 * The table of record formats.
 */
#include "ingitdb/format.h"

/* In the order of the documentation. */
#define FORMATS(X)           X(yaml) X(yml) X(json) X(jsonl) X(csv) X(toml) X(markdown) X(ingr)

#define FORMAT_ADDRESS(name) &igd_format_##name,
static const igd_format *const formats[] = {FORMATS(FORMAT_ADDRESS)};

const igd_format *igd_format_find(igd_str name)
{
    for (size_t n = 0; n < IGD_COUNT(formats); n++) {
        if (igd_str_is(name, formats[n]->name))
            return formats[n];
    }
    return NULL;
}

const char *igd_format_names(void)
{
#define FORMAT_NAME(name) ", " #name
    static const char names[] = FORMATS(FORMAT_NAME);
    return names + 2; /* behind the first comma */
}

bool igd_is_lfs_pointer(igd_str text)
{
    return igd_str_starts(text, IGD_STR("version https://git-lfs.github.com/spec/"));
}

#define LFS_HINT \
    "only a pointer is committed, the content is not in git; `git lfs migrate export` puts it back"
const igd_str igd_lfs_hint = {LFS_HINT, sizeof(LFS_HINT) - 1};
