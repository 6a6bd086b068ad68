/*
 * Identifiers of a target.
 */
#include "schema/names.h"

#include "base/digest.h"

#define HASH_DIGITS 8

/* At most `bytes` of the name, without half a character at the end. */
static igd_str start_of(igd_str name, size_t bytes)
{
    if (name.len <= bytes)
        return name;
    while (bytes > 0 && ((unsigned char)name.ptr[bytes] & 0xC0) == 0x80)
        bytes--;
    return igd_str_sub(name, 0, bytes);
}

igd_str igd_name_hashed(igd_str stem, igd_str definition, size_t bytes, igd_arena *mem)
{
    char hex[IGD_DIGEST_HEX];
    igd_digest_hex(igd_digest_of(definition), hex);
    if (bytes > 0)
        stem = start_of(stem, bytes > HASH_DIGITS + 1 ? bytes - HASH_DIGITS - 1 : 0);
    return igd_arena_printf(mem, "%.*s_%.*s", IGD_STR_ARG(stem), HASH_DIGITS, hex);
}

igd_str igd_name_cut(igd_str name, size_t bytes, igd_arena *mem)
{
    if (bytes == 0 || name.len <= bytes)
        return name;
    return igd_name_hashed(name, name, bytes, mem);
}

igd_str igd_name_fold(igd_str name, igd_arena *mem)
{
    char *folded = igd_arena_cstr(mem, name);
    for (size_t n = 0; n < name.len; n++) {
        if (folded[n] >= 'A' && folded[n] <= 'Z')
            folded[n] = (char)(folded[n] + ('a' - 'A'));
    }
    return (igd_str){folded, name.len};
}

static bool starts_nocase(igd_str name, igd_str start)
{
    return igd_str_eq_nocase(igd_str_sub(name, 0, start.len), start);
}

const char *igd_name_reserved(igd_str name)
{
    if (starts_nocase(name, IGD_STR("ingitdb_")))
        return "starts with 'ingitdb_', which is reserved for the bookkeeping";
    if (starts_nocase(name, IGD_STR("sqlite_")))
        return "starts with 'sqlite_', which is reserved by SQLite";
    if (igd_str_eq_nocase(name, IGD_STR("schema_migrations")))
        return "is 'schema_migrations', the table of applied scripts";
    return NULL;
}
