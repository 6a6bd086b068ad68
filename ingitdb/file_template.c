/*
 * Matching names with the parts of a file name template, and filling them in.
 */
#include "ingitdb/file_template.h"

static const igd_str placeholder = {"{key}", 5};

/* Position of the next {key} at or behind `from`, or the text's length. */
static size_t next_key(igd_str text, size_t from)
{
    if (from >= text.len)
        return text.len;
    const char *found = memmem(text.ptr + from, text.len - from, placeholder.ptr, placeholder.len);
    return found ? (size_t)(found - text.ptr) : text.len;
}

int igd_template_parse(igd_str text, igd_template *out, igd_error *err)
{
    size_t count = 0;
    igd_str rest = text, name;
    while (igd_str_split(&rest, '/', &name)) {
        if (name.len == 0 || igd_str_is(name, "."))
            continue;
        if (count == IGD_TEMPLATE_PARTS) {
            igd_fail(err, IGD_E_SCHEMA, "record_file.name has more than %d directories",
                     IGD_TEMPLATE_PARTS - 1);
            return igd_hint(err, "shorten '%.*s'", IGD_STR_ARG(text));
        }
        igd_template_part part = {.text = name};
        for (size_t at = next_key(name, 0); at < name.len;
             at = next_key(name, at + placeholder.len))
            part.keys++;
        part.literals = name.len - part.keys * placeholder.len;
        out->parts[count++] = part;
    }
    out->count = count;
    return IGD_OK;
}

bool igd_record_key_ok(igd_str key)
{
    return key.len > 0 && key.ptr[0] != '.' && key.ptr[0] != '$' &&
           !memchr(key.ptr, '/', key.len) && !memchr(key.ptr, '\0', key.len);
}

bool igd_template_match(const igd_template_part *part, igd_str name, igd_str *key)
{
    if (part->keys == 0) {
        if (!igd_str_eq(part->text, name))
            return false;
        *key = (igd_str){0};
        return true;
    }
    /* All keys are equal, so the lengths leave one way to cut the name. */
    if (name.len <= part->literals || (name.len - part->literals) % part->keys != 0)
        return false;
    size_t key_len = (name.len - part->literals) / part->keys;
    igd_str found = {0};
    size_t in_name = 0;
    for (size_t at = 0; at < part->text.len;) {
        size_t stop = next_key(part->text, at);
        if (memcmp(part->text.ptr + at, name.ptr + in_name, stop - at) != 0)
            return false;
        in_name += stop - at;
        at = stop;
        if (stop == part->text.len)
            break;
        igd_str here = {name.ptr + in_name, key_len};
        if (found.ptr && !igd_str_eq(found, here))
            return false;
        found = here;
        in_name += key_len;
        at += placeholder.len;
    }
    if (!igd_record_key_ok(found))
        return false;
    *key = found;
    return true;
}

igd_str igd_template_fill(const igd_template_part *part, igd_str key, igd_arena *mem)
{
    if (part->keys == 0)
        return part->text;
    char *out = igd_arena_alloc(mem, part->literals + part->keys * key.len + 1);
    size_t len = 0;
    for (size_t at = 0; at < part->text.len;) {
        size_t stop = next_key(part->text, at);
        memcpy(out + len, part->text.ptr + at, stop - at);
        len += stop - at;
        if (stop == part->text.len)
            break;
        memcpy(out + len, key.ptr, key.len);
        len += key.len;
        at = stop + placeholder.len;
    }
    out[len] = '\0';
    return (igd_str){out, len};
}
