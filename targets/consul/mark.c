/*
 * What the row of the state is, as names of keys: Consul compares no values, but it knows whether a
 * key is there. Whoever writes the row writes its marks in the same transaction, in place of those
 * that were there; so a script needs no index, which nobody knows before the script has run.
 *
 *     <prefix>/.ingitdb/state_is/<source>/<SHA-256 of the row>
 *     <prefix>/.ingitdb/state_is/<source>/at/<commit>             unless a run is in progress
 */
#include "targets/books.h"
#include "targets/consul/consul.h"

#define MARKS "/state_is/"

static igd_str printed(igd_arena *mem, igd_str tree, const char *middle, igd_str name)
{
    return igd_arena_printf(mem, "%.*s%s%.*s", IGD_STR_ARG(tree), middle, IGD_STR_ARG(name));
}

/* <prefix>/.ingitdb/ingitdb_sync_state/<source>; the source's name is encoded and has no '/'. */
static bool tree_of(igd_str key, igd_arena *mem, igd_str *tree)
{
    igd_str table = igd_str_from(igd_books[IGD_BOOK_STATE].name);
    size_t end = key.len;
    while (end > 0 && key.ptr[end - 1] != '/')
        end--;
    igd_str source = igd_str_sub(key, end, key.len);
    igd_str before = igd_str_sub(key, 0, end ? end - 1 : 0);
    if (!igd_str_ends(before, table) || before.len == table.len ||
        before.ptr[before.len - table.len - 1] != '/')
        return false;
    before.len -= table.len + 1;
    *tree = igd_arena_printf(mem, "%.*s" MARKS "%.*s/", IGD_STR_ARG(before), IGD_STR_ARG(source));
    return true;
}

igd_str igd_consul_commit_mark(igd_str tree, igd_str commit, igd_arena *mem)
{
    return printed(mem, tree, "at/", commit);
}

bool igd_consul_marks_of(igd_str key, igd_str row, igd_arena *mem, igd_consul_marks *out)
{
    igd_source_state state;
    char hex[65];
    *out = (igd_consul_marks){.tree = {0}};
    if (!tree_of(key, mem, &out->tree))
        return false;
    if (!row.ptr)
        return true;
    igd_sha256_hex(row, hex);
    out->row = printed(mem, out->tree, "", igd_str_from(hex));
    if (igd_kv_state_parse(row, mem, &state) && !igd_state_in_progress(&state) &&
        state.commit_id.len)
        out->commit = igd_consul_commit_mark(out->tree, state.commit_id, mem);
    return true;
}

void igd_consul_put_marks(const igd_consul *it, igd_buf *out, const igd_consul_marks *marks)
{
    igd_consul_op op = {.verb = "delete-tree", .key = marks->tree, .index = -1};
    igd_consul_put_op(it, out, &op);
    op = (igd_consul_op){.verb = "set", .key = marks->row, .value = IGD_STR(""), .index = -1};
    if (op.key.ptr)
        igd_consul_put_op(it, out, &op);
    op.key = marks->commit;
    if (op.key.ptr)
        igd_consul_put_op(it, out, &op);
}

int igd_consul_mend_marks(igd_consul *it, igd_str key, bool *mended, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf body = IGD_BUF_INIT;
    igd_consul_kv row, mark;
    igd_consul_marks marks;
    igd_consul_txn txn;
    *mended = false;
    int rc = igd_consul_look(it, &key, 1, mem, &row, err);
    if (rc || !row.index || !igd_consul_marks_of(key, row.value, mem, &marks))
        return rc;
    rc = igd_consul_look(it, &marks.row, 1, mem, &mark, err);
    if (rc || mark.index)
        return rc;
    igd_consul_op op = {.verb = "check-index", .key = key, .index = row.index};
    igd_buf_byte(&body, '[');
    igd_consul_put_op(it, &body, &op);
    igd_consul_put_marks(it, &body, &marks);
    igd_buf_byte(&body, ']');
    rc = igd_consul_exchange(it, igd_buf_view(&body), false, mem, &txn, err);
    *mended = !rc && txn.refusals.len == 0;
    return rc;
}
