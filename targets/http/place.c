/*
 * Where servers are: lists of addresses, as URLs of targets and variables of other clients have
 * them.
 */
#include "targets/http/http.h"

static int fail_place(const igd_http_place *place, igd_str text, igd_error *err)
{
    igd_fail(err, IGD_E_CONFIG, "'%.*s' is not the address of %s", IGD_STR_ARG(text), place->name);
    return igd_hint(err, "write for example %s", place->example);
}

static int add_server(const igd_http_place *place, const char *scheme, igd_str name, igd_arena *mem,
                      igd_str_list *out, igd_error *err)
{
    ptrdiff_t colon = igd_str_rfind(name, ':'), bracket = igd_str_rfind(name, ']');
    bool has_port = colon >= 0 && colon > bracket;
    bool bad = name.len == 0 || colon == 0;
    for (size_t n = has_port ? (size_t)colon + 1 : name.len; n < name.len; n++)
        bad |= name.ptr[n] < '0' || name.ptr[n] > '9';
    for (size_t n = 0; n < name.len; n++)
        bad |= (unsigned char)name.ptr[n] <= ' ' || name.ptr[n] == '/' || name.ptr[n] == '@';
    if (bad || (has_port && (size_t)colon + 1 == name.len))
        return fail_place(place, name, err);
    IGD_PUSH(mem, out,
             igd_arena_printf(mem, "%s://%.*s%s%s", scheme, IGD_STR_ARG(name), has_port ? "" : ":",
                              has_port ? "" : place->port));
    return IGD_OK;
}

int igd_http_places(const igd_http_place *place, igd_str list, igd_arena *mem, igd_str_list *out,
                    igd_error *err)
{
    igd_str one, http = IGD_STR("http://"), https = IGD_STR("https://");
    int rc = IGD_OK;
    while (!rc && igd_str_split(&list, ',', &one)) {
        const char *scheme = place->scheme;
        one = igd_str_trim(one);
        if (igd_str_starts(one, https)) {
            scheme = "https";
            one = igd_str_sub(one, https.len, one.len);
        } else if (igd_str_starts(one, http)) {
            one = igd_str_sub(one, http.len, one.len);
        }
        if (igd_str_ends(one, IGD_STR("/")))
            one.len--;
        rc = add_server(place, scheme, one, mem, out, err);
    }
    return rc;
}
