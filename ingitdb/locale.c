/*
 * Locale shortcuts: a column `title` with `locale: en` beside a column `titles` of type
 * map[locale]string. Files write the English title here or there; rows have it in `title` only.
 */
#include "ingitdb/record_reader.h"

static bool is_locale_map(const igd_field *field)
{
    return field->type.shape == IGD_MAP && field->type.element == IGD_STRING && !field->computed;
}

void igd_locale_prepare(igd_record_reader *reader)
{
    for (size_t n = 0; n < reader->count; n++) {
        igd_record_slot *slot = &reader->slots[n];
        igd_str name = slot->field->name;
        slot->locale = -1;
        if (slot->field->locale.len == 0 || slot->field->computed)
            continue;
        for (size_t other = 0; other < reader->count; other++) {
            const igd_field *map = reader->slots[other].field;
            if (is_locale_map(map) && map->name.len == name.len + 1 &&
                igd_str_starts(map->name, name) && map->name.ptr[name.len] == 's')
                slot->locale = (ptrdiff_t)other;
        }
        reader->has_locales |= slot->locale >= 0;
    }
}

/* The map without one of its members. */
static igd_node *map_without(const igd_node *map, const igd_member *member, igd_arena *mem)
{
    igd_node *copy = igd_arena_alloc(mem, sizeof(*copy));
    size_t at = (size_t)(member - map->members);
    *copy = *map;
    copy->count = map->count - 1;
    copy->members = igd_arena_alloc(mem, map->count * sizeof(igd_member));
    memcpy(copy->members, map->members, at * sizeof(igd_member));
    memcpy(copy->members + at, member + 1, (copy->count - at) * sizeof(igd_member));
    return copy;
}

static bool is_text(const igd_node *node)
{
    return node->kind == IGD_NODE_STRING || node->kind == IGD_NODE_PLAIN ||
           node->kind == IGD_NODE_CELL;
}

static void warn_of_two(igd_record_state *state, const igd_record_slot *slot, const igd_node *own,
                        const igd_node *map_text)
{
    if (igd_bind_is_null(own) || !is_text(own) || !is_text(map_text) ||
        igd_str_eq(own->text, map_text->text))
        return;
    igd_str map_name = state->reader->slots[slot->locale].field->name;
    igd_record_warn(&state->scope,
                    &(igd_record_issue){
                        .code = "locale",
                        .line = own->line,
                        .column = own->column,
                        .field = slot->field->name,
                        .hint = IGD_STR("keep one of the two"),
                    },
                    "column '%.*s' differs from '%.*s.%.*s', which is taken instead",
                    IGD_STR_ARG(slot->field->name), IGD_STR_ARG(map_name),
                    IGD_STR_ARG(slot->field->locale));
}

void igd_locale_apply(igd_record_state *state)
{
    const igd_record_reader *reader = state->reader;
    for (size_t n = 0; n < reader->count; n++) {
        const igd_record_slot *slot = &reader->slots[n];
        if (slot->locale < 0)
            continue;
        const igd_node *map = state->nodes[slot->locale];
        const igd_member *member = map ? igd_node_member(map, slot->field->locale) : NULL;
        /* A null there is no text; the map's own check reports it. */
        if (!member || igd_bind_is_null(member->value))
            continue;
        warn_of_two(state, slot, state->nodes[n], member->value);
        state->nodes[n] = member->value;
        state->nodes[slot->locale] = map_without(map, member, state->mem);
    }
}
