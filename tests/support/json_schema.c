/*
 * Validating JSON, keyword by keyword.
 */
#include "tests/support/json_schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct checker {
    const cJSON *root;
    char *fault;
    size_t room;
} checker;

/* Where it is, innermost last. */
typedef struct place {
    const struct place *outer;
    const char *name;
    int index;
} place;

typedef bool keyword_check(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                           const place *at);

static bool check(checker *c, const cJSON *schema, const cJSON *value, const place *at);

static void write_place(checker *c, const place *at)
{
    size_t len;
    if (!at)
        return;
    write_place(c, at->outer);
    len = strlen(c->fault);
    if (at->name)
        snprintf(c->fault + len, c->room - len, "/%s", at->name);
    else
        snprintf(c->fault + len, c->room - len, "/%d", at->index);
}

static bool fail_at(checker *c, const place *at, const char *what, const char *which)
{
    c->fault[0] = '\0';
    write_place(c, at);
    size_t len = strlen(c->fault);
    snprintf(c->fault + len, c->room - len, ": %s %s", what, which ? which : "");
    return false;
}

static bool has_type(const cJSON *value, const char *type)
{
    return (strcmp(type, "null") == 0 && cJSON_IsNull(value)) ||
           (strcmp(type, "string") == 0 && cJSON_IsString(value)) ||
           (strcmp(type, "boolean") == 0 && cJSON_IsBool(value)) ||
           (strcmp(type, "array") == 0 && cJSON_IsArray(value)) ||
           (strcmp(type, "object") == 0 && cJSON_IsObject(value)) ||
           (strcmp(type, "number") == 0 && cJSON_IsNumber(value)) ||
           (strcmp(type, "integer") == 0 && cJSON_IsNumber(value) &&
            floor(value->valuedouble) == value->valuedouble);
}

static bool check_type(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                       const place *at)
{
    (void)schema;
    const cJSON *one;
    if (cJSON_IsString(word))
        return has_type(value, word->valuestring) ||
               fail_at(c, at, "is not of type", word->valuestring);
    cJSON_ArrayForEach(one, word) if (has_type(value, one->valuestring)) return true;
    return fail_at(c, at, "is of no type that is allowed", NULL);
}

static bool check_const(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                        const place *at)
{
    (void)schema;
    return cJSON_Compare(word, value, true) || fail_at(c, at, "is not the constant", NULL);
}

static bool check_enum(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                       const place *at)
{
    (void)schema;
    const cJSON *one;
    cJSON_ArrayForEach(one, word) if (cJSON_Compare(one, value, true)) return true;
    return fail_at(c, at, "is none of the words", NULL);
}

static bool check_minimum(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                          const place *at)
{
    (void)schema;
    return !cJSON_IsNumber(value) || value->valuedouble >= word->valuedouble ||
           fail_at(c, at, "is too small", NULL);
}

static bool check_required(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                           const place *at)
{
    (void)schema;
    const cJSON *name;
    if (!cJSON_IsObject(value))
        return true;
    cJSON_ArrayForEach(
        name,
        word) if (!cJSON_HasObjectItem(value, name->valuestring)) return fail_at(c, at, "lacks",
                                                                                 name->valuestring);
    return true;
}

static bool check_properties(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                             const place *at)
{
    (void)schema;
    const cJSON *one;
    cJSON_ArrayForEach(one, word)
    {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(value, one->string);
        if (member && !check(c, one, member, &(place){.outer = at, .name = one->string}))
            return false;
    }
    return true;
}

static bool check_additional(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                             const place *at)
{
    const cJSON *known = cJSON_GetObjectItemCaseSensitive(schema, "properties"), *member;
    if (!cJSON_IsObject(value))
        return true;
    cJSON_ArrayForEach(member, value)
    {
        if (cJSON_GetObjectItemCaseSensitive(known, member->string))
            continue;
        if (cJSON_IsFalse(word))
            return fail_at(c, at, "has a member too many:", member->string);
        if (!check(c, word, member, &(place){.outer = at, .name = member->string}))
            return false;
    }
    return true;
}

static bool check_items(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                        const place *at)
{
    (void)schema;
    const cJSON *item;
    int index = 0;
    if (!cJSON_IsArray(value))
        return true;
    cJSON_ArrayForEach(item,
                       value) if (!check(c, word, item,
                                         &(place){.outer = at, .index = index++})) return false;
    return true;
}

static bool check_if(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                     const place *at)
{
    const cJSON *then = cJSON_GetObjectItemCaseSensitive(schema, "then");
    return !check(c, word, value, at) || check(c, then, value, at);
}

static bool check_ref(checker *c, const cJSON *schema, const cJSON *word, const cJSON *value,
                      const place *at)
{
    (void)schema;
    const cJSON *defs = cJSON_GetObjectItemCaseSensitive(c->root, "$defs");
    const char *name = strrchr(word->valuestring, '/');
    const cJSON *target = name ? cJSON_GetObjectItemCaseSensitive(defs, name + 1) : NULL;
    return target ? check(c, target, value, at)
                  : fail_at(c, at, "the schema has no", word->valuestring);
}

static const struct {
    const char *name;
    keyword_check *check; /* NULL: says nothing about the value */
} keywords[] = {
    {"type", check_type},
    {"const", check_const},
    {"enum", check_enum},
    {"minimum", check_minimum},
    {"required", check_required},
    {"properties", check_properties},
    {"additionalProperties", check_additional},
    {"items", check_items},
    {"if", check_if},
    {"$ref", check_ref},
    {"then", NULL},
    {"$schema", NULL},
    {"$defs", NULL},
    {"title", NULL},
    {"description", NULL},
};

static bool check(checker *c, const cJSON *schema, const cJSON *value, const place *at)
{
    const size_t count = sizeof(keywords) / sizeof(keywords[0]);
    const cJSON *word;
    cJSON_ArrayForEach(word, schema)
    {
        size_t n = 0;
        while (n < count && strcmp(keywords[n].name, word->string) != 0)
            n++;
        if (n == count)
            return fail_at(c, at, "the schema has the unknown word", word->string);
        if (keywords[n].check && !keywords[n].check(c, schema, word, value, at))
            return false;
    }
    return true;
}

bool json_schema_check(const cJSON *schema, const cJSON *value, char *fault, size_t room)
{
    checker c = {.root = schema, .fault = fault, .room = room};
    fault[0] = '\0';
    return check(&c, schema, value, NULL);
}
