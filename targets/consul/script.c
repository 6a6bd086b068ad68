/*
 * Lines of scripts: each the body of a request to /v1/txn.
 *
 *     [what the row of the state has to be, records..., marks, what that row becomes, its marks]
 *
 * Nothing compares values, and an index is not known before it is there. What the row has to be is
 * the name of a mark (mark.c), which has to be there; its value, which a get does not look at, is
 * that row, for whoever reads the script. Of records just those that are new are compared: nothing
 * may be there. `apply` looks at all of them before the first request.
 */
#include "targets/kv/script.h"

#include "targets/consul/consul.h"

#define DEPTH 8
/* As the family counts; as base64 with what stands around, it fits into a body. */
#define MOST 387000

static const igd_consul anywhere; /* no namespace */

/* ---- writing ---- */

static void put_op(igd_buf *out, const char *verb, igd_str key, igd_str value)
{
    igd_consul_op op = {.verb = verb, .key = key, .value = value, .index = -1};
    igd_consul_put_op(&anywhere, out, &op);
}

static void put_guard(igd_buf *out, const igd_kv_batch *batch, igd_arena *mem)
{
    igd_str row = batch->fence.value.bytes;
    igd_consul_marks marks;
    if (!batch->commit.len && batch->fence.value.there == IGD_KV_ABSENT)
        put_op(out, "check-not-exists", batch->fence.key, (igd_str){0});
    else if (igd_consul_marks_of(batch->fence.key, row, mem, &marks) && batch->commit.len)
        put_op(out, "get", igd_consul_commit_mark(marks.tree, batch->commit, mem), (igd_str){0});
    else
        put_op(out, "get", marks.row, row);
}

static void put_write(igd_buf *out, const igd_kv_write *write)
{
    bool puts = write->value.there != IGD_KV_ABSENT;
    bool fresh = !write->any && write->expected.there == IGD_KV_ABSENT;
    igd_consul_op op = {.key = write->key, .index = puts && fresh ? 0 : -1};
    op.verb = puts ? (fresh ? "cas" : "set") : (fresh ? "check-not-exists" : "delete");
    if (puts)
        op.value = write->value.bytes;
    igd_consul_put_op(&anywhere, out, &op);
}

static void put_state(igd_buf *out, const igd_kv_batch *batch, igd_arena *mem)
{
    bool puts = batch->state.there != IGD_KV_ABSENT;
    igd_str row = puts ? batch->state.bytes : (igd_str){0};
    igd_consul_marks marks;
    put_op(out, puts ? "set" : "delete", batch->fence.key, row);
    if (igd_consul_marks_of(batch->fence.key, row, mem, &marks))
        igd_consul_put_marks(&anywhere, out, &marks);
}

static void put_request(const igd_kv_batch *batch, igd_buf *out)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_buf_byte(out, '[');
    if (batch->fence.key.ptr)
        put_guard(out, batch, mem);
    for (size_t n = 0; n < batch->count; n++)
        put_write(out, &batch->writes[n]);
    if (batch->fence.key.ptr)
        put_state(out, batch, mem);
    igd_buf_byte(out, ']');
}

/* ---- reading: what would be written like that ---- */

typedef struct parsed {
    igd_str verb, key, value; /* value's ptr is NULL when there is none */
} parsed;

typedef IGD_LIST(parsed) parsed_list;

static bool take_text(igd_json_reader *reader, igd_str *out)
{
    bool is_text = igd_json_next(reader) == IGD_JSON_STRING;
    *out = igd_arena_str(reader->mem, reader->text);
    return is_text;
}

/* Behind the '{'. */
static bool take_op(igd_json_reader *reader, parsed *out)
{
    igd_str text;
    *out = (parsed){.verb = {0}};
    if (igd_json_next(reader) != IGD_JSON_KEY || igd_json_next(reader) != IGD_JSON_OBJECT_START)
        return false;
    while (igd_json_next(reader) == IGD_JSON_KEY) {
        bool fine = true;
        if (igd_str_is(reader->text, "Verb"))
            fine = take_text(reader, &out->verb);
        else if (igd_str_is(reader->text, "Key"))
            fine = take_text(reader, &out->key);
        else if (igd_str_is(reader->text, "Value"))
            fine = take_text(reader, &text) && igd_base64_get(text, reader->mem, &out->value);
        else
            igd_json_skip(reader);
        if (!fine)
            return false;
    }
    return reader->event == IGD_JSON_OBJECT_END && out->verb.ptr && out->key.ptr &&
           igd_json_next(reader) == IGD_JSON_OBJECT_END;
}

static bool take_ops(igd_str line, igd_arena *mem, parsed_list *out)
{
    igd_json_reader reader;
    igd_json_reader_init(&reader, line, mem, DEPTH);
    if (igd_json_next(&reader) != IGD_JSON_ARRAY_START)
        return false;
    while (igd_json_next(&reader) == IGD_JSON_OBJECT_START) {
        parsed op;
        if (!take_op(&reader, &op))
            return false;
        IGD_PUSH(mem, out, op);
    }
    return reader.event == IGD_JSON_ARRAY_END && igd_json_next(&reader) == IGD_JSON_END;
}

static igd_kv_value value_of(const parsed *op)
{
    return op->value.ptr ? (igd_kv_value){.there = IGD_KV_THERE, .bytes = op->value}
                         : (igd_kv_value){0};
}

/* Where the row of the state is written: before the marks go. ops->len: nowhere. */
static size_t find_state(const parsed_list *ops)
{
    for (size_t n = 2; n < ops->len; n++)
        if (igd_str_is(ops->items[n].verb, "delete-tree"))
            return n - 1;
    return ops->len;
}

static void take_state(const parsed_list *ops, size_t at, igd_arena *mem, igd_kv_batch *out)
{
    static const char part[] = "/at/";
    const parsed *guard = &ops->items[0], *state = &ops->items[at];
    igd_consul_marks marks;
    out->fence = (igd_kv_fence){state->key, value_of(guard)};
    out->state = value_of(state);
    if (!igd_str_is(guard->verb, "get") || guard->value.ptr ||
        !igd_consul_marks_of(state->key, (igd_str){0}, mem, &marks))
        return;
    size_t before = marks.tree.len + sizeof(part) - 2; /* they share a '/' */
    out->commit = igd_str_sub(guard->key, before, guard->key.len);
}

static igd_kv_write write_of(const parsed *op)
{
    bool fresh = igd_str_is(op->verb, "cas") || igd_str_is(op->verb, "check-not-exists");
    return (igd_kv_write){.key = op->key, .any = !fresh, .value = value_of(op)};
}

static bool take_request(igd_str line, igd_arena *mem, igd_kv_batch *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf again = IGD_BUF_INIT;
    parsed_list ops = {0};
    *out = (igd_kv_batch){.count = 0};
    if (!take_ops(line, mem, &ops) || ops.len == 0)
        return false;
    size_t end = find_state(&ops), from = end < ops.len ? 1 : 0;
    if (from)
        take_state(&ops, end, mem, out);
    out->writes = IGD_NEW_ARRAY(mem, igd_kv_write, ops.len);
    for (size_t n = from; n < end; n++)
        out->writes[out->count++] = write_of(&ops.items[n]);
    put_request(out, &again);
    return igd_str_eq(igd_buf_view(&again), line);
}

/* ---- running ---- */

static int send_line(igd_consul *it, igd_str line, bool *done, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_consul_txn txn;
    int rc = igd_consul_exchange(it, line, false, mem, &txn, err);
    if (!rc)
        *done = txn.refusals.len == 0;
    return rc;
}

/* What is refused is tried again when that was for want of a mark. */
static int run_request(igd_kv_target *target, igd_str line, bool *done, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_consul *it = igd_consul_of(target);
    igd_kv_batch batch;
    bool mended = false;
    it->fence_index = 0; /* the row of the state becomes another */
    int rc = send_line(it, line, done, err);
    if (!rc && !*done && take_request(line, mem, &batch))
        rc = igd_consul_mend_marks(it, batch.fence.key, &mended, err);
    return rc || !mended ? rc : send_line(it, line, done, err);
}

const igd_kv_script_style igd_consul_scripts = {
    .syntax = IGD_SCRIPT_CONSUL,
    .between = ",\n",
    .behind = "\n]\n",
    .keys = IGD_CONSUL_OPS - 2 - IGD_CONSUL_MARKS,
    .most = MOST,
    .longest = IGD_CONSUL_BODY,
    .blind = true,
    .put = put_request,
    .take = take_request,
    .run = run_request,
};
