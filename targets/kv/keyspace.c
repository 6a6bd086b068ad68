/*
 * Making and reading names of keys.
 */
#include "targets/kv/keyspace.h"

#include "base/buf.h"

static const char hex[] = "0123456789ABCDEF";

static bool is_plain(const igd_keyspace *space, char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 0x20 && c != 0x7F && byte != '%' && byte != space->separator;
}

void igd_keyspace_put(const igd_keyspace *space, igd_str part, igd_buf *out)
{
    for (size_t n = 0; n < part.len; n++) {
        unsigned char c = (unsigned char)part.ptr[n];
        if (is_plain(space, part.ptr[n])) {
            igd_buf_byte(out, part.ptr[n]);
            continue;
        }
        igd_buf_byte(out, '%');
        igd_buf_byte(out, hex[c >> 4]);
        igd_buf_byte(out, hex[c & 15]);
    }
}

static int digit(char c)
{
    const char *at = c ? strchr(hex, c) : NULL;
    return at ? (int)(at - hex) : -1;
}

/* False when it is not what igd_keyspace_put makes of anything. */
static bool decode_part(const igd_keyspace *space, igd_str part, igd_arena *mem, igd_str *out)
{
    char *bytes = igd_arena_alloc(mem, part.len + 1);
    size_t len = 0;
    for (size_t n = 0; n < part.len; n++) {
        char byte = part.ptr[n];
        if (byte == '%') {
            int high = n + 1 < part.len ? digit(part.ptr[n + 1]) : -1;
            int low = n + 2 < part.len ? digit(part.ptr[n + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            byte = (char)(high * 16 + low);
            if (is_plain(space, byte))
                return false;
            n += 2;
        } else if (!is_plain(space, byte)) {
            return false;
        }
        bytes[len++] = byte;
    }
    *out = (igd_str){bytes, len};
    return len > 0;
}

/* ---- records ---- */

static void put_separated(const igd_keyspace *space, igd_str part, igd_buf *out)
{
    igd_buf_byte(out, space->separator);
    igd_keyspace_put(space, part, out);
}

/* "orders/order_details": a part for each key column. */
static igd_str next_name(igd_str *rest)
{
    igd_str name = *rest;
    ptrdiff_t slash = igd_str_find(*rest, '/');
    if (slash < 0) {
        *rest = (igd_str){0};
        return name;
    }
    name.len = (size_t)slash;
    *rest = igd_str_sub(*rest, (size_t)slash + 1, rest->len);
    return name;
}

/* "shop:orders": whatever follows is a record of it, or of what is below it. */
static void put_beginning(const igd_keyspace *space, igd_str collection, igd_buf *out)
{
    if (space->tagged)
        igd_buf_byte(out, '{');
    igd_buf_str(out, space->prefix);
    put_separated(space, collection, out);
    if (space->tagged)
        igd_buf_byte(out, '}');
}

igd_str igd_keyspace_record(const igd_keyspace *space, const igd_table *table, const igd_value *row,
                            igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    igd_str rest = table->collection;
    put_beginning(space, next_name(&rest), &name);
    for (size_t n = 0; n < table->key_count; n++) {
        if (n > 0)
            put_separated(space, next_name(&rest), &name);
        put_separated(space, row[n].text, &name);
    }
    return igd_arena_str(mem, igd_buf_view(&name));
}

igd_str igd_keyspace_of(const igd_keyspace *space, const igd_table *table, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    igd_str rest = table->collection;
    put_beginning(space, next_name(&rest), &name);
    igd_buf_byte(&name, space->separator);
    return igd_arena_str(mem, igd_buf_view(&name));
}

/* The next part behind a separator; false at the end. */
static bool take_part(const igd_keyspace *space, igd_str *rest, igd_str *part)
{
    if (rest->len == 0 || rest->ptr[0] != space->separator)
        return false;
    *rest = igd_str_sub(*rest, 1, rest->len);
    ptrdiff_t end = igd_str_find(*rest, space->separator);
    *part = igd_str_sub(*rest, 0, end < 0 ? rest->len : (size_t)end);
    *rest = igd_str_sub(*rest, part->len, rest->len);
    return true;
}

static bool take_end(igd_str *part, char byte)
{
    if (part->len == 0 || part->ptr[part->len - 1] != byte)
        return false;
    part->len--;
    return true;
}

bool igd_keyspace_decode(const igd_keyspace *space, const igd_table *table, igd_str name,
                         igd_arena *mem, igd_value *keys)
{
    igd_str path = table->collection;
    if (space->tagged && !igd_str_starts(name, IGD_STR("{")))
        return false;
    igd_str rest = igd_str_sub(name, space->tagged, name.len);
    if (!igd_str_starts(rest, space->prefix))
        return false;
    rest = igd_str_sub(rest, space->prefix.len, rest.len);
    for (size_t n = 0; n < table->key_count; n++) {
        igd_str part, key;
        if (!take_part(space, &rest, &part) || (n == 0 && space->tagged && !take_end(&part, '}')) ||
            !decode_part(space, part, mem, &part) || !igd_str_eq(part, next_name(&path)) ||
            !take_part(space, &rest, &part) || !decode_part(space, part, mem, &key) ||
            !igd_str_is_utf8(key))
            return false;
        keys[n] = igd_value_string(key);
    }
    return rest.len == 0 && path.len == 0;
}

igd_str igd_keyspace_book(const igd_keyspace *space, igd_arena *mem, const igd_str *parts,
                          size_t count)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    igd_buf_str(&name, space->prefix);
    put_separated(space, IGD_STR(".ingitdb"), &name);
    for (size_t n = 0; n < count; n++)
        put_separated(space, parts[n], &name);
    return igd_arena_str(mem, igd_buf_view(&name));
}
