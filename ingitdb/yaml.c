/*
 * From libyaml's events to nodes.
 *
 * Recursive, under IGD_FORMAT_DEPTH. Members and items are collected on one stack for the whole
 * file and copied to the arena once their number is known. An alias is a second pointer to the node
 * of its anchor, but counts as if it were a copy: whoever walks the result sees at most
 * IGD_FORMAT_NODES values more than the file has, so a bomb is refused before it is walked.
 */
#include "ingitdb/yaml.h"

#include <stdlib.h>

#include "base/map.h"
#include "ingitdb/format.h"
#include "ingitdb/yaml_scalar.h"

/* Maps with more keys than this look for duplicates in a hash table. */
#define LINEAR_KEYS (size_t)32

typedef struct anchor {
    igd_node *node;
    size_t nodes;    /* values in it after expanding */
    unsigned height; /* containers in each other, itself included */
    bool open;       /* it is being read: an alias now would contain itself */
} anchor;

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; deleted when the next one is read */
    igd_str text;
    igd_arena *mem;
    igd_error *err;
    igd_map *anchors; /* made for the first one */
    size_t nodes;     /* values so far, aliases expanded */
    size_t aliased;   /* of these, those that aliases stand for */
    igd_member *stack;
    size_t len, cap;
} reader;

typedef struct value {
    igd_node *node;
    unsigned height;
} value;

/* A map that is being read. */
typedef struct frame {
    size_t base;           /* where its members begin on the stack */
    igd_map *index;        /* key to position in the stack, counted from 1; NULL for few keys */
    const igd_node *merge; /* the value of <<, or NULL */
    uint32_t merge_line;
    unsigned height;
} frame;

static void frame_free(frame *f)
{
    igd_map_free(f->index);
}
IGD_DEFINE_CLEANUP(frame, frame_free)

static int next_event(reader *r)
{
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->parser, &r->event))
        return igd_yaml_problem(&r->parser, r->text, r->err);
    return IGD_OK;
}

/* Adds the place to an error that has been set; returns its code. */
static int at(const reader *r, yaml_mark_t mark)
{
    r->err->place.line = (uint32_t)mark.line + 1;
    r->err->place.column = (uint32_t)mark.column + 1;
    return (int)r->err->code;
}

/* Only aliases can make more of a file than it is: what is written out is limited by its size. */
static int count_aliased(reader *r, size_t more)
{
    r->nodes += more;
    r->aliased += more;
    if (r->aliased <= IGD_FORMAT_NODES)
        return IGD_OK;
    igd_fail(r->err, IGD_E_INVALID, "aliases stand for more than %d values", IGD_FORMAT_NODES);
    igd_hint(r->err, "write the values out instead of aliases of aliases");
    return at(r, r->event.start_mark);
}

static int check_depth(reader *r, unsigned depth)
{
    if (depth <= IGD_FORMAT_DEPTH)
        return IGD_OK;
    igd_fail(r->err, IGD_E_INVALID, "nested more than %d levels deep", IGD_FORMAT_DEPTH);
    igd_hint(r->err, IGD_FORMAT_DEPTH_HINT);
    return at(r, r->event.start_mark);
}

static igd_node *new_node(reader *r, igd_node_kind kind)
{
    igd_node *node = igd_arena_alloc(r->mem, sizeof(*node));
    *node = (igd_node){
        .kind = kind,
        .line = (uint32_t)r->event.start_mark.line + 1,
        .column = (uint32_t)r->event.start_mark.column + 1,
    };
    return node;
}

/* A later anchor of the same name replaces the earlier one from here on. */
static anchor *define_anchor(reader *r, const yaml_char_t *name, igd_node *node)
{
    if (!name)
        return NULL;
    if (!r->anchors)
        r->anchors = igd_map_new();
    anchor *fresh = IGD_NEW(r->mem, anchor);
    *fresh = (anchor){.node = node, .nodes = 1, .open = true};
    igd_map_put(r->anchors, igd_str_from((const char *)name), fresh);
    return fresh;
}

static int read_alias(reader *r, unsigned depth, value *out)
{
    igd_str name = igd_str_from((const char *)r->event.data.alias.anchor);
    const anchor *found = r->anchors ? igd_map_get(r->anchors, name) : NULL;
    if (!found) {
        igd_fail(r->err, IGD_E_INVALID, "alias '*%.*s' has no anchor before it", IGD_STR_ARG(name));
        igd_hint(r->err, "quote the value if its '*' is part of the text");
        return at(r, r->event.start_mark);
    }
    if (found->open) {
        igd_fail(r->err, IGD_E_INVALID, "alias '*%.*s' is inside of what it stands for",
                 IGD_STR_ARG(name));
        igd_hint(r->err, "no value can contain itself: write it out");
        return at(r, r->event.start_mark);
    }
    int code = check_depth(r, depth + found->height);
    if (code == IGD_OK)
        code = count_aliased(r, found->nodes);
    if (code == IGD_OK)
        *out = (value){found->node, found->height};
    return code;
}

static igd_str scalar_text(const reader *r)
{
    const yaml_event_t *event = &r->event;
    return igd_arena_str(r->mem, (igd_str){(const char *)event->data.scalar.value,
                                           event->data.scalar.length});
}

static bool is_plain(const yaml_event_t *event)
{
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static int read_scalar(reader *r, value *out)
{
    r->nodes++;
    const char *tag = (const char *)r->event.data.scalar.tag;
    igd_node *node = new_node(r, is_plain(&r->event) ? IGD_NODE_PLAIN : IGD_NODE_STRING);
    node->text = scalar_text(r);
    if (tag && igd_yaml_apply_tag(node, tag, r->mem, r->err) != IGD_OK)
        return at(r, r->event.start_mark);
    anchor *named = define_anchor(r, r->event.data.scalar.anchor, node);
    if (named)
        named->open = false;
    *out = (value){.node = node};
    return IGD_OK;
}

static void push(reader *r, const igd_member *member)
{
    if (r->len == r->cap) {
        r->cap = r->cap > 0 ? r->cap * 2 : 64;
        r->stack = igd_xrealloc(r->stack, r->cap * sizeof(*r->stack));
    }
    r->stack[r->len++] = *member;
}

/* Maps to a position, since the stack moves. */
static void index_member(frame *f, igd_str key, size_t position)
{
    igd_map_put(f->index, key, (void *)(uintptr_t)(position + 1));
}

static const igd_member *find_member(const reader *r, frame *f, igd_str key)
{
    if (!f->index && r->len - f->base > LINEAR_KEYS) {
        f->index = igd_map_new();
        for (size_t n = f->base; n < r->len; n++)
            index_member(f, r->stack[n].key, n);
    }
    if (f->index) {
        uintptr_t position = (uintptr_t)igd_map_get(f->index, key);
        return position > 0 ? &r->stack[position - 1] : NULL;
    }
    for (size_t n = f->base; n < r->len; n++) {
        if (igd_str_eq(r->stack[n].key, key))
            return &r->stack[n];
    }
    return NULL;
}

static void push_member(reader *r, frame *f, const igd_member *member)
{
    push(r, member);
    if (f->index)
        index_member(f, member->key, r->len - 1);
}

typedef struct key {
    igd_str text;
    yaml_mark_t mark;
    bool null;  /* dropped together with its value */
    bool merge; /* << */
} key;

/* As text, whatever it is: 1, true and 2024-01-02 are what was written. */
static int read_key(reader *r, unsigned depth, key *out)
{
    *out = (key){.mark = r->event.start_mark};
    const yaml_event_t *event = &r->event;
    bool plain;
    if (event->type == YAML_SCALAR_EVENT && !event->data.scalar.tag && !event->data.scalar.anchor) {
        plain = is_plain(event);
        out->text = scalar_text(r);
    } else {
        value v;
        bool alias = event->type == YAML_ALIAS_EVENT;
        if (!alias && event->type != YAML_SCALAR_EVENT) {
            igd_fail(r->err, IGD_E_INVALID, "a key must be text, not a map or a list");
            igd_hint(r->err, "quote the key if it begins with '{' or '['");
            return at(r, out->mark);
        }
        int code = alias ? read_alias(r, depth, &v) : read_scalar(r, &v);
        if (code != IGD_OK)
            return code;
        if (v.node->kind == IGD_NODE_MAP || v.node->kind == IGD_NODE_LIST) {
            igd_fail(r->err, IGD_E_INVALID, "a key must be text, not an alias of a %s",
                     igd_node_kind_name(v.node));
            return at(r, out->mark);
        }
        plain = v.node->kind == IGD_NODE_PLAIN && !alias;
        out->text = v.node->text;
        out->null = v.node->kind == IGD_NODE_NULL ||
                    (v.node->kind == IGD_NODE_PLAIN && igd_yaml_is_null(v.node->text));
    }
    out->null = out->null || (plain && igd_yaml_is_null(out->text));
    out->merge = plain && igd_str_eq(out->text, IGD_STR("<<"));
    return IGD_OK;
}

static int duplicate_key(const reader *r, const key *k, uint32_t first_line)
{
    igd_fail(r->err, IGD_E_INVALID, "key '%.*s' is there already in line %u",
             IGD_STR_ARG(igd_str_sub(k->text, 0, 200)), first_line);
    igd_hint(r->err, "remove one of the two");
    return at(r, k->mark);
}

static bool can_merge(const igd_node *node)
{
    if (node->kind != IGD_NODE_LIST)
        return node->kind == IGD_NODE_MAP;
    for (size_t n = 0; n < node->count; n++) {
        if (node->items[n]->kind != IGD_NODE_MAP)
            return false;
    }
    return true;
}

/* Adds the members of a map, or of several in order, whose keys are not there yet. */
static void merge_members(reader *r, frame *f, const igd_node *from)
{
    if (from->kind == IGD_NODE_LIST) {
        for (size_t n = 0; n < from->count; n++)
            merge_members(r, f, from->items[n]);
        return;
    }
    for (size_t n = 0; n < from->count; n++) {
        if (!find_member(r, f, from->members[n].key))
            push_member(r, f, &from->members[n]);
    }
}

static int read_node(reader *r, unsigned depth, value *out);

/* One key, whose event is current, and its value. */
static int read_member(reader *r, unsigned depth, frame *f)
{
    key k;
    int code = read_key(r, depth, &k);
    if (code != IGD_OK)
        return code;
    const igd_member *twin = k.null || k.merge ? NULL : find_member(r, f, k.text);
    if (twin)
        return duplicate_key(r, &k, twin->line);
    if (k.merge && f->merge)
        return duplicate_key(r, &k, f->merge_line);

    value v;
    code = next_event(r);
    if (code == IGD_OK)
        code = read_node(r, depth, &v);
    if (code != IGD_OK)
        return code;
    if (v.height > f->height)
        f->height = v.height;
    if (k.null)
        return IGD_OK;

    uint32_t line = (uint32_t)k.mark.line + 1;
    if (k.merge) {
        if (!can_merge(v.node)) {
            igd_fail(r->err, IGD_E_INVALID, "only a map or a list of maps can be merged by '<<'");
            igd_hint(r->err, "quote the key if it is meant as text");
            return at(r, k.mark);
        }
        f->merge = v.node;
        f->merge_line = line;
        return IGD_OK;
    }
    push_member(
        r, f,
        &(igd_member){
            .key = k.text, .line = line, .column = (uint32_t)k.mark.column + 1, .value = v.node});
    return IGD_OK;
}

/* The event is the one that begins the map; afterwards the one that ends it. */
static int read_members(reader *r, unsigned depth, igd_node *node, unsigned *height)
{
    IGD_CLEANUP(frame)
    frame f = {.base = r->len};
    int code;
    while ((code = next_event(r)) == IGD_OK && r->event.type != YAML_MAPPING_END_EVENT) {
        code = read_member(r, depth, &f);
        if (code != IGD_OK)
            return code;
    }
    if (code != IGD_OK)
        return code;
    if (f.merge)
        merge_members(r, &f, f.merge);
    node->count = r->len - f.base;
    node->members = igd_arena_alloc(r->mem, node->count * sizeof(*node->members));
    if (node->count > 0)
        memcpy(node->members, r->stack + f.base, node->count * sizeof(*node->members));
    r->len = f.base;
    *height = f.height;
    return IGD_OK;
}

/* Likewise. Items are on the stack as members without keys. */
static int read_items(reader *r, unsigned depth, igd_node *node, unsigned *height)
{
    size_t base = r->len;
    *height = 0;
    int code;
    while ((code = next_event(r)) == IGD_OK && r->event.type != YAML_SEQUENCE_END_EVENT) {
        value v;
        code = read_node(r, depth, &v);
        if (code != IGD_OK)
            return code;
        if (v.height > *height)
            *height = v.height;
        push(r, &(igd_member){.value = v.node});
    }
    if (code != IGD_OK)
        return code;
    node->count = r->len - base;
    node->items = igd_arena_alloc(r->mem, node->count * sizeof(*node->items));
    for (size_t n = 0; n < node->count; n++)
        node->items[n] = r->stack[base + n].value;
    r->len = base;
    return IGD_OK;
}

static int read_container(reader *r, unsigned depth, value *out)
{
    size_t before = r->nodes;
    int code = check_depth(r, depth + 1);
    if (code != IGD_OK)
        return code;
    r->nodes++;

    bool map = r->event.type == YAML_MAPPING_START_EVENT;
    igd_node *node = new_node(r, map ? IGD_NODE_MAP : IGD_NODE_LIST);
    anchor *named = define_anchor(
        r, map ? r->event.data.mapping_start.anchor : r->event.data.sequence_start.anchor, node);
    unsigned height = 0;
    code =
        map ? read_members(r, depth + 1, node, &height) : read_items(r, depth + 1, node, &height);
    if (code != IGD_OK)
        return code;
    if (named) {
        named->nodes = r->nodes - before;
        named->height = height + 1;
        named->open = false;
    }
    *out = (value){node, height + 1};
    return IGD_OK;
}

/* The value whose first event is current, inside of `depth` containers. */
static int read_node(reader *r, unsigned depth, value *out)
{
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_scalar(r, out);
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r, depth, out);
    return read_container(r, depth, out);
}

static int read_stream(reader *r, igd_node **out)
{
    int code = next_event(r); /* the start of the stream */
    if (code == IGD_OK)
        code = next_event(r);
    if (code != IGD_OK || r->event.type == YAML_STREAM_END_EVENT)
        return code;

    value root;
    code = next_event(r); /* behind the start of the document */
    if (code == IGD_OK)
        code = read_node(r, 0, &root);
    if (code == IGD_OK)
        code = next_event(r); /* the end of the document */
    if (code == IGD_OK)
        code = next_event(r);
    if (code != IGD_OK)
        return code;
    if (r->event.type != YAML_STREAM_END_EVENT) {
        igd_fail(r->err, IGD_E_INVALID, "a second document begins here");
        igd_hint(r->err, "a file holds one document: remove the '---' or split the file");
        return at(r, r->event.start_mark);
    }
    *out = root.node;
    return IGD_OK;
}

int igd_yaml_parse(igd_str text, igd_arena *mem, igd_node **out, igd_error *err)
{
    reader r = {.text = text, .mem = mem, .err = err};
    /* An impossible size goes to the allocator, which is where running out of memory is handled. */
    if (!yaml_parser_initialize(&r.parser))
        igd_xmalloc(SIZE_MAX);
    /* Without an encoding set, libyaml takes UTF-8 unless there is another byte order mark. */
    const char *bytes = text.len > 0 ? text.ptr : "";
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, text.len);

    igd_node *root = NULL;
    int code = read_stream(&r, &root);
    if (code == IGD_OK)
        *out = root;
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    igd_map_free(r.anchors);
    free(r.stack);
    return code;
}
