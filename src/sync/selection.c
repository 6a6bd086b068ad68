/*
 * Patterns, ids and their ancestors.
 */
#include "sync/selection.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "ingitdb/reporter.h"

igd_str_list igd_selection_patterns(igd_str list, igd_arena *mem)
{
    igd_str_list patterns = {0};
    igd_str pattern;
    while (igd_str_split(&list, ',', &pattern)) {
        pattern = igd_str_trim(pattern);
        if (pattern.len > 0)
            IGD_PUSH(mem, &patterns, pattern);
    }
    return patterns;
}

static bool matches(igd_str pattern, igd_str id, igd_arena *mem)
{
    return igd_str_eq(pattern, id) ||
           fnmatch(igd_arena_cstr(mem, pattern), igd_arena_cstr(mem, id), 0) == 0;
}

static bool matches_any(const igd_str_list *patterns, igd_str id, igd_arena *mem)
{
    for (size_t n = 0; n < patterns->len; n++)
        if (matches(patterns->items[n], id, mem))
            return true;
    return false;
}

/* The parent's id, or nothing. */
static igd_str above(igd_str id)
{
    ptrdiff_t slash = igd_str_rfind(id, '/');
    return slash < 0 ? (igd_str){0} : igd_str_sub(id, 0, (size_t)slash);
}

static int by_text(const void *a, const void *b)
{
    return igd_str_cmp(*(const igd_str *)a, *(const igd_str *)b);
}

/* Behind the last '.' or '/'. */
static igd_str last_part(igd_str id)
{
    ptrdiff_t dot = igd_str_rfind(id, '.'), slash = igd_str_rfind(id, '/');
    return igd_str_sub(id, (size_t)((dot > slash ? dot : slash) + 1), id.len);
}

static int fail_unknown(igd_str pattern, const igd_str_list *all, igd_arena *mem, igd_error *err)
{
    igd_str_list same = {0};
    (void)igd_fail(err, IGD_E_USAGE, "'%.*s' matches no collection of the source or the target",
                   IGD_STR_ARG(pattern));
    for (size_t n = 0; n < all->len; n++)
        if (igd_str_eq_nocase(last_part(all->items[n]), last_part(pattern)))
            IGD_PUSH(mem, &same, all->items[n]);
    igd_str meant = igd_similar(pattern, all->items, all->len);
    if (same.len == 0 && meant.len > 0)
        IGD_PUSH(mem, &same, meant);
    if (same.len > 0)
        return igd_hint(err, "did you mean %.*s?",
                        IGD_STR_ARG(igd_quoted_list(mem, same.items, same.len)));
    if (all->len == 0)
        return IGD_E_USAGE;
    return igd_hint(err, "there are %.*s", IGD_STR_ARG(igd_quoted_list(mem, all->items, all->len)));
}

static int check_patterns(const igd_str_list *patterns, const igd_str_list *all, igd_arena *mem,
                          igd_error *err)
{
    for (size_t n = 0; n < patterns->len; n++) {
        bool known = false;
        for (size_t i = 0; i < all->len && !known; i++)
            known = matches(patterns->items[n], all->items[i], mem);
        if (!known)
            return fail_unknown(patterns->items[n], all, mem, err);
    }
    return IGD_OK;
}

static igd_str_list sorted(const igd_str_list *ids, igd_arena *mem)
{
    igd_str_list list = {.items = IGD_NEW_ARRAY(mem, igd_str, ids->len), .cap = ids->len};
    for (size_t n = 0; n < ids->len; n++)
        list.items[n] = ids->items[n];
    if (ids->len > 1)
        qsort(list.items, ids->len, sizeof(igd_str), by_text);
    for (size_t n = 0; n < ids->len; n++)
        if (list.len == 0 || !igd_str_eq(list.items[list.len - 1], list.items[n]))
            list.items[list.len++] = list.items[n];
    return list;
}

igd_chosen igd_chosen_only(const igd_str_list *ids, igd_arena *mem)
{
    return (igd_chosen){.some = true, .ids = sorted(ids, mem)};
}

int igd_selection_choose(const igd_selection *selection, const igd_str_list *there, igd_arena *mem,
                         igd_chosen *out, igd_error *err)
{
    igd_str_list all = sorted(there, mem), ids = {0};
    igd_str_list wanted = igd_selection_patterns(selection->collections, mem);
    igd_str_list excluded = igd_selection_patterns(selection->exclude, mem);
    int code = check_patterns(&wanted, &all, mem, err);
    if (code == IGD_OK)
        code = check_patterns(&excluded, &all, mem, err);
    if (code != IGD_OK)
        return code;
    if (!igd_selection_given(selection)) {
        *out = (igd_chosen){0};
        return IGD_OK;
    }
    for (size_t n = 0; n < all.len; n++) {
        bool in = wanted.len == 0 || matches_any(&wanted, all.items[n], mem);
        for (igd_str id = all.items[n]; in && id.len > 0; id = above(id))
            in = !matches_any(&excluded, id, mem);
        for (igd_str id = all.items[n]; in && id.len > 0; id = above(id))
            IGD_PUSH(mem, &ids, id);
    }
    if (ids.len == 0) {
        (void)igd_fail(err, IGD_E_USAGE, "no collection is selected");
        return igd_hint(err, "--exclude leaves nothing");
    }
    *out = igd_chosen_only(&ids, mem);
    return IGD_OK;
}

bool igd_chosen_has(const igd_chosen *chosen, igd_str id)
{
    return !chosen->some || (chosen->ids.len > 0 && bsearch(&id, chosen->ids.items, chosen->ids.len,
                                                            sizeof(igd_str), by_text) != NULL);
}
