/*
 * Paths inside a repository: joining, and resolving "." and ".." without leaving the tree.
 */
#include "ingitdb/paths.h"

igd_str igd_path_join(igd_arena *mem, igd_str dir, igd_str rest)
{
    if (dir.len == 0)
        return igd_arena_str(mem, rest);
    if (rest.len == 0)
        return igd_arena_str(mem, dir);
    return igd_arena_printf(mem, "%.*s/%.*s", IGD_STR_ARG(dir), IGD_STR_ARG(rest));
}

igd_str igd_path_parent(igd_str path)
{
    ptrdiff_t slash = igd_str_rfind(path, '/');
    return slash < 0 ? IGD_STR("") : igd_str_sub(path, 0, (size_t)slash);
}

igd_str igd_path_base(igd_str path)
{
    ptrdiff_t slash = igd_str_rfind(path, '/');
    return slash < 0 ? path : igd_str_sub(path, (size_t)slash + 1, path.len);
}

bool igd_path_resolve(igd_arena *mem, igd_str dir, igd_str rest, size_t floor, igd_str *out)
{
    char *text = igd_arena_alloc(mem, dir.len + rest.len + 2);
    size_t len = dir.len;
    if (len > 0)
        memcpy(text, dir.ptr, len);

    igd_str part;
    while (igd_str_split(&rest, '/', &part)) {
        if (part.len == 0 || igd_str_is(part, "."))
            continue;
        if (igd_str_is(part, "..")) {
            if (len <= floor)
                return false;
            len = igd_path_parent((igd_str){text, len}).len;
            continue;
        }
        if (len > 0)
            text[len++] = '/';
        memcpy(text + len, part.ptr, part.len);
        len += part.len;
    }
    text[len] = '\0';
    *out = (igd_str){text, len};
    return true;
}

const char *igd_path_refusal(igd_str path)
{
    if (path.len == 0)
        return "is empty";
    if (path.ptr[0] == '/')
        return "is absolute";
    if (path.ptr[0] == '~' && (path.len == 1 || path.ptr[1] == '/'))
        return "is in a home directory";
    if (igd_str_find(path, '\0') >= 0)
        return "holds a NUL byte";
    return NULL;
}

bool igd_path_has_dotdot(igd_str path)
{
    igd_str part;
    while (igd_str_split(&path, '/', &part))
        if (igd_str_is(part, ".."))
            return true;
    return false;
}
