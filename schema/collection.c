/*
 * Looking things up in a collection.
 */
#include "schema/collection.h"

ptrdiff_t igd_collection_field(const igd_collection *collection, igd_str name)
{
    for (size_t n = 0; n < collection->field_count; n++)
        if (igd_str_eq(collection->fields[n].name, name))
            return (ptrdiff_t)n;
    return -1;
}

size_t igd_collection_depth(const igd_collection *collection)
{
    size_t depth = 0;
    for (const igd_collection *up = collection->parent; up; up = up->parent)
        depth++;
    return depth;
}

ptrdiff_t igd_collection_list_key(const igd_collection *collection, bool *missing)
{
    static const char *const usual[] = {"$ID", "$id", "id"};
    const igd_str_list *key = &collection->primary_key;
    ptrdiff_t field = -1;
    *missing = false;
    for (size_t n = 0; n < key->len; n++) {
        field = igd_collection_field(collection, key->items[n]);
        *missing |= field < 0;
    }
    if (key->len > 0)
        return key->len == 1 ? field : -1;
    for (size_t n = 0; n < IGD_COUNT(usual) && field < 0; n++)
        field = igd_collection_field(collection, igd_str_from(usual[n]));
    *missing = field < 0;
    return field;
}
