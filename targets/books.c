/*
 * The tables of the bookkeeping, and their rows to and from structs.
 */
#include "targets/books.h"

#include <stddef.h>

#define STATE(field, type, key)                              \
    {                                                        \
#field, offsetof(igd_source_state, field), type, key \
    }
static const igd_book_member state_members[] = {
    STATE(source, IGD_MEMBER_TEXT, true),           STATE(format_version, IGD_MEMBER_INT, false),
    STATE(run_id, IGD_MEMBER_TEXT, false),          STATE(ref, IGD_MEMBER_TEXT, false),
    STATE(commit_id, IGD_MEMBER_TEXT, false),       STATE(goal_commit_id, IGD_MEMBER_TEXT, false),
    STATE(base_commit_ids, IGD_MEMBER_TEXT, false), STATE(status, IGD_MEMBER_TEXT, false),
    STATE(repository_ids, IGD_MEMBER_TEXT, false),  STATE(root_path, IGD_MEMBER_TEXT, false),
    STATE(started_at, IGD_MEMBER_TEXT, false),      STATE(finished_at, IGD_MEMBER_TEXT, false),
    STATE(tool_version, IGD_MEMBER_TEXT, false),    STATE(last_error, IGD_MEMBER_TEXT, false),
    STATE(journal, IGD_MEMBER_TEXT, false),
};

#define TABLE(field, type, key)                             \
    {                                                       \
#field, offsetof(igd_table_state, field), type, key \
    }
static const igd_book_member table_members[] = {
    TABLE(collection, IGD_MEMBER_TEXT, true),       TABLE(table_name, IGD_MEMBER_TEXT, true),
    TABLE(adopted, IGD_MEMBER_BOOL, false),         TABLE(commit_id, IGD_MEMBER_TEXT, false),
    TABLE(tree_id, IGD_MEMBER_TEXT, false),         TABLE(reader_version, IGD_MEMBER_INT, false),
    TABLE(encoding_version, IGD_MEMBER_INT, false), TABLE(settings_digest, IGD_MEMBER_TEXT, false),
    TABLE(schema_json, IGD_MEMBER_TEXT, false),     TABLE(row_count, IGD_MEMBER_INT, false),
    TABLE(digest, IGD_MEMBER_TEXT, false),
};

#define HELD(field, type, key)                             \
    {                                                      \
#field, offsetof(igd_held_state, field), type, key \
    }
static const igd_book_member held_members[] = {
    HELD(collection, IGD_MEMBER_TEXT, false), HELD(path, IGD_MEMBER_TEXT, false),
    HELD(blob_id, IGD_MEMBER_TEXT, false),    HELD(key, IGD_MEMBER_TEXT, false),
    HELD(reason, IGD_MEMBER_TEXT, false),     HELD(row_digest, IGD_MEMBER_TEXT, false),
};

#define CONFLICT(name, field)                                           \
    {                                                                   \
        name, offsetof(igd_conflict_row, field), IGD_MEMBER_TEXT, false \
    }
static const igd_book_member conflict_members[] = {
    CONFLICT("collection", collection),
    CONFLICT("key", key),
    CONFLICT("commit_id", commit_id),
    CONFLICT("at", at),
    CONFLICT("decision", decision),
    CONFLICT("base", base),
    CONFLICT("old", old),
    CONFLICT("new", now),
};

static const char *const state_key[] = {"source", NULL};
static const char *const tables_key[] = {"source", "collection", NULL};
static const char *const tables_unique[] = {"table_name", NULL};

const igd_book igd_books[IGD_BOOK_COUNT] = {
    {"ingitdb_sync_state", false, state_members, IGD_COUNT(state_members), state_key, NULL},
    {"ingitdb_sync_tables", true, table_members, IGD_COUNT(table_members), tables_key,
     tables_unique},
    {"ingitdb_sync_held", true, held_members, IGD_COUNT(held_members), NULL, NULL},
    {"ingitdb_sync_conflicts", true, conflict_members, IGD_COUNT(conflict_members), NULL, NULL},
};
_Static_assert(IGD_COUNT(state_members) < IGD_BOOK_COLUMNS_MAX, "state_members");

size_t igd_book_values(const igd_book *book, igd_str source, const void *object,
                       igd_value values[IGD_BOOK_COLUMNS_MAX])
{
    size_t count = 0;
    if (book->of_source)
        values[count++] = igd_value_string(source);
    for (size_t n = 0; n < book->count; n++) {
        const igd_book_member *m = &book->members[n];
        const char *at = (const char *)object + m->offset;
        if (m->type == IGD_MEMBER_INT) {
            values[count++] = igd_value_int(*(const int64_t *)at);
        } else if (m->type == IGD_MEMBER_BOOL) {
            values[count++] = igd_value_int(*(const bool *)at);
        } else {
            igd_str text = *(const igd_str *)at;
            values[count++] = text.len || m->key ? igd_value_string(text) : IGD_VALUE_NULL;
        }
    }
    return count;
}

void igd_book_fill(const igd_book *book, const igd_value *members, igd_arena *mem, void *object)
{
    for (size_t n = 0; n < book->count; n++) {
        const igd_book_member *m = &book->members[n];
        char *at = (char *)object + m->offset;
        const igd_value *value = &members[n];
        if (m->type == IGD_MEMBER_INT)
            *(int64_t *)at = value->kind == IGD_INT ? value->integer : 0;
        else if (m->type == IGD_MEMBER_BOOL)
            *(bool *)at = value->kind == IGD_INT && value->integer;
        else
            *(igd_str *)at = igd_arena_str(mem, value->text);
    }
}

igd_conflict_row igd_conflict_row_of(const igd_conflict *conflict,
                                     const igd_conflict_policy *policy)
{
    return (igd_conflict_row){.collection = conflict->table->collection,
                              .key = conflict->key,
                              .commit_id = policy->commit_id,
                              .at = policy->at,
                              .decision = igd_str_from(igd_decision_word(conflict->decision)),
                              .base = conflict->base,
                              .old = conflict->old,
                              .now = conflict->now};
}
