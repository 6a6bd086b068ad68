/*
 * Deciding renames: what tables and columns have in common.
 */
#include "ingitdb/reporter.h"
#include "sync/renames_private.h"

const igd_side *igd_renames_old(const igd_renames *it, igd_str collection, size_t *slot)
{
    const igd_base_commit *at = igd_base_commit_of(it->base, collection);
    ptrdiff_t found = at && !at->gone ? igd_side_slot(&at->side, collection) : -1;
    for (size_t n = 0; n < it->base->state->held.len; n++)
        if (igd_str_eq(it->base->state->held.items[n].collection, collection))
            return NULL;
    if (found < 0)
        return NULL;
    *slot = (size_t)found;
    return &at->side;
}

/* ---- pairs ---- */

static bool meet(const igd_rename_pair *a, const igd_rename_pair *b)
{
    return a->old == b->old || a->now == b->now;
}

bool igd_rename_is_single(const igd_rename_pairs *pairs, size_t at)
{
    for (size_t n = 0; n < pairs->len; n++)
        if (n != at && meet(&pairs->items[n], &pairs->items[at]))
            return false;
    return true;
}

igd_rename igd_rename_of(const igd_renames *it, igd_str from, const igd_rename_pair *pair)
{
    igd_rename renamed = {.from = from, .why = "as --rename says"};
    unsigned long long records = pair->records;
    if (!pair->by_hint)
        renamed.why =
            igd_arena_printf(it->mem, "%llu of %llu record%s the same values under the new name",
                             records, records, records == 1 ? " has" : "s have")
                .ptr;
    return renamed;
}

static void add_name(igd_arena *mem, igd_str_list *list, igd_str name)
{
    for (size_t n = 0; n < list->len; n++)
        if (igd_str_eq(list->items[n], name))
            return;
    IGD_PUSH(mem, list, name);
}

/* All that hang together with one of them. */
static void take_group(const igd_renames *it, const igd_rename_pairs *pairs, bool *seen,
                       const igd_str_list *names[2], igd_str_list group[2])
{
    for (bool more = true; more;) {
        more = false;
        for (size_t n = 0; n < pairs->len; n++)
            for (size_t k = 0; k < pairs->len && !seen[n]; k++)
                if (seen[k] && meet(&pairs->items[n], &pairs->items[k]))
                    seen[n] = more = true;
    }
    for (size_t n = 0; n < pairs->len; n++)
        if (seen[n]) {
            add_name(it->mem, &group[0], names[0]->items[pairs->items[n].old]);
            add_name(it->mem, &group[1], names[1]->items[pairs->items[n].now]);
        }
}

static void warn_group(const igd_renames *it, igd_str_list group[2], const char *what,
                       igd_str collection)
{
    igd_str dot = collection.len > 0 ? IGD_STR(".") : (igd_str){0};
    igd_problem problem = {.severity = IGD_PROBLEM_WARNING, .code = "rename"};
    igd_str old = igd_quoted_list(it->mem, group[0].items, group[0].len);
    igd_str now = igd_quoted_list(it->mem, group[1].items, group[1].len);
    problem.collection = collection.len > 0 ? collection : group[1].items[0];
    problem.reason = igd_arena_printf(
        it->mem,
        "%s%s gone, and the new %s%s the same values: which is which cannot be told, so "
        "nothing is renamed",
        igd_arena_cstr(it->mem, igd_arena_printf(it->mem, "%s%s %.*s", what,
                                                 group[0].len == 1 ? "" : "s", IGD_STR_ARG(old))),
        group[0].len == 1 ? " is" : " are",
        igd_arena_cstr(it->mem, igd_arena_printf(it->mem, "%s%s %.*s", what,
                                                 group[1].len == 1 ? "" : "s", IGD_STR_ARG(now))),
        group[1].len == 1 ? " has" : " have");
    problem.hint =
        igd_arena_printf(it->mem, "--rename %.*s%.*s%.*s=%.*s%.*s%.*s would decide it",
                         IGD_STR_ARG(collection), IGD_STR_ARG(dot), IGD_STR_ARG(group[0].items[0]),
                         IGD_STR_ARG(collection), IGD_STR_ARG(dot), IGD_STR_ARG(group[1].items[0]));
    igd_problem_add(it->warnings, &problem);
}

void igd_renames_warn(const igd_renames *it, const igd_rename_pairs *pairs, const igd_str_list *old,
                      const igd_str_list *now, const char *what, igd_str collection)
{
    bool *told = IGD_NEW_ARRAY(it->mem, bool, pairs->len + 1);
    const igd_str_list *names[2] = {old, now};
    for (size_t n = 0; n < pairs->len; n++) {
        if (told[n] || igd_rename_is_single(pairs, n))
            continue;
        bool *seen = IGD_NEW_ARRAY(it->mem, bool, pairs->len);
        igd_str_list group[2] = {{0}, {0}};
        seen[n] = true;
        take_group(it, pairs, seen, names, group);
        warn_group(it, group, what, collection);
        for (size_t k = 0; k < pairs->len; k++)
            told[k] |= seen[k];
    }
}

/* ---- hints ---- */

static void read_hints(igd_renames *it)
{
    for (size_t n = 0; n < it->options->rename_count; n++) {
        igd_str rest = igd_str_from(it->options->renames[n]), text;
        while (igd_str_split(&rest, ',', &text)) {
            igd_rename_hint hint = {.text = igd_str_trim(text)};
            hint.now = hint.text;
            igd_str_split(&hint.now, '=', &hint.old);
            IGD_PUSH(it->mem, &it->hints, hint);
        }
    }
}

/* Is it a collection of the side, or a column of one? A side that is NULL has none. */
static bool names_something(const igd_side *side, igd_str name)
{
    if (!side)
        return false;
    if (igd_side_slot(side, name) >= 0)
        return true;
    ptrdiff_t dot = igd_str_rfind(name, '.');
    ptrdiff_t slot = dot > 0 ? igd_side_slot(side, igd_str_sub(name, 0, (size_t)dot)) : -1;
    size_t after = (size_t)dot + 1;
    return slot >= 0 && igd_table_column(side->slots[slot].table,
                                         igd_str_sub(name, after, name.len - after)) >= 0;
}

static const igd_side *old_side_with(const igd_base *base, igd_str name)
{
    for (size_t n = 0; n < base->commits.len; n++)
        if (!base->commits.items[n].gone && names_something(&base->commits.items[n].side, name))
            return &base->commits.items[n].side;
    return NULL;
}

static const char *why_not(const igd_renames *it, const igd_rename_hint *hint)
{
    if (!igd_base_synced(it->base))
        return "nothing was synced that could have another name now";
    if (it->base->gone)
        return "the last synced commit is not in this repository";
    if (!old_side_with(it->base, hint->old))
        return "the last synced commit has no such collection or column";
    if (!names_something(it->side, hint->now))
        return "the new commit has no such collection or column";
    if (names_something(it->side, hint->old))
        return "the old one is still there";
    if (old_side_with(it->base, hint->now))
        return "the new one was there before";
    return "the two are not of one kind, not in the same place, a key, or another hint or a held "
           "record stands in the way";
}

static int check_hints(const igd_renames *it, igd_error *err)
{
    for (size_t n = 0; n < it->hints.len; n++) {
        const igd_rename_hint *hint = &it->hints.items[n];
        if (hint->used)
            continue;
        (void)igd_fail(err, IGD_E_USAGE, "--rename %.*s: %s", IGD_STR_ARG(hint->text),
                       why_not(it, hint));
        return igd_hint(err, "leave it out, or see what analyze finds");
    }
    return IGD_OK;
}

/* ---- all of it ---- */

static void forget(igd_side *side)
{
    for (size_t n = 0; n < side->schema.table_count; n++) {
        igd_table *table = &side->schema.tables[n];
        table->renamed = (igd_rename){0};
        for (size_t c = 0; c < table->column_count; c++)
            table->columns[c].renamed = (igd_rename){0};
    }
}

int igd_renames_decide(igd_repo *repo, const igd_base *base, igd_side *side,
                       const igd_sync_options *options, igd_arena *mem, igd_problems *warnings,
                       igd_error *err)
{
    igd_renames it = {.repo = repo,
                      .base = base,
                      .side = side,
                      .options = options,
                      .mem = mem,
                      .warnings = warnings};
    int code = IGD_OK;
    forget(side);
    if (options->mapping.names_in_rows)
        return IGD_OK;
    read_hints(&it);
    if (igd_base_synced(base))
        code = igd_renames_tables(&it, err);
    if (code == IGD_OK && igd_base_synced(base))
        code = igd_renames_columns(&it, err);
    return code == IGD_OK ? check_hints(&it, err) : code;
}
